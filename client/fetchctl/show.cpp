#include "fetchctl/show.hpp"

#include "fetchctl/words.hpp"

namespace fetchctl {
namespace {

using fetchd::document;

constexpr std::size_t most_lines = 40;  // of attempts, of redirects, of metadata

std::string painted(bool colour, std::string_view escape, std::string_view text) {
    if (!colour)
        return std::string(text);
    return "\x1b[" + std::string(escape) + "m" + std::string(text) + "\x1b[0m";
}

class fact_list {
  public:
    explicit fact_list(palette p) : palette_(p) {}

    // `value` is printable already.
    void add(std::string_view name, std::string const& value) {
        std::string padded(name);
        padded.resize(std::max<std::size_t>(12, padded.size()), ' ');
        text_ += "  " + palette_.faint(padded) + " " + value + "\n";
    }
    void left_out(std::size_t n) {
        if (n > most_lines)
            add("", "... and " + std::to_string(n - most_lines) + " more");
    }
    std::string text_;

  private:
    palette palette_;
};

std::string answer_line(document const& d) {
    std::string line = d.status ? std::to_string(d.status) : "none";
    if (!d.content_type.empty())
        line += "  " + printable(d.content_type);
    if (!d.charset.empty())
        line += "  charset " + printable(d.charset) +
                (d.charset_source.empty() ? "" : " (" + printable(d.charset_source) + ")");
    return line;
}

std::string timing_line(document const& d) {
    std::string line;
    for (auto const& p : d.timings)
        if (p.name != "total")
            line += (line.empty() ? "" : ", ") + printable(p.name) + " " + time_in_words(p.took);
    auto const total = d.took("total");
    if (total.count() == 0)
        return line;
    return time_in_words(total) + (line.empty() ? "" : "  (" + line + ")");
}

std::string attempt_line(document::attempt const& a) {
    auto line = printable(a.outcome);
    auto const add = [&](std::string const& words) { line += words.empty() ? "" : "  " + words; };
    add(printable(a.address));
    add(a.proxy.empty() ? "" : "through " + printable(a.proxy));
    add(a.reused ? "reused connection" : "");
    add(a.tls_version.empty() ? "" : printable(a.tls_version) + (a.tls_resumed ? " resumed" : ""));
    add(a.status ? printable(a.protocol) + " " + std::to_string(a.status) : "");
    add(printable(a.error));
    return line;
}

void add_hops(document const& d, fact_list& facts) {
    for (std::size_t i = 0; i < d.redirects.size() && i < most_lines; ++i) {
        auto const& r = d.redirects[i];
        facts.add("redirect",
                  std::to_string(r.status) + "  " + printable(r.url) + " -> " + printable(r.location));
    }
    facts.left_out(d.redirects.size());
    for (std::size_t i = 0; i < d.attempts.size() && i < most_lines; ++i)
        facts.add("attempt", attempt_line(d.attempts[i]));
    facts.left_out(d.attempts.size());
}

void append_json_string(std::string& to, std::string_view text) {
    to += '"';
    for (char c : printable(text, line_ends::escape)) {
        if (c == '"' || c == '\\')
            to += '\\';
        to += c == '\t' ? ' ' : c;
    }
    to += '"';
}

std::string lines_of_links(document const& d) {
    std::string text;
    for (auto const& l : fetchd::links_of(d))
        text += printable(l.url) + "\t" + printable(l.text) + "\n";
    return text;
}

std::string lines_of_metadata(document const& d) {
    std::string text;
    for (auto const& [name, value] : fetchd::metadata_of(d))
        text += printable(name) + "\t" + printable(value) + "\n";
    return text;
}

std::string one_output(document const& d, document::output const& o) {
    if (o.is_json && o.name == "links")
        return lines_of_links(d);
    if (o.is_json && o.name == "metadata")
        return lines_of_metadata(d);
    return o.text.empty() || o.text.ends_with('\n') ? o.text : o.text + "\n";
}

}  // namespace

std::string palette::strong(std::string_view text) const {
    return painted(colour, "1", text);
}
std::string palette::faint(std::string_view text) const {
    return painted(colour, "2", text);
}
std::string palette::good(std::string_view text) const {
    return painted(colour, "32", text);
}
std::string palette::bad(std::string_view text) const {
    return painted(colour, "31", text);
}

std::string details(document const& d, palette p) {
    fact_list facts(p);
    facts.text_ = p.strong(printable(d.url.empty() ? "document" : d.url)) + "\n";
    facts.add("outcome", d.ok() ? p.good(printable(d.outcome)) : p.bad(printable(d.outcome)));
    if (d.error)
        facts.add("error", printable(d.error->stage) + "." + printable(d.error->code) + "  " +
                               printable(d.error->message) +
                               (d.error->retryable ? "  (may be tried again)" : ""));
    if (!d.final_url.empty() && d.final_url != d.url)
        facts.add("final URL", printable(d.final_url));
    if (d.status || !d.content_type.empty())
        facts.add("answer", answer_line(d));
    if (d.wire_bytes || d.decoded_bytes)
        facts.add("bytes", bytes_in_words(d.wire_bytes) + " on the wire, " + bytes_in_words(d.decoded_bytes) +
                               " decoded");
    add_hops(d, facts);
    if (auto timing = timing_line(d); !timing.empty())
        facts.add("timing", timing);
    auto const metadata = fetchd::metadata_of(d);
    for (std::size_t i = 0; i < metadata.size() && i < most_lines; ++i)
        facts.add(printable(metadata[i].first), printable(metadata[i].second));
    facts.left_out(metadata.size());
    return facts.text_;
}

std::string output_text(document const& d, std::vector<std::string> const& names) {
    std::string text;
    if (names.empty() && !d.outputs.empty())  // the service chose
        text = one_output(d, d.outputs.front());
    for (auto const& name : names) {
        auto const* o = d.find(name);
        if (!o)
            continue;
        if (names.size() > 1)
            text += (text.empty() ? "--> " : "\n--> ") + printable(name) + " <--\n";
        text += one_output(d, *o);
    }
    return text;
}

std::string_view missing_output(document const& d, std::vector<std::string> const& names) {
    for (auto const& name : names)
        if (!d.find(name))
            return name;
    return {};
}

std::string failed_document(std::string_view url, fetchd::client_error const& e) {
    std::string line = "{\"url\":";
    append_json_string(line, url);
    line += ",\"outcome\":\"failed\",\"error\":{";
    if (!e.stage.empty()) {
        line += "\"stage\":";
        append_json_string(line, e.stage);
        line += ",";
    }
    line += "\"code\":";
    append_json_string(line, e.code.empty() ? fetchd::name(e.what) : std::string_view(e.code));
    line += ",\"message\":";
    append_json_string(line, e.message);
    line += std::string(",\"retryable\":") + (e.retryable ? "true" : "false") + "}}";
    return line;
}

}  // namespace fetchctl
