#include "lib/mail/received.h"

#include <gtest/gtest.h>

#include <string>

#include "lib/mail/date.h"

namespace mailassay::mail {
namespace {

constexpr int64_t kClock = 300;
constexpr int64_t kZone = 14 * 3600;

ReceivedAt Find(std::string_view header, std::string_view from_line = "") {
  return FindReceivedAt(ParseHeader(header, 1000), from_line);
}

std::string Show(const ReceivedAt& at) {
  if (at.source == ReceivedSource::kNone) return "none";
  return std::string(ReceivedSourceName(at.source)) + " " +
         FormatTime(at.seconds) + " " + std::to_string(at.margin_seconds);
}

TEST(Received, SourcesInOrder) {
  const std::string received =
      "Received: from a by b; Wed, 1 Jan 2020 00:00:04 +0000\r\n";
  const std::string delivery = "Delivery-date: 1 Jan 2020 00:00:03 +0000\r\n";
  const std::string from_line = "From a@b Wed Jan  1 00:00:02 2020";
  const std::string date = "Date: 1 Jan 2020 00:00:01 +0000\r\n";
  EXPECT_EQ(Show(Find(date + delivery + received, from_line)),
            "received 2020-01-01T00:00:04Z 300");
  EXPECT_EQ(Show(Find(date + delivery, from_line)),
            "delivery_date 2020-01-01T00:00:03Z 300");
  EXPECT_EQ(Show(Find(date, from_line)),
            "mbox_from 2020-01-01T00:00:02Z 50400");
  EXPECT_EQ(Show(Find(date)), "date_header 2020-01-01T00:00:01Z 300");
  EXPECT_EQ(Show(Find("Subject: x\r\n")), "none");
  EXPECT_EQ(Show(Find("")), "none");
}

struct Case {
  std::string_view header;
  std::string_view time;  // of Received; empty: none
};

TEST(Received, NewestReadable) {
  for (auto [header, time] : {
           // The topmost is the newest (RFC 5321 4.4).
           Case{"Received: a; 2 Jan 2020 00:00:00 +0000\r\n"
                "Received: b; 1 Jan 2020 00:00:00 +0000\r\n",
                "2020-01-02T00:00:00Z"},
           Case{"received : a\r\n\tby b;\r\n\t2 Jan 2020 00:00:00 +0000 (UTC)",
                "2020-01-02T00:00:00Z"},
           // The last ";" counts; those in comments and strings do not.
           Case{"Received: a; b; 2 Jan 2020 00:00:00 +0000",
                "2020-01-02T00:00:00Z"},
           Case{"Received: a (x;y(;)) \"q;\\\";\";"
                " 2 Jan 2020 00:00:00 +0000 (PST; \\); z)",
                "2020-01-02T00:00:00Z"},
           // qmail
           Case{"Received: (qmail 1 invoked by uid 0); 2 Jan 2020 00:00:00 "
                "-0000",
                "2020-01-02T00:00:00Z"},
           // One without a date is passed over.
           Case{"Received: by a with b\r\n"
                "Received: c; yesterday\r\n"
                "Received: d;\r\n"
                "Received: e (open; 3 Jan 2020 00:00:00 +0000\r\n"
                "Received: \"open; 3 Jan 2020 00:00:00 +0000\r\n"
                "Received: f; Thu, 1 Jan 1970 00:00:00 +0000\r\n"
                "Received: g; 31 Dec 1979 23:59:59 +0000\r\n"
                "Received: h; 1 Jan 2020 00:00:00 +0000\r\n",
                "2020-01-01T00:00:00Z"},
           Case{"Received: a; 1 Jan 1980 00:00:00 +0000",
                "1980-01-01T00:00:00Z"},
           Case{"Received: a) b; 1 Jan 2020 00:00:00 +0000",
                "2020-01-01T00:00:00Z"},
           Case{"X-Received: a; 1 Jan 2020 00:00:00 +0000", ""},
           Case{"Received: 1 Jan 2020 00:00:00 +0000", ""},
           Case{"Received:", ""},
           Case{"Received: \"a\\", ""},
       }) {
    const ReceivedAt at = Find(header);
    EXPECT_EQ(
        at.source == ReceivedSource::kReceived ? FormatTime(at.seconds) : "",
        time)
        << header;
    EXPECT_EQ(at.margin_seconds, time.empty() ? 0 : kClock) << header;
  }
}

struct FromLine {
  std::string_view line;
  std::string_view time;
  int64_t margin;
};

TEST(Received, EnvelopeLine) {
  for (auto [line, time, margin] : {
           FromLine{"From a@b Wed Jan  1 00:00:02 2020", "2020-01-01T00:00:02Z",
                    kZone},
           FromLine{"From a@b Wed Jan  1 00:00:02 +0100 2020\r\n",
                    "2019-12-31T23:00:02Z", kClock},
           FromLine{"From  Wed Jan  1 00:00:02 2020", "2020-01-01T00:00:02Z",
                    kZone},
           FromLine{"From Wed Smith Wed, 1 Jan 2020 00:00:02 +0000",
                    "2020-01-01T00:00:02Z", kClock},
           // Place holders of public-inbox and of git format-patch.
           FromLine{"From mboxrd@z Thu Jan  1 00:00:00 1970", "", 0},
           FromLine{"From 0123456789abcdef0123456789abcdef01234567 Mon Sep 17 "
                    "00:00:00 2001",
                    "", 0},
           FromLine{"From me to you", "", 0},
           FromLine{"Wed Jan  1 00:00:02 2020", "", 0},
           FromLine{"From ", "", 0},
           FromLine{"From", "", 0},
       }) {
    const ReceivedAt at = Find("Subject: x\r\n", line);
    EXPECT_EQ(
        at.source == ReceivedSource::kMboxFrom ? FormatTime(at.seconds) : "",
        time)
        << line;
    EXPECT_EQ(at.margin_seconds, margin) << line;
  }
}

TEST(Received, LongLinesAreLinear) {
  std::string line = "From ";
  while (line.size() < 1 << 20) line += "Thu Jan 1 ";
  EXPECT_EQ(Show(Find("", line)), "none");
  EXPECT_EQ(Show(Find("Received: " + std::string(1 << 20, '('))), "none");
  EXPECT_EQ(Show(Find("Received: " + std::string(1 << 20, ';'))), "none");
}

TEST(Received, Names) {
  EXPECT_EQ(ReceivedSourceName(ReceivedSource::kNone), "none");
  EXPECT_EQ(ReceivedSourceName(ReceivedSource::kReceived), "received");
  EXPECT_EQ(ReceivedSourceName(ReceivedSource::kDeliveryDate), "delivery_date");
  EXPECT_EQ(ReceivedSourceName(ReceivedSource::kMboxFrom), "mbox_from");
  EXPECT_EQ(ReceivedSourceName(ReceivedSource::kDateHeader), "date_header");
}

}  // namespace
}  // namespace mailassay::mail
