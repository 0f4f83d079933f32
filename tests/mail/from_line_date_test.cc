#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <string>
#include <string_view>

#include "lib/mail/date.h"

namespace mailassay::mail {
namespace {

enum Zone { kNoZone, kZone };

struct Accepted {
  std::string_view text;
  std::string_view time;
  Zone zone = kNoZone;
};

void ExpectAccepted(const Accepted& expected) {
  const auto date = ParseFromLineDate(expected.text);
  ASSERT_TRUE(date) << expected.text;
  EXPECT_EQ(FormatTime(date->seconds), expected.time) << expected.text;
  EXPECT_EQ(date->has_zone, expected.zone == kZone) << expected.text;
  EXPECT_TRUE(date->certain) << expected.text;
}

TEST(FromLineDate, Asctime) {
  for (const Accepted& date : {
           Accepted{"Thu Jan  1 00:00:00 1970", "1970-01-01T00:00:00Z"},
           Accepted{"Tue Mar  3 10:20 2020", "2020-03-03T10:20:00Z"},
           Accepted{"tue mar 3 10:20:30 2020\r\n", "2020-03-03T10:20:30Z"},
           Accepted{"  Tue Mar\t3 10:20:30 2020  ", "2020-03-03T10:20:30Z"},
           Accepted{"TUE MAR 03 10:20:30 2020", "2020-03-03T10:20:30Z"},
           Accepted{"Tue Mar  3  9:20:30 2020", "2020-03-03T09:20:30Z"},
           Accepted{"Tue, Mar  3 10:20:30 2020", "2020-03-03T10:20:30Z"},
           Accepted{"Tuesday March 3 10:20:30 2020", "2020-03-03T10:20:30Z"},
           Accepted{"Tues Mar 3 10:20:30 2020", "2020-03-03T10:20:30Z"},
           Accepted{"Thur Sept 3 10:20:30 2020", "2020-09-03T10:20:30Z"},
           Accepted{"Mar  3 10:20:30 2020", "2020-03-03T10:20:30Z"},
           Accepted{"Tue Mar  3 10:20:30.123 2020", "2020-03-03T10:20:30Z"},
           Accepted{"Thu Dec 31 23:59:60 1998", "1999-01-01T00:00:00Z"},
       }) {
    ExpectAccepted(date);
  }
}

TEST(FromLineDate, ZoneInAnyPlace) {
  for (const Accepted& date : {
           // Google Takeout
           Accepted{"Thu Jan 01 00:00:00 +0000 1970", "1970-01-01T00:00:00Z",
                    kZone},
           Accepted{"Tue Mar  3 10:20:30 -0330 2020", "2020-03-03T13:50:30Z",
                    kZone},
           Accepted{"Tue Mar  3 10:20:30 2020 +0100", "2020-03-03T09:20:30Z",
                    kZone},
           Accepted{"Tue Mar  3 10:20:30 2020 +01:00", "2020-03-03T09:20:30Z",
                    kZone},
           // strftime %Z of a zone without a name
           Accepted{"Tue Mar  3 10:20:30 2020 -03", "2020-03-03T13:20:30Z",
                    kZone},
           Accepted{"Tue Mar  3 10:20:30 2020 PST", "2020-03-03T18:20:30Z",
                    kZone},
           Accepted{"Tue Mar  3 10:20:30 UTC 2020", "2020-03-03T10:20:30Z",
                    kZone},
           Accepted{"Tue Mar  3 10:20:30 gmt 2020", "2020-03-03T10:20:30Z",
                    kZone},
           Accepted{"Tue Mar  3 10:20:30 CET 2020", "2020-03-03T10:20:30Z"},
           Accepted{"Tue Mar  3 10:20:30 MET DST 2020", "2020-03-03T10:20:30Z"},
           Accepted{"Tue Mar  3 10:20:30 2020 MET DST", "2020-03-03T10:20:30Z"},
           Accepted{"Fri Jul  1 09:13:09 1994 (+0700)", "1994-07-01T02:13:09Z",
                    kZone},
           Accepted{"Fri Jul  1 09:13:09 1994 (UTC)", "1994-07-01T09:13:09Z",
                    kZone},
           Accepted{"Fri Jul  1 09:13:09 1994 (CET)", "1994-07-01T09:13:09Z"},
           Accepted{"Fri Jul  1 09:13:09 (CET) 1994", "1994-07-01T09:13:09Z"},
           Accepted{"Fri Jul  1 09:13:09 1994 +0200 (CEST)",
                    "1994-07-01T07:13:09Z", kZone},
           Accepted{"Fri Jul  1 09:13:09 1994 +0200 (Central European Time)",
                    "1994-07-01T07:13:09Z", kZone},
           Accepted{"Fri Jul  1 09:13:09 CEST 1994 +0200",
                    "1994-07-01T07:13:09Z", kZone},
           Accepted{"Fri Jul  1 09:13:09 +0200 CEST 1994",
                    "1994-07-01T07:13:09Z", kZone},
           // ECMAScript Date.prototype.toString
           Accepted{"Tue Mar 05 2024 10:00:05 GMT+0100 (CET)",
                    "2024-03-05T09:00:05Z", kZone},
       }) {
    ExpectAccepted(date);
  }
}

TEST(FromLineDate, YearBeforeTime) {
  for (const Accepted& date : {
           Accepted{"Sat Apr 12 2025 15:59:28", "2025-04-12T15:59:28Z"},
           Accepted{"Sat, Apr 12, 2025 15:59:28", "2025-04-12T15:59:28Z"},
           Accepted{"Apr 12 2025 15:59", "2025-04-12T15:59:00Z"},
           Accepted{"Sat Apr 12 2025 15:59:28 -0700", "2025-04-12T22:59:28Z",
                    kZone},
           Accepted{"2025 Apr 12 15:59:28", "2025-04-12T15:59:28Z"},
           Accepted{"15:59:28 Sat Apr 12 2025", "2025-04-12T15:59:28Z"},
       }) {
    ExpectAccepted(date);
  }
}

TEST(FromLineDate, MailAndWebOrder) {
  for (const Accepted& date : {
           Accepted{"Tue, 3 Mar 2020 10:20:30 -0800", "2020-03-03T18:20:30Z",
                    kZone},
           Accepted{"Tue, 3 Mar 2020 10:20:30 -0800 (PST)",
                    "2020-03-03T18:20:30Z", kZone},
           Accepted{"Tue, 03 Mar 2020 10:20:30", "2020-03-03T10:20:30Z"},
           Accepted{"3 Mar 2020 10:20:30 +0000", "2020-03-03T10:20:30Z", kZone},
           Accepted{"Tue, 3 Mar 20 10:20:30 EST", "2020-03-03T15:20:30Z",
                    kZone},
           Accepted{"3 Mar 97 10:20", "1997-03-03T10:20:00Z"},
           Accepted{"Tuesday, 03-Mar-20 10:20:30 GMT", "2020-03-03T10:20:30Z",
                    kZone},
           Accepted{"03-Mar-2020 10:20:30 +0100", "2020-03-03T09:20:30Z",
                    kZone},
       }) {
    ExpectAccepted(date);
  }
}

TEST(FromLineDate, Numeric) {
  for (const Accepted& date : {
           Accepted{"2024-03-05T10:00:05Z", "2024-03-05T10:00:05Z", kZone},
           Accepted{"2024-03-05T10:00:05.250+01:00", "2024-03-05T09:00:05Z",
                    kZone},
           Accepted{"2024-03-05T10:00", "2024-03-05T10:00:00Z"},
           Accepted{"2024-03-05 10:00:05", "2024-03-05T10:00:05Z"},
           Accepted{"2024-03-05 10:00:05 +0000 UTC", "2024-03-05T10:00:05Z",
                    kZone},
           Accepted{"2024/03/05 10:00:05", "2024-03-05T10:00:05Z"},
           Accepted{"2024.3.5 9:00", "2024-03-05T09:00:00Z"},
           Accepted{"05.03.2024 10:00:05", "2024-03-05T10:00:05Z"},
           Accepted{"5.3.2024, 10:00", "2024-03-05T10:00:00Z"},
           Accepted{"Di 05.03.2024 10:00:05", "2024-03-05T10:00:05Z"},
           Accepted{"25/03/2024 10:00:05", "2024-03-25T10:00:05Z"},
           Accepted{"03/25/2024 10:00:05", "2024-03-25T10:00:05Z"},
           Accepted{"03/03/2024 10:00:05", "2024-03-03T10:00:05Z"},
           Accepted{"Tue 25-03-2024 10:00:05", "2024-03-25T10:00:05Z"},
       }) {
    ExpectAccepted(date);
  }
}

TEST(FromLineDate, HalfDays) {
  for (const Accepted& date : {
           Accepted{"Tue Mar  5 10:00:05 PM 2024", "2024-03-05T22:00:05Z"},
           Accepted{"Tue 05 Mar 2024 10:00:05 AM CET", "2024-03-05T10:00:05Z"},
           Accepted{"Mar 5, 2024 12:00 am", "2024-03-05T00:00:00Z"},
           Accepted{"Mar 5, 2024 12:00PM", "2024-03-05T12:00:00Z"},
           Accepted{"3/25/2024 1:02:03 p.m.", "2024-03-25T13:02:03Z"},
       }) {
    ExpectAccepted(date);
  }
}

TEST(FromLineDate, UucpRoute) {
  for (const Accepted& date : {
           Accepted{"Tue Mar  5 10:00:05 2024 remote from uucphost",
                    "2024-03-05T10:00:05Z"},
           Accepted{"Tue Mar  5 10:00:05 2024 +0100 remote from a.b-c",
                    "2024-03-05T09:00:05Z", kZone},
           Accepted{"Tue Mar  5 10:00 EST 2024 forwarded by host",
                    "2024-03-05T15:00:00Z", kZone},
       }) {
    ExpectAccepted(date);
  }
}

// strftime under a locale: abbreviated, whole and inflected names, in UTF-8 and
// in ISO 8859.
TEST(FromLineDate, OtherLanguages) {
  for (const Accepted& date : {
           Accepted{"Di M\xC3\xA4r  5 10:00:05 2024", "2024-03-05T10:00:05Z"},
           Accepted{"Di M\xE4r  5 10:00:05 2024", "2024-03-05T10:00:05Z"},
           Accepted{"Di 5. M\xC3\xA4rz 2024 10:00:05", "2024-03-05T10:00:05Z"},
           Accepted{"Do Mai  2 10:00:05 2024", "2024-05-02T10:00:05Z"},
           Accepted{"Mi, 2. Okt. 2024, 10:00", "2024-10-02T10:00:00Z"},
           Accepted{"So Dez  1 10:00:05 CET 2024", "2024-12-01T10:00:05Z"},
           Accepted{"J\xC3\xA4n  1 10:00:05 2024", "2024-01-01T10:00:05Z"},
           Accepted{"lun. 5 f\xC3\xA9vr. 2024 10:00:05",
                    "2024-02-05T10:00:05Z"},
           Accepted{"jeu ao\xFB  1 10:00:05 2024", "2024-08-01T10:00:05Z"},
           Accepted{"lun jui  1 10:00:05 2024", "2024-07-01T10:00:05Z"},
           Accepted{"sam juin  1 10:00:05 2024", "2024-06-01T10:00:05Z"},
           Accepted{"D\xC3\x89"
                    "C  1 10:00:05 2024",
                    "2024-12-01T10:00:05Z"},
           Accepted{"mar 05 mar 2024 10:00:05 CET", "2024-03-05T10:00:05Z"},
           Accepted{"mar mar  5 10:00:05 2024", "2024-03-05T10:00:05Z"},
           Accepted{"mi\xC3\xA9 ene  3 10:00:05 2024", "2024-01-03T10:00:05Z"},
           Accepted{"s\xE1"
                    "b dic  7 10:00:05 2024",
                    "2024-12-07T10:00:05Z"},
           Accepted{"gio ott  3 10:00:05 2024", "2024-10-03T10:00:05Z"},
           Accepted{"lun lug  1 10:00:05 2024", "2024-07-01T10:00:05Z"},
           Accepted{"sab giu  1 10:00:05 2024", "2024-06-01T10:00:05Z"},
           Accepted{"qui out  3 10:00:05 2024", "2024-10-03T10:00:05Z"},
           Accepted{"seg 01 jul 2024 10:00:05", "2024-07-01T10:00:05Z"},
           Accepted{"di mrt  5 10:00:05 2024", "2024-03-05T10:00:05Z"},
           Accepted{"wo mei  1 10:00:05 2024", "2024-05-01T10:00:05Z"},
           Accepted{"l\xC3\xB8r jun  1 10:00:05 2024", "2024-06-01T10:00:05Z"},
           Accepted{"s\xC3\xB6n maj  5 10:00:05 2024", "2024-05-05T10:00:05Z"},
           Accepted{"su marras  3 10:00:05 2024", "2024-11-03T10:00:05Z"},
           Accepted{"ti maalis  5 10:00:05 2024", "2024-03-05T10:00:05Z"},
           Accepted{"czw pa\xC5\xBA  3 10:00:05 2024", "2024-10-03T10:00:05Z"},
           Accepted{"czw pa\xBC  3 10:00:05 2024", "2024-10-03T10:00:05Z"},
           Accepted{"wto 5 marca 2024 10:00:05", "2024-03-05T10:00:05Z"},
           Accepted{"\xC5\x9Aro sty  3 10:00:05 2024", "2024-01-03T10:00:05Z"},
           Accepted{"\xC4\x8Ct \xC4\x8D"
                    "ec  4 10:00:05 2024",
                    "2024-07-04T10:00:05Z"},
           Accepted{"Ne \xC4\x8D"
                    "en  2 10:00:05 2024",
                    "2024-06-02T10:00:05Z"},
           Accepted{
               "\xD0\x92\xD1\x82 \xD0\x9C\xD0\xB0\xD1\x80  5 10:00:05 2024",
               "2024-03-05T10:00:05Z"},
           Accepted{
               "\xD1\x81\xD1\x80 01 \xD0\xBC\xD0\xB0\xD1\x8F 2024 10:00:05",
               "2024-05-01T10:00:05Z"},
           Accepted{"Sal Oca  2 10:00:05 2024", "2024-01-02T10:00:05Z"},
       }) {
    ExpectAccepted(date);
  }
}

// A date, so the line is a From_ line, but which one is not certain.
TEST(FromLineDate, UncertainDates) {
  for (const auto& [text, time, zone] : {
           Accepted{"03/04/2024 10:00:05", "2024-04-03T10:00:05Z"},
           Accepted{"03-04-2024 10:00:05", "2024-04-03T10:00:05Z"},
           Accepted{"Mon Ju?  1 10:00:05 2024", "2024-07-01T10:00:05Z"},
           Accepted{"J\xE4n  1 10:00:05 2024", "2024-01-01T10:00:05Z"},
       }) {
    const auto date = ParseFromLineDate(text);
    ASSERT_TRUE(date) << text;
    EXPECT_EQ(FormatTime(date->seconds), time) << text;
    EXPECT_FALSE(date->certain) << text;
  }
}

TEST(FromLineDate, Refuses) {
  for (std::string_view text : {
           // not all parts
           "",
           "Thu",
           "10:00:05",
           "Thu Jan  1",
           "Thu Jan  1 1970",
           "Thu Jan  1 00:00:00",
           "Thu Jan 00:00:00 1970",
           "Thu 1 00:00:00 1970",
           "2024-03-05",
           "2024-03 10:00:05",
           "05.03. 10:00:05",
           "January 2024 at 10:00",
           "Tue Mar 5 2024 10.00",
           "Tue Mar 5 2024 10h00",
           // parts that do not exist
           "Thu Jan 32 00:00:00 1970",
           "Thu Jan  0 00:00:00 1970",
           "Thu Feb 30 00:00:00 2024",
           "Thu Feb 29 00:00:00 2023",
           "Thu Foo  1 00:00:00 1970",
           "Thu Ja  1 00:00:00 1970",
           "Thu Januarys  1 00:00:00 1970",
           "Thu ???  1 00:00:00 1970",
           "Thu Jan  1 24:00:00 1970",
           "Thu Jan  1 10:60:00 1970",
           "Thu Jan  1 10:00:61 1970",
           "Thu Jan  1 00:00:00 1969",
           "Thu Jan  1 00:00:00 70",
           "1 Jan 60 00:00:00",
           "Thu Jan  1 00:00:00 12024",
           "2024-13-05 10:00:05",
           "2024-02-30 10:00:05",
           "2024-03-00 10:00:05",
           "32/01/2024 10:00:05",
           "13/13/2024 10:00:05",
           "05/03/24 10:00:05",
           "2024-03/05 10:00:05",
           "Thu Jan  1 13:00 PM 2024",
           "Thu Jan  1 0:00 AM 2024",
           "Thu Jan  1 10:00 AM PM 2024",
           "Thu Jan  1 0:0:0 1970",
           "Thu Jan  1 010:00:00 1970",
           "Thu Jan  1 10:00:00:00 1970",
           "Thu Jan  1 10:000 1970",
           "Thu Jan  1 10:00:055 1970",
           // a part twice, or torn
           "Thu Jan  1 00:00:00 1970 1971",
           "Thu Jan Feb 1 00:00:00 1970",
           "Thu Jan  1  2 00:00:00 1970",
           "Thu Fri Jan  1 00:00:00 1970",
           "Thu Jan  1 00:00:00 01:00 1970",
           "Thu Jan  1 00:00:00 +0000 1970 +0100",
           "Thu Jan  1 00:00:00 UTC 1970 UTC",
           "2024-03-05 Jan 10:00",
           "Jan 1970 1 00:00:00",
           "Thu1 Jan 2020 00:00:00 +0000",
           "Thu Jan1 00:00:00 1970",
           // zones that are none
           "Thu Jan  1 00:00:00 1970 +1500",
           "Thu Jan  1 00:00:00 1970 +0160",
           "Thu Jan  1 00:00:00 1970 +010",
           "Thu Jan  1 00:00:00 1970 +01000",
           "Thu Jan  1 +0100 00:00:00 1970",
           "Thu Jan  1 UTC 00:00:00 1970",
           "Thu Jan  1 00:00:00 1970 +0100 (so",
           "Thu Jan  1 00:00:00 1970 +0100 ()",
           "Thu Jan  1 00:00:00 1970 +0100 (so) x",
           "Thu Jan  1 00:00:00 1970 (a(b))",
           "Thu Jan  1 00:00:00 abc def ghi 1970",
           "Thu Jan  1 00:00:00 MET MEST 1970",
           "Thu Jan  1 00:00:00 Cet 1970",
           // prose
           "the beginning of 1970",
           "the first of January 2024 on we meet at 10:00",
           "1 January 2024 on we meet at 10:00",
           "Thu Jan  1 00:00:00 1970 and so on",
           "Thu Jan  1 00:00:00 1970 in the morning",
           "Thu Jan  1 00:00:00 1970 because",
           "Tue, Mar 5, 2024 at 10:00 AM, Alice wrote:",
           "Tue, Mar 5, 2024 10:00 AM we leave",
           "Tue Mar 5 10:00 to 11:00 2024",
           "5 Mar 2024 10:00-13:00",
           "may 5 people in 2024 come at 10:00",
           "mars to venus, 2024-03-05 10:00",
           "Monday 10:00 till Friday 12:00 in 2024",
           "chapter 5 may 2024: 10:00",
           "http://example.com:8080 5 Mar 2024",
           "Tue Mar  5 10:00:05 2024 remote from",
           "Tue Mar  5 10:00:05 2024 remote from the other side",
           "Tue Mar  5 10:00:05 2024 remote by host",
           "Tue Mar  5 2024 remote from host 10:00",
           "sender@example.com Thu Jan  1 00:00:00 1970",
       }) {
    EXPECT_FALSE(ParseFromLineDate(text)) << text;
  }
}

TEST(FromLineDate, TooLong) {
  const std::string date = "Tue Mar  5 10:00:05 2024";
  EXPECT_TRUE(ParseFromLineDate(date + " remote from " + std::string(40, 'h')));
  EXPECT_FALSE(
      ParseFromLineDate(date + " remote from " + std::string(100, 'h')));
  EXPECT_FALSE(ParseFromLineDate("Tue" + std::string(120, ' ') + date));
  EXPECT_FALSE(ParseFromLineDate(
      "Tue Mar 5 10:00:05 2024 (a) (b) (c) (d) (e) (f) (g) (h) (i) (j) (k) "
      "(l)"));
}

TEST(FromLineDate, FoundBehindTheSender) {
  for (auto [line, sender] : {
           std::pair{"From a@b Tue Mar  5 10:00:05 2024", "From a@b "},
           std::pair{"From a@b  Tue Mar  5 10:00:05 2024\r\n", "From a@b  "},
           std::pair{"From Tue Mar  5 10:00:05 2024", "From "},
           std::pair{"From a b c d Tue Mar  5 10:00:05 2024", "From a b c d "},
           std::pair{"From \"Mar 5\" Mar 5 10:00 2024", "From \"Mar 5\" "},
           std::pair{"From MAILER_DAEMON Di M\xE4r  5 10:00:05 2024",
                     "From MAILER_DAEMON "},
           std::pair{"From a@b 2024-03-05T10:00:05Z", "From a@b "},
           std::pair{"From a@b Xyz Mar  5 10:00:05 2024", "From a@b Xyz "},
           std::pair{"From a!b Tue Mar  5 10:00:05 2024 remote from c",
                     "From a!b "},
       }) {
    const auto place = FindFromLineDate(line);
    ASSERT_TRUE(place) << line;
    EXPECT_EQ(place->begin, std::string_view(sender).size()) << line;
    EXPECT_EQ(place->date.seconds / 86400, 19787) << line;
  }
}

TEST(FromLineDate, NotFound) {
  for (std::string_view line : {
           "",
           "From",
           "From ",
           "From a@b",
           "From :",
           "From 1:1",
           "From a@b Tue Mar  5 10:00:05 2024 and so on",
           "From the first of January 2024 on we meet at 10:00.",
           "From here to there it takes 10:00 minutes",
           "From Mar 5 2024 10:00 we work at home",
       }) {
    EXPECT_FALSE(FindFromLineDate(line)) << line;
  }
  EXPECT_TRUE(FindFromLineDate("From " + std::string(100'000, 'x') +
                               " Tue Mar  5 10:00:05 2024"));
}

// The form that is read at fixed places is read as the others are.
TEST(FromLineDate, AsctimeBehindASenderIsThatDate) {
  const auto check = [](const std::string& text) {
    const auto found = FindFromLineDate("From a " + text);
    const auto alone = ParseFromLineDate(text);
    ASSERT_EQ(found && found->begin == 7, alone.has_value()) << text;
    if (!alone) return;
    EXPECT_EQ(found->date.seconds, alone->seconds) << text;
    EXPECT_EQ(found->date.has_zone, alone->has_zone) << text;
    EXPECT_EQ(found->date.certain, alone->certain) << text;
  };
  const std::string date = "Tue Mar  5 10:00:05 2024";
  for (const char* day : {"Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"}) {
    for (const char* month : {"Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul",
                              "Aug", "Sep", "Oct", "Nov", "Dec"}) {
      for (const char* rest :
           {" 5 10:00:05 2024", "31 23:59:60 1970", "29 00:00:00 2023",
            "05 10:00:05 2024", " 0 10:00:05 2024", "30 24:00:00 2024"}) {
        check(std::string(day) + " " + month + " " + rest);
      }
    }
  }
  for (size_t at = 0; at < date.size(); ++at) {
    for (const char octet : std::string_view("0 9:aT.,+-(m")) {
      std::string changed = date;
      changed[at] = octet;
      if (changed[0] != ' ' && changed[0] != ',') check(changed);
    }
  }
}

TEST(FromLineDate, NoControlCharacterAnywhere) {
  const std::string date = "Tue Mar  5 10:00:05 +0100 2024";
  for (size_t at = 0; at < date.size(); ++at) {
    for (int octet = 0; octet < 256; ++octet) {
      std::string changed = date;
      changed[at] = static_cast<char>(octet);
      const bool read = ParseFromLineDate(changed).has_value();
      const bool control = (octet < ' ' && octet != '\t') || octet == 127;
      EXPECT_FALSE(read && control) << at << ' ' << octet;
    }
  }
}

// Of every From_ line but the one that has no date.
TEST(FromLineDate, Reports03FromLines) {
  const std::filesystem::path folder =
      std::filesystem::path(MAILASSAY_SHARED_DIR) / "reports" / "03-from-lines";
  ASSERT_TRUE(std::filesystem::is_directory(folder)) << folder << " is missing";
  size_t dated = 0;
  size_t undated = 0;
  for (const auto& file : std::filesystem::directory_iterator(folder)) {
    std::ifstream in(file.path(), std::ios::binary);
    for (std::string line; std::getline(in, line);) {
      if (!line.starts_with("From ")) continue;
      (FindFromLineDate(line) ? dated : undated)++;
    }
  }
  EXPECT_EQ(dated, 17u);
  EXPECT_EQ(undated, 1u);
}

}  // namespace
}  // namespace mailassay::mail
