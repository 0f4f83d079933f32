// One message's signatures, from its bytes to Evidence, in one pass.
//
//   Examiner examiner(options);
//   examiner.Begin(header);          // parses, selects and hashes headers
//   examiner.Feed(body_bytes);       // any pieces
//   std::vector<Evidence> e = examiner.Finish();
//
// The body is canonicalised once per distinct (algorithm, reading) and hashed
// once per distinct (algorithm, reading, hash); each l= is a copy of the hash
// at that octet.  A second reading (line ends, ">From ") is forked from the
// first at the octet where they begin to differ.
//
// An Examiner is used by one thread at a time and may be used for any number
// of messages, one after the other; buffers are kept.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "lib/dkim/evidence.h"
#include "lib/mail/header.h"

namespace mailassay::dkim {

struct ExamineLimits {
  size_t max_signatures = 64;                        // evaluated a message
  size_t max_signed_header_bytes = 4 * 1024 * 1024;  // all signatures together
  size_t max_header_fields = 5000;
};

class Examiner {
 public:
  explicit Examiner(const ExamineLimits& limits);
  ~Examiner();
  Examiner(Examiner&&) noexcept;
  Examiner& operator=(Examiner&&) noexcept;

  // `author_domain` (may be empty) orders which signatures are evaluated when
  // there are more than max_signatures: those with d= equal to it, above or
  // below it first, then top-down.  `header` need not outlive the call.
  // `whole_limit`: kOk, or a kLimit* reason that keeps the whole message from
  // being hashed; every signature then gets it as its limit.
  void Begin(const mail::Header& header, std::string_view author_domain,
             Reason whole_limit);

  // Also of a message without signatures: the saw_... facts come from it.
  void Feed(std::string_view body);
  // The message turned out to be over a limit (kLimitMessage): all evidence
  // not yet complete gets it.
  void Abandon(Reason limit);
  // One Evidence a DKIM-Signature field, topmost first, also for malformed
  // ones and those over limits.
  std::vector<Evidence> Finish();

  // Of the body fed since Begin.
  bool saw_bare_cr() const;
  bool saw_nul() const;
  bool saw_8bit() const;
  mail::LineEnds body_line_ends() const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace mailassay::dkim
