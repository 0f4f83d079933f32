#include <memory>
#include <utility>
#include <vector>

#include "cmd/command.h"
#include "pipeline/run/fetch_keys.h"

namespace mailassay::cmd {
namespace {

Command AddFetch(CLI::App& keys) {
  auto flags = std::make_shared<Flags>();
  CLI::App* fetch = keys.add_subcommand(
      "fetch", "Ask for every key that archives need, and keep the answers");
  AddFetchOptions(*fetch, *flags);
  const auto run = [flags,
                    fetch](const Invocation& called) -> absl::StatusOr<int> {
    auto options = OptionsOf(*fetch, *flags);
    if (!options.ok()) return options.status();
    options->version = called.version;
    return run::FetchKeys(*std::move(options));
  };
  return {fetch, run};
}

}  // namespace

Command AddKeys(CLI::App& app) {
  CLI::App* keys = app.add_subcommand("keys", "The keys that archives need");
  keys->require_subcommand(1);
  const std::vector<Command> commands = {AddFetch(*keys)};
  const auto run = [commands](const Invocation& called) -> absl::StatusOr<int> {
    for (const Command& command : commands) {
      if (command.app->parsed()) return command.run(called);
    }
    return absl::InvalidArgumentError("keys: which command?");
  };
  return {keys, run};
}

}  // namespace mailassay::cmd
