// What was named, looked at once before it is read: how much it is, and what
// tells later whether it has changed.  Reads directories and, of files named,
// the first and the last octets.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace mailassay::source {

// One named input.
struct SurveyedInput {
  std::string path;
  bool is_directory = false;
  uint64_t files = 0;       // regular files found; one given twice counts once
  uint64_t octets = 0;      // of them, as stored
  int64_t modified_ns = 0;  // of the newest of them, since 1970
  // SHA-256 in lower-case hex; empty for a pipe.  Of a file: size, time of
  // change, the first and the last 64 KiB.  Of a directory, of all found in
  // it, in order: path below it, size, time of change, errors.
  std::string fingerprint;
  // The name under which the same was read before; empty: this is the first.
  std::string repeats;
  bool has_repeats = false;  // of what was found in it, some was read before

  friend bool operator==(const SurveyedInput&, const SurveyedInput&) = default;
};

struct Survey {
  std::vector<SurveyedInput> inputs;  // as named, in order
  uint64_t total_bytes = 0;           // as stored, of all regular files
  bool total_known = true;            // no pipe is among them
  std::vector<std::string> notes;     // of the walk
};

Survey SurveyInputs(const std::vector<std::string>& paths, bool follow_links);

}  // namespace mailassay::source
