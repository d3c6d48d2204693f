#include "worker/frame.hpp"

#include <algorithm>
#include <atomic>
#include <cstring>
#include <type_traits>

#include "worker/text_check.hpp"

namespace fetchd::worker {
namespace {

class writer {
  public:
    template <class Number>
    void number(Number n) {
        static_assert(std::is_arithmetic_v<Number>);
        out_.append(reinterpret_cast<char const*>(&n), sizeof n);
    }
    void text(std::string_view s) {
        number(static_cast<std::uint32_t>(s.size()));
        out_ += s;
    }
    std::string take() { return std::move(out_); }

  private:
    std::string out_;
};

// After a field that is not there or too long, everything reads as empty and ok() stays false.
class reader {
  public:
    explicit reader(std::string_view in) : in_(in) {}

    template <class Number>
    Number number() {
        Number n{};
        if (in_.size() < sizeof n)
            return fail(), n;
        std::memcpy(&n, in_.data(), sizeof n);
        in_.remove_prefix(sizeof n);
        return n;
    }
    std::string text(std::size_t max) {
        auto const size = number<std::uint32_t>();
        if (size > max || size > in_.size())
            return fail(), std::string();
        auto s = std::string(in_.substr(0, size));
        in_.remove_prefix(size);
        return s;
    }
    std::uint32_t count(std::size_t max) {
        auto const n = number<std::uint32_t>();
        return n > max ? (fail(), 0) : n;
    }
    std::vector<std::string> texts(std::size_t max_count, std::size_t max_each) {
        std::vector<std::string> all;
        for (auto left = count(max_count); left > 0 && ok_; --left)
            all.push_back(text(max_each));
        return all;
    }
    bool flag() {
        auto const n = number<std::uint8_t>();
        if (n > 1)
            fail();
        return n == 1;
    }
    void fail() {
        ok_ = false;
        in_ = {};
    }
    bool ok() const { return ok_; }
    bool finished() const { return ok_ && in_.empty(); }

