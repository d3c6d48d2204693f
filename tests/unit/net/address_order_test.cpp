#include "net/address_order.hpp"

#include <gtest/gtest.h>

namespace fetchd {
namespace {

class AddressOrder : public testing::Test {
  protected:
    static ip_address ip(std::string_view text) { return *ip_address::parse(text); }

    std::string arranged(std::initializer_list<std::string_view> texts, std::chrono::seconds later = {}) {
        std::vector<ip_address> all;
        for (auto const text : texts)
            all.push_back(ip(text));
        order_.arrange(all, 80, now_ + later);
        std::string names;
        for (auto const& a : all)
            names += (names.empty() ? "" : " ") + a.text();
        return names;
    }

    time_point const now_ = clock::now();
    address_order order_;
};

TEST_F(AddressOrder, KeepsTheResolversOrderWithinAFamily) {
    EXPECT_EQ(arranged({"192.0.2.3", "192.0.2.1", "192.0.2.2"}), "192.0.2.3 192.0.2.1 192.0.2.2");
    EXPECT_EQ(arranged({"192.0.2.3"}), "192.0.2.3");
    EXPECT_EQ(arranged({}), "");
}

TEST_F(AddressOrder, TakesTheFamiliesInTurnBeginningWithTheFirst) {
    EXPECT_EQ(arranged({"2001:db8::1", "2001:db8::2", "192.0.2.1", "192.0.2.2"}),
              "2001:db8::1 192.0.2.1 2001:db8::2 192.0.2.2");
    EXPECT_EQ(arranged({"192.0.2.1", "192.0.2.2", "192.0.2.3", "2001:db8::1"}),
              "192.0.2.1 2001:db8::1 192.0.2.2 192.0.2.3");
}

TEST_F(AddressOrder, PutsWhatFailedLastForAWhile) {
    order_.failed(ip("192.0.2.1"), 80, now_);
    EXPECT_EQ(arranged({"192.0.2.1", "192.0.2.2"}), "192.0.2.2 192.0.2.1");
    EXPECT_EQ(arranged({"192.0.2.1", "192.0.2.2"}, address_order::memory - std::chrono::seconds(1)),
              "192.0.2.2 192.0.2.1");
    EXPECT_EQ(arranged({"192.0.2.1", "192.0.2.2"}, address_order::memory), "192.0.2.1 192.0.2.2");
}

TEST_F(AddressOrder, ForgetsAFailureThatIsOver) {
    order_.failed(ip("192.0.2.1"), 80, now_);
    order_.worked(ip("192.0.2.1"), 80);
    order_.worked(ip("192.0.2.9"), 80);
    EXPECT_EQ(order_.remembered(), 0U);
    EXPECT_EQ(arranged({"192.0.2.1", "192.0.2.2"}), "192.0.2.1 192.0.2.2");
}

TEST_F(AddressOrder, RemembersPortsApart) {
    order_.failed(ip("192.0.2.1"), 443, now_);
    EXPECT_EQ(arranged({"192.0.2.1", "192.0.2.2"}), "192.0.2.1 192.0.2.2");
}

TEST_F(AddressOrder, RemembersSoManyTheOldestGoesFirst) {
    auto const nth = [](std::uint32_t n) { return ip_address::from_v4(0xc6120000U + n); };
    for (std::uint32_t n = 0; n < address_order::max_remembered; ++n)
        order_.failed(nth(n), 80, now_);
    order_.failed(nth(0), 80, now_);  // once more: now it is the youngest
    EXPECT_EQ(order_.remembered(), address_order::max_remembered);
    order_.failed(ip("192.0.2.1"), 80, now_);
    EXPECT_EQ(order_.remembered(), address_order::max_remembered);
    EXPECT_EQ(arranged({nth(0).text(), "192.0.2.2"}), "192.0.2.2 " + nth(0).text());
    EXPECT_EQ(arranged({nth(1).text(), "192.0.2.2"}), nth(1).text() + " 192.0.2.2");
}

}  // namespace
}  // namespace fetchd
