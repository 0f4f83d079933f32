// The subcommands of mailassay.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "CLI/App.hpp"
#include "absl/status/statusor.h"
#include "cmd/flags.h"

namespace mailassay::cmd {

// How the program was called.
struct Invocation {
  std::vector<std::string> arguments;  // behind its name
  std::string version;                 // its own
};

struct Command {
  CLI::App* app = nullptr;
  // Gives the exit code; InvalidArgument: one line about usage.
  std::function<absl::StatusOr<int>(const Invocation&)> run;
};

// Does what the options ask for; the result is that of Command::run.
using Action = std::function<absl::StatusOr<int>(const run::Options&)>;

// `app` with the options of `flags`: checks what was typed, then acts.
Command CommandOf(CLI::App* app, std::shared_ptr<const Flags> flags,
                  Action action);

// Each adds its subcommand to `app`, in a file of its own.
Command AddVerify(CLI::App& app);
Command AddReport(CLI::App& app);
Command AddRecheck(CLI::App& app);
Command AddMerge(CLI::App& app);
Command AddKeys(CLI::App& app);  // and the commands below it

}  // namespace mailassay::cmd
