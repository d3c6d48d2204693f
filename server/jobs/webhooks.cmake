# Sends what the outbox has. A library of its own: its tests need neither scheduler nor politeness.
fetchd_folder(webhooks
  SOURCES receiver.cpp webhook_delivery.cpp webhook_post.cpp webhooks.cpp
  DEPENDS fetchd_base fetchd_delivery fetchd_http fetchd_loop fetchd_net
  PRIVATE fetchd_export fetchd_standard_webhooks)
