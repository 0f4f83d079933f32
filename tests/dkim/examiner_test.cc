#include "tests/dkim/examiner.h"

#include <gtest/gtest.h>

#include <string>
#include <string_view>
#include <vector>

#include "lib/crypto/hash.h"
#include "lib/dkim/key_record.h"
#include "lib/dkim/verdict.h"
#include "tests/dkim/message_builder.h"
#include "tests/reference/canonical_reference.h"

namespace mailassay::dkim {
namespace {

using crypto::HashAlgorithm;

Digest Sha256(std::string_view text) {
  return crypto::Hash(HashAlgorithm::kSha256, text);
}

Evidence ExamineOne(std::string_view header, std::string_view body) {
  std::vector<Evidence> evidence = Examine(header, {body});
  EXPECT_EQ(evidence.size(), 1u);
  return evidence.empty() ? Evidence() : evidence.front();
}

// The examples of the RFCs, down to the verdict.

constexpr std::string_view kRfcFields =
    "From: Joe SixPack <joe@football.example.com>\r\n"
    "To: Suzie Q <suzie@shopping.example.net>\r\n"
    "Subject: Is dinner ready?\r\n"
    "Date: Fri, 11 Jul 2003 21:00:37 -0700 (PDT)\r\n"
    "Message-ID: <20030712040037.46341.5F8J@football.example.com>\r\n"
    "\r\n";

// RFC 6376 A.2.
constexpr std::string_view kRfc6376Fields =
    "DKIM-Signature: v=1; a=rsa-sha256; s=brisbane; d=example.com;\r\n"
    "      c=simple/simple; q=dns/txt; i=joe@football.example.com;\r\n"
    "      h=Received : From : To : Subject : Date : Message-ID;\r\n"
    "      bh=2jUSOH9NhtVGCQWNr9BrIAPreKQjO6Sn7XIkfJVOzv8=;\r\n"
    "      b=AuUoFEfDxTDkHlLXSZEpZj79LICEps6eda7W3deTVFOk4yAUoqOB\r\n"
    "      4nujc7YopdG5dWLSdNg6xNAZpOPr+kHxt1IrE+NahM6L/LbvaHut\r\n"
    "      KVdkLLkpVaVVQPzeRDI009SO2Il5Lu7rDNH6mZckBdrIx0orEtZV\r\n"
    "      4bmp/YzhwvcubU4=;\r\n"
    "Received: from client1.football.example.com  [192.0.2.1]\r\n"
    "      by submitserver.example.com with SUBMISSION;\r\n"
    "      Fri, 11 Jul 2003 21:01:54 -0700 (PDT)\r\n";
constexpr std::string_view kRfc6376Body =
    "Hi.\r\n\r\nWe lost the game. Are you hungry yet?\r\n\r\nJoe.\r\n";
// RFC 6376 C.
constexpr std::string_view kRfc6376Key =
    "v=DKIM1; p=MIGfMA0GCSqGSIb3DQEBAQUAA4GNADCBiQKBgQDwIRP/UC3SBsEmGqZ9ZJW3"
    "/DkMoGeLnQg1fWn7/zYtIxN2SnFCjxOCKG9v3b4jYfcTNh5ijSsq631uBItLa7od+v/RtdC"
    "2UzJ1lWT947qR+Rcac2gbto/NMqJ0fzfVjH4OuKhitdY9tf6mcwGjaNBcWToIMmPSPDdQPN"
    "UYckcQ2QIDAQAB";

// RFC 8463 A.2, A.3.
constexpr std::string_view kRfc8463Fields =
    "DKIM-Signature: v=1; a=ed25519-sha256; c=relaxed/relaxed;\r\n"
    " d=football.example.com; i=@football.example.com;\r\n"
    " q=dns/txt; s=brisbane; t=1528637909; h=from : to :\r\n"
    " subject : date : message-id : from : subject : date;\r\n"
    " bh=2jUSOH9NhtVGCQWNr9BrIAPreKQjO6Sn7XIkfJVOzv8=;\r\n"
    " b=/gCrinpcQOoIfuHNQIbq4pgh9kyIK3AQUdt9OdqQehSwhEIug4D11Bus\r\n"
    " Fa3bT3FY5OsU7ZbnKELq+eXdp1Q1Dw==\r\n"
    "DKIM-Signature: v=1; a=rsa-sha256; c=relaxed/relaxed;\r\n"
    " d=football.example.com; i=@football.example.com;\r\n"
    " q=dns/txt; s=test; t=1528637909; h=from : to : subject :\r\n"
    " date : message-id : from : subject : date;\r\n"
    " bh=2jUSOH9NhtVGCQWNr9BrIAPreKQjO6Sn7XIkfJVOzv8=;\r\n"
    " b=F45dVWDfMbQDGHJFlXUNB2HKfbCeLRyhDXgFpEL8GwpsRe0IeIixNTe3\r\n"
    " DhCVlUrSjV4BwcVcOF6+FF3Zo9Rpo1tFOeS9mPYQTnGdaSGsgeefOsk2Jz\r\n"
    " dA+L10TeYt9BgDfQNZtKdN1WO//KgIqXP7OdEFE4LjFYNcUxZQ4FADY+8=\r\n";
constexpr std::string_view kRfc8463Body =
    "Hi.\r\n\r\nWe lost the game.  Are you hungry yet?\r\n\r\nJoe.\r\n";
constexpr std::string_view kRfc8463Keys[] = {
    "v=DKIM1; k=ed25519; p=11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=",
    "v=DKIM1; k=rsa; p=MIGfMA0GCSqGSIb3DQEBAQUAA4GNADCBiQKBgQDkHlOQoBTzWRiGs5"
    "V6NpP3idY6Wk08a5qhdR6wy5bdOKb2jLQiY/J16JYi0Qvx/byYzCNb3W91y3FutACDfzwQ/BC"
    "/e/8uBsCR+yz1Lxj+PL6lHvqMKrM3rG4hstT5QjvHO9PzoxZyVYLzBfO2EeC3Ip3G+2kryOTI"
    "KT+l/K4w3QIDAQAB"};

Verdict Judge(const Evidence& evidence, std::string_view key_record) {
  KeyAnswer answer;
  answer.name = KeyName(evidence.signature);
  answer.status = KeyStatus::kFound;
  answer.records = {ParseKeyRecord(key_record)};
  answer.origins = {{.source = "test"}};
  return Conclude(evidence, answer, {});
}

TEST(Examiner, ExampleOfRfc6376) {
  const std::string header =
      std::string(kRfc6376Fields) + std::string(kRfcFields);
  const Evidence e = ExamineOne(header, kRfc6376Body);
  EXPECT_EQ(e.body, BodyMatch::kMatch);
  EXPECT_TRUE(e.from_signed);
  EXPECT_EQ(e.h_count, 6u);
  EXPECT_EQ(e.signed_body_bytes, kRfc6376Body.size());
  EXPECT_EQ(e.body_bytes, kRfc6376Body.size());
  EXPECT_EQ(Judge(e, kRfc6376Key).reason, Reason::kOk);
}

TEST(Examiner, ExampleOfRfc8463) {
  const std::string header =
      std::string(kRfc8463Fields) + std::string(kRfcFields);
  const auto evidence = Examine(header, {kRfc8463Body});
  ASSERT_EQ(evidence.size(), 2u);
  for (size_t i = 0; i < 2; ++i) {
    EXPECT_EQ(evidence[i].index, i + 1);
    EXPECT_EQ(evidence[i].body, BodyMatch::kMatch);
    EXPECT_EQ(evidence[i].oversigned, "from;subject;date");
    EXPECT_EQ(Judge(evidence[i], kRfc8463Keys[i]).reason, Reason::kOk);
  }
}

TEST(Examiner, ExamplesStoredWithLf) {  // H12
  const auto evidence =
      Examine(WithLf(std::string(kRfc8463Fields) + std::string(kRfcFields)),
              {WithLf(std::string(kRfc8463Body))});
  ASSERT_EQ(evidence.size(), 2u);
  EXPECT_EQ(Judge(evidence[0], kRfc8463Keys[0]).reason, Reason::kOk);
  EXPECT_EQ(Judge(evidence[1], kRfc8463Keys[1]).reason, Reason::kOk);
  const Evidence simple =
      ExamineOne(WithLf(std::string(kRfc6376Fields) + std::string(kRfcFields)),
                 WithLf(std::string(kRfc6376Body)));
  EXPECT_EQ(Judge(simple, kRfc6376Key).reason, Reason::kOk);
}

TEST(Examiner, ChangesAreSeen) {
  std::string header = std::string(kRfc6376Fields) + std::string(kRfcFields);
  const Evidence body = ExamineOne(header, "Hi.\r\n");
  EXPECT_EQ(body.body, BodyMatch::kMismatch);
  EXPECT_EQ(body.body_hash, Sha256("Hi.\r\n"));
  EXPECT_EQ(Judge(body, kRfc6376Key).reason, Reason::kBodyChanged);
  header.replace(header.find("dinner"), 6, "supper");
  EXPECT_EQ(Judge(ExamineOne(header, kRfc6376Body), kRfc6376Key).reason,
            Reason::kHeaderChanged);
}

// The header.

TEST(Examiner, EachPartByItsOwnCanonicalisation) {  // H33
  const std::string body = "a  b \r\n\r\n";
  const std::string fields = "From:  A  <a@example.com> \r\nTo: b\r\n";
  struct Case {
    std::string c;
    bool relaxed_header;
    std::string signed_body;
  };
  for (const auto& [c, relaxed_header, signed_body] : {
           Case{"simple/relaxed", false, reference::RelaxedBody(body)},
           Case{"relaxed/simple", true, reference::SimpleBody(body)},
           Case{"relaxed", true, reference::SimpleBody(body)},  // T17
           Case{"simple/simple", false, reference::SimpleBody(body)},
           Case{"relaxed/relaxed", true, reference::RelaxedBody(body)},
       }) {
    const SignatureText signature{
        .c = c, .h = "to:From", .signed_body = signed_body};
    const Evidence e =
        ExamineOne(signature.Field() + "\r\n" + fields + "\r\n", body);
    const auto canonical = [&](std::string_view field) {
      return relaxed_header ? reference::RelaxedField(field)
                            : reference::SimpleField(field);
    };
    std::string text = canonical("To: b") +
                       canonical("From:  A  <a@example.com> ") +
                       canonical(signature.HashedField());
    text.resize(text.size() - 2);
    EXPECT_EQ(e.header_hash, Sha256(text)) << c;
    EXPECT_EQ(e.body, BodyMatch::kMatch) << c;
  }
}

// Hash of the fields given and of the signature's own, all relaxed.
Digest RelaxedHash(const std::vector<std::string>& fields,
                   const SignatureText& signature) {
  std::string text;
  for (const std::string& field : fields) {
    text += reference::RelaxedField(field);
  }
  text += reference::RelaxedField(signature.HashedField());
  text.resize(text.size() - 2);
  return Sha256(text);
}

TEST(Examiner, SelectsFromTheBottomUp) {
  // RFC 6376 5.4.2; H2, H5, H20, H21: names in any case, white space before
  // the colon, more names than fields.
  const SignatureText signature{.h = "FROM:From:x:from:from:absent:to"};
  const std::string header = "From : top\r\n" + signature.Field() +
                             "\r\nfrom: middle\r\nno colon\r\nTo: t\r\n"
                             "FROM: bottom\r\n\r\n";
  const Evidence e = ExamineOne(header, "");
  EXPECT_EQ(e.header_hash,
            RelaxedHash({"From: bottom", "From: middle", "From: top", "To: t"},
                        signature));
  EXPECT_EQ(e.h_count, 7u);
  EXPECT_TRUE(e.signature.signed_names.empty());
  EXPECT_EQ(e.oversigned, "from;x;absent");
  EXPECT_TRUE(e.from_signed);
}

TEST(Examiner, OwnFieldIsNeverSelected) {  // H22, H23
  const SignatureText first{.d = "a.example",
                            .h = "from:dkim-signature:dkim-signature"};
  const SignatureText second{.d = "b.example", .h = "from:dkim-signature"};
  const std::string alone = first.Field() + "\r\nFrom: f\r\n\r\n";
  const Evidence only = ExamineOne(alone, "");
  EXPECT_EQ(only.header_hash, RelaxedHash({"From: f"}, first));
  EXPECT_EQ(only.oversigned, "dkim-signature");

  for (const bool first_on_top : {true, false}) {
    const std::string& top = first_on_top ? first.Field() : second.Field();
    const std::string& low = first_on_top ? second.Field() : first.Field();
    const auto evidence =
        Examine(top + "\r\nFrom: f\r\n" + low + "\r\n\r\n", {""});
    ASSERT_EQ(evidence.size(), 2u);
    const Evidence& of_first = evidence[first_on_top ? 0 : 1];
    const Evidence& of_second = evidence[first_on_top ? 1 : 0];
    EXPECT_EQ(of_first.header_hash,
              RelaxedHash({"From: f", second.Field()}, first));
    EXPECT_EQ(of_second.header_hash,
              RelaxedHash({"From: f", first.Field()}, second));
    EXPECT_EQ(of_first.oversigned, "dkim-signature");
    EXPECT_EQ(of_second.oversigned, "");
  }
}

TEST(Examiner, NoFromInTheMessage) {  // T12
  const SignatureText signature{.signed_body = "\r\n"};
  const Evidence e = ExamineOne(signature.Field() + "\r\nTo: b\r\n\r\n", "");
  EXPECT_EQ(e.signature.defect, Reason::kNoFrom);
  EXPECT_EQ(e.header_hash.size, 0);
  EXPECT_EQ(e.body, BodyMatch::kNotRun);
  EXPECT_FALSE(e.from_signed);
}

TEST(Examiner, Coverage) {
  struct Case {
    std::string_view above;  // fields above the signature
    std::string h;
    std::string_view below;
    bool from_signed;
    FlagSet flags;
    std::string_view missing, unsigned_names;
  };
  for (const Case& c : {
           Case{"Received: r\r\n",
                "from:to:subject",
                "X-A: 1\r\nx-a: 2\r\n",
                true,
                {},
                "",
                "x-a"},
           // H1: a second From on top.
           Case{"From: evil\r\n", "from:to:subject", "", false,
                Flags({Flag::kUnsignedFrom}), "", ""},
           Case{"From: evil\r\n", "from:to:subject:from", "", true, {}, "", ""},
           // H4.
           Case{"Subject: s\r\n", "from:to:subject", "", true,
                Flags({Flag::kUnsignedExtra}), "", ""},
           Case{"Subject: s\r\n",
                "from:to:subject:subject",
                "",
                true,
                {},
                "",
                ""},
           Case{"",
                "from",
                "Date: d\r\nCc: c\r\nReply-To: r\r\n",
                true,
                {},
                "subject;date;to;cc;reply-to",
                "to;subject;date;cc;reply-to"},
           Case{"",
                "from:to:subject",
                "Content-Type: t\r\nMIME-Version: 1\r\nMessage-ID: m\r\n"
                "Content-Transfer-Encoding: e\r\nno colon\r\n",
                true,
                {},
                "message-id;mime-version;content-type;"
                "content-transfer-encoding",
                "content-type;mime-version;message-id;"
                "content-transfer-encoding"},
       }) {
    const SignatureText signature{.h = c.h};
    const Evidence e = ExamineOne(std::string(c.above) + signature.Field() +
                                      "\r\n" + std::string(kPlainFields) +
                                      std::string(c.below) + "\r\n",
                                  "");
    EXPECT_EQ(e.from_signed, c.from_signed) << c.h;
    EXPECT_EQ(e.coverage_flags, c.flags) << c.h;
    EXPECT_EQ(e.missing_recommended, c.missing) << c.h;
    EXPECT_EQ(e.unsigned_names, c.unsigned_names) << c.h;
  }
}

TEST(Examiner, UnsignedNamesAreCut) {
  std::string fields;
  for (int i = 0; i < 500; ++i) {
    fields += "X-Name-" + std::to_string(i) + ": v\r\n";
  }
  const Evidence e = ExamineOne(SignatureText{}.Field() + "\r\n" +
                                    std::string(kPlainFields) + fields + "\r\n",
                                "");
  EXPECT_LE(e.unsigned_names.size(), 1024u);
  EXPECT_GT(e.unsigned_names.size(), 1000u);
  EXPECT_TRUE(e.unsigned_names.starts_with("x-name-0;x-name-1;"));
  EXPECT_FALSE(e.unsigned_names.ends_with(';'));
}

// l=

TEST(Examiner, BodyLength) {  // T31-T34
  const std::string body = "one  two\r\nthree\r\n\r\n";
  const std::string canonical = reference::RelaxedBody(body);
  struct Case {
    std::string l;
    Reason defect;
    BodyMatch match;
  };
  const uint64_t size = canonical.size();
  for (const auto& [l, defect, match] : {
           Case{"0", Reason::kOk, BodyMatch::kMatch},
           Case{"5", Reason::kOk, BodyMatch::kMatch},
           Case{std::to_string(size - 1), Reason::kOk, BodyMatch::kMatch},
           Case{std::to_string(size), Reason::kOk, BodyMatch::kMatch},
           Case{std::to_string(size + 1), Reason::kLTooLong,
                BodyMatch::kNotRun},
           Case{"18446744073709551615", Reason::kLTooLong, BodyMatch::kNotRun},
       }) {
    const uint64_t length = std::stoull(l);
    const SignatureText signature{
        .l = l, .signed_body = canonical.substr(0, std::min(length, size))};
    const Evidence e = ExamineOne(HeaderWith(signature), body);
    EXPECT_EQ(e.signature.defect, defect) << l;
    EXPECT_EQ(e.body, match) << l;
    EXPECT_EQ(e.signed_body_bytes, length) << l;
    EXPECT_EQ(e.body_bytes, size) << l;
  }
}

TEST(Examiner, BodyLengthOfEmptyBodies) {
  for (const auto& [c, l, defect] :
       {std::tuple{"relaxed/relaxed", "0", Reason::kOk},
        std::tuple{"relaxed/relaxed", "1", Reason::kLTooLong},
        std::tuple{"relaxed/simple", "0", Reason::kOk},
        std::tuple{"relaxed/simple", "3", Reason::kLTooLong}}) {
    const SignatureText signature{.c = c, .l = l, .signed_body = ""};
    for (const std::string_view body : {"", "\r\n", "\r\n\r\n"}) {
      EXPECT_EQ(ExamineOne(HeaderWith(signature), body).signature.defect,
                defect)
          << c << " " << l;
    }
  }
}

TEST(Examiner, ManySignaturesOneBody) {
  // Each canonicalisation, hash and l= beside the others.
  std::string body;
  for (int i = 0; i < 9000; ++i) body += "line  " + std::to_string(i) + " \r\n";
  std::string header;
  size_t count = 0;
  for (const std::string c : {"simple/simple", "relaxed/relaxed"}) {
    const std::string canonical = c == "simple/simple"
                                      ? reference::SimpleBody(body)
                                      : reference::RelaxedBody(body);
    for (const std::string a : {"rsa-sha256", "rsa-sha1"}) {
      for (const size_t l : {size_t{0}, size_t{1}, size_t{16384}, size_t{16384},
                             size_t{40000}, canonical.size()}) {
        header += SignatureText{.a = a,
                                .c = c,
                                .l = std::to_string(l),
                                .signed_body = canonical.substr(0, l)}
                      .Field() +
                  "\r\n";
        ++count;
      }
      header += SignatureText{.a = a, .c = c, .signed_body = canonical}.Field();
      header += "\r\n";
      ++count;
    }
  }
  header += std::string(kPlainFields) + "\r\n";
  const auto evidence = Examine(header, {body});
  ASSERT_EQ(evidence.size(), count);
  for (const Evidence& e : evidence) {
    EXPECT_EQ(e.body, BodyMatch::kMatch) << e.index;
    EXPECT_EQ(e.header_hash.size, e.signature.body_hash.size) << e.index;
  }
}

// What two signatures have in common is hashed once; each is hashed as if it
// stood alone.
TEST(Examiner, SignaturesOfTheSameFields) {
  std::vector<SignatureText> signatures;
  for (const std::string h : {"from:to:subject", "from:subject:to", "from"}) {
    for (const std::string c : {"simple/simple", "relaxed/relaxed"}) {
      for (const std::string a : {"rsa-sha256", "rsa-sha1", "ed25519-sha256"}) {
        signatures.push_back({.a = a, .c = c, .h = h});
      }
    }
  }
  std::vector<Digest> alone;
  for (const SignatureText& s : signatures) {
    alone.push_back(ExamineOne(HeaderWith(s), "").header_hash);
    ASSERT_GT(alone.back().size, 0);
  }
  Examiner examiner({});
  for (size_t i = 0; i < signatures.size(); ++i) {
    for (size_t j = 0; j < signatures.size(); ++j) {
      const auto evidence = ExamineWith(
          examiner,
          signatures[i].Field() + "\r\n" + signatures[j].Field() + "\r\n" +
              signatures[j].Field() + "\r\n" + std::string(kPlainFields),
          {});
      ASSERT_EQ(evidence.size(), 3u);
      EXPECT_EQ(evidence[0].header_hash, alone[i]) << i << " " << j;
      EXPECT_EQ(evidence[1].header_hash, alone[j]) << i << " " << j;
      EXPECT_EQ(evidence[2].header_hash, alone[j]) << i << " " << j;
    }
  }
  // Not so those of two messages.
  const std::string field = signatures.back().Field() + "\r\n";
  const auto other = ExamineWith(
      examiner, field + field + field + "From: b@example.com\r\n", {});
  ASSERT_EQ(other.size(), 3u);
  EXPECT_NE(other[0].header_hash, alone.back());
}

// Limits.

TEST(Examiner, TooManySignatures) {  // H29, H30
  std::string header;
  const char* const domains[] = {"junk.example", "com",       "junk.example",
                                 "a.author.com", "bad_d!",    "author.com",
                                 "junk.example", "author.com"};
  for (const char* d : domains) {
    header += SignatureText{.d = d, .signed_body = ""}.Field() + "\r\n";
  }
  header += std::string(kPlainFields) + "\r\n";
  const auto limited = [&](size_t max, std::string_view author) {
    std::string out;  // the indices evaluated
    for (const Evidence& e :
         Examine(header, {""}, author, {.max_signatures = max})) {
      EXPECT_EQ(e.limit == Reason::kOk && e.signature.defect == Reason::kOk,
                e.header_hash.size > 0);
      EXPECT_EQ(e.header_hash.size > 0, e.body == BodyMatch::kMatch);
      if (e.index == 5) {  // malformed: takes no one's place
        EXPECT_EQ(e.signature.defect, Reason::kBadDomain);
        EXPECT_EQ(e.limit, Reason::kOk);
      } else if (e.limit == Reason::kOk) {
        out += std::to_string(e.index);
      } else {
        EXPECT_EQ(e.limit, Reason::kLimitSignatures);
      }
    }
    return out;
  };
  EXPECT_EQ(limited(64, "author.com"), "1234678");
  EXPECT_EQ(limited(1, "author.com"), "6");
  EXPECT_EQ(limited(2, "author.com"), "68");
  EXPECT_EQ(limited(4, "author.com"), "2468");
  EXPECT_EQ(limited(5, "author.com"), "12468");
  EXPECT_EQ(limited(2, ""), "12");
  EXPECT_EQ(limited(0, "author.com"), "");
}

TEST(Examiner, HundredThousandSignatures) {  // H29
  std::string header;
  for (int i = 0; i < 100'000; ++i) {
    header += "DKIM-Signature: v=1; a=rsa-sha256; d=e" + std::to_string(i) +
              ".com; s=s; h=from; bh=47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSu"
              "FU=; b=QUJD\r\n";
  }
  header += "From: a\r\n\r\n";
  const auto evidence =
      Examine(header, {""}, "", {.max_header_fields = 200'000});
  ASSERT_EQ(evidence.size(), 100'000u);
  EXPECT_EQ(evidence[63].limit, Reason::kOk);
  EXPECT_EQ(evidence[64].limit, Reason::kLimitSignatures);
  EXPECT_EQ(evidence[99'999].signature.domain, "e99999.com");
}

TEST(Examiner, SignedHeaderBytes) {
  // "From: a" and three equal fields: each signature covers 7 octets and its
  // own field.
  const SignatureText signature{.h = "from", .signed_body = ""};
  std::string header;
  for (int i = 0; i < 3; ++i) header += signature.Field() + "\r\n";
  header += "From: a\r\n\r\n";
  const size_t each = signature.Field().size() + 7;
  for (const size_t fit : {size_t{0}, size_t{1}, size_t{2}, size_t{3}}) {
    const auto evidence =
        Examine(header, {""}, "",
                {.max_signed_header_bytes =
                     fit == 3 ? each * 3 : each * (fit + 1) - 1});
    for (size_t i = 0; i < 3; ++i) {
      EXPECT_EQ(evidence[i].limit,
                i < fit ? Reason::kOk : Reason::kLimitSignedBytes);
      EXPECT_EQ(evidence[i].header_hash.size, i < fit ? 32 : 0);
      EXPECT_EQ(evidence[i].body,
                i < fit ? BodyMatch::kMatch : BodyMatch::kNotRun);
    }
  }
}

TEST(Examiner, ManyFieldsManyNames) {  // H28: linear in names and fields
  std::string h = "from";
  for (int i = 0; i < 999; ++i)
    h += i % 2 == 0 ? ":to" : ":n" + std::to_string(i);
  std::string header;
  for (int i = 0; i < 64; ++i) header += SignatureText{.h = h}.Field() + "\r\n";
  for (int i = 0; i < 4900; ++i) header += "To: b\r\n";
  header += "From: a\r\n\r\n";
  const auto evidence = Examine(header, {""});
  ASSERT_EQ(evidence.size(), 64u);
  for (const Evidence& e : evidence) {
    EXPECT_EQ(e.h_count, 1000u);
    EXPECT_EQ(e.header_hash.size, 32);
    EXPECT_TRUE(e.oversigned.starts_with("n1;n3;"));
  }
}

TEST(Examiner, HeaderFieldLimit) {                             // H28
  const std::string header = HeaderWith({.signed_body = ""});  // four fields
  const auto at = [&](size_t max) {
    return Examine(header, {""}, "", {.max_header_fields = max})[0];
  };
  EXPECT_EQ(at(4).limit, Reason::kOk);
  EXPECT_EQ(at(3).limit, Reason::kLimitHeaders);
  EXPECT_EQ(at(3).header_hash.size, 0);
}

TEST(Examiner, LimitOfTheWholeMessage) {  // H31
  Examiner examiner({});
  const auto evidence = ExamineWith(examiner, HeaderWith({.signed_body = ""}),
                                    {"a\x80\n"}, "", Reason::kLimitHeaderBytes);
  ASSERT_EQ(evidence.size(), 1u);
  EXPECT_EQ(evidence[0].limit, Reason::kLimitHeaderBytes);
  EXPECT_EQ(evidence[0].signature.domain, "example.com");
  EXPECT_EQ(evidence[0].header_hash.size, 0);
  EXPECT_EQ(evidence[0].body, BodyMatch::kNotRun);
  EXPECT_TRUE(examiner.body_facts().saw_8bit());
}

TEST(Examiner, AbandonedMessage) {
  Examiner examiner({});
  const std::string header =
      SignatureText{.a = "rsa-md5"}.Field() + "\r\n" + HeaderWith({});
  examiner.Begin(mail::ParseHeader(header, 100), "", Reason::kOk);
  examiner.Feed("a");
  examiner.Abandon(Reason::kLimitMessage);
  examiner.Feed("b");
  const auto evidence = examiner.Finish();
  ASSERT_EQ(evidence.size(), 2u);
  // As had the limit been known from the start.
  EXPECT_EQ(evidence[0].limit, Reason::kLimitMessage);
  EXPECT_EQ(evidence[0].signature.defect, Reason::kSigAlgo);
  EXPECT_EQ(evidence[1].limit, Reason::kLimitMessage);
  EXPECT_FALSE(evidence[1].from_signed);
  EXPECT_EQ(evidence[1].header_hash.size, 0);
  EXPECT_EQ(evidence[1].body, BodyMatch::kNotRun);
}

TEST(Examiner, MalformedSignatureIsNotHashed) {
  const Evidence e = ExamineOne(HeaderWith({.a = "rsa-md5"}), "a");
  EXPECT_EQ(e.signature.defect, Reason::kSigAlgo);
  EXPECT_EQ(e.header_hash.size, 0);
  EXPECT_EQ(e.body_hash.size, 0);
  EXPECT_EQ(e.body, BodyMatch::kNotRun);
}

TEST(Examiner, MessageWithoutSignatures) {
  Examiner examiner({});
  EXPECT_TRUE(
      ExamineWith(examiner, "From: a\r\n\r\n", {"x\r", "y\n\x80"}).empty());
  EXPECT_TRUE(examiner.body_facts().saw_bare_cr());
  EXPECT_TRUE(examiner.body_facts().saw_8bit());
  EXPECT_FALSE(examiner.body_facts().saw_nul());
  EXPECT_EQ(examiner.body_facts().line_ends(), mail::LineEnds::kLf);
}

TEST(Examiner, OneForManyMessages) {
  // Nothing of a message is left for the next, whatever it was.
  const SignatureText signature{.signed_body = "body\r\n"};
  Examiner examiner({});
  for (const std::string_view body :
       {"x\r\n>From a\ny\x80\r", "", "body\r\n", "\r\n>Fr", ">", "body"}) {
    for (const std::string& header :
         {HeaderWith(signature), WithLf(HeaderWith({.c = "simple/simple"})),
          std::string("From: a\n\n"),
          HeaderWith({.a = "rsa-sha1", .l = "3", .signed_body = "bod"})}) {
      const auto used = ExamineWith(examiner, header, {body});
      Examiner fresh({});
      const auto expected = ExamineWith(fresh, header, {body});
      ASSERT_EQ(used.size(), expected.size());
      for (size_t i = 0; i < used.size(); ++i) {
        EXPECT_EQ(used[i].header_hash, expected[i].header_hash);
        EXPECT_EQ(used[i].body_hash, expected[i].body_hash);
        EXPECT_EQ(used[i].body, expected[i].body);
        EXPECT_EQ(used[i].reading_flags, expected[i].reading_flags);
      }
      EXPECT_EQ(examiner.body_facts().saw_bare_cr(),
                fresh.body_facts().saw_bare_cr());
      EXPECT_EQ(examiner.body_facts().saw_8bit(),
                fresh.body_facts().saw_8bit());
      EXPECT_EQ(examiner.body_facts().line_ends(),
                fresh.body_facts().line_ends());
    }
  }
}

// Names are numbered for many messages; when there are too many or too long
// ones, all are forgotten.
TEST(Examiner, NamesOfOneMessageAreNothingToTheNext) {
  const auto message = [](const std::string& h, const std::string& fields) {
    return SignatureText{.h = h}.Field() + "\r\n" + fields +
           std::string(kPlainFields) + "\r\n";
  };
  std::string many, longer;
  for (int i = 0; i < 3000; ++i) {
    many += "X-" + std::to_string(i) + ": y\r\n";
  }
  for (char c = 'a'; c < 'e'; ++c) longer += std::string(20'000, c) + ": y\r\n";
  const std::vector<std::string> headers = {
      message("from:x-one:x-one", "X-One: a\r\nx-one: b\r\nX-Two: c\r\n"),
      message("from:x-one:x-one:to", "x-TWO: a\r\n"),
      message("from:x-5:x-2999:x-one", many),
      message("from:x-two", longer + "X-Two: a\r\nX-5: b\r\n"),
      message("from", "X-5: y\r\n"),
      "From: a\r\n\r\n",
  };
  Examiner examiner({});
  for (size_t i = 0; i < 36; ++i) {
    const std::string& header = headers[i * 7 % 36 / 6];
    const auto used = ExamineWith(examiner, header, {"body"});
    Examiner fresh({});
    const auto expected = ExamineWith(fresh, header, {"body"});
    ASSERT_EQ(used.size(), expected.size());
    for (size_t k = 0; k < used.size(); ++k) {
      EXPECT_EQ(used[k].header_hash, expected[k].header_hash);
      EXPECT_EQ(used[k].from_signed, expected[k].from_signed);
      EXPECT_EQ(used[k].coverage_flags, expected[k].coverage_flags);
      EXPECT_EQ(used[k].oversigned, expected[k].oversigned);
      EXPECT_EQ(used[k].missing_recommended, expected[k].missing_recommended);
      EXPECT_EQ(used[k].unsigned_names, expected[k].unsigned_names);
    }
  }
}

}  // namespace
}  // namespace mailassay::dkim
