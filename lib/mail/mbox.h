// Where the messages of an mbox begin, by a rule that needs only a bounded
// window, so that any worker finds the same separators in any block.
//
// A separator is the start of the file or of a line behind an empty line; a
// line "From ", an envelope sender (which may be empty or hold spaces) and a
// date (asctime and its variants, Google Takeout's form), at most 1,000 octets;
// then a line that is a header field ("name:"), or ">From " before one, as some
// programs leave it, or the end of the file at once: an empty message.
// A byte order mark at the start of the file is no part of a line.
// So an unescaped "From " in a body does not split a message unless a blank
// line, a date and a header field surround it.  The empty line before a
// separator belongs to the separator, not to the message before it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

namespace mailassay::mail {

// All a decision may look at, in octets from the start of the From_ line: the
// line itself and the first field name behind it.
inline constexpr size_t kSeparatorWindow = 4096;

// Octets before a place that tell whether an empty line is before it.  One more
// than two line ends have, so that the text cannot look like the start of a
// file, where a byte order mark may stand.
inline constexpr size_t kSeparatorContext = 8;

struct Separator {
  size_t from_line = 0;  // offset of "From "
  size_t message = 0;    // offset of the message's first octet
};

// Is there a separator whose From_ line begins at text[offset]?  The octets
// before it must be in `text` too, unless `offset` is 0 and the text starts at
// a separator or the start of the file.  `at_end`: the text ends where the
// file ends; else a line cut by the end of the text is not a separator
// (REQUIRES kSeparatorWindow octets behind `offset` for a decision that
// counts).
std::optional<Separator> SeparatorAt(std::string_view text, size_t offset,
                                     bool at_end);

// The first separator at or behind `begin`, or nullopt.
std::optional<Separator> FindSeparator(std::string_view text, size_t begin,
                                       bool at_end);

// The last separator before `end`, not before `begin`; scans backwards and
// touches only what it must.
std::optional<Separator> FindLastSeparator(std::string_view text, size_t begin,
                                           size_t end, bool at_end);

// A message inside a run of mbox text.
struct MboxMessage {
  std::string_view
      from_line;             // without its line end; empty at a headless start
  std::string_view message;  // without the empty line of the next separator
  size_t from_offset = 0;    // of the From_ line in the text
};

// The messages of a run one after the other, so that a message is used while
// its text is still in the cache from the search for its end.  The run may
// still grow while it is cut.  Its text must outlive the splitter and what it
// gives.
class MboxSplitter {
 public:
  enum class Tail {
    kGoesOn,  // more of the run will be given
    kEnds,    // the run ends here
    kIsLost,  // so does the text, but not the run: its last message is cut
  };

  // A run of which nothing has been given yet.
  MboxSplitter() = default;
  // A whole run.
  explicit MboxSplitter(std::string_view text) { Extend(text, Tail::kEnds); }

  // Gives more of the run: `text` begins with what was given before, in the
  // same place.
  void Extend(std::string_view text, Tail tail);
  // nullopt: the end of the next message is not in the text, or all were given.
  std::optional<MboxMessage> Next();
  // Octets of the text that the messages given and their separators cover.
  size_t done() const { return done_; }

 private:
  std::optional<Separator> FindNext();

  std::string_view text_;
  Tail tail_ = Tail::kGoesOn;
  size_t searched_ = 0;            // no separator begins behind open_ and here
  std::optional<Separator> open_;  // of the next message, unless headless
  bool ended_ = false;             // the last message was given
  size_t done_ = 0;
};

// Cuts a run that begins at a separator (or at the start of a file) and ends
// before the next one.  The messages with their From_ lines and separators'
// empty lines cover `text` completely.  One empty line at the end of `text`
// counts as a separator's too, since every mbox writer ends a message with it;
// empty lines before the first From_ line are nothing.  What else stands before
// it is a message without From_ line.
std::vector<MboxMessage> SplitMbox(std::string_view text);

// The envelope sender of a From_ line, without the date; may be empty.
std::string_view EnvelopeFrom(std::string_view from_line);

// The value of a Content-Length field in the header at the start of `message`;
// nullopt without one or when it is no plain number.  For mboxcl and mboxcl2.
std::optional<uint64_t> ContentLength(std::string_view header);

}  // namespace mailassay::mail
