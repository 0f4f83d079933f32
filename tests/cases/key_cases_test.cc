// Rows C, N and D of README.md on whole messages: forged signatures that a
// lenient verifier takes, names that must not be asked for, and keys over a
// real DNS server on the loopback.

#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <string>
#include <thread>
#include <vector>

#include "lib/base/base64.h"
#include "pipeline/keys/key_store.h"
#include "tests/cases/case_support.h"
#include "tests/crypto/octets.h"
#include "tests/keys/dns_server.h"

namespace mailassay::cases {
namespace {

using namespace std::literals;
using crypto::Element;
using crypto::Unhex;
using std::chrono::milliseconds;
using namespace crypto;  // operator+ of Bytes

// A sound message, what its signature signs, and other signatures in its
// place.
class Forgery {
 public:
  explicit Forgery(const SigningKey& key)
      : message_(Signed(kPlain, {.fold = false}, key)),
        digest_(JudgeMessage(message_).evidence().header_hash) {}

  Bytes Digest() const {
    return {digest_.span().begin(), digest_.span().end()};
  }
  std::string With(const Bytes& signature) const {
    return WithSignatureText(message_, EncodeBase64(signature));
  }
  const std::string& sound() const { return message_; }

 private:
  std::string message_;
  mailassay::Digest digest_;
};

// 00 `type` FF.. 00, `tail`, and after it 5A up to `size`.
Bytes Block(size_t size, size_t padding, const Bytes& tail, uint8_t type = 1) {
  Bytes block = Bytes{0, type} + Bytes(padding, 0xFF) + Bytes{0} + tail;
  block.resize(size, 0x5A);
  return block;
}

// Blocks that parsers of padding have been fooled with (CVE-2006-4339,
// CVE-2014-1568).
TEST(Case, C3_C4_C5_C6_ForgedBlocks) {
  const SigningKey key = SigningKey::Rsa(7, 1024, 3);
  const Setting setting = {.keys = KeyOf(key)};
  const Forgery forgery(key);
  const Bytes d = forgery.Digest();
  const Bytes info = Unhex("3031300d060960864801650304020105000420") + d;
  const auto judge = [&](const Bytes& block) {
    return JudgeMessage(forgery.With(key.SignBlock(block)), setting);
  };
  constexpr size_t kSize = 128;
  const size_t full = kSize - 3 - info.size();
  Expect(judge(Block(kSize, full, info)), {.flags = "key_lt_2048"});
  const Bytes no_null = Unhex("302f300b06096086480165030402010420") + d;
  const Bytes long_length =
      Unhex("308131300d060960864801650304020105000420") + d;
  const Bytes sha512 = Unhex("3031300d060960864801650304020305000420") + d;
  const auto padded = [&](const Bytes& tail) {
    return Block(kSize, kSize - 3 - tail.size(), tail);
  };
  Bytes spoilt = Block(kSize, full, info);
  spoilt[20] = 0xFE;
  for (const auto& [what, block] :
       {std::pair{"C3 garbage behind", Block(kSize, 8, info)},
        std::pair{"C3 garbage behind, less", Block(kSize, full - 1, info)},
        std::pair{"C4 an octet of padding", spoilt},
        std::pair{"C4 BER length", padded(long_length)},
        std::pair{"C5 no NULL", padded(no_null)},
        std::pair{"C6 other hash", padded(sha512)},
        std::pair{"C6 no DigestInfo", padded(d)}}) {
    Expect(judge(block),
           {.verdict = "fail bad_signature fail match",
            .flags = "key_lt_2048",
            .message_class = "broken"},
           what);
  }
  // Not even the start of a block: as by another key.
  for (const auto& [what, block] :
       {std::pair{"C6 block type 2", Block(kSize, full, info, 2)},
        std::pair{"C6 seven FF", Block(kSize, 7, info)}}) {
    Expect(judge(block),
           {.verdict = "neutral wrong_key fail match",
            .flags = "key_lt_2048",
            .message_class = "unjudged"},
           what);
  }
}

TEST(Case, C7_SignatureLength) {
  const Forgery forgery(RsaKey());
  const Bytes good = DecodeBase64(SignatureText(forgery.sound())).bytes;
  Expect(JudgeMessage(forgery.With(good)), {});
  for (const Bytes& bad : {Bytes{0} + good, good + Bytes{0},
                           Bytes(good.begin(), good.end() - 1), Bytes{1}}) {
    Expect(JudgeMessage(forgery.With(bad)),
           {.verdict = "neutral sig_length fail match",
            .message_class = "unjudged"},
           std::to_string(bad.size()));
  }
}

Bytes Integer(const Bytes& value) { return Element(0x02, Bytes{0} + value); }

// With e = 1 the padded block is its own signature: anybody can make it.
TEST(Case, C8_C9_Exponents) {
  const Forgery forgery(RsaKey());
  const Bytes info =
      Unhex("3031300d060960864801650304020105000420") + forgery.Digest();
  const Bytes block = Block(256, 256 - 3 - info.size(), info);
  const std::string forged = forgery.With(block);
  const auto record = [](const Bytes& e) {
    const Bytes n = RsaKey().Modulus();
    return Record("v=DKIM1; p=" +
                  EncodeBase64(Element(0x30, Integer(n) + Element(0x02, e))));
  };
  Expect(JudgeMessage(forgery.sound(), {.keys = record({1, 0, 1})}), {});
  for (const Bytes& e : {Bytes{1}, Bytes{0}, Bytes{2}, Bytes{1, 0, 0},
                         Unhex("0800000001"), Bytes{0} + RsaKey().Modulus()}) {
    Expect(JudgeMessage(forged, {.keys = record(e)}),
           KeyRefused("key_exponent"), std::to_string(e.size()));
    Expect(JudgeMessage(forgery.sound(), {.keys = record(e)}),
           KeyRefused("key_exponent"));
  }
}

// Keys that verify this very message, once their encoding is forgiven.
TEST(Case, C14_C15_C16_EncodingsOfTheRightKey) {
  const Bytes spki = RsaKey().Spki();
  const auto judge = [](const Bytes& p) {
    return JudgeMessage(Signed(),
                        {.keys = Record("v=DKIM1; p=" + EncodeBase64(p))});
  };
  Expect(judge(spki), {});
  Expect(judge(RsaKey().Pkcs1()), {});
  Expect(judge(spki + Bytes{0}), KeyRefused("key_parse"));
  Expect(judge(spki + spki), KeyRefused("key_parse"));
  ASSERT_EQ(spki[1], 0x82);
  const Bytes inner(spki.begin() + 4, spki.end());
  Expect(judge(Bytes{0x30, 0x80} + inner + Bytes{0, 0}),
         KeyRefused("key_parse"));
  Expect(judge(Bytes{0x30, 0x83, 0, spki[2], spki[3]} + inner),
         KeyRefused("key_parse"));
}

TEST(Case, C18_C19_C21_KeyTypes) {
  const std::string by_ed = Signed(kPlain, {}, Ed25519Key());
  Expect(JudgeMessage(Signed(), {.keys = KeyOf(Ed25519Key())}),
         KeyRefused("key_algo_mismatch"));
  Expect(JudgeMessage(by_ed), KeyRefused("key_algo_mismatch"));
  const Setting right = {.keys = KeyOf(Ed25519Key())};
  Expect(JudgeMessage(by_ed, right), {});
  const Bytes raw = Ed25519Key().RawEd25519();
  for (const Bytes& p : {Bytes(raw.begin(), raw.end() - 1), raw + Bytes{0},
                         Ed25519Key().Spki(), raw + raw}) {
    Expect(JudgeMessage(by_ed,
                        {.keys = Record("k=ed25519; p=" + EncodeBase64(p))}),
           KeyRefused("key_length"), std::to_string(p.size()));
  }
  const std::string record = Ed25519Key().Record();
  Expect(JudgeMessage(by_ed, {.keys = Record(record + "; " + record)}),
         KeyRefused("key_dup_tag"));
  for (const char* k : {"rsb", "ed2025"}) {
    Expect(JudgeMessage(Signed(), {.keys = Record("k="s + k + "; p=" +
                                                  RsaKey().PublicKeyBase64())}),
           KeyRefused("key_type"), k);
  }
}

// ---- Names: what is no DNS name is never asked for.

void ExpectNoQuery(const SignOptions& options, std::string_view reason,
                   const std::string& anomalies = "") {
  const Judged j = JudgeMessage(Signed(kPlain, options));
  Expected expected = Refused(reason);
  expected.anomalies = anomalies;
  Expect(j, expected, options.domain + " " + options.selector);
  EXPECT_TRUE(j.asked.empty());
}

TEST(Case, N1_N2_N3_N4_NamesThatAreNotAsked) {
  Expect(JudgeMessage(Signed()), {});
  ExpectNoQuery({.selector = "sel\0.attack.example"s}, "bad_selector", "nul");
  ExpectNoQuery({.domain = "example.com\0.attack.example"s}, "bad_domain",
                "nul");
  for (const char* d :
       {"example.com(.attack.example", "\"example.com\"", "a@example.com",
        "example\\.com", "a..b", "example.com.", ".example.com", "-a.example",
        "*.example.com", "exam ple.com", "example.\r\n com"}) {
    ExpectNoQuery({.domain = d}, "bad_domain");
  }
  ExpectNoQuery({.domain = "example.com;x"}, "sig_syntax");
  for (const char* s : {"../../etc", "*", "a b", "a\r\n b", "a..b", ".a", "a.",
                        "-a", "a-", "a/b"}) {
    ExpectNoQuery({.selector = s}, "bad_selector");
  }
  ExpectNoQuery({.selector = ""}, "sig_missing_tag");
  ExpectNoQuery({.selector = std::string(64, 'a')}, "name_length");
  ExpectNoQuery({.domain = std::string(64, 'a') + ".example"}, "name_length");
  std::string longest = "example";
  while (longest.size() < 254) longest = "aaaaaaaaa." + longest;
  ExpectNoQuery({.domain = longest}, "name_length");
  // What may be asked for is.
  for (const std::string& s :
       {"under_score"s, "2024._x.y"s, std::string(63, 'a')}) {
    const std::string name = s + "._domainkey.example.com";
    const Judged j = JudgeMessage(Signed(kPlain, {.selector = s}),
                                  {.keys = {{name, RsaKey().Record()}}});
    Expect(j, {}, s);
    EXPECT_EQ(j.asked, std::vector<std::string>{name});
  }
}

TEST(Case, N5_DomainsOfNobody) {
  for (const char* domain : {"com", "localhost", "192.0.2.1"}) {
    const std::string from = Replaced(kPlain, "ann@example.com>",
                                      "ann@" + std::string(domain) + ">");
    Expect(JudgeMessage(Signed(from, {.domain = domain}),
                        {.keys = {{"sel._domainkey." + std::string(domain),
                                   RsaKey().Record()}}}),
           {.message_class = "verified_unaligned"}, domain);
  }
  // Nor does a public suffix stand for the domains below it.
  Expect(JudgeMessage(Signed(kPlain, {.domain = "com"}),
                      {.keys = {{"sel._domainkey.com", RsaKey().Record()}}}),
         {.message_class = "verified_unaligned"});
  ExpectNoQuery({.domain = "[192.0.2.1]"}, "bad_domain");
}

// RFC 9989, RFC 7489 3.1.1: the names are compared before their organizations.
TEST(Case, N7_AuthorAtAPublicSuffix) {
  for (const char* domain : {"gov.in", "nhs.uk", "co.uk", "iki.fi"}) {
    const std::string from = Replaced(kPlain, "ann@example.com>",
                                      "ann@" + std::string(domain) + ">");
    const Keys keys = {
        {"sel._domainkey." + std::string(domain), RsaKey().Record()},
        {"sel._domainkey.mail." + std::string(domain), RsaKey().Record()}};
    const Judged j =
        JudgeMessage(Signed(from, {.domain = domain}), {.keys = keys});
    Expect(j, {}, domain);
    EXPECT_TRUE(j.signature().alignment.strict);
    // Whoever registered a name below it is somebody else.
    Expect(JudgeMessage(Signed(from, {.domain = "mail." + std::string(domain)}),
                        {.keys = keys}),
           {.message_class = "verified_unaligned"}, domain);
  }
}

TEST(Case, N6_EightBitDomain) {
  ExpectNoQuery({.domain = "b\xFC"
                           "cher.example"},
                "bad_domain");
  ExpectNoQuery({.domain = "\xC3.example"}, "bad_domain");
  ExpectNoQuery({.domain = "exam\xEF\xBC\x8E"
                           "ple.com"},
                "bad_domain");
  Expect(JudgeMessage(Signed(kPlain, {.domain = "b\xC3\xBC"
                                                "cher.example"}),
                      {.keys = {{"sel._domainkey.xn--bcher-kva.example",
                                 RsaKey().Record()}}}),
         {.flags = "u_label_domain", .message_class = "verified_unaligned"});
}

// ---- Answers.

Expected Temporary(std::string_view reason) {
  return {.verdict = "temperror " + std::string(reason) + " not_run match",
          .message_class = "unjudged"};
}

TEST(Case, D1_NoKey) {
  for (const Keys& keys : {Keys{}, Record("!NXDOMAIN"), Record("!NODATA")}) {
    Expect(JudgeMessage(Signed(), {.keys = keys}), KeyRefused("no_key"));
  }
}

TEST(Case, D12_D13_UnusableRecords) {
  for (const char* text : {"v=DKIM1; p=", "v=DKIM1; k=rsa; p=;", "p="}) {
    Expect(JudgeMessage(Signed(), {.keys = Record(text)}),
           KeyRefused("revoked"), text);
  }
  Expect(JudgeMessage(Signed(), {.keys = Record("v=DKIM1; p=!!!!")}),
         KeyRefused("key_b64"));
  Expect(JudgeMessage(Signed(),
                      {.keys = Record("v=DKIM1; p=\"" +
                                      RsaKey().PublicKeyBase64() + "\"")}),
         KeyRefused("key_b64"));
  Expect(JudgeMessage(Signed(), {.keys = Record(" ")}),
         KeyRefused("key_syntax"));
}

TEST(Case, D8_SeveralRecords) {
  const auto keys = [](const std::vector<std::string>& texts) {
    Keys all;
    for (const std::string& text : texts) all.emplace_back(kKeyName, text);
    return Setting{.keys = all};
  };
  const std::string right = RsaKey().Record();
  const std::string other = OtherRsaKey().Record();
  const std::string spf = "v=spf1 -all";
  Expect(JudgeMessage(Signed(), keys({spf, right})), {});
  Expect(JudgeMessage(Signed(), keys({right, spf, "v=DKIM1; p="})), {});
  for (const auto& texts : {std::vector{other, right}, {right, other}}) {
    Expect(JudgeMessage(Signed(), keys(texts)), {.flags = "several_keys"});
    Expected changed = kHeaderChanged;
    changed.flags = "several_keys";
    Expect(JudgeMessage(Replaced(Signed(), "Two", "Three"), keys(texts)),
           changed);
  }
  std::vector<std::string> many;
  for (int i = 0; i < 500; ++i) many.push_back("n=" + std::to_string(i));
  many.push_back(right);
  Expect(JudgeMessage(Signed(), keys(many)),
         {.verdict = "policy limit_key_txt not_run match",
          .message_class = "unjudged"});
}

// ---- Over DNS.

// A record in strings as DNS has them (RFC 1035 3.3).
std::vector<std::string> Strings(const std::string& record,
                                 size_t length = 255) {
  std::vector<std::string> strings;
  for (size_t at = 0; at < record.size(); at += length) {
    strings.push_back(record.substr(at, length));
  }
  return strings;
}

class DnsCase : public testing::Test {
 protected:
  std::unique_ptr<keys::Resolver> Make(
      milliseconds per_name = milliseconds(20'000)) {
    auto resolver = keys::MakeUnboundResolver(
        {.servers = {dns_.address()}, .per_name = per_name, .per_second = 0});
    EXPECT_TRUE(resolver.ok()) << resolver.status();
    return *std::move(resolver);
  }
  Judged JudgeWith(keys::Resolver& resolver,
                   const std::string& message = Signed()) {
    return JudgeMessage(message, {.resolver = &resolver});
  }

  keys::DnsServer dns_;
};

TEST_F(DnsCase, D1_D2_OnlyDnsSaysNo) {
  Expect(JudgeWith(*Make()), KeyRefused("no_key"));  // NXDOMAIN
  dns_.Set(kKeyName, {});
  Expect(JudgeWith(*Make()), KeyRefused("no_key"));  // NODATA
  dns_.Set(kKeyName, {.rcode = 2});
  Expect(JudgeWith(*Make()), Temporary("dns_servfail"));
  dns_.Set(kKeyName, {.rcode = 5});
  // libunbound tells no REFUSED from SERVFAIL.
  const Judged refused = JudgeWith(*Make());
  EXPECT_EQ(refused.row.signatures[0].verdict.result, dkim::Result::kTempError);
  dns_.Set(kKeyName, {.silent_for = -1});
  Expect(JudgeWith(*Make(milliseconds(200))), Temporary("dns_timeout"));
  dns_.Set(kKeyName, {.txt = {Strings(RsaKey().Record())}});
  Expect(JudgeWith(*Make()), {});
}

TEST_F(DnsCase, D2_UnreachableServer) {
  std::string address;
  {
    const keys::DnsServer gone;
    address = gone.address();
  }
  auto resolver = keys::MakeUnboundResolver(
      {.servers = {address}, .per_name = milliseconds(500), .per_second = 0});
  ASSERT_TRUE(resolver.ok());
  const Judged j = JudgeWith(**resolver);
  EXPECT_EQ(j.row.signatures[0].verdict.result, dkim::Result::kTempError);
  EXPECT_EQ(j.row.message_class, audit::MessageClass::kUnjudged);
}

// Asked once more at the end, and a failure is not remembered as "no key".
TEST_F(DnsCase, D2_TheSecondAskingHeals) {
  dns_.Set(kKeyName, {.rcode = 2});
  auto resolver = Make();
  keys::KeyStore store(resolver.get());
  ASSERT_EQ(store.Request(kKeyName), nullptr);
  store.AwaitAll(milliseconds(60'000), nullptr);
  EXPECT_EQ(store.Request(kKeyName), nullptr);  // deferred
  dns_.Set(kKeyName, {.txt = {Strings(RsaKey().Record())}});
  store.RetryFailures(milliseconds(60'000), nullptr);
  ASSERT_NE(store.Request(kKeyName), nullptr);
  EXPECT_EQ(store.Request(kKeyName)->status, dkim::KeyStatus::kFound);
}

TEST_F(DnsCase, D7_SplitStrings) {
  const std::string record = RsaKey().Record();
  for (const size_t length : {1u, 7u, 255u}) {
    std::vector<std::string> strings = {""};
    for (const std::string& part : Strings(record, length)) {
      strings.push_back(part);
      if (length > 1) strings.emplace_back();
    }
    dns_.Set(kKeyName, {.txt = {strings}, .truncate = length == 1});
    Expect(JudgeWith(*Make()), {}, std::to_string(length));
  }
}

// One answer a name and run, whatever its TTL and whatever DNS says later; one
// query, however many threads ask.
TEST_F(DnsCase, D14_D18_OneAnswerForTheRun) {
  for (const uint32_t ttl : {0u, 1u << 31}) {
    dns_.Set(kKeyName, {.txt = {Strings(RsaKey().Record())}, .ttl = ttl});
    const int before = dns_.queries(kKeyName);
    auto resolver = Make();
    keys::KeyStore store(resolver.get());
    std::vector<std::thread> threads;
    for (int t = 0; t < 8; ++t) {
      threads.emplace_back([&] {
        for (int i = 0; i < 125'000; ++i) store.Request(kKeyName);
      });
    }
    for (std::thread& thread : threads) thread.join();
    store.AwaitAll(milliseconds(60'000), nullptr);
    const auto answer = store.Request(kKeyName);
    ASSERT_NE(answer, nullptr);
    EXPECT_EQ(answer->ttl, ttl >> 31 ? 0 : ttl);  // RFC 2181 8
    dns_.Set(kKeyName, {.txt = {Strings(OtherRsaKey().Record())}});
    EXPECT_EQ(store.Request(kKeyName), answer);
    ASSERT_EQ(answer->records.size(), 1u);
    EXPECT_EQ(answer->records[0].text, RsaKey().Record());
    EXPECT_EQ(dns_.queries(kKeyName), before + 1);
  }
  // The change shows in the next run.
  Expect(JudgeWith(*Make()), {.verdict = "neutral wrong_key fail match",
                              .message_class = "unjudged"});
}

}  // namespace
}  // namespace mailassay::cases
