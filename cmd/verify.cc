#include <memory>

#include "cmd/command.h"
#include "pipeline/run/append.h"
#include "pipeline/run/run.h"

namespace mailassay::cmd {

Command AddVerify(CLI::App& app) {
  auto flags = std::make_shared<Flags>();
  CLI::App* verify = app.add_subcommand(
      "verify", "Verify every DKIM signature in mail archives");
  AddVerifyOptions(*verify, *flags);
  return CommandOf(verify, flags, [](const run::Options& options) {
    return options.existing == run::Options::Existing::kAppend
               ? run::Append(options)
               : run::Run(options);
  });
}

}  // namespace mailassay::cmd
