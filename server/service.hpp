// The whole service, wired: owns every part and connects them; knows what happens on signals.
//
// Made after the zygote was forked. run() blocks until the service has drained.
#pragma once

#include <functional>
#include <memory>

#include "base/config.hpp"
#include "base/failure.hpp"
#include "worker/tasks/registry.hpp"
#include "worker/zygote.hpp"

namespace fetchd {

// What is wrong with the settings that load_config() cannot know, because it is below net/: addresses,
// blocks, files. Makes no connection and no TLS context, so it may be asked before the zygote is forked.
std::vector<std::string> deeper_problems(config const&);

// What is wrong with the files of certificates and keys. Reads them: see checked_apart().
std::vector<std::string> tls_problems(config const&);

class service {
  public:
    // reload: reads the configuration again; called off the loop, so it may block.
    service(config, worker::zygote_link, tasks::registry, std::function<loaded_config()> reload);
    ~service();

    result<void> open();  // listens; a failure says which address and why
    int run();            // the exit code

    // After run(): a call to the resolver or the file system has not come back, and the destructor would wait
    // for it.
    bool held_up() const;

  private:
    struct parts;
    std::unique_ptr<parts> parts_;
};

}  // namespace fetchd
