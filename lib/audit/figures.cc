#include "lib/audit/figures.h"

#include <algorithm>
#include <array>
#include <cmath>

#include "absl/strings/str_format.h"

namespace mailassay::audit {
namespace {

bool Continues(char c) { return (static_cast<uint8_t>(c) & 0xC0) == 0x80; }

// Octets of the first `columns` code points.
size_t Prefix(std::string_view safe, size_t columns) {
  size_t end = 0;
  while (end < safe.size()) {
    if (!Continues(safe[end])) {
      if (columns == 0) break;
      --columns;
    }
    ++end;
  }
  return end;
}

}  // namespace

std::string Grouped(uint64_t value) {
  std::string digits = std::to_string(value);
  for (size_t at = digits.size(); at > 3;) {
    at -= 3;
    digits.insert(at, 1, ',');
  }
  return digits;
}

std::string Share(uint64_t part, uint64_t whole) {
  if (whole == 0) return "-";
  if (part == 0) return "0 %";
  if (part >= whole) return "100 %";
  const double percent =
      100.0 * static_cast<double>(part) / static_cast<double>(whole);
  if (percent < 0.1) return "<0.1 %";
  if (percent > 99.9) return ">99.9 %";
  return absl::StrFormat("%.1f %%", percent);
}

std::string Octets(uint64_t octets) {
  if (octets == 1) return "1 byte";
  if (octets < 1000) return std::to_string(octets) + " bytes";
  constexpr std::array<const char*, 6> kUnits = {"kB", "MB", "GB",
                                                 "TB", "PB", "EB"};
  double value = static_cast<double>(octets) / 1000;
  size_t unit = 0;
  while (value >= 999.95 && unit + 1 < kUnits.size()) {
    value /= 1000;
    ++unit;
  }
  return absl::StrFormat("%.1f %s", value, kUnits[unit]);
}

std::string Duration(double seconds) {
  if (!(seconds >= 0)) return "0 s";
  if (seconds < 9.95) return absl::StrFormat("%.1f s", seconds);
  const auto whole = static_cast<uint64_t>(std::min(seconds + 0.5, 1e15));
  if (whole < 60) return absl::StrFormat("%d s", whole);
  if (whole < 3600) {
    return absl::StrFormat("%d min %d s", whole / 60, whole % 60);
  }
  return absl::StrFormat("%s h %d min", Grouped(whole / 3600), whole / 60 % 60);
}

size_t Columns(std::string_view safe) {
  return static_cast<size_t>(std::count_if(
      safe.begin(), safe.end(), [](char c) { return !Continues(c); }));
}

std::string PadRight(std::string_view safe, size_t columns) {
  const size_t has = Columns(safe);
  return std::string(safe) +
         std::string(columns > has ? columns - has : 0, ' ');
}

std::string PadLeft(std::string_view safe, size_t columns) {
  const size_t has = Columns(safe);
  return std::string(columns > has ? columns - has : 0, ' ') +
         std::string(safe);
}

std::string Tail(std::string_view safe, size_t columns) {
  constexpr std::string_view kDots = "...";
  const size_t has = Columns(safe);
  if (has <= columns) return std::string(safe);
  const size_t keep = columns > kDots.size() ? columns - kDots.size() : 0;
  return std::string(kDots) +
         std::string(safe.substr(Prefix(safe, has - keep)));
}

void AppendWrapped(std::string_view first, std::string_view safe,
                   size_t columns, std::string* out) {
  const size_t indent = Columns(first);
  const size_t room =
      std::max<size_t>(columns > indent ? columns - indent : 0, 8);
  out->append(first);
  for (;;) {
    size_t end = Prefix(safe, room);
    size_t next = end;
    if (end < safe.size()) {
      const size_t blank = safe[end] == ' ' ? end : safe.rfind(' ', end);
      if (blank != std::string_view::npos && blank > 0) {
        end = blank;
        next = blank + 1;
      }
    }
    out->append(safe.substr(0, end));
    out->push_back('\n');
    safe.remove_prefix(next);
    if (safe.empty()) return;
    out->append(indent, ' ');
  }
}

}  // namespace mailassay::audit
