#include "lib/audit/message_examiner.h"

#include <gtest/gtest.h>

#include <memory>
#include <string>

namespace mailassay::audit {
namespace {

constexpr char kMessage[] =
    "Return-Path: <bounce@Mail.example.com>\r\n"
    "Received: from a by b; Sun, 1 Mar 2026 12:00:00 +0000\r\n"
    "List-Id: A list <list.example.com>\r\n"
    "List-Unsubscribe: <https://example.com/u>\r\n"
    "From: Ann <ann@Example.COM>\r\n"
    "Subject: one\r\n"
    "Subject: two\r\n"
    "Message-ID: <1@example.com>\r\n"
    "Date: Sun, 1 Mar 2026 11:59:00 +0000\r\n"
    "Content-Transfer-Encoding: 8BIT\r\n"
    "\r\n"
    "caf\xc3\xa9\r\n";

Placement At(uint64_t offset, std::string_view from_line = {}) {
  auto input = std::make_shared<Input>();
  input->file = "a.mbox";
  return {.input = input, .offset = offset, .from_line = from_line};
}

MessageFacts Facts(std::string_view message, MessageLimits limits = {},
                   std::string_view from_line = {}) {
  MessageExaminer examiner(limits, {});
  auto facts = examiner.Examine(At(0, from_line), message);
  EXPECT_TRUE(facts.has_value());
  return facts.value_or(MessageFacts{});
}

TEST(MessageExaminer, AuthorBeforeAList) {
  const MessageFacts f = Facts(
      "List-Id: Talk <Talk.lists.example.com>\r\n"
      "From: Ann via Talk <talk@lists.example.com>\r\n"
      "Reply-To: Ann <ann@Example.ORG>\r\n\r\n");
  EXPECT_EQ(f.via_list, "talk.lists.example.com");
  EXPECT_EQ(f.author_original, "ann@example.org");
  EXPECT_EQ(f.author_original_source, mail::ListAuthorSource::kReplyTo);
  EXPECT_EQ(f.author.domain, "lists.example.com");
  const MessageFacts none = Facts(kMessage);
  EXPECT_EQ(none.via_list, "");
  EXPECT_EQ(none.author_original, "");
  EXPECT_EQ(none.author_original_source, mail::ListAuthorSource::kNone);
}

TEST(MessageExaminer, FactsOfTheHeader) {
  MessageFacts f = Facts(kMessage);
  EXPECT_EQ(f.length, sizeof kMessage - 1);
  EXPECT_EQ(f.body_size, 7u);
  EXPECT_EQ(f.message_id, "<1@example.com>");
  EXPECT_EQ(f.date_header, 1772366340);
  EXPECT_EQ(f.received.source, mail::ReceivedSource::kReceived);
  EXPECT_EQ(f.received.seconds, 1772366400);
  EXPECT_EQ(f.trace, mail::Trace::kReceived);
  EXPECT_EQ(f.author.domain, "example.com");
  EXPECT_EQ(f.envelope_from, "bounce@Mail.example.com");
  EXPECT_EQ(f.envelope_from_source, EnvelopeFromSource::kReturnPath);
  EXPECT_EQ(f.list_id, "list.example.com");
  EXPECT_TRUE(f.list_unsubscribe);
  EXPECT_FALSE(f.list_unsubscribe_post);
  EXPECT_EQ(f.body_encoding, "8bit");
  EXPECT_TRUE(f.has_8bit);
  EXPECT_EQ(f.line_ends, mail::LineEnds::kCrlf);
  EXPECT_TRUE(f.anomalies.Has(mail::Anomaly::kDupSubject));
  EXPECT_FALSE(f.anomalies.Has(mail::Anomaly::kDupDate));
  EXPECT_FALSE(f.anomalies.Has(mail::Anomaly::kMixedEol));
  EXPECT_TRUE(f.signatures.empty());
}

TEST(MessageExaminer, EnvelopeFromTheMboxLine) {
  MessageFacts f = Facts("From: a@b.example\n\nx\n", {},
                         "From bob@c.example Sun Mar  1 12:00:00 2026");
  EXPECT_EQ(f.envelope_from, "bob@c.example");
  EXPECT_EQ(f.envelope_from_source, EnvelopeFromSource::kMboxFrom);
  EXPECT_EQ(f.received.source, mail::ReceivedSource::kMboxFrom);
  EXPECT_EQ(f.line_ends, mail::LineEnds::kLf);
}

TEST(MessageExaminer, HeaderAndBodyWithDifferentLineEnds) {
  MessageFacts f = Facts("From: a@b.example\r\n\r\nx\ny\n");
  EXPECT_EQ(f.line_ends, mail::LineEnds::kMixed);
  EXPECT_TRUE(f.anomalies.Has(mail::Anomaly::kMixedEol));
}

TEST(MessageExaminer, AnySplitGivesTheSameFacts) {
  std::string message = kMessage;
  size_t header = message.find("\r\n\r\n") + 4;
  for (size_t cut = header; cut <= message.size(); ++cut) {
    MessageExaminer examiner(MessageLimits{}, {});
    ASSERT_TRUE(examiner.Begin(At(5), message.substr(0, header)));
    examiner.Feed(std::string_view(message).substr(header, cut - header));
    examiner.Feed(std::string_view(message).substr(cut));
    MessageFacts f = examiner.Finish(message.size());
    EXPECT_EQ(f.offset, 5u);
    EXPECT_EQ(f.body_size, 7u);
    EXPECT_TRUE(f.has_8bit);
  }
}

// H31: a header over its limit gives a row, and says so.
TEST(MessageExaminer, H31_HeaderOverItsLimit) {
  MessageLimits limits{.max_header_bytes = 100};
  std::string message =
      "From: a@b.example\r\nX: " + std::string(200, 'x') + "\r\n\r\nbody\r\n";
  MessageFacts f = Facts(message, limits);
  EXPECT_EQ(f.limit, dkim::Reason::kLimitHeaderBytes);
  EXPECT_EQ(f.author.domain, "b.example");
  EXPECT_EQ(f.length, message.size());
  EXPECT_EQ(Facts("From: a@b.example\r\nX: y\r\n\r\n", limits).limit,
            dkim::Reason::kOk);
}

TEST(MessageExaminer, MessageOverItsLimit) {
  MessageLimits limits{.max_message_bytes = 60};
  std::string message =
      "From: a@b.example\r\nDKIM-Signature: v=1\r\n\r\n" + std::string(40, 'x');
  MessageFacts whole = Facts(message, limits);
  EXPECT_EQ(whole.limit, dkim::Reason::kLimitMessage);
  ASSERT_EQ(whole.signatures.size(), 1u);
  EXPECT_EQ(whole.signatures[0].limit, dkim::Reason::kLimitMessage);
  // The same when it is found out on the way.
  MessageExaminer examiner(limits, {});
  size_t header = message.find("\r\n\r\n") + 4;
  ASSERT_TRUE(examiner.Begin(At(0), message.substr(0, header)));
  examiner.Feed(message.substr(header));
  MessageFacts streamed = examiner.Finish(message.size() + 1000);
  EXPECT_EQ(streamed.limit, dkim::Reason::kLimitMessage);
  EXPECT_EQ(streamed.length, message.size() + 1000);
  EXPECT_EQ(streamed.body_size, message.size() + 1000 - header);
}

TEST(MessageExaminer, H28_TooManyFields) {
  MessageLimits limits;
  limits.dkim.max_header_fields = 10;
  std::string message = "From: a@b.example\r\n";
  for (int i = 0; i < 10; ++i) message += "X: y\r\n";
  EXPECT_EQ(Facts(message + "\r\n", limits).limit, dkim::Reason::kLimitHeaders);
}

TEST(FromFilter, DomainAndSubdomains) {
  FromFilter filter{.domains = {"example.com"}};
  EXPECT_TRUE(filter.Admits("example.com"));
  EXPECT_TRUE(filter.Admits("mail.example.com"));
  EXPECT_FALSE(filter.Admits("badexample.com"));
  EXPECT_FALSE(filter.Admits("com"));
  EXPECT_FALSE(filter.Admits(""));
  EXPECT_TRUE(FromFilter{}.Admits(""));
  MessageExaminer examiner(MessageLimits{}, {.domains = {"other.example"}});
  EXPECT_FALSE(examiner.Examine(At(0), kMessage).has_value());
}

}  // namespace
}  // namespace mailassay::audit
