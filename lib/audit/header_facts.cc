#include "lib/audit/header_facts.h"

#include <array>
#include <string>
#include <utility>

#include "lib/base/ascii.h"
#include "lib/mail/date.h"
#include "lib/mail/mbox.h"

namespace mailassay::audit {
namespace {

using mail::Anomaly;

constexpr size_t kMaxText = 1024;  // octets kept of an identifier
constexpr size_t kMaxField = 256u << 10;
constexpr size_t kMaxName = 1000;

// A field's value as one line, cut to kMaxText octets.
std::string Value(const mail::Header& header, std::string_view name) {
  const mail::HeaderField* field = header.Find(name);
  if (field == nullptr) return {};
  std::string value = mail::Unfold(field->value().substr(0, 4 * kMaxText));
  if (value.size() > kMaxText) value.resize(kMaxText);
  return value;
}

// What stands between the last "<" and the ">" behind it, or the whole text.
std::string InsideAngles(std::string text) {
  size_t begin = text.rfind('<');
  if (begin == std::string::npos) return text;
  size_t end = text.find('>', begin);
  if (end == std::string::npos) return text;
  return text.substr(begin + 1, end - begin - 1);
}

// RFC 5322 3.6 (and RFC 2045 for the MIME fields): these stand at most once.
constexpr std::array<std::pair<std::string_view, Anomaly>, 10> kOnce = {{
    {"subject", Anomaly::kDupSubject},
    {"to", Anomaly::kDupTo},
    {"cc", Anomaly::kDupCc},
    {"date", Anomaly::kDupDate},
    {"reply-to", Anomaly::kDupReplyTo},
    {"sender", Anomaly::kDupSender},
    {"message-id", Anomaly::kDupMessageId},
    {"content-type", Anomaly::kDupContentType},
    {"content-transfer-encoding", Anomaly::kDupContentTransferEncoding},
    {"mime-version", Anomaly::kDupMimeVersion},
}};

void FindDuplicates(const mail::Header& header, mail::AnomalySet& anomalies) {
  std::array<bool, kOnce.size()> seen{};
  for (const mail::HeaderField& field : header.fields) {
    for (size_t i = 0; i < kOnce.size(); ++i) {
      if (field.name_size != kOnce[i].first.size() ||
          !EqualsIgnoreCase(field.name(), kOnce[i].first)) {
        continue;
      }
      if (seen[i]) anomalies.Add(kOnce[i].second);
      seen[i] = true;
      break;
    }
  }
}

void FindOversized(const mail::Header& header, mail::AnomalySet& anomalies) {
  for (const mail::HeaderField& field : header.fields) {
    if (field.raw.size() > kMaxField) anomalies.Add(Anomaly::kLongField);
    if (field.name_size > kMaxName) anomalies.Add(Anomaly::kLongName);
  }
}

void ReadEnvelopeFrom(const mail::Header& header, std::string_view from_line,
                      MessageFacts& facts) {
  if (header.Find("return-path") != nullptr) {
    facts.envelope_from = InsideAngles(Value(header, "return-path"));
    facts.envelope_from_source = EnvelopeFromSource::kReturnPath;
  } else if (!from_line.empty()) {
    std::string_view sender = mail::EnvelopeFrom(from_line);
    facts.envelope_from = std::string(sender.substr(0, kMaxText));
    facts.envelope_from_source = EnvelopeFromSource::kMboxFrom;
  }
}

}  // namespace

void ReadHeaderFacts(const mail::Header& header, std::string_view from_line,
                     MessageFacts& facts) {
  facts.message_id = Value(header, "message-id");
  if (const mail::HeaderField* date = header.Find("date")) {
    facts.date_header = mail::ParseDate(date->value().substr(0, kMaxText));
  }
  facts.received = mail::FindReceivedAt(header, from_line);
  facts.has_received = header.Find("received") != nullptr;
  ReadEnvelopeFrom(header, from_line, facts);
  facts.list_id = InsideAngles(Value(header, "list-id"));
  facts.list_unsubscribe = header.Find("list-unsubscribe") != nullptr;
  facts.list_unsubscribe_post = header.Find("list-unsubscribe-post") != nullptr;
  facts.body_encoding = AsciiLower(Value(header, "content-transfer-encoding"));
  facts.line_ends = header.line_ends;
  facts.anomalies.Add(header.anomalies);
  FindDuplicates(header, facts.anomalies);
  FindOversized(header, facts.anomalies);
}

}  // namespace mailassay::audit
