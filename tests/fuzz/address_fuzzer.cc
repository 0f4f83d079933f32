// ParseAddressList and FindAuthor.  Properties:
// - what is valid means the same when it is written plainly;
// - comments around a list change nothing;
// - an author without defect is the domain of every mailbox of one From field,
//   or of the only address in one that breaks the grammar, and, unless the
//   message is flagged, the second reader names no other.

#include "lib/base/domain_name.h"
#include "lib/mail/address.h"
#include "lib/mail/only_address.h"
#include "lib/mail/second_reader.h"
#include "tests/fuzz/fuzz_input.h"

namespace mailassay::mail {
namespace {

std::string Plain(const Mailbox& mailbox) {
  std::string text = "\"";
  for (char c : mailbox.local_part) {
    if (c == '"' || c == '\\') text.push_back('\\');
    text.push_back(c);
  }
  return text + "\"@" + mailbox.domain;
}

void ExpectSame(const AddressList& a, const AddressList& b) {
  FUZZ_CHECK(a.mailboxes.size() == b.mailboxes.size());
  for (size_t i = 0; i < a.mailboxes.size(); ++i) {
    FUZZ_CHECK(a.mailboxes[i].local_part == b.mailboxes[i].local_part);
    FUZZ_CHECK(a.mailboxes[i].domain == b.mailboxes[i].domain);
  }
}

void CheckList(std::string_view text) {
  const AddressList list = ParseAddressList(text);
  // A "\\" at the end would quote what follows.
  const std::string_view behind = text.ends_with('\\') ? "" : "(z)";
  const AddressList wrapped =
      ParseAddressList(std::string("(x(y))").append(text).append(behind));
  FUZZ_CHECK(wrapped.valid == list.valid);
  ExpectSame(wrapped, list);
  if (!list.valid || list.mailboxes.empty()) return;
  std::string plain;
  for (const Mailbox& mailbox : list.mailboxes) plain += Plain(mailbox) + ",";
  const AddressList again = ParseAddressList(plain);
  FUZZ_CHECK(again.valid);
  ExpectSame(again, list);
}

void CheckSecondReader(std::string_view text, const Author& author) {
  if (author.anomalies.Has(Anomaly::kFromAmbiguous)) return;
  const auto second = SecondReadingDomains(text);
  if (!second) return;
  for (const std::string& domain : *second) {
    const DomainName name = ParseDomain(domain);
    FUZZ_CHECK(name.defect != NameDefect::kNone || name.ascii == author.domain);
  }
}

void CheckAuthor(std::string_view text) {
  const std::string field = "From:" + std::string(text);
  const Header header = ParseHeader(field, 1000);
  const Author author = FindAuthor(header);
  FUZZ_CHECK(author.from_count == header.Count("From"));
  if (author.defect != AuthorDefect::kNone) return;
  FUZZ_CHECK(author.from_count == 1 && !author.domain.empty());
  const std::string_view value = header.Find("From")->value();
  const bool repaired = author.anomalies.Has(Anomaly::kFromRepaired);
  FUZZ_CHECK(author.anomalies.Has(Anomaly::kFromSyntax) == repaired);
  CheckSecondReader(value, author);
  if (repaired) {
    const std::optional<Mailbox> only = FindOnlyAddress(value);
    FUZZ_CHECK(only && ParseDomain(only->domain).ascii == author.domain);
    return;
  }
  const AddressList list = ParseAddressList(value);
  FUZZ_CHECK(list.valid && !list.mailboxes.empty());
  for (const Mailbox& mailbox : list.mailboxes) {
    FUZZ_CHECK(ParseDomain(mailbox.domain).ascii == author.domain);
  }
}

}  // namespace
}  // namespace mailassay::mail

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  static constexpr std::string_view kPieces[] = {
      "a",  "@",        "<",     ">",          ",",         ";",     ":",
      "(",  ")",        "\"",    "\\",         " ",         "\r\n ", "[",
      "]",  "\t",       "b.com", "a@b.com",    "<a@b.com>", ".",     "\n",
      "\r", "\xC3\xA9", "\xFC",  "=?utf-8?q?", "\r\nFrom: "};
  const std::string_view text = mailassay::AsText(data, size);
  for (const std::string& input :
       {std::string(text), mailassay::IntoPieces(text, kPieces)}) {
    mailassay::mail::CheckList(input);
    mailassay::mail::CheckAuthor(input);
  }
  return 0;
}
