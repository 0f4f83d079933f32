#include "pipeline/keys/dns_message.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <random>

namespace mailassay::keys {
namespace {

using dkim::KeyStatus;
using testing::ElementsAre;

std::string U16(size_t value) {
  return {static_cast<char>(value >> 8 & 0xFF),
          static_cast<char>(value & 0xFF)};
}

std::string Name(std::string_view name) {
  std::string wire;
  while (!name.empty()) {
    std::string_view label = name.substr(0, name.find('.'));
    name.remove_prefix(std::min(name.size(), label.size() + 1));
    wire += static_cast<char>(label.size());
    wire += label;
  }
  return wire + '\0';
}

// The question name stands at offset 12.
const std::string kToQuestion = "\xC0\x0C";

struct Message {
  unsigned flags = 0x8180;
  std::string question = Name("a.b") + U16(16) + U16(1);
  std::vector<std::string> records = {};
  std::optional<size_t> ancount = {};

  std::string Wire() const {
    std::string wire = U16(0x1234) + U16(flags) + U16(1) +
                       U16(ancount.value_or(records.size())) + U16(0) + U16(0) +
                       question;
    for (const std::string& record : records) wire += record;
    return wire;
  }
};

std::string Record(const std::string& owner, size_t type, std::string data,
                   uint32_t ttl = 60, size_t rr_class = 1) {
  return owner + U16(type) + U16(rr_class) + U16(ttl >> 16) +
         U16(ttl & 0xFFFF) + U16(data.size()) + data;
}

std::string Strings(const std::vector<std::string>& strings) {
  std::string data;
  for (const std::string& text : strings) {
    data += static_cast<char>(text.size());
    data += text;
  }
  return data;
}

TxtResponse Parse(const Message& message) {
  return ParseTxtResponse(message.Wire(), "a.b");
}

TEST(DnsMessage, CnameOfTheNameItself) {
  const std::string to = "\1c\1d" + std::string(1, '\0');
  const std::string own = "\1a\1b" + std::string(1, '\0');
  Message message;
  message.question = own + U16(5) + U16(1);
  message.records = {Record(own, 5, to, 99), Record(to, 5, own)};
  TxtResponse response = ParseCnameResponse(message.Wire(), "a.b");
  EXPECT_EQ(response.status, KeyStatus::kFound);
  EXPECT_THAT(response.cname_chain, ElementsAre("c.d"));
  EXPECT_EQ(response.ttl, 99u);
  // That of another name; none; another question; cut short.
  message.records = {Record(to, 5, own)};
  EXPECT_EQ(ParseCnameResponse(message.Wire(), "a.b").status,
            KeyStatus::kNoData);
  message.records = {};
  message.flags |= 3;
  EXPECT_EQ(ParseCnameResponse(message.Wire(), "a.b").status,
            KeyStatus::kNxDomain);
  EXPECT_EQ(ParseCnameResponse(message.Wire(), "x.b").status,
            KeyStatus::kMalformed);
  EXPECT_EQ(ParseTxtResponse(message.Wire(), "a.b").status,
            KeyStatus::kMalformed);
  const std::string wire = message.Wire();
  EXPECT_EQ(ParseCnameResponse(wire.substr(0, wire.size() - 1), "a.b").status,
            KeyStatus::kMalformed);
}

// D7; RFC 6376 3.6.2.2.
TEST(DnsMessage, JoinsStrings) {
  const std::string long_string(255, 'x');
  TxtResponse response = Parse(
      {.records = {Record(kToQuestion, 16,
                          Strings({long_string, "", "y", long_string}), 300),
                   Record(Name("A.B"), 16, Strings({"v=spf1"}), 20)}});
  EXPECT_EQ(response.status, KeyStatus::kFound);
  EXPECT_THAT(response.texts,
              ElementsAre(long_string + "y" + long_string, "v=spf1"));
  EXPECT_EQ(response.ttl, 20u);
}

TEST(DnsMessage, Rcodes) {  // D1, D2
  for (auto [rcode, status] :
       std::vector<std::pair<unsigned, KeyStatus>>{{0, KeyStatus::kNoData},
                                                   {1, KeyStatus::kServfail},
                                                   {2, KeyStatus::kServfail},
                                                   {3, KeyStatus::kNxDomain},
                                                   {4, KeyStatus::kServfail},
                                                   {5, KeyStatus::kRefused},
                                                   {9, KeyStatus::kServfail}}) {
    EXPECT_EQ(Parse({.flags = 0x8180 | rcode}).status, status) << rcode;
  }
}

// D10: records of other names, types and classes are not the answer.
TEST(DnsMessage, IgnoresWhatWasNotAsked) {
  TxtResponse response = Parse(
      {.records = {Record(Name("c.b"), 16, Strings({"other name"})),
                   Record(kToQuestion, 1, "\x7F\0\0\1"),
                   Record(kToQuestion, 16, Strings({"other class"}), 60, 3)}});
  EXPECT_EQ(response.status, KeyStatus::kNoData);
  EXPECT_TRUE(response.texts.empty());
  // The additional section is not read at all, whatever it holds.
  Message message{.records = {Record(kToQuestion, 16, Strings({"x"}))}};
  std::string wire = message.Wire() + "garbage";
  wire[11] = 5;
  EXPECT_THAT(ParseTxtResponse(wire, "a.b").texts, ElementsAre("x"));
}

TEST(DnsMessage, AnotherQuestionIsMalformed) {
  for (const Message& message :
       std::vector<Message>{{.flags = 0x0180},  // a query
                            {.flags = 0x8380},  // TC=1
                            {.flags = 0xA980},  // opcode 5
                            {.question = Name("a.c") + U16(16) + U16(1)},
                            {.question = Name("a.b") + U16(1) + U16(1)},
                            {.question = Name("a.b") + U16(16) + U16(3)},
                            {.question = ""}}) {
    EXPECT_EQ(Parse(message).status, KeyStatus::kMalformed);
  }
}

Message Chain(int links, bool loops) {
  Message message;
  std::string owner = kToQuestion;
  for (int i = 1; i <= links; ++i) {
    std::string target =
        loops && i == links ? Name("a.b") : Name("c" + std::to_string(i));
    message.records.push_back(Record(owner, 5, target, 100));
    owner = target;
  }
  message.records.push_back(Record(owner, 16, Strings({"k"}), 200));
  return message;
}

TEST(DnsMessage, Cnames) {  // D9
  TxtResponse one = Parse(Chain(1, false));
  EXPECT_THAT(one.texts, ElementsAre("k"));
  EXPECT_THAT(one.cname_chain, ElementsAre("c1"));
  EXPECT_EQ(one.ttl, 100u);
  EXPECT_EQ(Parse(Chain(8, false)).status, KeyStatus::kFound);
  EXPECT_EQ(Parse(Chain(8, false)).cname_chain.size(), 8u);
  TxtResponse nine = Parse(Chain(9, false));
  EXPECT_EQ(nine.status, KeyStatus::kCnameLimit);
  EXPECT_EQ(nine.cname_chain.size(), 8u);
  EXPECT_TRUE(nine.texts.empty());
  for (int links : {1, 2, 8, 9, 40}) {
    EXPECT_EQ(Parse(Chain(links, true)).status, KeyStatus::kCnameLoop);
  }
  // A chain that leads to no TXT keeps its links.
  Message dangling = Chain(2, false);
  dangling.records.pop_back();
  EXPECT_EQ(Parse(dangling).status, KeyStatus::kNoData);
  EXPECT_EQ(Parse(dangling).cname_chain.size(), 2u);
  dangling.flags |= 3;
  EXPECT_EQ(Parse(dangling).status, KeyStatus::kNxDomain);
}

TEST(DnsMessage, RecordLimit) {  // D8
  Message message;
  for (size_t i = 0; i < dkim::kMaxRecords; ++i) {
    message.records.push_back(
        Record(kToQuestion, 16, Strings({std::to_string(i)})));
  }
  EXPECT_EQ(Parse(message).status, KeyStatus::kFound);
  message.records.push_back(message.records[0]);
  EXPECT_EQ(Parse(message).status, KeyStatus::kTxtLimit);
  EXPECT_TRUE(Parse(message).texts.empty());
}

TEST(DnsMessage, TtlOver31BitsIsZero) {  // D14; RFC 2181 8
  for (auto [sent, ttl] : std::vector<std::pair<uint32_t, uint32_t>>{
           {0, 0}, {0x7FFFFFFF, 0x7FFFFFFF}, {0x80000000, 0}, {~0u, 0}}) {
    EXPECT_EQ(
        Parse({.records = {Record(kToQuestion, 16, Strings({"x"}), sent)}}).ttl,
        ttl);
  }
}

TEST(DnsMessage, Malformed) {  // D11
  const std::string good = Record(kToQuestion, 16, Strings({"x"}));
  // The first record begins at offset 21.
  const std::vector<Message> messages = {
      {.records = {good}, .ancount = 65535},
      {.records = {good}, .ancount = 2},
      {.records = {Record("\xC0\x15", 16, Strings({"x"}))}},  // to itself
      {.records = {Record("\xC0\x30", 16, Strings({"x"}))}},  // forward
      {.records = {Record("\xFF\xFF", 16, Strings({"x"}))}},  // past the end
      {.records = {Record("\x01z\xC0\x15", 16,
                          Strings({"x"}))}},  // loop of two
      {.records = {Record(std::string("\x40\0", 2), 16, Strings({"x"}))}},
      {.records = {Record(std::string("\x80\0", 2), 16, Strings({"x"}))}},
      {.records = {Record(kToQuestion, 16, "")}},
      {.records = {Record(kToQuestion, 16,
                          "\x05"
                          "abcd")}},
      {.records = {Record(kToQuestion, 16, Strings({"x"}) + "\x01")}},
      {.records = {Record(kToQuestion, 5, Name("c") + "z")}},
      {.records = {Record(kToQuestion, 5, "\x01")}},
      {.records = {kToQuestion + U16(16) + U16(1) + U16(0) + U16(60) +
                   U16(500) + "\x01x"}},
  };
  for (const Message& message : messages) {
    EXPECT_EQ(Parse(message).status, KeyStatus::kMalformed)
        << testing::PrintToString(message.Wire());
  }
}

TEST(DnsMessage, NamesOver255OctetsAreMalformed) {  // RFC 1035 2.3.4
  std::string labels;
  for (int i = 0; i < 4; ++i) labels += char{62} + std::string(62, 'z');
  std::string fits = labels + "\2zz" + '\0';
  ASSERT_EQ(fits.size(), 256u);
  EXPECT_EQ(Parse({.records = {Record(kToQuestion, 5, fits)}}).status,
            KeyStatus::kMalformed);
  fits = labels + "\1z" + '\0';
  EXPECT_EQ(Parse({.records = {Record(kToQuestion, 5, fits)}}).status,
            KeyStatus::kNoData);
}

TEST(DnsMessage, OddOctetsInNamesAreEscaped) {
  TxtResponse response =
      Parse({.records = {Record(kToQuestion, 5, Name("X\x01.Y")),
                         Record(Name("x\x01.y"), 16, Strings({"k"}))}});
  EXPECT_THAT(response.cname_chain, ElementsAre("x\\001.y"));
  EXPECT_THAT(response.texts, ElementsAre("k"));
  std::string dotted = std::string("\3c.d", 4) + '\0';
  EXPECT_THAT(Parse({.records = {Record(kToQuestion, 5, dotted)}}).cname_chain,
              ElementsAre("c\\046d"));
}

// A message of 64 KiB full of the shortest records and of pointers.
TEST(DnsMessage, FullMessagesAreLinear) {
  Message message;
  for (int i = 0; i < 4600; ++i) {
    message.records.push_back(Record(kToQuestion, 16, Strings({"x"})));
  }
  EXPECT_EQ(Parse(message).status, KeyStatus::kTxtLimit);
}

TEST(DnsMessage, EveryPrefixAndRandomMutationsAreSafe) {
  const std::string seed = Chain(3, false).Wire();
  for (size_t n = 0; n < seed.size(); ++n) {
    EXPECT_EQ(ParseTxtResponse(std::string(seed, 0, n), "a.b").status,
              KeyStatus::kMalformed);
  }
  std::mt19937 random(7);
  int accepted = 0;
  for (int i = 0; i < 100000; ++i) {
    std::string wire = seed;
    for (auto n = 1 + random() % 4; n > 0; --n) {
      wire[2 + random() % (wire.size() - 2)] = static_cast<char>(random());
    }
    if (random() % 4 == 0) wire.resize(random() % wire.size());
    wire.shrink_to_fit();
    TxtResponse response = ParseTxtResponse(wire, "a.b");
    EXPECT_EQ(response.status == KeyStatus::kFound, !response.texts.empty());
    EXPECT_LE(response.texts.size(), dkim::kMaxRecords);
    EXPECT_LE(response.cname_chain.size(), dkim::kMaxCnames);
    accepted += response.status == KeyStatus::kFound;
  }
  EXPECT_GT(accepted, 1000);
}

}  // namespace
}  // namespace mailassay::keys
