#include "lib/dkim/examiner.h"

#include <algorithm>
#include <cassert>
#include <utility>

#include "lib/base/ascii.h"
#include "lib/base/domain_name.h"
#include "lib/crypto/hash.h"
#include "lib/dkim/body_facts.h"
#include "lib/dkim/body_readings.h"
#include "lib/dkim/canonical_field.h"
#include "lib/dkim/header_selection.h"

namespace mailassay::dkim {
namespace {

// Octets of body that are looked at and canonicalised while in cache.
constexpr size_t kPiece = 32 * 1024;

// 0: to be evaluated first.
int RankOf(const Signature& signature, std::string_view author_domain) {
  const std::string& d = signature.domain;
  if (d.empty() || author_domain.empty()) return 2;
  if (d == author_domain) return 0;
  const bool related =
      IsSameOrBelow(d, author_domain) || IsSameOrBelow(author_domain, d);
  return related ? 1 : 2;
}

// Is there still something to compute?
bool IsOpen(const Evidence& evidence) {
  return evidence.limit == Reason::kOk &&
         evidence.signature.defect == Reason::kOk;
}

BodyRequest RequestOf(const Signature& signature) {
  return {.algorithm = signature.body_canon,
          .hash = signature.hash,
          .length = signature.body_length};
}

}  // namespace

struct Examiner::Impl {
  explicit Impl(const ExamineLimits& l) : limits(l) {}

  void CollectSignatures(const mail::Header& header);
  void LimitAll(Reason limit);
  std::vector<size_t> ChooseOrder(std::string_view author_domain);
  void ExamineHeader(const mail::Header& header,
                     const std::vector<size_t>& order);
  void ExamineSignature(const mail::Header& header, size_t i);
  bool TakeBudget(const mail::Header& header,
                  const std::vector<uint32_t>& selected, size_t own);
  void BeginBody(mail::LineEnds header_line_ends);
  void ConcludeBody(Evidence& evidence) const;

