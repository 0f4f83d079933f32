#include "pipeline/run/fetched.h"

#include <map>

#include "lib/audit/figures.h"
#include "lib/base/concat.h"
#include "lib/base/safe_text.h"

namespace mailassay::run {
namespace {

std::string Count(uint64_t n, std::string_view one, std::string_view many) {
  return Concat(audit::Grouped(n), " ", n == 1 ? one : many);
}

std::string WhatWasRead(const Fetched& fetched) {
  std::string text;
  if (fetched.audits > 0) text = Count(fetched.audits, "audit", "audits");
  if (fetched.audits == 0 || fetched.octets > 0) {
    text += Concat(text.empty() ? "" : ", ",
                   Count(fetched.messages, "message", "messages"), ", ",
                   audit::Octets(fetched.octets));
  }
  return Concat(text, " read in ", audit::Duration(fetched.seconds), " by ",
                Count(static_cast<uint64_t>(fetched.jobs), "job", "jobs"));
}

}  // namespace

std::string FetchSummary(const Fetched& fetched) {
  std::map<dkim::KeyStatus, uint64_t> counts;
  bool temporary = false;
  for (const keys::KeyStore::Answer& answer : fetched.answers) {
    ++counts[answer->status];
    temporary |= dkim::IsTemporary(answer->status);
  }
  std::string text = Concat(Count(fetched.answers.size(), "name", "names"),
                            " needed; ", WhatWasRead(fetched), "\n");
  for (const auto& [status, count] : counts) {
    text += Concat(audit::PadLeft(audit::Grouped(count), 11), "  ",
                   dkim::KeyStatusName(status), "\n");
  }
  if (temporary) {
    text +=
        "some servers gave no answer; with --keys of this file, keys fetch "
        "asks only them again\n";
  }
  return text + Concat("Saved in ", SafeText(fetched.file), "\n");
}

}  // namespace mailassay::run
