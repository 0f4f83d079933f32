#include "pipeline/run/merge.h"

#include <memory>

#include "cmd/command.h"

namespace mailassay::cmd {

Command AddMerge(CLI::App& app) {
  auto flags = std::make_shared<Flags>();
  CLI::App* merge = app.add_subcommand(
      "merge",
      "Make one audit of several: the shards of an archive (verify --shard "
      "I/N), or audits of different archives");
  merge
      ->add_option(
          "AUDIT", flags->audits,
          "Audits, as verify -o keeps them: all N shards in any order, or "
          "others in the order that they are to have")
      ->required()
      ->type_name("");
  AddDuplicateOptions(*merge, *flags);
  AddWorkOptions(*merge, *flags);
  AddDirOptions(*merge, *flags);
  AddStdoutOptions(*merge, *flags);
  return CommandOf(merge, flags,
                   [flags](const run::Options& options) -> absl::StatusOr<int> {
                     if (options.out_dir.empty()) {
                       return absl::InvalidArgumentError("merge: needs -o DIR");
                     }
                     return run::Merge(flags->audits, options);
                   });
}

}  // namespace mailassay::cmd
