#include "lib/dkim/header_selection.h"

#include <algorithm>

#include "lib/base/ascii.h"

namespace mailassay::dkim {
namespace {

constexpr size_t kMaxUnsignedNames = 1024;  // octets of Evidence's text
// Beyond the known names.  Ordinary mail stays below both.
constexpr size_t kKeptNames = 2048;
constexpr size_t kKeptOctets = 64 * 1024;

using mail::FieldName;

constexpr FieldName kRecommended[] = {FieldName::kSubject,
                                      FieldName::kDate,
                                      FieldName::kTo,
                                      FieldName::kCc,
                                      FieldName::kReplyTo,
                                      FieldName::kMessageId,
                                      FieldName::kMimeVersion,
                                      FieldName::kContentType,
                                      FieldName::kContentTransferEncoding};
constexpr FieldName kNoExtra[] = {FieldName::kSubject, FieldName::kTo,
                                  FieldName::kCc,      FieldName::kDate,
                                  FieldName::kReplyTo, FieldName::kContentType,
                                  FieldName::kSender};

constexpr uint32_t NumberOf(FieldName name) {
  return static_cast<uint32_t>(name);
}
constexpr uint32_t kFrom = NumberOf(FieldName::kFrom);
constexpr uint32_t kDkimSignature = NumberOf(FieldName::kDkimSignature);

void AppendName(std::string_view name, std::string& list) {
  if (!list.empty()) list.push_back(';');
  list.append(name);
}

}  // namespace

void HeaderSelection::ForgetNames() {
  numbers_ = {};
  texts_ = {};
  text_octets_ = 0;
  standing_.clear();
  names_.clear();
  for (uint32_t i = 0; i < mail::kFieldNames; ++i) {
    names_.push_back({.text = LowerCase(static_cast<FieldName>(i))});
  }
}

void HeaderSelection::Begin(const mail::Header& header) {
  if (names_.empty() || texts_.size() > kKeptNames ||
      text_octets_ > kKeptOctets) {
    ForgetNames();
  }
  for (const uint32_t number : standing_) {
    names_[number].stands = 0;
    names_[number].last_field = kNone;
  }
  standing_.clear();

  const size_t fields = header.fields.size();
  name_of_.assign(fields, kNone);
  field_above_.assign(fields, kNone);
  covered_by_.assign(fields, 0);
  for (uint32_t i = 0; i < fields; ++i) {
    const mail::HeaderField& field = header.fields[i];
    if (field.name_size == 0) continue;
    const uint32_t number = NumberOf(field.name(), field.known);
    Name& name = names_[number];
    name_of_[i] = number;
    field_above_[i] = name.last_field;
    name.last_field = i;
    if (name.stands++ == 0) standing_.push_back(number);
  }
}

uint32_t HeaderSelection::NumberOf(std::string_view name, FieldName known) {
  if (known != FieldName::kOther) return dkim::NumberOf(known);
  lower_.resize(name.size());
  std::transform(name.begin(), name.end(), lower_.begin(), ToLower);
  const auto found = numbers_.find(std::string_view(lower_));
  if (found != numbers_.end()) return found->second;
  const std::string_view text = texts_.emplace_back(lower_);
  text_octets_ += text.size();
  const uint32_t number = static_cast<uint32_t>(names_.size());
  names_.push_back({.text = text});
  numbers_.emplace(text, number);
  return number;
}

const std::vector<uint32_t>& HeaderSelection::Select(std::string_view names,
                                                     uint32_t own) {
  ++selection_;
  own_ = own;
  listed_names_.clear();
  selected_.clear();
  while (!names.empty()) {
    const std::string_view text = names.substr(0, names.find(';'));
    names.remove_prefix(std::min(text.size() + 1, names.size()));
    SelectNext(NumberOf(text, mail::FindFieldName(text)));
  }
  return selected_;
}

void HeaderSelection::SelectNext(uint32_t number) {
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
  if (name.next_field == own_) name.next_field = field_above_[own_];
  if (name.next_field == kNone) return;
  const uint32_t field = name.next_field;
  name.next_field = field_above_[field];
  ++name.covered;
  covered_by_[field] = selection_;
  selected_.push_back(field);
}

bool HeaderSelection::has_from() const { return names_[kFrom].stands > 0; }

void HeaderSelection::DescribeCoverage(Evidence& evidence, Arena& arena) {
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
  for (const FieldName known : kNoExtra) {
    const Name& name = names_[dkim::NumberOf(known)];
    if (listed(name) > 0 && uncovered(name) > 0) {
      evidence.coverage_flags.Add(Flag::kUnsignedExtra);
    }
  }
  list_.clear();
  for (const uint32_t number : listed_names_) {
    const Name& name = names_[number];
    const uint32_t own = number == name_of_[own_] ? 1 : 0;
    if (name.listed > name.stands - own) {
      AppendName(name.text, list_);
    }
  }
  evidence.oversigned = arena.Copy(list_);
  list_.clear();
  for (const FieldName known : kRecommended) {
    const Name& name = names_[dkim::NumberOf(known)];
    if (name.stands > 0 && listed(name) == 0) {
      AppendName(name.text, list_);
    }
  }
  evidence.missing_recommended = arena.Copy(list_);
  ListUnsignedNames();
  evidence.unsigned_names = arena.Copy(list_);
}

void HeaderSelection::ListUnsignedNames() {
  list_.clear();
  // What stands above the topmost signature came after it.
  size_t i = 0;
  while (i < name_of_.size() && name_of_[i] != kDkimSignature) ++i;
  for (; i < name_of_.size(); ++i) {
    const uint32_t number = name_of_[i];
    if (number == kNone || number == kDkimSignature ||
        covered_by_[i] == selection_ || names_[number].told == selection_) {
      continue;
    }
    const std::string_view name = names_[number].text;
    if (list_.size() + 1 + name.size() > kMaxUnsignedNames) break;
    AppendName(name, list_);
    names_[number].told = selection_;
  }
}

}  // namespace mailassay::dkim
