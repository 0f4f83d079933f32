// The kernel takes whole stretches of text; Step, one octet at a time, takes
// what follows octets that are held back: white space or CR at the end of a
// piece, or empty lines, which may be the body's last.

#include "lib/dkim/canonical.h"

#include <algorithm>
#include <cassert>
#include <cstring>

#include "lib/base/ascii.h"
#include "lib/dkim/canonical_kernel.h"

namespace mailassay::dkim {
namespace {

// Below this many octets a kernel run is not worth its start.
constexpr ptrdiff_t kKernelMinimum = 16;

constexpr std::string_view kCrlf = "\r\n";
constexpr std::string_view kTwoCrlf = "\r\n\r\n";

// The kernel of simple over CRLF: the octets stay as they are.  REQUIRES: more
// than one octet of both text and room.
void CopyAll(KernelRun& run) {
  const char* const end = run.in_end - (run.in_end[-1] == '\r' ? 1 : 0);
  auto size =
      static_cast<size_t>(std::min(end - run.in, run.out_end - run.out));
  const bool whole = run.in + size == end;
  if (!whole && run.in[size - 1] == '\r') --size;  // LF may follow
  std::memcpy(run.out, run.in, size);
  run.in += size;
  run.out += size;
}

}  // namespace

// A kernel in the least room still has room for what it writes.
static_assert(Sink::kLeastRoom >= 2 * kKernelSlack);

// The sink's room while one piece is fed.
class BodyCanonicalizer::Output {
 public:
  explicit Output(Sink& sink) : sink_(sink) {}
  Output(const Output&) = delete;
  Output& operator=(const Output&) = delete;
  ~Output() { Commit(); }

  void Put(char c) {
    Reserve(1);
    *at_++ = c;
  }
  // Makes sure of `octets` of room.  REQUIRES: at most kLeastRoom.
  void Reserve(size_t octets) {
    if (static_cast<size_t>(end_ - at_) >= octets) return;
    Commit();
    const std::span<char> room = sink_.Room();
    begin_ = at_ = room.data();
    end_ = room.data() + room.size();
  }
  char* at() const { return at_; }
  char* end() const { return end_; }
  void Advance(size_t octets) { at_ += octets; }

 private:
  void Commit() {
    if (at_ > begin_) sink_.Commit(static_cast<size_t>(at_ - begin_));
  }

  Sink& sink_;
  char* begin_ = nullptr;
  char* at_ = nullptr;
  char* end_ = nullptr;
};

// Takes the body's parts and leaves out the quotes of lines as this reading
// sees them.
class BodyCanonicalizer::Unquoter final : public FromLines::Visitor {
 public:
  Unquoter(BodyCanonicalizer& body, Output& out) : body_(body), out_(out) {}

  void OnText(std::string_view text) override { body_.FeedText(text, out_); }
  void OnQuote(FromLines::LineStart start) override {
    if (start == FromLines::LineStart::kLf && !body_.reading_.lf_is_line_end) {
      body_.FeedText(">", out_);
    }
  }

 private:
  BodyCanonicalizer& body_;
  Output& out_;
};

void BodyCanonicalizer::Feed(std::string_view bytes, Sink& sink) {
  Output out(sink);
  if (reading_.unquote_from) {
    Unquoter unquoter(*this, out);
    from_lines_.Feed(bytes, unquoter);
  } else {
    FeedText(bytes, out);
  }
}

void BodyCanonicalizer::FeedText(std::string_view bytes, Output& out) {
  const char* p = bytes.data();
  const char* const end = p + bytes.size();
  while (p < end) {
    // A run of white space may be held back again as a whole.
    const bool free = !cr_ && empty_lines_ == 0 && (!wsp_ || IsWsp(*p));
    if (free && end - p >= kKernelMinimum) {
      p = RunKernel(p, end, out);
    } else {
      Step(*p++, out);
    }
  }
}

// REQUIRES: neither CR nor an empty line is held back, nor white space unless
// more of it begins here.
const char* BodyCanonicalizer::RunKernel(const char* begin, const char* end,
                                         Output& out) {
  out.Reserve(Sink::kLeastRoom);
  KernelRun run{.in = begin,
                .in_end = end,
                .out = out.at(),
                .out_end = out.end() - kKernelSlack};
  if (algorithm_ == Canonicalization::kRelaxed) {
    kCanonicalKernels.run()(reading_.lf_is_line_end ? KernelForm::kRelaxedLf
                                                    : KernelForm::kRelaxedCrlf,
                            run);
  } else if (reading_.lf_is_line_end) {
    kCanonicalKernels.run()(KernelForm::kSimpleLf, run);
  } else {
    CopyAll(run);
  }
  wsp_ = run.held_wsp;
  out.Advance(Keep({out.at(), static_cast<size_t>(run.out - out.at())}));
  return run.in;
}

// Notes what a kernel wrote; returns how much of it stays, for the empty lines
// at its end are held back.
size_t BodyCanonicalizer::Keep(std::string_view written) {
  if (written.empty()) return 0;
  const bool at_line_start = written.ends_with(kCrlf);
  while (written.ends_with(kTwoCrlf)) {
    written.remove_suffix(kCrlf.size());
    ++empty_lines_;
  }
  if (written == kCrlf && !line_has_text_) {
    written = {};
    ++empty_lines_;
  }
  line_has_text_ = !at_line_start;
  wrote_any_ |= !written.empty();
  return written.size();
}

void BodyCanonicalizer::Step(char c, Output& out) {
  if (cr_) {
    cr_ = false;
    if (c == '\n') {
      EndLine(out);
      return;
    }
    AddText('\r', out);  // not before LF: an octet like any other
  }
  if (c == '\r') {
    cr_ = true;
  } else if (c == '\n' && reading_.lf_is_line_end) {
    EndLine(out);
  } else if (IsWsp(c) && algorithm_ == Canonicalization::kRelaxed) {
    wsp_ = true;
  } else {
    AddText(c, out);
  }
}

void BodyCanonicalizer::EndLine(Output& out) {
  wsp_ = false;  // RFC 6376 3.4.4 a: none at a line's end
  if (line_has_text_) {
    out.Put('\r');
    out.Put('\n');
    line_has_text_ = false;
  } else {
    ++empty_lines_;
  }
}

void BodyCanonicalizer::AddText(char c, Output& out) {
  for (; empty_lines_ > 0; --empty_lines_) {
    out.Put('\r');
    out.Put('\n');
  }
  if (wsp_) out.Put(' ');  // 3.4.4 a: a run becomes one SP
  wsp_ = false;
  out.Put(c);
  line_has_text_ = wrote_any_ = true;
}

void BodyCanonicalizer::Finish(Sink& sink) {
  Output out(sink);
  if (reading_.unquote_from) {
    Unquoter unquoter(*this, out);
    from_lines_.Finish(unquoter);
  }
  if (cr_) AddText('\r', out);
  cr_ = false;
  // RFC 6376 3.4.3, 3.4.4 b: empty lines at the end are ignored; a last line
  // without CRLF gets one.
  if (line_has_text_) EndLine(out);
  if (!wrote_any_ && algorithm_ == Canonicalization::kSimple) {
    out.Put('\r');  // 3.4.3: an empty body becomes CRLF
    out.Put('\n');
  }
}

}  // namespace mailassay::dkim
