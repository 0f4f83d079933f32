#include "lib/audit/tables.h"

#include <algorithm>
#include <span>

#include "absl/strings/escaping.h"
#include "lib/base/base64.h"

namespace mailassay::audit {
namespace {

using dkim::Reason;
using dkim::Result;

// clang-format off
constexpr std::string_view kMessageColumns =
    "file,offset,part_path,archive,format,length,message_id,date_header,"
    "received_at,received_at_source,header_from,header_from_org,"
    "header_from_defect,from_count,envelope_from,envelope_from_source,list_id,"
    "sig_count,sig_pass,sig_aligned_relaxed,sig_aligned_strict,dkim,reason,"
    "dkim_domain,dkim_selector,dkim_aligned,verdict_class,size,body_encoding,"
    "has_8bit,line_endings,anomalies,list_unsubscribe,list_unsubscribe_post"
    "\r\n";
constexpr std::string_view kSignatureColumns =
    "file,offset,part_path,sig_index,kind,header_d,header_s,header_i,header_a,"
    "c_header,c_body,q,t,x,l,signed_body_bytes,body_bytes,h_count,from_signed,"
    "oversigned,missing_recommended,header_b8,bh,bh_computed,body,crypto,"
    "result,reason,human_result,flags,expired_at_receipt,evaluated_at,key_id,"
    "key_bits,key_source,key_dnssec,aligned_relaxed,aligned_strict,"
    "org_domain_psl\r\n";
constexpr std::string_view kSenderColumns =
    "header_from,header_from_org,count,verified_aligned,verified_unaligned,"
    "refused,broken,unjudged,unsigned,never_sent,signed,dkim_pass,"
    "dkim_fail_body,dkim_fail_signature,dkim_wrong_key,dkim_no_key,"
    "dkim_revoked,dkim_policy,dkim_temperror,dkim_permerror,"
    "dkim_expired_at_receipt,dkim_aligned,dkim_pass_unaligned,"
    "dkim_aligned_strict,dkim_domains,selectors,weak_key_count,sha1_count,"
    "l_tag_count,first_seen,last_seen,top_reason,top_reason_count,example\r\n";
constexpr std::string_view kKeyColumns =
    "header_d,header_s,key_id,record,k,key_bits,e,flags,cname_chain,status,"
    "key_source,first_mail_at,last_mail_at,first_pass_at,last_pass_at,count,"
    "pass,fail,example\r\n";
constexpr std::string_view kErrorColumns =
    "file,offset,part_path,length,code,kind,text\r\n";
// clang-format on

std::string_view LineEndsName(mail::LineEnds ends) {
  switch (ends) {
    case mail::LineEnds::kLf:
      return "lf";
    case mail::LineEnds::kCrlf:
      return "crlf";
    case mail::LineEnds::kMixed:
      return "mixed";
    case mail::LineEnds::kNone:
      break;
  }
  return "none";
}

std::string_view EnvelopeSourceName(EnvelopeFromSource source) {
  switch (source) {
    case EnvelopeFromSource::kReturnPath:
      return "return_path";
    case EnvelopeFromSource::kMboxFrom:
      return "mbox_from";
    case EnvelopeFromSource::kNone:
      break;
  }
  return "none";
}

std::string_view DnssecName(dkim::Dnssec dnssec) {
  switch (dnssec) {
    case dkim::Dnssec::kInsecure:
      return "insecure";
    case dkim::Dnssec::kSecure:
      return "secure";
    case dkim::Dnssec::kBogus:
      return "bogus";
    case dkim::Dnssec::kUnknown:
      break;
  }
  return "unknown";
}

std::string_view CanonName(dkim::Canonicalization c) {
  return c == dkim::Canonicalization::kRelaxed ? "relaxed" : "simple";
}

// The names of a set's members, in the order of the enumeration.
template <typename Member, typename Set, typename Name>
std::string Join(Set set, Name name) {
  std::string out;
  for (int i = 0; i < static_cast<int>(Member::kCount); ++i) {
    if (!set.Has(static_cast<Member>(i))) continue;
    if (!out.empty()) out += ';';
    out += name(static_cast<Member>(i));
  }
  return out;
}

std::string Base64Of(const Digest& digest) {
  return digest.size == 0 ? std::string() : EncodeBase64(digest.span());
}

// RFC 8601 2.7.1: the first 8 characters tell signatures apart.
std::string FirstOfB(std::span<const uint8_t> signature) {
  constexpr size_t kOctetsOf8 = 6;
  return EncodeBase64(signature.first(std::min(signature.size(), kOctetsOf8)));
}

void WritePlace(const MessageFacts& facts, CsvWriter* csv) {
  csv->Text(facts.input->file).Number(facts.offset).Word("");
}

struct Passes {
  uint64_t all = 0, relaxed = 0, strict = 0;
};

Passes CountPasses(const MessageRow& row) {
  Passes passes;
  for (const SignatureRow& signature : row.signatures) {
    if (signature.verdict.result != Result::kPass) continue;
    ++passes.all;
    passes.relaxed += signature.alignment.relaxed ? 1 : 0;
    passes.strict += signature.alignment.strict ? 1 : 0;
  }
  return passes;
}

Result ResultOf(const MessageRow& row) {
  if (row.best >= 0) {
    return row.signatures[static_cast<size_t>(row.best)].verdict.result;
  }
  return row.reason == Reason::kOk ? Result::kNone : dkim::ResultOf(row.reason);
}

// The name compared and asked for, or what stands there when it is none.
std::string_view DomainOf(const dkim::Signature& signature) {
  return signature.domain.empty() ? signature.header_d : signature.domain;
}
std::string_view SelectorOf(const dkim::Signature& signature) {
  return signature.selector.empty() ? signature.header_s : signature.selector;
}

void WriteMessageVerdict(const MessageRow& row, CsvWriter* csv) {
  const Passes passes = CountPasses(row);
  csv->Number(row.signatures.size())
      .Number(passes.all)
      .Number(passes.relaxed)
      .Number(passes.strict)
      .Word(dkim::ResultName(ResultOf(row)));
  const bool judged = row.best >= 0 || row.reason != Reason::kOk;
  csv->Word(judged ? dkim::ReasonCode(row.reason) : std::string_view());
  if (row.best >= 0) {
    const dkim::Signature& best =
        row.facts->signatures[static_cast<size_t>(row.best)].signature;
    csv->Text(DomainOf(best)).Text(SelectorOf(best));
  } else {
    csv->Word("").Word("");
  }
  csv->Bool(row.message_class == MessageClass::kVerifiedAligned)
      .Word(MessageClassCode(row.message_class));
}

void WriteTags(const dkim::Signature& signature, CsvWriter* csv) {
  csv->Text(DomainOf(signature))
      .Text(SelectorOf(signature))
      .Text(signature.header_i)
      .Text(signature.header_a)
      .Word(CanonName(signature.header_canon))
      .Word(CanonName(signature.body_canon))
      .Text(signature.query)
      .Signed(signature.timestamp)
      .Signed(signature.expiration)
      .Number(signature.body_length);
}

void WriteEvidence(const dkim::Evidence& evidence, CsvWriter* csv) {
  csv->Number(evidence.signed_body_bytes)
      .Number(evidence.body_bytes)
      .Number(uint64_t{evidence.h_count})
      .Bool(evidence.from_signed)
      .Text(evidence.oversigned)
      .Text(evidence.missing_recommended)
      .Text(FirstOfB(evidence.signature.signature))
      .Text(Base64Of(evidence.signature.body_hash))
      .Text(Base64Of(evidence.body_hash));
}

void WriteVerdict(const SignatureRow& row, const MessageRow& message,
                  CsvWriter* csv) {
  const dkim::Verdict& verdict = row.verdict;
  csv->Word(dkim::BodyMatchName(verdict.body))
      .Word(dkim::CryptoName(verdict.crypto))
      .Word(dkim::ResultName(verdict.result))
      .Word(dkim::ReasonCode(verdict.reason))
      .Text(dkim::ReasonSentence(verdict.reason))
      .Word(Join<dkim::Flag>(verdict.flags, dkim::FlagName))
      .Bool(row.expired_at_receipt)
      .Time(message.evaluated_at.seconds);
}

void WriteKeyOf(const SignatureRow& row, CsvWriter* csv) {
  const dkim::KeyRecord* record =
      row.verdict.record >= 0 ? RecordOf(row) : nullptr;
  if (record == nullptr || record->key == nullptr) {
    csv->Word("").Word("").Word("none");
  } else {
    csv->Word(HexOf(record->key->id()))
        .Number(record->key->bits())
        .Text(SourceOf(*row.answer, record));
  }
  csv->Word(DnssecName(row.answer == nullptr ? dkim::Dnssec::kUnknown
                                             : row.answer->dnssec));
}

uint64_t CountOf(const SenderTally& tally, MessageClass c) {
  return tally.classes[static_cast<size_t>(c)];
}

// The messages with a signature by what became of the best one; the members
// add up to `signed`.
struct Outcomes {
  uint64_t fail_body = 0, fail_signature = 0, wrong_key = 0, no_key = 0,
           revoked = 0, policy = 0, temperror = 0, permerror = 0;
};

uint64_t* OutcomeOf(Reason reason, Outcomes* outcomes) {
  switch (reason) {
    case Reason::kBodyChanged:
      return &outcomes->fail_body;
    case Reason::kHeaderChanged:
    case Reason::kBadSignature:
      return &outcomes->fail_signature;
    case Reason::kNoKey:
      return &outcomes->no_key;
    case Reason::kRevoked:
      return &outcomes->revoked;
    default:
      break;
  }
  switch (dkim::ResultOf(reason)) {
    case Result::kFail:  // the rest: another key, or damage that looks so
      return &outcomes->wrong_key;
    case Result::kPolicy:
      return &outcomes->policy;
    case Result::kTempError:
      return &outcomes->temperror;
    default:
      return &outcomes->permerror;
  }
}

void WriteOutcomes(const SenderTally& tally, uint64_t passed, CsvWriter* csv) {
  Outcomes outcomes;
  for (const auto& [reason, count] : tally.reasons) {
    *OutcomeOf(reason, &outcomes) += count;
  }
  csv->Number(tally.signed_count)
      .Number(passed)
      .Number(outcomes.fail_body)
      .Number(outcomes.fail_signature)
      .Number(outcomes.wrong_key)
      .Number(outcomes.no_key)
      .Number(outcomes.revoked)
      .Number(outcomes.policy)
      .Number(outcomes.temperror)
      .Number(outcomes.permerror)
      .Number(tally.expired_at_receipt);
}

// The most frequent names as "name:count", joined by ";".
std::string JoinCounts(NameCounts names, bool more) {
  constexpr size_t kShown = 20;
  std::stable_sort(
      names.begin(), names.end(),
      [](const auto& a, const auto& b) { return a.second > b.second; });
  std::string out;
  for (size_t i = 0; i < std::min(names.size(), kShown); ++i) {
    if (i > 0) out += ';';
    out += names[i].first + ':' + std::to_string(names[i].second);
  }
  if (names.size() > kShown || more) out += ";...";
  return out;
}

void WriteTopReason(const SenderTally& tally, CsvWriter* csv) {
  const auto top = std::max_element(
      tally.reasons.begin(), tally.reasons.end(),
      [](const auto& a, const auto& b) { return a.second < b.second; });
  if (top == tally.reasons.end()) {
    csv->Word("").Number(uint64_t{0});
  } else {
    csv->Word(dkim::ReasonCode(top->first)).Number(top->second);
  }
}

}  // namespace

std::string_view TableName(Table table) {
  switch (table) {
    case Table::kMessages:
      return "messages";
    case Table::kSignatures:
      return "signatures";
    case Table::kSenders:
      return "senders";
    case Table::kKeys:
      return "keys";
    case Table::kExceptions:
      return "exceptions";
    case Table::kErrors:
    case Table::kCount:
      break;
  }
  return "errors";
}

std::string_view TableHeader(Table table) {
  switch (table) {
    case Table::kMessages:
    case Table::kExceptions:
      return kMessageColumns;
    case Table::kSignatures:
      return kSignatureColumns;
    case Table::kSenders:
      return kSenderColumns;
    case Table::kKeys:
      return kKeyColumns;
    case Table::kErrors:
    case Table::kCount:
      break;
  }
  return kErrorColumns;
}

void WriteMessage(const MessageRow& row, const CsvOptions& options,
                  std::string* out) {
  const MessageFacts& facts = *row.facts;
  CsvWriter csv(out, options);
  WritePlace(facts, &csv);
  const bool received = facts.received.source != mail::ReceivedSource::kNone;
  csv.Text(facts.input->archive)
      .Word(FormatName(facts.input->format))
      .Number(facts.length)
      .Text(facts.message_id)
      .Time(facts.date_header)
      .Time(received ? std::optional(facts.received.seconds) : std::nullopt)
      .Word(mail::ReceivedSourceName(facts.received.source))
      .Text(facts.author.domain)
      .Text(row.from_org)
      .Word(mail::AuthorDefectName(facts.author.defect))
      .Number(facts.author.from_count)
      .Text(facts.envelope_from)
      .Word(EnvelopeSourceName(facts.envelope_from_source))
      .Text(facts.list_id);
  WriteMessageVerdict(row, &csv);
  csv.Number(facts.body_size)
      .Text(facts.body_encoding)
      .Bool(facts.has_8bit)
      .Word(LineEndsName(facts.line_ends))
      .Word(Join<mail::Anomaly>(facts.anomalies, mail::AnomalyName))
      .Bool(facts.list_unsubscribe)
      .Bool(facts.list_unsubscribe_post)
      .EndRow();
}

void WriteSignatures(const MessageRow& row, const CsvOptions& options,
                     std::string* out) {
  CsvWriter csv(out, options);
  for (size_t i = 0; i < row.signatures.size(); ++i) {
    const dkim::Evidence& evidence = row.facts->signatures[i];
    const SignatureRow& signature = row.signatures[i];
    WritePlace(*row.facts, &csv);
    csv.Number(uint64_t{evidence.index}).Word("dkim");
    WriteTags(evidence.signature, &csv);
    WriteEvidence(evidence, &csv);
    WriteVerdict(signature, row, &csv);
    WriteKeyOf(signature, &csv);
    csv.Bool(signature.alignment.relaxed)
        .Bool(signature.alignment.strict)
        .Text(signature.org_domain)
        .EndRow();
  }
}

void WriteSender(std::string_view header_from, const SenderTally& tally,
                 const CsvOptions& options, std::string* out) {
  CsvWriter csv(out, options);
  csv.Text(header_from).Text(tally.from_org).Number(tally.count);
  for (const uint64_t count : tally.classes) csv.Number(count);
  const uint64_t aligned = CountOf(tally, MessageClass::kVerifiedAligned);
  const uint64_t unaligned = CountOf(tally, MessageClass::kVerifiedUnaligned);
  WriteOutcomes(tally, aligned + unaligned, &csv);
  csv.Number(aligned)
      .Number(unaligned)
      .Number(tally.aligned_strict)
      .Text(JoinCounts(tally.dkim_domains, tally.more_dkim_domains))
      .Text(JoinCounts(tally.selectors, tally.more_selectors))
      .Number(tally.weak_key)
      .Number(tally.sha1)
      .Number(tally.l_tag)
      .Time(tally.first_seen)
      .Time(tally.last_seen);
  WriteTopReason(tally, &csv);
  csv.Text(tally.shown().place).EndRow();
}

void WriteKey(std::string_view key, const KeyTally& tally,
              const CsvOptions& options, std::string* out) {
  CsvWriter csv(out, options);
  for (int part = 0; part < 3; ++part) {
    const size_t end = std::min(key.find('\0'), key.size());
    csv.Text(key.substr(0, end));
    key.remove_prefix(std::min(end + 1, key.size()));
  }
  const bool has_key = !tally.type.empty();
  const bool rsa = tally.type == "rsa";
  csv.Text(tally.record)
      .Word(tally.type)
      .Number(has_key ? std::optional<uint64_t>(tally.bits) : std::nullopt)
      .Number(rsa ? std::optional(tally.exponent) : std::nullopt)
      .Word(tally.flags)
      .Text(tally.cname_chain)
      .Word(tally.status)
      .Text(tally.source)
      .Time(tally.first_mail_at)
      .Time(tally.last_mail_at)
      .Time(tally.first_pass_at)
      .Time(tally.last_pass_at)
      .Number(tally.count)
      .Number(tally.pass)
      .Number(tally.fail)
      .Text(tally.example.place)
      .EndRow();
}

void WriteError(const ErrorRow& row, const CsvOptions& options,
                std::string* out) {
  CsvWriter csv(out, options);
  csv.Text(row.file)
      .Number(row.offset)
      .Word("")
      .Number(row.length)
      .Word(ErrorCodeName(row.code))
      .Text(row.kind)
      .Text(row.text)
      .EndRow();
}

bool IsException(const MessageRow& row) {
  switch (row.message_class) {
    case MessageClass::kRefused:
    case MessageClass::kBroken:
    case MessageClass::kUnjudged:
      return true;
    default:
      return false;
  }
}

}  // namespace mailassay::audit
