#include "loop/spawn.hpp"

#include <boost/asio/co_spawn.hpp>
#include <exception>

#include "base/log.hpp"

namespace fetchd {

void spawn_logged(executor ex, char const* name, awaitable<void> work) {
    asio::co_spawn(ex, std::move(work), [name](std::exception_ptr error) {
        if (!error)
            return;
        try {
            std::rethrow_exception(error);
        } catch (std::exception const& e) {
            log::line(log::level::error, "coroutine failed").kv("name", name).kv("cause", e.what());
        } catch (...) {
            log::line(log::level::error, "coroutine failed")
                .kv("name", name)
                .kv("cause", "no exception of ours");
        }
    });
}

}  // namespace fetchd
