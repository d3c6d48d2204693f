// What a caller wants picked from a page: the option `select.fields`, read and checked.
//
// Pure; runs in main, to refuse what is wrong before anything is fetched, and again in the worker.
// docs/select.md describes the language.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/failure.hpp"
#include "worker/tasks/css_selector.hpp"
#include "worker/tasks/xpath.hpp"

namespace fetchd::select {

constexpr std::size_t max_fields = 256;  // of one request, those of records included
constexpr std::size_t max_levels = 5;    // of records in records
constexpr std::size_t max_name_bytes = 200;
constexpr std::uint32_t max_matches = 10'000;  // of one field at one place

// What is taken of each thing found.
enum class part : std::uint8_t {
    text,        // all words on one line
    raw_text,    // the text as it stands
    html,        // the element
    inner_html,  // what is in it
    markdown,
    number,         // the first in the text
    exists,         // whether there is any
    attribute,      // of a reference: made absolute
    raw_attribute,  // as written
    record,         // an object of the fields inside
};

struct field {
    enum class way : std::uint8_t { self, css, xpath };

    std::string name;
    std::string path;  // for messages: "select.fields.items.fields.url"
    way by = way::self;
    css::selector css;
    xpath::expression xpath;
    part take = part::text;
    std::string attribute;           // its name
    bool all = false;                // a list of everything found, else the first
    std::uint32_t limit = 0;         // of a list; 0: none but max_matches
    bool required = false;           // without it the object the field belongs to is nothing
    std::string otherwise = "null";  // JSON: in place of what is not found
    std::vector<field> fields;       // of a record
    std::uint32_t id = 0;            // 0 to the number of fields less one, in the order written
};

// Fails with process.bad_option and what is wrong where: "select.fields.price: position 7: expected a name
// after '.'".
result<std::vector<field>> read_fields(std::string_view json);

}  // namespace fetchd::select
