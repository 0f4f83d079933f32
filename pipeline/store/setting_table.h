// The table of settings, in a log and in a finished audit: what the audit is,
// how far it is and, as soon as all is read, what it holds.  Sealed as a whole,
// so that no setting, no last batch and no answer can be missing unnoticed.
#pragma once

#include <cstdint>
#include <map>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "pipeline/store/database.h"

namespace mailassay::store {

// Names and values that say what an audit is: program, options, inputs.  In
// the order of their names.
using Settings = std::map<std::string, std::string>;

enum class State : uint8_t {
  kReading,  // input is left, or answers are
  kRead,     // all that will be judged is there
  kDone,     // finished
};

// With what stands beside the settings in their table.
struct StoredSettings {
  Settings settings;
  State state = State::kReading;
  // Seals, in hex: of the settings, the state and the two below; of the last
  // batch, empty when there is none; of all answers.  The latter two are empty
  // while more are to come.
  std::string seal;
  std::string last_batch;
  std::string answers;
};

// Replaces all that the table holds.  REQUIRES: a transaction, in which the
// batches and answers are as the state says.
absl::StatusOr<StoredSettings> PutSettings(Database& database,
                                           const Settings& settings,
                                           State state);
// DataLoss: the settings are not as they were written.
absl::StatusOr<StoredSettings> ReadSettings(const Database& database);

}  // namespace mailassay::store
