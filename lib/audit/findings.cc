#include "lib/audit/findings.h"

#include <algorithm>
#include <array>
#include <cassert>

#include "absl/strings/str_cat.h"
#include "lib/audit/cause.h"
#include "lib/audit/figures.h"
#include "lib/audit/tally.h"
#include "lib/base/safe_text.h"
#include "lib/mail/date.h"

namespace mailassay::audit {
namespace {

using dkim::Reason;

// What a finding is about.
enum class About : uint8_t {
  kNothing,
  kSender,   // author domain
  kSenderD,  // author domain, d=
  kSigner,   // d=
  kKeyName,  // s._domainkey.d
  kReason,   // code of a reason
};

enum class Code : uint8_t {
  kVerifiedUnaligned,
  kFromSyntax,
  kMultiFrom,
  kMultiAuthor,
  kExpired,
  kFuture,
  kWeakKey,
  kKeyDisclosed,
  kWeakHash,
  kPartialBody,
  kBodyChanged,
  kHeaderChanged,
  kHeaderAndBodyChanged,
  kBodyCut,
  kBodyChangedKeyUnknown,
  kBadSignature,
  kNoKey,
  kNoKeyAtHand,
  kWrongKey,
  kSignatureMismatch,
  kSigLength,
  kRevoked,
  kRevokedAtHand,
  kUnusableKey,
  kUnusableKeyAtHand,
  kKeyNotAsked,
  kDnsTemporary,
  kDnsTemporaryAtHand,
  kAuidStrict,
  kMalformedSignature,
  kDamagedSignature,
  kNoFrom,
  kLimit,
  kIncomplete,
  kCryptoEnv,
  kUnsigned,
  kUnsignedArchive,
  kUnsignedNews,
  kCount,
};

struct Finding {
  std::string_view code;
  About about;
  std::string_view what;  // $0 messages, $1 and $2 the subject's parts
  std::string_view hint;
  Damage damage = Damage::kCount;  // that it is about
};

// clang-format off
constexpr std::array<Finding, static_cast<size_t>(Code::kCount)> kFindings = {{
    {"verified_unaligned", About::kSenderD,
     "$0 of $1: signed by $2, not by the author's domain",
     "they pass, but are not aligned: let the service sign with d=$1"},
    {"from_syntax", About::kSender,
     "$0 of $1: pass, but From: names no one author",
     "aligned with nobody: readers of mail may show different authors"},
    {"multi_from", About::kSender,
     "$0 of $1: pass, but have several From fields",
     "aligned with nobody: readers of mail may show different authors"},
    {"multi_author", About::kSender,
     "$0 of $1: pass, but From: names authors of several domains",
     "aligned with nobody: the domains may differ in what they allow"},
    {"expired", About::kSigner,
     "$0 signed by $1: x= had passed at the evaluation time",
     "late, sent again or moved (flag times_disagree), or judged by --at"},
    {"future", About::kSigner,
     "$0 signed by $1: t= is later than the evaluation time",
     "a clock that is days off, mail that was dated back, or judged by --at"},
    {"weak_key", About::kKeyName,
     "$0 with $1: the RSA key is shorter than is asked for",
     "under --min-rsa-bits; under 1024 bits others can forge it (RFC 8301)"},
    {"key_disclosed", About::kKeyName,
     "$0 with $1: the private key has been published",
     "anybody can make such signatures, of any date"},
    {"weak_hash", About::kSigner,
     "$0 signed by $1: signed with SHA-1",
     "RFC 8301 forbids it: sign with rsa-sha256"},
    {"partial_body", About::kSigner,
     "$0 signed by $1: l= leaves text at the end unsigned",
     "anybody can have added that text: sign without l="},
    {"body_changed", About::kSender,
     "$0 of $1: the body was changed after signing",
     "list footers, gateways and exports of mailboxes do this",
     Damage::kBody},
    {"header_changed", About::kSender,
     "$0 of $1: a signed header field was changed",
     "subject tags of lists and rewritten addresses do this",
     Damage::kHeader},
    {"header_and_body_changed", About::kSender,
     "$0 of $1: a signed header field and the body were changed",
     "lists, gateways and exports that write messages anew do this",
     Damage::kBoth},
    {"body_cut", About::kSender,
     "$0 of $1: the body is shorter than what was signed (l=)",
     "cut after signing, on the way or by what stored it: not the signer's doing",
     Damage::kField},
    {"body_changed_key_unknown", About::kNothing,
     "$0: the body is not the one of bh=; no key tells more",
     "changed on the way or by what stored it; the key of then would tell more",
     Damage::kBody},
    {"bad_signature", About::kSigner,
     "$0 signed by $1: a block that no honest signer makes",
     "look at these messages: this is how forgeries look"},
    {"no_key", About::kKeyName,
     "$0: no key is published (any more) under $1",
     "give the key with --keys if you have it from the time of receipt"},
    {"no_key_at_hand", About::kKeyName,
     "$0: the answer at hand says that no key is under $1",
     "it is from a key file or the key history: keys.csv shows which"},
    {"wrong_key", About::kKeyName,
     "$0: made with another key than the one under $1",
     "the key was replaced, the one at hand never was its key, or b= is damaged"},
    {"signature_mismatch", About::kKeyName,
     "$0: the Ed25519 signature does not fit the key under $1",
     "another key or a changed header: Ed25519 can't tell"},
    {"sig_length", About::kKeyName,
     "$0: the signature's length does not fit the key under $1",
     "the key was replaced, the one at hand never was its key, or b= is damaged"},
    {"revoked", About::kKeyName,
     "$0: the key under $1 is revoked (empty p=)",
     "give the key with --keys if you have it from the time of receipt"},
    {"revoked_at_hand", About::kKeyName,
     "$0: the answer at hand for $1 is a revoked key (empty p=)",
     "it is from a key file or the key history: keys.csv shows which"},
    {"unusable_key", About::kKeyName,
     "$0: the answer for $1 can't be used for the signature",
     "keys.csv shows it; it need not be the record of then"},
    {"unusable_key_at_hand", About::kKeyName,
     "$0: the answer at hand for $1 can't be used",
     "it is from a key file or the key history, not from DNS: keys.csv shows it"},
    {"key_not_asked", About::kNothing,
     "$0: no key at hand, and nobody was asked",
     "no key file answers for it: add one with --keys, or run without --offline"},
    {"dns_temporary", About::kReason,
     "$0: the key could not be asked for ($1)",
     "trouble of the resolver or the network: run again later"},
    {"dns_temporary_at_hand", About::kReason,
     "$0: the answer at hand tells of trouble with DNS ($1)",
     "it is from a key file or the key history: give the key, or let DNS be asked"},
    {"auid_strict", About::kKeyName,
     "$0 with $1: i= is below d=, the key record has t=s",
     "i= is in a subdomain of d=, which the key record forbids (t=s)"},
    {"malformed_signature", About::kSigner,
     "$0 signed by $1: the signature field breaks a rule",
     "whoever signed wrote it so: no verifier may take it"},
    {"damaged_signature", About::kSigner,
     "$0 with d=$1: the signature field is malformed",
     "damaged after signing, or written so: the field alone does not tell",
     Damage::kField},
    {"no_from", About::kSigner,
     "$0 signed by $1: there is no From field",
     "lost or quoted in the archive, or never there: nothing can be verified",
     Damage::kField},
    {"limit", About::kReason,
     "$0: over a limit ($1), so not computed",
     "neither good nor bad: a fixed limit, which no option raises"},
    {"incomplete", About::kNothing,
     "$0: only a part of the message is in its file",
     "Apple Mail keeps attachments apart: export the mailbox from it as mbox"},
    {"crypto_env", About::kNothing,
     "$0: this machine could not do the computation",
     "says nothing about the mail: a security policy of this machine?"},
    {"unsigned", About::kSender,
     "$0 of $1: not signed",
     "let every service that sends for the domain sign with DKIM"},
    {"unsigned_archive", About::kNothing,
     "$0 of archives of lists: without signatures",
     "such archives often drop them: it need not be the senders' doing"},
    {"unsigned_news", About::kNothing,
     "$0 of newsgroups: not signed",
     "posts of Usenet, which are not signed as a rule"},
}};
// clang-format on

// The texts for a cause that fits a whole input, one for each thing that it did
// to the messages; the last one is for inputs that were changed in several
// ways. $0 stands for the number of messages changed out of how many, $1 for
// the input.
// clang-format off
constexpr std::array<Finding, kDamages + 1> kCauses = {{
    {"input_bodies_changed", About::kNothing,
     "$0 in $1: bodies rewritten, headers intact", ""},
    {"input_headers_changed", About::kNothing,
     "$0 in $1: signed header fields rewritten", ""},
    {"input_headers_and_bodies_changed", About::kNothing,
     "$0 in $1: headers and bodies rewritten", ""},
    {"input_signatures_damaged", About::kNothing,
     "$0 in $1: signature malformed, no From, or body cut", ""},
    {"input_damaged", About::kNothing,
     "$0 in $1: changed in several ways", ""},
}};
// clang-format on
constexpr std::string_view kKeyUnknown =
    "$0 in $1: bodies rewritten; no key tells of headers";
constexpr std::string_view kSomeKeysUnknown =
    "$0 in $1: bodies rewritten, headers intact or unknown";
constexpr std::string_view kCauseHint =
    "most likely the export, or what stored or received it, not the senders";
constexpr std::string_view kListHint =
    "most likely the lists it came through, or the export, not the senders";

std::string_view WhatOf(const UnitCause& cause, const Finding& finding) {
  if (cause.damage != Damage::kBody || cause.key_unknown == 0) {
    return finding.what;
  }
  return cause.key_unknown == cause.messages ? kKeyUnknown : kSomeKeysUnknown;
}

constexpr auto MakeCodes() {
  std::array<std::string_view, kFindings.size() + kCauses.size()> codes;
  for (size_t i = 0; i < kFindings.size(); ++i) codes[i] = kFindings[i].code;
  for (size_t i = 0; i < kCauses.size(); ++i) {
    codes[kFindings.size() + i] = kCauses[i].code;
  }
  return codes;
}
constexpr auto kCodes = MakeCodes();

Code CodeOfKey(Reason reason) {
  switch (reason) {
    case Reason::kNoKey:
      return Code::kNoKey;
    case Reason::kRevoked:
      return Code::kRevoked;
    case Reason::kCryptoEnv:
      return Code::kCryptoEnv;
    default:
      return Code::kUnusableKey;
  }
}

Code CodeOfReason(Reason reason) {
  switch (reason) {
    case Reason::kExpired:
      return Code::kExpired;
    case Reason::kFuture:
      return Code::kFuture;
    case Reason::kWeakKey:
      return Code::kWeakKey;
    case Reason::kKeyDisclosed:
      return Code::kKeyDisclosed;
    case Reason::kWeakHash:
      return Code::kWeakHash;
    case Reason::kPartialBody:
      return Code::kPartialBody;
    case Reason::kBodyChanged:
      return Code::kBodyChanged;
    case Reason::kHeaderChanged:
      return Code::kHeaderChanged;
    case Reason::kHeaderAndBodyChanged:
      return Code::kHeaderAndBodyChanged;
    case Reason::kLTooLong:
      return Code::kBodyCut;
    case Reason::kNoFrom:
      return Code::kNoFrom;
    case Reason::kBadSignature:
      return Code::kBadSignature;
    case Reason::kWrongKey:
      return Code::kWrongKey;
    case Reason::kSignatureMismatch:
      return Code::kSignatureMismatch;
    case Reason::kSigLength:
      return Code::kSigLength;
    case Reason::kKeyNotAsked:
      return Code::kKeyNotAsked;
    case Reason::kIncomplete:
      return Code::kIncomplete;
    default:
      break;
  }
  switch (dkim::ResultOf(reason)) {
    case dkim::Result::kPolicy:
      return Code::kLimit;
    case dkim::Result::kTempError:
      return Code::kDnsTemporary;
    default:
      break;
  }
  if (reason == Reason::kAuidStrict) return Code::kAuidStrict;
  // The reasons of a key record follow those of a signature field.
  if (reason >= Reason::kNoKey) return CodeOfKey(reason);
  return dkim::CauseOf(reason) == dkim::Cause::kSigner
             ? Code::kMalformedSignature
             : Code::kDamagedSignature;
}

Code CodeOfUnsigned(mail::Trace trace) {
  switch (trace) {
    case mail::Trace::kReceived:
      return Code::kUnsigned;
    case mail::Trace::kNews:
      return Code::kUnsignedNews;
    default:
      return Code::kUnsignedArchive;
  }
}

// Has DNS said what the reason rests on?  Else it is a key file, or a history.
// A recovered key is no answer.
bool IsFromDns(const MessageRow& row) {
  const SignatureRow& best = row.signatures[static_cast<size_t>(row.best)];
  if (best.answer == nullptr) return false;
  const dkim::KeyRecord* const record =
      best.verdict.record >= 0 ? RecordOf(best) : nullptr;
  const std::string_view source = SourceOf(*best.answer, record);
  return source == dkim::kFromDns ||
         (source == dkim::kRecovered && best.answer->source == dkim::kFromDns);
}

// The code for what a key file or a history has said, and not DNS.
Code AtHand(Code code) {
  switch (code) {
    case Code::kNoKey:
      return Code::kNoKeyAtHand;
    case Code::kRevoked:
      return Code::kRevokedAtHand;
    case Code::kUnusableKey:
      return Code::kUnusableKeyAtHand;
    case Code::kDnsTemporary:
      return Code::kDnsTemporaryAtHand;
    default:
      return code;
  }
}

// Few limits have an option.
std::string_view HintOf(const Finding& finding, std::string_view reason) {
  if (finding.about != About::kReason) return finding.hint;
  if (reason == dkim::ReasonCode(Reason::kLimitMessage)) {
    return "neither good nor bad: raise --max-message to judge them";
  }
  if (reason == dkim::ReasonCode(Reason::kLimitZone)) {
    return "neither good nor bad: raise --dns-zone-limit to judge them";
  }
  return finding.hint;
}

Code CodeOfUnaligned(mail::AuthorDefect defect) {
  switch (defect) {
    case mail::AuthorDefect::kNone:
      return Code::kVerifiedUnaligned;
    case mail::AuthorDefect::kMultiFrom:
      return Code::kMultiFrom;
    case mail::AuthorDefect::kMultiAuthor:
      return Code::kMultiAuthor;
    default:
      return Code::kFromSyntax;
  }
}

// A d= or s= that is no name may have any length; a subject may not.
std::string_view Shortened(std::string_view text) {
  return text.substr(0, 253);
}

std::string_view SignerOf(const dkim::Signature& signature) {
  return signature.domain.empty() ? Shortened(signature.header_d)
                                  : std::string_view(signature.domain);
}

void AppendSubject(About about, const MessageRow& row, std::string* key) {
  const dkim::Signature* signature =
      row.best < 0
          ? nullptr
          : &row.facts->signatures[static_cast<size_t>(row.best)].signature;
  switch (about) {
    case About::kNothing:
      return;
    case About::kReason:
      key->append(dkim::ReasonCode(row.reason));
      return;
    case About::kSender:
    case About::kSenderD:
      key->append(row.facts->author.domain);
      if (about == About::kSender || signature == nullptr) return;
      key->push_back('\0');
      key->append(SignerOf(*signature));
      return;
    case About::kSigner:
      if (signature != nullptr) key->append(SignerOf(*signature));
      return;
    case About::kKeyName:
      if (signature == nullptr) return;
      key->append(signature->selector.empty()
                      ? Shortened(signature->header_s)
                      : std::string_view(signature->selector));
      key->append("._domainkey.");
      key->append(SignerOf(*signature));
      return;
  }
}

std::string_view PartOrPlaceholder(std::string_view part, About about) {
  if (!part.empty()) return part;
  return about == About::kSender || about == About::kSenderD
             ? std::string_view("(no author domain)")
             : std::string_view("(no domain)");
}

// The template with its parts, each cut so that the whole fits.
std::string Fill(std::string_view text, std::string_view count,
                 const std::array<std::string_view, 2>& parts, size_t columns) {
  const auto has = [&](std::string_view mark) {
    return text.find(mark) != std::string_view::npos;
  };
  const std::array<bool, 2> used = {has("$1"), has("$2")};
  const auto marks = static_cast<size_t>(used[0]) + used[1];
  const size_t fixed =
      text.size() - 2 * marks + (has("$0") ? count.size() - 2 : 0);
  size_t room = columns > fixed ? columns - fixed : 0;
  std::array<std::string, 2> shown;
  for (size_t i = 0; i < 2; ++i) {
    if (!used[i]) continue;
    // A short part leaves its room to the other one.
    const size_t other = used[1 - i] ? Columns(SafeText(parts[1 - i])) : 0;
    const size_t share =
        marks == 1 ? room : std::max(room / 2, room - std::min(room, other));
    shown[i] = SafeText(parts[i], share);
  }
  std::string out;
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '$') {
      out += text[i];
      continue;
    }
    ++i;
    out += text[i] == '0' ? count : std::string_view(shown[text[i] == '2']);
  }
  return out;
}

