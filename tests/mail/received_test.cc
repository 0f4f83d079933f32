#include "lib/mail/received.h"

#include <gtest/gtest.h>

#include <string>

#include "lib/mail/date.h"

namespace mailassay::mail {
namespace {

constexpr int64_t kClock = 300;
constexpr int64_t kZone = 14 * 3600;

Receipt FindAll(std::string_view header, std::string_view from_line = "") {
  return FindReceipt(ParseHeader(header, 1000), from_line);
}

ReceivedAt Find(std::string_view header, std::string_view from_line = "") {
  return FindAll(header, from_line).at;
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
           Case{"Received: from a; 2 Jan 2020 00:00:00 +0000\r\n"
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
           // Text behind the date.
           Case{"Received: a; 2 Jan 2020 00:00:00 +0000; for b",
                "2020-01-02T00:00:00Z"},
           Case{"Received: a; 2 Jan 2020 00:00:00 +0000 for b",
                "2020-01-02T00:00:00Z"},
           Case{"Received: a; 2 Jan 2020 00:00:00 +0000; b; c",
                "2020-01-02T00:00:00Z"},
           Case{"Received: a; 2 Jan 2020 00:00:00 +0000; b; c; d", ""},
           // One without a date is passed over.
           Case{"Received: by a with b\r\n"
                "Received: c; yesterday\r\n"
                "Received: d;\r\n"
                "Received: f; Thu, 1 Jan 1970 00:00:00 +0000\r\n"
                "Received: g; 31 Dec 1979 23:59:59 +0000\r\n"
                "Received: h; 1 Jan 2020 00:00:00 +0000\r\n",
                "2020-01-01T00:00:00Z"},
           Case{"Received: a; 1 Jan 1980 00:00:00 +0000",
                "1980-01-01T00:00:00Z"},
           Case{"Received: a) b; 1 Jan 2020 00:00:00 +0000",
                "2020-01-01T00:00:00Z"},
           // What is open to the end is no comment and no string.
           Case{"Received: e (open; 3 Jan 2020 00:00:00 +0000",
                "2020-01-03T00:00:00Z"},
           Case{"Received: e (open; Fri, 3 Jan 2020 00:00:00 +0000 (UTC)",
                "2020-01-03T00:00:00Z"},
           Case{"Received: \"open; 3 Jan 2020 00:00:00 +0000",
                "2020-01-03T00:00:00Z"},
           Case{"Received: a; 3 Jan 2020 00:00:00 +0000 (open; b",
                "2020-01-03T00:00:00Z"},
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

TEST(Received, ZoneThatIsNotKnown) {
  for (std::string_view zone : {"", " CEST", " XYZ"}) {
    EXPECT_EQ(
        Show(Find("Received: a; 2 Jan 2020 00:00:00" + std::string(zone))),
        "received 2020-01-02T00:00:00Z 50400")
        << zone;
  }
}

// Fields of a trace, newest first.
const std::string kFetched =
    "Received: from pop.example.net [192.0.2.9]\r\n\tby localhost with POP3 "
    "(fetchmail-6.3.26)\r\n\tfor <bob@localhost>; ";
const std::string kArrived =
    "Received: from mx.example.com (mx.example.com [192.0.2.1])\r\n"
    "\tby mail.example.net with ESMTPS id 4Tq1; ";
const std::string kWithin = "Received: by mail.example.net with LMTP id 77; ";
const std::string kDay5 = "Tue, 5 Mar 2024 10:00:00 +0000\r\n";
const std::string kHourBefore5 = "Tue, 5 Mar 2024 09:00:00 +0000\r\n";
const std::string kBefore5 = "Tue, 5 Mar 2024 08:59:59 +0000\r\n";
const std::string kYearLater = "Sun, 20 Apr 2025 18:00:13 +0200\r\n";
const std::string kYearLess = "Sun, 5 Mar 2023 10:00:00 +0000\r\n";

struct Trail {
  std::string header;
  std::string at;  // source and time
};

void ExpectTrail(const Trail& trail) {
  const ReceivedAt at = Find(trail.header);
  EXPECT_EQ(
      std::string(ReceivedSourceName(at.source)) + " " + FormatTime(at.seconds),
      trail.at)
      << trail.header;
}

TEST(Receipt, LaterImportOnTop) {
  for (const Trail& trail : {
           Trail{kFetched + kYearLater + kArrived + kDay5,
                 "older_received 2024-03-05T10:00:00Z"},
           // Several fields of the import, one without a date.
           Trail{kWithin + kYearLater + kFetched + "\r\n" + kWithin +
                     kYearLater + kArrived + kDay5,
                 "older_received 2024-03-05T10:00:00Z"},
           // Two imports.
           Trail{kFetched + kYearLater + kWithin + kDay5 + kArrived + kYearLess,
                 "older_received 2023-03-05T10:00:00Z"},
           // The newest of the fields below.
           Trail{kFetched + kYearLater + kWithin + kDay5 + kArrived +
                     kHourBefore5,
                 "older_received 2024-03-05T10:00:00Z"},
           // An hour and a second.
           Trail{kWithin + kDay5 + kArrived + kBefore5,
                 "older_received 2024-03-05T08:59:59Z"},
       }) {
    ExpectTrail(trail);
  }
}

TEST(Receipt, NoGapNoImport) {
  for (const Trail& trail : {
           Trail{kWithin + kDay5 + kArrived + kHourBefore5,
                 "received 2024-03-05T10:00:00Z"},
           Trail{kFetched + kDay5 + kWithin + kDay5 + kArrived + kHourBefore5,
                 "received 2024-03-05T10:00:00Z"},
           Trail{kFetched + kYearLater, "received 2025-04-20T16:00:13Z"},
           // A field below that is later is no gap.
           Trail{kFetched + kDay5 + kArrived + kYearLater,
                 "received 2024-03-05T10:00:00Z"},
           // Without a zone an hour says nothing.
           Trail{kWithin + "Tue, 5 Mar 2024 10:00:00\r\n" + kArrived + kBefore5,
                 "received 2024-03-05T10:00:00Z"},
       }) {
    ExpectTrail(trail);
  }
}

// Below the first host of the receiver a sender writes what he likes.
TEST(Receipt, OlderIsNeverBelievedOverAnArrival) {
  for (const Trail& trail : {
           Trail{kArrived + kYearLater + kArrived + kDay5,
                 "received 2025-04-20T16:00:13Z"},
           Trail{kArrived + kYearLater + kFetched + kDay5,
                 "received 2025-04-20T16:00:13Z"},
           // What the receiver's own hosts add lies on top of it.
           Trail{
               kWithin + kYearLater + kArrived + kYearLater + kArrived + kDay5,
               "received 2025-04-20T16:00:13Z"},
           Trail{
               kFetched + kYearLater + kArrived + kYearLater + kWithin + kDay5,
               "received 2025-04-20T16:00:13Z"},
           // An arrival whose date cannot be read.
           Trail{kFetched + kYearLater + kArrived + "yesterday\r\n" + kWithin +
                     kDay5,
                 "received 2025-04-20T16:00:13Z"},
           // A sender who calls himself by a private address.
           Trail{"Received: from [127.0.0.1] by mx.example.net with ESMTP; " +
                     kYearLater + kWithin + kDay5,
                 "received 2025-04-20T16:00:13Z"},
           // An import of mail that had arrived late.
           Trail{
               kFetched + kYearLater + kArrived + kDay5 + kArrived + kYearLess,
               "older_received 2024-03-05T10:00:00Z"},
       }) {
    ExpectTrail(trail);
  }
}

TEST(Receipt, OtherEvidenceBelowAnImport) {
  const std::string delivered = "Delivery-date: " + kDay5;
  const std::string from_line = "From a@b Tue Mar  5 11:00:00 +0000 2024";
  const auto show = [](const Receipt& r) { return Show(r.at); };
  EXPECT_EQ(show(FindAll(kFetched + kYearLater + delivered)),
            "delivery_date 2024-03-05T10:00:00Z 300");
  EXPECT_EQ(show(FindAll(kFetched + kYearLater, from_line)),
            "mbox_from 2024-03-05T11:00:00Z 300");
  EXPECT_EQ(show(FindAll(kFetched + kYearLater + delivered, from_line)),
            "delivery_date 2024-03-05T10:00:00Z 300");
  // A sender can write Delivery-date, too.
  EXPECT_EQ(show(FindAll(kArrived + kYearLater + delivered, from_line)),
            "received 2025-04-20T16:00:13Z 300");
  // Received fields are better evidence.
  EXPECT_EQ(
      show(FindAll(kFetched + kYearLater + kArrived + kYearLess + delivered)),
      "older_received 2023-03-05T10:00:00Z 300");
  // Later than Received: moved, or exported.
  EXPECT_EQ(show(FindAll(kFetched + kYearLess + delivered, from_line)),
            "received 2023-03-05T10:00:00Z 300");
  EXPECT_EQ(show(FindAll(kFetched + kYearLater,
                         "From a@b 03/04/2024 10:00:00 +0000")),
            "received 2025-04-20T16:00:13Z 300");
}

TEST(Receipt, Disagreement) {
  const std::string delivered = "Delivery-date: " + kDay5;
  const std::string day6 = "Wed, 6 Mar 2024 10:05:01 +0000\r\n";
  const std::string day6_less = "Wed, 6 Mar 2024 10:05:00 +0000\r\n";
  const auto disagree = [](const std::string& header,
                           std::string_view from_line = "") {
    return FindAll(header, from_line).others.disagree;
  };
  EXPECT_FALSE(disagree(""));
  EXPECT_FALSE(disagree(kArrived + kDay5));
  EXPECT_FALSE(disagree(kArrived + day6_less + kArrived + kDay5));
  EXPECT_TRUE(disagree(kArrived + day6 + kArrived + kDay5));
  EXPECT_TRUE(disagree(kArrived + kDay5 + kArrived + day6));
  EXPECT_TRUE(disagree(kFetched + kYearLater + kArrived + kDay5));
  EXPECT_TRUE(disagree(kArrived + day6 + delivered));
  EXPECT_FALSE(disagree(kArrived + day6_less + delivered));
  EXPECT_TRUE(disagree(delivered, "From a@b Tue Mar  5 2023 10:00:00"));
  EXPECT_TRUE(disagree(kArrived + kDay5, "From a@b Thu Mar  7 00:00:01 2024"));
  EXPECT_FALSE(disagree(kArrived + kDay5, "From a@b Thu Mar  7 00:00:00 2024"));
  // Date is the sender's word.
  EXPECT_FALSE(disagree(kArrived + kDay5 + "Date: " + kYearLess));
}

TEST(Receipt, EachSourceAlone) {
  const Receipt receipt = FindAll(kFetched + kYearLater + kArrived + kDay5 +
                                      "Delivery-date: " + kHourBefore5,
                                  "From a@b Tue Mar  5 10:00:01 2024");
  const auto by = [&](ReceivedSource source) {
    return Show(ReceivedBy(source, receipt));
  };
  EXPECT_EQ(Show(receipt.at), "older_received 2024-03-05T10:00:00Z 300");
  EXPECT_EQ(by(ReceivedSource::kReceived), "received 2025-04-20T16:00:13Z 300");
  EXPECT_EQ(by(ReceivedSource::kDeliveryDate),
            "delivery_date 2024-03-05T09:00:00Z 300");
  EXPECT_EQ(by(ReceivedSource::kMboxFrom),
            "mbox_from 2024-03-05T10:00:01Z 50400");
  const Receipt plain = FindAll(kArrived + kDay5);
  EXPECT_EQ(Show(ReceivedBy(ReceivedSource::kReceived, plain)),
            "received 2024-03-05T10:00:00Z 300");
  EXPECT_EQ(Show(plain.others.newest_received), "none");
  EXPECT_EQ(Show(ReceivedBy(ReceivedSource::kMboxFrom, plain)), "none");
}

// 2024-03-05T10:00:00Z and 2025-04-20T16:00:13Z.
constexpr int64_t kDay5Seconds = 1709632800;
constexpr int64_t kYearLaterSeconds = 1745164813;

TEST(Receipt, NoMailIsReceivedBeforeItIsSigned) {
  const auto weighed = [](const std::string& header, int64_t latest) {
    Receipt receipt = FindAll(header);
    WeighSigningTimes(latest, latest, &receipt);
    return Show(receipt.at);
  };
  const std::string imported = kFetched + kYearLater + kArrived + kDay5;
  const std::string older = "older_received 2024-03-05T10:00:00Z 300";
  const std::string newest = "received 2025-04-20T16:00:13Z 300";
  EXPECT_EQ(weighed(imported, kDay5Seconds - 5), older);
  EXPECT_EQ(weighed(imported, kDay5Seconds + 86'400), older);
  EXPECT_EQ(weighed(imported, kDay5Seconds + 86'401), newest);
  EXPECT_EQ(weighed(imported, kYearLaterSeconds + 86'400), newest);
  // Later than both: that is for the rule on t=.
  EXPECT_EQ(weighed(imported, kYearLaterSeconds + 86'401), older);
  const std::string delivered =
      kFetched + kYearLater + "Delivery-date: " + kDay5;
  EXPECT_EQ(weighed(delivered, kYearLaterSeconds), newest);
  EXPECT_EQ(weighed(kArrived + kDay5, kYearLaterSeconds),
            "received 2024-03-05T10:00:00Z 300");
}

TEST(Receipt, SigningTimeWhereNothingElseStands) {
  const auto weighed = [](const std::string& header, int64_t topmost) {
    Receipt receipt = FindAll(header);
    WeighSigningTimes(topmost, kYearLaterSeconds, &receipt);
    return Show(receipt.at);
  };
  EXPECT_EQ(weighed("", kDay5Seconds), "signature 2024-03-05T10:00:00Z 300");
  EXPECT_EQ(weighed("Date: " + kYearLess, kDay5Seconds),
            "signature 2024-03-05T10:00:00Z 300");
  EXPECT_EQ(weighed("Date: " + kYearLess, 1000),
            "date_header 2023-03-05T10:00:00Z 300");
  EXPECT_EQ(weighed("", 999'999'999'999), "none");
}

TEST(Receipt, ManyFieldsAreLinear) {
  std::string header;
  for (int i = 0; i < 20'000; ++i) header += kWithin + kDay5;
  for (int i = 0; i < 20'000; ++i)
    header += kWithin + kYearLess + kWithin + kDay5;
  EXPECT_EQ(Show(FindReceipt(ParseHeader(header, 100'000), "").at),
            "older_received 2023-03-05T10:00:00Z 300");
}

TEST(Received, Names) {
  EXPECT_EQ(ReceivedSourceName(ReceivedSource::kNone), "none");
  EXPECT_EQ(ReceivedSourceName(ReceivedSource::kReceived), "received");
  EXPECT_EQ(ReceivedSourceName(ReceivedSource::kDeliveryDate), "delivery_date");
  EXPECT_EQ(ReceivedSourceName(ReceivedSource::kMboxFrom), "mbox_from");
  EXPECT_EQ(ReceivedSourceName(ReceivedSource::kDateHeader), "date_header");
  EXPECT_EQ(ReceivedSourceName(ReceivedSource::kOlderReceived),
            "older_received");
  EXPECT_EQ(ReceivedSourceName(ReceivedSource::kSignature), "signature");
}

}  // namespace
}  // namespace mailassay::mail
