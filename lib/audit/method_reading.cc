// See method_sections.h.
#include <algorithm>
#include <array>

#include "lib/audit/figures.h"
#include "lib/audit/method_sections.h"
#include "lib/audit/method_words.h"
#include "lib/base/concat.h"
#include "lib/base/safe_text.h"
#include "lib/mail/date.h"

namespace mailassay::audit {
namespace {

constexpr int64_t kNanoseconds = 1'000'000'000;

void PutInput(const MethodInput& input, Page* page) {
  if (input.path == "-") {
    page->Line(Concat(kPageIndent, "standard input"));
  } else {
    page->Line(SafeText(Concat(kPageIndent, input.path)));
  }
  std::string figures =
      input.path == "-" ? std::string()
                        : Concat(CountOf(input.stored_bytes, "octet"), ", ");
  if (input.modified_ns != 0) {
    int64_t seconds = input.modified_ns / kNanoseconds;
    if (input.modified_ns % kNanoseconds < 0) --seconds;
    figures += Concat("last changed ", mail::FormatTime(seconds), ", ");
  }
  page->Under(figures + CountOf(input.messages, "message"));
  if (!input.sha256.empty()) {
    page->Line(Concat(std::string(6, ' '), "SHA-256 ", input.sha256));
  }
}

// Errors by code, with the first of each.
struct Trouble {
  uint64_t count = 0;
  const ErrorRow* first = nullptr;
};

void PutTroubles(const Ledger& ledger, std::string_view table, Page* page) {
  std::array<Trouble, static_cast<size_t>(ErrorCode::kCount)> troubles;
  for (const Ledger::ErrorCount& error : ledger.errors()) {
    Trouble& trouble = troubles[static_cast<size_t>(error.code)];
    trouble.count += error.count;
    if (trouble.first == nullptr) trouble.first = &error.first;
  }
  page->Paragraph(Concat("These were not read, or not whole. Each is named in ",
                         table, ":"));
  page->Line("");
  for (size_t i = 0; i < troubles.size(); ++i) {
    if (troubles[i].count == 0) continue;
    const auto code = static_cast<ErrorCode>(i);
    page->Line(Concat(kPageIndent, ErrorCodeName(code), ": ",
                      Grouped(troubles[i].count)));
    page->Under(Meaning(code));
    page->Line(SafeText(
        Concat(std::string(6, ' '), "First: ", troubles[i].first->file)));
  }
}

}  // namespace

void PutInputs(const RunFacts& run, const MethodFacts& method, Page* page) {
  page->Heading("What was read");
  page->Paragraph("Given to the program:");
  page->Line("");
  for (const std::string& input : run.inputs) {
    page->Verbatim(input == "-" ? "standard input" : input);
  }
  if (!run.from_filter.empty()) {
    std::string domains;
    for (const std::string& domain : run.from_filter) {
      domains += Concat(domains.empty() ? "" : ", ", SafeText(domain));
    }
    page->Paragraph(
        Concat("Of the mail in it, only messages whose author is "
               "of one of these domains or their subdomains were "
               "checked: ",
               domains, ". ", CountOf(run.filtered_out, "message"),
               " of others were left aside."));
  }
  for (const std::string& note : method.notes) {
    page->Paragraph(Concat("Note: ", SafeText(note), "."));
  }
  const std::vector<MethodInput>& files = method.inputs.first();
  if (files.empty()) {
    page->Paragraph("No mail was found in it.");
    return;
  }
  const bool hashed = std::ranges::any_of(
      files, [](const MethodInput& input) { return !input.sha256.empty(); });
  page->Paragraph(Concat(
      "Mail was found in ", CountOf(method.inputs.count(), "file"),
      ". Octets are those of the file as it is stored, compressed perhaps; "
      "times are in UTC (universal time).",
      hashed ? "" : " No SHA-256 of the files was computed in this audit."));
  page->Line("");
  for (const MethodInput& input : files) PutInput(input, page);
  const uint64_t more = method.inputs.count() - files.size();
  if (more > 0) {
    page->Paragraph(Concat("And ", Grouped(more),
                           " more: all are in audit.sqlite, in the view "
                           "\"inputs\"."));
  }
}

void PutAccounting(const RunFacts& run, Page* page) {
  const Books& books = *run.books;
  page->Heading("Accounting");
  page->Paragraph(
      "Each octet (byte) of what was read, unpacked where it was compressed, "
      "is in one message or in one of the gaps named here:");
  std::vector<Figure> figures = {{.label = "messages",
                                  .count = books.message_bytes,
                                  .more = " octets",
                                  .meaning = {}}};
  figures.back().more += Concat(" in ", CountOf(books.messages, "message"));
  for (size_t i = 0; i < Books::kGaps; ++i) {
    const auto gap = static_cast<Gap>(i);
    if (books[gap] == 0) continue;
    figures.push_back({.label = std::string(GapName(gap)),
                       .count = books[gap],
                       .more = " octets",
                       .meaning = Meaning(gap)});
  }
  figures.push_back({.label = "all that was read",
                     .count = books.stream_bytes,
                     .more = " octets",
                     .meaning = {}});
  PutFigures(figures, page);
  page->Paragraph(
      books.balanced()
          ? "The figures above the last one add up to it: nothing is missing."
          : "The figures above the last one do not add up to it, because the "
            "end of an input was not reached.");
  if (books.passed_lines == 0) return;
  page->Paragraph(Concat(
      CountOf(books.passed_lines, "line"),
      " of the messages look like the line \"From ...\" with which a message "
      "of an mbox begins, but not enough for it, and no signature says where "
      "the message ends. They were taken for text; if one of them begins a "
      "message after all, that message is missing here and its text counts to "
      "the one before. See ",
      FileName(run, "errors.csv"), ", from_lines."));
}

void PutNotRead(const Ledger& ledger, const RunFacts& run,
                const RunSettings& settings, Page* page) {
  page->Heading("What was not read or not judged");
  if (ledger.errors().empty()) {
    page->Paragraph(run.sample
                        ? "All that belongs to the sample was read whole."
                        : "Every file that was given or found was read whole.");
  } else {
    PutTroubles(ledger, FileName(run, "errors.csv"), page);
  }
  const Books& books = *run.books;
  const uint64_t lost = books[Gap::kDamaged] + books[Gap::kUnreadable];
  if (lost > 0) {
    page->Paragraph(Concat(CountOf(lost, "octet"),
                           " of mail are lost to this audit: see damaged and "
                           "unreadable under Accounting."));
  }
  const Totals& totals = ledger.totals();
  if (totals.carriers > 0) {
    page->Paragraph(Concat(
        CountOf(totals.carriers, "message"),
        totals.carriers == 1 ? " carries " : " carry ",
        CountOf(totals.attached_messages, "attached message"),
        ", such as forwarded mail, journal reports, certified mail and "
        "returned mail. The verdicts here are about the messages that carry "
        "them; those attached were not looked at. The column "
        "attached_messages says how many each message carries."));
  }
  std::vector<Figure> limits;
  for (const auto& [key, count] : ledger.totals().reasons) {
    if (!dkim::ReasonCode(key.second).starts_with("limit_")) continue;
    limits.push_back({.label = std::string(dkim::ReasonCode(key.second)),
                      .count = count.count,
                      .more = "  messages",
                      .meaning = dkim::ReasonSentence(key.second)});
  }
  if (!limits.empty()) {
    page->Paragraph(
        "These messages are counted as ones that can't be judged, because a "
        "limit of the program kept it from computing:");
    PutFigures(limits, page);
  }
  if (!settings.limits.empty()) {
    page->Paragraph("The limits of this audit, at most:");
    std::vector<Figure> figures;
    for (const auto& [name, value] : settings.limits) {
      figures.push_back({.label = SafeText(LimitWords(name)),
                         .count = value,
                         .more = {},
                         .meaning = {}});
    }
    PutFigures(figures, page);
  }
}

}  // namespace mailassay::audit
