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
  const auto run = [flags,
                    verify](const Invocation& called) -> absl::StatusOr<int> {
    auto options = OptionsOf(*verify, *flags);
    if (!options.ok()) return options.status();
    options->version = called.version;
    options->arguments = called.arguments;
    if (options->existing == run::Options::Existing::kAppend) {
      return run::Append(*options);
    }
    return run::Run(*std::move(options));
  };
  return {verify, run};
}

}  // namespace mailassay::cmd
