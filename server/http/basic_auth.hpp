// The Basic authentication scheme (RFC 7617).
#pragma once

#include <string>
#include <string_view>

namespace fetchd {

// The value of Authorization or Proxy-Authorization: "Basic dXNlcjpwYXNz". The bytes are sent as they are;
// `user` must hold no ':', which would end it on the other side (§2).
std::string basic_authorization(std::string_view user, std::string_view password);

}  // namespace fetchd
