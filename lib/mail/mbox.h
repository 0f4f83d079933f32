// Where the messages of an mbox begin, by a rule that needs only a bounded
// window, so that any worker finds the same separators in any block.
//
// No standard says how an mbox is written (RFC 4155 describes a default), and
// programs differ in all of it.  So the evidence around a line "From ..." is
// weighed: whether an empty line stands before it, or what a crash or a joining
// of files has left there (blanks, NUL, ^Z, a byte order mark); a sender and a
// date (from_line.h); the fields behind it, behind an empty line perhaps, and
// whether mail knows their names; and the dialect of the file, as its head
// shows it.
//
// A separator is certain, likely or unlikely.  Certain ones alone cut a file
// into runs.  Where the others end a message, the message's own signature
// decides if it can (segment_examiner.h); otherwise likely ones do, unlikely
// ones don't.
//
// A certain separator of the plain dialect is the start of the file or of a
// line behind an empty line; a line "From ", an envelope sender (which may be
// empty or hold spaces) and a date; then a line that is a header field
// ("name:"), or a ">From " line before one, as some programs leave it, or the
// end of the file at once: an empty message.  The empty
// line before a separator belongs to the separator, not to the message before
// it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

namespace mailassay::mail {

// All a decision may look at, in octets from the start of the From_ line: the
// line itself and the first fields behind it.
inline constexpr size_t kSeparatorWindow = 4096;

// Octets before a place that tell whether an empty line is before it, blanks
// included; more than that is looked at of NUL octets only.
inline constexpr size_t kSeparatorContext = 64;

enum class Certainty : uint8_t { kUnlikely, kLikely, kCertain };

struct Separator {
  size_t from_line = 0;  // offset of "From "
  size_t message = 0;    // offset of the message's first octet
  Certainty certainty = Certainty::kCertain;
};

// How the program wrote that filled a mailbox, as far as it changes what a
// From_ line must look like.
struct MboxDialect {
  // From_ lines are bare or have no date, all of them.
  bool undated = false;
  // No empty line stands before most of them (Eudora).
  bool no_empty_line = false;
  // They are those of git's patches.
  bool patches = false;

  friend bool operator==(const MboxDialect&, const MboxDialect&) = default;
};

// By the first octets of a file, from the first From_ line on.
MboxDialect ReadDialect(std::string_view head);

// Octets that tell more of a file that begins with these: where From_ lines
// have no date, several should be seen.  0: these are enough.
inline constexpr size_t kDialectHead = 1u << 20;
size_t DialectHead(std::string_view head);

// Does a mailbox begin at the start of `text`, behind what Preamble() passes?
// A single line that is hardly a From_ line is no mailbox, unless another one
// follows that is at least likely.
bool BeginsMbox(std::string_view text, bool at_end);

// Octets before the first From_ line that are nothing: a byte order mark,
// empty lines, NUL octets.
size_t Preamble(std::string_view text);

// Is there a separator, of any certainty, whose From_ line begins at
// text[offset]?  The octets before it must be in `text` too, unless `offset` is
// 0 and the text starts at a separator or the start of the file.  `at_end`: the
// text ends where the file ends; else a line cut by the end of the text is not
// a separator (REQUIRES kSeparatorWindow octets behind `offset` for a decision
// that counts).
std::optional<Separator> WeighSeparator(std::string_view text, size_t offset,
                                        bool at_end,
                                        const MboxDialect& dialect = {});

// The same if it is certain.
std::optional<Separator> SeparatorAt(std::string_view text, size_t offset,
                                     bool at_end,
                                     const MboxDialect& dialect = {});

// The first separator at or behind `begin` that is at least so certain, or
// nullopt.
std::optional<Separator> FindSeparator(std::string_view text, size_t begin,
                                       bool at_end,
                                       const MboxDialect& dialect = {},
                                       Certainty least = Certainty::kCertain);

// Its From_ line, without the line end.
std::string_view FromLineOf(std::string_view text, const Separator& separator);

// The last certain separator before `end`, not before `begin`; scans backwards
// and touches only what it must.
std::optional<Separator> FindLastSeparator(std::string_view text, size_t begin,
                                           size_t end, bool at_end,
                                           const MboxDialect& dialect = {});

// Where the message ends that goes up to octet `end` of the text: without the
// empty line there, which every mbox writer puts behind a message, and without
// NUL octets and ^Z, which none does.  `before_separator`: a separator begins
// at `end`; its empty line may have blanks in it.  Of octets before
// kSeparatorContext only NULs are left out.
size_t MessageEnd(std::string_view text, size_t end, bool before_separator);

// A message inside a run of mbox text, from one certain separator to the next.
struct MboxMessage {
  std::string_view
      from_line;             // without its line end; empty at a headless start
  std::string_view message;  // without the empty line of the next separator
  size_t from_offset = 0;    // of the From_ line in the text
  bool in_doubt = false;     // separators that are not certain stand in it
};

// The messages of a run one after the other, so that a message is used while
// its text is still in the cache from the search for its end.  The run may
// still grow while it is cut.  Its text must outlive the splitter and what it
// gives.
class MboxSplitter {
 public:
  enum class Tail {
    kGoesOn,           // more of the run will be given
    kEnds,             // the run ends here, and so does the file
    kEndsAtSeparator,  // the run ends here, and another follows
    kIsLost,  // so does the text, but not the run: its last message is cut
  };

  // A run of which nothing has been given yet.
  explicit MboxSplitter(const MboxDialect& dialect = {}) : dialect_(dialect) {}
  // A whole run.
  MboxSplitter(std::string_view text, Tail tail, const MboxDialect& dialect)
      : dialect_(dialect) {
    Extend(text, tail);
  }

  // Gives more of the run: `text` begins with what was given before, in the
  // same place.
  void Extend(std::string_view text, Tail tail);
  // nullopt: the end of the next message is not in the text, or all were given.
  std::optional<MboxMessage> Next();
  // Octets of the text that the messages given and their separators cover.
  size_t done() const { return done_; }

 private:
  void Begin();
  std::optional<Separator> FindNext();
  bool ends() const {
    return tail_ == Tail::kEnds || tail_ == Tail::kEndsAtSeparator;
  }

  MboxDialect dialect_;
  std::string_view text_;
  Tail tail_ = Tail::kGoesOn;
  size_t searched_ = 0;            // no separator begins behind open_ and here
  std::optional<Separator> open_;  // of the next message, unless headless
  bool begun_ = false;             // it is known whether the run has a head
  bool doubt_ = false;             // behind open_ and before searched_
  bool ended_ = false;             // the last message was given
  size_t done_ = 0;
};

// Cuts a run that begins at a separator (or at the start of a file) and ends
// before the next one.  The messages with their From_ lines and separators'
// empty lines cover `text` completely.  One empty line at the end of `text`
// counts as a separator's too, since every mbox writer ends a message with it;
// empty lines before the first From_ line are nothing.  What else stands before
// it is a message without From_ line.
// `tail`: kEnds or kEndsAtSeparator.
std::vector<MboxMessage> SplitMbox(
    std::string_view text, const MboxDialect& dialect = {},
    MboxSplitter::Tail tail = MboxSplitter::Tail::kEnds);

// The value of a Content-Length field in the header at the start of `message`;
// nullopt without one or when it is no plain number.  For mboxcl and mboxcl2.
std::optional<uint64_t> ContentLength(std::string_view header);

}  // namespace mailassay::mail
