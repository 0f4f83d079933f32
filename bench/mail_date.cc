#include "bench/mail_date.h"

#include <chrono>
#include <cstdio>

namespace mailassay::bench {
namespace {

struct Parts {
  const char* weekday;
  const char* month;
  unsigned day, hour, minute, second;
  int year;
};

Parts Split(uint64_t unix_seconds) {
  using namespace std::chrono;
  static constexpr const char* kWeekdays[] = {"Sun", "Mon", "Tue", "Wed",
                                              "Thu", "Fri", "Sat"};
  static constexpr const char* kMonths[] = {"Jan", "Feb", "Mar", "Apr",
                                            "May", "Jun", "Jul", "Aug",
                                            "Sep", "Oct", "Nov", "Dec"};
  const sys_days days{
      std::chrono::days(static_cast<int>(unix_seconds / 86'400))};
  const year_month_day date(days);
  const auto rest = static_cast<unsigned>(unix_seconds % 86'400);
  return {kWeekdays[weekday(days).c_encoding()],
          kMonths[static_cast<unsigned>(date.month()) - 1],
          static_cast<unsigned>(date.day()),
          rest / 3600,
          rest / 60 % 60,
          rest % 60,
          static_cast<int>(date.year())};
}

}  // namespace

std::string MailDate(uint64_t unix_seconds) {
  const Parts p = Split(unix_seconds);
  char text[64];
  std::snprintf(text, sizeof text, "%s, %u %s %d %02u:%02u:%02u +0000",
                p.weekday, p.day, p.month, p.year, p.hour, p.minute, p.second);
  return text;
}

std::string FromLineDate(uint64_t unix_seconds) {
  const Parts p = Split(unix_seconds);
  char text[64];
  std::snprintf(text, sizeof text, "%s %s %2u %02u:%02u:%02u %d", p.weekday,
                p.month, p.day, p.hour, p.minute, p.second, p.year);
  return text;
}

}  // namespace mailassay::bench
