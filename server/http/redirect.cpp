#include "http/redirect.hpp"

namespace fetchd {

result<std::optional<redirect>> next_hop(int status, headers const& answer, url const& from,
                                         std::string_view method, bool allow_downgrade) {
    if (status != 301 && status != 302 && status != 303 && status != 307 && status != 308)
        return std::optional<redirect>();
    auto const location = answer.find("Location");
    if (!location)
        return std::optional<redirect>();
    auto parsed = url::parse(*location, &from);
    if (!parsed)
        return failure(stage::head, code::bad_location, parsed.error().detail);
    if (!parsed->is_http())
        return failure(stage::head, code::bad_location, "scheme " + std::string(parsed->scheme()));
    bool const downgrade =
        from.scheme_type() == scheme_kind::https && parsed->scheme_type() == scheme_kind::http;
    if (downgrade && !allow_downgrade)
        return failure(stage::head, code::downgrade_refused);
    redirect next{std::move(*parsed)};
    // RFC 9110 §10.2.2: the fragment is inherited where the location has none.
    if (!next.to.has_fragment() && from.has_fragment())
        if (auto with = url::parse("#" + std::string(from.fragment()), &next.to))
            next.to = std::move(*with);
    bool const post_to_get = (status == 301 || status == 302) && method == "POST";
    next.drop_body = post_to_get || (status == 303 && method != "GET" && method != "HEAD");
    next.cross_origin = next.to.origin() != from.origin();
    return std::optional<redirect>(std::move(next));
}

void drop_credentials(headers& fields) {
    fields.remove("Authorization");
    fields.remove("Cookie");
    fields.remove("Proxy-Authorization");
}

void drop_body_fields(headers& fields) {
    fields.remove("Content-Encoding");
    fields.remove("Content-Language");
    fields.remove("Content-Location");
    fields.remove("Content-Type");
}

}  // namespace fetchd
