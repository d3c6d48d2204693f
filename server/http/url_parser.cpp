// The basic URL parser (URL standard §4.4), as functions over whole components instead of a state machine
// over code points: the first '#' and the first '?' end what stands before them in every state, so they are
// cut off first; what is left is scheme, authority and path. Function names say which states they cover.
#include "base/ascii.hpp"
#include "http/percent.hpp"
#include "http/url.hpp"
#include "http/url_path.hpp"

namespace fetchd {
namespace {

using std::string_view;

constexpr bool is_alpha(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

bool has_tab_or_newline(string_view text) {
    bool any = false;  // no early exit: the compiler makes vector code of this
    for (char c : text)
        any |= (c == '\t') | (c == '\n') | (c == '\r');
    return any;
}

string_view trim_controls_and_spaces(string_view text) {
    while (!text.empty() && static_cast<unsigned char>(text.front()) <= 0x20)
        text.remove_prefix(1);
    while (!text.empty() && static_cast<unsigned char>(text.back()) <= 0x20)
        text.remove_suffix(1);
    return text;
}

}  // namespace

class url_parser {
  public:
    explicit url_parser(url const* base) : base_(base) {}

    result<url> parse(string_view input) {
        input = trim_controls_and_spaces(input);
        std::string cleaned;
        if (has_tab_or_newline(input)) {
            for (char c : input)
                if (c != '\t' && c != '\n' && c != '\r')
                    cleaned += c;
            input = cleaned;
        }
        url_.href_.reserve(input.size() + (base_ != nullptr ? base_->href_.size() : 0) + 16);
        cut_off_marks(input);
        if (!(take_scheme(input) ? after_scheme(input) : no_scheme(input)))
            return failure(stage::admission, code::bad_url, std::move(problem_));
        finish_path();
        append_query_and_fragment();
        if (out().size() > max_url_bytes)
            return failure(stage::admission, code::bad_url, "the URL is too long");
        return std::move(url_);
    }

  private:
    std::string& out() { return url_.href_; }
    std::uint32_t here() { return static_cast<std::uint32_t>(url_.href_.size()); }
    bool special() const { return url_.scheme_type_ != scheme_kind::other; }
    bool is_file() const { return url_.scheme_type_ == scheme_kind::file; }
    bool is_slash(char c) const { return c == '/' || (c == '\\' && special()); }
    bool starts_with_slash(string_view text) const { return !text.empty() && is_slash(text[0]); }
    string_view path() const { return string_view(url_.href_).substr(url_.path_begin_); }

    bool fail(string_view why) {
        problem_ = why;
        return false;
    }

    void cut_off_marks(string_view& input) {
        if (auto mark = input.find('#'); mark != input.npos) {
            fragment_ = input.substr(mark + 1);
            input = input.substr(0, mark);
        }
        if (auto mark = input.find('?'); mark != input.npos) {
            query_ = input.substr(mark + 1);
            input = input.substr(0, mark);
        }
    }

    // scheme start and scheme state
    bool take_scheme(string_view& input) {
        if (input.empty() || !is_alpha(input[0]))
            return false;
        std::size_t end = 1;
        while (end < input.size() && (is_alpha(input[end]) || is_digit(input[end]) || input[end] == '+' ||
                                      input[end] == '-' || input[end] == '.'))
            ++end;
        if (end == input.size() || input[end] != ':')
            return false;
        for (char c : input.substr(0, end))
            out() += ascii_lower(c);
        begin_after_scheme(scheme_named(out()));
        input.remove_prefix(end + 1);
        return true;
    }

    void begin_after_scheme(scheme_kind type) {
        url_.scheme_type_ = type;
        url_.scheme_end_ = here();
        out() += ':';
        url_.username_end_ = url_.host_begin_ = url_.host_end_ = url_.path_begin_ = here();
    }

    bool after_scheme(string_view rest) {
        if (is_file())
            return file(rest);
        if (special()) {
            bool same = base_ != nullptr && base_->scheme_type_ == url_.scheme_type_;
            return same && !rest.starts_with("//") ? relative(rest) : authority(rest);
        }
        if (rest.starts_with("//"))
            return authority(rest.substr(2));
        if (rest.starts_with('/')) {
            append_segments(rest.substr(1));
            return true;
        }
        append_opaque_path(out(), rest, query_ || fragment_);
        return true;
    }