const Finding* FindFinding(std::string_view code) {
  const auto found =
      std::find_if(kFindings.begin(), kFindings.end(),
                   [&](const Finding& f) { return f.code == code; });
  return found == kFindings.end() ? nullptr : &*found;
}

// Where there is room, which names need first.
void AppendDates(const std::string& dates, size_t columns, FindingText* text) {
  for (std::string* line : {&text->what, &text->hint}) {
    if (Columns(*line) + dates.size() > columns) continue;
    *line += dates;
    return;
  }
}

// ", 2019-03-01 to 2021-11-30": when the messages were received.
std::string DatesOf(const FindingTally& tally) {
  constexpr size_t kDay = 10;
  if (!tally.first_at || !tally.last_at) return {};
  const std::string first = mail::FormatTime(*tally.first_at).substr(0, kDay);
  const std::string last = mail::FormatTime(*tally.last_at).substr(0, kDay);
  return first == last ? absl::StrCat(", ", first)
                       : absl::StrCat(", ", first, " to ", last);
}

}  // namespace

bool FindingKey(const MessageRow& row, std::string* key) {
  Code code;
  switch (row.message_class) {
    case MessageClass::kVerifiedAligned:
    case MessageClass::kNeverSent:
    case MessageClass::kCount:
      return false;
    case MessageClass::kVerifiedUnaligned:
      code = CodeOfUnaligned(row.facts->author.defect);
      break;
    case MessageClass::kUnsigned:
      code = CodeOfUnsigned(row.facts->trace);
      break;
    case MessageClass::kBodyChangedKeyUnknown:
      code = Code::kBodyChangedKeyUnknown;
      break;
    default:
      code = CodeOfReason(row.reason);
      break;
  }
  if (row.best >= 0 && !IsFromDns(row)) code = AtHand(code);
  const Finding& finding = kFindings[static_cast<size_t>(code)];
  key->assign(finding.code);
  key->push_back('\0');
  AppendSubject(finding.about, row, key);
  return true;
}

