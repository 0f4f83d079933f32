#include "lib/audit/group_examiner.h"

#include <utility>

#include "lib/crypto/hash.h"
#include "lib/mail/crcrlf.h"

namespace mailassay::audit {

bool GroupExaminer::Add(const Placement& placement, std::string_view message) {
  const MessageParts parts = TakeApart(message, limits_);
  MessageFacts& facts = messages_.emplace_back();
  if (!head_.Examine(placement, parts.header, parts.limit, facts)) {
    messages_.pop_back();
    return false;
  }
  facts.length = message.size();
  facts.body_size = parts.body.size();
  if (raw_hash_ == RawHash::kSha256) {
    facts.raw_sha256 = crypto::Hash(crypto::HashAlgorithm::kSha256, message);
  }
  dkim::BodyJob& job = jobs_.emplace_back();
  if (facts.limit != dkim::Reason::kOk || limits_.dkim.only_names) return true;
  job.content_type = head_.content_type();
  job.body = parts.body;
  if (facts.anomalies.Has(mail::Anomaly::kCrCrLf)) {
    job.body = read_.emplace_back(mail::ReadCrCrLf(parts.body));
  }
  job.header_line_ends = facts.line_ends;
  return true;
}

std::vector<MessageFacts> GroupExaminer::Finish() {
  if (limits_.dkim.only_names) jobs_.clear();
  if (jobs_.empty()) return std::exchange(messages_, {});
  for (size_t i = 0; i < messages_.size(); ++i) {
    jobs_[i].evidence = messages_[i].signatures;
  }
  bodies_.Run(jobs_);
  for (size_t i = 0; i < messages_.size(); ++i) {
    if (messages_[i].limit != dkim::Reason::kOk) continue;
    AddBodyFacts(jobs_[i].facts, messages_[i]);
    messages_[i].attached_messages = jobs_[i].attached_messages;
  }
  jobs_.clear();
  read_.clear();
  return std::exchange(messages_, {});
}

}  // namespace mailassay::audit
