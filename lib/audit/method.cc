#include "lib/audit/method.h"

#include <algorithm>
#include <array>
#include <iterator>

#include "lib/audit/figures.h"
#include "lib/base/concat.h"
#include "lib/base/safe_text.h"
#include "lib/mail/date.h"

namespace mailassay::audit {
namespace {

using dkim::KeyStatus;
using dkim::Reason;

constexpr size_t kColumns = 80;
constexpr std::string_view kIndent = "  ";
constexpr int64_t kNanoseconds = 1'000'000'000;

std::string Count(uint64_t count, std::string_view noun) {
  return Concat(Grouped(count), " ", noun, count == 1 ? "" : "s");
}

// Text in lines of 80 columns.  What is to be copied, a path or a command, is
// never broken inside a word.
class Page {
 public:
  void Title(std::string_view text) {
    Line(text);
    Line(std::string(text.size(), '='));
  }
  void Heading(std::string_view text) {
    Line("");
    Line("");
    Line(Concat(++headings_, ". ", text));
    Line(std::string(text.size() + 3, '-'));
  }
  void Paragraph(std::string_view text) {
    Line("");
    AppendWrapped("", text, kColumns, &out_);
  }
  void Line(std::string_view text) {
    out_ += text;
    out_ += '\n';
  }
  // A line of its own, however long: to be copied.
  void Verbatim(std::string_view text) {
    Line(SafeText(Concat(kIndent, kIndent, text)));
  }
  // Explains the line before.
  void Under(std::string_view text) {
    AppendWrapped(std::string(6, ' '), text, kColumns, &out_);
  }
  void Command(std::span<const std::string> words);

  std::string Take() && { return std::move(out_); }

