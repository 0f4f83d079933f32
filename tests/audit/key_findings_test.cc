// Each finding: what makes it appear, and near misses that must not.
#include "lib/audit/key_findings.h"

#include <gtest/gtest.h>
#include <openssl/bn.h>

#include <map>
#include <set>

#include "lib/audit/key_providers.h"
#include "lib/audit/key_witness.h"
#include "lib/base/base64.h"
#include "lib/base/concat.h"
#include "tests/audit/made_up.h"
#include "tests/reference/signing_key.h"

namespace mailassay::audit {
namespace {

using dkim::KeyStatus;
using reference::SigningKey;

constexpr int64_t kStart = 1700000000;
constexpr int64_t kADay = 86400;

std::string Sound(uint64_t seed = 1) {
  static std::map<uint64_t, std::string> records;
  std::string& record = records[seed];
  if (record.empty()) record = SigningKey::Rsa(seed, 2048).Record();
  return record;
}

KeyUseTally MakeUse(KeyUse use, uint64_t messages, int first_day,
                    int last_day) {
  KeyUseTally tally{.use = use, .messages = messages};
  tally.first_at = kStart + first_day * kADay;
  tally.last_at = kStart + last_day * kADay;
  tally.example = {0, 1, "mail.mbox@1"};
  tally.beside = "good._domainkey.other.example";
  return tally;
}

// A domain put together for a test; days count from kStart.
class Made {
 public:
  explicit Made(std::string_view domain = "example.com") {
    domain_.domain = domain;
  }

  Made& Selector(std::string_view name) {
    domain_.selectors.push_back({});
    domain_.selectors.back().selector = name;
    answer_ = std::make_shared<dkim::KeyAnswer>();
    answer_->name = Concat(name, "._domainkey.", domain_.domain);
    domain_.selectors.back().answer = answer_;
    answer_->status = KeyStatus::kNxDomain;
    answer_->source = "dns";
    return *this;
  }
  Made& Record(std::string_view text,
               dkim::KeyOrigin origin = {.source = "dns"}) {
    if (!origin.earlier) answer_->status = KeyStatus::kFound;
    answer_->records.push_back(dkim::ParseKeyRecord(text));
    answer_->origins.push_back(std::move(origin));
    return *this;
  }
  Made& Status(KeyStatus status) {
    answer_->status = status;
    return *this;
  }
  Made& Cname(std::vector<std::string> chain) {
    answer_->cname_chain = std::move(chain);
    return *this;
  }
  Made& AskedOn(int day) {
    answer_->answered_at = kStart + day * kADay;
    return *this;
  }
  // Mail of these days that passes, by one key.
  Made& Passes(int first_day, int last_day, uint64_t count = 10) {
    KeyTally& tally = Tally(first_day, last_day, count);
    tally.pass = count;
    tally.first_pass_at = tally.first_mail_at;
    tally.last_pass_at = tally.last_mail_at;
    return *this;
  }
  // The key of the tally made last.
  Made& By(std::string record) {
    domain_.selectors.back().keys.back().record = std::move(record);
    return *this;
  }
  Made& Fails(KeyUse use, int first_day, int last_day, uint64_t count = 10) {
    Tally(first_day, last_day, count)
        .uses.push_back(MakeUse(use, count, first_day, last_day));
    return *this;
  }
  // Of the tally made last, too.
  Made& Also(KeyUse use, uint64_t count) {
    KeyTally& tally = domain_.selectors.back().keys.back();
    KeyUseTally also = MakeUse(use, count, 0, 0);
    also.first_at = tally.first_mail_at;
    also.last_at = tally.last_mail_at;
    tally.uses.push_back(also);
    return *this;
  }
  Made& Wanted() {
    domain_.selectors.back().wanted = true;
    return *this;
  }
  Made& CnameAndOther() {
    domain_.selectors.back().cname_and_other = true;
    return *this;
  }
  Made& Wildcard(std::string_view what) {
    domain_.wildcard = what;
    return *this;
  }

  // What DNS has answered comes from a key file instead.
  Made FromFile() const {
    Made made;
    made.domain_ = domain_;
    made.domain_.wildcard.clear();  // no file shows one
    for (SelectorKeys& selector : made.domain_.selectors) {
      selector.cname_and_other = false;
      dkim::KeyAnswer answer = *selector.answer;
      answer.source = kFile;
      for (dkim::KeyOrigin& origin : answer.origins) {
        if (origin.source == dkim::kFromDns) origin.source = kFile;
      }
      selector.answer = std::make_shared<const dkim::KeyAnswer>(answer);
    }
    return made;
  }

  const DomainKeys& domain() const { return domain_; }
  // And says nothing of DNS where a key file has answered in its place.
  std::vector<KeyFinding> Find() const {
    for (const KeyFinding& finding : FromFile().FindAsIs()) {
      EXPECT_NE(GroundOf(finding.fault), Ground::kDns)
          << KeyFaultCode(finding.fault) << ": " << finding.detail;
      EXPECT_EQ(finding.detail.find("today"), std::string::npos);
      EXPECT_EQ(finding.detail.find("still"), std::string::npos);
    }
    return FindAsIs();
  }
  std::vector<KeyFinding> FindAsIs() const {
    KeyDirectory directory(1 << 20);
    Enter(&directory);
    directory.Compare();
    return FindingsOfDomain(domain_, directory);
  }
  void Enter(KeyDirectory* directory) const {
    for (const SelectorKeys& selector : domain_.selectors) {
      const auto& chain = selector.answer->cname_chain;
      for (const dkim::KeyRecord& record : selector.answer->records) {
        if (record.key == nullptr) continue;
        directory->Add(domain_.domain, selector.selector,
                       chain.empty() ? "" : chain.back(), *record.key);
      }
    }
  }

 private:
  static constexpr char kFile[] = "import:dir/keys.tsv";

  KeyTally& Tally(int first_day, int last_day, uint64_t count) {
    KeyTally& tally = domain_.selectors.back().keys.emplace_back();
    tally.count = tally.messages = count;
    tally.first_mail_at = kStart + first_day * kADay;
    tally.last_mail_at = kStart + last_day * kADay;
    tally.example = {0, 7, "mail.mbox@7"};
    return tally;
  }

