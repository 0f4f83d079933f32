// What makes two runs the same audit: everything that decides its output.  A
// run that goes on must be asked what the first one was; -j, --memory, where
// DNS is asked and how progress is shown are free.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "pipeline/run/options.h"
#include "pipeline/source/source.h"
#include "pipeline/store/audit_store.h"

namespace mailassay::run {

// The setting of a shard, "I/N".
inline constexpr std::string_view kShardSetting = "option --shard";

// The setting of a sample, its percentage.
inline constexpr std::string_view kSampleSetting = "option --sample";
// The list of key files, by what they say.
inline constexpr std::string_view kKeyFileSetting = "option --keys";

// "option NAME" for each option, "input N" for each input as it is now,
// "program" and what else is fixed.  `suffix_list`: the public suffix list's
// SHA-256.  Unavailable: a key file can't be read.  FailedPrecondition: a run
// that goes on needs inputs that can be read again.
absl::StatusOr<store::Settings> IdentityOf(const Options& options,
                                           const source::Reader& reader,
                                           const std::string& suffix_list);

// Of the settings above, those that can be changed without the archive: how
// evidence is judged and messages are counted.
void DescribeJudging(const Options& options, store::Settings* settings);

// FailedPrecondition: what differs, in words.
absl::Status CheckSame(const store::Settings& then, const store::Settings& now);

// For an audit that is judged with the public suffix list at `path`: true, and
// the settings name it, when the list is another one than they say.
bool TakeSuffixList(const std::string& path, store::Settings* settings);

// Of the settings above, the options alone; without key files and shard.
store::Settings RulesOf(const Options& options);

// The same for what decides how an input is read, whichever inputs and keys
// there are.
absl::Status CheckSameRules(const store::Settings& then,
                            const store::Settings& now);

// Of each input its path and a text that is another when it has changed.
std::vector<std::pair<std::string, std::string>> InputStates(
    const store::Settings& settings);

// Lower-case hex; empty when the file can't be read.
std::string Sha256OfFile(const std::string& path);

}  // namespace mailassay::run
