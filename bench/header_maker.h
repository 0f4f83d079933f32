// Header fields as mail systems and programs write them, but for signatures.
// CRLF text; the dates and sizes of real archives, nobody's real names.
#pragma once

#include <cstdint>
#include <string>

#include "bench/body_maker.h"
#include "tests/reference/random.h"

namespace mailassay::bench {

struct Author {
  std::string domain;  // of From
  std::string address;
};

// When the message was sent and when it came to the archive, Unix seconds.
struct Journey {
  uint64_t sent_at;
  uint64_t received_at;
  std::string envelope_from;
};

// Bulk mail: 3 to 6 Received fields and a spam filter's, 1 KB; the author's own
// fields, 1 KB.  `list`: sent through a mailing list.
std::string BulkTrace(reference::Random& random, const Journey& journey);
std::string BulkFields(reference::Random& random, const Author& author,
                       uint64_t sent_at, const MadeBody& body, bool list);

// Technical mailing lists: 6 to 10 Received fields, the results of several
// authentication services and an ARC set that nobody signed, 4 KB; the
// author's own fields, a thread's References and the list's fields, 1.5 KB.
std::string ListTrace(reference::Random& random, const Journey& journey,
                      const Author& author);
std::string ListFields(reference::Random& random, const Author& author,
                       uint64_t sent_at, const MadeBody& body);

// Twelve letters and digits, as of a queue ID.
std::string Token(reference::Random& random);
// What stands before the @ of an address.
std::string LocalPart(reference::Random& random);

}  // namespace mailassay::bench
