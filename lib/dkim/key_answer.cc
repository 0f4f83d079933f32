#include "lib/dkim/key_answer.h"

#include <algorithm>
#include <array>
#include <cassert>

namespace mailassay::dkim {
namespace {

// In the order of KeyStatus.  Part of the key file's format: only ever added.
constexpr std::array<std::string_view, 14> kNames = {
    "found",      "nxdomain",    "nodata",    "not_asked", "servfail",
    "refused",    "timeout",     "network",   "malformed", "bogus",
    "cname_loop", "cname_limit", "txt_limit", "zone_limit"};
static_assert(kNames.size() == static_cast<size_t>(KeyStatus::kZoneLimit) + 1);

constexpr std::array<std::string_view, 4> kDnssecNames = {"unknown", "insecure",
                                                          "secure", "bogus"};
static_assert(kDnssecNames.size() == static_cast<size_t>(Dnssec::kBogus) + 1);

template <typename Enum, size_t kSize>
std::optional<Enum> FromName(const std::array<std::string_view, kSize>& names,
                             std::string_view name) {
  for (size_t i = 0; i < kSize; ++i) {
    if (names[i] == name) return static_cast<Enum>(i);
  }
  return std::nullopt;
}

}  // namespace

std::string_view DnssecName(Dnssec dnssec) {
  return kDnssecNames[static_cast<size_t>(dnssec)];
}

std::optional<Dnssec> DnssecFromName(std::string_view name) {
  return FromName<Dnssec>(kDnssecNames, name);
}

std::string_view KeyStatusName(KeyStatus status) {
  assert(static_cast<size_t>(status) < kNames.size());
  return kNames[static_cast<size_t>(status)];
}

std::optional<KeyStatus> KeyStatusFromName(std::string_view name) {
  return FromName<KeyStatus>(kNames, name);
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
    case KeyStatus::kZoneLimit:
      return false;
  }
  return false;
}

bool IsPublished(const KeyOrigin& origin) {
  return origin.source != kMessageProved && origin.source != kRecovered;
}

void Join(const KeyOrigin& from, KeyOrigin& into) {
  into.disclosed |= from.disclosed;
  into.earlier &= from.earlier;
  into.recovered_from = std::max(into.recovered_from, from.recovered_from);
  if (IsPublished(from) != IsPublished(into)) {
    if (IsPublished(into)) return;
    into.source = from.source;
    into.first_seen = from.first_seen;
    into.last_seen = from.last_seen;
    return;
  }
  if (!IsPublished(into) && from.source != into.source) return;
  if (from.first_seen != 0 &&
      (into.first_seen == 0 || from.first_seen < into.first_seen)) {
    into.first_seen = from.first_seen;
  }
  into.last_seen = std::max(into.last_seen, from.last_seen);
}

}  // namespace mailassay::dkim
