#include "lib/audit/header_facts.h"

#include <algorithm>
#include <string>

#include "lib/base/ascii.h"
#include "lib/mail/date.h"
#include "lib/mail/from_line.h"

namespace mailassay::audit {
namespace {

using mail::FieldName;

constexpr size_t kMaxText = 1024;  // octets kept of an identifier

// A field's value as one line, cut to kMaxText octets: a view into the header,
// or into `unfolded` if it is folded.
std::string_view Value(const mail::Header& header, FieldName name,
                       std::string& unfolded) {
  const mail::HeaderField* field = header.Find(name);
  if (field == nullptr) return {};
  std::string_view value = TrimFws(field->value().substr(0, 4 * kMaxText));
  if (value.find('\n') != value.npos) {
    unfolded = mail::Unfold(value);
    value = unfolded;
  }
  return value.substr(0, kMaxText);
}

// What stands between the last "<" and the ">" behind it, or the whole text.
std::string_view InsideAngles(std::string_view text) {
  const size_t begin = text.rfind('<');
  if (begin == text.npos) return text;
  const size_t end = text.find('>', begin);
  if (end == text.npos) return text;
  return text.substr(begin + 1, end - begin - 1);
}

std::string_view LowerCase(std::string_view text, Arena& arena) {
  char* const lower = arena.Allocate(text.size());
  std::transform(text.begin(), text.end(), lower, ToLower);
  return {lower, text.size()};
}

void ReadEnvelopeFrom(const mail::Header& header, std::string_view from_line,
                      Arena& arena, MessageFacts& facts) {
  if (header.Find(FieldName::kReturnPath) != nullptr) {
    std::string unfolded;
    facts.envelope_from = arena.Copy(
        InsideAngles(Value(header, FieldName::kReturnPath, unfolded)));
    facts.envelope_from_source = EnvelopeFromSource::kReturnPath;
  } else if (!from_line.empty()) {
    std::string_view sender = mail::EnvelopeFrom(from_line);
    facts.envelope_from = arena.Copy(sender.substr(0, kMaxText));
    facts.envelope_from_source = EnvelopeFromSource::kMboxFrom;
  }
}

void ReadListAuthor(const mail::Header& header, Arena& arena,
                    MessageFacts& facts) {
  const mail::ListAuthor found = mail::FindListAuthor(header, facts.author);
  facts.via_list = arena.Copy(found.list);
  facts.author_original_source = found.source;
  if (found.source == mail::ListAuthorSource::kNone) return;
  facts.author_original = arena.Copy(found.local_part + "@" + found.domain);
}

}  // namespace

void ReadHeaderFacts(const mail::Header& header, std::string_view from_line,
                     Arena& arena, MessageFacts& facts) {
  std::string unfolded;
  facts.message_id = arena.Copy(Value(header, FieldName::kMessageId, unfolded));
  if (const mail::HeaderField* date = header.Find(FieldName::kDate)) {
    if (auto read = mail::ParseDate(date->value().substr(0, kMaxText))) {
      facts.date_header = read->seconds;
    }
  }
  const mail::Receipt receipt = mail::FindReceipt(header, from_line);
  facts.received = receipt.at;
  facts.other_times = receipt.others;
  facts.trace = mail::FindTrace(header);
  ReadEnvelopeFrom(header, from_line, arena, facts);
  facts.list_id =
      arena.Copy(InsideAngles(Value(header, FieldName::kListId, unfolded)));
  ReadListAuthor(header, arena, facts);
  facts.list_unsubscribe = header.Find(FieldName::kListUnsubscribe) != nullptr;
  facts.list_unsubscribe_post =
      header.Find(FieldName::kListUnsubscribePost) != nullptr;
  facts.body_encoding = LowerCase(
      Value(header, FieldName::kContentTransferEncoding, unfolded), arena);
  facts.line_ends = header.line_ends;
  facts.anomalies.Add(header.anomalies);
}

}  // namespace mailassay::audit
