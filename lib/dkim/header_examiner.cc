#include "lib/dkim/header_examiner.h"

#include <utility>

#include "lib/base/domain_name.h"
#include "lib/crypto/hash.h"
#include "lib/dkim/canonical_field.h"

namespace mailassay::dkim {
namespace {

// 0: to be evaluated first.
int RankOf(const Signature& signature, std::string_view author_domain) {
  const std::string_view d = signature.domain;
  if (d.empty() || author_domain.empty()) return 2;
  if (d == author_domain) return 0;
  const bool related =
      IsSameOrBelow(d, author_domain) || IsSameOrBelow(author_domain, d);
  return related ? 1 : 2;
}

// The list has done its work; its start is enough to show.
void KeepSignedNames(Evidence& e) {
  constexpr size_t kShown = 1024;
  e.signed_names = std::exchange(e.signature.signed_names, {});
  if (e.signed_names.size() <= kShown) return;
  const size_t end = e.signed_names.rfind(';', kShown);
  e.signed_names =
      e.signed_names.substr(0, end == e.signed_names.npos ? 0 : end);
}

}  // namespace

void LimitEvidence(Reason limit, Evidence& evidence) {
  Evidence limited;
  limited.signature = evidence.signature;
  // Not of its own field.
  if (limited.signature.defect == Reason::kNoFrom) {
    limited.signature.defect = Reason::kOk;
  }
  limited.index = evidence.index;
  limited.limit = limit;
  limited.h_count = evidence.h_count;
  limited.signed_names = evidence.signed_names;
  evidence = limited;
}

std::vector<Evidence> HeaderExaminer::Examine(const mail::Header& header,
                                              std::string_view author_domain,
                                              Reason whole_limit,
                                              Arena& arena) {
  std::vector<Evidence> evidence = Collect(header, arena);
  if (evidence.empty()) return evidence;
  if (whole_limit == Reason::kOk &&
      header.fields.size() > limits_.max_header_fields) {
    whole_limit = Reason::kLimitHeaders;
  }
  if (whole_limit != Reason::kOk) {
    for (Evidence& e : evidence) LimitEvidence(whole_limit, e);
  } else {
    ChooseOrder(evidence, author_domain);
    bytes_left_ = limits_.max_signed_header_bytes;
    if (!order_.empty()) selection_.Begin(header);
    last_.known = false;
    for (const Pending& pending : order_) HashHeader(header, pending, arena);
  }
  for (Evidence& e : evidence) KeepSignedNames(e);
  return evidence;
}

std::vector<Evidence> HeaderExaminer::Collect(const mail::Header& header,
                                              Arena& arena) {
  own_field_.clear();
  for (uint32_t i = 0; i < header.fields.size(); ++i) {
    if (header.fields[i].known == mail::FieldName::kDkimSignature) {
      own_field_.push_back(i);
    }
  }
  std::vector<Evidence> evidence(own_field_.size());
  for (uint32_t i = 0; i < evidence.size(); ++i) {
    Evidence& e = evidence[i];
    e.signature = ParseSignature(header.fields[own_field_[i]], arena);
    e.index = i + 1;
    e.h_count = e.signature.signed_name_count;
  }
  return evidence;
}

// The evidence to be evaluated, the author's first: neither its place nor junk
// above it may cost the signature that counts for alignment its evaluation.
// Those that can't be evaluated anyway take no one's place.
void HeaderExaminer::ChooseOrder(std::vector<Evidence>& evidence,
                                 std::string_view author_domain) {
  order_.clear();
  for (const int rank : {0, 1, 2}) {
    for (size_t i = 0; i < evidence.size(); ++i) {
      Evidence& e = evidence[i];
      if (!IsOpen(e) || RankOf(e.signature, author_domain) != rank) continue;
      if (order_.size() < limits_.max_signatures) {
        order_.push_back({&e, own_field_[i]});
      } else {
        e.limit = Reason::kLimitSignatures;
      }
    }
  }
}

void HeaderExaminer::HashHeader(const mail::Header& header,
                                const Pending& pending, Arena& arena) {
  Evidence& e = *pending.evidence;
  Signature& signature = e.signature;
  const auto& selected =
      selection_.Select(signature.signed_names, pending.own_field);
  if (!limits_.only_names) selection_.DescribeCoverage(e, arena);
  if (!selection_.has_from()) {
    // RFC 6376 5.4: From is what a signature must cover; RFC 5322 3.6.
    signature.defect = Reason::kNoFrom;
    return;
  }
  if (!TakeBudget(header, selected, pending.own_field)) {
    e.limit = Reason::kLimitSignedBytes;
    return;
  }
  if (limits_.only_names) return;
  if (header.anomalies.Has(mail::Anomaly::kFromQuoted)) {
    e.reading_flags.Add(Flag::kFromUnquoted);
  }
  // RFC 6376 3.7: the selected fields, then the signature's own with the value
  // of b= removed and without its closing CRLF.
  crypto::Hasher hasher = HashSelected(header, signature, selected);
  text_.clear();
  AppendCanonicalField(signature.header_canon, header.fields[pending.own_field],
                       signature.b_begin, signature.b_size, text_);
  text_.resize(text_.size() - 2);
  hasher.Update(text_);
  e.header_hash = hasher.Finish();
}

// A signer who signs twice (with RSA and Ed25519, say) signs the same fields.
const crypto::Hasher& HeaderExaminer::HashSelected(
    const mail::Header& header, const Signature& signature,
    const std::vector<uint32_t>& selected) {
  if (last_.known && last_.form == signature.header_canon &&
      last_.hasher.algorithm() == signature.hash && last_.fields == selected) {
    return last_.hasher;
  }
  text_.clear();
  for (const uint32_t field : selected) {
    AppendCanonicalField(signature.header_canon, header.fields[field], 0, 0,
                         text_);
  }
  last_.known = true;
  last_.form = signature.header_canon;
  last_.fields = selected;
  last_.hasher = crypto::Hasher(signature.hash);
  last_.hasher.Update(text_);
  return last_.hasher;
}

// Once one signature is over the limit, so are all after it: small ones must
// not slip past a large one.
bool HeaderExaminer::TakeBudget(const mail::Header& header,
                                const std::vector<uint32_t>& selected,
                                size_t own) {
  size_t bytes = header.fields[own].raw.size();
  for (const uint32_t field : selected) {
    bytes += header.fields[field].raw.size();
  }
  if (bytes > bytes_left_) {
    bytes_left_ = 0;
    return false;
  }
  bytes_left_ -= bytes;
  return true;
}

}  // namespace mailassay::dkim
