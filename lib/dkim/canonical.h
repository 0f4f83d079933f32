// Canonicalisation of RFC 6376 3.4.  The streaming form is the only one.
//
// Idea: a kernel rewrites long stretches into a small buffer that stays in
// cache, and full buffers go to a sink; trailing empty lines are a count, white
// space at a line's end a flag, so that a stream of any length needs only the
// buffer.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "lib/dkim/from_lines.h"
#include "lib/dkim/signature.h"
#include "lib/mail/header.h"

namespace mailassay::dkim {

// How the stored octets of a body are read.
struct Reading {
  // LF without CR ends a line.  Always so for mail whose header has LF only
  // line ends; else a second reading (flag mixed_eol).
  bool lf_is_line_end = false;
  // A body line that matches ">+From " loses one ">" (mboxrd; for the mboxo
  // writer's ">From " the same).
  bool unquote_from = false;
  friend bool operator==(Reading, Reading) = default;
};

// Takes canonical octets in pieces of at least a few KiB but for the last.
class Sink {
 public:
  virtual void Write(std::string_view canonical) = 0;

 protected:
  ~Sink() = default;
};

// One body under one algorithm and one reading.  Copyable in mid-stream, so
// that two readings share the work up to the first octet where they differ
// (the copy writes to another sink, which must stand where the first stood:
// octets still in the buffer are copied too).
class BodyCanonicalizer {
 public:
  BodyCanonicalizer(Canonicalization algorithm, Reading reading);
  BodyCanonicalizer(const BodyCanonicalizer& other);
  BodyCanonicalizer& operator=(const BodyCanonicalizer& other);
  BodyCanonicalizer(BodyCanonicalizer&&) noexcept = default;
  BodyCanonicalizer& operator=(BodyCanonicalizer&&) noexcept = default;
  ~BodyCanonicalizer() = default;

  // Ready for a new body, with the buffer kept.
  void Reset(Canonicalization algorithm, Reading reading);
  // From here on LF without CR ends a line.  REQUIRES: no such LF was fed.
  void ReadLfAsLineEnd() { reading_.lf_is_line_end = true; }

  // Any split of the body gives the same octets.
  void Feed(std::string_view bytes, Sink& sink);
  // REQUIRES: called once, at the end.  simple: adds the final CRLF that
  // 3.4.3 asks for; relaxed: an empty body stays empty (3.4.4).
  void Finish(Sink& sink);

 private:
  class Unquoter;

  void FeedText(std::string_view bytes, Sink& sink);
  const char* RunKernel(const char* begin, const char* end, Sink& sink);
  void Keep(std::string_view written);
  void Step(char c, Sink& sink);
  void EndLine(Sink& sink);
  void AddText(char c, Sink& sink);
  void FlushEmptyLines(Sink& sink);
  void Put(char c, Sink& sink);
  void Flush(Sink& sink);

  Canonicalization algorithm_;
  Reading reading_;
  FromLines from_lines_;  // used when reading_.unquote_from

  // The current line and what is held back.
  bool line_has_text_ = false;  // an octet of it was written
  bool wsp_ = false;            // relaxed: white space, not yet written
  bool cr_ = false;             // CR, which LF may follow
  uint64_t empty_lines_ = 0;    // not yet written: may be the body's last
  bool wrote_any_ = false;      // so the canonical body is not empty

  std::unique_ptr<char[]> buffer_;
  size_t used_ = 0;
};

}  // namespace mailassay::dkim
