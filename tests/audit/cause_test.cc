#include "lib/audit/cause.h"

#include <gtest/gtest.h>

#include "lib/dkim/key_record.h"
#include "tests/audit/made_up.h"

namespace mailassay::audit {
namespace {

using dkim::Cause;
using dkim::Reason;

Cause Of(Reason reason, mail::AnomalySet anomalies = {},
         dkim::BodyMatch body = dkim::BodyMatch::kMismatch) {
  MessageFacts facts = MakeFacts("a.example");
  facts.anomalies = anomalies;
  facts.signatures = {MakeEvidence("b.example")};
  MessageRow row = MakeRow(facts, reason);
  row.signatures[0].verdict.body = body;
  return CauseOf(row);
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

// bh= proves that the body is whole: the damage explains nothing.
TEST(Cause, AWholeBodyIsNotDamaged) {
  for (const mail::Anomaly anomaly :
       {mail::Anomaly::kNul, mail::Anomaly::kNoBodySeparator,
        mail::Anomaly::kCrCrLf}) {
    for (const Reason reason : {Reason::kWrongKey, Reason::kSignatureMismatch,
                                Reason::kSigLength, Reason::kHeaderChanged}) {
      EXPECT_EQ(Of(reason, With(anomaly), dkim::BodyMatch::kMatch),
                dkim::CauseOf(reason))
          << dkim::ReasonCode(reason);
    }
    EXPECT_EQ(Of(Reason::kWrongKey, With(anomaly), dkim::BodyMatch::kNotRun),
              Cause::kUnknown);
    EXPECT_EQ(Of(Reason::kSigSyntax, With(anomaly), dkim::BodyMatch::kNotRun),
              Cause::kArchive);
  }
}

// Neither what DNS answers today nor what the user's own file says need be the
// record of then, so that it says nothing of d= nor of whoever signed.
TEST(Cause, OfAKeyRecordIsUnknown) {
  MessageFacts facts = MakeFacts("a.example");
  facts.signatures = {MakeEvidence("b.example")};
  for (const Reason reason :
       {Reason::kAuidStrict, Reason::kKeyTooBig, Reason::kKeyDisclosed,
        Reason::kKeySyntax, Reason::kKeyB64, Reason::kKeyDupTag,
        Reason::kKeyVersion, Reason::kKeyService, Reason::kKeyHash,
        Reason::kKeyType, Reason::kKeyParse, Reason::kKeyExponent,
        Reason::kKeyLength, Reason::kKeyAlgoMismatch, Reason::kRevoked}) {
    for (const char* source : {"dns", "import:keys.tsv"}) {
      MessageRow row = MakeRow(facts, reason);
      auto answer = MakeAnswer(dkim::KeyStatus::kFound);
      answer->records = {dkim::ParseKeyRecord("p=")};
      answer->origins = {{.source = source}};
      row.signatures[0].answer = answer;
      EXPECT_EQ(CauseOf(row), Cause::kUnknown) << dkim::ReasonCode(reason);
    }
    EXPECT_EQ(Of(reason, With(mail::Anomaly::kNul)), Cause::kUnknown)
        << dkim::ReasonCode(reason);
  }
}

}  // namespace
}  // namespace mailassay::audit
