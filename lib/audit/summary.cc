#include "lib/audit/summary.h"

#include <algorithm>
#include <set>

#include "absl/strings/str_cat.h"
#include "lib/audit/figures.h"
#include "lib/audit/finding_list.h"
#include "lib/audit/top.h"
#include "lib/base/concat.h"
#include "lib/base/safe_text.h"

namespace mailassay::audit {
namespace {

using dkim::Reason;

constexpr size_t kColumns = 98;
constexpr size_t kSenders = 5;
constexpr size_t kFindings = 3;

void AppendLine(std::string_view text, std::string* out) {
  out->append(text);
  out->push_back('\n');
}

// Names from outside, joined, in at most `columns` columns.
std::string JoinSafe(const std::vector<std::string>& names, size_t columns) {
  std::string joined;
  for (const std::string& name : names) {
    if (!joined.empty()) joined += ", ";
    if (joined.size() > 4 * columns) break;  // more can't be shown
    joined += SafeText(name, columns);
  }
  return SafeText(joined, columns);
}

std::string Plural(uint64_t count, std::string_view noun) {
  return absl::StrCat(Grouped(count), " ", std::string(noun),
                      count == 1 ? "" : "s");
}

void AppendSampleHead(const SampleFacts& sample, std::string* out) {
  AppendWrapped(
      "SAMPLE ",
      absl::StrCat("of ", sample.percent, " %: ", Octets(sample.bytes), " of ",
                   sample.about ? "about " : "", Octets(sample.of_bytes),
                   "; every figure below is of the sample alone"),
      kColumns, out);
}

void AppendDuplicates(const Totals& totals, const RunFacts& run,
                      std::string* out) {
  if (run.duplicates == DuplicateRule::kNone) return;
  const std::string_view same = run.duplicates == DuplicateRule::kRaw
                                    ? "the same octets"
                                    : "same Message-ID, length and signatures";
  AppendLine(absl::StrCat(Plural(totals.duplicates, "duplicate"), " (",
                          std::string(same), "): each message is counted ",
                          run.counts_duplicates ? "each time" : "once"),
             out);
}

void AppendAttached(const Totals& totals, std::string* out) {
  if (totals.carriers == 0) return;
  AppendLine(
      absl::StrCat(Plural(totals.carriers, "message"),
                   totals.carriers == 1 ? " carries " : " carry ",
                   Plural(totals.attached_messages, "attached message"),
                   " that ", totals.attached_messages == 1 ? "was" : "were",
                   " not looked at"),
      out);
}

// Empty for an audit made from others: it has read nothing itself.
std::string Effort(const RunFacts& run) {
  if (run.seconds <= 0) return "";
  return absl::StrCat(
      run.sample ? " sampled in " : " read in ", Duration(run.seconds), " by ",
      Plural(static_cast<uint64_t>(std::max(run.jobs, 1)), "job"));
}

// What was given twice is not counted twice; a note says what repeats what.
std::vector<std::string> NamesOfInputs(const RunFacts& run) {
  std::vector<std::string> names = run.inputs;
  for (size_t i = 0; i < std::min(names.size(), run.repeats.size()); ++i) {
    if (run.repeats[i].empty()) continue;
    names[i] += " (again: read once)";
  }
  return names;
}

void AppendHead(const Totals& totals, const RunFacts& run, std::string* out) {
  if (run.sample) AppendSampleHead(*run.sample, out);
  if (run.partial) {
    std::string line = "PARTIAL: first " + Grouped(run.input_bytes);
    if (run.total_bytes > 0) line += " of " + Grouped(run.total_bytes);
    AppendLine(line + " bytes", out);
  }
  AppendWrapped(
      "",
      absl::StrCat(Plural(totals.messages, "message"), " with ",
                   Plural(totals.signatures, "signature"), ", ",
                   Octets(run.sample ? run.sample->bytes : run.input_bytes),
                   Effort(run)),
      kColumns, out);
  if (!run.inputs.empty()) {
    AppendLine("from " + JoinSafe(NamesOfInputs(run), kColumns - 5), out);
  }
  std::string keys = "keys: " + SafeText(run.keys.empty() ? "none" : run.keys);
  if (run.names_asked > 0) {
    absl::StrAppend(&keys, ", ", Plural(run.names_asked, "name"), " asked");
  }
  if (!run.judged_at.empty()) {
    absl::StrAppend(&keys, "; judged at ", SafeText(run.judged_at));
  }
  AppendLine(SafeText(keys, kColumns), out);
  AppendDuplicates(totals, run, out);
  AppendAttached(totals, out);
  if (run.from_filter.empty()) return;
  AppendLine(SafeText(absl::StrCat("only mail from ",
                                   JoinSafe(run.from_filter, kColumns / 2),
                                   "; ", Grouped(run.filtered_out),
                                   " other messages left aside"),
                      kColumns),
             out);
}

// What the headers of messages without a signature tell beside that.
void AppendTraces(const Totals& totals, MessageClass c,
                  std::vector<std::pair<uint64_t, std::string_view>>* reasons) {
  struct Words {
    mail::Trace trace;
    MessageClass of;
    std::string_view text;
  };
  constexpr Words kWords[] = {
      {mail::Trace::kNews, MessageClass::kUnsigned, "news"},
      {mail::Trace::kListArchive, MessageClass::kUnsigned, "lists' archives"},
      {mail::Trace::kList, MessageClass::kNeverSent, "marks of lists"},
      {mail::Trace::kAuthor, MessageClass::kNeverSent, "sent items and drafts"},
      {mail::Trace::kStore, MessageClass::kNeverSent, "mail services' stores"},
      {mail::Trace::kNone, MessageClass::kNeverSent, "no Received field"}};
  for (const auto& [trace, of, text] : kWords) {
    const uint64_t count = totals.unsigned_traces[static_cast<size_t>(trace)];
    if (of == c && count > 0) reasons->emplace_back(count, text);
  }
}

// The reasons of a class, the most frequent first, as many as fit.
std::string MainReasons(const Totals& totals, MessageClass c, size_t columns) {
  std::vector<std::pair<uint64_t, std::string_view>> reasons;
  for (const auto& [key, count] : totals.reasons) {
    if (key.first == c && key.second != Reason::kOk) {
      reasons.emplace_back(count.count, dkim::ReasonCode(key.second));
    }
  }
  AppendTraces(totals, c, &reasons);
  std::stable_sort(reasons.begin(), reasons.end(),
                   [](auto& a, auto& b) { return a.first > b.first; });
  std::string line;
  for (const auto& [count, reason] : reasons) {
    const std::string next = absl::StrCat(
        line.empty() ? "" : ", ", std::string(reason), " ", Grouped(count));
    if (line.size() + next.size() > columns) {
      if (line.size() + 5 <= columns) line += ", ...";
      break;
    }
    line += next;
  }
  return line;
}

// The heading of counts of messages.
std::string_view CountHeading(const RunFacts& run) {
  return run.sample ? "in sample" : "messages";
}

void AppendClasses(const Totals& totals, const RunFacts& run,
                   std::string* out) {
  constexpr size_t kLabel = 25, kShare = 9;
  const std::string_view heading = CountHeading(run);
  const size_t figures =
      std::max(Grouped(totals.messages).size(), heading.size());
  const size_t before = kLabel + 1 + figures + kShare + 2;
  AppendLine(PadRight("", kLabel + 1) + PadLeft(heading, figures) +
                 PadLeft("share", kShare) + "  main reasons",
             out);
  for (size_t i = 0; i < totals.classes.size(); ++i) {
    const auto c = static_cast<MessageClass>(i);
    const uint64_t count = totals.classes[i];
    std::string line =
        absl::StrCat(PadRight(MessageClassLabel(c), kLabel + 1),
                     PadLeft(Grouped(count), figures),
                     PadLeft(Share(count, totals.messages), kShare));
    if (count > 0) {
      const std::string reasons = MainReasons(totals, c, kColumns - before);
      if (!reasons.empty()) absl::StrAppend(&line, "  ", reasons);
    }
    AppendLine(line, out);
  }
}

// The distinct keys that the mail itself gave.
uint64_t RecoveredKeys(Ledger& ledger) {
  std::set<std::string, std::less<>> keys;
  ledger.keys().ForEach([&](std::string_view name, const KeyTally& tally) {
    if (tally.source != dkim::kRecovered) return;
    keys.emplace(PartsOfKeyTally(name).key_id);
  });
  return keys.size();
}

void AppendRecovered(Ledger& ledger, std::string* out) {
  const uint64_t fits = ledger.totals().recovered;
  if (fits == 0) return;
  AppendLine("", out);
  AppendWrapped(
      "recovered keys: ",
      absl::StrCat("at least ", Plural(fits, "signature"),
                   fits == 1 ? " fits " : " fit ",
                   Plural(RecoveredKeys(ledger), "recovered key"),
                   ": these share a signer; who that is, it does not prove, "
                   "and none of them is counted as verified for it"),
      kColumns, out);
}

// What the figures above count that a reader may not expect.
void AppendAuthorNotes(const Totals& totals, std::string* out) {
  if (totals.aligned_repaired > 0) {
    AppendWrapped("",
                  Concat(Plural(totals.aligned_repaired, "aligned message"),
                         " by a From field that RFC 5322 does not allow and "
                         "that holds one address (from_repaired)"),
                  kColumns, out);
  }
  if (totals.via_list > 0) {
    AppendWrapped("",
                  Concat(Plural(totals.via_list, "message"),
                         " with a list in From instead of the author; report "
                         "--by author counts by who wrote, as the lists say"),
                  kColumns, out);
  }
}

void AppendSenders(Ledger& ledger, const RunFacts& run, std::string* out) {
  constexpr size_t kShare = 10;
  constexpr size_t kColumnsOfShares = 6;
  constexpr MessageClass kShown[] = {
      MessageClass::kVerifiedAligned, MessageClass::kVerifiedUnaligned,
      MessageClass::kBroken, MessageClass::kUnjudged, MessageClass::kUnsigned};
  const auto top = TopSenders(ledger, kSenders);
  if (top.entries.empty()) return;
  const std::string_view heading = CountHeading(run);
  const size_t figures =
      std::max(Grouped(top.entries.front().value.count).size(), heading.size());
  const size_t name = kColumns - kColumnsOfShares * kShare - figures - 1;
  AppendLine("", out);
  std::string head = PadRight("sender", name + 1) + PadLeft(heading, figures);
  for (const std::string_view label :
       {"aligned", "unaligned", "broken", "unjudged", "unsigned", "other"}) {
    head += PadLeft(label, kShare);
  }
  AppendLine(head, out);
  for (const auto& [key, sender] : top.entries) {
    const std::string shown =
        key.empty() ? "(no author domain)" : SafeText(key, name);
    std::string line =
        PadRight(shown, name + 1) + PadLeft(Grouped(sender.count), figures);
    uint64_t other = sender.count;
    for (const MessageClass c : kShown) {
      const uint64_t count = sender.classes[static_cast<size_t>(c)];
      line += PadLeft(Share(count, sender.count), kShare);
      other -= count;
    }
    // Refused, body changed with the key unknown, no trace of transport.
    AppendLine(line + PadLeft(Share(other, sender.count), kShare), out);
  }
  if (top.all > top.entries.size()) {
    AppendLine("and " + Plural(top.all - top.entries.size(), "other sender") +
                   (run.sample ? " in the sample" : ""),
               out);
  }
}

void AppendFindings(Ledger& ledger, const RunFacts& run, std::string* out) {
  constexpr size_t kIndent = 3;
  const FindingList list = ListFindings(ledger, kFindings, kColumns - kIndent);
  if (list.entries.empty()) return;
  AppendLine("", out);
  AppendLine(run.sample ? "What touches most messages of the sample:"
                        : "What touches most messages:",
             out);
  for (size_t i = 0; i < list.entries.size(); ++i) {
    const auto& [text, finding] = list.entries[i];
    AppendLine(absl::StrCat(i + 1, ". ", text.what), out);
    const std::string example = "e.g. " + SafeText(finding.example.place);
    const std::string indent(kIndent, ' ');
    // A place that was cut is no use to `explain`: a line of its own first.
    if (kIndent + Columns(text.hint) + 2 + Columns(example) <= kColumns) {
      AppendLine(absl::StrCat(indent, text.hint, "; ", example), out);
    } else {
      AppendLine(indent + text.hint, out);
      AppendLine(indent + Tail(example, kColumns - kIndent), out);
    }
  }
}

// The worst of selectors and keys; what is only good to know is left to the
// table.
void AppendKeyFindings(const RunFacts& run, std::string* out) {
  constexpr size_t kShown = 2;
  const auto& counts = run.key_findings.counts;
  const uint64_t bad = counts[0] + counts[1];
  if (bad == 0) return;
  AppendLine("", out);
  std::string title = absl::StrCat(
      "What is wrong with keys", run.sample ? " of the sample" : "", " (",
      Plural(counts[0], "error"), ", ", Plural(counts[1], "warning"));
  if (!run.out_dir.empty()) {
    absl::StrAppend(
        &title, "; ",
        run.sample ? "key_findings.sample.csv" : "key_findings.csv");
  }
  AppendLine(title + "):", out);
  const auto& worst = run.key_findings.worst;
  for (size_t i = 0; i < std::min<uint64_t>(kShown, bad); ++i) {
    const KeyFinding& finding = worst[i];
    const std::string name =
        finding.selector.empty()
            ? finding.domain
            : Concat(finding.selector, "._domainkey.", finding.domain);
    const std::string head =
        absl::StrCat("- ", std::string(KeyFaultCode(finding.fault)), ": ",
                     SafeText(name, kColumns / 2), ", ",
                     Plural(finding.messages, "message"), ": ");
    std::string what(KeyFaultText(finding.fault));
    if (!finding.witness.empty()) {
      what += Concat(" ", SafeText(finding.witness, kColumns / 2));
    }
    if (Columns(head) + Columns(what) > kColumns) {
      AppendLine(head.substr(0, head.size() - 2), out);
      AppendLine("  " + what, out);
      continue;
    }
    AppendLine(head + what, out);
  }
}

void AppendPassedLines(const RunFacts& run, std::string* out) {
  if (!run.books || run.books->passed_lines == 0) return;
  AppendLine("", out);
  AppendWrapped(
      "",
      Concat(
          Plural(run.books->passed_lines, "line"),
          run.books->passed_lines == 1 ? " looks like a From_ line"
                                       : " look like From_ lines",
          " of an mbox and ", run.books->passed_lines == 1 ? "was" : "were",
          " taken for text: ", run.sample ? "errors.sample.csv" : "errors.csv",
          " says where (from_lines)"),
      kColumns, out);
}

void AppendErrors(const Ledger& ledger, const RunFacts& run, std::string* out) {
  constexpr size_t kShown = 4;
  if (ledger.errors().empty()) return;
  AppendLine("", out);
  AppendLine(run.sample ? "Not read, or not whole, in the sample:"
                        : "Not read, or not whole:",
             out);
  size_t shown = 0;
  for (const Ledger::ErrorCount& error : ledger.errors()) {
    if (shown++ == kShown) {
      AppendLine("  and " +
                     Plural(ledger.errors().size() - kShown, "other kind") +
                     (run.sample ? " (errors.sample.csv)" : " (errors.csv)"),
                 out);
      return;
    }
    std::string line = absl::StrCat("  ", Grouped(error.count), " ",
                                    std::string(ErrorCodeName(error.code)));
    if (!error.kind.empty()) {
      absl::StrAppend(&line, " (", SafeText(error.kind, 24), ")");
    }
    const std::string& first =
        error.first.text.empty() ? error.first.file : error.first.text;
    AppendLine(
        SafeText(absl::StrCat(line, ": ", SafeText(first, kColumns)), kColumns),
        out);
  }
}

// What the run would be without --sample.
void AppendEstimate(const Totals& totals, const RunFacts& run,
                    std::string* out) {
  if (!run.sample || run.partial || !run.sample->estimate) return;
  const Estimate& estimate = *run.sample->estimate;
  AppendLine("", out);
  if (totals.messages == 0) {
    AppendLine("The full run can't be estimated: the sample has no message.",
               out);
    return;
  }
  std::string line;
  if (estimate.seconds) {
    absl::StrAppend(&line, "about ", Duration(*estimate.seconds), " by ",
                    Plural(static_cast<uint64_t>(std::max(run.jobs, 1)), "job"),
                    run.names_asked > 0 ? ", without more waiting for DNS" : "",
                    ", and ");
  }
  absl::StrAppend(&line, "about ", Octets(estimate.disk_bytes),
                  " on disk for -o DIR (", Octets(estimate.spare_bytes),
                  " more until it ends); estimated from ",
                  Plural(totals.messages, "message"));
  AppendWrapped("The full run: ", line, kColumns, out);
}

void AppendSaved(const RunFacts& run, std::string* out) {
  AppendLine("", out);
  if (run.out_dir.empty()) {
    AppendLine("Nothing was saved; -o DIR keeps tables of all this.", out);
  } else {
    AppendWrapped("Saved in ",
                  absl::StrCat(SafeText(run.out_dir, kColumns - 10), ": ",
                               JoinSafe(run.saved, 2 * kColumns)),
                  kColumns, out);
  }
  for (const std::string& note : run.notes) {
    AppendWrapped("note: ", SafeText(note, 2 * kColumns), kColumns, out);
  }
}

}  // namespace

std::string Summary(Ledger& ledger, const RunFacts& run) {
  std::string out;
  AppendHead(ledger.totals(), run, &out);
  AppendLine("", &out);
  if (ledger.totals().messages == 0) {
    AppendLine(run.sample
                   ? "No messages were found in the sample; a larger one "
                     "may have some."
                   : "No messages were found.",
               &out);
  } else {
    AppendClasses(ledger.totals(), run, &out);
    AppendRecovered(ledger, &out);
    AppendSenders(ledger, run, &out);
    AppendAuthorNotes(ledger.totals(), &out);
    AppendFindings(ledger, run, &out);
    AppendKeyFindings(run, &out);
  }
  AppendPassedLines(run, &out);
  AppendErrors(ledger, run, &out);
  AppendEstimate(ledger.totals(), run, &out);
  AppendSaved(run, &out);
  return out;
}

}  // namespace mailassay::audit
