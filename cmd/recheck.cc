#include "pipeline/run/recheck.h"

#include <memory>

#include "cmd/command.h"

namespace mailassay::cmd {

Command AddRecheck(CLI::App& app) {
  auto flags = std::make_shared<Flags>();
  flags->own_csv = "changes";
  CLI::App* recheck = app.add_subcommand(
      "recheck",
      "Judge an audit again, without its archive: other keys, other rules");
  AddAuditArgument(*recheck, *flags);
  AddKeyOptions(*recheck, *flags);
  recheck
      ->add_flag("--forget", flags->forget,
                 "Do not use the keys that the audit had found")
      ->group("Keys");
  AddPolicyOptions(*recheck, *flags);
  AddDuplicateOptions(*recheck, *flags);
  AddWorkOptions(*recheck, *flags);
  AddDirOptions(*recheck, *flags);
  AddStdoutOptions(*recheck, *flags);
  return CommandOf(recheck, flags,
                   [flags, recheck](const run::Options& options) {
                     return run::Recheck(
                         {.dir = flags->audit,
                          .forget = flags->forget,
                          .at_given = recheck->count("--at") > 0,
                          .bits_given = recheck->count("--min-rsa-bits") > 0},
                         options);
                   });
}

}  // namespace mailassay::cmd