  ExamineLimits limits;
  std::vector<Evidence> evidence;
  std::vector<uint32_t> own_field;  // of each evidence: index in the header
  size_t header_bytes_left = 0;
  HeaderSelection selection;
  std::string header_text;  // canonical, of one signature
  std::vector<BodyRequest> requests;
  BodyReadings body;
  BodyFacts facts;
};

Examiner::Examiner(const ExamineLimits& limits)
    : impl_(std::make_unique<Impl>(limits)) {}
Examiner::~Examiner() = default;
Examiner::Examiner(Examiner&&) noexcept = default;
Examiner& Examiner::operator=(Examiner&&) noexcept = default;

namespace {

// The list has done its work; its start is enough to show.
void KeepSignedNames(Evidence& e) {
  constexpr size_t kShown = 1024;
  e.signed_names = std::move(e.signature.signed_names);
  e.signature.signed_names = {};
  if (e.signed_names.size() <= kShown) return;
  const size_t end = e.signed_names.rfind(';', kShown);
  e.signed_names.resize(end == std::string::npos ? 0 : end);
  e.signed_names.shrink_to_fit();
}

}  // namespace

void Examiner::Begin(const mail::Header& header, std::string_view author_domain,
                     Reason whole_limit) {
  Impl& impl = *impl_;
  impl.facts = BodyFacts();
  impl.CollectSignatures(header);
  if (whole_limit == Reason::kOk &&
      header.fields.size() > impl.limits.max_header_fields) {
    whole_limit = Reason::kLimitHeaders;
  }
  if (whole_limit != Reason::kOk) {
    impl.LimitAll(whole_limit);
  } else if (!impl.evidence.empty()) {
    impl.ExamineHeader(header, impl.ChooseOrder(author_domain));
  }
  for (Evidence& e : impl.evidence) KeepSignedNames(e);
  impl.BeginBody(header.line_ends);
}

void Examiner::Impl::CollectSignatures(const mail::Header& header) {
  evidence.clear();
  own_field.clear();
  for (uint32_t i = 0; i < header.fields.size(); ++i) {
    const mail::HeaderField& field = header.fields[i];
    if (field.known != mail::FieldName::kDkimSignature) continue;
    Evidence& e = evidence.emplace_back();
    e.signature = ParseSignature(field);
    e.index = static_cast<uint32_t>(evidence.size());
    e.h_count = e.signature.signed_name_count;
    own_field.push_back(i);
  }
}

void Examiner::Impl::LimitAll(Reason limit) {
  for (Evidence& e : evidence) e.limit = limit;
}

// The evidence to be evaluated, the author's first: neither its place nor junk
// above it may cost the signature that counts for alignment its evaluation.
// Those that can't be evaluated anyway take no one's place.
std::vector<size_t> Examiner::Impl::ChooseOrder(
    std::string_view author_domain) {
  std::vector<size_t> order;
  for (const int rank : {0, 1, 2}) {
    for (size_t i = 0; i < evidence.size(); ++i) {
      Evidence& e = evidence[i];
      if (!IsOpen(e) || RankOf(e.signature, author_domain) != rank) continue;
      if (order.size() < limits.max_signatures) {
        order.push_back(i);
      } else {
        e.limit = Reason::kLimitSignatures;
      }
    }
  }
  return order;
}

void Examiner::Impl::ExamineHeader(const mail::Header& header,
                                   const std::vector<size_t>& order) {
  header_bytes_left = limits.max_signed_header_bytes;
  if (order.empty()) return;
  selection.Begin(header);
  for (const size_t i : order) ExamineSignature(header, i);
}

void Examiner::Impl::ExamineSignature(const mail::Header& header, size_t i) {
  Evidence& e = evidence[i];
  Signature& signature = e.signature;
  const uint32_t own = own_field[i];
  const auto& selected = selection.Select(signature.signed_names, own);
  selection.DescribeCoverage(e);
  if (!selection.has_from()) {
    // RFC 6376 5.4: From is what a signature must cover; RFC 5322 3.6.
    signature.defect = Reason::kNoFrom;
    return;
  }
  if (!TakeBudget(header, selected, own)) {
    e.limit = Reason::kLimitSignedBytes;
    return;
  }
  // RFC 6376 3.7: the selected fields, then the signature's own with the value
  // of b= removed and without its closing CRLF.
  header_text.clear();
  const auto append = [&](uint32_t field, size_t b_begin, size_t b_size) {
    AppendCanonicalField(signature.header_canon, header.fields[field], b_begin,
                         b_size, header_text);
  };
  for (const uint32_t field : selected) append(field, 0, 0);
  append(own, signature.b_begin, signature.b_size);
  header_text.resize(header_text.size() - 2);
  e.header_hash = crypto::Hash(signature.hash, header_text);
}

// Once one signature is over the limit, so are all after it: small ones must
// not slip past a large one.
bool Examiner::Impl::TakeBudget(const mail::Header& header,
                                const std::vector<uint32_t>& selected,
                                size_t own) {
  size_t bytes = header.fields[own].raw.size();
  for (const uint32_t field : selected)
    bytes += header.fields[field].raw.size();
  if (bytes > header_bytes_left) {
    header_bytes_left = 0;
    return false;
  }
  header_bytes_left -= bytes;
  return true;
}

void Examiner::Impl::BeginBody(mail::LineEnds header_line_ends) {
  requests.clear();
  for (const Evidence& e : evidence) {
    if (IsOpen(e)) requests.push_back(RequestOf(e.signature));
  }
  // Mail that has only LF in its header was stored that way: each LF was CRLF.
  const bool lf_is_line_end = header_line_ends == mail::LineEnds::kLf ||
                              header_line_ends == mail::LineEnds::kNone;
  body.Begin(lf_is_line_end, requests);
}

void Examiner::Feed(std::string_view bytes) {
  Impl& impl = *impl_;
  while (!bytes.empty()) {
    const std::string_view piece = bytes.substr(0, kPiece);
    const BodyFacts::Piece facts = impl.facts.Add(piece);
    if (!impl.body.idle()) impl.body.Feed(piece, facts);
    bytes.remove_prefix(piece.size());
  }
}

void Examiner::Abandon(Reason limit) {
  assert(limit != Reason::kOk);
  Impl& impl = *impl_;
  for (Evidence& e : impl.evidence) {
    if (!IsOpen(e)) continue;
    e.limit = limit;
    e.header_hash = Digest();  // never half an answer
  }
  impl.BeginBody(mail::LineEnds::kNone);
}

std::vector<Evidence> Examiner::Finish() {
  Impl& impl = *impl_;
  if (!impl.body.idle()) impl.body.Finish();
  for (Evidence& e : impl.evidence) {
    if (IsOpen(e)) impl.ConcludeBody(e);
  }
  return std::move(impl.evidence);
}

void Examiner::Impl::ConcludeBody(Evidence& e) const {
  Signature& signature = e.signature;
  const BodyReadings::Answer answer =
      body.Find(RequestOf(signature), signature.body_hash);
  e.body_bytes = answer.body_bytes;
  e.signed_body_bytes = signature.body_length.value_or(answer.body_bytes);
  if (answer.digest.size == 0) {
    signature.defect = Reason::kLTooLong;  // RFC 6376 3.5 "l="
    return;
  }
  e.body_hash = answer.digest;
  const bool match = answer.digest == signature.body_hash;
  e.body = match ? BodyMatch::kMatch : BodyMatch::kMismatch;
  if (match) e.reading_flags = answer.flags;
}

bool Examiner::saw_bare_cr() const { return impl_->facts.saw_bare_cr(); }
bool Examiner::saw_nul() const { return impl_->facts.saw_nul(); }
bool Examiner::saw_8bit() const { return impl_->facts.saw_8bit(); }
mail::LineEnds Examiner::body_line_ends() const {
  return impl_->facts.line_ends();
}

}  // namespace mailassay::dkim
