#include "lib/audit/recovery_candidates.h"

#include <algorithm>
#include <tuple>
#include <utility>

namespace mailassay::audit {
namespace {

using Candidates = std::vector<RecoveryCandidate>;

// Enough buckets for eras, each with room for some signatures.
constexpr size_t kEachBucket = 4;

auto Place(const RecoveryCandidate& one) {
  return std::tuple(one.input, one.offset, one.index);
}

// Those without a time first.
bool IsEarlier(const RecoveryCandidate& a, const RecoveryCandidate& b) {
  return std::tuple(a.time, Place(a)) < std::tuple(b.time, Place(b));
}

bool IsSame(const RecoveryCandidate& a, const RecoveryCandidate& b) {
  return a.header_hash == b.header_hash && a.signature == b.signature;
}

bool IsBeforeInDigests(const RecoveryCandidate& a, const RecoveryCandidate& b) {
  const auto digests = std::tie(a.header_hash.bytes, a.signature) <=>
                       std::tie(b.header_hash.bytes, b.signature);
  return digests != 0 ? digests < 0 : IsEarlier(a, b);
}

// One message archived twice says nothing twice.
void RemoveRepeats(Candidates& candidates) {
  std::ranges::sort(candidates, IsBeforeInDigests);
  const auto repeats = std::ranges::unique(candidates, IsSame);
  candidates.erase(repeats.begin(), repeats.end());
}

uint64_t Gap(int64_t earlier, int64_t later) {
  return static_cast<uint64_t>(later) - static_cast<uint64_t>(earlier);
}

// Where the candidates of each bucket of time end.  REQUIRES: in order of time.
std::vector<size_t> BucketEnds(const Candidates& candidates, size_t buckets) {
  const auto first = std::ranges::find_if(
      candidates, [](const auto& one) { return one.time.has_value(); });
  std::vector<size_t> ends = {static_cast<size_t>(first - candidates.begin())};
  if (first == candidates.end()) return ends;
  const int64_t start = *first->time;
  const uint64_t width = Gap(start, *candidates.back().time) / buckets + 1;
  uint64_t current = 0;
  for (size_t i = ends[0]; i < candidates.size(); ++i) {
    const uint64_t bucket = Gap(start, *candidates[i].time) / width;
    if (bucket != current) ends.push_back(i);
    current = bucket;
  }
  ends.push_back(candidates.size());
  return ends;
}

// The most that each bucket may keep so that all together keep `limit`.
size_t ShareOfBucket(const std::vector<size_t>& ends, size_t limit) {
  const auto kept = [&](size_t share) {
    size_t sum = 0, begin = 0;
    for (const size_t end : ends) {
      sum += std::min(end - begin, share);
      begin = end;
    }
    return sum;
  };
  size_t share = 1;
  while (share < limit && kept(share + 1) <= limit) ++share;
  return share;
}

// REQUIRES: in order of time, more than `limit`.
Candidates EvenlyOverTime(Candidates candidates, size_t limit) {
  const std::vector<size_t> ends =
      BucketEnds(candidates, std::max<size_t>(1, limit / kEachBucket));
  const size_t share = ShareOfBucket(ends, limit);
  Candidates kept;
  size_t begin = 0;
  for (const size_t end : ends) {
    const size_t count = end - begin, keep = std::min(count, share);
    for (size_t i = 0; i < keep; ++i) {
      kept.push_back(std::move(candidates[begin + i * count / keep]));
    }
    begin = end;
  }
  return kept;
}

std::optional<int64_t> SigningTime(const MessageFacts& facts,
                                   const dkim::Evidence& evidence) {
  if (evidence.signature.timestamp) return evidence.signature.timestamp;
  if (facts.received.source == mail::ReceivedSource::kNone) return {};
  return facts.received.seconds;
}

}  // namespace

std::optional<RecoveryCandidate> CandidateOf(const MessageFacts& facts,
                                             const dkim::Evidence& evidence) {
  const dkim::Signature& signature = evidence.signature;
  const bool sound = signature.defect == dkim::Reason::kOk &&
                     evidence.limit == dkim::Reason::kOk &&
                     facts.limit == dkim::Reason::kOk;
  if (!sound || signature.key_type != crypto::KeyType::kRsa ||
      evidence.body != dkim::BodyMatch::kMatch) {
    return std::nullopt;
  }
  RecoveryCandidate candidate = {
      .hash = signature.hash,
      .header_hash = evidence.header_hash,
      .signature = {signature.signature.begin(), signature.signature.end()},
      .time = SigningTime(facts, evidence),
      .input = facts.input ? facts.input->ordinal : 0,
      .offset = facts.offset,
      .index = evidence.index};
  if (!crypto::MayRecover(candidate.signed_digest())) return std::nullopt;
  return candidate;
}

RecoveryCandidates::RecoveryCandidates(size_t limit)
    : limit_(std::max<size_t>(2, limit)) {}

void RecoveryCandidates::Add(RecoveryCandidate candidate) {
  ++added_;
  kept_.push_back(std::move(candidate));
  if (kept_.size() >= 2 * limit_) Thin();
}

void RecoveryCandidates::SetLimit(size_t limit) {
  limit_ = std::max<size_t>(2, limit);
  if (kept_.size() > limit_) Thin();
}

std::vector<RecoveryCandidate> RecoveryCandidates::Take() {
  Thin();
  return std::exchange(kept_, {});
}

void RecoveryCandidates::Thin() {
  RemoveRepeats(kept_);
  std::ranges::sort(kept_, IsEarlier);
  if (kept_.size() <= limit_) return;
  kept_ = EvenlyOverTime(std::move(kept_), limit_);
  thinned_ = true;
}

}  // namespace mailassay::audit
