#include "http/basic_auth.hpp"

#include "http/base64.hpp"

namespace fetchd {

std::string basic_authorization(std::string_view user, std::string_view password) {
    std::string plain(user);
    plain.append(":").append(password);
    return "Basic " + base64_encode(plain);
}

}  // namespace fetchd
