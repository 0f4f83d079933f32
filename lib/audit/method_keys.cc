// See method_sections.h.
#include <algorithm>
#include <array>
#include <iterator>

#include "lib/audit/figures.h"
#include "lib/audit/method_sections.h"
#include "lib/base/concat.h"
#include "lib/base/safe_text.h"
#include "lib/mail/date.h"

namespace mailassay::audit {
namespace {

using dkim::KeyStatus;

// What became of the names under which keys lie.
enum class NameFate : uint8_t {
  kUsable,
  kRevoked,
  kUnusable,
  kNone,
  kFailed,
  kNotAsked,
  kCount,
};

NameFate FateOf(std::string_view status) {
  if (status == "live" || status == "given") return NameFate::kUsable;
  if (status == "revoked") return NameFate::kRevoked;
  const auto known = dkim::KeyStatusFromName(status);
  if (!known) return NameFate::kUnusable;  // bad_record
  if (dkim::IsTemporary(*known)) return NameFate::kFailed;
  switch (*known) {
    case KeyStatus::kNxDomain:
    case KeyStatus::kNoData:
      return NameFate::kNone;
    case KeyStatus::kNotAsked:
      return NameFate::kNotAsked;
    default:
      return NameFate::kUnusable;
  }
}

struct NameCount {
  std::string_view label, meaning;
  uint64_t names = 0, signatures = 0;
};

// A name with several keys is told by the best of them.
std::vector<NameCount> CountNames(Ledger& ledger) {
  std::vector<NameCount> counts = {
      {"a usable key", "The signatures were judged with it."},
      {"a withdrawn key",
       "The record says that the key must not be used any more."},
      {"no usable key", "The record there can't be used as a key."},
      {"no key", "There is no record under the name, or not any more."},
      {"no answer", "DNS gave no answer that could be used, asked twice."},
      {"nobody asked", "No key file has the name, and DNS was not asked."}};
  static_assert(static_cast<size_t>(NameFate::kCount) == 6);
  std::string name;
  std::optional<NameFate> fate;
  const auto close = [&] {
    if (fate) ++counts[static_cast<size_t>(*fate)].names;
  };
  ledger.keys().ForEach([&](std::string_view key, const KeyTally& tally) {
    const std::string_view of = key.substr(0, key.rfind('\0'));
    const NameFate next = FateOf(tally.status);
    if (!fate || of != name) {
      close();
      name = of;
      fate = next;
    } else {
      fate = std::min(*fate, next);
    }
    counts[static_cast<size_t>(next)].signatures += tally.count;
  });
  close();
  std::erase_if(counts, [](const NameCount& count) {
    return count.names == 0 && count.signatures == 0;
  });
  return counts;
}

void PutKeySources(const RunFacts& run, const MethodFacts& method, Page* page) {
  if (method.key_files.empty() && method.dns.empty()) {
    page->Paragraph(
        "No key file was given and DNS was not asked, so no key was at hand.");
    return;
  }
  if (!method.key_files.empty()) {
    page->Paragraph("Keys were taken from these files first:");
    page->Line("");
    for (const MethodFacts::KeyFile& file : method.key_files) {
      page->Line(SafeText(Concat(kPageIndent, file.path)));
      if (file.sha256.empty()) continue;
      page->Line(Concat(std::string(6, ' '), "SHA-256 ", file.sha256));
    }
  }
  if (method.dns.empty()) {
    page->Paragraph("DNS was not asked.");
  } else {
    const uint64_t names =
        run.names_asked > 0 ? run.names_asked : method.dns_names;
    page->Paragraph(
        Concat(method.key_files.empty() ? "Keys were asked for in DNS: "
                                        : "For all other names DNS was asked: ",
               SafeText(method.dns), ", ", CountOf(names, "name"), "."));
  }
  if (!method.answered) return;
  page->Paragraph(Concat(
      "What DNS had said, to this audit or to those who made a key file, it "
      "said from ",
      mail::FormatTime(method.answered->first), " to ",
      mail::FormatTime(method.answered->second),
      " (UTC). That need not be what it said when the mail was sent: keys are "
      "replaced and withdrawn."));
}

}  // namespace

void PutKeys(Ledger& ledger, const RunFacts& run, const MethodFacts& method,
             Page* page) {
  page->Heading("Where the keys came from");
  PutKeySources(run, method, page);
  const std::vector<NameCount> counts = CountNames(ledger);
  if (counts.empty()) return;
  page->Paragraph(
      "A signature names the domain and, by its selector, the key that it was "
      "made with. What was found under these names:");
  std::vector<Figure> figures;
  uint64_t names = 0;
  for (const NameCount& count : counts) {
    names += count.names;
    figures.push_back({.label = std::string(count.label),
                       .count = count.names,
                       .more = Concat(count.names == 1 ? " name, " : " names, ",
                                      CountOf(count.signatures, "signature")),
                       .meaning = count.meaning});
  }
  PutFigures(figures, page);
  page->Paragraph(Concat(
      "Together ", CountOf(names, "name"),
      ". Each record, and who gave it, is in keys.csv. A signature that names "
      "none, or breaks a rule before the key matters, is in no line here."));
}

}  // namespace mailassay::audit
