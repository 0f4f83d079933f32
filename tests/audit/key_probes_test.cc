#include "lib/audit/key_probes.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>

#include "lib/audit/key_report.h"
#include "lib/base/concat.h"

namespace mailassay::audit {
namespace {

using dkim::KeyStatus;
using testing::Contains;
using testing::ElementsAre;
using testing::IsSupersetOf;
using testing::Not;

using Answer = std::shared_ptr<const dkim::KeyAnswer>;

Answer MakeAnswer(KeyStatus status, std::string_view text = "",
                  std::vector<std::string> chain = {}) {
  dkim::KeyAnswer answer;
  answer.status = status;
  answer.source = "dns";
  answer.cname_chain = std::move(chain);
  if (!text.empty()) {
    answer.records.push_back(dkim::ParseKeyRecord(text));
    answer.origins.push_back({.source = "dns"});
  }
  return std::make_shared<const dkim::KeyAnswer>(std::move(answer));
}

SelectorKeys MakeSelector(std::string_view name, Answer answer) {
  SelectorKeys selector;
  selector.selector = name;
  selector.answer = std::move(answer);
  selector.keys.emplace_back().messages = 1;
  return selector;
}

DomainKeys MakeDomain(std::vector<SelectorKeys> selectors) {
  DomainKeys domain;
  domain.domain = "example.com";
  domain.selectors = std::move(selectors);
  return domain;
}

// Answers by selector; NXDOMAIN for all others.
AnswerOf Names(std::map<std::string, Answer> answers) {
  return [answers = std::move(answers)](const std::string& name) {
    const size_t end = name.find("._domainkey.example.com");
    EXPECT_NE(end, name.npos) << name;
    const auto found = answers.find(name.substr(0, end));
    return found != answers.end() ? found->second
                                  : MakeAnswer(KeyStatus::kNxDomain);
  };
}

std::vector<std::string> SelectorsOf(const DomainKeys& domain) {
  std::vector<std::string> names;
  for (const SelectorKeys& selector : domain.selectors) {
    names.push_back(selector.selector);
  }
  return names;
}

const char kRevoked[] = "v=DKIM1; p=";

TEST(KeyProbes, UsualSelectorsOnlyWhereARecordIsMissing) {
  const DomainKeys sound =
      MakeDomain({MakeSelector("s", MakeAnswer(KeyStatus::kFound, kRevoked))});
  EXPECT_THAT(ProbesOf(sound, false),
              ElementsAre(std::string(kNobodysSelector)));
  EXPECT_THAT(ProbesOf(sound, true),
              IsSupersetOf({"google", "selector1", "default"}));
  const DomainKeys lacking =
      MakeDomain({MakeSelector("google", MakeAnswer(KeyStatus::kNxDomain))});
  EXPECT_THAT(ProbesOf(lacking, false), Contains("selector1"));
  EXPECT_THAT(ProbesOf(lacking, false), Not(Contains("google")));
}

TEST(KeyProbes, TheOtherSelectorOfMicrosoft) {
  const DomainKeys domain = MakeDomain({MakeSelector(
      "selector2",
      MakeAnswer(KeyStatus::kFound, kRevoked,
                 {"selector2-example-com._domainkey.x.onmicrosoft.com"}))});
  EXPECT_THAT(ProbesOf(domain, false),
              ElementsAre(std::string(kNobodysSelector), "selector1"));
}

TEST(KeyProbes, TakesWhatIsThereAndWhatIsWanted) {
  const AnswerOf dns =
      Names({{"a", MakeAnswer(KeyStatus::kFound, kRevoked)},
             {"b", MakeAnswer(KeyStatus::kNxDomain, "", {"nowhere.example"})},
             {"c", MakeAnswer(KeyStatus::kServfail)}});
  DomainKeys domain =
      MakeDomain({MakeSelector("m", MakeAnswer(KeyStatus::kNxDomain))});
  TakeProbes({"a", "b", "c", "z"}, {"m", "w"}, dns, &domain);
  EXPECT_THAT(SelectorsOf(domain), ElementsAre("a", "b", "m", "w"));
  EXPECT_FALSE(domain.selectors[0].wanted);
  EXPECT_TRUE(domain.selectors[2].wanted);
  EXPECT_EQ(domain.selectors[2].keys.size(), 1u);
  EXPECT_TRUE(domain.selectors[3].wanted);
  EXPECT_EQ(domain.wildcard, "");
}

TEST(KeyProbes, AWildcardNamesNoSelector) {
  const Answer any = MakeAnswer(KeyStatus::kFound, "v=spf1 -all");
  DomainKeys domain = MakeDomain({});
  TakeProbes({"google"}, {"w"},
             Names({{std::string(kNobodysSelector), any}, {"google", any}}),
             &domain);
  EXPECT_EQ(domain.wildcard, "TXT \"v=spf1 -all\"");
  EXPECT_THAT(SelectorsOf(domain), ElementsAre("w"));
}

TEST(KeyReport, IsSafeAndWrapped) {
  KeyFinding finding;
  finding.fault = KeyFault::kBadTags;
  finding.severity = Severity::kError;
  finding.domain = "example.com";
  finding.selector = "s\x1b[2J";
  finding.detail = "octets \x1b]0;x\x07 of strangers";
  for (int i = 0; i < 30; ++i) finding.detail += " word";
  finding.fix = std::string(150, 'x');
  for (const std::string& text : {FindingReport(finding), FindingLine(finding),
                                  DomainReport(MakeDomain({}), {{finding}})}) {
    EXPECT_EQ(text.find('\x1b'), text.npos);
    EXPECT_EQ(text.back(), '\n');
  }
  const std::string report = FindingReport(finding);
  size_t longest = 0, at = 0;
  for (size_t end; (end = report.find('\n', at)) != report.npos; at = end + 1) {
    if (report.find("xxx", at) > end) longest = std::max(longest, end - at);
  }
  EXPECT_LE(longest, 100u);
  EXPECT_NE(report.find("\n           " + std::string(150, 'x') + "\n"),
            report.npos);
}

TEST(KeyReport, SaysWhatIsPublished) {
  EXPECT_EQ(
      DomainReport(MakeDomain({}), {}),
      "example.com  no mail\n  publishes  not known: DNS was not asked\n");
  DomainKeys asked = MakeDomain({});
  asked.dns_asked = true;
  EXPECT_EQ(DomainReport(asked, {}),
            "example.com  no mail\n  publishes  no key that was asked for\n");
  // The key of a file is not published by that.
  dkim::KeyAnswer answer;
  answer.status = KeyStatus::kFound;
  answer.source = "import:keys.tsv";
  answer.records.push_back(dkim::ParseKeyRecord(
      "k=ed25519; p=11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo="));
  answer.origins.push_back({.source = answer.source});
  EXPECT_EQ(
      DomainReport(MakeDomain({MakeSelector(
                       "s", std::make_shared<const dkim::KeyAnswer>(answer))}),
                   {}),
      "example.com  1 signature\n  in a file  s (ed25519)\n");
  KeyFindingSums sums;
  sums.counts = {1, 0, 2};
  EXPECT_EQ(CheckTotals(1, sums), "1 domain: 1 error, 0 warnings, 2 notes");
}

}  // namespace
}  // namespace mailassay::audit
