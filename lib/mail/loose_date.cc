// One reader takes part after part and gives up at what is none.
#include "lib/mail/loose_date.h"

#include <algorithm>

#include "lib/base/ascii.h"
#include "lib/mail/calendar.h"
#include "lib/mail/date_names.h"

namespace mailassay::mail {
namespace {

constexpr size_t kMaxComment = 40;
constexpr std::string_view kBehindWord = " \t\r\n,.-+(";
constexpr int64_t kFirstYear = 1970;

bool IsWordOctet(char c) { return IsAlpha(c) || Is8Bit(c) || c == '?'; }
bool IsUpperWord(std::string_view word) {
  return std::all_of(word.begin(), word.end(), IsUpper);
}

class LooseReader {
 public:
  explicit LooseReader(std::string_view text) : text_(text) {}

  std::optional<LooseDate> Read(Rest rest) {
    for (SkipSeparators(); !AtEnd(); SkipSeparators()) {
      const LooseReader before = *this;
      if (++parts_ <= kMaxLooseParts && TakePart()) continue;
      if (rest == Rest::kRefused || !before.IsComplete()) return std::nullopt;
      return LooseReader(before).Conclude();
    }
    return Conclude();
  }

 private:
  bool AtEnd() const { return at_ == text_.size(); }
  char Peek(size_t ahead = 0) const {
    return at_ + ahead < text_.size() ? text_[at_ + ahead] : '\0';
  }
  bool Take(char c) {
    if (Peek() != c || AtEnd()) return false;
    ++at_;
    return true;
  }
  void SkipSeparators() {
    while (!AtEnd() && (IsFws(Peek()) || Peek() == ',')) ++at_;
  }

  // At most `max` digits, and no more; how many, or 0.
  size_t TakeDigits(size_t max, int* value) {
    size_t count = 0;
    *value = 0;
    while (IsDigit(Peek())) {
      if (++count > max) return 0;
      *value = *value * 10 + (text_[at_++] - '0');
    }
    return count;
  }

  std::string_view TakeWord() {
    const size_t begin = at_;
    while (!AtEnd() && IsWordOctet(Peek())) ++at_;
    return text_.substr(begin, at_ - begin);
  }

  // A part ends at a blank or comma; "." is an abbreviation's or an ordinal's,
  // "-" joins as in 05-Mar-2024.
  bool EndPart() {
    Take('.');
    if (AtEnd() || IsFws(Peek()) || Peek() == ',') return true;
    const char next = Peek(1);
    return (IsWordOctet(next) || IsDigit(next)) && Take('-');
  }

  bool TakePart() {
    const char c = Peek();
    if (IsDigit(c)) return TakeNumber();
    if (c == '+' || c == '-') return has_time_ && TakeOffset();
    if (c == '(') return has_time_ && TakeComment();
    return IsWordOctet(c) && TakeName();
  }

  bool TakeNumber() {
    int value = 0;
    const size_t digits = TakeDigits(4, &value);
    const bool is_short = digits == 1 || digits == 2;
    if (is_short && Peek() == ':') return TakeTime(value);
    if (digits == 4) {
      return IsNumericDate() ? TakeYearFirst(value) : SetYear(value);
    }
    if (is_short && IsNumericDate()) return TakeYearLast(value);
    if (is_short && day_ == 0) return SetDay(value);
    return digits == 2 && TakeShortYear(value);
  }

  bool IsNumericDate() const {
    const char c = Peek();
    return (c == '-' || c == '/' || c == '.') && IsDigit(Peek(1));
  }

  bool SetYear(int year) {
    if (year_ != 0 || year < kFirstYear) return false;
    year_ = year;
    return EndPart();
  }

  bool SetDay(int day) {
    if (day_ != 0 || day < 1 || day > 31) return false;
    day_ = day;
    day_at_ = parts_;
    return EndPart();
  }

  bool SetMonth(MonthName name) {
    if (month_ != 0) return false;
    month_ = name.month;
    certain_ = name.only;
    month_at_ = parts_;
    return EndPart();
  }

  // Two digits are a year only where RFC 5322 has one: 05 Mar 24.
  bool TakeShortYear(int value) {
    return day_at_ + 1 == month_at_ && month_at_ + 1 == parts_ &&
           SetYear(static_cast<int>(YearOfTwoDigits(value)));
  }

