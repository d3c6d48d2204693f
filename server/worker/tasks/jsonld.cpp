#include "worker/tasks/jsonld.hpp"

#include "worker/tasks/jsonld_clean.hpp"
#include "worker/tasks/jsonld_facts.hpp"

namespace fetchd::tasks {
namespace {

// Calls `each` with every element of a JSON array without spaces; the text must be good JSON.
template <class Each>
void for_elements(std::string_view array, Each&& each) {
    std::size_t depth = 0;
    bool in_string = false;
    std::size_t begin = 1;
    for (std::size_t i = 1; i + 1 < array.size(); ++i) {
        char const c = array[i];
        if (in_string) {
            i += static_cast<std::size_t>(c == '\\');
            in_string = c != '"';
        } else if (c == '"') {
            in_string = true;
        } else if (c == '[' || c == '{') {
            ++depth;
        } else if (c == ']' || c == '}') {
            --depth;
        } else if (c == ',' && depth == 0) {
            each(array.substr(begin, i - begin));
            begin = i + 1;
        }
    }
    each(array.substr(begin, array.size() - 1 - begin));
}

void fill_text(std::string& into, std::string const& from) {
    if (into.empty())
        into = from;
}

}  // namespace

void jsonld::keep(std::string_view value) {
    if (!value.starts_with('{'))  // a text, a number, null: nothing is said of anything
        return;
    if (!values_.empty())
        values_ += ',';
    values_ += value;
}

void jsonld::add(std::string_view script) {
    if (scripts_ == max_jsonld_scripts || script.size() > max_jsonld_bytes - bytes_)
        return;
    ++scripts_;
    bytes_ += script.size();
    clean_.clear();
    append_clean_json(clean_, script);
    if (!read_jsonld(clean_, of_work_, of_other_))
        return;
    if (clean_[0] == '[')
        for_elements(clean_, [this](std::string_view value) { keep(value); });
    else
        keep(clean_);
}

void jsonld_facts::fill(jsonld_facts const& other) {
    fill_text(published, other.published);
    fill_text(modified, other.modified);
    fill_text(headline, other.headline);
    fill_text(site_name, other.site_name);
    if (authors.empty())
        authors = other.authors;
}

jsonld_facts jsonld::facts() const {
    auto all = of_work_;
    all.fill(of_other_);
    return all;
}

}  // namespace fetchd::tasks
