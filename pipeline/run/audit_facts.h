// The facts of a run as settings of its audit and back: what a report or a
// merge says about runs that are over.  Without what differs from run to run:
// elapsed time, jobs.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "lib/audit/summary.h"
#include "pipeline/store/audit_store.h"

namespace mailassay::run {

// "WHAT 000001": ordered by name as by number.
std::string Numbered(std::string_view what, size_t number);

// The setting of an audit that was added up: of how many parts.
inline constexpr std::string_view kMergedSetting = "run merged";
// The list of commands that judged the audit again.
inline constexpr std::string_view kRecheckSetting = "run recheck";
inline constexpr std::string_view kProgramSetting = "program";
inline constexpr std::string_view kKeySourceSetting = "run key source";
// A key source that is a file, its path behind it.
inline constexpr std::string_view kFileSource = "file ";

// "WHAT 000001", "WHAT 000002" ...: what there was of this name goes.
void PutList(std::string_view what, const std::vector<std::string>& values,
             store::Settings* settings);
std::vector<std::string> GetList(const store::Settings& settings,
                                 std::string_view what);

// The command line, without where its output goes and whether that was there
// before: -o, --resume, --force, --append.
store::Settings DescribeCommand(const std::vector<std::string>& arguments);
// Instead of the command line that `settings` hold.
void SetCommand(const std::vector<std::string>& arguments,
                store::Settings* settings);

// "mailassay 0.1.0": who made the audit.
std::string ProgramName(std::string_view version);
std::string ProgramOf(const store::Settings& settings);

store::Settings DescribeRun(const audit::RunFacts& facts,
                            const audit::RunSettings& settings);
// What the settings do not say stays as `facts` have it.
audit::RunFacts FactsOf(const store::Settings& settings,
                        audit::RunFacts facts = {});
audit::RunSettings RunSettingsOf(const store::Settings& settings);

}  // namespace mailassay::run
