#include "lib/dkim/key_record.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "lib/base/base64.h"
#include "lib/dkim/tag_list.h"
#include "tests/reference/signing_key.h"

namespace mailassay::dkim {
namespace {

using namespace std::literals;
using reference::Bytes;
using reference::SigningKey;

const SigningKey& Rsa2048() {
  static const SigningKey key = SigningKey::Rsa(1, 2048);
  return key;
}

// p= of a sound 2048-bit key.
std::string P() { return Rsa2048().PublicKeyBase64(); }

std::string Ed25519P() { return SigningKey::Ed25519(1).PublicKeyBase64(); }

std::string_view CodeOf(std::string_view record) {
  return ReasonCode(ParseKeyRecord(record).defect);
}

// DER as X.690 8.1: tag, length, contents.
Bytes Der(uint8_t tag, const Bytes& contents) {
  Bytes out = {tag};
  const size_t size = contents.size();
  if (size < 0x80) {
    out.push_back(static_cast<uint8_t>(size));
  } else if (size < 0x100) {
    out.insert(out.end(), {0x81, static_cast<uint8_t>(size)});
  } else {
    out.insert(out.end(), {0x82, static_cast<uint8_t>(size >> 8),
                           static_cast<uint8_t>(size)});
  }
  out.insert(out.end(), contents.begin(), contents.end());
  return out;
}

// INTEGER of big-endian octets, kept positive.
Bytes Integer(Bytes octets) {
  if (octets.empty() || octets[0] >= 0x80) octets.insert(octets.begin(), 0);
  return Der(0x02, octets);
}

// RSAPublicKey of any two numbers, sound or not.
std::string RsaP(const Bytes& modulus, const Bytes& exponent) {
  Bytes both = Integer(modulus);
  const Bytes e = Integer(exponent);
  both.insert(both.end(), e.begin(), e.end());
  return EncodeBase64(Der(0x30, both));
}

// An odd number of exactly `bits` bits; no key, but it parses as one.
Bytes OddModulus(size_t bits) {
  Bytes n((bits + 7) / 8, 0xA5);
  const size_t top = (bits - 1) % 8;
  n[0] = static_cast<uint8_t>(1u << top);
  n.back() |= 1;
  return n;
}
const Bytes kF4 = {1, 0, 1};

TEST(KeyRecord, Defaults) {
  const std::string text = "v=DKIM1; p=" + P();
  const KeyRecord record = ParseKeyRecord(text);
  EXPECT_EQ(ReasonCode(record.defect), "ok");
  EXPECT_TRUE(record.flags.empty());
  EXPECT_EQ(record.type, crypto::KeyType::kRsa);
  ASSERT_NE(record.key, nullptr);
  EXPECT_EQ(record.key->bits(), 2048u);
  EXPECT_TRUE(record.allows_sha256);
  EXPECT_TRUE(record.allows_sha1);
  EXPECT_FALSE(record.strict_auid);
  EXPECT_EQ(record.text, text);
}

TEST(KeyRecord, Ed25519) {
  const KeyRecord record =
      ParseKeyRecord("v=DKIM1; k=ed25519; p=" + Ed25519P());
  EXPECT_EQ(ReasonCode(record.defect), "ok");
  EXPECT_EQ(record.type, crypto::KeyType::kEd25519);
  EXPECT_TRUE(record.flags.empty());
  ASSERT_NE(record.key, nullptr);
}

TEST(KeyRecordRules, T2_DuplicateTag) {
  const KeyRecord record = ParseKeyRecord("v=DKIM1; p=" + P() + "; p=" + P());
  EXPECT_EQ(ReasonCode(record.defect), "key_dup_tag");
  EXPECT_EQ(record.key, nullptr);
}

TEST(KeyRecordRules, T6_Version) {
  for (std::string_view v : {"DKIM2", "dkim1", "DKIM", "1", ""}) {
    EXPECT_EQ(CodeOf("v=" + std::string(v) + "; p=" + P()), "key_version") << v;
  }
  const KeyRecord record = ParseKeyRecord("p=" + P() + "; v=DKIM1");
  EXPECT_EQ(ReasonCode(record.defect), "ok");
  EXPECT_TRUE(record.flags.Has(Flag::kKeyVNotFirst));
  EXPECT_FALSE(
      ParseKeyRecord("v=DKIM1; p=" + P()).flags.Has(Flag::kKeyVNotFirst));
}

TEST(KeyRecordRules, T7_NoVersion) {
  EXPECT_EQ(CodeOf("k=rsa; p=" + P()), "ok");
  EXPECT_TRUE(ParseKeyRecord("p=" + P()).flags.empty());
}

TEST(KeyRecordRules, T20_OctetOutsideBase64) {
  EXPECT_EQ(CodeOf("p=" + P().substr(0, 20) + "-" + P().substr(21)), "key_b64");
  EXPECT_EQ(CodeOf("p=!!!!"), "key_b64");  // D13
  EXPECT_EQ(CodeOf("p=\"" + P() + "\""), "key_b64");
}

TEST(KeyRecordRules, T21_WhiteSpaceInKey) {
  const std::string p = P();
  const KeyRecord record =
      ParseKeyRecord("v = DKIM1 ;\r\n\tp = " + p.substr(0, 10) + " \r\n " +
                     p.substr(10) + ";");
  EXPECT_EQ(ReasonCode(record.defect), "ok");
  EXPECT_NE(record.key, nullptr);
}

TEST(KeyRecordRules, T22_PaddingOfKey) {
  const std::string p = Ed25519P();
  ASSERT_TRUE(p.ends_with('='));
  // key-p-tag holds the base64string of RFC 6376 2.10: padding is optional.
  EXPECT_EQ(CodeOf("k=ed25519; p=" + p.substr(0, p.size() - 1)), "ok");
  EXPECT_EQ(CodeOf("k=ed25519; p=" + p + "="), "key_b64");
  EXPECT_EQ(CodeOf("k=ed25519; p=" + p + "QUFB"), "key_b64");
}

TEST(KeyRecordRules, T36_GranularityIsIgnored) {
  for (std::string_view g : {"*", "", "joe", "joe*"}) {
    EXPECT_EQ(CodeOf("v=DKIM1; g=" + std::string(g) + "; p=" + P()), "ok") << g;
  }
  EXPECT_EQ(CodeOf("n=any =20 text; zz=1; p=" + P()), "ok");
}

TEST(KeyRecordRules, T37_Service) {
  struct Case {
    std::string s;
    std::string_view code;
  };
  for (const auto& [s, code] :
       {Case{"tlsrpt", "key_service"}, Case{"", "key_service"},
        Case{"emails", "key_service"}, Case{"*x", "key_service"},
        Case{"email", "ok"}, Case{"*", "ok"}, Case{"tlsrpt : email", "ok"},
        Case{"tlsrpt:*", "ok"}, Case{"EMAIL", "ok"}}) {
    EXPECT_EQ(CodeOf("v=DKIM1; s=" + s + "; p=" + P()), code) << s;
  }
}

TEST(KeyRecordRules, T38_Hashes) {
  struct Case {
    std::string h;
    bool sha256, sha1;
  };
  for (const auto& [h, sha256, sha1] :
       {Case{"sha1", false, true}, Case{"sha256", true, false},
        Case{"sha1:sha256", true, true}, Case{" sha256 : x", true, false},
        Case{"SHA256", true, false}, Case{"sha512", false, false},
        Case{"", false, false}}) {
    const KeyRecord record = ParseKeyRecord("h=" + h + "; p=" + P());
    EXPECT_EQ(ReasonCode(record.defect), "ok") << h;
    EXPECT_EQ(record.allows_sha256, sha256) << h;
    EXPECT_EQ(record.allows_sha1, sha1) << h;
  }
}

TEST(KeyRecordRules, T39_Flags) {
  struct Case {
    std::string t;
    bool testing, strict;
  };
  for (const auto& [t, testing, strict] :
       {Case{"y", true, false}, Case{"s", false, true}, Case{"y:s", true, true},
        Case{"x : s", false, true}, Case{"ys", false, false},
        Case{"", false, false}}) {
    const KeyRecord record = ParseKeyRecord("t=" + t + "; p=" + P());
    EXPECT_EQ(ReasonCode(record.defect), "ok") << t;
    EXPECT_EQ(record.flags.Has(Flag::kTesting), testing) << t;
    EXPECT_EQ(record.strict_auid, strict) << t;
  }
}

TEST(KeyRecordRules, T41_TagLimits) {
  EXPECT_EQ(CodeOf(std::string(kMaxTagName + 1, 'n') + "=1; p=" + P()),
            "limit_key_tag");
}

TEST(KeyRecordRules, C8_ExponentOne) {
  EXPECT_EQ(CodeOf("p=" + RsaP(OddModulus(2048), {1})), "key_exponent");
}

TEST(KeyRecordRules, C9_Exponents) {
  const Bytes n = OddModulus(2048);
  struct Case {
    Bytes e;
    std::string_view code;
  };
  for (const auto& [e, code] :
       {Case{{2}, "key_exponent"}, Case{{0}, "key_exponent"},
        Case{{1, 0, 0}, "key_exponent"},
        Case{{8, 0, 0, 0, 1}, "key_exponent"},  // 2^35 + 1
        Case{OddModulus(2048), "key_exponent"}, Case{{3}, "ok"},
        Case{{7, 0xFF, 0xFF, 0xFF, 0xFF}, "ok"}}) {
    EXPECT_EQ(CodeOf("p=" + RsaP(n, e)), code) << e.size();
  }
}

// C10: weak keys are usable; the verdict refuses them.  C11: the flag.
TEST(KeyRecordRules, C10_C11_ShortKeys) {
  struct Case {
    size_t bits;
    bool flag;
  };
  for (const auto& [bits, flag] :
       {Case{512, false}, Case{768, false}, Case{1023, false}, Case{1024, true},
        Case{1536, true}, Case{2047, true}, Case{2048, false},
        Case{4096, false}}) {
    const KeyRecord record = ParseKeyRecord("p=" + RsaP(OddModulus(bits), kF4));
    EXPECT_EQ(ReasonCode(record.defect), "ok") << bits;
    ASSERT_NE(record.key, nullptr);
    EXPECT_EQ(record.key->bits(), bits);
    EXPECT_EQ(record.flags.Has(Flag::kKeyLt2048), flag) << bits;
  }
}

TEST(KeyRecordRules, C12_LargeKeysAndTexts) {
  EXPECT_EQ(CodeOf("p=" + RsaP(OddModulus(8192), kF4)), "ok");
  EXPECT_EQ(CodeOf("p=" + RsaP(OddModulus(8193), kF4)), "key_too_big");
  EXPECT_EQ(CodeOf("p=" + RsaP(OddModulus(16384), kF4)), "key_too_big");
  EXPECT_EQ(CodeOf("p=" + std::string(kMaxKeyText, 'A')), "key_parse");
  EXPECT_EQ(CodeOf("p=" + std::string(kMaxKeyText + 1, 'A')), "limit_key_txt");
}

TEST(KeyRecordRules, C13_Modulus) {
  Bytes even = OddModulus(2048);
  even.back() &= 0xFE;
  EXPECT_EQ(CodeOf("p=" + RsaP(even, kF4)), "key_parse");
  EXPECT_EQ(CodeOf("p=" + RsaP({0}, kF4)), "key_parse");
  // A negative INTEGER: the top bit without a 00 before it.
  Bytes negative = Der(0x02, Bytes(256, 0xA5));
  const Bytes e = Integer(kF4);
  negative.insert(negative.end(), e.begin(), e.end());
  EXPECT_EQ(CodeOf("p=" + EncodeBase64(Der(0x30, negative))), "key_parse");
}

TEST(KeyRecordRules, C14_C15_Encoding) {
  Bytes trailing = Rsa2048().Spki();
  trailing.push_back(0);
  EXPECT_EQ(CodeOf("p=" + EncodeBase64(trailing)), "key_parse");

  Bytes indefinite = Rsa2048().Spki();
  ASSERT_EQ(indefinite[1], 0x82);
  indefinite.erase(indefinite.begin() + 2, indefinite.begin() + 4);
  indefinite[1] = 0x80;
  indefinite.insert(indefinite.end(), {0, 0});
  EXPECT_EQ(CodeOf("p=" + EncodeBase64(indefinite)), "key_parse");

  Bytes truncated = Rsa2048().Spki();
  truncated.pop_back();
  EXPECT_EQ(CodeOf("p=" + EncodeBase64(truncated)), "key_parse");
  EXPECT_EQ(CodeOf("p=QUFB"), "key_parse");
}

TEST(KeyRecordRules, C16_Pkcs1) {
  EXPECT_EQ(CodeOf("p=" + Rsa2048().Pkcs1Base64()), "ok");
}

TEST(KeyRecordRules, C17_OtherThingsInP) {
  // An Ed25519 SubjectPublicKeyInfo is another algorithm's key for k=rsa.
  EXPECT_EQ(CodeOf("p=" + EncodeBase64(SigningKey::Ed25519(1).Spki())),
            "key_type");
  EXPECT_EQ(
      CodeOf("p=-----BEGIN PUBLIC KEY-----" + P() + "-----END PUBLIC KEY-----"),
      "key_type");
  const std::string_view pem = "-----BEGIN PUBLIC KEY-----\nMIIB";
  EXPECT_EQ(CodeOf("p=" + EncodeBase64(Bytes(pem.begin(), pem.end()))),
            "key_type");
}

TEST(KeyRecordRules, C19_Ed25519LengthAndDoubledText) {
  const Bytes raw = SigningKey::Ed25519(1).RawEd25519();
  Bytes shorter(raw.begin(), raw.end() - 1);
  Bytes longer = raw;
  longer.push_back(0);
  for (const Bytes& key : {shorter, longer, SigningKey::Ed25519(1).Spki()}) {
    EXPECT_EQ(CodeOf("k=ed25519; p=" + EncodeBase64(key)), "key_length")
        << key.size();
  }
  // A record pasted twice has its tags twice (T2), or data behind padding.
  const std::string record = "v=DKIM1; k=ed25519; p=" + Ed25519P();
  EXPECT_EQ(CodeOf(record + record), "key_dup_tag");
  EXPECT_EQ(CodeOf(record + "; " + record), "key_dup_tag");
  EXPECT_EQ(CodeOf(record + Ed25519P()), "key_b64");
}

TEST(KeyRecordRules, C21_UnknownType) {
  for (std::string_view k : {"rsb", "ed2025", "", "rsa ed25519", "dsa"}) {
    EXPECT_EQ(CodeOf("k=" + std::string(k) + "; p=" + P()), "key_type") << k;
  }
  EXPECT_EQ(CodeOf("k=RSA; p=" + P()), "ok");
}

TEST(KeyRecordRules, D12_EmptyKeyIsRevoked) {
  for (std::string_view text :
       {"v=DKIM1; p=", "v=DKIM1; p=;", "p= \r\n ;k=rsa",
        "v=DKIM1; k=unknown; p=", "v=DKIM1; s=tlsrpt; p="}) {
    const KeyRecord record = ParseKeyRecord(text);
    EXPECT_EQ(ReasonCode(record.defect), "revoked") << text;
    EXPECT_EQ(record.key, nullptr);
  }
}

TEST(KeyRecordRules, D13_NoKeyRecord) {
  EXPECT_EQ(CodeOf(""), "key_syntax");
  EXPECT_EQ(CodeOf(" "), "key_syntax");
  EXPECT_EQ(CodeOf("v=DKIM1"), "key_syntax");  // p= is REQUIRED
  EXPECT_EQ(CodeOf("v=DKIM1;; p=" + P()), "key_syntax");
  EXPECT_EQ(CodeOf("v=DKIM1; p=\0"sv), "key_syntax");
  EXPECT_EQ(CodeOf("site-verification=abc"), "key_syntax");
  EXPECT_EQ(CodeOf("hello world"), "key_syntax");
}

TEST(KeyRecordRules, D6_TextLimit) {
  const std::string head = "v=DKIM1; p=" + P() + "; n=";
  const std::string fits = head + std::string(kMaxTxtText - head.size(), 'n');
  EXPECT_EQ(CodeOf(fits), "ok");
  EXPECT_EQ(CodeOf(fits + "n"), "limit_key_txt");
  const KeyRecord record = ParseKeyRecord(std::string(65'535, ';'));
  EXPECT_EQ(ReasonCode(record.defect), "limit_key_txt");
  EXPECT_EQ(record.text.size(), 65'535u);
}

TEST(KeyRecordRules, D8_OtherTextsUnderTheName) {
  EXPECT_EQ(CodeOf("v=spf1 include:_spf.example.com -all"), "key_version");
  EXPECT_EQ(CodeOf("v=DMARC1; p=none"), "key_version");
}

}  // namespace
}  // namespace mailassay::dkim
