// See method_sections.h.
#include "lib/audit/figures.h"
#include "lib/audit/method_sections.h"
#include "lib/base/concat.h"
#include "lib/base/safe_text.h"

namespace mailassay::audit {
namespace {

// The words of the first command with the time that "now" was.
std::vector<std::string> RepeatedWords(const RunFacts& run,
                                       const RunSettings& settings,
                                       bool merged) {
  std::vector<std::string> words;
  const std::vector<std::string>& given = settings.options;
  for (size_t i = 0; i < given.size(); ++i) {
    if (merged && given[i] == "--shard") {
      ++i;
    } else if (merged && given[i].starts_with("--shard=")) {
      continue;
    } else if (given[i] == "now" && i > 0 && given[i - 1] == "--at") {
      words.push_back(run.judged_at);
    } else if (given[i] == "--at=now") {
      words.push_back("--at=" + run.judged_at);
    } else {
      words.push_back(given[i]);
    }
  }
  return words;
}

void PutDivision(Page* page) {
  page->Paragraph(
      "All files lie, in the order in which they are read, one behind the "
      "other on a line of octets, which is cut into equal parts. A mailbox "
      "file that is large enough and not compressed is cut between messages; "
      "each message belongs to the part in which it begins. Any other file "
      "belongs whole to the part in which it begins. So each message is in "
      "exactly one part.");
}

}  // namespace

void PutRepeat(const RunFacts& run, const RunSettings& settings,
               const MethodFacts& method, Page* page) {
  page->Heading("How to repeat it");
  std::vector<std::string> words =
      RepeatedWords(run, settings, method.merged > 0);
  if (method.merged > 0) {
    page->Paragraph(Concat(
        "The archive was read in ", method.merged,
        " parts, which were then added up; the tables are those of a single "
        "run."));
    PutDivision(page);
    page->Paragraph(Concat("For each I from 1 to ", method.merged, ":"));
    words.insert(words.end(),
                 {"--shard", Concat("I/", method.merged), "-o", "SHARD-I"});
    page->Command(words);
    page->Paragraph("Then, with the names of all of them:");
    const std::string merge[] = {"merge", "-o", "DIR", "SHARD-1", "SHARD-2"};
    page->Command(method.merged > 1 ? merge : std::span(merge).first(4));
  } else {
    if (!method.shard.empty()) PutDivision(page);
    page->Paragraph(
        "With the archive and the key files, into a new directory DIR:");
    words.insert(words.end(), {"-o", "DIR"});
    page->Command(words);
  }
  for (const std::string& command : method.rechecks) {
    page->Paragraph(
        "It was then judged again without the archive, from what is stored of "
        "the signatures, by:");
    page->Line("");
    page->Line(SafeText(Concat(kPageIndent, "mailassay ", command)));
  }
  if (!method.dns.empty()) {
    page->Paragraph(
        "DNS may answer otherwise by then. The answers that were used are in "
        "audit.sqlite; with them, without the archive and without DNS, the "
        "same verdicts are reached by (DIR is the directory of this page, NEW "
        "a new one):");
    const std::string again[] = {"recheck", "DIR", "--offline", "-o", "NEW"};
    page->Command(again);
  }
  page->Paragraph(
      "The tables and this page are made again from audit.sqlite, to the same "
      "octets, by (DIR is the directory of this page):");
  const std::string report[] = {"report", "DIR"};
  page->Command(report);
}

}  // namespace mailassay::audit
