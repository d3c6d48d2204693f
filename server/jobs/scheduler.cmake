# The scheduler is a library of its own: its tests need no database.
fetchd_folder(scheduler
  SOURCES scheduler.cpp scheduler_load.cpp settler.cpp window.cpp window_turns.cpp
  DEPENDS fetchd_base fetchd_fair_queue fetchd_fetch fetchd_loop)
