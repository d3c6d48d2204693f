#include "worker/tasks/markdown_elements.hpp"

#include <charconv>

#include "worker/tasks/inline_text.hpp"

namespace fetchd::tasks {

using html::node;
using html::tag;

std::string language_of(node pre) {
    node const places[] = {pre.first_child(), pre, pre.parent()};
    for (auto place : places) {
        if (!place)
            continue;
        auto const classes = html::collapsed(place.attribute("class").value_or("").substr(0, 500));
        for (std::string_view prefix : {"language-", "lang-", "highlight-source-"}) {
            auto const at = (" " + classes).find(" " + std::string(prefix));
            if (at == std::string::npos)
                continue;
            auto name = classes.substr(at + prefix.size());
            name.resize(std::min(name.find(' '), name.size()));
            if (!name.empty() && name.size() <= 40 && name.find_first_of("`~\\&<>") == std::string::npos)
                return name;
        }
    }
    return {};
}

long start_of(node list) {
    auto const text = list.attribute("start").value_or("");
    long value = 1;
    std::from_chars(text.data(), text.data() + text.size(), value);
    return value >= 0 && value <= 999'999'999 ? value : 1;  // CommonMark §5.2: nine digits at most
}

unsigned heading_level(tag t) {
    return t >= tag::h1 && t <= tag::h6 ? static_cast<unsigned>(t) - static_cast<unsigned>(tag::h1) + 1 : 0;
}

}  // namespace fetchd::tasks