FindingText DescribeFinding(std::string_view key, const FindingTally& tally,
                            size_t columns, std::string_view signed_since) {
  assert(columns >= 80);
  const size_t end = std::min(key.find('\0'), key.size());
  const std::string_view code = key.substr(0, end);
  std::string_view subject = key.substr(std::min(end + 1, key.size()));
  const Finding* const finding = FindFinding(code);
  FindingText text;
  text.code = code;
  if (finding == nullptr) return text;
  const size_t split = std::min(subject.find('\0'), subject.size());
  const std::array<std::string_view, 2> raw = {
      subject.substr(0, split),
      subject.substr(std::min(split + 1, subject.size()))};
  text.subject = raw[0];
  if (split < subject.size())
    absl::StrAppend(&text.subject, " ", std::string(raw[1]));
  text.subject = SafeText(text.subject);
  const std::array<std::string_view, 2> parts = {
      PartOrPlaceholder(raw[0], finding->about),
      PartOrPlaceholder(raw[1], About::kSigner)};
  const std::string messages =
      Grouped(tally.count) + (tally.count == 1 ? " message" : " messages");
  text.what = Fill(finding->what, messages, parts, columns);
  text.hint = Fill(HintOf(*finding, raw[0]), messages, parts, columns);
  if (!signed_since.empty()) {
    text.hint = absl::StrCat("signed since ", std::string(signed_since),
                             ": over, nothing is left to do");
  }
  AppendDates(DatesOf(tally), columns, &text);
  return text;
}

