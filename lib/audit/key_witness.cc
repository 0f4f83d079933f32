#include "lib/audit/key_witness.h"

#include <algorithm>
#include <vector>

#include "lib/audit/key_context.h"
#include "lib/base/concat.h"

namespace mailassay::audit {
namespace {

using dkim::KeyAnswer;
using dkim::KeyOrigin;

bool IsOfDns(std::string_view source) {
  return source == dkim::kFromDns || source == dkim::kFromHistory;
}

// The files that the records come from, without one that of the answer.
std::string FilesOf(const KeyAnswer& answer) {
  std::vector<std::string> files;
  const auto add = [&files](std::string_view source) {
    std::string file = FileOf(source);
    if (!file.empty() && std::ranges::count(files, file) == 0) {
      files.push_back(std::move(file));
    }
  };
  for (const KeyOrigin& origin : answer.origins) add(origin.source);
  if (files.empty()) add(answer.source);
  std::string text;
  for (const std::string& file : files) {
    text += Concat(text.empty() ? "" : ", ", file);
  }
  return text;
}

}  // namespace

std::string FileOf(std::string_view source) {
  if (!source.starts_with(dkim::kFromFile)) return "";
  source.remove_prefix(dkim::kFromFile.size());
  return std::string(source.substr(source.rfind('/') + 1));
}

Ground GroundOf(KeyFault fault) {
  switch (fault) {
    case KeyFault::kSha1Only:
    case KeyFault::kEd25519Only:
    case KeyFault::kDefaultSigning:
    case KeyFault::kRotation:
    case KeyFault::kParallelKeys:
    case KeyFault::kSelectorReused:
    case KeyFault::kKeyOld:
    case KeyFault::kNotCompared:
      return Ground::kMail;
    case KeyFault::kNoRecord:
    case KeyFault::kRevoked:
    case KeyFault::kSignedBefore:
    case KeyFault::kKeyTooShort:
    case KeyFault::kKeyWeak:
    case KeyFault::kOddExponent:
    case KeyFault::kSharedFactor:
    case KeyFault::kSameKey:
    case KeyFault::kDisclosed:
    case KeyFault::kKeyReplaced:
      return Ground::kRecord;
    case KeyFault::kRecordGone:
    case KeyFault::kSelectorMismatch:
    case KeyFault::kOtherProvider:
    case KeyFault::kSecondUnpublished:
    case KeyFault::kNoAnswer:
    case KeyFault::kCnameMissing:
    case KeyFault::kCnameDangling:
    case KeyFault::kCnameLoop:
    case KeyFault::kCnameTarget:
    case KeyFault::kCnameAndOther:
    case KeyFault::kTxtForCname:
    case KeyFault::kWildcard:
    // The reader of a key file reports these faults of its records.
    case KeyFault::kTxtSplit:
    case KeyFault::kTxtTruncated:
    case KeyFault::kTxtQuotes:
    case KeyFault::kTxtBlanks:
    case KeyFault::kSeveralRecords:
    case KeyFault::kBadTags:
    case KeyFault::kBadBase64:
    case KeyFault::kBadKey:
    case KeyFault::kKeyMismatch:
    case KeyFault::kTesting:
    case KeyFault::kRetiredPublished:
    case KeyFault::kRemovedEarly:
    case KeyFault::kCount:
      break;
  }
  return Ground::kDns;
}

Witness WitnessOf(const SelectorKeys& selector) {
  const KeyAnswer* answer = selector.answer.get();
  if (answer == nullptr) return Witness::kNobody;
  if (IsOfDns(answer->source) || !LiveRecords(selector).empty()) {
    return Witness::kDns;
  }
  const bool unsaid =
      answer->records.empty() && answer->status == dkim::KeyStatus::kNotAsked;
  return unsaid ? Witness::kNobody : Witness::kOthers;
}

bool MaySay(KeyFault fault, const SelectorKeys& selector) {
  switch (GroundOf(fault)) {
    case Ground::kMail:
      return true;
    case Ground::kRecord:
      return WitnessOf(selector) != Witness::kNobody;
    case Ground::kDns:
      break;
  }
  return WitnessOf(selector) == Witness::kDns;
}

std::string WitnessText(KeyFault fault, const SelectorKeys& selector) {
  // Where a record was first seen, and by whom, is that finding itself.
  const bool says_itself = fault == KeyFault::kSignedBefore;
  if (GroundOf(fault) == Ground::kMail || says_itself ||
      selector.answer == nullptr) {
    return "";
  }
  const KeyAnswer& answer = *selector.answer;
  if (WitnessOf(selector) == Witness::kDns) {
    const bool remembered = answer.source == dkim::kFromHistory;
    if (!remembered || answer.answered_at == 0) return "";
    return Concat("(DNS, ", DateOf(answer.answered_at), ")");
  }
  const std::string files = FilesOf(answer);
  return files.empty() ? "" : Concat("(in ", files, ")");
}

}  // namespace mailassay::audit
