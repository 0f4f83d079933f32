#include "lib/audit/cause.h"

#include <gtest/gtest.h>

#include "lib/dkim/key_record.h"
#include "tests/audit/made_up.h"

namespace mailassay::audit {
namespace {

using dkim::Cause;
using dkim::Reason;

Cause Of(Reason reason, mail::AnomalySet anomalies = {}) {
  MessageFacts facts = MakeFacts("a.example");
  facts.anomalies = anomalies;
  facts.signatures = {MakeEvidence("b.example")};
  return CauseOf(MakeRow(facts, reason));
}

mail::AnomalySet With(mail::Anomaly anomaly) {
  mail::AnomalySet set;
  set.Add(anomaly);
  return set;
}

TEST(Cause, OfAReasonAlone) {
  EXPECT_EQ(Of(Reason::kOk), Cause::kNone);
  EXPECT_EQ(Of(Reason::kBodyChanged), Cause::kTransit);
  EXPECT_EQ(Of(Reason::kHeaderAndBodyChanged), Cause::kTransit);
  EXPECT_EQ(Of(Reason::kLTooLong), Cause::kTransit);
  EXPECT_EQ(Of(Reason::kFromNotSigned), Cause::kSigner);
  EXPECT_EQ(Of(Reason::kWeakHash), Cause::kSigner);
  EXPECT_EQ(Of(Reason::kSigSyntax), Cause::kUnknown);
  EXPECT_EQ(Of(Reason::kWrongKey), Cause::kUnknown);
}

TEST(Cause, WithoutASignatureThereIsNone) {
  MessageFacts facts = MakeFacts("a.example");
  EXPECT_EQ(CauseOf(MakeRow(facts, Reason::kOk)), Cause::kNone);
}

TEST(Cause, DamageOfStoringGoesFirst) {
  for (const mail::Anomaly anomaly :
       {mail::Anomaly::kNul, mail::Anomaly::kNoBodySeparator,
        mail::Anomaly::kCrCrLf}) {
    for (const Reason reason :
         {Reason::kBodyChanged, Reason::kHeaderChanged,
          Reason::kHeaderAndBodyChanged, Reason::kLTooLong, Reason::kSigSyntax,
          Reason::kB64, Reason::kNoFrom, Reason::kWrongKey}) {
      EXPECT_EQ(Of(reason, With(anomaly)), Cause::kArchive)
          << dkim::ReasonCode(reason);
    }
    // It can't have made these.
    for (const Reason reason :
         {Reason::kOk, Reason::kNoKey, Reason::kFromNotSigned,
          Reason::kWeakHash, Reason::kExpired, Reason::kKeyNotAsked}) {
      EXPECT_EQ(Of(reason, With(anomaly)), dkim::CauseOf(reason))
          << dkim::ReasonCode(reason);
    }
  }
  EXPECT_EQ(Of(Reason::kBodyChanged, With(mail::Anomaly::kDupTo)),
            Cause::kTransit);
}

// A record that nobody but the user's own file has given says nothing of d=.
TEST(Cause, OfAKeyRecordByWhoGaveIt) {
  MessageFacts facts = MakeFacts("a.example");
  facts.signatures = {MakeEvidence("b.example")};
  MessageRow row = MakeRow(facts, Reason::kKeySyntax);
  auto answer = MakeAnswer(dkim::KeyStatus::kFound);
  answer->records = {dkim::ParseKeyRecord("p=")};
  answer->origins = {{.source = "dns"}};
  row.signatures[0].answer = answer;
  EXPECT_EQ(CauseOf(row), Cause::kSigner);
  answer->origins[0].source = "import:keys.tsv";
  EXPECT_EQ(CauseOf(row), Cause::kUnknown);
}

}  // namespace
}  // namespace mailassay::audit