  private:
    std::string_view in_;
    bool ok_ = true;
};

failure too_long(std::string_view what, std::size_t max) {
    return failure(stage::process, code::too_large,
                   std::string(what) + " longer than " + std::to_string(max) + " bytes");
}

bool over(std::vector<std::string> const& all, std::size_t max_count, std::size_t max_each) {
    return all.size() > max_count ||
           std::any_of(all.begin(), all.end(), [&](auto const& s) { return s.size() > max_each; });
}

// Words are spliced into headers and JSON: printable ASCII that needs no escape in either.
bool plain(std::string_view word) {
    return std::all_of(word.begin(), word.end(),
                       [](char c) { return c > 0x20 && c < 0x7f && c != '"' && c != '\\'; });
}

// What a task may say. That a worker crashed, or was not asked, is main's to say.
bool listed(stage where, code what) {
    constexpr code of_tasks[] = {code::bad_document,     code::bad_option, code::failed,
                                 code::output_too_large, code::too_large,  code::unsupported_type};
    if (where == stage::process)
        return std::ranges::find(of_tasks, what) != std::end(of_tasks);
    if (where != stage::decode)
        return false;
    auto const all = all_failure_kinds();
    return std::any_of(all.begin(), all.end(),
                       [&](auto const& k) { return k.where == where && k.what == what; });
}

// Cut between characters, so that what was UTF-8 stays so.
std::string_view cut(std::string_view s, std::size_t max) {
    if (s.size() <= max)
        return s;
    while (max > 0 && (static_cast<unsigned char>(s[max]) & 0xc0U) == 0x80U)
        --max;
    return s.substr(0, max);
}

template <class Message>
std::optional<Message> decode_message(std::string_view packet) {
    static_assert(std::is_trivially_copyable_v<Message> && std::has_unique_object_representations_v<Message>);
    Message m;
    if (packet.size() != sizeof m)
        return std::nullopt;
    std::memcpy(&m, packet.data(), sizeof m);
    if (m.magic != Message::expected_magic)
        return std::nullopt;
    return m;
}

}  // namespace

result<std::string> encode(tasks::request const& r) {
    using limits = request_limits;
    if (over(r.names, limits::names, limits::name))
        return failure(stage::process, code::failed, "too many tasks, or a name too long");
    if (r.settings.size() > limits::settings || r.fields.size() > limits::fields)
        return failure(stage::process, code::too_large, "too many options or fields");
    for (auto const& s : r.settings)
        if (s.task.size() > limits::name || s.name.size() > limits::name || s.value.size() > limits::setting)
            return too_long("option", limits::setting);
    for (auto const& f : r.fields)
        if (f.name.size() > limits::name || f.value.size() > limits::field)
            return too_long("header field", limits::field);
    if (r.content_type.size() > limits::content_type)
        return too_long("Content-Type", limits::content_type);
    if (over(r.content_encoding, limits::encodings, limits::encoding))
        return too_long("Content-Encoding", limits::encoding);
    if (r.base_url.size() > limits::base_url)
        return too_long("base URL", limits::base_url);
    writer w;
    w.number(static_cast<std::uint32_t>(r.names.size()));
    for (auto const& name : r.names)
        w.text(name);
    w.number(static_cast<std::uint8_t>(r.json));
    w.number(static_cast<std::uint32_t>(r.settings.size()));
    for (auto const& s : r.settings) {
        w.text(s.task);
        w.text(s.name);
        w.text(s.value);
    }
    w.number(static_cast<std::uint32_t>(r.fields.size()));
    for (auto const& f : r.fields) {
        w.text(f.name);
        w.text(f.value);
    }
    w.text(r.content_type);
    w.number(static_cast<std::uint8_t>(r.no_sniff));
    w.number(static_cast<std::uint32_t>(r.content_encoding.size()));
    for (auto const& encoding : r.content_encoding)
        w.text(encoding);
    w.text(r.base_url);
    w.number(static_cast<std::uint64_t>(r.max_decoded));
    w.number(static_cast<std::uint64_t>(r.max_output));
    w.number(r.max_ratio);
    auto head = w.take();
    if (head.size() > limits::head)
        return too_long("request head", limits::head);
    return head;
}

std::optional<tasks::request> decode_request(std::string_view head) {
    using limits = request_limits;
    if (head.size() > limits::head)
        return std::nullopt;
    reader in(head);
    tasks::request r;
    r.names = in.texts(limits::names, limits::name);
    r.json = in.flag();
    for (auto left = in.count(limits::settings); left > 0; --left) {
        auto& s = r.settings.emplace_back();
        s.task = in.text(limits::name);
        s.name = in.text(limits::name);
        s.value = in.text(limits::setting);
    }
    for (auto left = in.count(limits::fields); left > 0; --left) {
        auto& f = r.fields.emplace_back();
        f.name = in.text(limits::name);
        f.value = in.text(limits::field);
    }
    r.content_type = in.text(limits::content_type);
    r.no_sniff = in.flag();
    r.content_encoding = in.texts(limits::encodings, limits::encoding);
    r.base_url = in.text(limits::base_url);
    r.max_decoded = in.number<std::uint64_t>();
    r.max_output = in.number<std::uint64_t>();
    r.max_ratio = in.number<double>();
    if (!in.finished())
        return std::nullopt;
    return r;
}

std::string encode(answer_head const& a) {
    using limits = answer_limits;
    writer w;
    w.number(static_cast<std::uint8_t>(a.ok));
    w.number(static_cast<std::uint8_t>(a.where));
    w.number(static_cast<std::uint8_t>(a.what));
    w.text(cut(a.detail, limits::detail));
    w.text(cut(a.made_by, request_limits::name));
    w.text(cut(a.output_type, limits::content_type));
    w.text(cut(a.content_type, limits::content_type));
    w.text(cut(a.content_type_source, limits::source));
    w.text(cut(a.charset, limits::charset));
    w.text(cut(a.charset_source, limits::source));
    w.number(a.decoded_bytes);
    w.number(a.cpu_us);
    return w.take();
}

std::optional<answer_head> decode_answer(std::string_view head) {
    using limits = answer_limits;
    if (head.size() > limits::head)
        return std::nullopt;
    reader in(head);
    answer_head a;
    a.ok = in.flag();
    a.where = static_cast<stage>(in.number<std::uint8_t>());
    a.what = static_cast<code>(in.number<std::uint8_t>());
    a.detail = in.text(limits::detail);
    a.made_by = in.text(request_limits::name);
    a.output_type = in.text(limits::content_type);
    a.content_type = in.text(limits::content_type);
    a.content_type_source = in.text(limits::source);
    a.charset = in.text(limits::charset);
    a.charset_source = in.text(limits::source);
    a.decoded_bytes = in.number<std::uint64_t>();
    a.cpu_us = in.number<std::uint64_t>();
    if (!in.finished() || !plain(a.made_by) || !plain(a.output_type) || !plain(a.content_type) ||
        !plain(a.content_type_source) || !plain(a.charset) || !plain(a.charset_source))
        return std::nullopt;
    if (!a.ok && (!listed(a.where, a.what) || !valid_utf8(a.detail)))
        return std::nullopt;
    return a;
}

std::size_t payload_offset(std::size_t head_bytes) {
    constexpr std::size_t line = 64;
    return (sizeof(prologue) + head_bytes + line - 1) / line * line;
}

bool fits(std::size_t part_bytes, std::size_t head_bytes, std::size_t payload_bytes) {
    auto const offset = payload_offset(head_bytes);
    return offset <= part_bytes && payload_bytes <= part_bytes - offset;
}

void write_frame(std::span<char> part, std::uint64_t sequence, std::string_view head,
                 std::size_t payload_bytes) {
    prologue p;
    p.head_bytes = static_cast<std::uint32_t>(head.size());
    p.sequence = sequence;
    p.payload_bytes = payload_bytes;
    std::memcpy(part.data(), &p, sizeof p);
    std::memcpy(part.data() + sizeof p, head.data(), head.size());
}

std::optional<frame> read_frame(std::span<char const> part, frame_limits const& limits) {
    frame f;
    if (part.size() < sizeof f.first)
        return std::nullopt;
    std::memcpy(&f.first, part.data(), sizeof f.first);
    // The other side may write while we read: what is checked from here on must be our copy, and the
    // compiler must not fetch it again.
    std::atomic_signal_fence(std::memory_order_seq_cst);
    auto const& p = f.first;
    if (p.magic != prologue::expected_magic || p.head_bytes > limits.head || p.payload_bytes > limits.payload)
        return std::nullopt;
    if (!fits(part.size(), p.head_bytes, p.payload_bytes))
        return std::nullopt;
    f.head.assign(part.data() + sizeof p, p.head_bytes);
    std::atomic_signal_fence(std::memory_order_seq_cst);
    return f;
}

std::optional<spawn_order> decode_order(std::string_view packet) {
    return decode_message<spawn_order>(packet);
}

std::optional<sandbox_report> decode_sandbox_report(std::string_view packet) {
    return decode_message<sandbox_report>(packet);
}

std::optional<zygote_report> decode_report(std::string_view packet) {
    auto r = decode_message<zygote_report>(packet);
    if (r && (r->what < zygote_report::event::born || r->what > zygote_report::event::exited))
        return std::nullopt;
    return r;
}

}  // namespace fetchd::worker
