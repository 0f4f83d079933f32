#include "lib/dkim/key_answer.h"

#include <array>
#include <cassert>

namespace mailassay::dkim {
namespace {

// In the order of KeyStatus.  Part of the key file's format: only ever added.
constexpr std::array<std::string_view, 13> kNames = {
    "found",      "nxdomain",    "nodata",   "not_asked", "servfail",
    "refused",    "timeout",     "network",  "malformed", "bogus",
    "cname_loop", "cname_limit", "txt_limit"};
static_assert(kNames.size() == static_cast<size_t>(KeyStatus::kTxtLimit) + 1);

}  // namespace

std::string_view KeyStatusName(KeyStatus status) {
  assert(static_cast<size_t>(status) < kNames.size());
  return kNames[static_cast<size_t>(status)];
}

std::optional<KeyStatus> KeyStatusFromName(std::string_view name) {
  for (size_t i = 0; i < kNames.size(); ++i) {
    if (kNames[i] == name) return static_cast<KeyStatus>(i);
  }
  return std::nullopt;
}

bool IsTemporary(KeyStatus status) {
  switch (status) {
    case KeyStatus::kServfail:
    case KeyStatus::kRefused:
    case KeyStatus::kTimeout:
    case KeyStatus::kNetwork:
    case KeyStatus::kMalformed:
    case KeyStatus::kBogus:
      return true;
    case KeyStatus::kFound:
    case KeyStatus::kNxDomain:
    case KeyStatus::kNoData:
    case KeyStatus::kNotAsked:
    case KeyStatus::kCnameLoop:
    case KeyStatus::kCnameLimit:
    case KeyStatus::kTxtLimit:
      return false;
  }
  return false;
}

}  // namespace mailassay::dkim
