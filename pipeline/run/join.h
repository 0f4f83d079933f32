// Several audits judged as one: shards of a division, or audits of their own
// one behind the other.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "lib/audit/summary.h"
#include "lib/dkim/key_answer.h"
#include "pipeline/run/options.h"
#include "pipeline/store/audit_store.h"

namespace mailassay::run {

// The audits, in the order in which their messages are to stand; all is read
// in each of them.  What the results say of the whole:
struct Joining {
  std::vector<store::AuditStore*> stores;
  // Inputs are numbered anew; else those of the same number are the same.
  bool apart = false;
  store::Settings identity;
  audit::RunFacts facts;
  // Its place the joined audit takes; null: none's.
  store::AuditStore* replaced = nullptr;
};

// Judges and writes into options.out_dir, which is ready.  Gives the exit code.
int Join(Joining joining, const Options& options);

// What the audits know of each name, together.
absl::StatusOr<std::vector<dkim::KeyAnswer>> JoinAnswers(
    const std::vector<store::AuditStore*>& stores);

// Of audits of their own: the settings of the first with the inputs and key
// files of all.  An input named in several of them stands once, as the last
// says.
store::Settings JoinIdentities(const std::vector<store::AuditStore*>& stores);

// Adds key sources to those of `identity`: files, of which the SHA-256 are in
// `more_digests`, before those who were asked.  A file is its path and what it
// said: the same path may stand twice.
void AddKeySources(const std::vector<std::string>& more,
                   const std::vector<std::string>& more_digests,
                   store::Settings* identity);

// The facts of all together.
audit::RunFacts JoinFacts(const std::vector<store::AuditStore*>& stores);

// When another program than this `version` has made one of the audits, the
// notes of `facts` say who found what this one judges.
void NoteVersions(const std::vector<store::AuditStore*>& stores,
                  std::string_view version, audit::RunFacts* facts);

}  // namespace mailassay::run
