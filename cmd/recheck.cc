#include "pipeline/run/recheck.h"

#include <memory>

#include "cmd/command.h"

namespace mailassay::cmd {

Command AddRecheck(CLI::App& app) {
  struct Words {
    Flags flags;
    std::string dir;
  };
  auto words = std::make_shared<Words>();
  words->flags.own_csv = "changes";
  CLI::App* recheck = app.add_subcommand(
      "recheck",
      "Judge an audit again, without its archive: other keys, other rules");
  recheck->add_option("DIR", words->dir, "An audit, as verify -o keeps it")
      ->required()
      ->type_name("");
  AddKeyOptions(*recheck, words->flags);
  recheck
      ->add_flag("--forget", words->flags.forget,
                 "Do not use the keys that the audit had found")
      ->group("Keys");
  AddPolicyOptions(*recheck, words->flags);
  AddDuplicateOptions(*recheck, words->flags);
  AddWorkOptions(*recheck, words->flags);
  AddDirOptions(*recheck, words->flags);
  AddStdoutOptions(*recheck, words->flags);
  const auto run = [words,
                    recheck](const Invocation& called) -> absl::StatusOr<int> {
    const Flags& flags = words->flags;
    run::RecheckOptions wish{.dir = words->dir, .forget = flags.forget};
    wish.at_given = recheck->count("--at") > 0;
    wish.bits_given = recheck->count("--min-rsa-bits") > 0;
    auto options = OptionsOf(*recheck, flags);
    if (!options.ok()) return options.status();
    options->version = called.version;
    options->arguments = called.arguments;
    return run::Recheck(wish, *options);
  };
  return {recheck, run};
}

}  // namespace mailassay::cmd