 private:
  std::string out_;
  int headings_ = 0;
};

// Broken between words, as a shell takes it.
void Page::Command(std::span<const std::string> words) {
  constexpr std::string_view kGoesOn = " \\";
  Line("");
  std::string line(kIndent);
  line += "mailassay";
  for (const std::string& word : words) {
    const std::string quoted = ShellWord(word);
    const size_t more = 1 + Columns(quoted) + kGoesOn.size();
    if (Columns(line) + more > kColumns) {
      Line(Concat(line, kGoesOn));
      line = std::string(5, ' ');
    }
    line += ' ';
    line += quoted;
  }
  Line(line);
}

// A table of numbers with what each means.
struct Figure {
  std::string label;
  uint64_t count = 0;
  std::string more;  // behind the number
  std::string_view meaning;
};

void PutFigures(std::span<const Figure> figures, Page* page) {
  size_t label = 0, digits = 0;
  for (const Figure& figure : figures) {
    label = std::max(label, Columns(figure.label));
    digits = std::max(digits, Grouped(figure.count).size());
  }
  page->Line("");
  for (const Figure& figure : figures) {
    page->Line(Concat(kIndent, PadRight(figure.label, label), "  ",
                      PadLeft(Grouped(figure.count), digits), figure.more));
    if (!figure.meaning.empty()) page->Under(figure.meaning);
  }
}

std::string_view Meaning(MessageClass c) {
  switch (c) {
    case MessageClass::kVerifiedAligned:
      return "A signature is valid, and the domain that signed belongs to the "
             "same organization as the author's: the message is what that "
             "organization's servers signed, unchanged in all that the "
             "signature covers.";
    case MessageClass::kVerifiedUnaligned:
      return "A signature is valid, but only one of another domain than the "
             "author's, such as a mailing service's; or the From: field names "
             "no one author. The signature proves that the message passed "
             "through that other domain, and nothing about the author.";
    case MessageClass::kRefused:
      return "The signature matches the message, but a rule says that it must "
             "not be relied on: the signature had expired, its key is too "
             "short or its method too old, or it leaves the end of the text "
             "unsigned.";
    case MessageClass::kBroken:
      return "The key fits the signature, but the message is not the one that "
             "was signed: its text or a signed header field was changed. "
             "Mailing lists, virus scanners and exports of mailboxes do this "
             "in good faith; so it is no proof of a forgery.";
    case MessageClass::kUnjudged:
      return "Nothing can be said: the key is missing, was withdrawn or is "
             "another one than then, the key could not be asked for, the "
             "signature is malformed, or a limit of the program was met. Keys "
             "are changed regularly, so this accuses nobody.";
    case MessageClass::kUnsigned:
      return "The message bears no DKIM signature.";
    case MessageClass::kNeverSent:
    case MessageClass::kCount:
      break;
  }
  return "The message bears no signature and no trace of transport: sent items "
         "and drafts, as mail programs keep them.";
}

std::string_view Meaning(Gap gap) {
  switch (gap) {
    case Gap::kSeparator:
      return "The lines between two messages of a mailbox file.";
    case Gap::kPreamble:
      return "What stands before the first message of a file: empty lines, a "
             "byte order mark.";
    case Gap::kFiltered:
      return "Messages of other authors than those that --from asks for.";
    case Gap::kDamaged:
      return "Taken by damage in the file, with the message that it cut.";
    case Gap::kUnreadable:
      return "Could not be read, or was not read any more.";
    case Gap::kNotSampled:
      return "Left out, because only a sample was asked for.";
    case Gap::kCount:
      break;
  }
  return "";
}

std::string_view Meaning(ErrorCode code) {
  switch (code) {
    case ErrorCode::kUnreadable:
      return "A file could not be opened or read.";
    case ErrorCode::kDamaged:
      return "A compressed file or container is damaged or cut short.";
    case ErrorCode::kLimitMessage:
      return "A message over the size limit. It is counted and has its row in "
             "the tables, but it was not verified.";
    case ErrorCode::kLimitHeader:
      return "A message whose header is over the size limit. It is counted "
             "and has its row in the tables, but it was not verified.";
    case ErrorCode::kLimitRatio:
      return "A compressed file that grows beyond all measure when unpacked; "
             "the rest of it was not read.";
    case ErrorCode::kLimitMembers:
      return "A container with too many members, or inside another one.";
    case ErrorCode::kNotMail:
      return "A file whose content is not mail as it was sent.";
    case ErrorCode::kNotRegular:
      return "A pipe, device, socket or symbolic link inside a directory.";
    case ErrorCode::kChanged:
      return "A file that changed while it was read.";
    case ErrorCode::kEncrypted:
      return "An encrypted member of a zip file.";
    case ErrorCode::kEmpty:
      return "A file of no octets.";
    case ErrorCode::kCount:
      break;
  }
  return "";
}

// Of a limit as run.json calls it.
std::string_view LimitWords(std::string_view name) {
  constexpr std::pair<std::string_view, std::string_view> kWords[] = {
      {"max_message_bytes", "octets of a message"},
      {"max_header_bytes", "octets of a message's header"},
      {"max_header_fields", "fields of a header"},
      {"max_signatures", "signatures of a message"},
      {"max_signed_header_bytes", "octets of header under its signatures"}};
  for (const auto& [known, words] : kWords) {
    if (known == name) return words;
  }
  return name;
}

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

void PutInput(const MethodInput& input, Page* page) {
  if (input.path == "-") {
    page->Line(Concat(kIndent, "standard input"));
  } else {
    page->Line(SafeText(Concat(kIndent, input.path)));
  }
  std::string figures = input.path == "-"
                            ? std::string()
                            : Concat(Count(input.stored_bytes, "octet"), ", ");
  if (input.modified_ns != 0) {
    int64_t seconds = input.modified_ns / kNanoseconds;
    if (input.modified_ns % kNanoseconds < 0) --seconds;
    figures += Concat("last changed ", mail::FormatTime(seconds), ", ");
  }
  page->Under(figures + Count(input.messages, "message"));
  if (!input.sha256.empty()) {
    page->Line(Concat(std::string(6, ' '), "SHA-256 ", input.sha256));
  }
}

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
               domains, ". ", Count(run.filtered_out, "message"),
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
      "Mail was found in ", Count(method.inputs.count(), "file"),
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

// Between what was read and what was counted.
void PutDuplicates(const Totals& totals, const RunFacts& run, Page* page) {
  if (run.duplicates == DuplicateRule::kNone) return;
  const std::string same = run.duplicates == DuplicateRule::kRaw
                               ? "the same octets, by their SHA-256"
                               : "the same Message-ID, length and signatures";
  page->Paragraph(Concat(
      Count(totals.duplicates, "message"), " of the archive ",
      totals.duplicates == 1 ? "repeats" : "repeat",
      " an earlier one: a message with ", same, ". ",
      run.counts_duplicates
          ? "They are counted each time."
          : "They are in the tables of messages, marked, and counted nowhere "
            "else: each message counts once."));
}

void PutClasses(const Totals& totals, const RunFacts& run, Page* page) {
  page->Heading("What the classes mean");
  page->Paragraph(Concat(
      Count(totals.messages, "message"), " with ",
      Count(totals.signatures, "signature"),
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
  PutDuplicates(totals, run, page);
  page->Paragraph(
      "The last word of a line is the name of the class in the tables. There "
      "each message has a reason, too; lib/audit/formats.md of the program's "
      "documentation explains all reasons and columns.");
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
  figures.back().more += Concat(" in ", Count(books.messages, "message"));
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
}

// Errors by code, with the first of each.
struct Trouble {
  uint64_t count = 0;
  const ErrorRow* first = nullptr;
};

// Tables of a sample have names of their own.
std::string FileName(const RunFacts& run, std::string_view name) {
  if (!run.sample || !name.ends_with(".csv")) return std::string(name);
  return Concat(name.substr(0, name.size() - 4), ".sample.csv");
}

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
    page->Line(
        Concat(kIndent, ErrorCodeName(code), ": ", Grouped(troubles[i].count)));
    page->Under(Meaning(code));
    page->Line(SafeText(
        Concat(std::string(6, ' '), "First: ", troubles[i].first->file)));
  }
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
    page->Paragraph(Concat(Count(lost, "octet"),
                           " of mail are lost to this audit: see damaged and "
                           "unreadable under Accounting."));
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
  if (status == "live") return NameFate::kUsable;
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
       "The domain says that the key must not be used any more."},
      {"no usable key", "What is published there can't be used as a key."},
      {"no key", "Nothing is published under the name, or not any more."},
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
      page->Line(SafeText(Concat(kIndent, file.path)));
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
               SafeText(method.dns), ", ", Count(names, "name"), "."));
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
                                      Count(count.signatures, "signature")),
                       .meaning = count.meaning});
  }
  PutFigures(figures, page);
  page->Paragraph(Concat(
      "Together ", Count(names, "name"),
      ". Each key, as it was published, is in keys.csv. A signature that names "
      "none, or breaks a rule before the key matters, is in no line here."));
}

