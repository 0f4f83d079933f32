// Whole messages judged the way a run judges them, for the cases of README.md:
// examined by MessageExaminer, keys asked through the KeyStore by run::Resolve,
// concluded by audit::Judge.  Messages are signed by tests/reference, which
// shares nothing with the code under test.
//
//   Expect(JudgeMessage(Signed()), {});                       // a clean pass
//   Expect(JudgeMessage(Signed(kPlain, {.drop = {"v"}})),
//          {.verdict = "permerror sig_version not_run not_run",
//           .message_class = "unjudged"});
//
// An Expected says all of a row; what it leaves out must be as in a clean
// pass, so a case shows the one thing that it is about.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "lib/audit/message_examiner.h"
#include "lib/audit/row.h"
#include "pipeline/keys/resolver.h"
#include "tests/reference/signer.h"

namespace mailassay::cases {

using reference::Bytes;
using reference::Hashing;
using reference::SigningKey;
using reference::SignOptions;

// From, To, Subject, Date and Message-ID of ann@example.com, folds and runs of
// white space, a body that ends in CRLF; no Received field.
extern const std::string kPlain;
// Sun, 1 Mar 2026 12:00:00 +0000, the time in kReceived.
inline constexpr int64_t kReceivedAt = 1772366400;
extern const std::string kReceived;  // one Received field

// The keys of all cases, made once in a process.  2048 bits, so that a clean
// pass has no flag.
const SigningKey& RsaKey();
const SigningKey& OtherRsaKey();
const SigningKey& Ed25519Key();

// The message with a signature by `key` on top.
std::string Signed(const std::string& message = kPlain,
                   const SignOptions& options = {},
                   const SigningKey& key = RsaKey());
// `text` with the one occurrence of `what` replaced.
std::string Replaced(std::string text, std::string_view what,
                     std::string_view with);
// `field` put on top; behind the last field; both as its own CRLF text.
std::string WithFieldOnTop(const std::string& message, std::string_view field);
std::string WithFieldBelow(const std::string& message, std::string_view field);
std::string WithLf(std::string text);
// The value of b= of a field signed with fold = false, and another in its
// place.
std::string SignatureText(const std::string& message);
std::string WithSignatureText(const std::string& message,
                              const std::string& text);

// Name and TXT record, or an outcome as "!SERVFAIL" (pipeline/keys/answer.h).
// A name that stands twice has two records; one that is not here is NXDOMAIN.
using Keys = std::vector<std::pair<std::string, std::string>>;
inline const char kKeyName[] = "sel._domainkey.example.com";
Keys KeyOf(const SigningKey& key, std::string_view more = "");
Keys Record(std::string text);

// Answers from Keys at once, and counts.
class TableResolver : public keys::Resolver {
 public:
  explicit TableResolver(const Keys& keys);
  void Start(const std::string& name, keys::Question question,
             Callback done) override;
  void Renew() override {}
  // Lookups by name.
  const std::map<std::string, int>& asked() const { return asked_; }

 private:
  std::vector<dkim::KeyAnswer> answers_;
  std::map<std::string, int> asked_;
};

struct Setting {
  Keys keys = KeyOf(RsaKey());
  std::string from_line = {};  // of an mbox
  audit::JudgeOptions judge = {};
  audit::MessageLimits limits = {};
  keys::Resolver* resolver = nullptr;  // instead of `keys`
};

// A row, kept alive with what it views.
struct Judged {
  std::unique_ptr<audit::MessageFacts> facts;
  audit::MessageRow row;
  std::vector<std::string> asked;  // names, sorted; once each

  const dkim::Evidence& evidence(size_t i = 0) const;
  const audit::SignatureRow& signature(size_t i = 0) const;
  // "pass ok pass match": result, reason, crypto, body; "none" without one.
  std::string Verdict(size_t i = 0) const;
  std::string Flags(size_t i = 0) const;  // joined by blanks
  std::string Anomalies() const;
};

audit::MessageFacts ExamineMessage(const std::string& message,
                                   const Setting& setting = {});
Judged JudgeFacts(audit::MessageFacts facts, const Setting& setting = {});
Judged JudgeMessage(const std::string& message, const Setting& setting = {});

struct Expected {
  std::string verdict = "pass ok pass match";  // of the topmost signature
  std::string flags = "";
  std::string anomalies = "";
  std::string author = "none";  // its defect
  std::string message_class = "verified_aligned";
};
void Expect(const Judged& judged, const Expected& expected,
            std::string_view label = "");

// A signature that RFC 6376 6.1.1 refuses before any mathematics.
Expected Refused(std::string_view reason);
// The key or a rule between it and the signature refuses it (6.1.2): the body
// has been looked at.
Expected KeyRefused(std::string_view reason);
// The mathematics holds and a rule says no.
Expected RefusedByRule(std::string_view reason);
// A signed field was changed; the body was not.
extern const Expected kHeaderChanged;
extern const Expected kBodyChanged;

}  // namespace mailassay::cases
