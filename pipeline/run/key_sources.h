// The keys of a run as its options name them: key files, then DNS; and the wait
// for DNS at its end.
#pragma once

#include <memory>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "pipeline/keys/key_store.h"
#include "pipeline/keys/resolver.h"
#include "pipeline/run/console.h"
#include "pipeline/run/options.h"
#include "pipeline/run/output_file.h"

namespace mailassay::run {

class KeySources {
 public:
  // Reads the key files, makes the resolver, and says who will be asked.  An
  // error is one of usage.
  absl::Status Open(const Options& options, Console& console);

  // REQUIRES: Open was OK.
  keys::KeyStore& keys() { return *keys_; }
  bool asks() const { return resolver_ != nullptr; }
  // Does a key file answer for this name?
  bool Imports(std::string_view name) const { return imported_.contains(name); }

  // Waits within the run's budget, and asks what failed once more.
  void Await(const keys::ResolverOptions& resolver);

  // Every answer used, as --keys-out writes it: into a file that is open and
  // empty, or into that of options.keys_out, if any.
  absl::Status Save(OutputFile& file) const;
  absl::Status SaveAsAsked(const Options& options) const;

  // "2 key files, then DNS at 127.0.0.1@53".
  static std::string Describe(const Options& options);
  // Each by itself, in the order of asking: "file keys.tsv", then the servers.
  static std::vector<std::string> Names(const Options& options);

 private:
  std::unique_ptr<keys::Resolver> resolver_;
  std::unique_ptr<keys::KeyStore> keys_;
  std::set<std::string, std::less<>> imported_;
};

}  // namespace mailassay::run
