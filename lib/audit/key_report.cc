#include "lib/audit/key_report.h"

#include <algorithm>
#include <vector>

#include "lib/audit/key_context.h"
#include "lib/audit/key_witness.h"
#include "lib/base/concat.h"
#include "lib/base/safe_text.h"
#include "lib/crypto/public_key.h"

namespace mailassay::audit {
namespace {

std::string Counted(uint64_t n, std::string_view one) {
  return Concat(n, " ", one, n == 1 ? "" : "s");
}

// "12 messages, 2026-03-01 to 2026-04-02"; of none "no mail".
std::string MailText(uint64_t count, std::string_view one,
                     const std::optional<int64_t>& first,
                     const std::optional<int64_t>& last) {
  if (count == 0) return "no mail";
  std::string text = Counted(count, one);
  if (!first) return text;
  const std::string from = DateOf(*first), to = DateOf(*last);
  return from == to ? Concat(text, ", ", from)
                    : Concat(text, ", ", from, " to ", to);
}

std::string MailOf(const DomainKeys& domain) {
  uint64_t signatures = 0;
  std::optional<int64_t> first, last;
  for (const SelectorKeys& selector : domain.selectors) {
    const SelectorUse use = UseOf(selector);
    signatures += use.messages;
    TakeFirst(use.first_mail_at, &first);
    TakeLast(use.last_mail_at, &last);
  }
  return MailText(signatures, "signature", first, last);
}

// "google (rsa 2048)", or with its CNAME; empty: no key.
std::string KeyText(const SelectorKeys& selector,
                    const std::vector<const dkim::KeyRecord*>& records) {
  const auto found = std::ranges::find_if(
      records, [](const auto* record) { return record->key != nullptr; });
  if (found == records.end()) return "";
  const crypto::PublicKey& key = *(*found)->key;
  const bool rsa = key.type() == crypto::KeyType::kRsa;
  std::string text = Concat(SafeText(selector.selector), " (",
                            rsa ? Concat("rsa ", key.bits()) : "ed25519");
  const auto chain = ChainOf(selector);
  if (!chain.empty()) text += Concat(", CNAME ", SafeText(chain.front()));
  return text + ")";
}

// Lines that begin with `label`, the first, or blanks; "" without a key.
std::string KeyLines(std::string_view label,
                     const std::vector<std::string>& keys) {
  constexpr size_t kShown = 20;
  std::string lines;
  for (size_t i = 0; i < std::min(keys.size(), kShown); ++i) {
    lines += Concat(i == 0 ? label : "             ", keys[i], "\n");
  }
  if (keys.size() > kShown) {
    lines += Concat("             and ", keys.size() - kShown, " more\n");
  }
  return lines;
}

// What DNS publishes, and what key files have.
std::string PublishedLines(const DomainKeys& domain) {
  std::vector<std::string> published, given;
  bool asked = domain.dns_asked;
  for (const SelectorKeys& selector : domain.selectors) {
    const bool dns = WitnessOf(selector) == Witness::kDns;
    asked |= dns;
    const std::string text =
        KeyText(selector, dns ? LiveRecords(selector) : GivenRecords(selector));
    if (!text.empty()) (dns ? published : given).push_back(text);
  }
  std::string lines = KeyLines("  publishes  ", published);
  if (published.empty() && asked) {
    lines = "  publishes  no key that was asked for\n";
  }
  lines += KeyLines("  in a file  ", given);
  if (lines.empty()) lines = "  publishes  not known: DNS was not asked\n";
  return lines;
}

// The text in lines of at most kColumns, each begun by kIndent; a longer word
// has a line of its own.
std::string Wrapped(std::string_view text) {
  constexpr size_t kColumns = 100;
  constexpr std::string_view kIndent = "           ";
  std::string lines, line(kIndent);
  const auto end_line = [&] {
    lines += Concat(line, "\n");
    line = kIndent;
  };
  while (!text.empty()) {
    const std::string_view word = text.substr(0, text.find(' '));
    const bool begins = line.size() == kIndent.size();
    if (!begins && line.size() + 1 + word.size() > kColumns) end_line();
    if (line.size() > kIndent.size()) line += ' ';
    line += word;
    text.remove_prefix(std::min(text.size(), word.size() + 1));
  }
  end_line();
  return lines;
}

std::string Padded(std::string_view text, size_t columns) {
  std::string padded(text);
  padded.resize(std::max(columns, text.size()), ' ');
  return padded;
}

constexpr size_t kSeverityColumns = 9, kCodeColumns = 29, kDetail = 400;

}  // namespace

std::string FindingLine(const KeyFinding& finding) {
  const std::string name =
      finding.selector.empty()
          ? SafeText(finding.domain)
          : SafeText(Concat(finding.selector, "._domainkey.", finding.domain));
  return Concat(Padded(SeverityName(finding.severity), kSeverityColumns),
                Padded(KeyFaultCode(finding.fault), kCodeColumns), name, ": ",
                SafeText(finding.detail, kDetail), "\n");
}

std::string FindingReport(const KeyFinding& finding) {
  std::string text =
      Concat("  ", Padded(SeverityName(finding.severity), kSeverityColumns),
             KeyFaultCode(finding.fault));
  if (!finding.selector.empty()) {
    text += Concat("  s=", SafeText(finding.selector));
  }
  if (finding.messages > 0) {
    text += Concat("  ", MailText(finding.messages, "message",
                                  finding.first_mail_at, finding.last_mail_at));
    if (!finding.example.empty()) {
      text += Concat(", e.g. ", SafeText(finding.example));
    }
  }
  const std::string detail = SafeText(finding.detail, kDetail);
  return Concat(text, "\n",
                Wrapped(Concat(KeyFaultText(finding.fault),
                               detail.empty() ? "" : ": ", detail)),
                Wrapped(Concat("Fix: ", SafeText(finding.fix))));
}

std::string DomainReport(const DomainKeys& domain,
                         std::span<const KeyFinding> findings) {
  std::string text = Concat(SafeText(domain.domain), "  ", MailOf(domain), "\n",
                            PublishedLines(domain));
  std::vector<const KeyFinding*> order;
  for (const KeyFinding& finding : findings) order.push_back(&finding);
  std::ranges::stable_sort(order, [](const auto* a, const auto* b) {
    return a->severity < b->severity;
  });
  for (const KeyFinding* finding : order) text += FindingReport(*finding);
  return text;
}

std::string CheckTotals(uint64_t domains, const KeyFindingSums& sums) {
  const auto count = [&](Severity severity) {
    return sums.counts[static_cast<size_t>(severity)];
  };
  return Concat(Counted(domains, "domain"), ": ",
                Counted(count(Severity::kError), "error"), ", ",
                Counted(count(Severity::kWarning), "warning"), ", ",
                Counted(count(Severity::kInfo), "note"));
}

}  // namespace mailassay::audit
