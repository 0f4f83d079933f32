// All keys of an audit side by side: which names have the same key, and which
// moduli share a factor.  Bounded: keys are taken in the order of adding while
// they fit, and those left out are counted.
//
// Pure; one thread at a time.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "lib/dkim/key_record.h"

namespace mailassay::audit {

class KeyDirectory {
 public:
  static constexpr size_t kMaxNames = 4;      // kept of each key
  static constexpr size_t kMaxKeys = 16'384;  // so that it takes seconds

  struct Entry {
    uint64_t places = 0;  // distinct records: names, CNAMEs followed
    bool one_domain = true;
    std::vector<std::string> names;  // of the first places, in order of adding
    std::string shares_factor_with;  // the first name of another key, or empty
  };

  // `cap_bytes`: of memory, that of Compare included, which needs most of it
  // (crypto/batch_gcd.h): 21 KB a key of 2048 bits.
  explicit KeyDirectory(size_t cap_bytes) : room_(cap_bytes) {}

  // A key under a name; `target`: where its CNAMEs lead, or empty.  The same
  // name twice in a row counts once.
  void Add(std::string_view domain, std::string_view selector,
           std::string_view target, const crypto::PublicKey& key);
  // Compares the moduli.  Nothing may be added afterwards.
  void Compare();

  // Null: not kept.
  const Entry* Find(const Digest& key_id) const;
  size_t size() const { return keys_.size(); }
  uint64_t left_out() const { return left_out_; }  // keys that did not fit

 private:
  struct Kept {
    Entry entry;
    std::string domain;               // of the first place
    std::vector<std::string> places;  // of the first ones
    std::vector<uint8_t> modulus;     // RSA, until compared
  };

  bool Make(const std::string& id, std::string_view domain,
            const crypto::PublicKey& key);

  size_t room_;                                     // octets
  absl::flat_hash_map<std::string, size_t> index_;  // by the id's octets
  std::vector<Kept> keys_;
  uint64_t left_out_ = 0;
};

}  // namespace mailassay::audit
