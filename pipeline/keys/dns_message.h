// Reads the answer to one TXT or CNAME query out of a DNS message (RFC
// 1035 4.1).  The octets come from strangers: every length is checked,
// compression pointers only go back, and the work is linear in the message's
// size.
//
// Pure functions; any octets are safe to give.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "lib/dkim/key_answer.h"

namespace mailassay::keys {

struct TxtResponse {
  // kFound, kNxDomain, kNoData, kServfail, kRefused, kMalformed, kCnameLoop,
  // kCnameLimit or kTxtLimit.
  dkim::KeyStatus status = dkim::KeyStatus::kMalformed;
  // Of each TXT record at the end of the CNAME chain its strings joined
  // without anything between them (RFC 6376 3.6.2.2).  Empty but for kFound.
  std::vector<std::string> texts;
  // Targets in order, lower case; octets that a host name does not have
  // escaped as \DDD (RFC 1035 5.1).
  std::vector<std::string> cname_chain;
  uint32_t ttl = 0;  // the least of the records used
};

// `name`: what was asked, lower case, no trailing dot.  Another question, a
// message cut short (TC) or anything that does not parse: kMalformed.
TxtResponse ParseTxtResponse(std::string_view message, std::string_view name);

// The same of a CNAME query: kFound with the one target of the name's own
// CNAME in `cname_chain`, and no texts; kNoData when it has none.
TxtResponse ParseCnameResponse(std::string_view message, std::string_view name);

}  // namespace mailassay::keys
