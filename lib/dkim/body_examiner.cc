#include "lib/dkim/body_examiner.h"

#include <algorithm>
#include <cassert>

#include "lib/dkim/header_examiner.h"

namespace mailassay::dkim {
namespace {

// Octets of body that are looked at and canonicalised while in cache.
constexpr size_t kPiece = 32 * 1024;

BodyRequest RequestOf(const Signature& signature) {
  return {.algorithm = signature.body_canon,
          .hash = signature.hash,
          .length = signature.body_length};
}

// Mail that has only LF in its header was stored that way: each LF was CRLF.
bool IsStoredWithLf(mail::LineEnds header_line_ends) {
  return header_line_ends == mail::LineEnds::kLf ||
         header_line_ends == mail::LineEnds::kNone;
}

bool HasQuotedHeader(std::span<const Evidence> evidence) {
  return std::any_of(evidence.begin(), evidence.end(), [](const Evidence& e) {
    return e.reading_flags.Has(Flag::kFromUnquoted);
  });
}

}  // namespace

void BodyExaminer::TakeRequests(std::span<const Evidence> evidence) {
  requests_.clear();
  for (const Evidence& e : evidence) {
    if (IsOpen(e)) requests_.push_back(RequestOf(e.signature));
  }
  facts_ = BodyFacts();
  parts_.Begin({});
  lane_.reset();
  ended_ = false;
}

void BodyExaminer::Begin(std::span<const Evidence> evidence,
                         mail::LineEnds header_line_ends,
                         BodyReadings::Blanks blanks) {
  TakeRequests(evidence);
  readings_.Begin(IsStoredWithLf(header_line_ends), requests_, blanks);
  if (HasQuotedHeader(evidence)) readings_.UnquoteAnyFrom();
}

bool BodyExaminer::BeginInLane(std::span<const Evidence> evidence,
                               mail::LineEnds header_line_ends,
                               crypto::LaneHasher& hasher, bool from_unquoted) {
  TakeRequests(evidence);
  if (!BodyReadings::FitsLane(requests_)) return false;
  lane_ = hasher.Open();
  readings_.BeginInLane(IsStoredWithLf(header_line_ends), requests_, hasher,
                        *lane_, from_unquoted);
  if (HasQuotedHeader(evidence)) readings_.UnquoteAnyFrom();
  return true;
}

void BodyExaminer::EndOfBody() {
  if (!ended_ && !readings_.idle()) readings_.Finish();
  ended_ = true;
}

void BodyExaminer::TakeDigest(const Digest& digest) {
  readings_.TakeDigest(digest);
  lane_.reset();
}

bool BodyExaminer::Settles(std::span<const Evidence> evidence) const {
  return std::all_of(evidence.begin(), evidence.end(), [&](const Evidence& e) {
    return !IsOpen(e) ||
           readings_.Settles(RequestOf(e.signature), e.signature.body_hash);
  });
}

void BodyExaminer::Feed(std::string_view bytes) {
  while (!bytes.empty()) {
    const std::string_view piece = bytes.substr(0, kPiece);
    const BodyFacts::Piece seen = facts_.Add(piece);
    if (!readings_.idle()) readings_.Feed(piece, seen);
    if (parts_.wants_body()) {
      seen.dash_line ? parts_.Feed(piece) : parts_.FeedPlain(piece);
    }
    bytes.remove_prefix(piece.size());
  }
}

void BodyExaminer::Finish(std::span<Evidence> evidence) {
  EndOfBody();
  assert(!lane_);
  if (readings_.idle()) return;
  for (Evidence& e : evidence) {
    if (IsOpen(e)) Conclude(e);
  }
  readings_.Release();
}

void BodyExaminer::Abandon(std::span<Evidence> evidence, Reason limit) {
  assert(limit != Reason::kOk);
  for (Evidence& e : evidence) LimitEvidence(limit, e);
  readings_.Begin(false, {});
}

void BodyExaminer::Conclude(Evidence& e) const {
  Signature& signature = e.signature;
  const BodyReadings::Answer answer =
      readings_.Find(RequestOf(signature), signature.body_hash);
  e.body_bytes = answer.body_bytes;
  e.signed_body_bytes = signature.body_length.value_or(answer.body_bytes);
  if (signature.body_length && *signature.body_length > answer.body_bytes) {
    signature.defect = Reason::kLTooLong;  // RFC 6376 3.5 "l="
    return;
  }
  // The library refused (SHA-1 under a policy): the body stays unjudged.
  if (answer.digest.size == 0) return;
  e.body_hash = answer.digest;
  const bool match = answer.digest == signature.body_hash;
  e.body = match ? BodyMatch::kMatch : BodyMatch::kMismatch;
  if (match) e.reading_flags.Add(answer.flags);
}

}  // namespace mailassay::dkim
