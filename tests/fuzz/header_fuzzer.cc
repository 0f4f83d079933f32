// ParseHeader and what reads its fields.  Properties:
// - the section ends where FindHeaderEnd says, and parsing it alone gives the
//   same fields as parsing the message;
// - fields and line ends cover the section, in order, without a gap;
// - a limit on fields keeps the first ones and one more;
// - nothing on one line (Unfold) has a line end; a date found is a real one.
#include <algorithm>

#include "lib/mail/address.h"
#include "lib/mail/date.h"
#include "lib/mail/header.h"
#include "lib/mail/received.h"
#include "lib/mail/received_hop.h"
#include "tests/fuzz/fuzz_input.h"

namespace mailassay::mail {
namespace {

constexpr size_t kManyFields = 100000;

bool IsLineEnd(std::string_view text) { return text == "\n" || text == "\r\n"; }

void CheckCover(std::string_view text, const Header& header) {
  const char* at = text.data();
  for (const HeaderField& field : header.fields) {
    if (at != text.data()) {
      FUZZ_CHECK(IsLineEnd({at, static_cast<size_t>(field.raw.data() - at)}));
    }
    FUZZ_CHECK(!field.raw.empty() && field.name_size <= field.value_begin);
    FUZZ_CHECK(field.value_begin <= field.raw.size());
    FUZZ_CHECK(Unfold(field.value()).find('\n') == std::string::npos);
    at = field.raw.data() + field.raw.size();
  }
  std::string_view rest(at,
                        static_cast<size_t>(text.data() + header.size - at));
  while (!rest.empty()) {  // the last field's line end and the empty line
    const size_t size = rest.starts_with("\r\n") ? 2 : 1;
    FUZZ_CHECK(IsLineEnd(rest.substr(0, size)));
    rest.remove_prefix(size);
  }
}

void CheckSame(const Header& a, const Header& b, size_t fields) {
  FUZZ_CHECK(a.fields.size() >= fields && b.fields.size() >= fields);
  for (size_t i = 0; i < fields; ++i) {
    FUZZ_CHECK(a.fields[i].raw == b.fields[i].raw);
    FUZZ_CHECK(a.fields[i].name_size == b.fields[i].name_size);
    FUZZ_CHECK(a.fields[i].value_begin == b.fields[i].value_begin);
  }
}

void CheckTimes(const Receipt& receipt) {
  for (const ReceivedAt& at :
       {receipt.at, receipt.others.newest_received,
        receipt.others.delivery_date, receipt.others.mbox_from}) {
    FUZZ_CHECK(at.source == ReceivedSource::kNone ||
               ParseTimeOption(FormatTime(at.seconds)) == at.seconds);
  }
}

void Check(std::string_view text) {
  const Header header = ParseHeader(text, kManyFields);
  FUZZ_CHECK(header.size <= text.size());
  const std::optional<size_t> end = FindHeaderEnd(text);
  FUZZ_CHECK(header.size == end.value_or(text.size()));
  FUZZ_CHECK(header.anomalies.Has(Anomaly::kNoBodySeparator) == !end);
  CheckCover(text, header);

  const Header alone = ParseHeader(text.substr(0, header.size), kManyFields);
  FUZZ_CHECK(alone.fields.size() == header.fields.size());
  CheckSame(alone, header, header.fields.size());

  const Header few = ParseHeader(text, 2);
  FUZZ_CHECK(few.fields.size() == std::min<size_t>(3, header.fields.size()));
  CheckSame(few, header, few.fields.size());

  const Author author = FindAuthor(header);
  FUZZ_CHECK(author.from_count == header.Count("From"));
  Receipt receipt = FindReceipt(header, text.substr(0, 200));
  CheckTimes(receipt);
  // An arrival on top is never passed.
  const HeaderField* top = header.Find(FieldName::kReceived);
  if (top != nullptr && ShowsArrival(top->value())) {
    FUZZ_CHECK(receipt.at.source != ReceivedSource::kOlderReceived);
  }
  WeighSigningTimes(1577836800, 1577836800, &receipt);
  CheckTimes(receipt);
}

}  // namespace
}  // namespace mailassay::mail

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  static constexpr std::string_view kPieces[] = {"a",
                                                 ":",
                                                 " ",
                                                 "\t",
                                                 "\r\n",
                                                 "\n",
                                                 "\r",
                                                 "From",
                                                 "From: ",
                                                 "From ",
                                                 ";",
                                                 "a@b.com",
                                                 "Received: ",
                                                 "Date: ",
                                                 "1 Jan 2020 00:00:00 ",
                                                 "+0000",
                                                 "Wed Jan  1 00:00:00 2020",
                                                 "\xFC",
                                                 std::string_view("\0", 1),
                                                 "Delivery-date: ",
                                                 "(",
                                                 ")",
                                                 "\"",
                                                 "\\"};
  const std::string_view text = mailassay::AsText(data, size);
  mailassay::mail::Check(text);
  mailassay::mail::Check(mailassay::IntoPieces(text, kPieces));
  return 0;
}
