#include "worker/tasks/html_clean.hpp"

#include <algorithm>
#include <array>

#include "base/ascii.hpp"
#include "worker/tasks/inline_text.hpp"
#include "worker/tasks/markdown_elements.hpp"
#include "worker/tasks/markdown_image.hpp"
#include "worker/tasks/text.hpp"

namespace fetchd::tasks {
namespace {

using html::node;
using html::step;
using html::tag;

enum class treatment : unsigned char {
    unwrap,  // its tags go, what is in it stays
    keep,
    empty,  // kept, and has no end tag
    code,   // becomes <pre>
    image,
    drop,  // with all that is in it
};

constexpr auto treatments = [] {
    std::array<treatment, static_cast<std::size_t>(tag::count)> table{};
    for (auto t :
         {tag::a,    tag::address,  tag::article,    tag::aside,  tag::b,       tag::blockquote, tag::caption,
          tag::code, tag::colgroup, tag::dd,         tag::del,    tag::details, tag::div,        tag::dl,
          tag::dt,   tag::em,       tag::figcaption, tag::figure, tag::footer,  tag::h1,         tag::h2,
          tag::h3,   tag::h4,       tag::h5,         tag::h6,     tag::header,  tag::hgroup,     tag::i,
          tag::ins,  tag::kbd,      tag::li,         tag::main,   tag::nav,     tag::ol,         tag::p,
          tag::pre,  tag::q,        tag::s,          tag::samp,   tag::section, tag::span,       tag::strong,
          tag::sub,  tag::summary,  tag::sup,        tag::table,  tag::tbody,   tag::td,         tag::tfoot,
          tag::th,   tag::thead,    tag::tr,         tag::u,      tag::ul,      tag::var})
        table[static_cast<std::size_t>(t)] = treatment::keep;
    for (auto t : {tag::br, tag::col, tag::hr, tag::wbr})
        table[static_cast<std::size_t>(t)] = treatment::empty;
    for (auto t : {tag::listing, tag::xmp, tag::plaintext})
        table[static_cast<std::size_t>(t)] = treatment::code;
    table[static_cast<std::size_t>(tag::img)] = treatment::image;
    for (auto t : {tag::comment,   tag::doctype,  tag::foreign,  tag::area,   tag::audio,    tag::base,
                   tag::button,    tag::canvas,   tag::datalist, tag::embed,  tag::frame,    tag::frameset,
                   tag::head,      tag::iframe,   tag::input,    tag::link,   tag::math,     tag::meta,
                   tag::noembed,   tag::noframes, tag::noscript, tag::object, tag::optgroup, tag::option,
                   tag::param,     tag::script,   tag::select,   tag::source, tag::style,    tag::svg,
                   tag::template_, tag::textarea, tag::title,    tag::track,  tag::video})
        table[static_cast<std::size_t>(t)] = treatment::drop;
    return table;
}();

// Elements without a tag of their own here that stay. Sorted.
constexpr std::string_view kept_names[] = {"abbr", "bdi", "bdo",  "cite",  "dfn", "mark",
                                           "rp",   "rt",  "ruby", "small", "time"};

treatment treatment_of(node n, tag t) {
    if (t != tag::other)
        return treatments[static_cast<std::size_t>(t)];
    auto const name = n.name();
    if (name == "applet" || name == "marquee" || name == "image" || name == "keygen" || name == "portal" ||
        name == "bgsound")
        return treatment::drop;
    return std::binary_search(std::begin(kept_names), std::end(kept_names), name) ? treatment::keep
                                                                                  : treatment::unwrap;
}

bool is_number(std::string_view s) {
    return !s.empty() && s.size() <= 6 && std::all_of(s.begin(), s.end(), is_digit);
}

// What the value of an attribute has to be for it to stay.
enum class kind : unsigned char { text, number, link, page, flag, direction, scope };

struct attribute_rule {
    std::string_view name;
    kind is;
    std::array<tag, 4> where;  // count: nowhere more; document: everywhere
};

constexpr auto nowhere = tag::count;
constexpr attribute_rule rules[] = {
    {"href", kind::link, {tag::a, nowhere, nowhere, nowhere}},
    {"title", kind::text, {tag::document, nowhere, nowhere, nowhere}},
    {"lang", kind::text, {tag::document, nowhere, nowhere, nowhere}},
    {"dir", kind::direction, {tag::document, nowhere, nowhere, nowhere}},
    {"cite", kind::page, {tag::blockquote, tag::q, tag::del, tag::ins}},
    {"colspan", kind::number, {tag::td, tag::th, nowhere, nowhere}},
    {"rowspan", kind::number, {tag::td, tag::th, nowhere, nowhere}},
    {"scope", kind::scope, {tag::th, nowhere, nowhere, nowhere}},
    {"span", kind::number, {tag::col, tag::colgroup, nowhere, nowhere}},
    {"start", kind::number, {tag::ol, nowhere, nowhere, nowhere}},
    {"reversed", kind::flag, {tag::ol, nowhere, nowhere, nowhere}},
    {"value", kind::number, {tag::li, nowhere, nowhere, nowhere}},
    {"datetime", kind::text, {tag::del, tag::ins, tag::other, nowhere}},
    {"open", kind::flag, {tag::details, nowhere, nowhere, nowhere}},
};

constexpr std::size_t max_attribute = 2000;  // bytes of a text

bool is_one_of(std::string_view s, std::initializer_list<std::string_view> words) {
    return std::find(words.begin(), words.end(), s) != words.end();
}

class clean_walk {
  public:
    clean_walk(html_source const& source, std::string& out) : source_(source), out_(out) {}

