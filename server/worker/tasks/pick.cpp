#include "worker/tasks/pick.hpp"

namespace fetchd::tasks {

result<std::string_view> pick(context const& visit, bool json) {
    switch (visit.kind()) {
        case media_kind::html:
            return "markdown";
        case media_kind::text:
            return "text";
        case media_kind::pdf:
            return json ? "pdf" : "text";
        case media_kind::image:
            return "image";
        case media_kind::other:
            break;
    }
    return failure{stage::process, code::unsupported_type, std::string(visit.essence())};
}

}  // namespace fetchd::tasks