    // no scheme state
    bool no_scheme(string_view rest) {
        if (base_ == nullptr)
            return fail("it has no scheme, and there is no URL it could be relative to");
        bool only_fragment = rest.empty() && !query_ && fragment_;
        if (base_->has_opaque_path() && !only_fragment)
            return fail("it is relative to a URL that has no hierarchical path");
        out() += base_->scheme();
        begin_after_scheme(base_->scheme_type_);
        if (base_->has_opaque_path()) {
            out() += base_->path();
            take_query_of_base();
            return true;
        }
        return is_file() ? file(rest) : relative(rest);
    }

    // relative and relative slash state
    bool relative(string_view rest) {
        if (starts_with_slash(rest)) {
            if (special() && starts_with_slash(rest.substr(1)))
                return authority(rest);
            if (rest.starts_with("//"))
                return authority(rest.substr(2));
            take_authority_of_base();
            append_segments(rest.substr(1));
            return true;
        }
        take_authority_of_base();
        out() += base_->path();
        if (rest.empty()) {
            take_query_of_base();
            return true;
        }
        shorten();
        append_segments(rest);
        return true;
    }

    // file and file slash state
    bool file(string_view rest) {
        bool same = base_ != nullptr && base_->scheme_type_ == scheme_kind::file;
        if (starts_with_slash(rest)) {
            rest.remove_prefix(1);
            if (starts_with_slash(rest))
                return file_host(rest.substr(1));
            same ? take_authority_of_base() : begin_authority(host_kind::empty);
            if (same && !starts_with_drive_letter(rest) && drive_letter_of_base())
                out() += base_->path().substr(0, 3);
        } else if (same) {
            take_authority_of_base();
            if (rest.empty()) {
                out() += base_->path();
                take_query_of_base();
                return true;
            }
            if (!starts_with_drive_letter(rest)) {
                out() += base_->path();
                shorten();
            }
        } else {
            begin_authority(host_kind::empty);
        }
        append_segments(rest);
        return true;
    }

    bool drive_letter_of_base() const {
        auto path = base_->path();
        return path.size() >= 3 && is_alpha(path[1]) && path[2] == ':' &&
               (path.size() == 3 || path[3] == '/');
    }

    // file host state; a drive letter here is the first segment of the path
    bool file_host(string_view rest) {
        auto name = rest.substr(0, rest.find_first_of("/\\"));
        begin_authority(host_kind::empty);
        if (name.empty() || is_drive_letter(name))
            return path_start(rest);
        if (!append_host_named(name))
            return false;
        if (url_.host() == "localhost") {
            out().resize(url_.host_begin_);
            end_host(host_kind::empty);
        }
        return path_start(rest.substr(name.size()));
    }

    // special authority slashes, authority, host and port state
    bool authority(string_view rest) {
        if (special())
            while (starts_with_slash(rest))
                rest.remove_prefix(1);
        auto text = rest.substr(0, special() ? rest.find_first_of("/\\") : rest.find('/'));
        rest.remove_prefix(text.size());
        begin_authority(host_kind::empty);
        bool has_at = append_credentials(text);
        auto colon = find_port_colon(text);
        auto name = text.substr(0, colon);
        if (name.empty() && (special() || has_at || colon != text.npos))
            return fail("the host is empty");
        if (!append_host_named(name))
            return false;
        if (colon != text.npos && !append_port(text.substr(colon + 1)))
            return false;
        return path_start(rest);
    }

    void begin_authority(host_kind kind) {
        out() += "//";
        url_.username_end_ = url_.host_begin_ = here();
        end_host(kind);
    }

    void end_host(host_kind kind) {
        url_.host_kind_ = kind;
        url_.host_end_ = url_.path_begin_ = here();
    }

