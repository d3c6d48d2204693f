// Named fields picked from a page by selectors, as one JSON object (docs/select.md). The language is read in
// select_fields, run by css_match and xpath_evaluate, and what is found is written by select_value.
#include <memory>

#include "base/json_text.hpp"
#include "worker/tasks/context.hpp"
#include "worker/tasks/css_match.hpp"
#include "worker/tasks/select_fields.hpp"
#include "worker/tasks/select_value.hpp"
#include "worker/tasks/xpath_evaluate.hpp"

namespace fetchd::tasks {
namespace {

using html::node;
using select::field;
using select::part;

constexpr std::uint64_t max_steps = 10'000'000;

bool is_there(xpath::item const&) {
    return true;
}

bool is_there(xpath::value const& given) {
    return xpath::truth_of(given);
}

class selection {
  public:
    selection(context& visit, survey const& found, node document)
        : visit_(visit),
          page_(document, found.html, found.nodes, max_steps),
          value_(visit, page_.left),
          expressions_(page_) {}

    // Whether all fields that are required are there; else what was appended has to go.
    result<bool> object(std::vector<field> const&, node top, std::string& out);

  private:
    result<bool> member(field const&, node top, std::string& out);
    result<bool> first(field const&, node top, std::string& out);
    result<bool> list(field const&, node top, std::string& out);
    result<bool> exists(field const&, node top, std::string& out);
    result<bool> value(field const&, xpath::item const& found, std::string& out);
    result<bool> value(field const& f, xpath::value const& given, std::string& out) {
        return value_.append(f, given, out);
    }
    template <class Take>
    result<void> each(field const&, node top, Take take);
    css::matcher& matcher(field const&);
    result<void> sound(field const&, std::string const& out) const;

    context& visit_;
    css::page page_;
    select::value_writer value_;
    std::vector<std::unique_ptr<css::matcher>> matchers_;  // by the field's id
    xpath::evaluator expressions_;
};

css::matcher& selection::matcher(field const& f) {
    if (matchers_.size() <= f.id)
        matchers_.resize(f.id + 1);
    if (!matchers_[f.id])
        matchers_[f.id] = std::make_unique<css::matcher>(f.css, page_);
    return *matchers_[f.id];
}

result<void> selection::sound(field const& f, std::string const& out) const {
    if (page_.left.spent())
        return failure{stage::process, code::too_large,
                       f.path + ": more than " + std::to_string(max_steps) + " steps on this document"};
    if (out.size() > visit_.room())
        return too_much_output(visit_);
    return {};
}

result<bool> selection::object(std::vector<field> const& fields, node top, std::string& out) {
    out += '{';
    for (auto const& f : fields) {
        if (&f != &fields.front())
            out += ',';
        json_text::append_string(out, f.name);
        out += ':';
        auto const there = member(f, top, out);
        if (!there || !*there)
            return there;
        if (auto const so_far = sound(f, out); !so_far)
            return so_far.error();
    }
    out += '}';
    return true;
}

// Hands the nodes found, or else the value of an expression, to `take`, which says whether it wants more.
template <class Take>
result<void> selection::each(field const& f, node top, Take take) {
    result<bool> more = true;
    if (f.by == field::way::self) {
        more = take(xpath::item(top));
    } else if (f.by == field::way::xpath) {
        auto const given = expressions_.evaluate(f.xpath, top);
        if (page_.left.spent())
            return {};  // and it means nothing
        if (given.kind != xpath::type::nodes)
            more = take(given);
        for (auto n = given.nodes.begin(); n != given.nodes.end() && more && *more; ++n)
            more = take(*n);
    } else {
        css::search found(matcher(f), top, top.tag() == html::tag::document ? page_.html : top);
        for (auto n = found.next(); n && more && *more; n = more && *more ? found.next() : node())
            more = take(xpath::item(n));
    }
    return more ? result<void>() : more.error();
}

result<bool> selection::member(field const& f, node top, std::string& out) {
    if (f.take == part::exists)
        return exists(f, top, out);
    return f.all ? list(f, top, out) : first(f, top, out);
}

result<bool> selection::value(field const& f, xpath::item const& found, std::string& out) {
    if (f.take != part::record)
        return value_.append(f, found, out);
    auto const before = out.size();
    auto const whole = object(f.fields, found.node, out);
    if (whole && !*whole)
        out.resize(before);
    return whole;
}

// The first thing found that has the value.
result<bool> selection::first(field const& f, node top, std::string& out) {
    auto there = false;
    auto const ran = each(f, top, [&](auto const& found) -> result<bool> {
        auto const had = value(f, found, out);
        if (!had)
            return had.error();
        there = *had;
        if (auto const so_far = sound(f, out); !so_far)
            return so_far.error();
        return !there;
    });
    if (!ran)
        return ran.error();
    if (!there)
        out += f.otherwise;
    return there || !f.required;
}

result<bool> selection::exists(field const& f, node top, std::string& out) {
    auto there = false;
    auto const ran = each(f, top, [&](auto const& found) -> result<bool> {
        there = is_there(found);
        return false;
    });
    out += there ? "true" : "false";
    return ran ? result<bool>(true) : ran.error();
}

result<bool> selection::list(field const& f, node top, std::string& out) {
    std::uint32_t seen = 0;
    std::uint32_t kept = 0;
    out += '[';
    auto const ran = each(f, top, [&](auto const& found) -> result<bool> {
        if (++seen > select::max_matches)
            return failure{stage::process, code::too_large,
                           f.path + ": more than " + std::to_string(select::max_matches) +
                               " matches; set \"limit\", or select more narrowly"};
        auto const before = out.size();
        if (kept > 0)
            out += ',';
        auto const had = value(f, found, out);
        if (!had)
            return had.error();
        if (*had)
            ++kept;
        else
            out.resize(before);
        if (auto const so_far = sound(f, out); !so_far)
            return so_far.error();
        return f.limit == 0 || kept < f.limit;
    });
    if (!ran)
        return ran.error();
    out += ']';
    return kept > 0 || !f.required;
}

result<void> run(context& visit, std::string& out) {
    auto const fields = select::read_fields(visit.option("fields"));
    if (!fields)
        return fields.error();
    auto const found = visit.look();
    if (!found)
        return found.error();
    auto const document = visit.document();
    auto const whole =
        selection(visit, **found, (*document)->root()).object(*fields, (*document)->root(), out);
    if (!whole)
        return whole.error();
    if (!*whole)
        out = "null";
    return {};
}

result<void> check(task_options const& options) {
    auto const fields = select::read_fields(options.get("fields"));
    return fields ? result<void>() : fields.error();
}

constexpr option options[] = {
    {"fields", option::type::json, "", "",
     "an object of names and of what each stands for: a CSS selector, or an object with \"css\" or \"xpath\" "
     "and what to take of what it finds"},
};

}  // namespace

extern entry const select_task;  // registry.cpp
entry const select_task{"select",
                        output_kind::json,
                        run,
                        "application/json",
                        options,
                        check,
                        "Named fields of a page, by CSS selectors or XPath.",
                        "select.md"};

}  // namespace fetchd::tasks
