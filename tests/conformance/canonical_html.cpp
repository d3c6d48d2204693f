#include "canonical_html.hpp"

#include <unicode/uchar.h>
#include <unicode/utf8.h>

#include <algorithm>
#include <cctype>
#include <deque>
#include <vector>

#include "worker/tasks/html_document.hpp"
#include "worker/tasks/inline_text.hpp"
#include "worker/tasks/markdown_elements.hpp"

namespace fetchd::tests {
namespace {

using html::node;
using html::step;
using html::tag;

std::string_view word_of(tag t) {
    switch (t) {
        case tag::em:
        case tag::i:
            return "em";
        case tag::strong:
        case tag::b:
            return "strong";
        case tag::del:
        case tag::s:
        case tag::strike:
            return "del";
        case tag::sub:
            return "sub";
        case tag::sup:
            return "sup";
        default:
            return {};
    }
}

// As cmark writes addresses: all but the plainest bytes as %XX.
std::string address(std::string_view url) {
    std::string out;
    for (char c : url) {
        if (std::isalnum(static_cast<unsigned char>(c)) != 0 ||
            std::string_view("-_.+!*'(),%#@?=;:/&$~").find(c) != std::string_view::npos) {
            out += c;
        } else {
            constexpr char digits[] = "0123456789ABCDEF";
            out += '%';
            out += digits[static_cast<unsigned char>(c) >> 4U];
            out += digits[static_cast<unsigned char>(c) & 15U];
        }
    }
    return out;
}

// A container or a line of text.
struct part {
    std::string label;
    std::vector<std::size_t> inner;
    long number = 0;           // of the first item of a list
    bool shows_alone = false;  // even when nothing is in it
};

// One visible thing on a line, with the marks around it.
struct glyph {
    std::string text;
    std::string marks;
    bool space = false;
};

class reading {
  public:
    explicit reading(node top) {
        parts_.push_back({});
        stack_.push_back(0);
        html::walk(
            top, [this](node n) { return enter(n); }, [this](node n) { leave(n); });
        end_line();
    }

    std::string result() {
        std::string out;
        for (auto i : parts_[0].inner)
            print(i, 0, out);
        return out;
    }

  private:
    step enter(node n);
    void leave(node n);
    void open(std::string label);
    void close() { stack_.pop_back(); }
    void line(std::string label, bool alone);
    void text(std::string_view);
    void add(std::string what, bool space = false, bool no_marks = false);
    void end_line();
    std::string marks() const;
    bool shows(std::size_t i) const;
    void print(std::size_t i, std::size_t depth, std::string& out) const;

