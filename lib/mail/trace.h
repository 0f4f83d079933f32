// What the header of a message tells of how it came to lie where it lies: by
// mail, by a list or news, or only as a copy that somebody keeps.  Evidence of
// the header alone: no name of a folder, and no guess where there is none.
//
// Pure; anybody can have written such fields, so this accuses and clears
// nobody.
#pragma once

#include <cstdint>
#include <string_view>

#include "lib/mail/header.h"

namespace mailassay::mail {

// The first three are written only behind the author, on the way or by the
// archive of a list; in the order in which they are looked for, but that labels
// by which a store calls mail sent, or a draft, make it the author's.
enum class Trace : uint8_t {
  kReceived,     // a Received field (RFC 5321 4.4)
  kNews,         // relayed Netnews: Path, Xref, NNTP-Posting-* (RFC 5536)
  kListArchive,  // From as archives of lists write it, "ann at example.com
                 // (Ann)"; or X-BeenThere, X-Mailman-Version
  kList,         // List-* (RFC 2369, 2919), Mailing-List, Newsgroups and the
                 // like, which newsletters have before they are sent
  kStore,        // what only the store of a mail service adds (Gmail, Exchange)
  kAuthor,       // the author's own copy: Bcc, Fcc, marks of drafts, sent items
  kNone,         // none of these
  kCount,
};
std::string_view TraceName(Trace trace);  // received, news, list_archive, list,
                                          // store, author, none
// One of the first three.
bool ShowsTransport(Trace trace);

Trace FindTrace(const Header& header);

}  // namespace mailassay::mail
