#include <memory>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "cmd/command.h"
#include "pipeline/run/check_keys.h"
#include "pipeline/run/fetch_keys.h"
#include "pipeline/run/import_keys.h"
#include "pipeline/run/list_keys.h"
#include "pipeline/run/recover_keys.h"

namespace mailassay::cmd {
namespace {

Command AddFetch(CLI::App& keys) {
  auto flags = std::make_shared<Flags>();
  CLI::App* fetch = keys.add_subcommand(
      "fetch", "Ask for every key that archives need, and keep the answers");
  AddFetchOptions(*fetch, *flags);
  return CommandOf(fetch, flags, [](const run::Options& options) {
    return run::FetchKeys(options);
  });
}

Command AddList(CLI::App& keys) {
  auto flags = std::make_shared<Flags>();
  auto missing = std::make_shared<bool>(false);
  CLI::App* list = keys.add_subcommand(
      "list", "The keys that archives or an audit need; asks nobody");
  AddListOptions(*list, *flags);
  list->add_flag("--missing", *missing,
                 "Only d= TAB s= of those that are not known, for a key "
                 "archive")
      ->group("Output");
  return CommandOf(list, flags, [missing](const run::Options& options) {
    return run::ListKeys(*missing, options);
  });
}

Command AddCheck(CLI::App& keys) {
  auto flags = std::make_shared<Flags>();
  auto form = std::make_shared<run::CheckOptions>();
  CLI::App* check = keys.add_subcommand(
      "check", "What is wrong with keys and their names, and how to mend it");
  AddCheckOptions(*check, *flags);
  check->add_flag("--brief", form->brief, "One line a finding, without its fix")
      ->group("Output");
  check->add_flag("--csv", form->csv, "As key_findings.csv")
      ->group("Output")
      ->excludes("--brief");
  return CommandOf(
      check, flags,
      [flags, form](const run::Options& options) -> absl::StatusOr<int> {
        auto what = CheckOptionsOf(*flags);
        if (!what.ok()) return what.status();
        what->brief = form->brief;
        what->csv = form->csv;
        return run::CheckKeys(*what, options);
      });
}

Command AddImport(CLI::App& keys) {
  auto flags = std::make_shared<Flags>();
  auto import = std::make_shared<run::ImportOptions>();
  CLI::App* app = keys.add_subcommand(
      "import", "Put what others know of keys into the key history");
  app->add_option("FILE", flags->inputs,
                  "Key files of any form (--keys of verify), passive DNS, "
                  "archive.zk.email, DKIM Verifier; directories of audits")
      ->type_name("");
  AddHistoryOption(*app, *flags);
  app->add_flag("--strict-keys", flags->strict_keys,
                "Refuse a file with a row that is not as it should be")
      ->group("Keys");
  app->add_option("--name", import->name,
                  "Name of the source, instead of the file's")
      ->type_name("NAME")
      ->group("Keys");
  app->add_option("--private", import->private_keys,
                  "A private key that has been published: signatures by it "
                  "prove nothing (repeatable)")
      ->allow_extra_args(false)
      ->type_name("FILE")
      ->group("Keys");
  app->add_flag("-q,--quiet", flags->quiet, "Errors only")->group("Output");
  return CommandOf(
      app, flags, [import](const run::Options& options) -> absl::StatusOr<int> {
        if (options.inputs.empty() && import->private_keys.empty()) {
          return absl::InvalidArgumentError("keys import: which file?");
        }
        return run::ImportKeys(*import, options);
      });
}

Command AddExport(CLI::App& keys) {
  auto flags = std::make_shared<Flags>();
  CLI::App* app = keys.add_subcommand(
      "export", "The key history as a key file, for --keys or another history");
  AddHistoryOption(*app, *flags);
  app->add_option("-o,--out", flags->keys_out,
                  "Key file to write, instead of standard output")
      ->type_name("FILE")
      ->group("Output");
  return CommandOf(app, flags, [](const run::Options& options) {
    return run::ExportKeys(options);
  });
}

Command AddRecover(CLI::App& keys) {
  auto flags = std::make_shared<Flags>();
  CLI::App* recover = keys.add_subcommand(
      "recover",
      "Compute lost keys from the signatures they made; asks no one");
  AddRecoverOptions(*recover, *flags);
  return CommandOf(recover, flags,
                   [flags](const run::Options& options) -> absl::StatusOr<int> {
                     auto what = RecoverOptionsOf(*flags);
                     if (!what.ok()) return what.status();
                     return run::RecoverKeys(options, *what);
                   });
}

}  // namespace

Command AddKeys(CLI::App& app) {
  CLI::App* keys = app.add_subcommand("keys", "The keys that archives need");
  keys->require_subcommand(1);
  const std::vector<Command> commands = {AddList(*keys),   AddFetch(*keys),
                                         AddCheck(*keys),  AddRecover(*keys),
                                         AddImport(*keys), AddExport(*keys)};
  const auto run = [commands](const Invocation& called) -> absl::StatusOr<int> {
    for (const Command& command : commands) {
      if (command.app->parsed()) return command.run(called);
    }
    return absl::InvalidArgumentError("keys: which command?");
  };
  return {keys, run};
}

}  // namespace mailassay::cmd
