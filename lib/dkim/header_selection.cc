#include "lib/dkim/header_selection.h"

#include "lib/base/ascii.h"

namespace mailassay::dkim {
namespace {

constexpr uint32_t kNone = UINT32_MAX;
constexpr size_t kMaxUnsignedNames = 1024;  // octets of Evidence's text

// Numbered first, in this order, in every message.
enum Known : uint32_t {
  kFrom,
  kSubject,
  kDate,
  kTo,
  kCc,
  kReplyTo,
  kMessageId,
  kMimeVersion,
  kContentType,
  kContentTransferEncoding,
  kSender,
  kDkimSignature,
};
constexpr std::string_view kKnownNames[] = {
    "from",         "subject",
    "date",         "to",
    "cc",           "reply-to",
    "message-id",   "mime-version",
    "content-type", "content-transfer-encoding",
    "sender",       "dkim-signature"};

constexpr Known kRecommended[] = {
    kSubject,     kDate,        kTo,
    kCc,          kReplyTo,     kMessageId,
    kMimeVersion, kContentType, kContentTransferEncoding};
constexpr Known kNoExtra[] = {kSubject, kTo,          kCc,    kDate,
                              kReplyTo, kContentType, kSender};

void AppendName(std::string_view name, std::string& list) {
  if (!list.empty()) list.push_back(';');
  list.append(name);
}

}  // namespace

void HeaderSelection::Begin(const mail::Header& header) {
  numbers_.clear();
  names_.clear();
  texts_.clear();
  for (const std::string_view name : kKnownNames) NumberOf(name);

  const size_t fields = header.fields.size();
  name_of_.assign(fields, kNone);
  field_above_.assign(fields, kNone);
  covered_by_.assign(fields, 0);
  selection_ = 0;
  for (uint32_t i = 0; i < fields; ++i) {
    if (header.fields[i].name_size == 0) continue;
    const uint32_t number = NumberOf(AsciiLower(header.fields[i].name()));
    Name& name = names_[number];
    name_of_[i] = number;
    field_above_[i] = name.last_field;
    name.last_field = i;
    ++name.stands;
  }
}

uint32_t HeaderSelection::NumberOf(std::string_view lower_case_name) {
  const auto found = numbers_.find(lower_case_name);
  if (found != numbers_.end()) return found->second;
  const std::string_view text = texts_.emplace_back(lower_case_name);
  const uint32_t number = static_cast<uint32_t>(names_.size());
  names_.push_back({.text = text, .last_field = kNone, .next_field = kNone});
  numbers_.emplace(text, number);
  return number;
}

const std::vector<uint32_t>& HeaderSelection::Select(
    const std::vector<std::string>& names, uint32_t own) {
  ++selection_;
  own_ = own;
  listed_names_.clear();
  selected_.clear();
  for (const std::string& text : names) {
    const uint32_t number = NumberOf(text);
    Name& name = names_[number];
    if (name.selection != selection_) {
      name.selection = selection_;
      name.next_field = name.last_field;
      name.listed = name.covered = 0;
      listed_names_.push_back(number);
    }
    ++name.listed;
    // RFC 6376 3.7: the signature's own field comes last, with b= emptied, and
    // is no instance that h= could select.
    if (name.next_field == own) name.next_field = field_above_[own];
    if (name.next_field == kNone) continue;
    const uint32_t field = name.next_field;
    name.next_field = field_above_[field];
    ++name.covered;
    covered_by_[field] = selection_;
    selected_.push_back(field);
  }
  return selected_;
}

bool HeaderSelection::has_from() const { return names_[kFrom].stands > 0; }

void HeaderSelection::DescribeCoverage(Evidence& evidence) const {
  const auto listed = [this](const Name& name) {
    return name.selection == selection_ ? name.listed : 0;
  };
  const auto uncovered = [this](const Name& name) {
    const uint32_t covered = name.selection == selection_ ? name.covered : 0;
    return name.stands - covered;
  };

  const Name& from = names_[kFrom];
  evidence.from_signed = from.stands > 0 && uncovered(from) == 0;
  if (uncovered(from) > 0) evidence.coverage_flags.Add(Flag::kUnsignedFrom);
  // A field that h= names, and still one more of it (RFC 6376 8.15).
  for (const Known known : kNoExtra) {
    const Name& name = names_[known];
    if (listed(name) > 0 && uncovered(name) > 0) {
      evidence.coverage_flags.Add(Flag::kUnsignedExtra);
    }
  }
  for (const uint32_t number : listed_names_) {
    const Name& name = names_[number];
    const uint32_t own = number == name_of_[own_] ? 1 : 0;
    if (name.listed > name.stands - own) {
      AppendName(name.text, evidence.oversigned);
    }
  }
  for (const Known known : kRecommended) {
    const Name& name = names_[known];
    if (name.stands > 0 && listed(name) == 0) {
      AppendName(name.text, evidence.missing_recommended);
    }
  }
  evidence.unsigned_names = UnsignedNames();
}

std::string HeaderSelection::UnsignedNames() const {
  std::string list;
  std::vector<bool> told(names_.size(), false);
  told[kDkimSignature] = true;
  // What stands above the topmost signature came after it.
  size_t i = 0;
  while (i < name_of_.size() && name_of_[i] != kDkimSignature) ++i;
  for (; i < name_of_.size(); ++i) {
    const uint32_t number = name_of_[i];
    if (number == kNone || covered_by_[i] == selection_ || told[number]) {
      continue;
    }
    const std::string_view name = names_[number].text;
    if (list.size() + 1 + name.size() > kMaxUnsignedNames) break;
    AppendName(name, list);
    told[number] = true;
  }
  return list;
}

}  // namespace mailassay::dkim
