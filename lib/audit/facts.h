// What one message says before any key is known: the facts of its header, and
// the Evidence of each of its signatures.  Holds its octets in an arena that
// messages share; the message text is given back as soon as its facts exist.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "lib/audit/error_row.h"
#include "lib/base/arena.h"
#include "lib/base/digest.h"
#include "lib/dkim/evidence.h"
#include "lib/mail/address.h"
#include "lib/mail/header.h"
#include "lib/mail/list_author.h"
#include "lib/mail/received.h"
#include "lib/mail/trace.h"

namespace mailassay::audit {

enum class Format : uint8_t {
  kMboxRd,
  kMboxCl,
  kMaildir,
  kEml,
  kUnread,       // left out by --sample, unopened; no message has it
  kEmlx,         // Apple Mail: a message between its size and a property list
  kEmlxPartial,  // the same, its attachments in files of their own: not whole
  kCount
};
std::string_view FormatName(Format format);  // mbox_rd, mbox_cl, maildir, eml,
                                             // unread, emlx, emlx_partial

// One stream of mail: a file, or a member of an archive.  Immutable, shared by
// all messages found in it.
struct Input {
  uint64_t ordinal = 0;  // in the order of reading: file << 32 | member
  std::string file;      // path as given or found; "archive!member" inside a
                         // container; "-" for stdin.  Raw octets.
  std::string archive;   // path of the container, or empty
  Format format = Format::kEml;
  // Of the file as it was opened, the container's for a member; 0 of a pipe.
  uint64_t stored_bytes = 0;
  int64_t modified_ns = 0;  // since 1970
};

enum class EnvelopeFromSource : uint8_t { kNone, kReturnPath, kMboxFrom };

struct MessageFacts {
  // Where the texts lie, here and in `signatures`: they last as long as it.
  // May be null where they lie elsewhere.
  std::shared_ptr<const Arena> texts;

  std::shared_ptr<const Input> input;
  uint64_t offset = 0;  // of the message's first octet in the uncompressed
                        // stream (behind an mbox From_ line)
  uint64_t length = 0;  // octets of the message
  dkim::Reason limit = dkim::Reason::kOk;  // a kLimit* that kept the message
                                           // from being examined

  std::string_view message_id;         // as written, at most 1 KiB; raw octets
  std::optional<int64_t> date_header;  // Date:, Unix seconds
  mail::ReceivedAt received;           // by the best evidence
  mail::OtherTimes other_times;        // by the rest of it
  mail::Trace trace = mail::Trace::kNone;
  mail::Author author;
  std::string_view envelope_from;  // raw octets, at most 1 KiB
  EnvelopeFromSource envelope_from_source = EnvelopeFromSource::kNone;
  std::string_view list_id;  // inside the angle brackets if any
  // Claims, of a list that has put itself in From (list_author.h): the list,
  // and the address of the author before it; empty: none.
  std::string_view via_list;
  std::string_view author_original;
  mail::ListAuthorSource author_original_source = mail::ListAuthorSource::kNone;
  bool list_unsubscribe = false;
  bool list_unsubscribe_post = false;
  std::string_view body_encoding;  // Content-Transfer-Encoding, lower case
  bool has_8bit = false;           // anywhere in header or body
  mail::LineEnds line_ends = mail::LineEnds::kNone;  // of the whole message
  mail::AnomalySet anomalies;
  uint64_t body_size = 0;          // octets as stored
  uint64_t attached_messages = 0;  // of which none was looked at
  Digest raw_sha256;  // of all its octets; of size 0 when not asked for

  std::vector<dkim::Evidence> signatures;  // topmost first

  // Locate() of the message that it repeats, or empty; known when all is read
  // (duplicates.h), and not encoded.
  std::string duplicate_of;
};

// The row of errors.csv that a message over limit_message or limit_header_bytes
// has beside its own rows; nullopt for all others.
std::optional<ErrorRow> LimitRow(const MessageFacts& facts);

// FILE@OFFSET, as reports name an example.
std::string Locate(const MessageFacts& facts);

}  // namespace mailassay::audit