void PutRules(const RunFacts& run, const MethodFacts& method, Page* page) {
  page->Heading("Time and rules of judgement");
  if (run.judged_at == "time of receipt") {
    page->Paragraph(
        "A signature may say when it was made and when it expires. Both were "
        "judged at the time when the message was received, as the archive "
        "tells it: by the newest Received field, else by the Delivery-date "
        "field or the mailbox file's own line before the message. Where none "
        "of these stands, neither was judged. Today's date plays no part: the "
        "audit gives the same verdicts at any time.");
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

void PutFiles(const RunFacts& run, Page* page) {
  constexpr std::pair<std::string_view, std::string_view> kFiles[] = {
      {"audit.sqlite",
       "The audit itself, a database: all that was read of each signature, the "
       "keys, and the tables."},
      {"messages.csv", "A row for each message."},
      {"signatures.csv", "A row for each signature."},
      {"senders.csv", "A row for each domain of an author."},
      {"keys.csv", "A row for each key."},
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
    page->Line(Concat(kIndent, file));
    page->Under(meaning);
  }
}

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
    page->Line(SafeText(Concat(kIndent, "mailassay ", command)));
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

std::string_view FileOf(const Input& input) {
  return input.archive.empty() ? input.file : input.archive;
}

bool IsPlain(char c) {
  constexpr std::string_view kPlain = "_@%+=:,./-";
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
         (c >= '0' && c <= '9') || kPlain.find(c) != std::string_view::npos;
}

// Printable as it is: SafeText would change nothing.
std::string SingleQuoted(std::string_view word) {
  std::string quoted = "'";
  for (const char c : word) {
    if (c == '\'') {
      quoted += "'\\''";
    } else {
      quoted += c;
    }
  }
  return quoted + "'";
}

std::string OctetsQuoted(std::string_view word) {
  constexpr char kDigits[] = "0123456789abcdef";
  std::string quoted = "$'";
  for (const char c : word) {
    if (c == '\'' || c == '\\') {
      quoted += {'\\', c};
    } else if (c >= ' ' && c <= '~') {
      quoted += c;
    } else {
      // Octal has a fixed length: "\xNN" would take a digit behind it, too.
      const auto octet = static_cast<uint8_t>(c);
      quoted += {'\\', kDigits[octet >> 6], kDigits[octet >> 3 & 7],
                 kDigits[octet & 7]};
    }
  }
  return quoted + "'";
}

template <typename Items, typename Name>
std::string AnyOf(const Items& items, const Name& name) {
  std::string text;
  for (const auto& item : items) {
    text += Concat(text.empty() ? "" : " or ", name(item));
  }
  return text;
}

}  // namespace

void MethodInputs::Add(const Input& input, const Books& books) {
  // Members of a container come one behind the other.
  const uint64_t number = input.ordinal >> 32;
  if (count_ == 0 || number != last_) {
    ++count_;
    last_ = number;
    if (count_ > kKept) return;
    numbers_.push_back(number);
    first_.push_back({.path = std::string(FileOf(input)),
                      .stored_bytes = input.stored_bytes,
                      .modified_ns = input.modified_ns,
                      .sha256 = {}});
    if (auto hash = early_.extract(number)) {
      first_.back().sha256 = std::move(hash.mapped());
    }
  }
  if (count_ > kKept) return;
  first_.back().messages += books.messages;
}

void MethodInputs::AddHash(const FileHash& hash) {
  const auto number = std::ranges::find(numbers_, hash.number);
  if (number != numbers_.end()) {
    const auto index = static_cast<size_t>(number - numbers_.begin());
    first_[index].sha256 = HexOf(hash.sha256);
  } else if (first_.size() < kKept) {
    early_[hash.number] = HexOf(hash.sha256);
  }
}

std::string MethodText(Ledger& ledger, const RunFacts& run,
                       const RunSettings& settings, const MethodFacts& method) {
  Page page;
  PutHead(run, method, &page);
  PutSubject(settings, &page);
  PutInputs(run, method, &page);
  PutClasses(ledger.totals(), run, &page);
  PutAccounting(run, &page);
  PutNotRead(ledger, run, settings, &page);
  PutKeys(ledger, run, method, &page);
  PutRules(run, method, &page);
  PutFiles(run, &page);
  PutRepeat(run, settings, method, &page);
  return std::move(page).Take();
}

std::string DescribeFilter(const RowFilter& filter) {
  std::vector<std::string> parts;
  const auto identity = [](const std::string& text) { return text; };
  if (!filter.from.domains.empty()) {
    parts.push_back(Concat("whose author is of ",
                           AnyOf(filter.from.domains, identity),
                           " or a subdomain"));
  }
  if (!filter.classes.empty()) {
    parts.push_back(
        Concat("of the class ", AnyOf(filter.classes, MessageClassCode)));
  }
  if (!filter.reasons.empty()) {
    parts.push_back(
        Concat("with the reason ", AnyOf(filter.reasons, dkim::ReasonCode)));
  }
  if (filter.since) {
    parts.push_back(
        Concat("received at or after ", mail::FormatTime(*filter.since)));
  }
  if (filter.until) {
    parts.push_back(
        Concat("received before ", mail::FormatTime(*filter.until)));
  }
  std::string text;
  for (const std::string& part : parts) {
    text += Concat(text.empty() ? "" : ", and ", part);
  }
  return text;
}

std::string ShellWord(std::string_view word) {
  if (!word.empty() && std::ranges::all_of(word, IsPlain)) {
    return std::string(word);
  }
  return SafeText(word) == word ? SingleQuoted(word) : OctetsQuoted(word);
}

std::string ShellCommand(std::span<const std::string> words) {
  std::string command;
  for (const std::string& word : words) {
    if (!command.empty()) command += ' ';
    command += ShellWord(word);
  }
  return command;
}

}  // namespace mailassay::audit
