#include "lib/dkim/signature.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

#include "lib/base/base64.h"
#include "lib/dkim/tag_list.h"
#include "tests/base/keep.h"

namespace mailassay::dkim {
namespace {

using testing::ElementsAre;
using namespace std::literals;

// A sound signature's tags, to be changed one at a time.
class Tags {
 public:
  Tags() {
    Set("v", "1").Set("a", "rsa-sha256").Set("d", "example.com");
    Set("s", "sel").Set("h", "from:to").Set("bh", Octets(32));
    Set("b", Octets(256));
  }
  static std::string Octets(size_t count) {
    return EncodeBase64(std::vector<uint8_t>(count, 0x5A));
  }
  Tags& Set(std::string_view name, std::string_view value) {
    for (auto& [n, v] : tags_) {
      if (n == name) {
        v = value;
        return *this;
      }
    }
    return Add(name, value);
  }
  Tags& Add(std::string_view name, std::string_view value) {
    tags_.emplace_back(name, value);
    return *this;
  }
  Tags& Remove(std::string_view name) {
    std::erase_if(tags_, [&](const auto& tag) { return tag.first == name; });
    return *this;
  }
  std::string Text() const {
    std::string text;
    for (const auto& [name, value] : tags_) {
      if (!text.empty()) text += "; ";
      text.append(name).append("=").append(value);
    }
    return text;
  }

