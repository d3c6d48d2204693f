# The order of turns is a library of its own: its tests need neither store nor loop.
fetchd_folder(fair_queue
  SOURCES fair_queue.cpp
  DEPENDS fetchd_base)
