// What is known of one domain's selectors and keys together: the tallies of
// the mail, and what the names publish.
#pragma once

#include <algorithm>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "lib/audit/tally.h"
#include "lib/dkim/key_answer.h"

namespace mailassay::audit {

// One selector of the domain.
struct SelectorKeys {
  std::string selector;
  std::vector<KeyTally> keys;  // of the mail; empty: no mail uses it
  // What the name publishes; null: nobody was asked.
  std::shared_ptr<const dkim::KeyAnswer> answer;
  // Somebody asked for this name, so that its absence is worth a word though no
  // mail uses it.
  bool wanted = false;
  // A CNAME and other records stand there (a zone file or a second question
  // shows it; an answer to one question can't).
  bool cname_and_other = false;
};

struct DomainKeys {
  std::string domain;
  std::vector<SelectorKeys> selectors;  // in byte order
  // What a name that nobody made was answered with; empty: with nothing, or
  // none was asked.
  std::string wildcard;
  bool dns_asked = false;  // for more than the names of the mail
};

// The sums of a selector's tallies.
struct SelectorUse {
  uint64_t messages = 0, pass = 0;
  std::optional<int64_t> first_mail_at, last_mail_at;
  std::optional<int64_t> first_pass_at, last_pass_at;
  Example example;
};
SelectorUse UseOf(const SelectorKeys& selector);
// Of one kind, over all keys; messages 0: does not occur.
KeyUseTally UseOf(const SelectorKeys& selector, KeyUse use);

// The records of the answer at hand, whoever gave it: all that are neither
// earlier nor recovered.  Empty without a positive answer.
std::vector<const dkim::KeyRecord*> GivenRecords(const SelectorKeys& selector);
// Of these the records that DNS has answered with: what is published.
std::vector<const dkim::KeyRecord*> LiveRecords(const SelectorKeys& selector);
// The first of the latter with a key; null: none.
const dkim::KeyRecord* LiveKey(const SelectorKeys& selector);
// Asked, and nothing is there.
bool IsAbsent(const SelectorKeys& selector);
std::span<const std::string> ChainOf(const SelectorKeys& selector);

}  // namespace mailassay::audit