  // Between day, month and year stands the same sign twice.
  bool TakeTwoNumbers(size_t last_digits, int* second, int* third) {
    const char sign = Peek();
    return Take(sign) && TakeDigits(2, second) > 0 && Take(sign) &&
           TakeDigits(last_digits, third) > 0;
  }

  bool SetNumericDate(int year, int month, int day) {
    if (year_ != 0 || month_ != 0 || day_ != 0 || year < kFirstYear ||
        month < 1 || month > 12) {
      return false;
    }
    year_ = year;
    month_ = month;
    day_ = day;
    day_at_ = month_at_ + 1;
    return true;
  }

  // ISO 8601: 2024-03-05, and "T" before a time.
  bool TakeYearFirst(int year) {
    int month = 0;
    int day = 0;
    if (!TakeTwoNumbers(2, &month, &day) || !SetNumericDate(year, month, day)) {
      return false;
    }
    const bool has_t = (Peek() == 'T' || Peek() == 't') && IsDigit(Peek(1));
    return has_t ? Take(Peek()) : EndPart();
  }

  // 05.03.2024, 05/03/2024.  Where both could be the month, only "." says that
  // the day is first; a year of two digits could be a day as well.
  bool TakeYearLast(int first) {
    const bool day_first_by_sign = Peek() == '.';
    int second = 0;
    int year = 0;
    if (!TakeTwoNumbers(4, &second, &year)) return false;
    const bool month_first = second > 12 && !day_first_by_sign;
    certain_ =
        day_first_by_sign || first > 12 || second > 12 || first == second;
    return SetNumericDate(year, month_first ? first : second,
                          month_first ? second : first) &&
           EndPart();
  }

  // H:MM[:SS[.digits]]; a zone or AM may follow without a blank.
  bool TakeTime(int hour) {
    if (has_time_) return false;
    has_time_ = true;
    time_.hour = hour;
    if (!Take(':') || TakeDigits(2, &time_.minute) != 2) return false;
    if (Take(':') && TakeDigits(2, &time_.second) != 2) return false;
    if (Peek() == '.' && IsDigit(Peek(1))) {
      for (Take('.'); IsDigit(Peek());) ++at_;
    }
    return Peek() != ':' && Peek() != '.';
  }

  // +0100, +01:00, +01, +1.  Zones lie from -1200 to +1400.
  bool TakeOffset() {
    const bool west = Take('-');
    if (!west && !Take('+')) return false;
    int value = 0;
    int minutes = 0;
    const size_t digits = TakeDigits(4, &value);
    if (digits == 2 && Take(':') && TakeDigits(2, &minutes) != 2) return false;
    if (digits == 0 || digits == 3) return false;
    const int hours = digits == 4 ? value / 100 : value;
    if (digits == 4) minutes = value % 100;
    if (has_offset_ || hours > (west ? 12 : 14) || minutes > 59) return false;
    has_offset_ = true;
    const int seconds = hours * 3600 + minutes * 60;
    zone_ = {west ? -seconds : seconds, true};
    return AtEnd() || IsFws(Peek()) || Peek() == ')' || Peek() == '(';
  }

  // "(+0700)", "(CET)", "(Central European Time)": one that is no offset is a
  // remark.
  bool TakeComment() {
    const size_t end = text_.find(')', at_);
    const size_t begin = at_ + 1;
    if (end == text_.npos || end == begin || end - begin > kMaxComment) {
      return false;
    }
    at_ = begin;
    if (Peek() == '+' || Peek() == '-') return TakeOffset() && Take(')');
    const std::string_view text = text_.substr(begin, end - begin);
    at_ = end + 1;
    if (!has_offset_ && !has_zone_name_) zone_ = NamedZone(text);
    return text.find('(') == text.npos;
  }