    std::deque<part> parts_;
    std::vector<std::size_t> stack_;
    std::vector<glyph> line_;
    unsigned em_ = 0, strong_ = 0, del_ = 0, sub_ = 0, sup_ = 0, code_ = 0;
    std::string link_;
    std::string heading_;
};

void reading::open(std::string label) {
    end_line();
    parts_[stack_.back()].inner.push_back(parts_.size());
    stack_.push_back(parts_.size());
    parts_.push_back({std::move(label), {}, 0, false});
}

void reading::line(std::string label, bool alone) {
    parts_[stack_.back()].inner.push_back(parts_.size());
    parts_.push_back({std::move(label), {}, 0, alone});
}

std::string reading::marks() const {
    std::string all;
    for (auto const& [on, word] :
         {std::pair(em_, "em "), {strong_, "strong "}, {del_, "del "}, {sub_, "sub "}, {sup_, "sup "}})
        all += on > 0 ? word : "";
    return all;
}

void reading::add(std::string what, bool space, bool no_marks) {
    auto around = no_marks || space ? std::string() : marks();
    if (!space) {
        around += code_ > 0 ? "code " : "";
        around += link_;
    }
    line_.push_back({std::move(what), std::move(around), space});
}

void reading::text(std::string_view s) {
    for (std::int32_t i = 0; i < static_cast<std::int32_t>(s.size());) {
        auto const start = i;
        UChar32 c = 0;
        U8_NEXT_OR_FFFD(s.data(), i, static_cast<std::int32_t>(s.size()), c);
        if (c < 0x80 && html::is_space(static_cast<char>(c))) {
            if (!line_.empty() && line_.back().text != " " && line_.back().text != "{br}")
                add(" ", true);
        } else {
            auto const type = u_charType(c);
            bool const bare = u_ispunct(c) || u_isUWhiteSpace(c) || (c < 0x80 && !u_isalnum(c)) ||
                              (type >= U_MATH_SYMBOL && type <= U_OTHER_SYMBOL);
            add(std::string(s.substr(static_cast<std::size_t>(start), static_cast<std::size_t>(i - start))),
                u_isUWhiteSpace(c), bare && code_ == 0);
        }
    }
}

void reading::end_line() {
    while (!line_.empty() && line_.back().space)
        line_.pop_back();
    if (line_.empty())
        return;
    std::string out = heading_;
    std::string around;
    for (auto const& g : line_) {
        if (g.marks != around)
            out += "{" + g.marks + "}";
        around = g.marks;
        out += g.text;
    }
    line_.clear();
    line(std::move(out), true);
}

step reading::enter(node n) {
    auto const t = n.tag();
    if (t == tag::text) {
        text(n.text());
        return step::past;
    }
    if (html::is_hidden(n))
        return step::past;
    if (auto const word = word_of(t); !word.empty()) {
        (word == "em"       ? em_
         : word == "strong" ? strong_
         : word == "del"    ? del_
         : word == "sub"    ? sub_
                            : sup_)++;
        return step::into;
    }
    auto const is = [&](std::string_view name) { return n.attribute(name).value_or(""); };
    switch (t) {
        case tag::code:
        case tag::kbd:
        case tag::samp:
        case tag::tt:
            ++code_;
            return step::into;
        case tag::a:
            if (n.attribute("href") && !is("href").empty())
                link_ = "link " + address(is("href")) + " " + html::collapsed(is("title"));
            return step::into;
        case tag::br:
            if (!heading_.empty()) {
                text(" ");
                return step::past;
            }
            while (!line_.empty() && line_.back().space && line_.back().text != "{br}")
                line_.pop_back();
            if (line_.empty())
                return step::past;
            if (line_.back().text != "{br}")
                add("{br}", true);
            else if (!parts_[stack_.back()].label.starts_with("cell"))
                end_line();
            return step::past;
        case tag::img:
            add("{img " + address(is("src")) + " " + html::collapsed(is("alt")) + " " +
                html::collapsed(is("title")) + "}");
            return step::past;
        case tag::input:
            if (is("type") == "checkbox")
                add(n.attribute("checked") ? "{x}" : "{ }");
            return step::past;
        case tag::hr:
            end_line();
            line("hr", true);
            return step::past;
        case tag::pre: {
            end_line();
            std::string code;
            html::walk(n, [&](node in) {
                code += in.text();
                return step::into;
            });
            if (code.ends_with('\n'))
                code.pop_back();
            if (code.find_first_not_of(" \n\t") != std::string::npos) {
                std::string shown = "pre(" + tasks::language_of(n) + ") ";
                for (char c : code)
                    shown += c == '\n' ? "\\n" : std::string(1, c);
                line(shown, true);
            }
            return step::past;
        }
        case tag::ol:
            open("ol ");
            parts_.back().number = tasks::start_of(n);
            return step::into;
        case tag::td:
        case tag::th:
            open("cell " + std::string(is("align")));
            return step::into;
        case tag::tr:
            open("row");
            return step::into;
        case tag::ul:
        case tag::li:
        case tag::blockquote:
        case tag::table:
            open(std::string(n.name()));
            return step::into;
        default:
            break;
    }
    if (html::is_block(t))
        end_line();
    if (auto const level = tasks::heading_level(t); level > 0)
        heading_ = std::string(level, '#') + " ";
    return step::into;
}

void reading::leave(node n) {
    auto const t = n.tag();
    if (auto const word = word_of(t); !word.empty()) {
        (word == "em"       ? em_
         : word == "strong" ? strong_
         : word == "del"    ? del_
         : word == "sub"    ? sub_
                            : sup_)--;
        return;
    }
    switch (t) {
        case tag::code:
        case tag::kbd:
        case tag::samp:
        case tag::tt:
            --code_;
            return;
        case tag::a:
            link_.clear();
            return;
        case tag::ul:
        case tag::ol:
        case tag::li:
        case tag::blockquote:
        case tag::table:
        case tag::tr:
        case tag::td:
        case tag::th:
            end_line();
            close();
            return;
        default:
            break;
    }
    if (html::is_block(t))
        end_line();
    if (tasks::heading_level(t) > 0)
        heading_.clear();
}

bool reading::shows(std::size_t i) const {
    if (parts_[i].shows_alone)
        return true;
    for (auto j : parts_[i].inner)
        if (shows(j))
            return true;
    return false;
}

void reading::print(std::size_t i, std::size_t depth, std::string& out) const {
    auto const& p = parts_[i];
    if (!shows(i) && !p.label.starts_with("cell"))
        return;
    auto inner = p.inner;
    out.append(depth * 2, ' ') += p.label;
    if (p.label == "ol ") {  // counts the items that hold nothing, too
        auto const first = std::find_if(inner.begin(), inner.end(), [&](auto j) { return shows(j); });
        out += std::to_string(p.number + (first - inner.begin()));
    }
    out += '\n';
    if (p.label == "row")
        while (!inner.empty() && !shows(inner.back()))
            inner.pop_back();
    for (auto j : inner)
        print(j, depth + 1, out);
}

}  // namespace

std::string canonical_html(std::string_view text) {
    auto const document = html::document::parse(text);
    return document ? reading(document->root()).result() : "not parsed";
}

}  // namespace fetchd::tests
