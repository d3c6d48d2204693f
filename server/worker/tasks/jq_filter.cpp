#include "worker/tasks/jq_filter.hpp"

#include <unistd.h>

#include <array>
#include <climits>
#include <ctime>
#include <exception>
#include <new>

#include "worker/tasks/inline_text.hpp"
#include "worker/tasks/jq_value.hpp"
#include "worker/tasks/utf8.hpp"

extern "C" {
#include <jq.h>
}

namespace fetchd::tasks {
namespace {

// Stands before every filter, on its first line, so that lines keep their numbers. That something stands
// there is also what makes modules impossible: `import` may only begin a program.
// What reaches out of a filter is taken away; strftime, which aborts on what it does not like, is asked only
// for what it likes.
constexpr std::string_view before_filter =
    "def _strftime($f): strftime($f); def _strflocaltime($f): strflocaltime($f); "
    "def _time: if type == \"number\" then gmtime else . end | if type == \"array\" and length > 5 and "
    "all(.[:8][]; type == \"number\" and . > -1e9 and . < 1e9) then . else "
    "error(\"a time is a number of seconds or an array of numbers\") end; "
    "def strftime($f): if $f | type == \"string\" then _time | _strftime($f) "
    "else error(\"strftime wants a text\") end; "
    "def strflocaltime($f): if $f | type == \"string\" then _time | _strflocaltime($f) "
    "else error(\"strflocaltime wants a text\") end; "
    "def todateiso8601: strftime(\"%Y-%m-%dT%H:%M:%SZ\"); def todate: todateiso8601; "
    "def now: error(\"now is not available: a filter sees the document alone\"); "
    "def env: {}; def stderr: .; def debug: .; def input_filename: null; def input_line_number: 0; "
    "def modulemeta: error(\"modules are not available\"); def get_search_list: []; "
    "def get_jq_origin: null; def get_prog_origin: null; ";

// Nothing of this process's environment for as long as it lives. libjq looks for ~/.jq where $HOME is set,
// and shows all of it as $ENV. The time zone is UTC, for local times to be the same everywhere.
class bare_environment {
  public:
    bare_environment() : was_(::environ) { ::environ = only_.data(); }
    ~bare_environment() { ::environ = was_; }
    bare_environment(bare_environment const&) = delete;
    bare_environment& operator=(bare_environment const&) = delete;

  private:
    char zone_[8] = "TZ=UTC0";
    std::array<char*, 2> only_{zone_, nullptr};
    char** was_;
};

// libjq cannot go on without memory and would abort. Ends the worker in a way that says why.
[[noreturn]] void out_of_memory(void*) {
    try {
        throw std::bad_alloc();
    } catch (...) {
        std::terminate();
    }
}

std::string text_of(jv value) {
    std::string text(::jv_string_value(value),
                     static_cast<std::size_t>(::jv_string_length_bytes(::jv_copy(value))));
    ::jv_free(value);
    return text;
}

// What an error was raised with, on one line.
std::string message_of(jv raised) {
    std::string text;
    if (::jv_get_kind(raised) == JV_KIND_STRING)
        text = text_of(raised);
    else
        append_value(text, raised, 1000, 20);
    text = html::collapsed(text);
    text.resize(utf8::prefix(text, 500).size());
    return text;
}

void erase_all(std::string& text, std::string_view what) {
    for (auto at = text.find(what); at != std::string::npos; at = text.find(what))
        text.erase(at, what.size());
}

// "jq: error: $y is not defined at <top-level>, line 2:\n..." as "line 2: $y is not defined".
std::string readable(std::string_view message) {
    std::string text(message.substr(0, 2000));
    erase_all(text, "jq: error: ");
    erase_all(text, " (Unix shell quoting issues?)");
    constexpr std::string_view where = " at <top-level>, line ";
    auto const at = text.find(where);
    if (at == std::string::npos)
        return html::collapsed(text);
    auto const begin = at + where.size();
    auto const end = std::min(text.find(':', begin), text.size());
    return "line " + text.substr(begin, end - begin) + ": " + html::collapsed(text.substr(0, at));
}

// Keeps the first thing libjq has to say of a program. Nothing may be thrown through libjq, which is C.
void on_message(void* to, jv message) noexcept {
    auto& first = *static_cast<std::string*>(to);
    auto const text = text_of(::jq_format_error(message));
    if (first.empty())
        first = readable(text);
}

failure no_json(std::string why) {
    return failure{stage::process, code::bad_document, "JSON: " + why};
}

// The JSON texts of a body, one after the other.
class texts {
  public:
    explicit texts(std::string_view utf8) : parser_(::jv_parser_new(0)) {
        ::jv_parser_set_buf(parser_, utf8.data(), static_cast<int>(utf8.size()), 0);
    }
    ~texts() { ::jv_parser_free(parser_); }
    texts(texts const&) = delete;
    texts& operator=(texts const&) = delete;

    // The next, or none; after a mistake none.
    jv next() {
        if (!mistake.empty())
            return ::jv_invalid();
        auto const value = ::jv_parser_next(parser_);
        if (!::jv_is_valid(value) && ::jv_invalid_has_msg(::jv_copy(value)))
            mistake = message_of(::jv_invalid_get_msg(::jv_copy(value)));
        return value;
    }
    jv all() {
        auto whole = ::jv_array();
        for (;;) {
            auto const value = next();
            if (!::jv_is_valid(value)) {
                ::jv_free(value);
                return whole;
            }
            whole = ::jv_array_append(whole, value);
        }
    }

