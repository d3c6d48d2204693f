# The receivers are scripted and time is moved by hand: no network, no database.
fetchd_unit_test(webhooks_tests
  SOURCES
    memory_store.cpp
    outbox_store.cpp
    webhooks_fixture.cpp
    webhooks_pause_test.cpp
    webhooks_receiver_test.cpp
    webhooks_test.cpp
    webhooks_trouble_test.cpp
  DEPENDS fetchd_webhooks fetchd_standard_webhooks)
