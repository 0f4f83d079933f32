#include "lib/mail/date.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdint>
#include <limits>
#include <string>

namespace mailassay::mail {
namespace {

using testing::Eq;
using testing::Optional;

struct Case {
  std::string_view text;
  std::string_view time;  // as FormatTime; empty: refused
};

std::string Show(std::optional<int64_t> seconds) {
  return seconds ? FormatTime(*seconds) : "";
}

std::string Show(std::optional<FieldDate> date) {
  return date ? FormatTime(date->seconds) : "";
}

TEST(Date, ReadsRfc5322) {
  for (auto [text, time] : {
           // RFC 5322 A.1.1 and A.5
           Case{"Fri, 21 Nov 1997 09:55:06 -0600", "1997-11-21T15:55:06Z"},
           Case{"Thu,\r\n      13\r\n        Feb\r\n          1969\r\n"
                "      23:32\r\n               -0330 (Newfoundland Time)",
                "1969-02-14T03:02:00Z"},
           Case{"1 Jan 2020 00:00:00 +0000", "2020-01-01T00:00:00Z"},
           Case{"01 jan 2020 00:00:00 +0000", "2020-01-01T00:00:00Z"},
           Case{"Mon, 1 Jan 2020 00:00:00 +0000", "2020-01-01T00:00:00Z"},
           Case{" \tWed, 1 Jan 2020 00:00:00 +0000 \t", "2020-01-01T00:00:00Z"},
           Case{"1 Jan 2020 00:00 +0000", "2020-01-01T00:00:00Z"},
           Case{"29 Feb 2000 00:00:00 +0000", "2000-02-29T00:00:00Z"},
           Case{"29 Feb 2024 23:59:59 +1400", "2024-02-29T09:59:59Z"},
           Case{"31 Dec 1969 23:59:59 -0000", "1969-12-31T23:59:59Z"},
           // 3.3: a leap second; Unix time counts it as the next one
           Case{"31 Dec 2016 23:59:60 +0000", "2017-01-01T00:00:00Z"},
           // 3.3: the zone's range is -9959 to +9959
           Case{"1 Jan 2020 00:00:00 +9959", "2019-12-27T20:01:00Z"},
       }) {
    EXPECT_EQ(Show(ParseDate(text)), time) << text;
  }
}

TEST(Date, ReadsObsoleteForms) {
  for (auto [text, time] : {
           // RFC 5322 A.6.2
           Case{"21 Nov 97 09:55:06 GMT", "1997-11-21T09:55:06Z"},
           // A.6.3
           Case{"Fri, 21 Nov 1997 09(comment):   55  :  06 -0600",
                "1997-11-21T15:55:06Z"},
           Case{"1 Jan 00 00:00:00 +0000", "2000-01-01T00:00:00Z"},
           Case{"1 Jan 49 00:00:00 +0000", "2049-01-01T00:00:00Z"},
           Case{"1 Jan 50 00:00:00 +0000", "1950-01-01T00:00:00Z"},
           Case{"1 Jan 99 00:00:00 +0000", "1999-01-01T00:00:00Z"},
           Case{"1 Jan 100 00:00:00 +0000", "2000-01-01T00:00:00Z"},
           Case{"1 Jan 2020 00:00:00 UT", "2020-01-01T00:00:00Z"},
           Case{"1 Jan 2020 00:00:00 est", "2020-01-01T05:00:00Z"},
           Case{"1 Jan 2020 00:00:00 EDT", "2020-01-01T04:00:00Z"},
           Case{"1 Jan 2020 00:00:00 CST", "2020-01-01T06:00:00Z"},
           Case{"1 Jan 2020 00:00:00 CDT", "2020-01-01T05:00:00Z"},
           Case{"1 Jan 2020 00:00:00 MST", "2020-01-01T07:00:00Z"},
           Case{"1 Jan 2020 00:00:00 MDT", "2020-01-01T06:00:00Z"},
           Case{"1 Jan 2020 00:00:00 PST", "2020-01-01T08:00:00Z"},
           Case{"1 Jan 2020 00:00:00 PDT", "2020-01-01T07:00:00Z"},
           // 4.3: military and unknown names count as -0000
           Case{"1 Jan 2020 00:00:00 A", "2020-01-01T00:00:00Z"},
           Case{"1 Jan 2020 00:00:00 Z", "2020-01-01T00:00:00Z"},
           Case{"1 Jan 2020 00:00:00 CEST", "2020-01-01T00:00:00Z"},
           Case{"(a(b\\)(c))d) Wed (x) , 1 Jan 2020 00:00:00 (y) +0100(CET)",
                "2019-12-31T23:00:00Z"},
       }) {
    EXPECT_EQ(Show(ParseDate(text)), time) << text;
  }
}

TEST(Date, Refuses) {
  for (std::string_view text : {
           "",
           "now",
           "1 Jan 2020",
           "Wed, 1 Jan 2020 +0000",
           "32 Jan 2020 00:00:00 +0000",
           "0 Jan 2020 00:00:00 +0000",
           "001 Jan 2020 00:00:00 +0000",
           "29 Feb 2019 00:00:00 +0000",
           "29 Feb 1900 00:00:00 +0000",
           "31 Apr 2020 00:00:00 +0000",
           "1 Jan 1899 00:00:00 +0000",  // RFC 5322 3.3: 1900 or later
           "1 Jan 0020 00:00:00 +0000",
           "1 Jan 12020 00:00:00 +0000",
           "1 Jan 5 00:00:00 +0000",
           "1 Jan 2020 24:00:00 +0000",
           "1 Jan 2020 00:60:00 +0000",
           "1 Jan 2020 00:00:61 +0000",
           "1 Jan 2020 0:0:00 +0000",
           "Wed, 1 Jan 2020 24:00:00",
           "x 1 Jan 2020 00:00:00 +0000",
           "Date: 1 Jan 2020 00:00:00 +0000",
           "on 1 Jan 2020 at 00:00:00 +0000",
           "Wed, 1 Jan 2020, or 10:00:00",
           "Mi, 1 Foo 2020 00:00:00 +0000",
           // readers take these for different times
           "03/04/2024 10:00:05",
           "03/04/2024 10:00:05 +0000",
           "1 Jan 2020 10:00:00 PM",
           "1 Jan 2020 10:00:00 AM +0000",
           "Jan 1, 2020 10:00 p.m.",
           "1 Jan -2020 00:00:00 +0000",
           "99999999999999999999 Jan 2020 00:00:00 +0000",
       }) {
    EXPECT_FALSE(ParseDate(text)) << text;
  }
  EXPECT_FALSE(ParseDate(std::string_view("1 Jan 2020 00:00:00 +0000\0", 26)));
}

struct ZonedCase {
  std::string_view text;
  std::string_view time;
  bool has_zone = true;
};

// What has stood in Date and Received for decades and means one thing.
TEST(Date, ReadsCommonBrokenForms) {
  for (auto [text, time, has_zone] : {
           ZonedCase{"Thur, 2 Jan 2020 03:04:05 +0100", "2020-01-02T02:04:05Z"},
           ZonedCase{"Tues, 7 Jan 2020 03:04:05 -0500", "2020-01-07T08:04:05Z"},
           ZonedCase{"Wednesday, 1 Jan 2020 00:00:00 +0000",
                     "2020-01-01T00:00:00Z"},
           ZonedCase{"Wed. 1 Jan 2020 00:00:00 +0000", "2020-01-01T00:00:00Z"},
           ZonedCase{"Wed 1 Jan 2020 00:00:00 +0000", "2020-01-01T00:00:00Z"},
           ZonedCase{"Mi, 1 Jan 2020 00:00:00 +0100", "2019-12-31T23:00:00Z"},
           ZonedCase{"Wed,1 Jan 2020 00:00:00 +0100", "2019-12-31T23:00:00Z"},
           ZonedCase{"1 January 2020 00:00:00 +0000", "2020-01-01T00:00:00Z"},
           ZonedCase{"1 Sept 2020 00:00:00 +0000", "2020-09-01T00:00:00Z"},
           ZonedCase{"Wed, Jan 1 2020 00:00:00 +0000", "2020-01-01T00:00:00Z"},
           ZonedCase{"Jan 1, 2020 00:00:00 GMT", "2020-01-01T00:00:00Z"},
           ZonedCase{"1 Jan 2020 3:04:05 +0000", "2020-01-01T03:04:05Z"},
           ZonedCase{"Wednesday, 01-Jan-20 00:00:00 GMT",
                     "2020-01-01T00:00:00Z"},
           ZonedCase{"01-Jan-2020 00:00:00 +0000", "2020-01-01T00:00:00Z"},
           ZonedCase{"Wed Jan  1 00:00:00 2020", "2020-01-01T00:00:00Z", false},
           ZonedCase{"Wed Jan  1 00:00:00 2020 +0100", "2019-12-31T23:00:00Z"},
           ZonedCase{"Wed Jan  1 00:00:00 EST 2020", "2020-01-01T05:00:00Z"},
           ZonedCase{"2020-01-01T00:00:00Z", "2020-01-01T00:00:00Z"},
           ZonedCase{"2020-01-01T00:00:00+01:00", "2019-12-31T23:00:00Z"},
           ZonedCase{"2020-01-01 00:00:00", "2020-01-01T00:00:00Z", false},
           ZonedCase{"Wed,\r\n Jan 1\r\n\t2020 00:00:00\r\n +0000",
                     "2020-01-01T00:00:00Z"},
           // without a zone, or with one that nobody knows
           ZonedCase{"1 Jan 2020 00:00:00", "2020-01-01T00:00:00Z", false},
           ZonedCase{"Wed, 1 Jan 2020 00:00", "2020-01-01T00:00:00Z", false},
           ZonedCase{"1 Jan 2020 00:00:00 CEST", "2020-01-01T00:00:00Z", false},
           ZonedCase{"1 Jan 2020 00:00:00 +0060", "2020-01-01T00:00:00Z",
                     false},
           ZonedCase{"1 Jan 2020 00:00:00 +000", "2020-01-01T00:00:00Z", false},
           ZonedCase{"1 Jan 2020 00:00:00 +00000", "2020-01-01T00:00:00Z",
                     false},
           ZonedCase{"1 Jan 2020 00:00:00 0000", "2020-01-01T00:00:00Z", false},
           ZonedCase{"1 Jan 2020 00:00:00 +-100", "2020-01-01T00:00:00Z",
                     false},
           ZonedCase{"1 Jan 2020 00:00:00 \"GMT\"", "2020-01-01T00:00:00Z",
                     false},
           // a zone in another form
           ZonedCase{"1 Jan 2020 00:00:00 +01:00", "2019-12-31T23:00:00Z"},
           ZonedCase{"1 Jan 2020 00:00:00 +01", "2019-12-31T23:00:00Z"},
           ZonedCase{"1 Jan 2020 00:00:00 GMT+0100", "2019-12-31T23:00:00Z"},
           ZonedCase{"1 Jan 2020 00:00:00 -0800 PST", "2020-01-01T08:00:00Z"},
           // text behind the date
           ZonedCase{"1 Jan 2020 00:00:00 +0000 x", "2020-01-01T00:00:00Z"},
           ZonedCase{"1 Jan 2020 00:00:00 +0000 (open", "2020-01-01T00:00:00Z"},
           ZonedCase{"1 Jan 2020 00:00:00 +0000 (open\\",
                     "2020-01-01T00:00:00Z"},
           ZonedCase{"1 Jan 2020 00:00:00 +0000 )", "2020-01-01T00:00:00Z"},
           ZonedCase{"1 Jan 2020 00:00:00 +0100 (CET), by way of x",
                     "2019-12-31T23:00:00Z"},
           ZonedCase{"1 Jan 2020 00:00:00 +0100 Mitteleurop\xE4ische Zeit",
                     "2019-12-31T23:00:00Z"},
           ZonedCase{"1 Jan 2020 00:00:00 +0100 1 Jan 2021 00:00:00 +0000",
                     "2019-12-31T23:00:00Z"},
       }) {
    const std::optional<FieldDate> date = ParseDate(text);
    EXPECT_EQ(Show(date), time) << text;
    EXPECT_EQ(date && date->has_zone, has_zone) << text;
  }
  EXPECT_EQ(
      Show(ParseDate("1 Jan 2020 00:00:00 +0100 " + std::string(1 << 20, 'x'))),
      "2019-12-31T23:00:00Z");
}

TEST(Date, NestedCommentsNeedNoStack) {
  const std::string open(1 << 20, '(');
  const std::string close(1 << 20, ')');
  EXPECT_EQ(Show(ParseDate("1 Jan 2020 00:00:00 +0000 " + open + close)),
            "2020-01-01T00:00:00Z");
  EXPECT_FALSE(ParseDate(open));
}

// A plain count of days, month by month, for every day of five centuries.
TEST(Date, CalendarAgreesWithCounting) {
  static constexpr std::string_view kMonths[] = {"Jan", "Feb", "Mar", "Apr",
                                                 "May", "Jun", "Jul", "Aug",
                                                 "Sep", "Oct", "Nov", "Dec"};
  int64_t days = -25567;  // 1900-01-01
  for (int year = 1900; year <= 2410; ++year) {
    const bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
    const int lengths[] = {
        31, leap ? 29 : 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    for (size_t month = 0; month < 12; ++month) {
      for (int day = 1; day <= lengths[month]; ++day, ++days) {
        char iso[32];
        snprintf(iso, sizeof iso, "%04d-%02d-%02dT00:00:00Z", year,
                 static_cast<int>(month) + 1, day);
        ASSERT_EQ(FormatTime(days * 86400), iso);
        ASSERT_THAT(ParseTimeOption(iso), Optional(Eq(days * 86400)));
        if (day == 1 || day == lengths[month]) {
          const std::string mail = std::to_string(day) + " " +
                                   std::string(kMonths[month]) + " " +
                                   std::to_string(year) + " 00:00:00 +0000";
          ASSERT_EQ(Show(ParseDate(mail)), FormatTime(days * 86400)) << mail;
        }
      }
    }
  }
}

TEST(FormatTime, AnyValue) {
  EXPECT_EQ(FormatTime(0), "1970-01-01T00:00:00Z");
  EXPECT_EQ(FormatTime(-1), "1969-12-31T23:59:59Z");
  EXPECT_EQ(FormatTime(1772368496), "2026-03-01T12:34:56Z");
  EXPECT_EQ(FormatTime(253402300799), "9999-12-31T23:59:59Z");
  EXPECT_EQ(FormatTime(253402300800), "9999-12-31T23:59:59Z");
  EXPECT_EQ(FormatTime(-62167219200), "0000-01-01T00:00:00Z");
  EXPECT_EQ(FormatTime(std::numeric_limits<int64_t>::max()),
            "9999-12-31T23:59:59Z");
  EXPECT_EQ(FormatTime(std::numeric_limits<int64_t>::min()),
            "0000-01-01T00:00:00Z");
}

TEST(TimeOption, Reads) {
  for (auto [text, time] : {
           Case{"0", "1970-01-01T00:00:00Z"},
           Case{"-1", "1969-12-31T23:59:59Z"},
           Case{"1772368496", "2026-03-01T12:34:56Z"},
           Case{"2026-03-01T12:34:56Z", "2026-03-01T12:34:56Z"},
           Case{"2026-03-01t12:34:56z", "2026-03-01T12:34:56Z"},
           Case{"2026-03-01 12:34:56Z", "2026-03-01T12:34:56Z"},
           Case{"2026-03-01T12:34:56.789+01:00", "2026-03-01T11:34:56Z"},
           Case{"2026-03-01T12:34:56-08:30", "2026-03-01T21:04:56Z"},
           Case{"2026-03-01", "2026-03-01T00:00:00Z"},
           Case{"2016-12-31T23:59:60Z", "2017-01-01T00:00:00Z"},
       }) {
    EXPECT_EQ(Show(ParseTimeOption(text)), time) << text;
  }
}

TEST(TimeOption, Refuses) {
  for (std::string_view text : {
           "",
           "-",
           "+1",
           "1.5",
           "now",
           " 0",
           "0 ",
           "253402300800",
           "-62167219201",
           "9999999999999",
           "99999999999999999999999",
           "2026-3-1",
           "2026-00-01",
           "2026-13-01",
           "2026-02-29",
           "2026-03-01T",
           "2026-03-01T12:34",
           "2026-03-01T12:34:56",
           "2026-03-01T12:34:56.Z",
           "2026-03-01T12:34:56+0100",
           "2026-03-01T12:34:56+24:00",
           "2026-03-01T12:34:56+01:60",
           "2026-03-01T12:34:56Zx",
           "20260-03-01",
           "0000-01-01T00:00:00+01:00",
           "9999-12-31T23:59:59-01:00",
       }) {
    EXPECT_EQ(ParseTimeOption(text), std::nullopt) << text;
  }
}

}  // namespace
}  // namespace mailassay::mail
