// The keys of a run as its options name them: key files, then the key history
// and DNS together; and the wait for DNS at its end.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "lib/audit/ledger.h"
#include "lib/dmarc/organizational_domain.h"
#include "pipeline/keys/cnames.h"
#include "pipeline/keys/key_store.h"
#include "pipeline/keys/resolver.h"
#include "pipeline/run/console.h"
#include "pipeline/run/options.h"
#include "pipeline/run/output_file.h"
#include "pipeline/store/key_history.h"

namespace mailassay::run {

class KeySources {
 public:
  // Reads the key files, makes the resolver, and says who will be asked.  An
  // error is one of usage.
  // `suffixes` and `console` must outlive it: whose name it is, and who is told
  // when DNS is down.
  absl::Status Open(const Options& options,
                    const dmarc::PublicSuffixList& suffixes, Console& console);

  // REQUIRES: Open was OK.
  keys::KeyStore& keys() { return *keys_; }
  bool asks() const { return resolver_ != nullptr; }
  // What is wrong with the key files, a line each kind; the same was said.
  const std::vector<std::string>& notes() const { return notes_; }
  // Says of each key file whose names no mail has asked for that it is unused.
  // Behind the last request.
  void SayUnused(const Options& options, Console& console) const;

  // Does a key file answer for this name?
  bool Imports(std::string_view name) const { return imported_.contains(name); }

  // Waits within the run's budget, and asks what failed once more.
  void Await(const keys::ResolverOptions& resolver);

  // The CNAMEs of `names`; where nobody is asked, none.
  keys::Cnames CnamesOf(const std::vector<std::string>& names,
                        const keys::ResolverOptions& resolver);

  // Not OK: the key history could not be read, and answers lack what it knows.
  const absl::Status& status() const { return status_; }

  // Adds every answer used to the key history, if there is one that may be
  // written: a shard only reads it; and that a key was in use when a message
  // was signed that verifies with it.
  absl::Status Remember(audit::Ledger& ledger);

  // Every answer used, as --keys-out writes it: into a file that is open and
  // empty, or into that of options.keys_out, if any.
  absl::Status Save(OutputFile& file) const;
  absl::Status SaveAsAsked(const Options& options) const;

  // "2 key files, then DNS at 127.0.0.1@53".
  static std::string Describe(const Options& options);
  // Each by itself, in the order of asking: "file keys.tsv", then the servers.
  static std::vector<std::string> Names(const Options& options);

 private:
  absl::Status OpenHistory(const Options& options);
  absl::Status Import(const Options& options, Console& console);

  std::unique_ptr<keys::Resolver> resolver_;
  std::unique_ptr<store::KeyHistory> history_;
  bool may_add_ = false;  // to the history
  absl::Status status_;
  std::unique_ptr<keys::KeyStore> keys_;
  // Names that key files answer for: a bit a file, those beyond share the last.
  std::map<std::string, uint64_t, std::less<>> imported_;
  std::vector<std::string> notes_;
};

}  // namespace mailassay::run