    // Takes everything up to the last '@' off `text`.
    bool append_credentials(string_view& text) {
        auto at = text.rfind('@');
        if (at == text.npos)
            return false;
        auto user = text.substr(0, at);
        text.remove_prefix(at + 1);
        auto colon = user.find(':');
        auto password = colon == user.npos ? string_view{} : user.substr(colon + 1);
        user = user.substr(0, colon);
        if (user.empty() && password.empty())
            return true;
        append_percent_encoded(out(), user, percent_set::userinfo);
        url_.username_end_ = here();
        if (!password.empty()) {
            out() += ':';
            append_percent_encoded(out(), password, percent_set::userinfo);
        }
        out() += '@';
        url_.host_begin_ = here();
        return true;
    }

    static std::size_t find_port_colon(string_view text) {
        bool inside_brackets = false;
        for (std::size_t i = 0; i < text.size(); ++i) {
            if (text[i] == ':' && !inside_brackets)
                return i;
            if (text[i] == '[')
                inside_brackets = true;
            else if (text[i] == ']')
                inside_brackets = false;
        }
        return text.npos;
    }

    bool append_host_named(string_view name) {
        auto kind = append_host(out(), name, special());
        if (!kind)
            return fail(kind.error().detail);
        end_host(*kind);
        return true;
    }

    bool append_port(string_view text) {
        unsigned port = 0;
        for (char c : text) {
            if (!is_digit(c))
                return fail("the port is not a number");
            port = port * 10 + static_cast<unsigned>(c - '0');
            if (port > 65535)
                return fail("the port is above 65535");
        }
        if (text.empty() || port == default_port_or_none())
            return true;
        url_.has_port_ = true;
        url_.port_ = static_cast<std::uint16_t>(port);
        out() += ':';
        out() += std::to_string(port);
        url_.path_begin_ = here();
        return true;
    }

    // 65536 where the scheme has no default: port 0 is a port like any other.
    unsigned default_port_or_none() const {
        auto port = default_port(url_.scheme_type_);
        return port == 0 ? 65536 : port;
    }

    bool path_start(string_view rest) {
        if (rest.empty() && !special())
            return true;
        if (starts_with_slash(rest))
            rest.remove_prefix(1);
        append_segments(rest);
        return true;
    }

    void append_segments(string_view text) {
        append_path_segments(out(), url_.path_begin_, text, url_.scheme_type_);
    }
    void shorten() { shorten_path(out(), url_.path_begin_, url_.scheme_type_); }

    void take_authority_of_base() {
        auto const& base = *base_;
        url_.username_end_ = base.username_end_;
        url_.host_begin_ = base.host_begin_;
        url_.host_end_ = base.host_end_;
        url_.host_kind_ = base.host_kind_;
        url_.has_port_ = base.has_port_;
        url_.port_ = base.port_;
        // Without a host there may be a "/." before the path, which is not part of either.
        auto end = base.host_kind_ == host_kind::none ? base.host_end_ : base.path_begin_;
        out() += base.slice(base.scheme_end_ + 1, end);
        url_.path_begin_ = here();
    }

    void take_query_of_base() {
        if (!query_ && base_->has_query())
            query_ = base_->query();
    }

    // A path that begins with an empty segment must not be read as a host.
    void finish_path() {
        if (url_.host_kind_ != host_kind::none || !path().starts_with("//"))
            return;
        out().insert(url_.path_begin_, "/.");
        url_.path_begin_ += 2;
    }

    void append_query_and_fragment() {
        if (query_) {
            out() += '?';
            url_.query_begin_ = here();
            append_percent_encoded(out(), *query_,
                                   special() ? percent_set::special_query : percent_set::query);
        }
        if (fragment_) {
            out() += '#';
            url_.fragment_begin_ = here();
            append_percent_encoded(out(), *fragment_, percent_set::fragment);
        }
    }

    url const* base_;
    url url_;
    std::optional<string_view> query_;
    std::optional<string_view> fragment_;
    std::string problem_;
};

result<url> url::parse(std::string_view input, url const* base) {
    if (input.size() > max_url_bytes)
        return failure(stage::admission, code::bad_url, "the URL is too long");
    return url_parser(base).parse(input);
}

}  // namespace fetchd
