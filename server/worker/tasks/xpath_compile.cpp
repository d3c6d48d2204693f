#include <algorithm>
#include <charconv>
#include <iterator>

#include "base/ascii.hpp"
#include "worker/tasks/css_cursor.hpp"
#include "worker/tasks/utf8.hpp"
#include "worker/tasks/xpath_compiler.hpp"

namespace fetchd::xpath {
namespace {

constexpr std::size_t any_count = 1000;

struct function_row {
    std::string_view name;
    function what;
    type result;
    std::size_t least;
    std::size_t most;
    bool wants_nodes = false;  // its argument
};

constexpr function_row functions[] = {
    {"boolean", function::boolean, type::truth, 1, 1},
    {"ceiling", function::ceiling, type::number, 1, 1},
    {"concat", function::concat, type::text, 2, any_count},
    {"contains", function::contains, type::truth, 2, 2},
    {"count", function::count, type::number, 1, 1, true},
    {"false", function::false_, type::truth, 0, 0},
    {"floor", function::floor, type::number, 1, 1},
    {"has-class", function::has_class, type::truth, 1, any_count},
    {"id", function::id, type::nodes, 1, 1},
    {"lang", function::lang, type::truth, 1, 1},
    {"last", function::last, type::number, 0, 0},
    {"local-name", function::local_name, type::text, 0, 1, true},
    {"name", function::name, type::text, 0, 1, true},
    {"namespace-uri", function::namespace_uri, type::text, 0, 1, true},
    {"normalize-space", function::normalize_space, type::text, 0, 1},
    {"not", function::not_, type::truth, 1, 1},
    {"number", function::number, type::number, 0, 1},
    {"position", function::position, type::number, 0, 0},
    {"round", function::round, type::number, 1, 1},
    {"starts-with", function::starts_with, type::truth, 2, 2},
    {"string", function::string, type::text, 0, 1},
    {"string-length", function::string_length, type::number, 0, 1},
    {"substring", function::substring, type::text, 2, 3},
    {"substring-after", function::substring_after, type::text, 2, 2},
    {"substring-before", function::substring_before, type::text, 2, 2},
    {"sum", function::sum, type::number, 1, 1, true},
    {"translate", function::translate, type::text, 3, 3},
    {"true", function::true_, type::truth, 0, 0},
};

struct sign_row {
    unsigned level;  // 0 binds least (XPath §3.4, §3.5)
    std::string_view mark;
    sign what;
};

constexpr sign_row signs[] = {
    {0, "or", sign::or_},
    {1, "and", sign::and_},
    {2, "!=", sign::unequal},
    {2, "=", sign::equal},
    {3, "<=", sign::less_or_equal},
    {3, "<", sign::less},
    {3, ">=", sign::greater_or_equal},
    {3, ">", sign::greater},
    {4, "+", sign::plus},
    {4, "-", sign::minus},
    {5, "*", sign::times},
    {5, "div", sign::divided},
    {5, "mod", sign::modulo},
};

constexpr unsigned tightest = 5;

bool begins_name(char c) {
    return (ascii_lower(c) >= 'a' && ascii_lower(c) <= 'z') || c == '_' ||
           static_cast<unsigned char>(c) >= 0x80;
}

bool is_name_char(char c) {
    return begins_name(c) || is_digit(c) || c == '-' || c == '.';
}

std::string how_many(function_row const& f) {
    if (f.most == any_count)
        return "at least " + std::to_string(f.least);
    return f.least == f.most ? std::to_string(f.least)
                             : std::to_string(f.least) + " or " + std::to_string(f.most);
}

}  // namespace

// ---- what is read

bool compiler::wrong_at(std::size_t offset, std::string_view what) {
    problem_ = "position " + std::to_string(css::cursor(text_).position(offset)) + ": " + std::string(what);
    return false;
}

void compiler::skip_space() {
    while (at_ < text_.size() && utf8::is_space(text_[at_]))
        ++at_;
}

bool compiler::take(std::string_view mark) {
    skip_space();
    if (!text_.substr(at_).starts_with(mark))
        return false;
    at_ += mark.size();
    return true;
}

bool compiler::at_name() const {
    return at_ < text_.size() && begins_name(text_[at_]);
}

std::string_view compiler::name() {
    auto const from = at_;
    auto const plain = [this] {
        while (at_ < text_.size() && is_name_char(text_[at_]))
            ++at_;
    };
    plain();
    if (peek() == ':' && begins_name(peek(1))) {
        ++at_;
        plain();
    }
    return text_.substr(from, at_ - from);
}

std::string_view compiler::name_ahead() {
    auto const from = at_;
    auto const found = at_name() ? name() : std::string_view();
    at_ = from;
    return found;
}

bool compiler::ahead_behind_name(std::string_view mark) {
    auto const from = at_;
    name();
    auto const found = take(mark);
    at_ = from;
    return found;
}

// ---- expressions

bool compiler::whole() {
    if (!nested(out_.top))
        return false;
    skip_space();
    return at_ == text_.size() || wrong("expected an operator or the end");
}

place compiler::add(expression_node&& made) {
    out_.all.push_back(std::move(made));
    return static_cast<place>(out_.all.size() - 1);
}

bool compiler::nested(place& into) {
    if (depth_ == max_nesting)
        return wrong("expected parentheses and brackets nested at most " + std::to_string(max_nesting) +
                     " deep");
    ++depth_;
    auto const read = chain(0, into);
    --depth_;
    return read;
}

std::optional<sign> compiler::sign_here(unsigned level) {
    skip_space();
    for (auto const& row : signs) {
        if (row.level != level)
            continue;
        auto const is_word = begins_name(row.mark.front());
        if (is_word ? name_ahead() == row.mark : text_.substr(at_).starts_with(row.mark)) {
            at_ += row.mark.size();
            return row.what;
        }
    }
    return std::nullopt;
}

bool compiler::chain(unsigned level, place& into) {
    if (level > tightest)
        return unary(into);
    expression_node made;
    made.what = expression_node::kind::chain;
    made.result = level < 4 ? type::truth : type::number;
    for (;;) {
        if (!chain(level + 1, made.parts.emplace_back()))
            return false;
        auto const next = sign_here(level);
        if (!next)
            break;
        made.signs.push_back(*next);
    }
    into = made.signs.empty() ? made.parts.front() : add(std::move(made));
    return true;
}

bool compiler::unary(place& into) {
    std::size_t count = 0;
    while (take("-"))
        ++count;
    if (count == 0)
        return union_expression(into);
    expression_node made;
    made.what = expression_node::kind::negation;
    made.number = count % 2 == 0 ? 1 : -1;
    if (!union_expression(made.parts.emplace_back()))
        return false;
    into = add(std::move(made));
    return true;
}

bool compiler::union_expression(place& into) {
    expression_node made;
    made.what = expression_node::kind::union_;
    made.result = type::nodes;
    do {
        skip_space();
        auto const from = at_;
        auto& part = made.parts.emplace_back();
        if (!path(part))
            return false;
        skip_space();
        if ((made.parts.size() > 1 || peek() == '|') && out_.all[part].result != type::nodes)
            return wrong_at(from, "expected nodes beside '|'");
    } while (take("|"));
    into = made.parts.size() == 1 ? made.parts.front() : add(std::move(made));
    return true;
}

bool compiler::primary(place& into) {
    if (take("(")) {
        if (!nested(into))
            return false;
        return take(")") || wrong("expected an operator or ')'");
    }
    if (peek() == '"' || peek() == '\'')
        return literal(into);
    if (peek() == '$')
        return wrong("expected no variable: there are none");
    return at_name() ? call(into) : number(into);
}

bool compiler::literal(place& into) {
    auto const end = text_.find(text_[at_], at_ + 1);
    if (end == std::string_view::npos)
        return wrong("expected this text to end in the quotation mark it begins with");
    expression_node made;
    made.what = expression_node::kind::text;
    made.result = type::text;
    made.text = text_.substr(at_ + 1, end - at_ - 1);
    at_ = end + 1;
    into = add(std::move(made));
    return true;
}

bool compiler::number(place& into) {
    auto const from = at_;
    while (is_digit(peek()))
        ++at_;
    if (peek() == '.')
        ++at_;
    while (is_digit(peek()))
        ++at_;
    expression_node made;
    std::from_chars(text_.data() + from, text_.data() + at_, made.number);
    into = add(std::move(made));
    return true;
}

bool compiler::call(place& into) {
    auto const from = at_;
    auto const called = name();
    auto const* const row = std::find_if(std::begin(functions), std::end(functions),
                                         [&](auto const& f) { return f.name == called; });
    if (row == std::end(functions))
        return wrong_at(from, "expected a function that is known, not '" + std::string(called) + "()'");
    expression_node made;
    made.what = expression_node::kind::call;
    made.called = row->what;
    made.result = row->result;
    take("(");
    for (auto more = !take(")"); more;) {
        skip_space();
        auto const argument = at_;
        if (made.parts.size() == row->most)
            return wrong("expected " + how_many(*row) + " arguments of " + std::string(called) + "()");
        auto& part = made.parts.emplace_back();
        if (!nested(part))
            return false;
        if (row->wants_nodes && out_.all[part].result != type::nodes)
            return wrong_at(argument, "expected nodes as the argument of " + std::string(called) + "()");
        more = take(",");
        if (!more && !take(")"))
            return wrong("expected an operator, ',' or ')'");
    }
    if (made.parts.size() < row->least)
        return wrong_at(at_ - 1,
                        "expected " + how_many(*row) + " arguments of " + std::string(called) + "()");
    positional_ = positional_ || made.called == function::position || made.called == function::last;
    into = add(std::move(made));
    return true;
}

result<expression> compile(std::string_view utf8) {
    if (utf8.size() > max_expression_bytes)
        return failure{stage::process, code::bad_option,
                       "expected at most " + std::to_string(max_expression_bytes) + " bytes of XPath"};
    expression made;
    compiler read(utf8, made);
    if (!read.whole())
        return failure{stage::process, code::bad_option, read.problem()};
    return made;
}

}  // namespace fetchd::xpath
