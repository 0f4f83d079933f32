// The rows T of README.md on whole messages: each differs by one thing from a
// message that passes, and is validly signed as it stands, so that nothing but
// the rule can refuse it.

#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

#include "lib/base/base64.h"
#include "lib/dkim/signature.h"
#include "tests/cases/case_support.h"

namespace mailassay::cases {
namespace {

using Tags = std::vector<std::pair<std::string, std::string>>;

Judged JudgeSigned(const SignOptions& options, const Setting& setting = {}) {
  return JudgeMessage(Signed(kPlain, options), setting);
}

// The tag set to each value is refused with the reason; without it, a pass.
void ExpectRefusedValues(std::string_view tag,
                         const std::vector<std::string>& values,
                         std::string_view reason) {
  Expect(JudgeSigned({}), {});
  for (const std::string& value : values) {
    Expect(JudgeSigned({.tags = {{std::string(tag), value}}}), Refused(reason),
           value);
  }
}

TEST(Case, TheMessageThatPasses) {
  for (const SigningKey* key : {&RsaKey(), &Ed25519Key()}) {
    for (const char* header : {"simple", "relaxed"}) {
      for (const char* body : {"simple", "relaxed"}) {
        const Judged j = JudgeMessage(
            Signed(kPlain, {.header_canon = header, .body_canon = body}, *key),
            {.keys = KeyOf(*key)});
        Expect(j, {}, header);
        EXPECT_EQ(j.asked, std::vector<std::string>{kKeyName});
      }
    }
  }
}

TEST(Case, T1_DuplicateTag) {
  Expect(JudgeSigned({.after = "; zz=1"}), {});
  for (const char* tag : {"d=evil.example", "s=sel", "b=", "v=1", "h=from"}) {
    const Judged j = JudgeSigned({.after = std::string("; ") + tag});
    Expect(j, Refused("sig_dup_tag"), tag);
    EXPECT_EQ(j.evidence().signature.domain, "example.com");
    EXPECT_TRUE(j.asked.empty());
  }
}

TEST(Case, T2_DuplicateTagInKey) {
  const std::string record = RsaKey().Record();
  Expect(JudgeSigned({}, {.keys = Record(record + ";")}), {});
  for (const std::string& more :
       {"; p=" + RsaKey().PublicKeyBase64(),
        "; p=" + OtherRsaKey().PublicKeyBase64(), std::string("; k=rsa")}) {
    Expect(JudgeSigned({}, {.keys = Record(record + more)}),
           KeyRefused("key_dup_tag"), more);
  }
}

TEST(Case, T3_T4_T5_Version) {
  Expect(JudgeSigned({.drop = {"v"}}), Refused("sig_version"));
  ExpectRefusedValues("v", {"2", "01", "1 junk", "", "1.0"}, "sig_version");
  Expect(JudgeSigned({.drop = {"v"}, .after = "; v=1"}), {});
}

TEST(Case, T6_T7_VersionOfKey) {
  const std::string p = "p=" + RsaKey().PublicKeyBase64();
  for (const char* bad : {"v=DKIM2; ", "v=dkim1; ", "v=DKIM1x; ", "v=; "}) {
    Expect(JudgeSigned({}, {.keys = Record(bad + p)}),
           KeyRefused("key_version"), bad);
  }
  Expect(JudgeSigned({}, {.keys = Record("k=rsa; v=DKIM1; " + p)}),
         {.flags = "key_v_not_first"});
  Expect(JudgeSigned({}, {.keys = Record(p + "; v=DKIM1")}),
         {.flags = "key_v_not_first"});
  Expect(JudgeSigned({}, {.keys = Record(p)}), {});
  Expect(JudgeSigned({}, {.keys = Record("k=rsa; " + p)}), {});
}

TEST(Case, T8_OnlyTheRealBIsEmptied) {
  for (const char* canon : {"simple", "relaxed"}) {
    for (const SignOptions& options :
         {SignOptions{.tags = {{"zz", "b=1"}}},
          SignOptions{.tags = {{"bb", "9"}, {"b_", "8"}, {"xb", "7"}}},
          SignOptions{.before = "zz=b=QUJD ; "},
          SignOptions{.after = "; zz=b=QUJD"}, SignOptions{.after = ";zz=b"}}) {
      SignOptions with = options;
      with.header_canon = canon;
      Expect(JudgeSigned(with), {}, canon);
    }
  }
}

TEST(Case, T9_StraySemicolon) {
  Expect(JudgeSigned({.after = ";"}), {});
  Expect(JudgeSigned({.after = "; \t"}), {});
  for (const char* after : {";;", "; ;", ";; zz=1", "; zz"}) {
    Expect(JudgeSigned({.after = after}), Refused("sig_syntax"), after);
  }
  Expect(JudgeSigned({.before = "; "}), Refused("sig_syntax"));
}

TEST(Case, T10_FromNotSigned) {
  Expect(JudgeSigned({.headers = {"To", "From"}}), {});
  for (const std::vector<std::string>& names :
       {std::vector<std::string>{"To", "Subject"},
        {"Fromm", "To"},
        {"X-From"},
        {"Subject", "Sender"}}) {
    // The fields that h= leaves out are told, not judged.
    Judged j = JudgeSigned({.headers = names});
    EXPECT_EQ(j.Verdict(), "permerror from_not_signed not_run not_run");
    EXPECT_EQ(audit::MessageClassCode(j.row.message_class), "unjudged");
  }
}

TEST(Case, T11_EmptyH) {
  ExpectRefusedValues("h", {"", " \t"}, "sig_missing_tag");
  ExpectRefusedValues("h", {":", "from:", ":from", "from::to"}, "sig_syntax");
}

TEST(Case, T12_NoFromInTheMessage) {
  const std::string without =
      Replaced(kPlain, "From: Ann  <ann@example.com>\r\n", "");
  const SignOptions options = {.headers = {"From", "To", "Subject"}};
  Expect(JudgeMessage(Signed(kPlain, options)), {});
  Expected expected = Refused("no_from");
  expected.author = "no_from";
  expected.anomalies = "from_syntax";
  Expect(JudgeMessage(Signed(without, options)), expected);
  // A From that was taken away after signing.
  Expect(JudgeMessage(Replaced(Signed(kPlain, options),
                               "From: Ann  <ann@example.com>\r\n", "")),
         expected);
}

TEST(Case, T13_UnknownAlgorithm) {
  ExpectRefusedValues(
      "a", {"rsa-sha512", "foo", "sha256", "rsa", "rsa-sha256 x"}, "sig_algo");
  ExpectRefusedValues("a", {""}, "sig_missing_tag");
}

TEST(Case, T14_Sha1) {
  Expect(JudgeSigned({}), {});
  Expect(JudgeSigned({.sha1 = true}), RefusedByRule("weak_hash"));
  Expect(JudgeMessage(Replaced(Signed(kPlain, {.sha1 = true}), "Two", "Three")),
         kHeaderChanged);
}

TEST(Case, T15_Query) {
  Expected unknown = Refused("sig_query");
  unknown.flags = "unknown_query";
  for (const char* q : {"dns/foo", "dns", "foo/bar:dns"}) {
    Expect(JudgeSigned({.tags = {{"q", q}}}), unknown, q);
  }
  ExpectRefusedValues("q", {"", "dns/txt:"}, "sig_query");
  Expect(JudgeSigned({.tags = {{"q", "dns/txt"}}}), {});
  Expect(JudgeSigned({.tags = {{"q", "foo/bar:dns/txt"}}}),
         {.flags = "unknown_query"});
}

TEST(Case, T16_T17_Canonicalisation) {
  ExpectRefusedValues("c",
                      {"bogus/relaxed", "relaxed/bogus", "relaxed/", "/relaxed",
                       "relaxed/relaxed/relaxed", ""},
                      "sig_canon");
  // The body's white space differs between the two, so a default taken wrongly
  // would show.
  Expect(JudgeSigned({.header_canon = "", .body_canon = ""}), {});
  Expect(JudgeSigned({.header_canon = "relaxed", .body_canon = ""}), {});
  Expect(JudgeSigned({.header_canon = "simple", .body_canon = ""}), {});
}

TEST(Case, T18_BodyHashMissing) {
  Expect(JudgeSigned({.drop = {"bh"}}), Refused("sig_missing_tag"));
  ExpectRefusedValues("bh", {"", " "}, "sig_missing_tag");
}

// The right hash with more or fewer octets, so that a comparison of the
// shorter length would match.
TEST(Case, T19_BodyHashLength) {
  for (const SigningKey* key : {&RsaKey(), &Ed25519Key()}) {
    for (const bool sha1 : {false, true}) {
      if (sha1 && !key->is_rsa()) continue;
      const Setting setting = {.keys = KeyOf(*key)};
      const Bytes right = reference::BodyHash(
          kPlain, {.digest = sha1 ? reference::DigestName::kSha1
                                  : reference::DigestName::kSha256});
      const auto judge = [&](const Bytes& bh) {
        return JudgeMessage(
            Signed(kPlain, {.sha1 = sha1, .tags = {{"bh", EncodeBase64(bh)}}},
                   *key),
            setting);
      };
      Expect(judge(right), sha1 ? RefusedByRule("weak_hash") : Expected{});
      for (const size_t size : {1u, 3u, 19u, 21u, 31u, 33u, 64u, 65u, 4096u}) {
        Bytes bh = right;
        bh.resize(size);
        Expect(judge(bh), Refused("bh_length"), std::to_string(size));
      }
    }
  }
  ExpectRefusedValues("bh", {"QUFB"}, "bh_length");
}

// Sound messages, then one octet that is not in the alphabet: a decoder that
// skips it gets the same octets.
TEST(Case, T20_OctetOutsideBase64) {
  const std::string sound = Signed(kPlain, {.fold = false});
  const std::string b = SignatureText(sound);
  const std::string p = RsaKey().PublicKeyBase64();
  for (const char* bad : {"!", "-", "_", "\xC3\xBC", "*", "\"", "&"}) {
    Expect(JudgeMessage(
               WithSignatureText(sound, b.substr(0, 40) + bad + b.substr(40))),
           Refused("b64"), bad);
    Expect(JudgeMessage(sound, {.keys = Record("v=DKIM1; p=" + p.substr(0, 40) +
                                               bad + p.substr(40))}),
           KeyRefused("key_b64"), bad);
  }
  Expect(JudgeMessage(sound), {});
}

TEST(Case, T21_WhiteSpaceInBase64) {
  const std::string bh = EncodeBase64(
      reference::BodyHash(kPlain, {.digest = reference::DigestName::kSha256}));
  const std::string sound = Signed(
      kPlain, {.header_canon = "simple",
               .tags = {{"bh", bh.substr(0, 9) + "\r\n\t  " + bh.substr(9, 9) +
                                   " " + bh.substr(18) + " "}},
               .fold = false});
  Expect(JudgeMessage(sound), {});
  const std::string b = SignatureText(sound);
  const std::string p = RsaKey().PublicKeyBase64();
  Expect(JudgeMessage(WithSignatureText(
             sound, " " + b.substr(0, 1) + "\r\n \t" + b.substr(1, 200) + " " +
                        b.substr(201) + "\t")),
         {});
  Expect(JudgeMessage(sound, {.keys = Record("v=DKIM1; p= " + p.substr(0, 9) +
                                             " \t" + p.substr(9) + " ;")}),
         {});
}

TEST(Case, T22_Padding) {
  const std::string sound = Signed(kPlain, {.fold = false});
  const std::string b = SignatureText(sound);
  ASSERT_TRUE(b.ends_with("=="));
  const std::string bare = b.substr(0, b.size() - 2);
  Expect(JudgeMessage(sound), {});
  // RFC 6376 2.10 has it optional in base64string: nothing is lost without it.
  for (const std::string& good : {bare, bare + "="}) {
    Expect(JudgeMessage(WithSignatureText(sound, good)),
           {.flags = "b64_unpadded"}, good);
  }
  const std::string bh = reference::EncodedBodyHash(kPlain, {});
  Expect(JudgeSigned({.tags = {{"bh", bh.substr(0, bh.size() - 1)}}}),
         {.flags = "b64_unpadded"});
  for (const std::string& bad :
       {bare.substr(0, bare.size() - 1), b + "=", b + "QUFB", b + "A",
        b.substr(0, 8) + "==" + b.substr(8)}) {
    Expect(JudgeMessage(WithSignatureText(sound, bad)), Refused("b64"), bad);
  }
  const std::string p = Ed25519Key().PublicKeyBase64();
  ASSERT_TRUE(p.ends_with("="));
  const std::string signed_ed = Signed(kPlain, {}, Ed25519Key());
  const auto key = [](const std::string& text) {
    return Setting{.keys = Record("k=ed25519; p=" + text)};
  };
  Expect(JudgeMessage(signed_ed, key(p)), {});
  Expect(JudgeMessage(signed_ed, key(p.substr(0, p.size() - 1))), {});
  for (const std::string& bad : {p + "=", p + "QUFB"}) {
    Expect(JudgeMessage(signed_ed, key(bad)), KeyRefused("key_b64"), bad);
  }
}

TEST(Case, T23_NonZeroPadBits) {
  const std::string sound = Signed(kPlain, {.fold = false});
  std::string b = SignatureText(sound);
  char& last = b[b.size() - 3];
  ASSERT_TRUE(last == 'A' || last == 'Q' || last == 'g' || last == 'w');
  ++last;  // the next letter of the alphabet: a pad bit set
  const Judged odd = JudgeMessage(WithSignatureText(sound, b));
  Expect(odd, {.flags = "b64_noncanonical"});
  // The same octets, whatever their text.
  const Judged even = JudgeMessage(sound);
  EXPECT_TRUE(std::ranges::equal(odd.evidence().signature.signature,
                                 even.evidence().signature.signature));
}

TEST(Case, T24_EmptyB) {
  const std::string sound = Signed(kPlain, {.fold = false});
  Expect(JudgeMessage(sound), {});
  Expect(JudgeMessage(WithSignatureText(sound, "")),
         Refused("sig_missing_tag"));
  Expect(JudgeMessage(WithSignatureText(sound, " \t ")),
         Refused("sig_missing_tag"));
}

TEST(Case, T25_AuidOutsideDomain) {
  for (const char* good : {"@example.com", "ann@Mail.EXAMPLE.com"}) {
    Expect(JudgeSigned({.identity = good}), {}, good);
  }
  ExpectRefusedValues(
      "i",
      {"@evilexample.com", "@com", "ann@example.org", "ann@example.com.",
       "ann@example.com@evil.example", "example.com", ""},
      "auid_domain");
}

TEST(Case, T26_StrictAuid) {
  const Setting strict = {.keys = KeyOf(RsaKey(), "t=s; ")};
  Expect(JudgeSigned({}, strict), {});
  Expect(JudgeSigned({.identity = "ann@example.com"}, strict), {});
  Expect(JudgeSigned({.identity = "ann@mail.example.com"}), {});
  Expect(JudgeSigned({.identity = "ann@mail.example.com"}, strict),
         KeyRefused("auid_strict"));
}

// Signed in 1970.
const Expected kOld = {.flags = "times_disagree"};
const Expected kOldAndExpired = {.verdict = "policy expired pass match",
                                 .flags = "times_disagree",
                                 .message_class = "refused"};

// The clock is the time of receipt: the message does not expire in the archive.
TEST(Case, T27_Expired) {
  const auto judge = [](uint64_t x, const std::string& above,
                        const Setting& setting) {
    return JudgeMessage(
        above + Signed(kPlain, {.timestamp = 1000, .expiration = x}), setting);
  };
  using audit::JudgeOptions;
  const uint64_t now = kReceivedAt;
  Expect(judge(now + 1, kReceived, {}), kOld);
  Expect(judge(now - 300, kReceived, {}), kOld);  // the clocks' doubt
  const Judged expired = judge(now - 301, kReceived, {});
  Expect(expired, kOldAndExpired);
  EXPECT_TRUE(expired.signature().expired_at_receipt);
  // Date, 60 s before, is the sender's word.
  Expect(judge(now - 90'000, "", {}), {});
  Setting at;
  at.judge = {.at = JudgeOptions::At::kTime, .time = kReceivedAt};
  Expect(judge(now - 301, "", at), RefusedByRule("expired"));
  at.judge = {.at = JudgeOptions::At::kNow, .time = kReceivedAt + 1'000'000};
  const Judged today = judge(now + 1, kReceived, at);
  Expect(today, kOldAndExpired);
  EXPECT_FALSE(today.signature().expired_at_receipt);
  // A changed message is changed, expired or not.
  Expected changed = kHeaderChanged;
  changed.flags = kOld.flags;
  Expect(JudgeMessage(kReceived +
                      Replaced(Signed(kPlain, {.timestamp = 1000,
                                               .expiration = now - 301}),
                               "Two", "Three")),
         changed);
}

TEST(Case, T28_ExpirationNotAfterTimestamp) {
  Expect(JudgeSigned({.timestamp = 1000, .expiration = 1001}), {});
  for (const uint64_t x : {0u, 999u, 1000u}) {
    Expect(JudgeSigned({.timestamp = 1000, .expiration = x}),
           Refused("x_before_t"));
  }
}

TEST(Case, T29_Future) {
  const auto judge = [](int64_t t, const std::string& above,
                        const Setting& setting = {}) {
    return JudgeMessage(
        above + Signed(kPlain, {.timestamp = static_cast<uint64_t>(t)}),
        setting);
  };
  const Expected ahead = {.flags = "t_ahead"};
  const Expected future = {.verdict = "policy future pass match",
                           .flags = "t_ahead",
                           .message_class = "refused"};
  constexpr int64_t kDay = 86'400;
  Expect(judge(kReceivedAt + 300, kReceived), {});
  // RFC 6376 3.5: such signatures MAY be ignored.  A clock that is off by
  // minutes, or set to local time, is no reason to.
  Expect(judge(kReceivedAt + 301, kReceived), ahead);
  Expect(judge(kReceivedAt + 1174, kReceived), ahead);
  Expect(judge(kReceivedAt + kDay, kReceived), ahead);
  Expect(judge(kReceivedAt + kDay + 1, kReceived), future);
  Expect(judge(kReceivedAt + 300 * kDay, kReceived),
         {.verdict = "policy future pass match",
          .flags = "t_ahead times_disagree",
          .message_class = "refused"});
  // A From_ line without zone may be 14 h off.
  const Setting mbox = {.from_line =
                            "From ann@example.com Sun Mar  1 12:00:00 2026"};
  constexpr int64_t kHours14 = 14 * 3600;
  Expect(judge(kReceivedAt + kHours14, "", mbox), {});
  Expect(judge(kReceivedAt + kHours14 + 1, "", mbox), ahead);
  Expect(judge(kReceivedAt + kDay + 1, "", mbox), future);
  // Never by Date.
  Expect(judge(kReceivedAt + 10 * kHours14, ""), {});
}

// Mail that is moved to another store later has not arrived again.
TEST(Case, T45_ImportedLater) {
  const std::string imported =
      "Received: from pop.example.net [192.0.2.9]\r\n\tby localhost with POP3 "
      "(fetchmail-6.3.26); Mon, 1 Mar 2027 12:00:00 +0000\r\n";
  const std::string replayed =
      "Received: from mx.example.org (mx.example.org [192.0.2.9])\r\n"
      "\tby mail.example.net with ESMTPS; Mon, 1 Mar 2027 12:00:00 +0000\r\n";
  const auto judge = [](const std::string& above, int64_t x) {
    const auto t = static_cast<uint64_t>(kReceivedAt - 1000);
    return JudgeMessage(
        above + Signed(kPlain, {.timestamp = t,
                                .expiration = static_cast<uint64_t>(x)}));
  };
  const int64_t week = kReceivedAt + 7 * 86'400;
  const Expected moved = {.flags = "times_disagree"};
  const Expected expired = {.verdict = "policy expired pass match",
                            .flags = "times_disagree",
                            .message_class = "refused"};
  Expect(judge(kReceived, week), {});
  const Judged after = judge(imported + kReceived, week);
  Expect(after, moved);
  EXPECT_EQ(mail::ReceivedSourceName(after.facts->received.source),
            "older_received");
  EXPECT_FALSE(after.signature().expired_at_receipt);
  // What had expired at receipt stays so wherever it goes later.
  Expect(judge(imported + kReceived, kReceivedAt - 300), moved);
  Expect(judge(imported + kReceived, kReceivedAt - 301), expired);
  // Sent once more: it has arrived again.  A field below is the sender's, also
  // when it looks like a receipt.
  Expect(judge(replayed + kReceived, week), expired);
  Expect(judge(imported + replayed + kReceived, week), expired);
  // Each source of evidence by itself.
  using audit::JudgeOptions;
  const std::string message =
      imported + kReceived +
      Signed(kPlain, {.timestamp = static_cast<uint64_t>(kReceivedAt - 10),
                      .expiration = static_cast<uint64_t>(week)});
  const auto at = [&](JudgeOptions::At source) {
    Setting setting;
    setting.judge.at = source;
    return JudgeMessage(message, setting);
  };
  Expect(at(JudgeOptions::At::kReceived), moved);
  Expect(at(JudgeOptions::At::kNewestReceived), expired);
  Expect(at(JudgeOptions::At::kDate), moved);
  Expect(at(JudgeOptions::At::kMboxFrom), moved);
  EXPECT_FALSE(at(JudgeOptions::At::kMboxFrom).row.evaluated_at.seconds);
  EXPECT_FALSE(at(JudgeOptions::At::kDeliveryDate).row.evaluated_at.seconds);
}

TEST(Case, T30_Times) {
  for (const char* tag : {"t", "x"}) {
    ExpectRefusedValues(tag,
                        {"12abc", "-1", "+1", "", "0x10", "1.5", "1 2",
                         "1000000000000", std::string(40, '9')},
                        "number");
    Expect(JudgeSigned({.tags = {{tag, "999999999999"}}}), {});
  }
}

TEST(Case, T31_T32_T33_UnsignedTail) {
  const std::string body = "  two  words \r\nAnn\r\n";
  ASSERT_TRUE(kPlain.ends_with(body));
  const std::string canonical =
      "Dear Bob,\r\n\r\n two words\r\nAnn\r\n";  // relaxed
  const uint64_t whole = canonical.size();
  for (const uint64_t l : {uint64_t{0}, uint64_t{1}, whole - 1}) {
    const Judged j = JudgeSigned({.body_length = l});
    Expect(j, RefusedByRule("partial_body"), std::to_string(l));
    EXPECT_EQ(j.evidence().body_bytes - j.evidence().signed_body_bytes,
              whole - l);
  }
  const std::string covered = Signed(kPlain, {.body_length = whole});
  Expect(JudgeMessage(covered), {.flags = "l_tag"});
  const Judged appended = JudgeMessage(covered + "<p>Pay here</p>\r\n");
  Expect(appended, RefusedByRule("partial_body"));
  EXPECT_EQ(appended.evidence().body_bytes, whole + 17);
  // What canonicalisation drops is no tail.
  Expect(JudgeMessage(covered + " \r\n\r\n"), {.flags = "l_tag"});
  const std::string empty = kPlain.substr(0, kPlain.find("\r\n\r\n") + 4);
  const std::string zero = Signed(empty, {.body_length = 0});
  Expect(JudgeMessage(zero), {.flags = "l_tag"});
  Expect(JudgeMessage(zero + "Appended\r\n"), RefusedByRule("partial_body"));
}

TEST(Case, T34_LTooLong) {
  const uint64_t whole =
      std::string("Dear Bob,\r\n\r\n two words\r\nAnn\r\n").size();
  const auto judge = [](uint64_t l) {
    return JudgeSigned({.tags = {{"l", std::to_string(l)}}});
  };
  Expect(judge(whole), {.flags = "l_tag"});
  for (const uint64_t l : {whole + 1, uint64_t{100'000}, UINT64_MAX}) {
    Expect(judge(l),
           {.verdict = "permerror l_too_long pass not_run",
            .message_class = "unjudged"},
           std::to_string(l));
  }
}

TEST(Case, T35_BodyLengthNumbers) {
  ExpectRefusedValues("l",
                      {"18446744073709551616", "-1", "+1", "0x10", "",
                       std::string(76, '9'), std::string(75, '0') + "10"},
                      "number");
  // 76 digits are a number (RFC 6376 3.5).
  const std::string zeros(74, '0');
  Expect(JudgeSigned({.body_length = 0, .tags = {{"l", zeros + "00"}}}),
         RefusedByRule("partial_body"));
}

TEST(Case, T36_GranularityIsIgnored) {
  for (const char* g : {"g=joe; ", "g=; ", "g=*; "}) {
    Expect(JudgeSigned({}, {.keys = KeyOf(RsaKey(), g)}), {}, g);
  }
}

TEST(Case, T37_Service) {
  for (const char* good : {"s=email; ", "s=*; ", "s=tlsrpt:email; "}) {
    Expect(JudgeSigned({}, {.keys = KeyOf(RsaKey(), good)}), {}, good);
  }
  for (const char* bad : {"s=tlsrpt; ", "s=; ", "s=other:xmail; "}) {
    Expect(JudgeSigned({}, {.keys = KeyOf(RsaKey(), bad)}),
           KeyRefused("key_service"), bad);
  }
}

TEST(Case, T38_KeyHash) {
  Expect(JudgeSigned({}, {.keys = KeyOf(RsaKey(), "h=sha1:sha256; ")}), {});
  Expect(JudgeSigned({}, {.keys = KeyOf(RsaKey(), "h=sha1; ")}),
         KeyRefused("key_hash"));
  Expect(JudgeSigned({.sha1 = true}, {.keys = KeyOf(RsaKey(), "h=sha256; ")}),
         KeyRefused("key_hash"));
}

TEST(Case, T39_Testing) {
  const Setting testing = {.keys = KeyOf(RsaKey(), "t=y; ")};
  Expect(JudgeSigned({}, testing), {.flags = "testing"});
  Expected changed = kHeaderChanged;
  changed.flags = "testing";
  Expect(JudgeMessage(Replaced(Signed(), "Two", "Three"), testing), changed);
}

TEST(Case, T40_LongZ) {
  const auto judge = [](size_t size) {
    return JudgeSigned({.tags = {{"z", std::string(size, 'z')}}});
  };
  Expect(judge(64'000), {});
  const Expected limit = {.verdict = "policy limit_signature not_run not_run",
                          .message_class = "unjudged"};
  Expect(judge(70'000), limit);
  Expected million = limit;
  million.anomalies = "long_field";
  Expect(judge(1'000'000), million);
}

// Where the field is over 64 KiB as well, T40's limit is the one that is told.
// RFC 6376 2.11: FWS in i= is no part of it.
TEST(Case, T42_FoldsInAuid) {
  for (const char* auid : {"n@\r\n example.com", "n@exam\r\n\tple.com",
                           "\r\n n@mail.\r\n "
                           "example.com"}) {
    Expect(JudgeSigned({.identity = auid}), {}, auid);
  }
  for (const char* auid :
       {"n@\r\n example.org", "n@evil\r\n example.com", "n@exa=20mple.com"}) {
    Expect(JudgeSigned({.identity = auid}), Refused("auid_domain"), auid);
  }
}

// RFC 6376 3.5: no FWS inside of these.
TEST(Case, T43_WhiteSpaceInsideOfTags) {
  ExpectRefusedValues("a", {"rsa-\r\n sha256", "rsa -sha256"}, "sig_algo");
  ExpectRefusedValues("c", {"relaxed/\r\n relaxed", "relaxed /relaxed"},
                      "sig_canon");
  ExpectRefusedValues("d", {"exam\r\n ple.com"}, "bad_domain");
  ExpectRefusedValues("s", {"se\r\n l"}, "bad_selector");
  ExpectRefusedValues("t", {"1\r\n 0"}, "number");
}

// RFC 6376 3.2: values are case-sensitive but where a tag's description says
// otherwise.
TEST(Case, T44_CaseOfValues) {
  ExpectRefusedValues("a", {"RSA-SHA256", "rsa-SHA256", "Rsa-sha256"},
                      "sig_algo");
  ExpectRefusedValues("c", {"Relaxed/relaxed", "relaxed/RELAXED"}, "sig_canon");
  for (const char* q : {"DNS/TXT", "dns/TXT"}) {
    Expected other = Refused("sig_query");
    other.flags = "unknown_query";
    Expect(JudgeSigned({.tags = {{"q", q}}}), other, q);
  }
  Expect(JudgeSigned({.tags = {{"d", "Example.COM"}, {"s", "SEL"}}}), {});
}

TEST(Case, T41_TagLimits) {
  const auto limit = [](std::string_view reason) {
    return Expected{
        .verdict = "policy " + std::string(reason) + " not_run not_run",
        .message_class = "unjudged"};
  };
  const auto many = [](size_t count) {
    std::string tags;
    for (size_t i = 0; i < count; ++i) tags += "; y" + std::to_string(i) + "=1";
    return SignOptions{.after = tags};
  };
  const auto named = [](size_t size) {
    return SignOptions{.tags = {{std::string(size, 'n'), "1"}}};
  };
  Expect(JudgeSigned(many(64 - 8)), {});  // v a c d s h bh b
  Expect(JudgeSigned(many(64 - 7)), limit("limit_tag"));
  Expect(JudgeSigned(many(5'000)), limit("limit_tag"));
  Expected million = limit("limit_signature");
  million.anomalies = "long_field";
  Expect(JudgeSigned(many(80'000)), million);
  Expect(JudgeSigned(named(64)), {});
  Expect(JudgeSigned(named(65)), limit("limit_tag"));
  Expect(JudgeSigned(named(60'000)), limit("limit_tag"));
  Expect(JudgeSigned(named(1'000'000)), million);
}

}  // namespace
}  // namespace mailassay::cases