  DomainKeys domain_;
  std::shared_ptr<dkim::KeyAnswer> answer_;
};

using Codes = std::set<std::string>;

// "selector code severity" of all findings.
Codes CodesOf(const std::vector<KeyFinding>& findings) {
  Codes codes;
  for (const KeyFinding& finding : findings) {
    EXPECT_FALSE(finding.fix.empty()) << KeyFaultCode(finding.fault);
    codes.insert(Concat(finding.selector.empty() ? "-" : finding.selector, " ",
                        KeyFaultCode(finding.fault), " ",
                        SeverityName(finding.severity)));
  }
  return codes;
}
Codes CodesOf(const Made& made) { return CodesOf(made.Find()); }

const KeyFinding* FindIn(const std::vector<KeyFinding>& findings,
                         KeyFault fault) {
  for (const KeyFinding& finding : findings) {
    if (finding.fault == fault) return &finding;
  }
  return nullptr;
}

const std::string kMicrosoftTarget =
    "selector1-example-com._domainkey.example.onmicrosoft.com";

TEST(KeyFindings, NothingOfWhatIsSound) {
  EXPECT_EQ(CodesOf(Made().Selector("s").Record(Sound()).Passes(0, 20)),
            Codes{});
  EXPECT_EQ(CodesOf(Made()), Codes{});
}

TEST(KeyFindings, NoRecord) {
  Made made;
  made.Selector("s").Fails(KeyUse::kNoKey, 0, 5);
  EXPECT_EQ(CodesOf(made), (Codes{"s no_record error"}));
  const KeyFinding finding = made.Find().at(0);
  EXPECT_EQ(finding.messages, 10u);
  EXPECT_EQ(finding.first_mail_at, kStart);
  EXPECT_EQ(finding.last_mail_at, kStart + 5 * kADay);
  EXPECT_EQ(finding.example, "mail.mbox@7");
  EXPECT_NE(finding.fix.find("s._domainkey.example.com"), std::string::npos);
  // Nobody was asked; nobody signs with it; asked for by name.
  EXPECT_EQ(CodesOf(Made()
                        .Selector("s")
                        .Status(KeyStatus::kNotAsked)
                        .Fails(KeyUse::kNoKey, 0, 5)),
            Codes{});
  EXPECT_EQ(CodesOf(Made().Selector("s")), Codes{});
  EXPECT_EQ(CodesOf(Made().Selector("s").Wanted()),
            (Codes{"s no_record error"}));
}

TEST(KeyFindings, RecordGone) {
  // By the time of asking, and without one by the domain's other mail.
  EXPECT_EQ(
      CodesOf(Made().Selector("s").AskedOn(100).Fails(KeyUse::kNoKey, 0, 5)),
      (Codes{"s record_gone info"}));
  EXPECT_EQ(CodesOf(Made()
                        .Selector("new")
                        .Record(Sound())
                        .Passes(60, 90)
                        .Selector("old")
                        .Fails(KeyUse::kNoKey, 0, 5)),
            (Codes{"old record_gone info"}));
  EXPECT_EQ(
      CodesOf(Made().Selector("s").AskedOn(34).Fails(KeyUse::kNoKey, 0, 5)),
      (Codes{"s no_record error"}));
}

TEST(KeyFindings, SelectorMismatch) {
  Made made;
  made.Selector("a").Record(Sound()).Passes(0, 20).Selector("b").Fails(
      KeyUse::kNoKey, 0, 20);
  EXPECT_EQ(CodesOf(made), (Codes{"b selector_mismatch error"}));
  EXPECT_EQ(FindIn(made.Find(), KeyFault::kSelectorMismatch)->detail,
            "published: a");
  // The other one has no key either.
  EXPECT_EQ(CodesOf(Made()
                        .Selector("a")
                        .Record("v=DKIM1; p=")
                        .Selector("b")
                        .Fails(KeyUse::kNoKey, 0, 20)),
            (Codes{"a revoked info", "b no_record error"}));
}

TEST(KeyFindings, SecondSignatureUnpublished) {
  Made made;
  made.Selector("b").Fails(KeyUse::kNoKey, 0, 20).Also(KeyUse::kBesidePass, 10);
  EXPECT_EQ(CodesOf(made), (Codes{"b second_signature_unpublished warning"}));
  EXPECT_NE(made.Find().at(0).detail.find("good._domainkey.other.example"),
            std::string::npos);
  // Some messages have nothing else.
  EXPECT_EQ(
      CodesOf(Made()
                  .Selector("b")
                  .Fails(KeyUse::kNoKey, 0, 20)
                  .Also(KeyUse::kBesidePass, 9)),
      (Codes{"b second_signature_unpublished warning", "b no_record error"}));
}

TEST(KeyFindings, OtherProvidersSelectorAtMicrosoft) {
  for (const char* selector : {"google", "spf", "s1", "zendesk1"}) {
    const Codes codes = CodesOf(Made()
                                    .Selector("selector1")
                                    .Record(Sound())
                                    .Cname({kMicrosoftTarget})
                                    .Passes(0, 20)
                                    .Selector(selector)
                                    .Fails(KeyUse::kNoKey, 0, 20));
    EXPECT_EQ(codes,
              (Codes{Concat(selector, " other_provider_selector error")}));
  }
  // Published and in use: two services, no fault.
  EXPECT_EQ(CodesOf(Made()
                        .Selector("google")
                        .Record(Sound(2))
                        .Passes(0, 20)
                        .Selector("selector1")
                        .Record(Sound())
                        .Cname({kMicrosoftTarget})
                        .Passes(0, 20)),
            Codes{});
  // No service shows behind the name, or the domain is not Microsoft's.
  EXPECT_EQ(CodesOf(Made()
                        .Selector("selector1")
                        .Record(Sound())
                        .Cname({kMicrosoftTarget})
                        .Passes(0, 20)
                        .Selector("x7")
                        .Fails(KeyUse::kNoKey, 0, 20)),
            (Codes{"x7 selector_mismatch error"}));
  EXPECT_EQ(CodesOf(Made()
                        .Selector("google")
                        .Fails(KeyUse::kNoKey, 0, 20)
                        .Selector("own")
                        .Record(Sound())
                        .Passes(0, 20)),
            (Codes{"google selector_mismatch error"}));
}

TEST(KeyFindings, Revoked) {
  const auto with = [](int asked) {
    return CodesOf(Made()
                       .Selector("s")
                       .Record("v=DKIM1; p=")
                       .AskedOn(asked)
                       .Fails(KeyUse::kNoKey, 0, 5));
  };
  EXPECT_EQ(with(20), (Codes{"s revoked error"}));
  EXPECT_EQ(with(200), (Codes{"s revoked info"}));
}

TEST(KeyFindings, NoAnswer) {
  for (const KeyStatus status :
       {KeyStatus::kServfail, KeyStatus::kTimeout, KeyStatus::kRefused}) {
    EXPECT_EQ(CodesOf(Made().Selector("s").Status(status).Passes(0, 5)),
              (Codes{"s no_answer warning"}));
  }
  EXPECT_EQ(
      CodesOf(Made().Selector("s").Status(KeyStatus::kBogus).Passes(0, 5)),
      (Codes{"s no_answer error"}));
}

TEST(KeyFindings, Cnames) {
  const auto with = [](KeyStatus status, std::string target) {
    return CodesOf(Made()
                       .Selector("a")
                       .Status(status)
                       .Cname({std::move(target)})
                       .Fails(KeyUse::kNoKey, 0, 5));
  };
  EXPECT_EQ(with(KeyStatus::kNxDomain, "x.example"),
            (Codes{"a cname_dangling error"}));
  EXPECT_EQ(with(KeyStatus::kNoData, "x.example"),
            (Codes{"a cname_dangling error"}));
  EXPECT_EQ(with(KeyStatus::kCnameLoop, "x.example"),
            (Codes{"a cname_loop error"}));
  EXPECT_EQ(with(KeyStatus::kCnameLimit, "x.example"),
            (Codes{"a cname_loop error"}));
  EXPECT_EQ(CodesOf(Made()
                        .Selector("a")
                        .Record(Sound())
                        .Cname({"x.example"})
                        .Passes(0, 5)),
            Codes{});
  EXPECT_EQ(CodesOf(Made()
                        .Selector("a")
                        .Record(Sound())
                        .Cname({"x.example"})
                        .CnameAndOther()
                        .Passes(0, 5)),
            (Codes{"a cname_and_records error"}));
}

TEST(KeyFindings, CnameMissing) {
  // The other one of Microsoft's two shows that it is Microsoft's.
  EXPECT_EQ(CodesOf(Made()
                        .Selector("selector1")
                        .Record(Sound())
                        .Cname({kMicrosoftTarget})
                        .Passes(0, 5)
                        .Selector("selector2")
                        .Fails(KeyUse::kNoKey, 6, 9)),
            (Codes{"selector2 cname_missing error"}));
  EXPECT_EQ(CodesOf(Made().Selector("zendesk1").Fails(KeyUse::kNoKey, 6, 9)),
            (Codes{"zendesk1 cname_missing error"}));
  // The idle one may be absent, or lead nowhere.
  for (const bool has_cname : {false, true}) {
    Made made;
    made.Selector("selector1")
        .Record(Sound())
        .Cname({kMicrosoftTarget})
        .Passes(0, 5)
        .Selector("selector2");
    if (has_cname) {
      made.Cname({"selector2-example-com._domainkey.example.onmicrosoft.com"});
    }
    EXPECT_EQ(CodesOf(made), Codes{});
  }
  // Nothing shows whose selector1 it is: the fix says "if".
  Made unsure;
  unsure.Selector("selector1").Fails(KeyUse::kNoKey, 0, 5);
  EXPECT_EQ(CodesOf(unsure), (Codes{"selector1 no_record error"}));
  EXPECT_NE(unsure.Find()[0].fix.find(" If Microsoft 365 signs"),
            std::string::npos);
}

TEST(KeyFindings, CnameToTheWrongTarget) {
  const auto with = [](std::string target) {
    return CodesOf(Made()
                       .Selector("selector1")
                       .Cname({std::move(target)})
                       .Fails(KeyUse::kNoKey, 0, 5));
  };
  const Codes wrong = {"selector1 cname_wrong_target error"};
  const Codes dangling = {"selector1 cname_dangling error"};
  EXPECT_EQ(with("selector2-example-com._domainkey.example.onmicrosoft.com"),
            wrong);
  EXPECT_EQ(with("selector1-other-org._domainkey.other.onmicrosoft.com"),
            wrong);
  EXPECT_EQ(with(kMicrosoftTarget + ".example.com"), wrong);
  EXPECT_EQ(with("selector1-example-com._domainkey.example.onmicrosoft.net"),
            wrong);
  EXPECT_EQ(with("example.onmicrosoft.com"), wrong);
  // Right, in both generations, and no target of Microsoft's at all.
  EXPECT_EQ(with(kMicrosoftTarget), dangling);
  EXPECT_EQ(
      with("selector1-example-com._domainkey.example.n-v1.dkim.mail.microsoft"),
      dangling);
  EXPECT_EQ(with("dkim.gateway.example"), dangling);
  EXPECT_EQ(CodesOf(Made()
                        .Selector("zendesk1")
                        .Cname({"zendesk1._domainkey.elsewhere.example"})
                        .Fails(KeyUse::kNoKey, 0, 5)),
            (Codes{"zendesk1 cname_wrong_target error"}));
  // It leads to a key, which verifies: right for this domain.
  EXPECT_EQ(CodesOf(Made()
                        .Selector("zendesk1")
                        .Record(Sound())
                        .Cname({"zendesk1._domainkey.elsewhere.example"})
                        .Passes(0, 5)),
            Codes{});
  // Swapped: both lead to keys, and none fits.
  EXPECT_TRUE(
      CodesOf(Made()
                  .Selector("selector1")
                  .Record(Sound())
                  .Cname({"selector2-example-com._domainkey.t.onmicrosoft.com"})
                  .Fails(KeyUse::kWrongKey, 0, 5))
          .contains("selector1 cname_wrong_target error"));
}

TEST(KeyFindings, TxtForCname) {
  EXPECT_EQ(CodesOf(Made()
                        .Selector("selector1")
                        .Record(Sound())
                        .Cname({kMicrosoftTarget})
                        .Passes(0, 5)
                        .Selector("selector2")
                        .Record(Sound(2))
                        .Passes(0, 5)),
            (Codes{"selector2 txt_for_cname warning"}));
  EXPECT_EQ(CodesOf(Made().Selector("selector1").Record(Sound()).Passes(0, 5)),
            (Codes{"selector1 txt_for_cname info"}));
  // Google publishes TXT; s1 may be anybody's.
  EXPECT_EQ(CodesOf(Made().Selector("google").Record(Sound()).Passes(0, 5)),
            Codes{});
  EXPECT_EQ(CodesOf(Made().Selector("s1").Record(Sound()).Passes(0, 5)),
            Codes{});
}

TEST(KeyFindings, Wildcard) {
  EXPECT_EQ(CodesOf(Made().Wildcard("v=DKIM1; p=")),
            (Codes{"- wildcard warning"}));
}

TEST(KeyFindings, TextOfTheRecord) {
  const std::string sound = Sound();
  const auto with = [](const std::vector<std::string>& records) {
    Made made;
    made.Selector("s");
    for (const std::string& record : records) made.Record(record);
    made.Passes(0, 5);
    return CodesOf(made);
  };
  const auto one = [](std::string_view code) {
    return Codes{Concat("s ", code)};
  };
  // Split into several records, in any order.
  EXPECT_EQ(with({sound.substr(0, 255), sound.substr(255)}),
            one("txt_split error"));
  EXPECT_EQ(with({sound.substr(255), sound.substr(0, 255)}),
            one("txt_split error"));
  // Cut short: at the string, elsewhere, in the middle of a group.
  for (const size_t size : {255u, 254u, 200u, 301u}) {
    EXPECT_EQ(with({sound.substr(0, size)}), one("txt_truncated error"))
        << size;
  }
  EXPECT_EQ(with({sound}), Codes{});
  // Quotes and blanks.
  EXPECT_EQ(with({sound.substr(0, 255) + "\" \"" + sound.substr(255)}),
            one("txt_quotes error"));
  EXPECT_EQ(with({"\"" + sound + "\""}), one("txt_quotes error"));
  EXPECT_EQ(with({"v=DKI M1; " + sound.substr(9)}), one("txt_blanks error"));
  EXPECT_EQ(with({sound.substr(0, 255) + " " + sound.substr(255)}),
            one("txt_blanks warning"));
  EXPECT_EQ(with({"v=DKIM1;  k=rsa ;" + sound.substr(15) + " "}), Codes{});
  // Several.
  EXPECT_EQ(with({sound, "v=spf1 -all"}), one("several_records warning"));
  EXPECT_EQ(with({sound, Sound(2)}), one("several_records warning"));
  EXPECT_EQ(with({"v=spf1 -all", "some-verification=1"}),
            (Codes{"s several_records error", "s bad_tags error"}));
  // Tags.
  const std::string p = sound.substr(sound.find("p="));
  for (const std::string& record : std::vector<std::string>{
           "v=DKIM2; " + p, "v=DKIM1; " + p + "; " + p, "k=rsa; " + p.substr(2),
           "v=DKIM1; k=rsa", "v=DKIM1; k=dsa; " + p, "v=DKIM1; s=tlsrpt; " + p,
           "v=DKIM1; h=sha1; " + p}) {
    EXPECT_EQ(with({record}), one("bad_tags error")) << record;
  }
  EXPECT_EQ(with({"k=rsa; v=DKIM1; " + p}), one("bad_tags warning"));
  for (const std::string& record : std::vector<std::string>{
           p, "k=rsa; " + p,
           "v=DKIM1; h=sha1:sha256; s=*; n=note; " + p + ";"}) {
    EXPECT_EQ(with({record}), Codes{}) << record;
  }
  // Damage.
  std::string damaged = sound;
  damaged[100] = '#';
  EXPECT_EQ(with({damaged}), one("bad_base64 error"));
  EXPECT_EQ(with({"v=DKIM1; p=AAAAAAAA"}), one("bad_key error"));
  EXPECT_EQ(with({"v=DKIM1; p=-----BEGIN PUBLIC KEY-----" + p.substr(2)}),
            one("bad_key error"));
}

TEST(KeyFindings, TooManyRecords) {
  EXPECT_EQ(
      CodesOf(Made().Selector("s").Status(KeyStatus::kTxtLimit).Passes(0, 5)),
      (Codes{"s several_records error"}));
}

TEST(KeyFindings, StrengthOfKeys) {
  const auto with = [](const SigningKey& key, int asked = 5) {
    return CodesOf(
        Made().Selector("s").Record(key.Record()).AskedOn(asked).Passes(0, 5));
  };
  EXPECT_EQ(with(SigningKey::Rsa(1, 1022)), (Codes{"s key_too_short error"}));
  EXPECT_EQ(with(SigningKey::Rsa(1, 1024)), (Codes{"s key_weak warning"}));
  EXPECT_EQ(with(SigningKey::Rsa(1, 2046)), (Codes{"s key_weak warning"}));
  EXPECT_EQ(with(SigningKey::Rsa(1, 2048)), Codes{});
  EXPECT_EQ(with(SigningKey::Rsa(1, 2048, 3)),
            (Codes{"s odd_exponent warning"}));
  EXPECT_EQ(with(SigningKey::Ed25519(1)), Codes{});
  // One severity less out of use.
  EXPECT_EQ(with(SigningKey::Rsa(1, 1022), 99),
            (Codes{"s key_too_short warning"}));
  EXPECT_EQ(with(SigningKey::Rsa(1, 1024), 99), (Codes{"s key_weak info"}));
}

TEST(KeyFindings, Disclosed) {
  const dkim::KeyOrigin disclosed{.source = "dns", .disclosed = true};
  EXPECT_EQ(
      CodesOf(Made().Selector("s").Record(Sound(), disclosed).Passes(0, 5)),
      (Codes{"s key_disclosed error"}));
  EXPECT_EQ(CodesOf(Made()
                        .Selector("s")
                        .Record("v=DKIM1; p=", disclosed)
                        .AskedOn(99)
                        .Passes(0, 5)),
            (Codes{"s revoked info"}));
}

TEST(KeyFindings, WaysOfSigning) {
  const auto with = [](KeyUse use, uint64_t count,
                       std::string_view domain = "example.com") {
    return CodesOf(
        Made(domain).Selector("s").Record(Sound()).Passes(0, 20).Also(use,
                                                                      count));
  };
  EXPECT_EQ(with(KeyUse::kSha1, 10), (Codes{"s sha1_only error"}));
  EXPECT_EQ(with(KeyUse::kSha1, 9), Codes{});
  EXPECT_EQ(with(KeyUse::kLoneEd25519, 1), (Codes{"s ed25519_only warning"}));
  EXPECT_EQ(with(KeyUse::kUnaligned, 3, "contoso.onmicrosoft.com"),
            (Codes{"s default_signing warning"}));
  EXPECT_EQ(with(KeyUse::kUnaligned, 3, "a-com.20230601.gappssmtp.com"),
            (Codes{"s default_signing warning"}));
  EXPECT_EQ(with(KeyUse::kUnaligned, 3), Codes{});
  EXPECT_EQ(with(KeyUse::kTesting, 3), Codes{});  // not published any more
}

TEST(KeyFindings, Testing) {
  const std::string record = SigningKey::Rsa(1, 2048).Record("t=y; ");
  const auto with = [&](int last_day) {
    return CodesOf(Made()
                       .Selector("s")
                       .Record(record)
                       .Passes(0, last_day)
                       .Also(KeyUse::kTesting, 10));
  };
  EXPECT_EQ(with(8), (Codes{"s testing warning"}));
  EXPECT_EQ(with(7), Codes{});
  EXPECT_EQ(CodesOf(Made().Selector("s").Record(record)),
            (Codes{"s testing info"}));
}

TEST(KeyFindings, KeyReplacedUnderOneSelector) {
  const auto with = [](int wrong_first, int wrong_last, int pass_first,
                       int pass_last, uint64_t wrong = 10) {
    return CodesOf(
        Made()
            .Selector("s")
            .Record(Sound())
            .Passes(pass_first, pass_last)
            .Also(KeyUse::kSha1, 0)
            .Fails(KeyUse::kWrongKey, wrong_first, wrong_last, wrong));
  };
  EXPECT_EQ(with(0, 10, 11, 20), (Codes{"s key_replaced info"}));
  EXPECT_EQ(with(11, 20, 0, 10), (Codes{"s key_mismatch error"}));
  // Mixed up, or a single damaged message.
  EXPECT_EQ(with(0, 12, 11, 20), Codes{});
  EXPECT_EQ(with(0, 0, 11, 20, 1), Codes{});
  EXPECT_EQ(with(20, 20, 0, 10, 1), Codes{});
}

TEST(KeyFindings, NoneFitsThePublishedKey) {
  const auto with = [](int asked, uint64_t count) {
    return CodesOf(Made().Selector("s").Record(Sound()).AskedOn(asked).Fails(
        KeyUse::kWrongKey, 0, 10, count));
  };
  EXPECT_EQ(with(20, 10), (Codes{"s key_mismatch error"}));
  EXPECT_EQ(with(20, 1), (Codes{"s key_mismatch info"}));
  EXPECT_EQ(with(900, 10), (Codes{"s key_replaced info"}));
}

TEST(KeyFindings, SelectorReused) {
  Made made;
  made.Selector("s")
      .Record(Sound())
      .Record(Sound(2), {.source = "import:a", .earlier = true})
      .Passes(0, 10)
      .Passes(11, 20);
  EXPECT_EQ(CodesOf(made), (Codes{"s selector_reused warning"}));
  // Both published at once: that is another fault.
  EXPECT_EQ(CodesOf(Made()
                        .Selector("s")
                        .Record(Sound())
                        .Record(Sound(2))
                        .Passes(0, 10)
                        .By(Sound())
                        .Passes(11, 20)
                        .By(Sound(2))),
            (Codes{"s several_records warning"}));
  // One more that signs nothing hides nothing.
  EXPECT_EQ(
      CodesOf(Made()
                  .Selector("s")
                  .Record(Sound())
                  .Record(Sound(2), {.source = "import:a", .earlier = true})
                  .Record(Sound(3))
                  .Passes(0, 10)
                  .By(Sound(2))
                  .Passes(11, 20)
                  .By(Sound())),
      (Codes{"s several_records warning", "s selector_reused warning"}));
}

TEST(KeyFindings, RotationAndOverlap) {
  const auto with = [](int new_first) {
    return Made()
        .Selector("a")
        .Record("v=DKIM1; p=")
        .Passes(0, 50)
        .Selector("b")
        .Record(Sound())
        .Passes(new_first, 90)
        .Find();
  };
  const auto overlapping = with(47);
  const KeyFinding* found = FindIn(overlapping, KeyFault::kRotation);
  ASSERT_NE(found, nullptr);
  EXPECT_EQ(found->selector, "a");
  EXPECT_EQ(found->detail, "to b on 2023-12-31, overlapping by 3 days");
  const auto with_gap = with(52);
  EXPECT_NE(FindIn(with_gap, KeyFault::kRotation)
                ->detail.find("after a gap of 2 days"),
            std::string::npos);
  // Another service that began long before or after.
  EXPECT_EQ(FindIn(with(10), KeyFault::kRotation), nullptr);
  EXPECT_EQ(FindIn(with(81), KeyFault::kRotation), nullptr);
}

TEST(KeyFindings, ParallelKeys) {
  const auto with = [](int first, int last) {
    return CodesOf(Made()
                       .Selector("a")
                       .Record(Sound())
                       .Passes(0, 100)
                       .Selector("b")
                       .Record(Sound(2))
                       .Passes(first, last));
  };
  EXPECT_EQ(with(10, 100), (Codes{"- parallel_keys info"}));
  EXPECT_FALSE(with(60, 100).contains("- parallel_keys info"));
}

TEST(KeyFindings, AgeAndRetirement) {
  const auto old = [](int last) {
    return CodesOf(Made().Selector("s").Record(Sound()).Passes(0, last));
  };
  EXPECT_EQ(old(365), (Codes{"s key_old info"}));
  EXPECT_EQ(old(364), Codes{});
  const auto retired = [](std::string_view selector, int last,
                          std::string_view record) {
    return CodesOf(Made()
                       .Selector(selector)
                       .Record(record)
                       .Passes(0, last)
                       .Selector("z")
                       .Record(Sound(2))
                       .Passes(0, 100));
  };
  EXPECT_TRUE(retired("s", 10, Sound()).contains("s retired_published info"));
  EXPECT_FALSE(retired("s", 11, Sound()).contains("s retired_published info"));
  EXPECT_FALSE(
      retired("s", 10, "v=DKIM1; p=").contains("s retired_published info"));
  // Microsoft's two take turns.
  EXPECT_FALSE(retired("selector1", 10, Sound())
                   .contains("selector1 retired_published info"));
}

TEST(KeyFindings, RemovedEarly) {
  const auto with = [](int asked, dkim::KeyOrigin origin) {
    return CodesOf(Made()
                       .Selector("s")
                       .Record(Sound(), std::move(origin))
                       .AskedOn(asked)
                       .Passes(0, 10));
  };
  const dkim::KeyOrigin history{.source = "dns", .earlier = true};
  EXPECT_TRUE(with(16, history).contains("s removed_early warning"));
  EXPECT_FALSE(with(17, history).contains("s removed_early warning"));
  // A source that watches others' queries does not see that it is gone.
  dkim::KeyOrigin watched{.source = "import:pdns", .earlier = true};
  watched.last_seen = kStart + 12 * kADay;
  EXPECT_FALSE(with(900, watched).contains("s removed_early warning"));
  EXPECT_EQ(with(16, {.source = "dns"}), Codes{});
}

TEST(KeyFindings, SignedBeforePublished) {
  const auto with = [](int first_seen, std::string_view source,
                       bool passes = false) {
    dkim::KeyOrigin origin{.source = std::string(source)};
    origin.first_seen = kStart + first_seen * kADay;
    Made made;
    made.Selector("s").Record(Sound(), origin);
    passes ? made.Passes(0, 20) : made.Fails(KeyUse::kSha1, 0, 20, 0);
    return CodesOf(made);
  };
  EXPECT_EQ(with(3, "import:pdns"),
            (Codes{"s signed_before_published warning"}));
  EXPECT_EQ(with(3, "import:pdns", true),
            (Codes{"s signed_before_published info"}));
  EXPECT_EQ(with(2, "import:pdns"), Codes{});
  EXPECT_EQ(with(3, "dns"), Codes{});
}

TEST(KeyFindings, SameKey) {
  Made made;
  made.Selector("a").Record(Sound()).Selector("b").Record(Sound());
  EXPECT_EQ(CodesOf(made), (Codes{"a same_key warning"}));
  EXPECT_EQ(made.Find()[0].detail, "also b._domainkey.example.com");
  // One record of the service that both names lead to.
  EXPECT_EQ(CodesOf(Made()
                        .Selector("a")
                        .Record(Sound())
                        .Cname({"k.esp.example"})
                        .Selector("b")
                        .Record(Sound())
                        .Cname({"k.esp.example"})),
            Codes{});
  // Of several domains.
  Made other("other.example");
  other.Selector("x").Record(Sound());
  KeyDirectory directory(1 << 20);
  other.Enter(&directory);
  Made first;
  first.Selector("a").Record(Sound()).Enter(&directory);
  directory.Compare();
  EXPECT_EQ(CodesOf(FindingsOfDomain(other.domain(), directory)),
            (Codes{"x same_key info"}));
  EXPECT_EQ(CodesOf(FindingsOfDomain(first.domain(), directory)), Codes{});
}

// RSA moduli of shared primes, far too short for anything else.
std::string RecordOfPrimes(const char* p, const char* q) {
  BIGNUM *a = nullptr, *b = nullptr, *n = BN_new();
  BN_CTX* context = BN_CTX_new();
  BN_hex2bn(&a, p);
  BN_hex2bn(&b, q);
  BN_mul(n, a, b, context);
  std::vector<uint8_t> der(static_cast<size_t>(BN_num_bytes(n)));
  BN_bn2bin(n, der.data());
  BN_free(a), BN_free(b), BN_free(n), BN_CTX_free(context);
  if (der[0] >= 0x80) der.insert(der.begin(), 0);
  der.insert(der.begin(), {0x02, static_cast<uint8_t>(der.size())});
  der.insert(der.end(), {0x02, 3, 1, 0, 1});
  der.insert(der.begin(), {0x30, static_cast<uint8_t>(der.size())});
  return "v=DKIM1; p=" + EncodeBase64(der);
}

TEST(KeyFindings, SharedFactor) {
  // 2^61 - 1, 2^89 - 1, 2^107 - 1, 2^127 - 1.
  const char* primes[] = {"1FFFFFFFFFFFFFFF", "1FFFFFFFFFFFFFFFFFFFFFF",
                          "7FFFFFFFFFFFFFFFFFFFFFFFFFF",
                          "7FFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF"};
  Made made;
  made.Selector("a").Record(RecordOfPrimes(primes[0], primes[1]));
  made.Selector("b").Record(RecordOfPrimes(primes[1], primes[2]));
  made.Selector("c").Record(RecordOfPrimes(primes[2], primes[3]));
  made.Selector("d").Record(Sound());
  EXPECT_EQ(CodesOf(made),
            (Codes{"a shared_factor error", "b shared_factor error",
                   "c shared_factor error", "a key_too_short error",
                   "b key_too_short error", "c key_too_short error"}));
  EXPECT_EQ(FindIn(made.Find(), KeyFault::kSharedFactor)->detail,
            "with the key of b._domainkey.example.com");
}

TEST(KeyFindings, FixesSpeakTheServicesWords) {
  Made google;
  google.Selector("google")
      .Record(SigningKey::Rsa(1, 1024).Record())
      .Passes(0, 5);
  const KeyFinding weak = google.Find().at(0);
  EXPECT_EQ(weak.provider, "Google Workspace");
  EXPECT_NE(weak.fix.find("Admin console"), std::string::npos);
  Made microsoft;
  microsoft.Selector("selector1")
      .Record(SigningKey::Rsa(1, 1024).Record())
      .Cname({kMicrosoftTarget})
      .Passes(0, 5);
  EXPECT_NE(microsoft.Find().at(0).fix.find("Rotate-DkimSigningConfig"),
            std::string::npos);
}

// Each code, as it is with an answer of DNS; with a key file in its place, what
// says something of DNS is not said, and a record is said to be the file's.
TEST(KeyWitness, D21_EachCodeWithDnsAndWithAFile) {
  const std::string sound = Sound(), p = sound.substr(sound.find("p="));
  const auto rsa = [](int bits, uint32_t e = 65537) {
    return SigningKey::Rsa(1, bits, e).Record();
  };
  const auto made = [](std::string_view selector, std::string_view record) {
    Made domain;
    domain.Selector(selector).Record(record);
    return domain;
  };
  const auto absent = [](std::string_view selector) {
    Made domain;
    domain.Selector(selector).Fails(KeyUse::kNoKey, 0, 5);
    return domain;
  };
  const auto microsoft = [&](std::string_view other) {
    Made domain;
    domain.Selector("selector1").Record(sound).Cname({kMicrosoftTarget});
    domain.Passes(0, 20).Selector(other);
    return domain;
  };
  const auto cname = [](KeyStatus status, const std::string& target) {
    Made domain;
    domain.Selector("selector1").Status(status).Cname({target});
    domain.Fails(KeyUse::kNoKey, 0, 5);
    return domain;
  };
  dkim::KeyOrigin seen{.source = "import:pdns"};
  seen.first_seen = kStart + 9 * kADay;
  const dkim::KeyOrigin disclosed{.source = "dns", .disclosed = true};
  const dkim::KeyOrigin earlier{.source = "dns", .earlier = true};
  const dkim::KeyOrigin other{.source = "import:a", .earlier = true};
  const std::map<KeyFault, Made> with = {
      {KeyFault::kNoRecord, absent("s")},
      {KeyFault::kRecordGone, absent("s").AskedOn(100)},
      {KeyFault::kSelectorMismatch, made("a", sound)
                                        .Passes(0, 20)
                                        .Selector("b")
                                        .Fails(KeyUse::kNoKey, 0, 20)},
      {KeyFault::kOtherProvider,
       microsoft("google").Fails(KeyUse::kNoKey, 0, 20)},
      {KeyFault::kSecondUnpublished, absent("b").Also(KeyUse::kBesidePass, 10)},
      {KeyFault::kSignedBefore,
       Made().Selector("s").Record(sound, seen).Passes(0, 20)},
      {KeyFault::kRevoked,
       made("s", "v=DKIM1; p=").Fails(KeyUse::kNoKey, 0, 5)},
      {KeyFault::kNoAnswer,
       Made().Selector("s").Status(KeyStatus::kTimeout).Passes(0, 5)},
      {KeyFault::kCnameMissing, absent("zendesk1")},
      {KeyFault::kCnameDangling, cname(KeyStatus::kNxDomain, kMicrosoftTarget)},
      {KeyFault::kCnameLoop, cname(KeyStatus::kCnameLoop, "x.example")},
      {KeyFault::kCnameTarget,
       cname(KeyStatus::kNxDomain, "example.onmicrosoft.com")},
      {KeyFault::kCnameAndOther, made("a", sound).CnameAndOther()},
      {KeyFault::kTxtForCname, made("selector1", sound).Passes(0, 5)},
      {KeyFault::kWildcard, Made().Wildcard("v=DKIM1; p=")},
      {KeyFault::kTxtSplit,
       made("s", sound.substr(0, 255)).Record(sound.substr(255))},
      {KeyFault::kTxtTruncated, made("s", sound.substr(0, 255))},
      {KeyFault::kTxtQuotes, made("s", "\"" + sound + "\"")},
      {KeyFault::kTxtBlanks, made("s", "v=DKI M1; " + sound.substr(9))},
      {KeyFault::kSeveralRecords, made("s", sound).Record(Sound(2))},
      {KeyFault::kBadTags, made("s", "v=DKIM2; " + p)},
      {KeyFault::kBadBase64, made("s", "v=DKIM1; p=#" + p.substr(2))},
      {KeyFault::kBadKey, made("s", "v=DKIM1; p=AAAAAAAA")},
      {KeyFault::kKeyTooShort, made("s", rsa(1022))},
      {KeyFault::kKeyWeak, made("s", rsa(1024))},
      {KeyFault::kOddExponent, made("s", rsa(2048, 3))},
      {KeyFault::kDisclosed, Made().Selector("s").Record(sound, disclosed)},
      {KeyFault::kKeyMismatch,
       made("s", sound).Fails(KeyUse::kWrongKey, 0, 10)},
      {KeyFault::kSha1Only,
       made("s", sound).Passes(0, 20).Also(KeyUse::kSha1, 10)},
      {KeyFault::kEd25519Only,
       made("s", sound).Passes(0, 20).Also(KeyUse::kLoneEd25519, 1)},
      {KeyFault::kTesting, made("s", SigningKey::Rsa(1, 2048).Record("t=y; "))},
      {KeyFault::kDefaultSigning, Made("contoso.onmicrosoft.com")
                                      .Selector("s")
                                      .Record(sound)
                                      .Passes(0, 20)
                                      .Also(KeyUse::kUnaligned, 3)},
      {KeyFault::kKeyReplaced,
       made("s", sound).Passes(11, 20).Fails(KeyUse::kWrongKey, 0, 10)},
      {KeyFault::kSelectorReused,
       made("s", sound).Record(Sound(2), other).Passes(0, 10).Passes(11, 20)},
      {KeyFault::kRotation, made("a", "v=DKIM1; p=")
                                .Passes(0, 50)
                                .Selector("b")
                                .Record(sound)
                                .Passes(52, 90)},
      {KeyFault::kParallelKeys, made("a", sound)
                                    .Passes(0, 100)
                                    .Selector("b")
                                    .Record(Sound(2))
                                    .Passes(10, 100)},
      {KeyFault::kKeyOld, made("s", sound).Passes(0, 400)},
      {KeyFault::kRetiredPublished, made("s", sound)
                                        .Passes(0, 10)
                                        .Selector("z")
                                        .Record(Sound(2))
                                        .Passes(0, 100)},
      {KeyFault::kRemovedEarly,
       Made().Selector("s").Record(sound, earlier).AskedOn(12).Passes(0, 10)},
      {KeyFault::kSameKey, made("a", sound).Selector("b").Record(sound)},
  };
  for (int i = 0; i < static_cast<int>(KeyFault::kCount); ++i) {
    const auto fault = static_cast<KeyFault>(i);
    // Of keys that were not compared, and of primes: SharedFactor.
    if (fault == KeyFault::kNotCompared || fault == KeyFault::kSharedFactor) {
      continue;
    }
    SCOPED_TRACE(KeyFaultCode(fault));
    const auto found = with.find(fault);
    ASSERT_NE(found, with.end());
    const auto by_dns = found->second.Find();
    ASSERT_NE(FindIn(by_dns, fault), nullptr);
    EXPECT_EQ(FindIn(by_dns, fault)->detail.find("keys.tsv"),
              std::string::npos);
    const auto by_file = found->second.FromFile().FindAsIs();
    const KeyFinding* said = FindIn(by_file, fault);
    EXPECT_EQ(said == nullptr, GroundOf(fault) == Ground::kDns);
    if (said == nullptr || GroundOf(fault) == Ground::kMail) continue;
    EXPECT_NE(
        said->detail.find(fault == KeyFault::kSignedBefore ? "by pdns"
                                                           : "(in keys.tsv)"),
        std::string::npos)
        << said->detail;
    EXPECT_TRUE(said->fix.starts_with("DNS has not been asked.")) << said->fix;
  }
}

// What a key history remembers of DNS has its date.
TEST(KeyWitness, RememberedAnswersOfDns) {
  Made made;
  made.Selector("s").AskedOn(3).Fails(KeyUse::kNoKey, 0, 5);
  DomainKeys domain = made.domain();
  dkim::KeyAnswer answer = *domain.selectors[0].answer;
  answer.source = dkim::kFromHistory;
  domain.selectors[0].answer = std::make_shared<dkim::KeyAnswer>(answer);
  const auto found = FindingsOfDomain(domain, KeyDirectory(0));
  ASSERT_NE(FindIn(found, KeyFault::kNoRecord), nullptr);
  EXPECT_EQ(FindIn(found, KeyFault::kNoRecord)->detail,
            "nxdomain (DNS, 2023-11-17)");
}

// From the rows of a ledger: in order, whatever the cap, and bounded.
class Streamed {
 public:
  explicit Streamed(size_t cap, size_t key_bytes = 1 << 20) {
    SpillMap<KeyTally> keys(cap, &storage_);
    for (int d = 20; d-- > 0;) {
      for (int s = 3; s-- > 0;) {
        KeyTally tally;
        tally.count = tally.messages = 1;
        tally.type = "rsa";
        tally.record = Sound(static_cast<uint64_t>(1 + d % 2));
        tally.example = {0, 5, "mail.mbox@5"};
        keys.Merge(Concat("d", d + 10, ".example", std::string(1, '\0'), "s", s,
                          std::string(1, '\0'), "aa"),
                   tally);
      }
    }
    const auto answer_of = [](const std::string& name) {
      auto answer = std::make_shared<dkim::KeyAnswer>();
      answer->name = name;
      answer->status = KeyStatus::kFound;
      answer->records.push_back(
          dkim::ParseKeyRecord(SigningKey::Rsa(1, 1024).Record()));
      answer->origins.push_back({.source = "dns"});
      return answer;
    };
    FindKeyFindings(keys, answer_of, key_bytes, [&](const KeyFinding& finding) {
      WriteOut(finding);
      sums_.Add(finding);
    });
  }
  const std::string& text() const { return text_; }
  const KeyFindingSums& sums() const { return sums_; }