FindingText DescribeCause(std::string_view part, const UnitCause& cause,
                          size_t columns) {
  assert(columns >= 80);
  const Finding& finding =
      kCauses[cause.damage ? static_cast<size_t>(*cause.damage) : kDamages];
  const std::string messages = absl::StrCat(
      Grouped(cause.messages), " of ", Grouped(cause.of_messages),
      cause.untold == 0 ? " signed messages" : " signed messages with keys");
  FindingText text;
  text.code = finding.code;
  text.subject = SafeText(part);
  // The end of a path tells more than its beginning, so the end is kept.
  const std::string_view what = WhatOf(cause, finding);
  const size_t fixed = what.size() + messages.size() - 4;
  const std::string name =
      Tail(SafeText(part), columns - std::min(columns, fixed));
  text.what = Fill(what, messages, {name, ""}, columns);
  text.hint = absl::StrCat(
      cause.signers, cause.signers >= UnitTally::kMaxSigners ? "+" : "",
      " signers", DatesOf(cause.finding), ": ",
      std::string(cause.by_lists ? kListHint : kCauseHint));
  return text;
}

FindingParts PartsOfFinding(std::string_view key) {
  const size_t end = std::min(key.find('\0'), key.size());
  const Finding* const finding = FindFinding(key.substr(0, end));
  if (finding == nullptr || finding->damage == Damage::kCount) {
    return {.finding = key, .damage = {}, .unit = {}};
  }
  const size_t unit = std::min(key.find('\0', end + 1), key.size());
  return {.finding = key.substr(0, unit),
          .damage = finding->damage,
          .unit = key.substr(std::min(unit + 1, key.size()))};
}

std::optional<std::string_view> SenderOfUnsigned(std::string_view key) {
  const std::string_view code =
      kFindings[static_cast<size_t>(Code::kUnsigned)].code;
  if (!key.starts_with(code) ||
      key.substr(code.size(), 1) != std::string_view("\0", 1)) {
    return std::nullopt;
  }
  return key.substr(code.size() + 1);
}

std::span<const std::string_view> FindingCodes() { return kCodes; }

}  // namespace mailassay::audit
