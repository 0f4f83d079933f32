// The kernel takes the stretches of whole text lines; Step, one octet at a
// time, takes what has a state: empty lines, octets held back at the end of a
// piece, and the last few octets of a piece.

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
constexpr ptrdiff_t kKernelMinimum = 48;

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
    if (line_has_text_ && !wsp_ && !cr_ && end - p >= kKernelMinimum) {
      p = RunKernel(p, end, sink);
      if (p == end) break;
    }
    Step(*p++, sink);
  }
}

const char* BodyCanonicalizer::RunKernel(const char* begin, const char* end,
                                         Sink& sink) {
  if (used_ >= kBufferSize) Flush(sink);
  KernelRun run{.in = begin,
                .in_end = end,
                .out = buffer_.get() + used_,
                .out_end = buffer_.get() + kBufferSize};
  if (algorithm_ == Canonicalization::kRelaxed) {
    RunRelaxedKernel(reading_.lf_is_line_end, run);
  } else {
    RunSimpleKernel(reading_.lf_is_line_end, run);
  }
  used_ = static_cast<size_t>(run.out - buffer_.get());
  line_has_text_ = !run.at_line_start;
  return run.in;
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
