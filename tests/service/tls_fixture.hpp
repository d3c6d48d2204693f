// What the tests of TLS share: a service that trusts the test's authority, and origins behind TLS.
#pragma once

#include <gtest/gtest.h>

#include <memory>
#include <string>

#include "service/ask.hpp"
#include "support/scripted_origin.hpp"

namespace fetchd::test {

class tls_test : public testing::Test {
  protected:
    // more: settings of the section net.
    void start(std::string const& more = {}) {
        service = std::make_unique<fetchd_process>(with("[net]\nca_file = \"" + ca.file() + "\"\n" + more));
    }

    // An origin behind TLS that serves a page at "/".
    static std::unique_ptr<scripted_origin> origin_with(tls_options tls) {
        origin_options options;
        options.tls = std::move(tls);
        auto origin = std::make_unique<scripted_origin>(options);
        origin->on("/", script{}.answer(200, "secret", {{"content-type", "text/plain"}}));
        return origin;
    }
    static std::unique_ptr<scripted_origin> origin_with(certificate identity,
                                                        tls_version version = tls_version::any) {
        tls_options tls;
        tls.identity = std::move(identity);
        tls.version = version;
        return origin_with(std::move(tls));
    }

    // An origin that says these bytes instead of a handshake, and then nothing more.
    static std::unique_ptr<scripted_origin> origin_saying(std::string bytes) {
        auto origin = std::make_unique<scripted_origin>();
        origin->on_accept(script{}.send(std::move(bytes)).stall());
        return origin;
    }

    static std::string https(scripted_origin const& origin, std::string_view host = "127.0.0.1") {
        return "https://" + std::string(host) + ":" + std::to_string(origin.port()) + "/";
    }

    test_ca ca;
    std::unique_ptr<fetchd_process> service;
};

}  // namespace fetchd::test
