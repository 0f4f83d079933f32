// Finds the body lines ">+From " (mbox quoting), or " From " (the same as some
// programs write it), or ">+From" whatever follows (the same as tools write it
// that quote "Fromage" too), across any split of the body.
//
// Of a run of ">" at a line's start all but the last are ordinary whatever
// follows, so at most ">From" is ever held back.  A blank is a quote only
// alone. A plain value; may be copied in mid-stream.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace mailassay::dkim {

class FromLines {
 public:
  // What stands before a line; a reading may or may not see a line end there.
  enum class LineStart : uint8_t {
    kNone,  // the octet before is not a line end
    kCrlf,  // CRLF, or the body's first octet
    kLf,    // LF without CR
  };

  enum class Quote : uint8_t { kAngle, kBlank, kAngleOfAny };
  explicit FromLines(Quote quote = Quote::kAngle) : quote_(quote) {}

  // The parts of the body in order; together they are the body.
  class Visitor {
   public:
    virtual void OnText(std::string_view text) = 0;
    // One ">" or blank that unquoting drops; OnText("From...") follows.
    virtual void OnQuote(LineStart start) = 0;

   protected:
    ~Visitor() = default;
  };

  void Feed(std::string_view bytes, Visitor& visitor);
  // REQUIRES: called once, at the end.
  void Finish(Visitor& visitor);

  // Instead of Feed, for bytes in which no line begins ">+F", nor ">+" at their
  // end; of blanks likewise.
  // REQUIRES: !NeedsFeed(bytes); the caller takes `bytes` as text itself.
  void Skip(std::string_view bytes) { NoteEnd(bytes); }
  // The first octets must be seen: a line may be open, or begin here.
  bool NeedsFeed(std::string_view bytes) const {
    return held_ > 0 ||
           (start_ != LineStart::kNone && bytes.starts_with(quoted().front()));
  }

 private:
  std::string_view quoted() const {
    return quote_ == Quote::kAngle   ? ">From "
           : quote_ == Quote::kBlank ? " From "
                                     : ">From";
  }
  std::string_view Continue(std::string_view bytes, Visitor& visitor);
  void NoteEnd(std::string_view bytes);

  Quote quote_;
  LineStart start_ = LineStart::kCrlf;  // before the next octet, or of the
                                        // line whose start is held
  bool cr_ = false;                     // the last octet was CR
  size_t held_ = 0;                     // octets of quoted() held back
};

}  // namespace mailassay::dkim
