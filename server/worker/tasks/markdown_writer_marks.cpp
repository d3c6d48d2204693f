// Emphasis, links and what else stands around text. A delimiter only opens or closes where CommonMark's rules
// see it as one (§6.2): not between a letter outside and punctuation inside. There the punctuation goes
// outside, or the delimiter inside of a link, or an empty comment between the letter and the delimiter.
#include <algorithm>
#include <utility>

#include "worker/tasks/markdown_flank.hpp"
#include "worker/tasks/markdown_writer.hpp"

namespace fetchd::tasks {
namespace {

bool is_delimited(mark m) {
    return m == mark::emphasis || m == mark::strong || m == mark::strike;
}

// In HTML, which can stand anywhere.
std::string_view name_of(mark m) {
    constexpr std::string_view names[] = {"", "em", "strong", "del", "sub", "sup", "a"};
    return names[static_cast<std::size_t>(m)];
}

bool is_starred(mark m) {
    return m == mark::emphasis || m == mark::strong;
}

}  // namespace

void markdown_writer::append_delimiter(open_mark const& m) {
    if (m.kind == mark::emphasis)
        out_ += style_.emphasis;
    else
        out_ += m.kind == mark::strong ? "**" : "~~";
}

void markdown_writer::write_waiting_marks() {
    for (auto& m : marks_)
        if (!m.written && !m.spent)
            write_opening(m);
    waiting_marks_ = 0;
}

void markdown_writer::write_opening(open_mark& m) {
    m.written = true;
    place_.line = line_so_far::something;
    if (m.tagged || could_close(m)) {
        m.tagged = true;
        ((out_ += '<') += name_of(m.kind)) += '>';
        return end_object();
    }
    // Straight after the end of a mark of the same kind: one mark, because "****" is neither end nor
    // beginning.
    if (closed_kind_ == m.kind && closed_at_ == out_.size()) {
        out_.resize(out_.size() - (m.kind == mark::emphasis ? 1 : 2));
        m.at = closed_open_at_;
        m.joined = true;
        closed_at_ = 0;
        return;
    }
    if (is_starred(m.kind) && out_.ends_with('*'))
        for (auto& other : marks_)
            other.joined = other.joined || &other == &m || other.written;
    if (m.kind == mark::link && out_.ends_with('!'))  // "![" would make it an image
        out_.insert(out_.size() - 1, 1, '\\');
    m.at = out_.size();
    if (m.kind == mark::link)
        out_ += '[';
    else
        append_delimiter(m);
    text_from_ = out_.size();
}

void markdown_writer::write_closing(open_mark const& m) {
    if (m.tagged) {
        ((out_ += "</") += name_of(m.kind)) += '>';
        return end_object();
    }
    if (m.kind != mark::link) {
        if (closed_at_ != out_.size()) {
            closed_from_ = out_.size();
            closed_inner_at_ = m.at + (m.kind == mark::emphasis ? 1 : 2);
            closed_text_from_ = text_from_;
            closed_mixed_ = false;
        } else {
            closed_mixed_ = closed_mixed_ || is_starred(m.kind) != is_starred(closed_kind_);
        }
        append_delimiter(m);
        closed_kind_ = m.kind;
        closed_open_at_ = m.at;
        closed_at_ = out_.size();
        text_from_ = out_.size();
        return;
    }
    link_from_ = m.at;
    link_text_end_ = out_.size();
    out_ += ']';
    write_address(m);
    link_end_ = out_.size();
    end_object();
}

// Straight after the link's text, or once at the end of the document (CommonMark §6.3).
void markdown_writer::write_address(open_mark const& m) {
    bool const in_place = style_.links != links_as::list;
    std::string definition;
    auto& to = in_place ? out_ : definition;
    if (in_place)
        to += '(';
    append_destination(to, m.destination, in_place && in_cell_);
    if (!m.title.empty()) {
        to += ' ';
        append_title(to, m.title, in_place && in_cell_);
    }
    if (in_place) {
        out_ += ')';
        return;
    }
    auto const [known, is_new] = references_.emplace(std::move(definition), references_.size() + 1);
    ((out_ += '[') += std::to_string(known->second)) += ']';
}

// At the end of a block: what was opened in it is closed, and waits for the next.
void markdown_writer::close_written_marks() {
    for (auto m = marks_.rbegin(); m != marks_.rend(); ++m) {
        if (!m->written)
            continue;
        write_closing(*m);
        m->written = false;
        m->spent = m->kind == mark::link;
        waiting_marks_ += static_cast<std::size_t>(!m->spent);
    }
    closed_at_ = 0;
}

void markdown_writer::open(mark kind) {
    auto const same = [&](open_mark const& m) { return m.kind == kind; };
    if (std::any_of(marks_.begin(), marks_.end(), same))
        return open_nothing();
    marks_.emplace_back().kind = kind;
    marks_.back().tagged = kind == mark::below || kind == mark::above;
    opened_.push_back(kind);
    ++waiting_marks_;
}

void markdown_writer::open_link(std::string destination, std::string title) {
    open(mark::link);
    if (opened_.back() != mark::link)
        return;
    marks_.back().destination = std::move(destination);
    marks_.back().title = std::move(title);
}

void markdown_writer::open_nothing() {
    opened_.push_back(mark::none);
}

void markdown_writer::close() {
    auto const kind = opened_.back();
    opened_.pop_back();
    if (kind == mark::none)
        return;
    auto const found = std::find_if(marks_.begin(), marks_.end(), [&](auto& m) { return m.kind == kind; });
    // A link that was put around marks opened before it ends before they do.
    for (auto m = marks_.end() - 1; m != found; --m)
        if (m->written) {
            write_closing(*m);
            m->written = false;
            ++waiting_marks_;
        }
    if (found->written)
        write_closing(*found);
    else if (!found->spent)
        --waiting_marks_;
    marks_.erase(found);
}

// ---- where a mark touches a word

// Does what follows stand straight after what is written?
bool markdown_writer::touches() const {
    return in_block_ && !break_ && space_.empty() && (waiting_marks_ > 0 || closed_at_ == out_.size());
}

// What is before the delimiters that have just closed, or else before the end.
side markdown_writer::side_before() const {
    return back_side(
        std::string_view(out_).substr(0, closed_at_ == out_.size() ? closed_from_ : out_.size()));
}

// Of the marks that wait: does a delimiter come first, and does it stand right before the text?
markdown_writer::waiting markdown_writer::what_waits() const {
    auto first = mark::none;
    for (auto const& m : marks_) {
        if (m.written || m.spent)
            continue;
        if (!is_delimited(m.kind) || m.tagged)
            return first == mark::none ? waiting::more : waiting::delimiter_and_more;
        if (first != mark::none && is_starred(first) != is_starred(m.kind))
            return waiting::delimiter_and_more;
        first = m.kind;
    }
    return first == mark::none ? waiting::nothing : waiting::delimiter;
}

// Before text: makes what has closed close and what is going to open open. Writes and returns the bytes of
// the text that have to stand before the marks that wait; takes them off `word`.
std::size_t markdown_writer::adjoin_text(std::string_view s, std::size_t& word) {
    auto const waits = what_waits();
    auto const first = front_side(s);
    bool const letter_first = (first == side::letter || first == side::symbol) &&
                              (waits == waiting::nothing || waits == waiting::delimiter);
    if (closed_at_ == out_.size() && letter_first && !goes_on()) {
        if (closed_mixed_)
            out_ += nothing_between;
        else if (side_before() != side::letter)
            settle_closing();
    }
    if (waits != waiting::delimiter && waits != waiting::delimiter_and_more)
        return 0;
    auto const before = side_before();
    if (before == side::space)
        return 0;
    if (crowds()) {
        tag_waiting();
        return 0;
    }
    if (waits == waiting::delimiter_and_more) {
        adjoin_object();
        return 0;
    }
    if (first != side::letter && before != side::punctuation) {
        auto const moved = std::min(punctuation_prefix(s), word);
        append_escaped(out_, s, moved, place_);
        word -= moved;
        return moved;
    }
    return 0;
}

// Between two letters, or between punctuation, a delimiter can close as well. The rule of three (CommonMark
// §6.2, 9) keeps it from that if the one that is open stands alone where it was opened.
bool markdown_writer::could_close(open_mark const& m) const {
    auto const open = [](open_mark const& other) {
        return is_starred(other.kind) && other.written && other.joined;
    };
    return is_starred(m.kind) && std::any_of(marks_.begin(), marks_.end(), open) &&
           back_side(out_) != side::space;
}

// Is the one mark that has closed opened again?
bool markdown_writer::goes_on() const {
    auto const first =
        std::find_if(marks_.begin(), marks_.end(), [](auto& m) { return !m.written && !m.spent; });
    return first != marks_.end() && !first->tagged && first->kind == closed_kind_ &&
           closed_at_ - closed_from_ <= 2;
}

// Would the delimiters that wait be counted with those that have just closed, against the rule of three?
bool markdown_writer::crowds() const {
    if (closed_at_ != out_.size() || !out_.ends_with('*'))
        return false;
    auto stars = out_.size() - 1 - out_.find_last_not_of('*');
    bool first = true;
    for (auto const& m : marks_) {
        if (m.written || m.spent || !is_starred(m.kind))
            continue;
        if (std::exchange(first, false) && m.kind == closed_kind_)
            return false;  // the two become one
        stars += m.kind == mark::emphasis ? 1 : 2;
    }
    return stars > 3 && !first;
}

void markdown_writer::tag_waiting() {
    for (auto& m : marks_)
        m.tagged = m.tagged || (!m.written && is_delimited(m.kind));
}

// The same before a link, an image or code: they all begin with punctuation.
void markdown_writer::adjoin_object() {
    auto const waits = what_waits();
    auto const before = side_before();
    if ((waits != waiting::delimiter && waits != waiting::delimiter_and_more) || before == side::space)
        return;
    if (before == side::punctuation) {
        if (crowds())
            tag_waiting();
        return;
    }
    auto const is_link = [](open_mark const& m) { return m.kind == mark::link && !m.written && !m.spent; };
    auto const link = std::find_if(marks_.begin(), marks_.end(), is_link);
    auto const first =
        std::find_if(marks_.begin(), marks_.end(), [](auto& m) { return !m.written && !m.spent; });
    if (link != marks_.end())
        std::rotate(first, link, link + 1);
    else
        tag_waiting();
}

// After delimiters have closed and before a letter, with punctuation inside.
void markdown_writer::settle_closing() {
    auto const tail = letterless_tail(std::string_view(out_).substr(0, closed_from_), closed_text_from_);
    bool const apart = tail == 0 || back_side(std::string_view(out_).substr(0, tail)) == side::space;
    if (tail < closed_from_ && tail > closed_inner_at_ && !apart) {
        std::rotate(out_.begin() + static_cast<std::ptrdiff_t>(tail),
                    out_.begin() + static_cast<std::ptrdiff_t>(closed_from_), out_.end());
    } else if (tail == closed_from_ && link_around_is_possible()) {
        auto const closers = out_.substr(closed_from_);
        out_.resize(closed_from_);
        out_.insert(link_text_end_, closers);
        std::rotate(out_.begin() + static_cast<std::ptrdiff_t>(closed_open_at_),
                    out_.begin() + static_cast<std::ptrdiff_t>(link_from_),
                    out_.begin() + static_cast<std::ptrdiff_t>(link_from_) + 1);
    } else {
        out_ += nothing_between;
    }
    closed_at_ = 0;
}

// Is what has just closed around a link and nothing else? Then it can stand inside.
bool markdown_writer::link_around_is_possible() const {
    return closed_text_from_ == closed_from_ && link_text_end_ < closed_from_ &&
           link_from_ > closed_open_at_ && link_from_ - closed_open_at_ == closed_at_ - closed_from_ &&
           link_end_ == closed_from_ && (closed_open_at_ == 0 || out_[closed_open_at_ - 1] != '!');
}

}  // namespace fetchd::tasks
