#include "lib/audit/codec.h"

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <vector>

#include "tests/base/keep.h"

namespace mailassay::audit {
namespace {

std::shared_ptr<const Input> MakeInput(uint64_t ordinal, std::string file) {
  auto input = std::make_shared<Input>();
  input->ordinal = ordinal;
  input->file = std::move(file);
  input->archive = "all.tar";
  input->format = Format::kMaildir;
  input->stored_bytes = 123;
  input->modified_ns = -7;
  return input;
}

dkim::Evidence FullEvidence() {
  dkim::Evidence e;
  e.signature.defect = dkim::Reason::kLTooLong;
  e.signature.flags.Add(dkim::Flag::kB64Noncanonical);
  e.signature.domain = "example.com";
  e.signature.selector = "s1";
  e.signature.header_d = "Example.com";
  e.signature.header_s = "S1";
  e.signature.header_a = "ed25519-sha256";
  e.signature.header_i = "@example.com";
  e.signature.auid_domain = "example.com";
  e.signature.key_type = crypto::KeyType::kEd25519;
  e.signature.hash = crypto::HashAlgorithm::kSha1;
  e.signature.header_canon = dkim::Canonicalization::kRelaxed;
  e.signature.body_canon = dkim::Canonicalization::kRelaxed;
  e.signature.body_length = 0;
  e.signature.timestamp = -5;
  e.signature.expiration = INT64_MAX;
  e.signature.query = "dns/txt";
  e.signature.body_hash.size = 20;
  e.signature.body_hash.bytes[19] = 7;
  e.signature.signature = KeepOctets(std::vector<uint8_t>{1, 2, 255});
  e.index = 3;
  e.limit = dkim::Reason::kLimitSignatures;
  e.header_hash.size = 32;
  e.header_hash.bytes[0] = 0x80;
  e.body = dkim::BodyMatch::kMismatch;
  e.reading_flags.Add(dkim::Flag::kMixedEol);
  e.body_hash.size = 32;
  e.signed_body_bytes = UINT64_MAX;
  e.body_bytes = 1;
  e.h_count = 12;
  e.from_signed = true;
  e.coverage_flags.Add(dkim::Flag::kUnsignedExtra);
  e.signed_names = "from;to";
  e.oversigned = "from;subject";
  e.missing_recommended = "date";
  e.unsigned_names = std::string_view("x-\0y", 4);
  return e;
}

MessageFacts FullFacts() {
  MessageFacts f;
  f.input = MakeInput(9, "all.tar!cur/1");
  f.offset = 1ull << 40;
  f.length = 77;
  f.limit = dkim::Reason::kLimitMessage;
  f.message_id = "<a@b>";
  f.date_header = 0;
  f.received = {mail::ReceivedSource::kOlderReceived, -1, 50400};
  f.other_times.newest_received = {mail::ReceivedSource::kReceived, 77, 300};
  f.other_times.delivery_date = {mail::ReceivedSource::kDeliveryDate, -2, 1};
  f.other_times.mbox_from = {mail::ReceivedSource::kMboxFrom, 0, 50400};
  f.other_times.disagree = true;
  f.trace = mail::Trace::kReceived;
  f.author.defect = mail::AuthorDefect::kMultiFrom;
  f.author.domain = "b.example";
  f.author.address = "x@b.example";
  f.author.from_count = 2;
  f.author.anomalies.Add(mail::Anomaly::kMultiFrom);
  f.envelope_from = "\xff\x01";
  f.envelope_from_source = EnvelopeFromSource::kReturnPath;
  f.list_id = "list.example";
  f.via_list = "list.example";
  f.author_original = "a@b.example";
  f.author_original_source = mail::ListAuthorSource::kCc;
  f.list_unsubscribe = true;
  f.list_unsubscribe_post = true;
  f.body_encoding = "base64";
  f.has_8bit = true;
  f.line_ends = mail::LineEnds::kMixed;
  f.anomalies.Add(mail::Anomaly::kNul);
  f.body_size = 70;
  f.raw_sha256.size = 32;
  f.raw_sha256.bytes.fill(0xa5);
  f.signatures = {FullEvidence(), dkim::Evidence{}};
  return f;
}

TEST(Codec, EveryMemberComesBack) {
  std::vector<MessageFacts> in = {FullFacts(), FullFacts(), MessageFacts{}};
  in[1].input = in[0].input;
  in[2].input = MakeInput(10, "b");
  std::string bytes = EncodeFacts(in);
  auto out = DecodeFacts(bytes);
  ASSERT_TRUE(out.has_value());
  ASSERT_EQ(out->size(), 3u);
  const MessageFacts& f = out->front();
  EXPECT_EQ(f.input->ordinal, 9u);
  EXPECT_EQ(f.input->file, "all.tar!cur/1");
  EXPECT_EQ(f.input->archive, "all.tar");
  EXPECT_EQ(f.input->format, Format::kMaildir);
  EXPECT_EQ(f.input->stored_bytes, 123u);
  EXPECT_EQ(f.input->modified_ns, -7);
  EXPECT_EQ((*out)[1].input, f.input) << "one input, shared";
  EXPECT_EQ((*out)[2].input->file, "b");
  EXPECT_EQ(f.date_header, 0);
  EXPECT_EQ(f.received.seconds, -1);
  EXPECT_EQ(f.author.from_count, 2u);
  ASSERT_EQ(f.signatures.size(), 2u);
  const dkim::Evidence& e = f.signatures[0];
  EXPECT_EQ(e.signature.body_length, 0u) << "l=0 is not absent";
  EXPECT_EQ(f.signatures[1].signature.body_length, std::nullopt);
  EXPECT_EQ(e.signature.timestamp, -5);
  EXPECT_EQ(e.signature.expiration, INT64_MAX);
  EXPECT_EQ(e.signature.body_hash, FullEvidence().signature.body_hash);
  EXPECT_EQ(e.unsigned_names.size(), 4u);
  // Whatever else there is: the encoding of what came back is the same.
  EXPECT_EQ(EncodeFacts(*out), bytes);
}

TEST(Codec, NothingIsAnEmptyList) {
  auto out = DecodeFacts(EncodeFacts({}));
  ASSERT_TRUE(out.has_value());
  EXPECT_TRUE(out->empty());
}

TEST(Codec, RefusesWhatItDidNotWrite) {
  EXPECT_FALSE(DecodeFacts("").has_value());
  EXPECT_FALSE(DecodeFacts(std::string_view("\x01\x00", 2)).has_value())
      << "another version";
  std::string bytes = EncodeFacts({FullFacts()});
  for (size_t size = 0; size < bytes.size(); ++size) {
    EXPECT_FALSE(DecodeFacts(bytes.substr(0, size)).has_value()) << size;
  }
  EXPECT_FALSE(DecodeFacts(bytes + "x").has_value()) << "octets left over";
}

// Any bytes: no crash, no allocation beyond what they could hold, and what is
// accepted encodes to something that is accepted again.
TEST(Codec, SurvivesDamage) {
  std::string bytes = EncodeFacts({FullFacts(), FullFacts()});
  for (size_t i = 0; i < bytes.size(); ++i) {
    for (int bit = 0; bit < 8; ++bit) {
      std::string damaged = bytes;
      damaged[i] = static_cast<char>(damaged[i] ^ (1 << bit));
      if (auto out = DecodeFacts(damaged)) {
        EXPECT_TRUE(DecodeFacts(EncodeFacts(*out)).has_value());
      }
    }
  }
}

}  // namespace
}  // namespace mailassay::audit
