#include "lib/mail/received.h"

#include <array>
#include <cstddef>

#include "lib/base/ascii.h"
#include "lib/mail/date.h"

namespace mailassay::mail {
namespace {

// 1980-01-01T00:00:00Z.  A time before there was mail of this form is a clock
// that was not set or a place holder ("Thu Jan  1 00:00:00 1970").
constexpr int64_t kEarliest = 315532800;
// Mon Sep 17 00:00:00 2001: git format-patch writes it into every From_ line.
constexpr int64_t kGitPlaceholder = 1000684800;

constexpr int64_t kClockMargin = 300;
constexpr int64_t kZoneMargin = 14 * 3600;

std::optional<int64_t> Plausible(std::optional<int64_t> seconds) {
  return seconds && *seconds >= kEarliest ? seconds : std::nullopt;
}

// RFC 5322 3.6.7: "Received:" *received-token ";" date-time.  What is behind
// the last ";" outside comments, quoted strings and quoted-pairs.
std::optional<std::string_view> DatePart(std::string_view value) {
  static constexpr auto kMeansSomething = [] {
    std::array<bool, 256> means{};
    for (const char c : std::string_view("\\\"();")) {
      means[static_cast<unsigned char>(c)] = true;
    }
    return means;
  }();
  std::optional<std::string_view> date;
  size_t depth = 0;
  bool quoted = false;
  for (size_t i = 0; i < value.size(); ++i) {
    const char c = value[i];
    if (!kMeansSomething[static_cast<unsigned char>(c)]) continue;
    if (c == '\\' && (quoted || depth > 0)) {
      ++i;
    } else if (c == '"' && depth == 0) {
      quoted = !quoted;
    } else if (quoted) {
      continue;
    } else if (c == '(') {
      ++depth;
    } else if (c == ')' && depth > 0) {
      --depth;
    } else if (c == ';' && depth == 0) {
      date = value.substr(i + 1);
    }
  }
  return date;
}

// The topmost is the newest (RFC 5321 4.4: prepended).
std::optional<int64_t> NewestReceived(const Header& header) {
  for (const HeaderField& field : header.fields) {
    if (field.known != FieldName::kReceived) continue;
    const std::optional<std::string_view> date = DatePart(field.value());
    if (!date) continue;
    if (auto seconds = Plausible(ParseDate(*date))) return seconds;
  }
  return std::nullopt;
}

std::optional<int64_t> FieldDate(const Header& header, FieldName name) {
  const HeaderField* field = header.Find(name);
  return field ? Plausible(ParseDate(field->value())) : std::nullopt;
}

// A date that could be another is no evidence.
std::optional<FromLineDate> EnvelopeDate(std::string_view line) {
  line = TrimFws(line);
  if (!line.starts_with("From ")) return std::nullopt;
  const std::optional<FromLineDatePlace> place = FindFromLineDate(line);
  if (!place || !place->date.certain || place->date.seconds < kEarliest ||
      place->date.seconds == kGitPlaceholder) {
    return std::nullopt;
  }
  return place->date;
}

}  // namespace

std::string_view ReceivedSourceName(ReceivedSource source) {
  static constexpr std::array<std::string_view, 5> kNames = {
      "none", "received", "delivery_date", "mbox_from", "date_header",
  };
  return kNames[static_cast<size_t>(source)];
}

ReceivedAt FindReceivedAt(const Header& header, std::string_view from_line) {
  if (auto seconds = NewestReceived(header)) {
    return {ReceivedSource::kReceived, *seconds, kClockMargin};
  }
  if (auto seconds = FieldDate(header, FieldName::kDeliveryDate)) {
    return {ReceivedSource::kDeliveryDate, *seconds, kClockMargin};
  }
  if (auto date = EnvelopeDate(from_line)) {
    return {ReceivedSource::kMboxFrom, date->seconds,
            date->has_zone ? kClockMargin : kZoneMargin};
  }
  if (auto seconds = FieldDate(header, FieldName::kDate)) {
    return {ReceivedSource::kDateHeader, *seconds, kClockMargin};
  }
  return {};
}

}  // namespace mailassay::mail
