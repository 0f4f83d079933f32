#include "lib/audit/method.h"

#include <algorithm>

#include "lib/audit/figures.h"
#include "lib/audit/method_sections.h"
#include "lib/base/concat.h"
#include "lib/base/safe_text.h"

namespace mailassay::audit {
namespace {

void PutHead(const RunFacts& run, const MethodFacts& method, Page* page) {
  page->Title("Method of this audit");
  page->Paragraph(
      "This page belongs to the tables beside it. It says what was read, with "
      "which program, keys and rules, what each class of messages means, what "
      "was not read, and which command repeats the audit. It is made by the "
      "program, and the same audit always makes the same page.");
  if (run.partial) {
    page->Paragraph(
        Concat("PARTIAL: the audit was stopped before its end. All figures are "
               "those of the first ",
               Grouped(run.input_bytes), " octets."));
  }
  if (run.sample || (*run.books)[Gap::kNotSampled] > 0) {
    page->Paragraph(Concat(
        "SAMPLE: only a sample ",
        run.sample ? Concat("of ", run.sample->percent, " % ") : std::string(),
        "of the archive was read. All figures are those of the sample."));
  }
  if (!method.shard.empty()) {
    page->Paragraph(Concat(
        "SHARD: this is part ", method.shard,
        " of an archive that was divided to be read in parts. All figures are "
        "those of this part. How it was divided is said at the end."));
  }
  if (!method.part.empty()) {
    page->Paragraph(Concat(
        "SELECTION: the tables beside this page hold only messages ",
        SafeText(method.part),
        ". Classes, signatures and keys below are counted for these; what was "
        "read, the accounting and what was not read are said of the whole "
        "audit."));
  }
}

void PutSubject(const RunSettings& settings, Page* page) {
  page->Heading("What was checked");
  page->Paragraph(
      "DKIM (DomainKeys Identified Mail, RFC 6376) is a signature that a mail "
      "server writes into the header of a message, in the name of an Internet "
      "domain. It covers the text of the message and some of its header "
      "fields. The domain publishes the public half of its key in DNS, the "
      "directory of the Internet. With it anyone can check, years later too, "
      "that what is covered is still what was signed.");
  page->Paragraph(Concat(
      "The program mailassay ", SafeText(settings.version),
      " checked every such signature in the archives named below. It looked "
      "at the octets of the messages and at the keys, at nothing else. A valid "
      "signature speaks of the domain, not of a person, and of what it covers, "
      "not of the rest. When a message was received, and by whom, is what the "
      "archive says; no signature proves it."));
  page->Paragraph(
      "A signature is called aligned when the domain that signed and the "
      "domain of the author (the address in the From: field) belong to one "
      "organization. Which domains do is told by the Public Suffix List, a "
      "public list of the names below which organizations register domains.");
  std::string list =
      settings.public_suffix_list.empty()
          ? std::string("The list is the one built into the program")
          : Concat("The list is ", SafeText(settings.public_suffix_list));
  const std::string& hash = settings.public_suffix_list_sha256;
  page->Paragraph(list + (hash.empty() ? "." : "; its SHA-256:"));
  if (!hash.empty()) page->Verbatim(hash);
}

void PutFiles(const RunFacts& run, Page* page) {
  constexpr std::pair<std::string_view, std::string_view> kFiles[] = {
      {"audit.sqlite",
       "The audit itself, a database: all that was read of each signature, the "
       "keys, and the tables."},
      {"messages.csv", "A row for each message."},
      {"signatures.csv", "A row for each signature."},
      {"senders.csv", "A row for each domain of an author."},
      {"keys.csv", "A row for each key."},
      {"key_findings.csv",
       "What is wrong, or worth knowing, about selectors and keys."},
      {"exceptions.csv",
       "A row for each message that is refused, broken or can't be judged."},
      {"errors.csv", "A row for each thing that was not read, or not whole."},
      {"changes.csv",
       "What was judged otherwise than the time before, by domain of author."},
      {"run.json", "The totals and facts of the run, for programs."}};
  page->Heading("The files beside this page");
  page->Line("");
  for (const auto& [name, meaning] : kFiles) {
    const std::string file = FileName(run, name);
    if (!std::ranges::count(run.saved, file)) continue;
    page->Line(Concat(kPageIndent, file));
    page->Under(meaning);
  }
}

}  // namespace

std::string FileName(const RunFacts& run, std::string_view name) {
  if (!run.sample || !name.ends_with(".csv")) return std::string(name);
  return Concat(name.substr(0, name.size() - 4), ".sample.csv");
}

std::string MethodText(Ledger& ledger, const RunFacts& run,
                       const RunSettings& settings, const MethodFacts& method) {
  Page page;
  PutHead(run, method, &page);
  PutSubject(settings, &page);
  PutInputs(run, method, &page);
  PutClasses(ledger, run, &page);
  PutAccounting(run, &page);
  PutNotRead(ledger, run, settings, &page);
  PutKeys(ledger, run, method, &page);
  PutRules(run, method, &page);
  PutFiles(run, &page);
  PutRepeat(run, settings, method, &page);
  return std::move(page).Take();
}

}  // namespace mailassay::audit
