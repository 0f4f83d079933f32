// How often the heap is asked for memory while ordinary mail is examined,
// judged and counted, once all buffers have their size.
#include <gtest/gtest.h>

#include <iostream>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "lib/audit/group_examiner.h"
#include "lib/audit/ledger.h"
#include "lib/audit/row.h"
#include "lib/base/concat.h"
#include "tests/audit/counting_new.h"
#include "tests/reference/signer.h"

namespace mailassay::audit {
namespace {

using reference::SigningKey;

constexpr size_t kMessages = 64;

std::string OrdinaryMessage(size_t number, const SigningKey& key) {
  const std::string plain = Concat(
      "From: \"Ann Other\" <ann", number, "@mail.example.com>\r\n",
      "To: Discussion of everything <everything@lists.example.org>\r\n"
      "Subject: Re: the ",
      number,
      "th thing that is to be discussed\r\n"
      "Date: Sun, 1 Mar 2026 11:59:00 +0000\r\n"
      "Message-ID: <",
      number,
      ".2026030111590000@mail.example.com>\r\n"
      "In-Reply-To: <1.2026030111590000@mail.example.com>\r\n"
      "References: <0.2026030111590000@mail.example.com>\r\n"
      "\t<1.2026030111590000@mail.example.com>\r\n"
      "MIME-Version: 1.0\r\n"
      "Content-Type: text/plain; charset=utf-8\r\n"
      "Content-Transfer-Encoding: quoted-printable\r\n"
      "X-Mailing-List: everything@lists.example.org\r\n"
      "List-Id: Discussion of everything <everything.lists.example.org>\r\n"
      "\r\n"
      "Dear all,\r\n\r\n",
      std::string(200 + number, 'x'), "\r\n");
  const std::string first =
      Sign(plain, key, {.domain = "mail.example.com", .selector = "s2026"});
  const std::string second =
      Sign(plain, key, {.domain = "sender.example.net", .selector = "s2026"});
  const std::string received = Concat(
      "Received: from mail.example.com (mail.example.com [192.0.2.1])\r\n"
      "\tby mx.example.org (Postfix) with ESMTPS id ",
      number,
      "\r\n\tfor <bob@example.org>; Sun, 1 Mar 2026 12:00:00 +0000\r\n");
  return Concat("Return-Path: <bounce-", number, "@mail.example.com>\r\n",
                received, received, "X-Spam-Status: No, score=-4.1\r\n", second,
                first, plain);
}

class Audit {
 public:
  explicit Audit(const SigningKey& key) {
    answer_ = std::make_shared<dkim::KeyAnswer>(
        dkim::KeyAnswer{.name = {},
                        .status = dkim::KeyStatus::kFound,
                        .records = {dkim::ParseKeyRecord(key.Record())},
                        .origins = {{.source = "dns"}},
                        .cname_chain = {},
                        .source = "dns"});
  }

  // As a run does with the messages of a block; gives how many are verified
  // and aligned.
  size_t Run(const std::vector<std::string>& messages) {
    for (const std::string& message : messages) {
      examiner_.Add({.input = input_, .offset = 0, .from_line = {}}, message);
    }
    const auto group = examiner_.Finish();
    checks_.clear();
    for (const MessageFacts& facts : group) {
      AppendChecks(facts, AnswersOf(facts), checks_);
    }
    crypto::VerifyBatch(checks_);
    std::span<const crypto::Check> outcomes = checks_;
    size_t verified = 0;
    for (const MessageFacts& facts : group) {
      const MessageRow row =
          Judge(facts, AnswersOf(facts), organizations_, {}, outcomes);
      tally_.Add(row);
      verified += row.message_class == MessageClass::kVerifiedAligned ? 1 : 0;
    }
    return verified;
  }

 private:
  Answers AnswersOf(const MessageFacts& facts) {
    answers_.assign(facts.signatures.size(), answer_);
    return answers_;
  }

  std::shared_ptr<const Input> input_ = std::make_shared<Input>();
  std::shared_ptr<const dkim::KeyAnswer> answer_;
  std::unique_ptr<const dmarc::PublicSuffixList> suffixes_ =
      dmarc::PublicSuffixList::Load();
  dmarc::OrganizationCache organizations_{*suffixes_};
  GroupExaminer examiner_{MessageLimits(), FromFilter()};
  std::vector<std::shared_ptr<const dkim::KeyAnswer>> answers_;
  std::vector<crypto::Check> checks_;
  BatchTally tally_;
};

TEST(Allocations, OrdinaryMailTakesFew) {
  const SigningKey key = SigningKey::Rsa(1, 2048);
  std::vector<std::string> messages;
  for (size_t i = 0; i < kMessages; ++i) {
    messages.push_back(OrdinaryMessage(i, key));
  }
  Audit audit(key);
  ASSERT_EQ(audit.Run(messages), kMessages);
  const size_t before = Allocations();
  ASSERT_EQ(audit.Run(messages), kMessages);
  const double each =
      static_cast<double>(Allocations() - before) / double{kMessages};
  std::cout << each << " allocations a message\n";
  EXPECT_LE(each, 8);
}

}  // namespace
}  // namespace mailassay::audit
