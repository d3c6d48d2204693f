#include "net/response_head.hpp"

#include <charconv>
#include <optional>

#include "base/ascii.hpp"

namespace fetchd {
namespace {

failure malformed(std::string detail) {
    return {stage::head, code::malformed, std::move(detail)};
}

// RFC 9110 §5.5, and every other control character refused too: field values go into logs and on to clients.
bool clean(std::string_view text) {
    for (char const c : text) {
        auto const u = static_cast<unsigned char>(c);
        if ((u < ' ' && c != '\t') || u == 0x7f)
            return false;
    }
    return true;
}

// The lines of a head. A line may end in a bare LF, as some servers send: harmless where nobody else reads
// the same bytes, but the connection is not used again (RFC 9112 §2.2).
class line_reader {
  public:
    explicit line_reader(std::string_view bytes) : rest_(bytes) {}

    // The next line without its end; nothing when there is no whole line left.
    std::optional<std::string_view> next() {
        auto const end = rest_.find('\n');
        if (end == rest_.npos)
            return {};
        auto line = rest_.substr(0, end);
        rest_.remove_prefix(end + 1);
        if (line.ends_with('\r'))
            line.remove_suffix(1);
        else
            sloppy_ = true;
        return line;
    }
    bool sloppy() const { return sloppy_; }

  private:
    std::string_view rest_;
    bool sloppy_ = false;
};

// "HTTP/1.1 200 OK" (RFC 9112 §4). The reason, and the space before it, may be missing.
result<void> read_status_line(std::string_view line, response_head& head) {
    if (!line.starts_with("HTTP/1.") || line.size() < 12 || line[8] != ' ')
        return malformed("the status line is not one of HTTP/1");
    if (line[7] != '0' && line[7] != '1')
        return malformed("the version is neither HTTP/1.0 nor HTTP/1.1");
    auto const status = line.substr(9, 3);
    bool const three = is_digit(status[0]) && is_digit(status[1]) && is_digit(status[2]);
    if (!three || status[0] == '0' || (line.size() > 12 && line[12] != ' '))
        return malformed("the status is not a number of three digits");
    if (!clean(line))
        return malformed("a control character in the status line");
    head.http11 = line[7] == '1';
    head.status = (status[0] - '0') * 100 + (status[1] - '0') * 10 + (status[2] - '0');
    if (line.size() > 13)
        head.reason = std::string(trim_ows(line.substr(13)));
    return {};
}

// The fields that decide about framing, found while the head is read. Views into its bytes.
struct framing_fields {
    std::size_t transfer_encodings = 0;
    std::size_t content_lengths = 0;
    std::string_view transfer_encoding;
    std::string_view content_length;

    void look_at(std::string_view name, std::string_view value) {
        if (same_name(name, "Transfer-Encoding")) {
            ++transfer_encodings;
            transfer_encoding = value;
        } else if (same_name(name, "Content-Length")) {
            ++content_lengths;
            content_length = value;
        }
    }
};

// RFC 9112 §5. A space before the colon, or a folded line (§5.2), is how smuggling begins: refused.
result<void> read_field(std::string_view line, headers& fields, framing_fields& said) {
    if (line.starts_with(' ') || line.starts_with('\t'))
        return malformed("a folded header field");
    auto const colon = line.find(':');
    if (colon == line.npos)
        return malformed("a header field without a colon");
    auto const name = line.substr(0, colon);
    auto const value = trim_ows(line.substr(colon + 1));
    if (!valid_name(name))
        return malformed("the name of a header field is not a token");
    if (!clean(value))
        return malformed("a control character in a header field");
    if (fields.size() == max_response_fields)
        return failure(stage::head, code::too_large,
                       "more than " + std::to_string(max_response_fields) + " fields");
    fields.add(name, value);
    said.look_at(name, value);
    return {};
}

// RFC 9112 §6.3, in its order. Whatever is ambiguous is refused, or read and the connection not reused.
result<void> decide_framing(response_head& head, framing_fields const& said, bool head_request) {
    auto const transfer = said.transfer_encodings;
    auto const lengths = said.content_lengths;
    if (transfer > 1 || (transfer == 1 && !same_name(said.transfer_encoding, "chunked")))
        return malformed("unknown transfer coding");
    // §6.1: a length beside it, or HTTP/1.0, and who sits in between may have framed it otherwise.
    if (transfer > 0 && (lengths > 0 || !head.http11))
        head.keep_alive = false;
    if (lengths > 1)
        return malformed("more than one Content-Length");
    if (lengths == 1) {
        auto const value = said.content_length;
        auto const* const last = value.data() + value.size();
        auto const [end, ec] = std::from_chars(value.data(), last, head.length);
        if (value.empty() || !is_digit(value.front()) || ec != std::errc{} || end != last ||
            head.length > INT64_MAX)
            return malformed("Content-Length is not a number");
    }
    if (head_request || head.status == 204 || head.status == 304 || head.status / 100 == 1)
        head.body = framing::none;
    else if (transfer > 0)
        head.body = framing::chunked;
    else if (lengths > 0)
        head.body = framing::length;
    else
        head.body = framing::until_close;
    if (head.body == framing::until_close)
        head.keep_alive = false;
    return {};
}

// RFC 9112 §9.3.
bool keeps_alive(headers const& fields, bool http11) {
    if (fields.has_token("Connection", "close"))
        return false;
    return http11 || fields.has_token("Connection", "keep-alive");
}

}  // namespace

std::size_t find_head_end(std::string_view bytes, std::size_t from) {
    auto at = from < 3 ? 0 : from - 3;
    while ((at = bytes.find('\n', at)) != bytes.npos) {
        auto const behind = bytes.substr(at + 1, 2);
        if (behind.starts_with('\n'))
            return at + 2;
        if (behind == "\r\n")
            return at + 3;
        ++at;
    }
    return at;
}

result<response_head> parse_response_head(std::string_view bytes, bool head_request) {
    line_reader lines(bytes);
    response_head head;
    auto line = lines.next();
    if (line && line->empty())
        line = lines.next();  // left over from what came before: read, but not trusted (see below)
    if (!line)
        return malformed("the head is not complete");
    if (auto const first = read_status_line(*line, head); !first)
        return first.error();

    framing_fields said;
    head.fields.reserve(16, bytes.size());
    while ((line = lines.next()) && !line->empty())
        if (auto const read = read_field(*line, head.fields, said); !read)
            return read.error();
    if (!line)
        return malformed("the head is not complete");
    head.keep_alive = keeps_alive(head.fields, head.http11) && !lines.sloppy() && !bytes.starts_with('\r');
    if (auto const framed = decide_framing(head, said, head_request); !framed)
        return framed.error();
    return head;
}

}  // namespace fetchd
