#include "http/standard_webhooks.hpp"

#include <gtest/gtest.h>

#include "http/base64.hpp"

namespace fetchd {
namespace {

using namespace std::chrono;

constexpr std::string_view secret_text = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
constexpr std::string_view id = "msg_p5jXN8AQM9LWM0D4loKWxJek";
constexpr std::string_view body = R"({"test": 2432232314})";
constexpr std::string_view signature = "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=";
constexpr sys_seconds at(seconds(1614265330));

webhook_secret secret(std::string_view text = secret_text) {
    return webhook_secret::parse(text).value();
}

webhook_secret other() {
    return secret("whsec_" + base64_encode(std::string(32, 'k')));
}

headers signed_fields(std::initializer_list<webhook_secret> with) {
    headers fields;
    sign_webhook(fields, std::span(with.begin(), with.size()), id, at, body);
    return fields;
}

TEST(StandardWebhooks, SignsAsTheSpecificationDoes) {
    EXPECT_EQ(secret().sign(id, at, body), signature);
    auto const fields = signed_fields({secret()});
    EXPECT_EQ(fields.get("webhook-id"), id);
    EXPECT_EQ(fields.get("webhook-timestamp"), "1614265330");
    EXPECT_EQ(fields.get("webhook-signature"), signature);
    EXPECT_TRUE(verify_webhook(fields, secret(), body, at));
}

TEST(StandardWebhooks, SignsAnewWithOneSignatureOfEach) {
    auto fields = signed_fields({secret()});
    webhook_secret const both[] = {other(), secret()};
    sign_webhook(fields, both, id, at, body);
    EXPECT_EQ(fields.size(), 3U);
    EXPECT_EQ(fields.get("webhook-signature"), other().sign(id, at, body) + " " + std::string(signature));
}

TEST(StandardWebhooks, ReceiversKnowTheOldSecretAndTheNewOne) {
    auto const fields = signed_fields({other(), secret()});
    EXPECT_TRUE(verify_webhook(fields, secret(), body, at));
    EXPECT_TRUE(verify_webhook(fields, other(), body, at));
    EXPECT_FALSE(verify_webhook(signed_fields({other()}), secret(), body, at));
}

TEST(StandardWebhooks, EveryPartIsSigned) {
    for (auto const* name : {"webhook-id", "webhook-timestamp", "webhook-signature"}) {
        auto fields = signed_fields({secret()});
        auto changed = std::string(fields.get(name));
        changed.back() = changed.back() == '1' ? '2' : '1';
        fields.set(name, changed);
        EXPECT_FALSE(verify_webhook(fields, secret(), body, at)) << name;
        fields.remove(name);
        EXPECT_FALSE(verify_webhook(fields, secret(), body, at)) << name;
    }
    EXPECT_FALSE(verify_webhook(signed_fields({secret()}), secret(), "{}", at));
    EXPECT_FALSE(verify_webhook({}, secret(), body, at));
}

TEST(StandardWebhooks, OldMessagesAreNotTakenAgain) {
    auto const fields = signed_fields({secret()});
    EXPECT_TRUE(verify_webhook(fields, secret(), body, at + minutes(5)));
    EXPECT_TRUE(verify_webhook(fields, secret(), body, at - minutes(5)));
    EXPECT_FALSE(verify_webhook(fields, secret(), body, at + minutes(5) + seconds(1)));
    EXPECT_FALSE(verify_webhook(fields, secret(), body, at - minutes(5) - seconds(1)));
    EXPECT_TRUE(verify_webhook(fields, secret(), body, at + hours(1), hours(1)));
}

TEST(StandardWebhooks, TimestampsAreWholeNumbers) {
    for (auto const* text :
         {"", " 1614265330", "1614265330 ", "1614265330.0", "-1", "99999999999999999999"}) {
        auto fields = signed_fields({secret()});
        fields.set("webhook-timestamp", text);
        EXPECT_FALSE(verify_webhook(fields, secret(), body, at)) << text;
    }
}

TEST(StandardWebhooks, SignaturesOfOtherKindsArePassedOver) {
    auto fields = signed_fields({secret()});
    for (auto const& text : {"v1a,AAAA " + std::string(signature), "  " + std::string(signature) + " "}) {
        fields.set("webhook-signature", text);
        EXPECT_TRUE(verify_webhook(fields, secret(), body, at)) << text;
    }
    for (auto const& text : {std::string(signature.substr(3)), "v1a," + std::string(signature.substr(3)),
                             std::string(signature.substr(0, 20)), std::string(" "), std::string("v1,")}) {
        fields.set("webhook-signature", text);
        EXPECT_FALSE(verify_webhook(fields, secret(), body, at)) << text;
    }
}

TEST(StandardWebhooks, SecretsHave24To64Bytes) {
    for (std::size_t const n : {24U, 25U, 64U})
        EXPECT_TRUE(webhook_secret::parse("whsec_" + base64_encode(std::string(n, 'k')))) << n;
    for (std::size_t const n : {0U, 23U, 65U, 1000U})
        EXPECT_FALSE(webhook_secret::parse("whsec_" + base64_encode(std::string(n, 'k')))) << n;
    for (auto const* text :
         {"", "whsec_", "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "WHSEC_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
          "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaS!", "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw\n"})
        EXPECT_FALSE(webhook_secret::parse(text)) << text;
}

}  // namespace
}  // namespace fetchd
