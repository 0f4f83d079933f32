// Counts the messages that a message carries: parts message/rfc822 and
// message/global, a message forwarded as an attachment, what an Exchange
// journal or an Italian PEC wraps, what a bounce returns.  A part is what
// stands between the delimiter lines of a multipart that is open there (RFC
// 2046 5.1); text that only quotes MIME has none.  Attached messages are looked
// into for more.
//
// One pass in any pieces; bodies that are no multipart are not looked at, and
// of others only lines that begin "--".  At most kMaxDepth multiparts are open
// at a time, in a bounded memory; one that lies deeper is a part like others.
//
// Used by one thread at a time, for any number of messages in turn.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace mailassay::mail {

class MimeScan {
 public:
  static constexpr size_t kMaxDepth = 32;

  // `content_type`: the value of the message's own Content-Type field; empty:
  // it has none.  What was counted before is forgotten.
  void Begin(std::string_view content_type);
  // False: the rest of the body can't change the count.
  bool wants_body() const { return mode_ != Mode::kDone; }
  // The body, piece by piece.
  void Feed(std::string_view body);
  // Feed for a piece in which no "-" follows an LF.
  void FeedPlain(std::string_view body);
  // Also the last line may be without its end.
  uint64_t Finish();

 private:
  enum class Mode : uint8_t {
    kDone,    // nothing is counted any more
    kHeader,  // of a part, or of a message in one
    kBody,
  };
  enum class Line : uint8_t {
    kBegins,   // nothing of it was seen
    kKept,     // what was seen of it is in line_
    kIgnored,  // it does not matter
  };
  struct Multipart {
    std::string boundary;
    bool digest = false;  // parts are messages unless they say otherwise
  };

  void Open(std::string_view content_type, bool in_digest);
  void GoOn();
  void KeepLine(std::string_view* text);
  void EndLine();
  bool EndPart(std::string_view line);
  void EndHeader();
  void AddHeaderLine(std::string_view line);
  void BeginHeader(bool in_digest);

  Mode mode_ = Mode::kDone;
  Line state_ = Line::kBegins;
  std::string line_;
  std::vector<Multipart> open_;
  bool in_digest_ = false;    // the header is of a part of a digest
  std::string content_type_;  // of the header in hand
  bool has_type_ = false;     // it has such a field
  bool in_type_ = false;      // its line was the last one
  uint64_t count_ = 0;
};

}  // namespace mailassay::mail
