// Takes known fields out of a JSON object, and remembers the first that has the wrong type.
//
// An absent or null field leaves its target alone. Private to the library: Boost.JSON stays out of the public
// headers.
#pragma once

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/value.hpp>
#include <cstdint>
#include <string>
#include <string_view>

namespace fetchd {
inline namespace client_v1 {

class fields {
  public:
    // `problem` collects the first complaint: "the field \"bytes.wire\" is not a count".
    fields(boost::json::object const& from, std::string path, std::string& problem)
        : from_(from), path_(std::move(path)), problem_(problem) {}

    void take(std::string_view name, std::string& to);
    void take(std::string_view name, int& to);
    void take(std::string_view name, std::uint64_t& to);
    void take(std::string_view name, bool& to);
    boost::json::object const* object(std::string_view name);  // null where absent or wrong
    boost::json::array const* array(std::string_view name);

    std::string path(std::string_view name) const;
    void complain(std::string_view name, std::string_view wanted);

  private:
    boost::json::value const* find(std::string_view name) const;

    boost::json::object const& from_;
    std::string path_;
    std::string& problem_;
};

// Each element of the list as an object: "redirects[2]" is how a complaint names it.
template <class Each>
void each_object(fields& from, std::string_view name, std::string& problem, Each each) {
    auto const* list = from.array(name);
    if (!list)
        return;
    for (std::size_t i = 0; i < list->size(); ++i) {
        auto place = std::string(name) + "[" + std::to_string(i) + "]";
        if (auto const* o = (*list)[i].if_object()) {
            fields f(*o, from.path(place), problem);
            each(f, *o);
        } else {
            from.complain(place, "an object");
        }
    }
}

// Hostile text to a value: bounded depth, no duplicates merged, the whole of it. Sets `problem` on failure.
boost::json::value parse_json(std::string_view text, std::string& problem);

// Valid JSON without line ends, and without blanks around it.
std::string on_one_line(std::string_view json);

}  // namespace client_v1
}  // namespace fetchd
