#include "lib/mail/trace.h"

#include <gtest/gtest.h>

#include <string>

namespace mailassay::mail {
namespace {

Trace Of(const std::string& fields) {
  const std::string header = "From: Ann <ann@example.com>\n" + fields + "\n";
  return FindTrace(ParseHeader(header, header.size()));
}

TEST(Trace, ByTheFieldsThatStand) {
  EXPECT_EQ(Of("Subject: x\n"), Trace::kNone);
  EXPECT_EQ(Of("User-Agent: x\nMessage-ID: <1@example.com>\n"), Trace::kNone);
  EXPECT_EQ(Of("Received: by a.example; x\n"), Trace::kReceived);
  for (const char* name : {"Path", "Xref", "NNTP-Posting-Host",
                           "NNTP-Posting-Date", "nntp-posting-user"}) {
    EXPECT_EQ(Of(std::string(name) + ": x\n"), Trace::kNews) << name;
  }
  for (const char* name :
       {"List-Id", "List-Post", "List-Archive", "List-Unsubscribe",
        "Mailing-List", "X-Mailing-List", "Newsgroups"}) {
    EXPECT_EQ(Of(std::string(name) + ": x\n"), Trace::kList) << name;
  }
  for (const char* name : {"X-BeenThere", "X-Mailman-Version"}) {
    EXPECT_EQ(Of(std::string(name) + ": x\nList-Id: <x>\n"),
              Trace::kListArchive)
        << name;
  }
  for (const char* name : {"Bcc", "FCC", "X-Mozilla-Draft-Info", "X-Unsent",
                           "X-Evolution-Identity", "X-KMail-Transport"}) {
    EXPECT_EQ(Of(std::string(name) + ": x\n"), Trace::kAuthor) << name;
  }
  for (const char* name :
       {"X-GM-THRID", "X-MS-Has-Attach", "X-MS-Exchange-Organization-AuthAs"}) {
    EXPECT_EQ(Of(std::string(name) + ": x\n"), Trace::kStore) << name;
  }
}

TEST(Trace, TransportGoesBeforeAllElse) {
  EXPECT_EQ(Of("Bcc: x\nList-Id: <x>\nNewsgroups: a\nReceived: x\n"),
            Trace::kReceived);
  EXPECT_EQ(Of("Bcc: x\nPath: a!b\n"), Trace::kNews);
}

// A field such as Bcc can be left in mail that has been on its way.
TEST(Trace, TheAuthorsCopyGoesBehindTheOthers) {
  EXPECT_EQ(Of("Bcc: x\nX-BeenThere: a@b\n"), Trace::kListArchive);
  EXPECT_EQ(Of("Bcc:\nList-Id: <x>\n"), Trace::kList);
  EXPECT_EQ(Of("Newsgroups: a.b\nFcc: sent\n"), Trace::kList);
  EXPECT_EQ(Of("Bcc: x\nX-MS-Has-Attach:\n"), Trace::kStore);
}

TEST(Trace, LabelsOfTakeout) {
  EXPECT_EQ(Of("X-GM-THRID: 1\nX-Gmail-Labels: Sent\n"), Trace::kAuthor);
  EXPECT_EQ(Of("X-Gmail-Labels: Sent\nList-Id: <x>\n"), Trace::kList);
  EXPECT_EQ(Of("X-Gmail-Labels: Important,SENT,x\n"), Trace::kAuthor);
  EXPECT_EQ(Of("X-Gmail-Labels: Drafts\n"), Trace::kAuthor);
  EXPECT_EQ(Of("X-Gmail-Labels: Chat\n"), Trace::kStore);
}

TEST(Trace, FromAsArchivesOfListsHideIt) {
  const auto of = [](const std::string& from) {
    const std::string header = "From: " + from + "\nSubject: x\n\n";
    return FindTrace(ParseHeader(header, header.size()));
  };
  EXPECT_EQ(of("alice at example.com (Alice A)"), Trace::kListArchive);
  EXPECT_EQ(of("alice.b at mail.example.co.uk  (Alice (A))"),
            Trace::kListArchive);
  for (const char* from :
       {"alice@example.com (Alice A)", "Look at that (Alice)",
        "Look at example.com", "alice at localhost (Alice)",
        "Meet me at example.com (Alice)", "alice at example.com <a@b.example>",
        " at example.com (Alice)", "", ")"}) {
    EXPECT_EQ(of(from), Trace::kNone) << from;
  }
}

TEST(Trace, OnlyWhatIsWrittenBehindTheAuthorShowsTransport) {
  for (int i = 0; i < static_cast<int>(Trace::kCount); ++i) {
    const auto trace = static_cast<Trace>(i);
    EXPECT_EQ(ShowsTransport(trace), trace == Trace::kReceived ||
                                         trace == Trace::kNews ||
                                         trace == Trace::kListArchive);
  }
}

TEST(Trace, EveryOneHasAName) {
  EXPECT_EQ(TraceName(Trace::kReceived), "received");
  EXPECT_EQ(TraceName(Trace::kNews), "news");
  EXPECT_EQ(TraceName(Trace::kListArchive), "list_archive");
  EXPECT_EQ(TraceName(Trace::kList), "list");
  EXPECT_EQ(TraceName(Trace::kStore), "store");
  EXPECT_EQ(TraceName(Trace::kAuthor), "author");
  EXPECT_EQ(TraceName(Trace::kNone), "none");
}

}  // namespace
}  // namespace mailassay::mail
