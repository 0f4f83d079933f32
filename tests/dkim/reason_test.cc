#include "lib/dkim/reason.h"

#include <gtest/gtest.h>

#include <set>
#include <string>

namespace mailassay::dkim {
namespace {

TEST(Reason, EveryReasonHasAnOwnSnakeCaseCodeAndASentence) {
  std::set<std::string_view> codes;
  for (int i = 0; i < static_cast<int>(Reason::kCount); ++i) {
    const Reason reason = static_cast<Reason>(i);
    const std::string_view code = ReasonCode(reason);
    EXPECT_TRUE(codes.insert(code).second) << code;
    EXPECT_EQ(code.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789_"),
              std::string_view::npos)
        << code;
    const std::string_view sentence = ReasonSentence(reason);
    ASSERT_FALSE(sentence.empty()) << code;
    EXPECT_NE(sentence.back(), '.') << code;
  }
}

// The codes are part of the output format: these may never change.
TEST(Reason, CodesAndResults) {
  struct Case {
    Reason reason;
    std::string_view code;
    Result result;
  };
  for (const auto& [reason, code, result] : {
           Case{Reason::kOk, "ok", Result::kPass},
           Case{Reason::kBodyChanged, "body_changed", Result::kFail},
           Case{Reason::kWeakHash, "weak_hash", Result::kPolicy},
           Case{Reason::kKeyDisclosed, "key_disclosed", Result::kPolicy},
           Case{Reason::kKeyTooBig, "key_too_big", Result::kPolicy},
           Case{Reason::kSigSyntax, "sig_syntax", Result::kPermError},
           Case{Reason::kB64, "b64", Result::kPermError},
           Case{Reason::kKeyB64, "key_b64", Result::kPermError},
           Case{Reason::kNoKey, "no_key", Result::kPermError},
           Case{Reason::kCryptoEnv, "crypto_env", Result::kPermError},
           Case{Reason::kKeyNotAsked, "key_not_asked", Result::kTempError},
           Case{Reason::kDnssecBogus, "dnssec_bogus", Result::kTempError},
       }) {
    EXPECT_EQ(ReasonCode(reason), code);
    EXPECT_EQ(ResultOf(reason), result) << code;
  }
}

// Only kOk is a pass, a key that does not fit is never called a failure (RFC
// 8601 2.7.1; the comment at Result says why), a limit is always policy, and
// DNS always temperror (promises P1 and P5).
TEST(Reason, FamiliesHaveOneResult) {
  for (int i = 0; i < static_cast<int>(Reason::kCount); ++i) {
    const Reason reason = static_cast<Reason>(i);
    const std::string_view code = ReasonCode(reason);
    EXPECT_EQ(ResultOf(reason) == Result::kPass, reason == Reason::kOk) << code;
    EXPECT_NE(ResultOf(reason), Result::kNone) << code;
    EXPECT_EQ(ResultOf(reason) == Result::kNeutral,
              reason == Reason::kWrongKey ||
                  reason == Reason::kSignatureMismatch ||
                  reason == Reason::kSigLength)
        << code;
    if (code.substr(0, 6) == "limit_") {
      EXPECT_EQ(ResultOf(reason), Result::kPolicy) << code;
    }
    if (code.substr(0, 3) == "dns") {
      EXPECT_EQ(ResultOf(reason), Result::kTempError) << code;
    }
  }
}

// Nobody is told that the signer did what an archive can have done.
TEST(Reason, OnlyTheSignerIsTheSignersCause) {
  struct Case {
    Reason reason;
    Cause cause;
  };
  for (const auto& [reason, cause] : {
           Case{Reason::kOk, Cause::kNone},
           Case{Reason::kBodyChanged, Cause::kTransit},
           Case{Reason::kHeaderChanged, Cause::kTransit},
           Case{Reason::kHeaderAndBodyChanged, Cause::kTransit},
           Case{Reason::kLTooLong, Cause::kTransit},
           Case{Reason::kWrongKey, Cause::kUnknown},
           Case{Reason::kSigLength, Cause::kUnknown},
           Case{Reason::kSigSyntax, Cause::kUnknown},
           Case{Reason::kB64, Cause::kUnknown},
           Case{Reason::kNumber, Cause::kUnknown},
           Case{Reason::kNoFrom, Cause::kUnknown},
           Case{Reason::kAuidDomain, Cause::kUnknown},
           Case{Reason::kNoKey, Cause::kUnknown},
           Case{Reason::kAuidStrict, Cause::kUnknown},
           Case{Reason::kKeyTooBig, Cause::kUnknown},
           Case{Reason::kKeyDisclosed, Cause::kUnknown},
           Case{Reason::kKeyHash, Cause::kUnknown},
           Case{Reason::kFromNotSigned, Cause::kSigner},
           Case{Reason::kXBeforeT, Cause::kSigner},
           Case{Reason::kWeakHash, Cause::kSigner},
           Case{Reason::kBadSignature, Cause::kSigner},
       }) {
    EXPECT_EQ(CauseOf(reason), cause) << ReasonCode(reason);
  }
  for (int i = 1; i < static_cast<int>(Reason::kCount); ++i) {
    EXPECT_NE(CauseOf(static_cast<Reason>(i)), Cause::kNone) << i;
  }
  EXPECT_EQ(CauseName(Cause::kNone), "");
  EXPECT_EQ(CauseName(Cause::kArchive), "archive");
  EXPECT_EQ(CauseName(Cause::kTransit), "transit");
  EXPECT_EQ(CauseName(Cause::kSigner), "signer");
  EXPECT_EQ(CauseName(Cause::kUnknown), "unknown");
}

// What an answer says need not have come from DNS, and a limit may be another
// one than usual.
TEST(Reason, SentencesAreTrueForEveryAnswerAndOption) {
  EXPECT_EQ(ReasonSentence(Reason::kNoKey),
            "the answer at hand has no key under this name");
  EXPECT_EQ(ReasonSentence(Reason::kRevoked),
            "the answer at hand is a revoked key (empty p=)");
  EXPECT_EQ(ReasonSentence(Reason::kWeakKey),
            "the RSA key is shorter than is asked for (1024 bits, or "
            "--min-rsa-bits)");
  EXPECT_EQ(ReasonSentence(Reason::kAuidStrict),
            "i= is in a subdomain of d=, which the key record forbids (t=s)");
}

TEST(Reason, NamesOfTheSmallEnumerations) {
  EXPECT_EQ(ResultName(Result::kNone), "none");
  EXPECT_EQ(ResultName(Result::kPass), "pass");
  EXPECT_EQ(ResultName(Result::kFail), "fail");
  EXPECT_EQ(ResultName(Result::kPolicy), "policy");
  EXPECT_EQ(ResultName(Result::kNeutral), "neutral");
  EXPECT_EQ(ResultName(Result::kTempError), "temperror");
  EXPECT_EQ(ResultName(Result::kPermError), "permerror");
  EXPECT_EQ(CryptoName(Crypto::kNotRun), "not_run");
  EXPECT_EQ(CryptoName(Crypto::kPass), "pass");
  EXPECT_EQ(CryptoName(Crypto::kFail), "fail");
  EXPECT_EQ(BodyMatchName(BodyMatch::kNotRun), "not_run");
  EXPECT_EQ(BodyMatchName(BodyMatch::kMatch), "match");
  EXPECT_EQ(BodyMatchName(BodyMatch::kMismatch), "mismatch");
}

TEST(Flag, Names) {
  struct Case {
    Flag flag;
    std::string_view name;
  };
  const Case cases[] = {
      {Flag::kB64Noncanonical, "b64_noncanonical"},
      {Flag::kLTag, "l_tag"},
      {Flag::kKeyVNotFirst, "key_v_not_first"},
      {Flag::kKeyLt2048, "key_lt_2048"},
      {Flag::kTesting, "testing"},
      {Flag::kSeveralKeys, "several_keys"},
      {Flag::kUnsignedFrom, "unsigned_from"},
      {Flag::kUnsignedExtra, "unsigned_extra"},
      {Flag::kMixedEol, "mixed_eol"},
      {Flag::kFromUnquoted, "from_unquoted"},
      {Flag::kULabelDomain, "u_label_domain"},
      {Flag::kUnknownQuery, "unknown_query"},
      {Flag::kKeyRevokedSince, "key_revoked_since"},
      {Flag::kFromUnspaced, "from_unspaced"},
      {Flag::kCrCrLf, "crcrlf"},
      {Flag::kB64Unpadded, "b64_unpadded"},
      {Flag::kTAhead, "t_ahead"},
      {Flag::kTimesDisagree, "times_disagree"},
  };
  EXPECT_EQ(std::size(cases), static_cast<size_t>(Flag::kCount));
  for (const Case& c : cases) EXPECT_EQ(FlagName(c.flag), c.name);
}

TEST(FlagSet, HoldsWhatWasAdded) {
  FlagSet set;
  EXPECT_TRUE(set.empty());
  set.Add(Flag::kTesting);
  EXPECT_TRUE(set.Has(Flag::kTesting));
  EXPECT_FALSE(set.Has(Flag::kLTag));
  FlagSet other;
  other.Add(Flag::kUnknownQuery);
  set.Add(other);
  EXPECT_TRUE(set.Has(Flag::kUnknownQuery));
  EXPECT_EQ(FlagSet::FromBits(set.bits()), set);
}

}  // namespace
}  // namespace mailassay::dkim