 private:
  std::vector<std::pair<std::string, std::string>> tags_;
};

Signature ParseText(std::string_view value) {
  const std::string raw = "DKIM-Signature: " + std::string(value);
  return ParseSignature({.raw = raw, .name_size = 14, .value_begin = 15},
                        KeptTexts());
}
Signature Parse(const Tags& tags) { return ParseText(tags.Text()); }
Signature ParseWith(std::string_view tag, std::string_view value) {
  return Parse(Tags().Set(tag, value));
}
Signature ParseWithout(std::string_view tag) {
  return Parse(Tags().Remove(tag));
}

std::string_view CodeWith(std::string_view tag, std::string_view value) {
  return ReasonCode(ParseWith(tag, value).defect);
}

// One tag set to a value, and the code that follows.
struct Case {
  std::string tag;
  std::string value;
  std::string code;
};
void ExpectCodes(const std::vector<Case>& cases) {
  for (const auto& [tag, value, code] : cases) {
    EXPECT_EQ(CodeWith(tag, value), code) << tag << "=" << value;
  }
}

TEST(Signature, ReadsEveryTag) {
  const Signature s = Parse(Tags()
                                .Set("c", "relaxed/simple")
                                .Set("d", "Example.COM")
                                .Set("s", "Sel_1.x")
                                .Set("i", "joe@mail.example.com")
                                .Set("l", "0")
                                .Set("q", "dns/txt")
                                .Set("t", "1700000000")
                                .Set("x", "1700000001")
                                .Set("h", " From : TO:\r\n\tSubject "));
  EXPECT_EQ(ReasonCode(s.defect), "ok");
  EXPECT_TRUE(s.flags.empty());
  EXPECT_EQ(s.domain, "example.com");
  EXPECT_EQ(s.header_d, "Example.COM");
  EXPECT_EQ(s.selector, "sel_1.x");
  EXPECT_EQ(s.header_s, "Sel_1.x");
  EXPECT_EQ(s.header_a, "rsa-sha256");
  EXPECT_EQ(s.header_i, "joe@mail.example.com");
  EXPECT_EQ(s.auid_domain, "mail.example.com");
  EXPECT_EQ(s.key_type, crypto::KeyType::kRsa);
  EXPECT_EQ(s.hash, crypto::HashAlgorithm::kSha256);
  EXPECT_EQ(s.header_canon, Canonicalization::kRelaxed);
  EXPECT_EQ(s.body_canon, Canonicalization::kSimple);
  EXPECT_EQ(s.body_length, 0u);
  EXPECT_EQ(s.timestamp, 1700000000);
  EXPECT_EQ(s.expiration, 1700000001);
  EXPECT_EQ(s.query, "dns/txt");
  EXPECT_EQ(s.signed_names, "from;to;subject");
  EXPECT_EQ(s.signed_name_count, 3u);
  EXPECT_EQ(s.body_hash.size, 32);
  EXPECT_EQ(s.body_hash.bytes[31], 0x5A);
  EXPECT_THAT(s.signature,
              testing::ElementsAreArray(std::vector<uint8_t>(256, 0x5A)));
}

TEST(Signature, DefaultsOfAbsentTags) {
  const Signature s = Parse(Tags());
  EXPECT_EQ(ReasonCode(s.defect), "ok");
  EXPECT_EQ(s.header_canon, Canonicalization::kSimple);
  EXPECT_EQ(s.body_canon, Canonicalization::kSimple);
  EXPECT_EQ(s.body_length, std::nullopt);
  EXPECT_EQ(s.timestamp, std::nullopt);
  EXPECT_EQ(s.expiration, std::nullopt);
  EXPECT_EQ(s.auid_domain, "example.com");
  EXPECT_EQ(s.header_i, "");
  EXPECT_EQ(s.query, "");
}

TEST(SignatureRules, T1_DuplicateTag) {
  for (std::string_view tag : {"d", "b", "v", "zz"}) {
    const Signature s = Parse(Tags().Add("zz", "1").Add(tag, "evil.example"));
    EXPECT_EQ(ReasonCode(s.defect), "sig_dup_tag") << tag;
    EXPECT_EQ(s.header_d, "example.com");
    EXPECT_EQ(s.domain, "example.com");
  }
}

TEST(SignatureRules, T3_NoVersion) {
  EXPECT_EQ(ReasonCode(ParseWithout("v").defect), "sig_version");
}

TEST(SignatureRules, T4_OtherVersion) {
  ExpectCodes({{"v", "2", "sig_version"},
               {"v", "01", "sig_version"},
               {"v", "1 junk", "sig_version"},
               {"v", "1.0", "sig_version"},
               {"v", "", "sig_version"}});
}

TEST(SignatureRules, T5_VersionLast) {
  EXPECT_EQ(ReasonCode(Parse(Tags().Remove("v").Add("v", "1")).defect), "ok");
}

TEST(SignatureRules, T8_OnlyTheRealBIsEmptied) {
  const std::string raw = "DKIM-Signature : zz=b=1; b =\r\n " +
                          Tags::Octets(256) + " ; bb=2;" +
                          Tags().Remove("b").Text();
  const Signature s = ParseSignature(
      {.raw = raw, .name_size = 14, .value_begin = 16}, KeptTexts());
  EXPECT_EQ(ReasonCode(s.defect), "ok");
  EXPECT_EQ(raw.substr(s.b_begin, s.b_size), "\r\n " + Tags::Octets(256) + " ");
  EXPECT_EQ(raw[s.b_begin - 1], '=');
  EXPECT_EQ(raw[s.b_begin + s.b_size], ';');
}

TEST(SignatureRules, T9_StraySemicolon) {
  const std::string text = Tags().Text();
  EXPECT_EQ(ReasonCode(ParseText(text + ";").defect), "ok");
  EXPECT_EQ(ReasonCode(ParseText(text + "; \r\n ").defect), "ok");
  for (const std::string& bad : {text + ";;", text + "; ;", ";" + text,
                                 text + ";;zz=1", text + "; zz"}) {
    const Signature s = ParseText(bad);
    EXPECT_EQ(ReasonCode(s.defect), "sig_syntax") << bad;
    EXPECT_EQ(s.domain, "example.com");
    EXPECT_EQ(s.selector, "sel");
  }
  EXPECT_EQ(ReasonCode(ParseText("").defect), "sig_syntax");
}

TEST(SignatureRules, T10_FromMustBeSigned) {
  ExpectCodes({{"h", "to:subject", "from_not_signed"},
               {"h", "x-from:fromm", "from_not_signed"},
               {"h", "to:FROM", "ok"},
               {"h", "from:from:from", "ok"}});
}

TEST(SignatureRules, T11_EmptyH) {
  ExpectCodes({{"h", "", "sig_missing_tag"},
               {"h", " \r\n ", "sig_missing_tag"},
               {"h", ":", "sig_syntax"},
               {"h", "from:", "sig_syntax"},
               {"h", "from::to", "sig_syntax"},
               {"h", "from:x y", "sig_syntax"},
               {"h", "from:\xC3\xBC", "sig_syntax"}});
}

TEST(SignatureRules, T13_UnknownAlgorithm) {
  ExpectCodes({{"a", "rsa-sha512", "sig_algo"},
               {"a", "foo", "sig_algo"},
               {"a", "rsa - sha256", "sig_algo"},
               {"a", "ed25519-sha1", "sig_algo"},
               {"a", "rsa-sha256x", "sig_algo"},
               {"a", "", "sig_missing_tag"},
               // RFC 6376 3.2: values are case-sensitive.
               {"a", "RSA-SHA256", "sig_algo"},
               {"a", "rsa-SHA256", "sig_algo"},
               {"a", "Ed25519-sha256", "sig_algo"}});
  EXPECT_EQ(ParseWith("a", "rsa-sha512").header_a, "rsa-sha512");
}

TEST(SignatureRules, T14_Sha1IsReadAndLeftToTheVerdict) {
  const Signature s =
      Parse(Tags().Set("a", "rsa-sha1").Set("bh", Tags::Octets(20)));
  EXPECT_EQ(ReasonCode(s.defect), "ok");
  EXPECT_EQ(s.hash, crypto::HashAlgorithm::kSha1);
  EXPECT_EQ(s.key_type, crypto::KeyType::kRsa);
}

TEST(SignatureRules, T15_Query) {
  ExpectCodes({{"q", "dns/foo", "sig_query"},
               {"q", "dns", "sig_query"},
               {"q", "", "sig_query"},
               {"q", "dns/txt:", "sig_query"},
               {"q", "foo/bar:dns/txt", "ok"},
               {"q", "DNS/TXT", "sig_query"},
               {"q", "dns/ txt", "sig_query"},
               {"q", "dns/txt : foo", "ok"}});
  EXPECT_TRUE(ParseWith("q", "foo/bar:dns/txt").flags.Has(Flag::kUnknownQuery));
  EXPECT_FALSE(ParseWith("q", "dns/txt").flags.Has(Flag::kUnknownQuery));
}

TEST(SignatureRules, T16_UnknownCanonicalization) {
  ExpectCodes({{"c", "bogus/simple", "sig_canon"},
               {"c", "simple/bogus", "sig_canon"},
               {"c", "relaxed/", "sig_canon"},
               {"c", "/relaxed", "sig_canon"},
               {"c", "relaxed/simple/simple", "sig_canon"},
               {"c", "relaxed / simple", "sig_canon"},
               {"c", "rela\r\n xed", "sig_canon"},
               {"c", "Relaxed/SIMPLE", "sig_canon"},
               {"c", "", "sig_canon"}});
}

TEST(SignatureRules, T17_CanonicalizationDefaults) {
  struct Row {
    std::string_view c;
    Canonicalization header, body;
  };
  constexpr auto kS = Canonicalization::kSimple;
  constexpr auto kR = Canonicalization::kRelaxed;
  for (const auto& [c, header, body] :
       {Row{"relaxed", kR, kS}, Row{"simple", kS, kS},
        Row{"relaxed/relaxed", kR, kR}, Row{"simple/relaxed", kS, kR}}) {
    const Signature s = ParseWith("c", c);
    EXPECT_EQ(ReasonCode(s.defect), "ok") << c;
    EXPECT_EQ(s.header_canon, header) << c;
    EXPECT_EQ(s.body_canon, body) << c;
  }
}

TEST(SignatureRules, T18_RequiredTags) {
  for (std::string_view tag : {"a", "b", "bh", "d", "h", "s"}) {
    EXPECT_EQ(ReasonCode(ParseWithout(tag).defect), "sig_missing_tag") << tag;
    EXPECT_EQ(CodeWith(tag, ""), "sig_missing_tag") << tag;
  }
}

TEST(SignatureRules, T19_BodyHashLength) {
  struct Row {
    std::string_view algorithm;
    size_t size;
  };
  for (const Row& good : {Row{"rsa-sha256", 32}, Row{"ed25519-sha256", 32},
                          Row{"rsa-sha1", 20}}) {
    for (size_t size :
         {1u, 3u, 19u, 20u, 21u, 31u, 32u, 33u, 64u, 65u, 4096u}) {
      const Signature s =
          Parse(Tags().Set("a", good.algorithm).Set("bh", Tags::Octets(size)));
      const bool fits = size == good.size;
      EXPECT_EQ(ReasonCode(s.defect), fits ? "ok" : "bh_length")
          << good.algorithm << " " << size;
      EXPECT_EQ(s.body_hash.size, fits ? size : 0);
    }
  }
  EXPECT_EQ(CodeWith("bh", "QUFB"), "bh_length");
}

TEST(SignatureRules, T20_OctetOutsideBase64) {
  const std::string b = Tags::Octets(256);
  ExpectCodes({{"b", "!" + b, "b64"},
               {"b", b.substr(0, 40) + "-" + b.substr(41), "b64"},
               {"b", b.substr(0, 40) + "\xC3\xBC" + b.substr(42), "b64"},
               {"bh", "####", "b64"}});
}

TEST(SignatureRules, T21_WhiteSpaceInBase64) {
  const std::string b = Tags::Octets(256);
  const std::string bh = Tags::Octets(32);
  const Signature s =
      Parse(Tags()
                .Set("b", b.substr(0, 3) + "\r\n\t" + b.substr(3, 60) + " \t" +
                              b.substr(63))
                .Set("bh", bh.substr(0, 43) + "\r\n =" + bh.substr(44)));
  EXPECT_EQ(ReasonCode(s.defect), "ok");
  EXPECT_EQ(s.signature.size(), 256u);
}

TEST(SignatureRules, T22_Padding) {
  const std::string b = Tags::Octets(256);  // ends in "=="
  ASSERT_TRUE(b.ends_with("=="));
  ExpectCodes({{"b", b.substr(0, b.size() - 3), "b64"},
               {"b", b + "QUFB", "b64"},
               {"b", b + "=", "b64"},
               {"b", "=", "b64"}});
  EXPECT_FALSE(Parse(Tags()).flags.Has(Flag::kB64Unpadded));
  for (const size_t without : {1u, 2u}) {
    const Signature s = ParseWith("b", b.substr(0, b.size() - without));
    EXPECT_EQ(ReasonCode(s.defect), "ok");
    EXPECT_EQ(s.signature.size(), 256u);
    EXPECT_TRUE(s.flags.Has(Flag::kB64Unpadded));
  }
  const Signature bare = ParseWith("bh", Tags::Octets(32).substr(0, 43));
  EXPECT_EQ(ReasonCode(bare.defect), "ok");
  EXPECT_EQ(bare.body_hash.size, 32);
  EXPECT_TRUE(bare.flags.Has(Flag::kB64Unpadded));
}

TEST(SignatureRules, T23_NonZeroPadBits) {
  EXPECT_FALSE(Parse(Tags()).flags.Has(Flag::kB64Noncanonical));
  std::string b = Tags::Octets(256);
  ASSERT_EQ(b[b.size() - 3], 'g');  // 0x5A: 010110 10|0000
  b[b.size() - 3] = 'h';
  const Signature s = ParseWith("b", b);
  EXPECT_EQ(ReasonCode(s.defect), "ok");
  EXPECT_TRUE(s.flags.Has(Flag::kB64Noncanonical));
  EXPECT_THAT(s.signature,
              testing::ElementsAreArray(std::vector<uint8_t>(256, 0x5A)));

  std::string bh = Tags::Octets(32);
  bh[42] = 'p';  // 'o' with a pad bit set
  EXPECT_TRUE(ParseWith("bh", bh).flags.Has(Flag::kB64Noncanonical));
}

TEST(SignatureRules, T24_EmptyB) {
  EXPECT_EQ(CodeWith("b", " \t"), "sig_missing_tag");
}

TEST(SignatureRules, T25_AuidOutsideDomain) {
  ExpectCodes({{"i", "@evilexample.com", "auid_domain"},
               {"i", "@com", "auid_domain"},
               {"i", "joe@example.org", "auid_domain"},
               {"i", "joe@example.com.", "auid_domain"},
               {"i", "joe@.example.com", "auid_domain"},
               {"i", "joe@example.com@evil.example", "auid_domain"},
               {"i", "example.com", "auid_domain"},
               {"i", "@", "auid_domain"},
               {"i", "", "auid_domain"},
               {"i", "@example.com", "ok"},
               {"i", "@A.EXAMPLE.com", "ok"},
               {"i", "=6Aoe@a.b.example.com", "ok"},
               {"i", "joe@example=2Ecom", "ok"},
               {"i", "joe=40example.com", "ok"},
               {"i", "joe@evil=2Eexample", "auid_domain"},
               {"i", "joe@example.com=40evil.example", "auid_domain"},
               {"i", "srs0=x=y@example.com", "ok"},
               {"i", "\"a@b c\"@example.com", "ok"}});
  EXPECT_EQ(ParseWith("i", "@evilexample.com").auid_domain, "example.com");
  EXPECT_EQ(ParseWith("i", "@evilexample.com").header_i, "@evilexample.com");
}

TEST(SignatureRules, T25_AuidWithULabels) {
  const Signature s = Parse(Tags()
                                .Set("d", "xn--bcher-kva.example")
                                .Set("i",
                                     "joe@b\xC3\xBC"
                                     "cher.example"));
  EXPECT_EQ(ReasonCode(s.defect), "ok");
  EXPECT_EQ(s.auid_domain, "xn--bcher-kva.example");
}

// RFC 6376 2.11: white space of folds is no part of i=, whatever it parts.
TEST(SignatureRules, T42_FoldsInAuid) {
  for (const std::string_view auid :
       {"n@\r\n example.com", "n@exam\r\n\tple.com", "n@exam ple.com",
        "\r\n n@example.com\r\n ", "n\r\n @example.com", "n@example.\n com",
        "n=\r\n 40example.com"}) {
    const Signature s = ParseWith("i", auid);
    EXPECT_EQ(ReasonCode(s.defect), "ok") << auid;
    EXPECT_EQ(s.auid_domain, "example.com") << auid;
  }
  EXPECT_EQ(ParseWith("i", "n@mail.\r\n example.com").header_i,
            "n@mail.example.com");
  // What is left must be d= or below it; an encoded blank stays.
  ExpectCodes({{"i", "n@evil\r\n example.com", "auid_domain"},
               {"i", "n@exam=20ple.com", "auid_domain"},
               {"i", "n@example.com.\r\n evil.example", "auid_domain"}});
}

// RFC 6376 3.2, 3.5: where the grammar of a tag has no FWS, none is removed.
TEST(SignatureRules, T43_WhiteSpaceInsideOfTags) {
  ExpectCodes({{"v", "1\r\n 1", "sig_version"},
               {"a", "rsa-\r\n sha256", "sig_algo"},
               {"c", "relaxed/\r\n simple", "sig_canon"},
               {"d", "exam\r\n ple.com", "bad_domain"},
               {"d", "example. com", "bad_domain"},
               {"s", "se\r\n l", "bad_selector"},
               {"h", "fr\r\n om:to", "sig_syntax"},
               {"q", "dns/\r\n txt", "sig_query"},
               {"l", "1\r\n 0", "number"},
               {"t", "17000\r\n 00000", "number"},
               {"x", "17000 00000", "number"}});
  // At both ends, around the colons of h= and q=, and in what is not read.
  ExpectCodes({{"v", "\r\n 1 ", "ok"},
               {"d", "\r\n\texample.com\r\n ", "ok"},
               {"s", " sel ", "ok"},
               {"h", "from\r\n :\r\n to", "ok"},
               {"q", "dns/txt\r\n :\r\n foo", "ok"},
               {"t", "\r\n 1700000000", "ok"},
               {"z", "From:a=20b|\r\n To:c", "ok"}});
  EXPECT_EQ(ParseWith("q", "dns/txt\r\n : foo").query, "dns/txt:foo");
}

TEST(SignatureRules, T28_ExpirationNotAfterTimestamp) {
  const auto code = [](std::string_view t, std::string_view x) {
    return ReasonCode(Parse(Tags().Add("t", t).Add("x", x)).defect);
  };
  EXPECT_EQ(code("1000", "999"), "x_before_t");
  EXPECT_EQ(code("1000", "1000"), "x_before_t");
  EXPECT_EQ(code("1000", "1001"), "ok");
  // The order of the tags does not matter (RFC 6376 3.2).
  EXPECT_EQ(ReasonCode(Parse(Tags().Add("x", "9").Add("t", "10")).defect),
            "x_before_t");
  EXPECT_EQ(CodeWith("x", "0"), "ok");
}

TEST(SignatureRules, T30_Times) {
  for (std::string_view tag : {"t", "x"}) {
    for (std::string_view bad :
         {"12abc", "-1", "+1", "", "1 2", "0x10", "1.5", "1000000000000",
          "0000000000001", "1234567890123456789012345678901234567890"}) {
      EXPECT_EQ(CodeWith(tag, bad), "number") << tag << "=" << bad;
    }
    EXPECT_EQ(CodeWith(tag, "999999999999"), "ok");
    EXPECT_EQ(CodeWith(tag, "000000000001"), "ok");
  }
  EXPECT_EQ(ParseWith("t", "12abc").timestamp, std::nullopt);
}

TEST(SignatureRules, T35_BodyLength) {
  const std::string zeros(75, '0');
  ExpectCodes({{"l", "18446744073709551616", "number"},
               {"l", "-1", "number"},
               {"l", "0x10", "number"},
               {"l", "", "number"},
               {"l", zeros + "01", "number"},  // 77 digits
               {"l", "9" + zeros, "number"},
               {"l", "18446744073709551615", "ok"}});
  EXPECT_EQ(ParseWith("l", zeros + "7").body_length, 7u);
  EXPECT_EQ(ParseWith("l", "18446744073709551615").body_length, UINT64_MAX);
  EXPECT_EQ(ParseWith("l", "18446744073709551616").body_length, std::nullopt);
}

TEST(SignatureRules, T40_LongZAndTheFieldsLimit) {
  const std::string rest = Tags().Text() + "; z=";
  const size_t room =
      kMaxSignatureField - std::string_view("DKIM-Signature: ").size();
  EXPECT_EQ(
      ReasonCode(ParseText(rest + std::string(room - rest.size(), 'z')).defect),
      "ok");
  for (size_t more : {1u, 70'000u, 1'000'000u}) {
    const Signature s =
        ParseText(rest + std::string(room - rest.size() + more, 'z'));
    EXPECT_EQ(ReasonCode(s.defect), "limit_signature") << more;
    EXPECT_EQ(s.domain, "example.com");
  }
  // Also when it is not a tag list at all.
  EXPECT_EQ(ReasonCode(ParseText(std::string(70'000, ';')).defect),
            "limit_signature");
}

TEST(SignatureRules, T41_TagLimits) {
  EXPECT_EQ(
      ReasonCode(
          Parse(Tags().Add(std::string(kMaxTagName + 1, 'n'), "1")).defect),
      "limit_tag");
  Tags many;
  for (int i = 0; i < 64; ++i) many.Add("y" + std::to_string(i), "1");
  EXPECT_EQ(ReasonCode(Parse(many).defect), "limit_tag");
}

TEST(SignatureRules, T41_SignedNamesLimit) {
  std::string h = "from";
  for (size_t i = 1; i < kMaxSignedNames; ++i) h += ":x";
  EXPECT_EQ(CodeWith("h", h), "ok");
  EXPECT_EQ(ParseWith("h", h).signed_name_count, kMaxSignedNames);
  EXPECT_EQ(CodeWith("h", h + ":x"), "limit_h");
  EXPECT_EQ(CodeWith("h", std::string(20'000, ':')), "limit_h");
}

TEST(SignatureRules, N1_NulInNames) {
  const Signature s = ParseWith("s", "sel\0.attack.example"sv);
  EXPECT_EQ(ReasonCode(s.defect), "bad_selector");
  EXPECT_EQ(s.selector, "");
  EXPECT_EQ(s.header_s, "sel\0.attack.example"sv);
  EXPECT_EQ(CodeWith("d", "example.com\0.attack.example"sv), "bad_domain");
  EXPECT_EQ(ParseWith("d", "example.com\0.attack.example"sv).domain, "");
  EXPECT_EQ(CodeWith("zz", "a\0b"sv), "sig_syntax");
  EXPECT_EQ(CodeWith("s", "a\x7F"), "bad_selector");
}

TEST(SignatureRules, N2_DomainThatIsNoDnsName) {
  for (std::string_view d :
       {"example.com(.attack.example", "\"example.com\"", "a@example.com",
        "example\\.com", "example.com/", "example.com:53", "example .com",
        "example.\r\n com", "a..b", ".example.com", "example.com.",
        "-example.com", "example-.com", "*.example.com", "example,com"}) {
    const Signature s = ParseWith("d", d);
    EXPECT_EQ(ReasonCode(s.defect), "bad_domain") << d;
    EXPECT_EQ(s.domain, "") << d;
    EXPECT_EQ(s.auid_domain, "") << d;
    EXPECT_EQ(s.header_d, d);
  }
}

TEST(SignatureRules, N3_SelectorThatIsNoDnsName) {
  for (std::string_view s : {"../../etc", "*", "a b", "a\r\n b", "a..b", ".a",
                             "a.", "-a", "a-", "a.-b", "a/b"}) {
    const Signature parsed = ParseWith("s", s);
    EXPECT_EQ(ReasonCode(parsed.defect), "bad_selector") << s;
    EXPECT_EQ(parsed.selector, "") << s;
    EXPECT_EQ(parsed.header_s, s);
  }
  ExpectCodes({{"s", "", "sig_missing_tag"},
               {"s", "under_score", "ok"},
               {"s", "2024._x.y", "ok"}});
}

TEST(SignatureRules, N4_NameLength) {
  const std::string label(63, 'a');
  const std::string three = label + "." + label + "." + label;  // 191
  ExpectCodes({{"s", label, "ok"},
               {"s", label + "a", "name_length"},
               {"d", label + "a.example", "name_length"},
               {"d", three + "." + label, "name_length"},  // 255
               {"s", three + "." + label, "name_length"}});
  // selector 191 + "._domainkey." 12 + domain 50 = 253, and one more.
  const std::string domain = std::string(46, 'd') + ".com";
  const Signature fits = Parse(Tags().Set("s", three).Set("d", domain));
  EXPECT_EQ(ReasonCode(fits.defect), "ok");
  const Signature over = Parse(Tags().Set("s", three).Set("d", "d" + domain));
  EXPECT_EQ(ReasonCode(over.defect), "name_length");
  EXPECT_EQ(over.domain, "d" + domain);
  EXPECT_EQ(over.selector, "");
}

TEST(SignatureRules, N5_OddButPossibleDomains) {
  ExpectCodes({{"d", "com", "ok"},
               {"d", "localhost", "ok"},
               {"d", "192.0.2.1", "ok"},
               {"d", "[192.0.2.1]", "bad_domain"}});
}

TEST(SignatureRules, N6_EightBitDomain) {
  ExpectCodes({{"d",
                "b\xFC"
                "cher.example",
                "bad_domain"},  // Latin-1
               {"d", "\xC3.example", "bad_domain"}});
  const Signature s = ParseWith("d",
                                "b\xC3\xBC"
                                "cher.example");
  EXPECT_EQ(ReasonCode(s.defect), "ok");
  EXPECT_EQ(s.domain, "xn--bcher-kva.example");
  EXPECT_TRUE(s.flags.Has(Flag::kULabelDomain));
  EXPECT_FALSE(Parse(Tags()).flags.Has(Flag::kULabelDomain));
}

// The documented order: list, v, a, missing tags, then values.
TEST(Signature, FirstOfSeveralDefects) {
  struct Row {
    Tags tags;
    std::string_view code;
  };
  const Row rows[] = {
      {Tags().Add("d", "x").Set("v", "2").Set("a", "x"), "sig_dup_tag"},
      {Tags().Set("v", "2").Set("a", "x").Remove("h"), "sig_version"},
      {Tags().Set("a", "x").Remove("h").Set("d", "-"), "sig_algo"},
      {Tags().Remove("h").Set("d", "-").Set("c", "x"), "sig_missing_tag"},
      {Tags().Set("d", "-").Set("s", "-").Set("c", "x"), "bad_domain"},
      {Tags().Set("s", "-").Set("h", "to").Set("c", "x"), "bad_selector"},
      {Tags().Set("h", "to").Set("bh", "QUFB"), "from_not_signed"},
      {Tags().Set("bh", "QUFB").Set("b", "!").Set("c", "x"), "bh_length"},
      {Tags().Set("b", "!").Set("c", "x").Set("q", "x"), "b64"},
      {Tags().Set("c", "x").Set("q", "x").Set("l", "x"), "sig_canon"},
      {Tags().Set("q", "x").Set("l", "x"), "sig_query"},
      {Tags().Set("t", "5").Set("x", "4").Set("i", "@x"), "x_before_t"},
  };
  for (const Row& row : rows) {
    EXPECT_EQ(ReasonCode(Parse(row.tags).defect), row.code) << row.tags.Text();
  }
}

// A failure counts against its d=, whatever is wrong.
TEST(Signature, NamesAreReadBehindADefect) {
  for (const Tags& tags : {Tags().Set("v", "2"), Tags().Set("a", "x"),
                           Tags().Remove("b"), Tags().Set("h", "to"),
                           Tags().Add("zz", "1\x01"), Tags().Add("v", "1")}) {
    const Signature s = Parse(tags);
    EXPECT_NE(s.defect, Reason::kOk);
    EXPECT_EQ(s.domain, "example.com") << tags.Text();
    EXPECT_EQ(s.selector, "sel") << tags.Text();
    EXPECT_EQ(s.header_d, "example.com");
    EXPECT_EQ(s.header_s, "sel");
  }
}

TEST(Signature, TagNamesAreCaseSensitive) {
  EXPECT_EQ(ReasonCode(Parse(Tags().Remove("d").Add("D", "x.example")).defect),
            "sig_missing_tag");
  EXPECT_EQ(ReasonCode(Parse(Tags().Add("L", "junk")).defect), "ok");
}

}  // namespace
}  // namespace mailassay::dkim
