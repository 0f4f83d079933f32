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

// Small enough to stay in the first level cache beside the input, large enough
// that a call of the sink costs nothing.
constexpr size_t kBufferSize = 16 * 1024;
// Below this many octets a kernel run is not worth its start.
constexpr ptrdiff_t kKernelMinimum = 16;

constexpr std::string_view kCrlf = "\r\n";
constexpr std::string_view kTwoCrlf = "\r\n\r\n";

// The kernel of simple over CRLF: the octets stay as they are.  REQUIRES: more
// than one octet, and room.
void CopyAll(KernelRun& run) {
  const char* const end = run.in_end - (run.in_end[-1] == '\r' ? 1 : 0);
  auto size =
      static_cast<size_t>(std::min(end - run.in, run.out_end - run.out));
  const bool whole = run.in + size == end;
  if (!whole && run.in[size - 1] == '\r' && run.in[size] == '\n') ++size;
  std::memcpy(run.out, run.in, size);
  run.in += size;
  run.out += size;
}

}  // namespace

BodyCanonicalizer::BodyCanonicalizer(Canonicalization algorithm,
                                     Reading reading)
    : buffer_(new char[kBufferSize + kKernelSlack]) {
  Reset(algorithm, reading);
}

BodyCanonicalizer::BodyCanonicalizer(const BodyCanonicalizer& other)
    : buffer_(new char[kBufferSize + kKernelSlack]) {
  *this = other;
}

BodyCanonicalizer& BodyCanonicalizer::operator=(
    const BodyCanonicalizer& other) {
  if (this == &other) return *this;
  algorithm_ = other.algorithm_;
  reading_ = other.reading_;
  from_lines_ = other.from_lines_;
  line_has_text_ = other.line_has_text_;
  wsp_ = other.wsp_;
  cr_ = other.cr_;
  empty_lines_ = other.empty_lines_;
  wrote_any_ = other.wrote_any_;
  used_ = other.used_;
  std::memcpy(buffer_.get(), other.buffer_.get(), used_);
  return *this;
}

void BodyCanonicalizer::Reset(Canonicalization algorithm, Reading reading) {
  algorithm_ = algorithm;
  reading_ = reading;
  from_lines_ = FromLines();
  line_has_text_ = wsp_ = cr_ = wrote_any_ = false;
  empty_lines_ = 0;
  used_ = 0;
}

// Takes the body's parts and leaves out the quotes of lines as this reading
// sees them.
class BodyCanonicalizer::Unquoter final : public FromLines::Visitor {
 public:
  Unquoter(BodyCanonicalizer& body, Sink& sink) : body_(body), sink_(sink) {}

  void OnText(std::string_view text) override { body_.FeedText(text, sink_); }
  void OnQuote(FromLines::LineStart start) override {
    if (start == FromLines::LineStart::kLf && !body_.reading_.lf_is_line_end) {
      body_.FeedText(">", sink_);
    }
  }

 private:
  BodyCanonicalizer& body_;
  Sink& sink_;
};

void BodyCanonicalizer::Feed(std::string_view bytes, Sink& sink) {
  if (reading_.unquote_from) {
    Unquoter unquoter(*this, sink);
    from_lines_.Feed(bytes, unquoter);
  } else {
    FeedText(bytes, sink);
  }
}

void BodyCanonicalizer::FeedText(std::string_view bytes, Sink& sink) {
  const char* p = bytes.data();
  const char* const end = p + bytes.size();
  while (p < end) {
    // A run of white space may be held back again as a whole.
    const bool free = !cr_ && empty_lines_ == 0 && (!wsp_ || IsWsp(*p));
    if (free && end - p >= kKernelMinimum) {
      p = RunKernel(p, end, sink);
    } else {
      Step(*p++, sink);
    }
  }
}

// REQUIRES: neither CR nor an empty line is held back, nor white space unless
// more of it begins here.
const char* BodyCanonicalizer::RunKernel(const char* begin, const char* end,
                                         Sink& sink) {
  if (used_ >= kBufferSize) Flush(sink);
  char* const out = buffer_.get() + used_;
  KernelRun run{.in = begin,
                .in_end = end,
                .out = out,
                .out_end = buffer_.get() + kBufferSize};
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
  Keep({out, static_cast<size_t>(run.out - out)});
  return run.in;
}

// Takes what a kernel wrote into the buffer, but for the empty lines at its
// end, which are held back.
void BodyCanonicalizer::Keep(std::string_view written) {
  if (written.empty()) return;
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
  used_ += written.size();
  wrote_any_ |= !written.empty();
}

void BodyCanonicalizer::Step(char c, Sink& sink) {
  if (cr_) {
    cr_ = false;
    if (c == '\n') {
      EndLine(sink);
      return;
    }
    AddText('\r', sink);  // not before LF: an octet like any other
  }
  if (c == '\r') {
    cr_ = true;
  } else if (c == '\n' && reading_.lf_is_line_end) {
    EndLine(sink);
  } else if (IsWsp(c) && algorithm_ == Canonicalization::kRelaxed) {
    wsp_ = true;
  } else {
    AddText(c, sink);
  }
}

void BodyCanonicalizer::EndLine(Sink& sink) {
  wsp_ = false;  // RFC 6376 3.4.4 a: none at a line's end
  if (line_has_text_) {
    Put('\r', sink);
    Put('\n', sink);
    line_has_text_ = false;
  } else {
    ++empty_lines_;
  }
}

void BodyCanonicalizer::AddText(char c, Sink& sink) {
  if (empty_lines_ > 0) FlushEmptyLines(sink);
  if (wsp_) Put(' ', sink);  // 3.4.4 a: a run becomes one SP
  wsp_ = false;
  Put(c, sink);
  line_has_text_ = true;
}

void BodyCanonicalizer::FlushEmptyLines(Sink& sink) {
  for (; empty_lines_ > 0; --empty_lines_) {
    Put('\r', sink);
    Put('\n', sink);
  }
}

void BodyCanonicalizer::Put(char c, Sink& sink) {
  if (used_ >= kBufferSize) Flush(sink);
  buffer_[used_++] = c;
  wrote_any_ = true;
}

void BodyCanonicalizer::Flush(Sink& sink) {
  if (used_ > 0) sink.Write({buffer_.get(), used_});
  used_ = 0;
}

void BodyCanonicalizer::Finish(Sink& sink) {
  if (reading_.unquote_from) {
    Unquoter unquoter(*this, sink);
    from_lines_.Finish(unquoter);
  }
  if (cr_) AddText('\r', sink);
  cr_ = false;
  // RFC 6376 3.4.3, 3.4.4 b: empty lines at the end are ignored; a last line
  // without CRLF gets one.
  if (line_has_text_) EndLine(sink);
  if (!wrote_any_ && algorithm_ == Canonicalization::kSimple) {
    Put('\r', sink);  // 3.4.3: an empty body becomes CRLF
    Put('\n', sink);
  }
  Flush(sink);
}

}  // namespace mailassay::dkim