 private:
  void WriteOut(const KeyFinding& finding) {
    text_ += Concat(finding.domain, " ", finding.selector, " ",
                    KeyFaultCode(finding.fault), "\n");
  }
  MemoryStorage storage_;
  std::string text_;
  KeyFindingSums sums_;
};

TEST(KeyFindings, StreamedByDomain) {
  const Streamed whole(1 << 30);
  EXPECT_EQ(CountLines(whole.text()), 60u);
  EXPECT_TRUE(
      whole.text().starts_with("d10.example s0 key_weak\n"
                               "d10.example s1 key_weak\n"));
  EXPECT_EQ(whole.sums().counts[1], 60u);
  EXPECT_EQ(whole.sums().worst.size(), KeyFindingSums::kWorst);
  EXPECT_EQ(Streamed(1).text(), whole.text());
  const Streamed capped(1 << 30, 30000);  // one fits
  EXPECT_TRUE(capped.text().starts_with("  not_compared\n"));
}

TEST(KeyFindings, WorstFirst) {
  KeyFinding error, warning, more;
  error.severity = Severity::kError;
  warning.severity = Severity::kWarning;
  warning.messages = 100;
  more = error;
  more.messages = 2;
  EXPECT_TRUE(IsWorse(error, warning));
  EXPECT_TRUE(IsWorse(more, error));
  EXPECT_FALSE(IsWorse(warning, more));
}

TEST(KeyProviders, ShowByTargetOrSelector) {
  const auto named = [](std::string_view selector,
                        std::vector<std::string> chain) {
    const ProviderMatch match = ProviderOf(selector, chain);
    return match.provider == nullptr
               ? std::string("?")
               : Concat(match.provider->name, match.sure ? "!" : "");
  };
  EXPECT_EQ(named("x", {"s1.domainkey.u1.wl2.sendgrid.net"}), "SendGrid!");
  EXPECT_EQ(named("s1", {}), "SendGrid");
  EXPECT_EQ(named("x", {"evilsendgrid.net"}), "?");
  EXPECT_EQ(named("google", {}), "Google Workspace!");
  EXPECT_EQ(named("scph0123", {}), "SparkPost!");
  EXPECT_EQ(named("scph012", {}), "?");
  EXPECT_EQ(named("scph01234", {}), "?");
  EXPECT_EQ(named("20190101120000pm", {}), "Postmark!");
  EXPECT_EQ(named("abcdefghijklmnopqrstuvwxyz234567", {}), "Amazon SES!");
  EXPECT_EQ(named("abcdefghijklmnopqrstuvwxyz234561", {}), "?");
  EXPECT_EQ(named("hs1-123", {}), "HubSpot!");
  EXPECT_EQ(named("hs1-", {}), "?");
  EXPECT_EQ(named("mimecast20200101", {}), "Mimecast!");
  EXPECT_EQ(named("", {}), "?");
  for (const std::string& selector : UsualSelectors()) {
    EXPECT_EQ(selector.find_first_of("#?*"), std::string::npos);
  }
}

}  // namespace
}  // namespace mailassay::audit
