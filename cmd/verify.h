// mailassay verify: what was typed, checked and turned into run::Options.
#pragma once

#include <string>
#include <vector>

#include "CLI/App.hpp"
#include "absl/status/statusor.h"
#include "pipeline/run/options.h"

namespace mailassay::cmd {

// The words of the command line as they stand; lives as long as its App.
struct VerifyFlags {
  std::vector<std::string> inputs;
  std::vector<std::string> key_files;
  bool offline = false;
  std::vector<std::string> resolvers;
  int dns_rate = 500;
  std::string keys_out;
  std::vector<std::string> from;
  std::string at = "received";
  std::string out;
  bool force = false;
  bool resume = false;
  bool ignore_space = false;
  bool rows = false;
  bool raw_csv = false;
  std::string csv;
  bool json = false;
  int jobs = 0;  // 0: all cores
  std::string memory = "512M";
  std::string max_message = "256M";
  std::string block = "8M";
  bool follow = false;
  std::string progress = "auto";
  bool quiet = false;
  bool strict_dns = false;
  double fail_under = -1;  // below 0: not given
};

// Adds the subcommand; `flags` must outlive `app`.
CLI::App* AddVerify(CLI::App& app, VerifyFlags& flags);

// InvalidArgument with one line that says which option makes no sense and why.
absl::StatusOr<run::Options> VerifyOptions(const CLI::App& command,
                                           const VerifyFlags& flags);

}  // namespace mailassay::cmd
