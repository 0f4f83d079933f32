#include "pipeline/run/sample_text.h"

namespace mailassay::run {
namespace {

constexpr size_t kDecimals = 6;
constexpr uint32_t kPercent = source::Share::kWhole / 100;

}  // namespace

std::optional<source::Share> ParsePercent(std::string_view text) {
  if (text.ends_with('%')) text.remove_suffix(1);
  const std::string_view whole = text.substr(0, text.find('.'));
  std::string_view decimals = text.substr(whole.size());
  if (whole.empty() || whole.size() > 3 || decimals.size() == 1) {
    return std::nullopt;
  }
  if (!decimals.empty()) decimals.remove_prefix(1);
  if (decimals.size() > kDecimals) return std::nullopt;
  std::string digits(whole);
  digits += decimals;
  digits.append(kDecimals - decimals.size(), '0');
  uint32_t parts = 0;  // at most nine digits
  for (const char c : digits) {
    if (c < '0' || c > '9') return std::nullopt;
    parts = parts * 10 + static_cast<uint32_t>(c - '0');
  }
  if (parts == 0 || parts > source::Share::kWhole) return std::nullopt;
  return source::Share{.parts = parts};
}

std::string FormatPercent(source::Share share) {
  std::string text = std::to_string(share.parts / kPercent);
  std::string decimals = std::to_string(share.parts % kPercent + kPercent);
  decimals[0] = '.';
  decimals.resize(decimals.find_last_not_of('0') + 1);
  if (decimals.size() > 1) text += decimals;
  return text;
}

}  // namespace mailassay::run
