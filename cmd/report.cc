#include "pipeline/run/report.h"

#include <memory>

#include "cmd/command.h"

namespace mailassay::cmd {

Command AddReport(CLI::App& app) {
  struct Words {
    Flags flags;
    std::string dir;
  };
  auto words = std::make_shared<Words>();
  CLI::App* report = app.add_subcommand(
      "report", "Make the tables of an audit again, all or a part");
  report->add_option("DIR", words->dir, "An audit, as verify -o keeps it")
      ->required()
      ->type_name("");
  AddFilterOptions(*report, words->flags);
  AddWorkOptions(*report, words->flags);
  AddDirOptions(*report, words->flags);
  AddStdoutOptions(*report, words->flags);
  const auto run = [words,
                    report](const Invocation& called) -> absl::StatusOr<int> {
    auto options = OptionsOf(*report, words->flags);
    if (!options.ok()) return options.status();
    auto filter = FilterOf(words->flags);
    if (!filter.ok()) return filter.status();
    options->version = called.version;
    return run::Report({.dir = words->dir, .filter = *std::move(filter)},
                       *options);
  };
  return {report, run};
}

}  // namespace mailassay::cmd
