#include "http/decode.hpp"

#include <algorithm>
#include <string>

#include "base/ascii.hpp"
#include "http/headers.hpp"

namespace fetchd {
namespace {

constexpr std::uint64_t slack = 1 << 20;      // how far past a limit anything may go
constexpr std::size_t most_room = slack / 4;  // what one layer may write before the limits are looked at
constexpr int moves_per_step = 16;            // what one step may do when nothing comes out of it

// The origin's word, cut and cleaned so that it can stand in a message.
std::string quoted(std::string_view name) {
    std::string out(name.substr(0, 40));
    std::ranges::replace_if(
        out, [](char c) { return c <= ' ' || c > '~' || c == '"'; }, '?');
    return '"' + out + '"';
}

// Element by element (RFC 9110 §5.6.1: empty ones do not count), in lower case, identity left out.
std::vector<std::string> codings_of(std::span<std::string_view const> fields, std::size_t most) {
    std::vector<std::string> names;
    for (auto rest : fields) {
        while (!rest.empty() && names.size() <= most) {
            auto const comma = std::min(rest.find(','), rest.size());
            auto const element = trim_ows(rest.substr(0, comma));
            rest.remove_prefix(std::min(comma + 1, rest.size()));
            std::string name(element);
            std::ranges::transform(name, name.begin(), ascii_lower);
            if (!name.empty() && name != "identity")
                names.push_back(std::move(name));
        }
    }
    return names;
}

}  // namespace

result<decoder> decoder::create(std::span<std::string_view const> content_encoding,
                                decode_limits const& limits) {
    auto names = codings_of(content_encoding, limits.layers);
    if (names.size() > limits.layers)
        return failure(stage::decode, code::too_many_layers, "more than " + std::to_string(limits.layers));
    decoder made(limits);
    std::ranges::reverse(names);  // the last coding was applied last (§8.4)
    for (auto const& name : names) {
        layer next;
        next.undo = make_coding(name);
        if (!next.undo)
            return failure(stage::decode, code::unsupported_encoding, quoted(name));
        if (&name != &names.back())
            next.buffer = std::make_unique_for_overwrite<char[]>(buffer_size);
        made.layers_.push_back(std::move(next));
    }
    return made;
}

result<decoder::progress> decoder::step(std::span<char const> in, std::span<char> room) {
    if (failed_)
        return *failed_;
    room = room.first(std::min(room.size(), most_room));
    if (layers_.empty())
        return copy(in, room);
    progress did;
    for (int i = 0; i < moves_per_step && did.produced == 0; ++i) {
        auto const moved = move_one(in, room, did);
        if (!moved)
            return fail(moved.error());
        if (!*moved) {
            did.starved = true;
            break;
        }
    }
    return did;
}

result<decoder::progress> decoder::copy(std::span<char const> in, std::span<char> room) {
    auto const n = std::min({in.size(), room.size()});
    if (n > limits_.output_bytes - bytes_out_)
        return fail(
            {stage::decode, code::too_large, "more than " + std::to_string(limits_.output_bytes) + " bytes"});
    std::ranges::copy(in.first(n), room.begin());
    bytes_in_ += n;
    bytes_out_ += n;
    return progress{n, n, n == in.size()};
}

// One move of the last layer that can make one: what is decoded leaves before more of it comes in.
result<bool> decoder::move_one(std::span<char const>& in, std::span<char> room, progress& did) {
    for (auto i = layers_.size(); i-- > 0;) {
        bool const first = i == 0;
        bool const last = i + 1 == layers_.size();
        if (!last && !layers_[i].unread.empty())
            continue;
        auto& input = first ? in : layers_[i - 1].unread;
        auto const target = last ? room : std::span(layers_[i].buffer.get(), buffer_size);
        auto const moved = run(i, input, target);
        if (!moved)
            return moved.error();
        input = input.subspan(moved->consumed);
        if (first) {
            did.consumed += moved->consumed;
            bytes_in_ += moved->consumed;
        }
        if (last) {
            did.produced += moved->produced;
            bytes_out_ += moved->produced;
        } else {
            layers_[i].unread = target.first(moved->produced);
        }
        if (auto over = over_limit(layers_[i], last))
            return *std::move(over);
        if (moved->consumed > 0 || moved->produced > 0)
            return true;
    }
    return false;
}

result<coding::progress> decoder::run(std::size_t index, std::span<char const> in, std::span<char> room) {
    auto& l = layers_[index];
    auto const moved = l.undo->step(in, room);
    if (moved) {
        l.bytes_in += moved->consumed;
        l.bytes_out += moved->produced;
    }
    return moved;
}

// Every layer is asked, not only the last: one that feeds on much and gives nothing would hide the others'
// output.
std::optional<failure> decoder::over_limit(layer const& l, bool last) const {
    auto const bytes = last || limits_.output_bytes > UINT64_MAX - slack ? limits_.output_bytes
                                                                         : limits_.output_bytes + slack;
    if (l.bytes_out > bytes)
        return failure(stage::decode, code::too_large,
                       "more than " + std::to_string(limits_.output_bytes) + " bytes");
    if (limits_.ratio > 0 && l.bytes_out > limits_.ratio_floor &&
        (l.bytes_out - 1) / limits_.ratio >= bytes_in_)
        return failure(stage::decode, code::too_large,
                       "more than " + std::to_string(limits_.ratio) + " times its compressed size");
    return std::nullopt;
}

failure decoder::fail(failure f) {
    failed_ = f;
    return f;
}

result<void> decoder::finish() {
    if (failed_)
        return *failed_;
    for (auto const& l : layers_) {
        if (!l.unread.empty() || (l.bytes_in > 0 && !l.undo->complete()))
            return fail({stage::decode, code::truncated});
    }
    return {};
}

}  // namespace fetchd
