// Audits of one message each, as tests make them: with the program's version
// given.
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <utility>

#include "pipeline/run/exit_code.h"
#include "pipeline/run/options.h"
#include "pipeline/run/run.h"
#include "tests/run/temp_dir.h"

namespace mailassay::run {

class SmallAudits : public testing::Test {
 protected:
  Options OptionsOf(std::string version, const std::string& out) {
    Options options;
    options.version = std::move(version);
    options.out_dir = dir_.File(out);
    options.offline = true;
    options.quiet = true;
    options.progress = ProgressMode::kNever;
    return options;
  }

  // DIR/NAME: one message, as it was when it is there already.
  std::string Mail(const std::string& name) {
    if (!dir_.Has(name)) dir_.Write(name, "From: a@b.example\n\nhello\n");
    return dir_.File(name);
  }

  // An audit of mail of its own, or of a part of "whole.eml".
  std::string Read(const std::string& version, const std::string& out,
                   source::Shard shard = {}) {
    Options options = OptionsOf(version, out);
    options.shard = shard;
    options.inputs = {Mail(shard.count > 1 ? "whole.eml" : out + ".eml")};
    EXPECT_EQ(run::Run(options), kDone);
    return dir_.File(out);
  }

  // What a command says on standard error, and its exit code.
  template <typename Command>
  std::pair<int, std::string> Said(Command command) {
    testing::internal::CaptureStderr();
    const int code = command();
    return {code, testing::internal::GetCapturedStderr()};
  }

  // method.txt on one line.
  std::string Method(const std::string& out) {
    std::string page = dir_.Read(out + "/method.txt");
    std::ranges::replace(page, '\n', ' ');
    const auto both = [](char a, char b) { return a == ' ' && b == ' '; };
    page.erase(std::ranges::unique(page, both).begin(), page.end());
    return page;
  }

  TempDir dir_;
};

}  // namespace mailassay::run
