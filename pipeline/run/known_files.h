// The files that an audit has read already, as they were: what a run that adds
// to it passes over.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "absl/container/flat_hash_map.h"
#include "absl/status/status.h"
#include "lib/audit/notes.h"
#include "pipeline/source/source.h"
#include "pipeline/store/audit_store.h"

namespace mailassay::run {

class KnownFiles {
 public:
  // All of `store`'s: those with mail, and those of which it says that they
  // hold none.  About 30 octets of memory each.  DataLoss: it is damaged.
  absl::Status Add(const store::AuditStore& store);

  enum class State : uint8_t {
    kNew,
    kKnown,    // read, and as it was then; or the same message of a maildir
               // under a name with other flags, or moved from new to cur
    kChanged,  // read when it had another size or time of change
  };
  State Look(const source::FoundFile& file) const;

 private:
  void AddNotes(const audit::Notes& notes);

  // Hashes of 64 bits each: of a path, and of size and time of change.
  absl::flat_hash_map<uint64_t, uint64_t> states_;
};

}  // namespace mailassay::run
