// What a fetch of keys has come to, for people.  Pure.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "pipeline/keys/key_store.h"

namespace mailassay::run {

struct Fetched {
  uint64_t messages = 0;  // of archives
  uint64_t octets = 0;    // of archives, as stored
  size_t audits = 0;      // read instead of archives
  double seconds = 0;
  int jobs = 1;
  std::string file;                             // where the answers are
  std::vector<keys::KeyStore::Answer> answers;  // one a name
};

// A line of what was read, one of each kind of answer, one of the file.
std::string FetchSummary(const Fetched& fetched);

}  // namespace mailassay::run
