#include "lib/mail/fixed_date.h"

#include <algorithm>

#include "lib/base/ascii.h"
#include "lib/mail/calendar.h"

namespace mailassay::mail {
namespace {

// The parts of a date, each at its place.  What is not there is remembered, so
// that nobody need ask before the end.
class Places {
 public:
  explicit Places(std::string_view text) : text_(text) {}

  void Expect(size_t at, char c) { all_there_ &= text_[at] == c; }

  int Digit(size_t at) {
    all_there_ &= IsDigit(text_[at]);
    return text_[at] - '0';
  }
  int TwoDigits(size_t at) { return Digit(at) * 10 + Digit(at + 1); }
  // The first may be a blank.
  int Day(size_t at) {
    return text_[at] == ' ' ? Digit(at + 1) : TwoDigits(at);
  }
  int Year(size_t at) { return TwoDigits(at) * 100 + TwoDigits(at + 2); }

  void ExpectDayName(size_t at) {
    all_there_ &= DayNamed(text_.substr(at, 3)).has_value();
  }
  int Month(size_t at) {
    const std::optional<int> month = MonthNamed(text_.substr(at, 3));
    all_there_ &= month.has_value();
    return month.value_or(1);
  }
  // "00:00:00"
  void Time(size_t at, Civil* civil) {
    civil->hour = TwoDigits(at);
    Expect(at + 2, ':');
    civil->minute = TwoDigits(at + 3);
    Expect(at + 5, ':');
    civil->second = TwoDigits(at + 6);
  }
  // "+0000"
  int64_t Offset(size_t at) {
    const bool west = text_[at] == '-';
    all_there_ &= west || text_[at] == '+';
    const int minutes = TwoDigits(at + 3);
    all_there_ &= minutes < 60;
    const int seconds = TwoDigits(at + 1) * 3600 + minutes * 60;
    return west ? -seconds : seconds;
  }

  bool all_there() const { return all_there_; }

 private:
  std::string_view text_;
  bool all_there_ = true;
};

// "(CET)" or nothing.
bool IsZoneComment(std::string_view text) {
  if (text.empty()) return true;
  return text.size() > 1 && text.front() == '(' && text.back() == ')' &&
         std::ranges::all_of(text.substr(1, text.size() - 2),
                             [](char c) { return IsAlnum(c); });
}

}  // namespace

std::optional<int64_t> ReadAsctime(std::string_view text) {
  Places in(text);
  Civil civil;
  in.ExpectDayName(0);
  in.Expect(3, ' ');
  civil.month = in.Month(4);
  in.Expect(7, ' ');
  civil.day = in.Day(8);
  in.Expect(10, ' ');
  in.Time(11, &civil);
  in.Expect(19, ' ');
  civil.year = in.Year(20);
  if (!in.all_there() || civil.year < 1970) return std::nullopt;
  return ToSeconds(civil, 0);
}

std::optional<int64_t> ReadFieldDate(std::string_view text) {
  constexpr size_t kBeforeMonth = 8;  // "Thu, 01 ", with a day of two digits
  constexpr size_t kFromMonth = 23;   // "Jan 1970 00:00:00 +0000"
  text = TrimFws(text);
  const size_t month = text.substr(0, kBeforeMonth).rfind(' ') + 1;
  const bool one_digit = month == kBeforeMonth - 1;
  if (!(one_digit || month == kBeforeMonth) ||
      text.size() < month + kFromMonth ||
      !IsZoneComment(TrimFws(text.substr(month + kFromMonth)))) {
    return std::nullopt;
  }
  Places in(text);
  Civil civil;
  in.ExpectDayName(0);
  in.Expect(3, ',');
  in.Expect(4, ' ');
  civil.day = one_digit ? in.Digit(5) : in.TwoDigits(5);
  civil.month = in.Month(month);
  in.Expect(month + 3, ' ');
  civil.year = in.Year(month + 4);
  in.Expect(month + 8, ' ');
  in.Time(month + 9, &civil);
  in.Expect(month + 17, ' ');
  const int64_t offset = in.Offset(month + 18);
  if (!in.all_there() || civil.year < 1900) return std::nullopt;
  return ToSeconds(civil, offset);
}

}  // namespace mailassay::mail
