#include "pipeline/run/report.h"

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "CLI/CLI.hpp"
#include "cmd/command.h"

namespace mailassay::cmd {

namespace {

using By = audit::Grouping::By;
using Period = audit::Grouping::Period;

// All names of an enumeration, in its order; the empty one left out.
template <typename Enum>
std::vector<std::string> Names() {
  std::vector<std::string> names;
  for (int i = 0; i < static_cast<int>(Enum::kCount); ++i) {
    names.emplace_back(audit::GroupingName(static_cast<Enum>(i)));
    if (names.back().empty()) names.pop_back();
  }
  return names;
}

template <typename Enum>
Enum Named(std::string_view name) {
  int i = 0;
  while (audit::GroupingName(static_cast<Enum>(i)) != name) ++i;
  return static_cast<Enum>(i);
}

void AddGroupOptions(CLI::App& app, std::string& by, std::string& period) {
  const char* group = "Groups";
  CLI::Option* option =
      app.add_option("--by", by,
                     "groups.csv: the sums by organization, by domain or by "
                     "address of the author")
          ->check(CLI::IsMember(Names<By>()))
          ->type_name("org|exact|address")
          ->group(group);
  app.add_option("--period", period, "And by period of receipt")
      ->check(CLI::IsMember(Names<Period>()))
      ->type_name("day|week|month|year")
      ->needs(option)
      ->group(group);
}

std::optional<audit::Grouping> GroupingOf(const std::string& by,
                                          const std::string& period) {
  if (by.empty()) return std::nullopt;
  return audit::Grouping{.by = Named<By>(by), .period = Named<Period>(period)};
}

}  // namespace

Command AddReport(CLI::App& app) {
  struct Words {
    Flags flags;
    std::string dir;
    std::string by;
    std::string period;
  };
  auto words = std::make_shared<Words>();
  words->flags.own_csv = "groups";
  CLI::App* report = app.add_subcommand(
      "report", "Make the tables of an audit again, all or a part");
  report->add_option("DIR", words->dir, "An audit, as verify -o keeps it")
      ->required()
      ->type_name("");
  AddFilterOptions(*report, words->flags);
  AddGroupOptions(*report, words->by, words->period);
  AddDuplicateOptions(*report, words->flags);
  AddWorkOptions(*report, words->flags);
  AddDirOptions(*report, words->flags);
  AddStdoutOptions(*report, words->flags);
  const auto run = [words,
                    report](const Invocation& called) -> absl::StatusOr<int> {
    auto options = OptionsOf(*report, words->flags);
    if (!options.ok()) return options.status();
    auto filter = FilterOf(words->flags);
    if (!filter.ok()) return filter.status();
    auto grouping = GroupingOf(words->by, words->period);
    if (options->own_csv && !grouping) {
      return absl::InvalidArgumentError("--csv groups: needs --by");
    }
    options->version = called.version;
    return run::Report(
        {.dir = words->dir, .filter = *std::move(filter), .grouping = grouping},
        *options);
  };
  return {report, run};
}

}  // namespace mailassay::cmd
