// The files of an audit as method.txt names them.  One thread at a time.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "lib/audit/books.h"
#include "lib/audit/facts.h"
#include "lib/audit/notes.h"

namespace mailassay::audit {

// A file that was read; a container with all its members.
struct MethodInput {
  std::string path;           // raw octets; "-": standard input
  uint64_t stored_bytes = 0;  // of the file, as stored
  int64_t modified_ns = 0;    // since 1970; 0: not known
  std::string sha256;         // hexadecimal; empty: not computed
  uint64_t messages = 0;
};

// The files of an audit, told in the order of reading.  Of many only the first
// are kept.
class MethodInputs {
 public:
  static constexpr size_t kKept = 50;

  // One stream of mail.
  void Add(const Input& input, const Books& books);
  // Of a file, told before or behind its streams.
  void AddHash(const FileHash& hash);

  const std::vector<MethodInput>& first() const { return first_; }
  uint64_t count() const { return count_; }

 private:
  std::vector<MethodInput> first_;
  uint64_t count_ = 0;
  std::vector<uint64_t> numbers_;  // of the files in first_
  uint64_t last_ = 0;              // number of the file told last
  // By number, of files not told yet; none once enough are.
  std::map<uint64_t, std::string> early_;
};

}  // namespace mailassay::audit
