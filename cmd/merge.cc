#include "pipeline/run/merge.h"

#include <memory>

#include "cmd/command.h"

namespace mailassay::cmd {

Command AddMerge(CLI::App& app) {
  struct Words {
    Flags flags;
    std::vector<std::string> audits;
  };
  auto words = std::make_shared<Words>();
  CLI::App* merge = app.add_subcommand(
      "merge",
      "Make one audit of several: the shards of an archive (verify --shard "
      "I/N), or audits of different archives");
  merge
      ->add_option(
          "AUDIT", words->audits,
          "Audits, as verify -o keeps them: all N shards in any order, or "
          "others in the order that they are to have")
      ->required()
      ->type_name("");
  AddDuplicateOptions(*merge, words->flags);
  AddWorkOptions(*merge, words->flags);
  AddDirOptions(*merge, words->flags);
  AddStdoutOptions(*merge, words->flags);
  const auto run = [words,
                    merge](const Invocation& called) -> absl::StatusOr<int> {
    auto options = OptionsOf(*merge, words->flags);
    if (!options.ok()) return options.status();
    if (options->out_dir.empty()) {
      return absl::InvalidArgumentError("merge: needs -o DIR");
    }
    options->version = called.version;
    options->arguments = called.arguments;
    return run::Merge(words->audits, *options);
  };
  return {merge, run};
}

}  // namespace mailassay::cmd
