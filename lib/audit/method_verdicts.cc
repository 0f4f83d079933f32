// See method_sections.h.
#include <algorithm>

#include "lib/audit/figures.h"
#include "lib/audit/finding_list.h"
#include "lib/audit/method_sections.h"
#include "lib/audit/method_words.h"
#include "lib/audit/row.h"
#include "lib/base/concat.h"
#include "lib/base/safe_text.h"

namespace mailassay::audit {
namespace {

bool IsSource(std::string_view judged_at) {
  using At = JudgeOptions::At;
  for (const At at :
       {At::kNewestReceived, At::kDeliveryDate, At::kMboxFrom, At::kDate}) {
    if (judged_at == AtWords(at)) return true;
  }
  return false;
}

// Between what was read and what was counted.
void PutDuplicates(const Totals& totals, const RunFacts& run, Page* page) {
  if (run.duplicates == DuplicateRule::kNone) return;
  const std::string same = run.duplicates == DuplicateRule::kRaw
                               ? "the same octets, by their SHA-256"
                               : "the same Message-ID, length and signatures";
  page->Paragraph(Concat(
      CountOf(totals.duplicates, "message"), " of the archive ",
      totals.duplicates == 1 ? "repeats" : "repeat",
      " an earlier one: a message with ", same, ". ",
      run.counts_duplicates
          ? "They are counted each time."
          : "They are in the tables of messages, marked, and counted nowhere "
            "else: each message counts once."));
}

// Of the messages whose best signature is not valid.
void PutCauses(const Totals& totals, Page* page) {
  std::vector<Figure> figures;
  for (size_t i = 1; i < totals.causes.size(); ++i) {
    const auto cause = static_cast<dkim::Cause>(i);
    figures.push_back({.label = std::string(CauseLabel(cause)),
                       .count = totals.causes[i],
                       .more = Concat("  ", dkim::CauseName(cause)),
                       .meaning = Meaning(cause)});
  }
  page->Paragraph(
      "Where the best signature of a message is not valid, this is whose doing "
      "it is, as far as the reason and the message show:");
  PutFigures(figures, page);
}

// What one cause did to a whole input is said once, and of nobody else.
void PutCausesOfParts(Ledger& ledger, Page* page) {
  constexpr size_t kShown = 20, kColumns = 400;
  const std::vector<PartCause> parts = CausesOfParts(ledger);
  if (parts.empty()) return;
  page->Paragraph(
      "In these parts of the archive nearly every signed message that tells is "
      "damaged, whoever signed it. The cause is most likely one for all of it, "
      "and not the senders':");
  for (size_t i = 0; i < std::min(parts.size(), kShown); ++i) {
    const FindingText text =
        DescribeCause(UnitName(parts[i].key), parts[i].cause, kColumns);
    page->Paragraph(Concat(text.what, ": ", text.hint, "."));
  }
  if (parts.size() > kShown) {
    page->Paragraph(
        Concat("And ", CountOf(parts.size() - kShown, "other part"), "."));
  }
}

void PutRecovered(const Totals& totals, Page* page) {
  if (totals.recovered == 0) return;
  page->Paragraph(Concat(
      "At least ", CountOf(totals.recovered, "signature"),
      totals.recovered == 1 ? " fits" : " fit",
      " a key that was recovered from signatures of the archive itself. That "
      "shows which messages share a signer. It does not prove who the signer "
      "is, and no message counts as verified for it."));
}

}  // namespace

void PutClasses(Ledger& ledger, const RunFacts& run, Page* page) {
  const Totals& totals = ledger.totals();
  page->Heading("What the classes mean");
  page->Paragraph(Concat(
      CountOf(totals.messages, "message"), " with ",
      CountOf(totals.signatures, "signature"),
      ". Each message is in exactly one class, by its best signature; the "
      "classes add up to all messages."));
  std::vector<Figure> figures;
  for (size_t i = 0; i < totals.classes.size(); ++i) {
    const auto c = static_cast<MessageClass>(i);
    const uint64_t count = totals.classes[i];
    figures.push_back({.label = std::string(MessageClassLabel(c)),
                       .count = count,
                       .more = PadLeft(Share(count, totals.messages), 9) +
                               "  " + std::string(MessageClassCode(c)),
                       .meaning = Meaning(c)});
  }
  PutFigures(figures, page);
  PutCauses(totals, page);
  PutCausesOfParts(ledger, page);
  PutRecovered(totals, page);
  PutDuplicates(totals, run, page);
  page->Paragraph(
      "The last word of a line is the name of the class in the tables. There "
      "each message has a reason, too; lib/audit/formats.md of the program's "
      "documentation explains all reasons and columns.");
}

void PutRules(const RunFacts& run, const MethodFacts& method, Page* page) {
  page->Heading("Time and rules of judgement");
  if (run.judged_at == "time of receipt") {
    page->Paragraph(
        "A signature may say when it was made and when it expires. Both were "
        "judged at the time when the message was received, as the archive "
        "tells it: by the newest Received field, else by the Delivery-date "
        "field or the mailbox file's own line before the message. Received "
        "fields of a later import, which show no arrival from another host "
        "and lie more than an hour above the next, were passed over "
        "(received_at_source older_received). Where none of these stands, "
        "neither was judged. Where they lie more than a day apart, or a day "
        "from the time in the signature, the flag times_disagree says so. "
        "Today's date plays no part: the audit gives the same verdicts at any "
        "time.");
  } else if (IsSource(run.judged_at)) {
    page->Paragraph(Concat(
        "A signature may say when it was made and when it expires. Both were "
        "judged at the time that one part of each message tells, as was asked "
        "for: its ",
        SafeText(run.judged_at),
        ". Where that does not stand, neither was judged."));
  } else {
    page->Paragraph(Concat(
        "A signature may say when it was made and when it expires. Both were "
        "judged at one time for all messages: ",
        SafeText(run.judged_at), " (UTC)."));
  }
  page->Paragraph(Concat(
      "Signatures by an RSA key of less than ", method.min_rsa_bits,
      " bits, or by the method SHA-1, are refused, as RFC 8301 demands",
      method.min_rsa_bits > 1024 ? " of keys under 1024 bits; the higher limit "
                                   "was asked for."
                                 : "."));
}

}  // namespace mailassay::audit