  bool TakeName() {
    const std::string_view word = TakeWord();
    if (!AtEnd() && kBehindWord.find(Peek()) == kBehindWord.npos) return false;
    if (has_time_ && TakeHalfOfDay(word)) return true;
    if (TakeRoute(word)) return true;
    const FoldedWord folded = Fold(word);
    const MonthName month = FindMonth(folded.text());
    if (!has_day_name_ && day_ == 0 && month_ == 0 &&
        IsDayName(folded.text())) {
      has_day_name_ = true;
      maybe_month_ = month;
      maybe_month_at_ = parts_;
      return EndPart();
    }
    if (month.month != 0 && month_ == 0) return SetMonth(month);
    return has_time_ && TakeZoneName(word);
  }

  // AM, PM, a.m., p.m.
  bool TakeHalfOfDay(std::string_view word) {
    const bool dotted = word.size() == 1 && Peek() == '.' &&
                        ToLower(Peek(1)) == 'm' && Peek(2) == '.';
    const bool plain = word.size() == 2 && ToLower(word[1]) == 'm';
    const char half = ToLower(word[0]);
    if (!(dotted || plain) || (half != 'a' && half != 'p')) return false;
    if (has_half_ || time_.hour < 1 || time_.hour > 12) return false;
    has_half_ = true;
    if (dotted) at_ += 3;
    time_.hour = time_.hour % 12 + (half == 'p' ? 12 : 0);
    return true;
  }

  // UUCP: "remote from host" or "forwarded by host" behind the date.
  bool TakeRoute(std::string_view word) {
    const std::string_view rest = text_.substr(at_);
    const bool is_route = (EqualsIgnoreCase(word, "remote") &&
                           StartsWithIgnoreCase(rest, " from ")) ||
                          (EqualsIgnoreCase(word, "forwarded") &&
                           StartsWithIgnoreCase(rest, " by "));
    if (!is_route || !IsComplete()) return false;
    const std::string_view host = TrimFws(rest.substr(rest.find(' ', 1)));
    if (host.empty() || std::any_of(host.begin(), host.end(), IsWsp)) {
      return false;
    }
    at_ = text_.size();
    return true;
  }

  // A name that RFC 5322 knows, any other in capitals, "DST" behind one, or
  // GMT+0100.
  bool TakeZoneName(std::string_view word) {
    if (has_zone_name_) return word == "DST" && EndPart();
    has_zone_name_ = true;
    const Zone zone = NamedZone(word);
    if (!zone.known &&
        (word.size() < 3 || word.size() > 5 || !IsUpperWord(word))) {
      return false;
    }
    if (!has_offset_) zone_ = zone;
    if (zone.known && (Peek() == '+' || Peek() == '-')) return TakeOffset();
    return EndPart();
  }

  bool IsComplete() const {
    return has_time_ && day_ != 0 && year_ != 0 &&
           (month_ != 0 || maybe_month_.month != 0);
  }

  std::optional<LooseDate> Conclude() {
    if (month_ == 0) {  // "Mar 5": the month, not the Tuesday of Spain
      month_ = maybe_month_.month;
      month_at_ = maybe_month_at_;
      certain_ = maybe_month_.only;
    }
    const bool together = day_at_ + 1 == month_at_ || month_at_ + 1 == day_at_;
    if (!IsComplete() || !together) return std::nullopt;
    const Civil civil{year_,      month_,       day_,
                      time_.hour, time_.minute, time_.second};
    const auto seconds = ToSeconds(civil, zone_.offset_seconds);
    if (!seconds) return std::nullopt;
    return LooseDate{*seconds, zone_.known, certain_, has_half_};
  }

  std::string_view text_;
  size_t at_ = 0;
  size_t parts_ = 0;  // taken so far, the one being taken included
  int64_t year_ = 0;  // 0, here and below: none yet
  int month_ = 0;
  int day_ = 0;
  size_t month_at_ = 0;  // the number of the part
  size_t day_at_ = 0;
  MonthName maybe_month_;  // what the day name would be as one
  size_t maybe_month_at_ = 0;
  Civil time_;
  Zone zone_;
  bool has_day_name_ = false;
  bool has_time_ = false;
  bool has_half_ = false;
  bool has_offset_ = false;
  bool has_zone_name_ = false;
  bool certain_ = true;
};

}  // namespace

std::optional<LooseDate> ParseLooseDate(std::string_view text, Rest rest) {
  return LooseReader(text).Read(rest);
}

}  // namespace mailassay::mail
