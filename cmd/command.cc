#include "cmd/command.h"

#include <utility>

namespace mailassay::cmd {

Command CommandOf(CLI::App* app, std::shared_ptr<const Flags> flags,
                  Action action) {
  const auto run = [app, flags = std::move(flags), action = std::move(action)](
                       const Invocation& called) -> absl::StatusOr<int> {
    auto options = OptionsOf(*app, *flags);
    if (!options.ok()) return options.status();
    options->version = called.version;
    options->arguments = called.arguments;
    return action(*options);
  };
  return {app, run};
}

}  // namespace mailassay::cmd
