// A whole mbox through GroupExaminer and MessageExaminer under every kernel
// level.  Properties:
// - each message's facts are the same, octet by octet of their encoding,
//   whether it is examined with others, alone, or alone with its body cut in
//   any way;
// - groups of any size through one examiner give the same;
// - the facts are the same under each level.
#include "lib/audit/group_examiner.h"
#include "lib/audit/message_examiner.h"
#include "lib/mail/mbox.h"
#include "tests/audit/encoded.h"
#include "tests/dkim/body_model.h"
#include "tests/fuzz/fuzz_input.h"
#include "tests/fuzz/kernel_levels.h"

namespace mailassay::audit {
namespace {

// A message in memory of its own.
struct Message {
  Placement placement;
  ExactCopy text;
};

std::vector<Message> MessagesOf(std::string_view mbox) {
  static const auto input = [] {
    auto named = std::make_shared<Input>();
    named->file = "a.mbox";
    return named;
  }();
  std::vector<Message> messages;
  for (const mail::MboxMessage& m : mail::SplitMbox(mbox)) {
    messages.push_back(
        {{.input = input, .offset = m.from_offset, .from_line = m.from_line},
         ExactCopy(m.message)});
  }
  return messages;
}

class Examiners {
 public:
  Examiners(const MessageLimits& limits, const FromFilter& filter)
      : limits_(limits),
        group_(limits, filter),
        alone_(limits, filter),
        streamed_(limits, filter) {}

  // Groups of `size`; returns the facts of all messages, encoded.
  std::string Check(const std::vector<Message>& messages, size_t size,
                    std::string_view cuts) {
    std::string all;
    std::vector<std::string> expected;
    for (const Message& m : messages) {
      std::optional<MessageFacts> facts =
          alone_.Examine(m.placement, m.text.text());
      FUZZ_CHECK(group_.Add(m.placement, m.text.text()) == facts.has_value());
      if (!facts) continue;
      expected.push_back(Encoded(*std::move(facts)));
      all += expected.back();
      CheckStreamed(m, cuts, expected.back());
      if (expected.size() == size) Finish(expected);
    }
    Finish(expected);
    return all;
  }

 private:
  void CheckStreamed(const Message& m, std::string_view cuts,
                     const std::string& expected) {
    const MessageParts parts = TakeApart(m.text.text(), limits_);
    FUZZ_CHECK(streamed_.Begin(m.placement, ExactCopy(parts.header).text()));
    for (const std::string_view piece : Cut(parts.body, cuts)) {
      streamed_.Feed(ExactCopy(piece).text());
    }
    FUZZ_CHECK(Encoded(streamed_.Finish(m.text.text().size())) == expected);
  }

  // Ends the group, whose facts must be as expected, and begins the next.
  void Finish(std::vector<std::string>& expected) {
    std::vector<MessageFacts> facts = group_.Finish();
    FUZZ_CHECK(facts.size() == expected.size());
    for (size_t i = 0; i < facts.size(); ++i) {
      FUZZ_CHECK(Encoded(std::move(facts[i])) == expected[i]);
    }
    expected.clear();
  }

  MessageLimits limits_;
  GroupExaminer group_;
  MessageExaminer alone_;
  MessageExaminer streamed_;
};

constexpr std::string_view kBegin = "\n\nFrom a@b Wed Jan  1 00:00:00 2020\n";

// `algorithms`: a= and c=; `more`: tags and their ";".
std::string Signature(std::string_view algorithms, std::string_view more) {
  return std::string("DKIM-Signature: v=1; ")
      .append(algorithms)
      .append("; d=b.com; s=s;\n\th=from:to:subject; ")
      .append(more)
      .append("bh=47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=; b=QUJD\n");
}

std::span<const std::string_view> Pieces() {
  static const std::string kLong(500, 'x');
  static const std::string kBlank(61, ' ');
  static const std::string kLines(400, '\n');
  static const std::string kFolded =
      "To: " + std::string(40, 'x') + " \r\n\t" + std::string(70, 'y') + "\n";
  static const std::string kHead =
      std::string(kBegin) + Signature("a=rsa-sha256; c=relaxed/relaxed", "") +
      "From: a@b.com\n";
  static const std::string kSigned[] = {
      Signature("a=rsa-sha256; c=relaxed/relaxed", ""),
      Signature("a=rsa-sha256; c=simple/simple", ""),
      Signature("a=ed25519-sha256; c=relaxed/simple", ""),
      Signature("a=rsa-sha1; c=simple/relaxed", ""),
      Signature("a=rsa-sha256; c=relaxed/relaxed", "l=100; "),
      Signature("a=rsa-sha256; c=simple/simple", "l=3000; ")};
  static const std::string kHeadAndBody = kHead + "\nx\n";
  static const std::string_view kPieces[] = {kHead,
                                             kHeadAndBody,
                                             kBegin,
                                             "From: a@b.com\n",
                                             kSigned[0],
                                             kSigned[1],
                                             kSigned[2],
                                             kSigned[3],
                                             kSigned[4],
                                             kSigned[5],
                                             "\n",
                                             "\n\n",
                                             "\r\n",
                                             "\r",
                                             " ",
                                             "\t",
                                             kLong,
                                             kBlank,
                                             kLines,
                                             "a line\n",
                                             " a \n",
                                             ">From ",
                                             "\n>From ",
                                             "From: c@d.org\n",
                                             "To:  b \n c\n",
                                             "Subject: x\r\n",
                                             kFolded,
                                             "\x80",
                                             std::string_view("\0", 1),
                                             "a",
                                             "\r\n\r\n",
                                             ">",
                                             "text \t of\r\n"};
  return kPieces;
}

std::string Examined(std::string_view input) {
  Choices choices(input);
  const uint8_t kind = choices.Octet();
  const size_t group_size = 1 + choices.Octet() % 64;
  const std::string_view cuts = choices.Take();
  MessageLimits limits;
  FromFilter filter;
  if (kind % 8 == 1) limits.max_message_bytes = 2'000;
  if (kind % 8 == 2) limits.max_header_bytes = 600;
  if (kind % 8 == 3) filter.domains = {"b.com"};
  Examiners examiners(limits, filter);
  const std::string made = IntoPieces(choices.rest(), Pieces(), 40'000);
  std::string all =
      examiners.Check(MessagesOf(choices.rest()), group_size, cuts);
  all += examiners.Check(MessagesOf(kind >= 128 ? dkim::WithCrlf(made) : made),
                         group_size, cuts);
  return all;
}

}  // namespace
}  // namespace mailassay::audit

std::string mailassay::Answer(std::string_view input) {
  return audit::Examined(input);
}
