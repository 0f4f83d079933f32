// Canonicalisation of RFC 6376 3.4.  The streaming form is the only one.
//
// Idea: a kernel rewrites long stretches straight into a small buffer of the
// sink's, which stays in cache; trailing empty lines are a count, white space
// at a line's end a flag, so that a stream of any length needs nothing else.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
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

// Takes canonical octets: lends room for them, and is told how much was used.
class Sink {
 public:
  static constexpr size_t kLeastRoom = 1024;

  // Where the next octets go: at least kLeastRoom, all of which may be
  // overwritten; valid until Commit.
  virtual std::span<char> Room() = 0;
  // The first `octets` of the room are the next of the canonical body.
  virtual void Commit(size_t octets) = 0;

 protected:
  ~Sink() = default;
};

// A sink with a buffer of its own; copies have their own, too.
class BufferSink : public Sink {
 public:
  BufferSink() : buffer_(std::make_unique_for_overwrite<Buffer>()) {}
  BufferSink(const BufferSink&) : BufferSink() {}
  BufferSink& operator=(const BufferSink&) { return *this; }

  std::span<char> Room() final { return {buffer_->data(), kSize}; }
  void Commit(size_t octets) final { Write({buffer_->data(), octets}); }
  // The next octets of the canonical body; none, or as many as a piece fed to
  // the canonicaliser gives, up to 16 KiB.
  virtual void Write(std::string_view canonical) = 0;

 protected:
  ~BufferSink() = default;

 private:
  // Small enough to stay in the first level cache beside the input, large
  // enough that a call of Write costs nothing.
  static constexpr size_t kSize = 16 * 1024;
  using Buffer = std::array<char, kSize>;

  std::unique_ptr<Buffer> buffer_;
};

// One body under one algorithm and one reading.  A plain value: a copy made in
// mid-stream goes on as the original would, so that two readings share the work
// up to the first octet where they differ (the copy writes to another sink,
// which must stand where the first stood).
class BodyCanonicalizer {
 public:
  BodyCanonicalizer(Canonicalization algorithm, Reading reading)
      : algorithm_(algorithm), reading_(reading) {}

  // Ready for a new body.
  void Reset(Canonicalization algorithm, Reading reading) {
    *this = BodyCanonicalizer(algorithm, reading);
  }
  // From here on LF without CR ends a line.  REQUIRES: no such LF was fed.
  void ReadLfAsLineEnd() { reading_.lf_is_line_end = true; }

  // Any split of the body gives the same octets.
  void Feed(std::string_view bytes, Sink& sink);
  // REQUIRES: called once, at the end.  simple: adds the final CRLF that
  // 3.4.3 asks for; relaxed: an empty body stays empty (3.4.4).
  void Finish(Sink& sink);

 private:
  class Output;
  class Unquoter;

  void FeedText(std::string_view bytes, Output& out);
  const char* RunKernel(const char* begin, const char* end, Output& out);
  size_t Keep(std::string_view written);
  void Step(char c, Output& out);
  void EndLine(Output& out);
  void AddText(char c, Output& out);

  Canonicalization algorithm_;
  Reading reading_;
  FromLines from_lines_;  // used when reading_.unquote_from

  // The current line and what is held back.
  bool line_has_text_ = false;  // an octet of it was written
  bool wsp_ = false;            // relaxed: white space, not yet written
  bool cr_ = false;             // CR, which LF may follow
  uint64_t empty_lines_ = 0;    // not yet written: may be the body's last
  bool wrote_any_ = false;      // so the canonical body is not empty
};

}  // namespace mailassay::dkim
