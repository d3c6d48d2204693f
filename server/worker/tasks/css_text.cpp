#include "worker/tasks/css_text.hpp"

#include "worker/tasks/inline_text.hpp"
#include "worker/tasks/utf8.hpp"

namespace fetchd::css {
namespace {

using html::node;
using html::tag;

bool is_silent(node n) {
    switch (n.tag()) {
        case tag::comment:
        case tag::doctype:
        case tag::script:
        case tag::style:
        case tag::template_:
        case tag::noscript:
        case tag::noembed:
        case tag::noframes:
        case tag::iframe:
            return true;
        case tag::foreign:
            return n.name() == "style" || n.name() == "script";
        default:
            return false;
    }
}

bool sets_apart(tag t) {
    return html::is_block(t) || t == tag::br || t == tag::option || t == tag::optgroup || t == tag::title;
}

}  // namespace

text_reader::text_reader(node top, effort& left) : top_(top), at_(top), left_(left) {
    enter(top);
}

void text_reader::enter(node n) {
    at_ = n;
    auto const t = n.tag();
    if (t == tag::text)
        rest_ = n.text();
    into_ = n == top_ || !is_silent(n);
    space_ = space_ || sets_apart(t);
}

// To the next node in document order; false at the end.
bool text_reader::advance() {
    if (!left_.spend(1))
        return false;
    if (into_)
        if (auto const child = at_.first_child()) {
            enter(child);
            return true;
        }
    for (; at_ != top_; at_ = at_.parent()) {
        space_ = space_ || sets_apart(at_.tag());
        if (auto const next = at_.next()) {
            enter(next);
            return true;
        }
    }
    return false;
}

std::optional<std::string_view> text_reader::next() {
    for (;;) {
        std::size_t spaces = 0;
        while (spaces < rest_.size() && utf8::is_space(rest_[spaces]))
            ++spaces;
        space_ = space_ || spaces > 0;
        rest_.remove_prefix(spaces);
        if (!rest_.empty())
            break;
        if (!left_.spend(spaces / 16) || !advance())
            return std::nullopt;
    }
    if (space_ && started_) {
        space_ = false;
        return " ";
    }
    std::size_t length = 0;
    while (length < rest_.size() && !utf8::is_space(rest_[length]))
        ++length;
    auto const word = rest_.substr(0, length);
    rest_.remove_prefix(length);
    started_ = true;
    space_ = false;
    if (!left_.spend(1 + length / 16))
        return std::nullopt;
    return word;
}

}  // namespace fetchd::css
