#include "net/request_text.hpp"

#include "http/basic_auth.hpp"
#include "http/percent.hpp"

namespace fetchd {
namespace {

// RFC 9110 §8.6: a method that has a meaning for content says how long it is, also when it is empty.
bool says_its_length(outgoing const& request) {
    return !request.body.empty() || request.method == "POST" || request.method == "PUT" ||
           request.method == "PATCH";
}

}  // namespace

std::string request_text(outgoing const& request, url const& target, proxy const* through,
                         std::string const& user_agent) {
    std::string text;
    text.reserve(256 + target.href().size() + request.fields.bytes() + request.body.size());
    text.append(request.method).append(" ");
    if (through)
        text.append(target.scheme()).append("://").append(target.authority());
    text.append(target.request_target());
    text.append(" HTTP/1.1\r\nHost: ").append(target.authority()).append("\r\n");
    if (!request.fields.has("User-Agent"))
        text.append("User-Agent: ").append(user_agent).append("\r\n");
    if (!request.fields.has("Accept"))
        text.append("Accept: */*\r\n");
    request.fields.write_to(text);
    if (target.has_credentials() && !request.fields.has("Authorization"))
        text.append("Authorization: ")
            .append(basic_authorization(percent_decode(target.username()), percent_decode(target.password())))
            .append("\r\n");
    if (through && through->has_credentials)
        text.append("Proxy-Authorization: ")
            .append(basic_authorization(through->user, through->password))
            .append("\r\n");
    if (says_its_length(request))
        text.append("Content-Length: ").append(std::to_string(request.body.size())).append("\r\n");
    text.append("\r\n").append(request.body);
    return text;
}

}  // namespace fetchd
