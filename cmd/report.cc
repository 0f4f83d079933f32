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

void AddGroupOptions(CLI::App& app, Flags& flags) {
  const char* group = "Groups";
  CLI::Option* option =
      app.add_option("--by", flags.by,
                     "groups.csv: the sums by organization, domain or address "
                     "in From; by author or author_address: of who wrote "
                     "before a list replaced From, as the list says; by list")
          ->check(CLI::IsMember(Names<By>()))
          ->type_name("org|exact|address|author|author_address|list")
          ->group(group);
  app.add_option("--period", flags.period, "And by period of receipt")
      ->check(CLI::IsMember(Names<Period>()))
      ->type_name("day|week|month|year")
      ->needs(option)
      ->group(group);
}

std::optional<audit::Grouping> GroupingOf(const Flags& flags) {
  if (flags.by.empty()) return std::nullopt;
  return audit::Grouping{.by = Named<By>(flags.by),
                         .period = Named<Period>(flags.period)};
}

}  // namespace

Command AddReport(CLI::App& app) {
  auto flags = std::make_shared<Flags>();
  flags->own_csv = "groups";
  CLI::App* report = app.add_subcommand(
      "report", "Make the tables of an audit again, all or a part");
  AddAuditArgument(*report, *flags);
  AddFilterOptions(*report, *flags);
  AddGroupOptions(*report, *flags);
  AddDuplicateOptions(*report, *flags);
  AddWorkOptions(*report, *flags);
  AddDirOptions(*report, *flags);
  AddStdoutOptions(*report, *flags);
  return CommandOf(
      report, flags,
      [flags](const run::Options& options) -> absl::StatusOr<int> {
        auto filter = FilterOf(*flags);
        if (!filter.ok()) return filter.status();
        auto grouping = GroupingOf(*flags);
        if (options.own_csv && !grouping) {
          return absl::InvalidArgumentError("--csv groups: needs --by");
        }
        return run::Report({.dir = flags->audit,
                            .filter = *std::move(filter),
                            .grouping = grouping},
                           options);
      });
}

}  // namespace mailassay::cmd