    std::string mistake;

  private:
    jv_parser* parser_;
};

jv next_input(jq_state*, void* from) noexcept {
    return static_cast<texts*>(from)->next();
}

bool is_letter(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}

// The word that a program begins with, after spaces and comments.
std::string_view first_word(std::string_view filter) {
    for (;;) {
        filter = utf8::trimmed(filter);
        if (!filter.starts_with('#'))
            break;
        filter.remove_prefix(std::min(filter.find('\n'), filter.size()));
    }
    std::size_t n = 0;
    while (n < filter.size() && is_letter(filter[n]))
        ++n;
    return filter.substr(0, n);
}

}  // namespace

std::optional<std::string> problem_with_filter(std::string_view filter) {
    if (filter.find('\0') != std::string_view::npos)
        return "a filter holds no NUL";
    auto const word = first_word(filter);
    if (word == "import" || word == "include" || word == "module")
        return "modules are not available";
    return std::nullopt;
}

struct jq_program::state {
    state() : jq(::jq_init()) {
        if (jq == nullptr)
            throw std::bad_alloc();
        ::jq_set_nomem_handler(jq, out_of_memory, nullptr);
        ::jq_set_error_cb(jq, on_message, &message);
    }
    ~state() { ::jq_teardown(&jq); }
    state(state const&) = delete;
    state& operator=(state const&) = delete;

    result<void> one(jv input, jq_limits const& limits, std::size_t before, std::string& out);
    result<void> ended(jv with);

    jq_state* jq;
    std::string message;
};

jq_program::jq_program(std::unique_ptr<state> s) : state_(std::move(s)) {}
jq_program::jq_program(jq_program&&) noexcept = default;
jq_program& jq_program::operator=(jq_program&&) noexcept = default;
jq_program::~jq_program() = default;

result<jq_program> jq_program::compile(std::string_view filter) {
    if (auto problem = problem_with_filter(filter))
        return failure{stage::process, code::bad_option, "jq.filter: " + *problem};
    auto made = std::make_unique<state>();
    std::string program(before_filter);
    program += filter;
    bare_environment const bare;
    if (::jq_compile(made->jq, program.c_str()) == 0)
        return failure{stage::process, code::bad_option, "jq.filter: " + made->message};
    return jq_program(std::move(made));
}

// What jq_next() gave in the end: nothing more, or an error.
result<void> jq_program::state::ended(jv with) {
    if (::jq_halted(jq) != 0) {
        ::jv_free(with);
        auto const why = ::jq_get_error_message(jq);
        if (::jv_is_valid(why) && ::jv_get_kind(why) != JV_KIND_NULL)
            return failure{stage::process, code::failed, "jq.filter: halted: " + message_of(why)};
        ::jv_free(why);
        return {};
    }
    if (::jv_invalid_has_msg(::jv_copy(with)))
        return failure{stage::process, code::failed, "jq.filter: " + message_of(::jv_invalid_get_msg(with))};
    ::jv_free(with);
    return {};
}

// The results of one input, with commas where out.size() is not `before`.
result<void> jq_program::state::one(jv input, jq_limits const& limits, std::size_t before, std::string& out) {
    ::jq_start(jq, input, 0);
    for (;;) {
        auto const value = ::jq_next(jq);
        if (!::jv_is_valid(value))
            return ended(value);
        if (out.size() > before)
            out += ',';
        switch (append_value(out, value, before + limits.output, limits.depth)) {
            case jq_written::whole:
                break;
            case jq_written::too_large:
                return failure{stage::process, code::output_too_large,
                               "more than " + std::to_string(limits.output) + " bytes"};
            case jq_written::too_deep:
                return failure{stage::process, code::too_large,
                               "a result nested more than " + std::to_string(limits.depth) + " deep"};
        }
    }
}

result<void> jq_program::run(std::string_view utf8, bool slurp, jq_limits const& limits, std::string& out) {
    if (utf8.size() > INT_MAX)
        return failure{stage::process, code::too_large, std::to_string(utf8.size()) + " bytes of JSON"};
    bare_environment const bare;
    auto* const jq = state_->jq;
    texts inputs(utf8);
    ::jq_set_input_cb(jq, next_input, &inputs);
    out += '[';
    auto const before = out.size();
    for (bool more = true; more;) {
        auto const input = slurp ? inputs.all() : inputs.next();
        if (!inputs.mistake.empty() || !::jv_is_valid(input)) {
            ::jv_free(input);
            break;
        }
        auto const done = state_->one(input, limits, before, out);
        if (!done)
            return inputs.mistake.empty() ? done.error() : no_json(inputs.mistake);
        more = !slurp && ::jq_halted(jq) == 0;
    }
    ::jq_set_input_cb(jq, nullptr, nullptr);
    if (!inputs.mistake.empty())
        return no_json(inputs.mistake);
    out += ']';
    return {};
}

void prepare_jq() {
    auto made =
        jq_program::compile("localtime | mktime | gmtime | strftime(\"%c %Z\") | test(\"\\\\w\"; \"x\")");
    std::string out;
    if (made)
        (void)made->run("0", false, {}, out);
}

}  // namespace fetchd::tasks