    void run() {
        for (auto part : source_.parts)
            html::walk(
                part, [this](node n) { return enter(n); }, [this](node n) { leave(n); });
    }

  private:
    step enter(node);
    void leave(node);
    void attributes(node, tag);
    void attribute(std::string_view name, std::string_view value, kind);
    void write(std::string_view name, std::string_view value);
    void image(node);
    void code(node);
    void address(std::string_view name, std::string_view reference, bool page);

    html_source const& source_;
    std::string& out_;
};

step clean_walk::enter(node n) {
    if (out_.size() > source_.room)
        return step::stop;
    auto const t = n.tag();
    if (t == tag::text) {
        append_html_text(out_, n.text());
        return step::past;
    }
    if ((source_.main != nullptr && source_.main->left_out(n)) || html::is_hidden(n, t))
        return step::past;
    switch (treatment_of(n, t)) {
        case treatment::unwrap:
            return step::into;
        case treatment::drop:
            return step::past;
        case treatment::image:
            image(n);
            return step::past;
        case treatment::code:
            code(n);
            return step::past;
        case treatment::keep:
        case treatment::empty:
            break;
    }
    (out_ += '<') += n.name();
    attributes(n, t);
    out_ += '>';
    // The parser takes the first line end after it for the source's alone.
    if (t == tag::pre && n.first_child() && n.first_child().text().starts_with('\n'))
        out_ += '\n';
    return treatment_of(n, t) == treatment::empty ? step::past : step::into;
}

void clean_walk::leave(node n) {
    if (treatment_of(n, n.tag()) == treatment::keep)
        ((out_ += "</") += n.name()) += '>';
}

void clean_walk::code(node n) {
    out_ += "<pre>";
    auto const text = *code_text(n, false);
    if (text.starts_with('\n'))
        out_ += '\n';
    append_html_text(out_, text);
    out_ += "</pre>";
}

void clean_walk::write(std::string_view name, std::string_view value) {
    ((out_ += ' ') += name) += "=\"";
    append_html_text(out_, value, true);
    out_ += '"';
}

// Only where it leads to a page or a file, or, of a link, to a mailbox or telephone.
void clean_walk::address(std::string_view name, std::string_view reference, bool page) {
    auto const to = source_.absolute(reference);
    bool const web = to.starts_with("http:") || to.starts_with("https:");
    if (web || (page && (to.starts_with("mailto:") || to.starts_with("tel:"))))
        write(name, to);
}

void clean_walk::image(node n) {
    auto const facts = facts_of_image(n);
    auto const to = facts.address.empty() ? std::string() : source_.absolute(facts.address);
    if (facts.counts_visits)
        return;
    if (!to.starts_with("http:") && !to.starts_with("https:"))
        return append_html_text(out_, facts.alt);
    out_ += "<img";
    write("src", to);
    write("alt", facts.alt);
    if (!facts.title.empty())
        write("title", facts.title);
    for (std::string_view name : {"width", "height"})
        if (auto const size = n.attribute(name); size && is_number(*size))
            write(name, *size);
    out_ += '>';
}

void clean_walk::attributes(node n, tag t) {
    for (auto const& rule : rules) {
        if (rule.where[0] != tag::document &&
            std::find(rule.where.begin(), rule.where.end(), t) == rule.where.end())
            continue;
        if (auto const value = n.attribute(rule.name))
            attribute(rule.name, *value, rule.is);
    }
    if (t != tag::pre && t != tag::code)
        return;
    if (auto const language = n.attribute("class") ? language_of(n) : std::string(); !language.empty())
        write("class", "language-" + language);
}

void clean_walk::attribute(std::string_view name, std::string_view value, kind is) {
    switch (is) {
        case kind::text:
            if (value.size() <= max_attribute)
                write(name, value);
            return;
        case kind::number:
            if (is_number(value))
                write(name, value);
            return;
        case kind::link:
        case kind::page:
            return address(name, value, is == kind::link);
        case kind::flag:
            return write(name, "");
        case kind::direction:
            if (is_one_of(value, {"ltr", "rtl", "auto"}))
                write(name, value);
            return;
        case kind::scope:
            if (is_one_of(value, {"col", "row", "colgroup", "rowgroup"}))
                write(name, value);
            return;
    }
}

constexpr int most_rounds = 8;  // of settled_html()

// The last resort, where markup comes out different each time it is read.
result<std::string> as_text(std::string_view source, std::size_t room) {
    auto const read = html::document::parse(source);
    if (!read)
        return read.error();
    std::string text;
    write_text({read->root(), room}, text);
    std::string out = "<pre>";
    append_html_text(out, text);
    return out += "</pre>";
}

}  // namespace

void append_clean(html_source const& source, std::string& out) {
    clean_walk(source, out).run();
}

void append_html_text(std::string& out, std::string_view text, bool quotes) {
    std::size_t done = 0;
    auto const replace = [&](std::size_t at, std::size_t length, std::string_view by) {
        out.append(text, done, at - done) += by;
        done = at + length;
    };
    for (std::size_t i = 0; i < text.size(); ++i) {
        switch (text[i]) {
            case '&':
                replace(i, 1, "&amp;");
                break;
            case '<':
                replace(i, 1, "&lt;");
                break;
            case '>':
                replace(i, 1, "&gt;");
                break;
            case '"':
                if (quotes)
                    replace(i, 1, "&quot;");
                break;
            case '\r':
                replace(i, 1, "&#13;");
                break;
            case '\0':
                replace(i, 1, "");
                break;
            case '\xC2':
                if (text.substr(i, 2) == "\u00A0")
                    replace(i++, 2, "&nbsp;");
                break;
            default:
                break;
        }
    }
    out.append(text, done);
}

result<std::string> settled_html(std::string body, std::size_t room) {
    auto const as_it_is = [](std::string_view reference) { return std::string(reference); };
    for (int round = 0; round < most_rounds; ++round) {
        // With what stands before it in the output: there a <table> ends a <p>.
        auto const source = "<!DOCTYPE html><body>" + body;
        auto const read = html::document::parse(source);
        if (!read)
            return read.error();
        std::string again;
        html::node const parts[] = {read->body()};
        if (parts[0])
            append_clean({parts, nullptr, as_it_is, room}, again);
        auto const shown = utf8::trimmed(again);
        if (shown == body)
            return body;
        body = shown;
    }
    return as_text(body, room);
}

}  // namespace fetchd::tasks
