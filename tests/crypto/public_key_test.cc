#include "lib/crypto/public_key.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "lib/crypto/hash.h"
#include "tests/crypto/octets.h"
#include "tests/reference/random.h"
#include "tests/reference/signing_key.h"

namespace mailassay::crypto {
namespace {

using reference::SigningKey;

const Bytes kRsaIdentifier = Unhex("300d 0609 2a864886f70d010101 0500");
const Bytes kE65537 = Unhex("010001");

Bytes Integer(const Bytes& big_endian) {
  const bool sign = !big_endian.empty() && big_endian[0] >= 0x80;
  return Element(0x02, sign ? Bytes{0} + big_endian : big_endian);
}

Bytes Pkcs1(const Bytes& n, const Bytes& e) {
  return Element(0x30, Integer(n) + Integer(e));
}

Bytes Spki(const Bytes& identifier, const Bytes& key) {
  return Element(0x30, identifier + Element(0x03, Bytes{0} + key));
}

Bytes Spki(const Bytes& n, const Bytes& e, int) {
  return Spki(kRsaIdentifier, Pkcs1(n, e));
}

KeyDefect DefectOf(const Bytes& der) {
  const PublicKey::Parsed parsed = PublicKey::ParseRsa(der);
  EXPECT_EQ(parsed.key == nullptr, parsed.defect != KeyDefect::kNone);
  return parsed.defect;
}

// An odd modulus of `bits` bits; nothing else about it matters to the parser.
Bytes OddModulus(size_t bits) {
  Bytes n((bits + 7) / 8, 0xa5);
  const size_t top = (bits - 1) % 8;
  n[0] = static_cast<uint8_t>((1u << top) | (n.size() == 1 ? 1u : 0u));
  n.back() |= 1;
  return n;
}

const SigningKey& Key1024() {
  static const SigningKey key = SigningKey::Rsa(1, 1024);
  return key;
}

// C16: both forms are one key.
TEST(ParseRsa, SpkiAndPkcs1AreOneKey) {
  const auto spki = PublicKey::ParseRsa(Key1024().Spki());
  const auto pkcs1 = PublicKey::ParseRsa(Key1024().Pkcs1());
  ASSERT_NE(spki.key, nullptr);
  ASSERT_NE(pkcs1.key, nullptr);
  EXPECT_EQ(spki.key->type(), KeyType::kRsa);
  EXPECT_EQ(spki.key->bits(), 1024u);
  EXPECT_EQ(spki.key->modulus_size(), 128u);
  EXPECT_EQ(spki.key->exponent(), 65537u);
  EXPECT_EQ(Hex(spki.key->modulus()), Hex(Key1024().Modulus()));
  EXPECT_EQ(spki.key->id(), pkcs1.key->id());
  EXPECT_EQ(spki.key->id(),
            Hash(HashAlgorithm::kSha256, AsText(Key1024().Spki())));
}

TEST(ParseRsa, Sizes) {
  for (const size_t bits : {512u, 768u, 1023u, 1024u, 1025u, 2047u, 2048u,
                            3072u, 4096u, 8191u, 8192u}) {
    const auto parsed = PublicKey::ParseRsa(Spki(OddModulus(bits), kE65537, 0));
    ASSERT_NE(parsed.key, nullptr) << bits;
    EXPECT_EQ(parsed.key->bits(), bits);
  }
  // C12: refused before any arithmetic.
  for (const size_t bits : {8193u, 8200u, 16384u, 65536u}) {
    EXPECT_EQ(DefectOf(Pkcs1(OddModulus(bits), kE65537)), KeyDefect::kTooBig)
        << bits;
  }
}

// C8, C9.
TEST(ParseRsa, Exponents) {
  const Bytes n = Key1024().Modulus();
  for (const std::string_view good :
       {"03", "05", "11", "010001", "ffffffff", "07ffffffff"}) {
    EXPECT_EQ(DefectOf(Spki(n, Unhex(good), 0)), KeyDefect::kNone) << good;
    EXPECT_EQ(DefectOf(Pkcs1(n, Unhex(good))), KeyDefect::kNone) << good;
  }
  for (const std::string_view bad :
       {"00", "01", "02", "04", "010000", "0800000000", "0800000001",
        "ffffffffff", "010000000001", "010000000000000001"}) {
    EXPECT_EQ(DefectOf(Spki(n, Unhex(bad), 0)), KeyDefect::kExponent) << bad;
    EXPECT_EQ(DefectOf(Pkcs1(n, Unhex(bad))), KeyDefect::kExponent) << bad;
  }
  // 3072 bits of exponent would cost milliseconds a signature.
  EXPECT_EQ(DefectOf(Spki(n, OddModulus(3072), 0)), KeyDefect::kExponent);
  EXPECT_EQ(DefectOf(Pkcs1(n, OddModulus(3071))), KeyDefect::kExponent);
  EXPECT_EQ(DefectOf(Element(0x30, Integer(n) + Unhex("0203 ff0001"))),
            KeyDefect::kParse);  // negative
  EXPECT_EQ(DefectOf(Element(0x30, Integer(n) + Unhex("0204 00010001"))),
            KeyDefect::kParse);  // padded
}

// C13.
TEST(ParseRsa, Moduli) {
  Bytes even = Key1024().Modulus();
  even.back() &= 0xfe;
  EXPECT_EQ(DefectOf(Spki(even, kE65537, 0)), KeyDefect::kParse);
  EXPECT_EQ(DefectOf(Pkcs1({0x00}, kE65537)), KeyDefect::kParse);
  EXPECT_EQ(DefectOf(Pkcs1({0x01}, kE65537)), KeyDefect::kParse);
  EXPECT_EQ(DefectOf(Pkcs1({0x02}, kE65537)), KeyDefect::kParse);
  Bytes negative = Key1024().Modulus();
  negative[0] = 0xff;  // without the sign octet that Integer adds
  EXPECT_EQ(DefectOf(Element(0x30, Element(0x02, negative) + Integer(kE65537))),
            KeyDefect::kParse);
  const Bytes padded = Bytes{0, 0} + Key1024().Modulus();
  EXPECT_EQ(DefectOf(Element(0x30, Element(0x02, padded) + Integer(kE65537))),
            KeyDefect::kParse);
  // A small factor is nobody's business here.
  EXPECT_EQ(DefectOf(Pkcs1(Bytes(128, 0xff), kE65537)), KeyDefect::kNone);
}

// C14: octets after the key, at each level.
TEST(ParseRsa, OctetsLeftOver) {
  const Bytes n = Key1024().Modulus();
  const Bytes extra = {0x05, 0x00};
  const Bytes inner = Integer(n) + Integer(kE65537);
  for (const Bytes& bad : {
           Spki(n, kE65537, 0) + Bytes{0},
           Spki(n, kE65537, 0) + extra,
           Pkcs1(n, kE65537) + extra,
           Element(0x30, inner + extra),
           Spki(kRsaIdentifier, Pkcs1(n, kE65537) + extra),
           Spki(kRsaIdentifier, Element(0x30, inner + extra)),
           Element(0x30, kRsaIdentifier +
                             Element(0x03, Bytes{0} + Pkcs1(n, kE65537)) +
                             extra),
           Spki(Unhex("300f 0609 2a864886f70d010101 0500 0500"),
                Pkcs1(n, kE65537)),
       }) {
    EXPECT_EQ(DefectOf(bad), KeyDefect::kParse) << Hex(bad);
  }
}

// RFC 3279 2.3.1: parameters MUST be NULL.
TEST(ParseRsa, Parameters) {
  const Bytes key = Pkcs1(Key1024().Modulus(), kE65537);
  EXPECT_EQ(DefectOf(Spki(kRsaIdentifier, key)), KeyDefect::kNone);
  for (const std::string_view bad : {
           "300b 0609 2a864886f70d010101",         // absent
           "300e 0609 2a864886f70d010101 050100",  // NULL with contents
           "300d 0609 2a864886f70d010101 3000",    // SEQUENCE
           "300e 0609 2a864886f70d010101 058100",  // NULL, long length
       }) {
    EXPECT_EQ(DefectOf(Spki(Unhex(bad), key)), KeyDefect::kParse) << bad;
  }
  // Unused bits in the BIT STRING, and none of its octets.
  EXPECT_EQ(
      DefectOf(Element(0x30, kRsaIdentifier + Element(0x03, Bytes{1} + key))),
      KeyDefect::kParse);
  EXPECT_EQ(DefectOf(Element(0x30, kRsaIdentifier + Unhex("0300"))),
            KeyDefect::kParse);
  EXPECT_EQ(DefectOf(Element(0x30, kRsaIdentifier)), KeyDefect::kParse);
}

// C15: BER that is not DER.
TEST(ParseRsa, Ber) {
  const Bytes n = Key1024().Modulus();
  const Bytes inner =
      kRsaIdentifier + Element(0x03, Bytes{0} + Pkcs1(n, kE65537));
  EXPECT_EQ(DefectOf(Bytes{0x30, 0x80} + inner + Bytes{0, 0}),
            KeyDefect::kParse);
  const size_t size = inner.size();
  EXPECT_EQ(DefectOf(Bytes{0x30, 0x83, 0, static_cast<uint8_t>(size >> 8),
                           static_cast<uint8_t>(size)} +
                     inner),
            KeyDefect::kParse);
  EXPECT_EQ(DefectOf(Bytes{0x30, 0x82, static_cast<uint8_t>(size >> 8),
                           static_cast<uint8_t>(size)} +
                     inner),
            size >= 0x100 ? KeyDefect::kNone : KeyDefect::kParse);
}

// C17.
TEST(ParseRsa, OtherThings) {
  const std::string pem =
      "-----BEGIN PUBLIC KEY-----\nMIGfMA0GCSqGSIb3DQEBAQUAA4GN\n";
  const Bytes point = Bytes{0x04} + Bytes(64, 0x11);
  const Bytes name = Unhex("300d 0609 2a864886f70d01010b 0500");
  struct Case {
    std::string_view what;
    Bytes der;
    KeyDefect defect;
  };
  for (const Case& c : {
           Case{"PEM", Bytes(pem.begin(), pem.end()), KeyDefect::kType},
           Case{"P-256",
                Spki(Unhex("3013 0607 2a8648ce3d0201 0608 2a8648ce3d030107"),
                     point),
                KeyDefect::kType},
           Case{"DSA", Spki(Unhex("3009 0607 2a8648ce380401"), Unhex("020105")),
                KeyDefect::kType},
           Case{"Ed25519", SigningKey::Ed25519(1).Spki(), KeyDefect::kType},
           Case{"RSASSA-PSS",
                Spki(Unhex("300b 0609 2a864886f70d01010a"),
                     Pkcs1(Key1024().Modulus(), kE65537)),
                KeyDefect::kType},
           Case{
               "certificate, version 3",
               Element(0x30, Element(0x30, Unhex("a003 020102 020101") + name) +
                                 name + Element(0x03, Bytes(129, 0))),
               KeyDefect::kType},
           Case{"certificate, version 1",
                Element(0x30, Element(0x30, Unhex("020101") + name) + name +
                                  Element(0x03, Bytes(129, 0))),
                KeyDefect::kType},
           Case{"PKCS#8 private key",
                Element(0x30, Unhex("020100") + kRsaIdentifier +
                                  Element(0x04, Bytes(20, 1))),
                KeyDefect::kParse},
           Case{"RSAPrivateKey",
                Element(0x30, Unhex("020100") + Integer(Key1024().Modulus()) +
                                  Integer(kE65537)),
                KeyDefect::kParse},
           Case{"nothing", {}, KeyDefect::kParse},
           Case{"empty SEQUENCE", Unhex("3000"), KeyDefect::kParse},
           Case{"SEQUENCE of an empty one", Unhex("30023000"),
                KeyDefect::kParse},
           Case{"two empty ones", Unhex("300430003000"), KeyDefect::kType},
           Case{"raw Ed25519", SigningKey::Ed25519(1).RawEd25519(),
                KeyDefect::kParse},
           Case{"zeros", Bytes(162, 0), KeyDefect::kParse},
       }) {
    EXPECT_EQ(DefectOf(c.der), c.defect) << c.what;
  }
}

// What is accepted is the one encoding of its numbers, however it was damaged.
TEST(ParseRsa, AcceptedIsTheOnlyEncoding) {
  const Bytes spki = SigningKey::Rsa(3, 512).Spki();
  const Bytes pkcs1 = SigningKey::Rsa(3, 512).Pkcs1();
  size_t accepted = 0;
  for (const Bytes& form : {spki, pkcs1}) {
    for (size_t at = 0; at < form.size(); ++at) {
      for (int value = 0; value < 256; ++value) {
        Bytes damaged = form;
        damaged[at] = static_cast<uint8_t>(value);
        const auto parsed = PublicKey::ParseRsa(damaged);
        if (parsed.key == nullptr) continue;
        ++accepted;
        Bytes e;
        for (uint64_t rest = parsed.key->exponent(); rest != 0; rest >>= 8) {
          e.insert(e.begin(), static_cast<uint8_t>(rest));
        }
        const Bytes n(parsed.key->modulus().begin(),
                      parsed.key->modulus().end());
        ASSERT_EQ(damaged, form == spki ? Spki(n, e, 0) : Pkcs1(n, e));
      }
    }
  }
  EXPECT_GT(accepted, 10'000u);
}

TEST(ParseRsa, EveryPrefixIsRefused) {
  for (const Bytes& form : {Key1024().Spki(), Key1024().Pkcs1()}) {
    for (size_t size = 0; size < form.size(); ++size) {
      EXPECT_EQ(DefectOf(Bytes(form.begin(), form.begin() + size)),
                KeyDefect::kParse);
    }
  }
}

TEST(ParseRsa, RandomOctetsDoNotCrash) {
  reference::Random random(7);
  for (int round = 0; round < 20'000; ++round) {
    Bytes der(random.Below(40));
    for (uint8_t& octet : der) octet = static_cast<uint8_t>(random.Next());
    // Mostly elements that could belong to a key.
    if (der.size() > 4) {
      der[0] = 0x30;
      der[1] = static_cast<uint8_t>(der.size() - 2);
      der[2] = random.Chance(0.5) ? 0x02 : 0x30;
      der[3] = static_cast<uint8_t>(random.Below(der.size()));
    }
    const auto parsed = PublicKey::ParseRsa(der);
    EXPECT_EQ(parsed.key == nullptr, parsed.defect != KeyDefect::kNone);
  }
}

TEST(ParseEd25519, Good) {
  const Bytes raw = SigningKey::Ed25519(1).RawEd25519();
  const auto parsed = PublicKey::ParseEd25519(raw);
  ASSERT_NE(parsed.key, nullptr);
  EXPECT_EQ(parsed.key->type(), KeyType::kEd25519);
  EXPECT_EQ(parsed.key->bits(), 256u);
  EXPECT_EQ(Hex(parsed.key->ed25519()), Hex(raw));
  // RFC 8410 4.
  EXPECT_EQ(parsed.key->id(), Hash(HashAlgorithm::kSha256,
                                   AsText(SigningKey::Ed25519(1).Spki())));
}

// C19, and points that make a key worthless.
TEST(ParseEd25519, Refused) {
  const Bytes raw = SigningKey::Ed25519(1).RawEd25519();
  Bytes zero(32, 0), one(32, 0), prime(32, 0xff), all(32, 0xff);
  one[0] = 1;
  prime[0] = 0xed;
  prime[31] = 0x7f;
  const Bytes not_a_point = [] {
    Bytes y(32, 0);
    y[0] = 2;  // (y^2 - 1) / (d y^2 + 1) is no square
    return y;
  }();
  struct Case {
    Bytes raw;
    KeyDefect defect;
  };
  for (const Case& c : {
           Case{{}, KeyDefect::kLength},
           Case{Bytes(raw.begin(), raw.end() - 1), KeyDefect::kLength},
           Case{raw + Bytes{0}, KeyDefect::kLength},
           Case{SigningKey::Ed25519(1).Spki(), KeyDefect::kLength},
           Case{raw + raw, KeyDefect::kLength},
           Case{zero, KeyDefect::kLength},
           Case{one, KeyDefect::kLength},
           Case{prime, KeyDefect::kLength},
           Case{all, KeyDefect::kLength},
           Case{not_a_point, KeyDefect::kParse},
       }) {
    const auto parsed = PublicKey::ParseEd25519(c.raw);
    EXPECT_EQ(parsed.defect, c.defect) << Hex(c.raw);
    EXPECT_EQ(parsed.key, nullptr);
  }
}

TEST(Raise, UndoesThePrivateOperation) {
  reference::Random random(5);
  for (const unsigned bits : {32u, 64u, 512u, 1024u, 1030u}) {
    for (const uint64_t e : {3ull, 65537ull, 0x7ffffffffull}) {
      const SigningKey signer = SigningKey::Rsa(9, bits, e);
      const auto key = PublicKey::ParseRsa(signer.Spki()).key;
      ASSERT_NE(key, nullptr);
      Bytes block(key->modulus_size());
      for (uint8_t& octet : block) octet = static_cast<uint8_t>(random.Next());
      block[0] = 0;
      Bytes raised(block.size());
      ASSERT_TRUE(key->Raise(signer.SignBlock(block), raised));
      EXPECT_EQ(Hex(raised), Hex(block)) << bits << " " << e;
    }
  }
}

// Every odd modulus of one octet, every value below it.
TEST(Raise, TinyModuli) {
  for (unsigned n = 3; n < 256; n += 2) {
    const auto key =
        PublicKey::ParseRsa(Pkcs1({static_cast<uint8_t>(n)}, {0x03})).key;
    ASSERT_NE(key, nullptr) << n;
    for (unsigned s = 0; s < n; ++s) {
      const Bytes signature = {static_cast<uint8_t>(s)};
      Bytes out(1);
      ASSERT_TRUE(key->Raise(signature, out));
      ASSERT_EQ(out[0], s * s * s % n) << s << " " << n;
    }
  }
}

}  // namespace
}  // namespace mailassay::crypto
