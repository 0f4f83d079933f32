#include "tests/audit/made_up.h"

#include <openssl/evp.h>

#include <algorithm>
#include <random>

#include "lib/base/base64.h"
#include "lib/base/safe_text.h"
#include "tests/base/keep.h"

namespace mailassay::audit {
namespace {

using dkim::Reason;

struct FreeKey {
  void operator()(EVP_PKEY* key) const { EVP_PKEY_free(key); }
};
using Key = std::unique_ptr<EVP_PKEY, FreeKey>;

// One Ed25519 key for all names: the tests' seed is 32 octets of 7.
Key TestKey() {
  const std::vector<uint8_t> seed(32, 7);
  return Key(EVP_PKEY_new_raw_private_key(EVP_PKEY_ED25519, nullptr,
                                          seed.data(), seed.size()));
}

std::vector<uint8_t> Sign(const Digest& digest) {
  const Key key = TestKey();
  EVP_MD_CTX* context = EVP_MD_CTX_new();
  std::vector<uint8_t> signature(64);
  size_t size = signature.size();
  EVP_DigestSignInit(context, nullptr, nullptr, nullptr, key.get());
  EVP_DigestSign(context, signature.data(), &size, digest.bytes.data(),
                 digest.size);
  EVP_MD_CTX_free(context);
  return signature;
}

std::string TestRecord() {
  std::vector<uint8_t> point(32);
  size_t size = point.size();
  EVP_PKEY_get_raw_public_key(TestKey().get(), point.data(), &size);
  return "v=DKIM1; k=ed25519; p=" + EncodeBase64(point);
}

}  // namespace

MessageFacts MakeFacts(std::string_view domain, uint64_t offset) {
  static const auto input = [] {
    Input made;
    made.file = "mail.mbox";
    made.format = Format::kMboxRd;
    return std::make_shared<const Input>(made);
  }();
  MessageFacts facts;
  facts.input = input;
  facts.offset = offset;
  facts.length = 1000;
  facts.message_id = "<1@example.com>";
  facts.date_header = 1700000000;
  facts.received = {mail::ReceivedSource::kReceived, 1700000010, 300};
  facts.trace = mail::Trace::kReceived;
  facts.author.domain = domain;
  facts.author.address = "alice@" + std::string(domain);
  facts.author.from_count = 1;
  facts.body_size = 800;
  facts.line_ends = mail::LineEnds::kLf;
  return facts;
}

dkim::Evidence MakeEvidence(std::string_view d, std::string_view s) {
  dkim::Evidence evidence;
  dkim::Signature& signature = evidence.signature;
  signature.domain = signature.header_d = signature.auid_domain = Keep(d);
  signature.selector = signature.header_s = Keep(s);
  signature.header_a = "ed25519-sha256";
  signature.key_type = crypto::KeyType::kEd25519;
  signature.header_canon = dkim::Canonicalization::kRelaxed;
  signature.body_canon = dkim::Canonicalization::kRelaxed;
  evidence.index = 1;
  evidence.header_hash = crypto::Hash(crypto::HashAlgorithm::kSha256, "header");
  evidence.body_hash = crypto::Hash(crypto::HashAlgorithm::kSha256, "body");
  signature.body_hash = evidence.body_hash;
  static const std::vector<uint8_t> b = Sign(evidence.header_hash);
  signature.signature = b;
  evidence.body = dkim::BodyMatch::kMatch;
  evidence.signed_body_bytes = evidence.body_bytes = 12345;
  evidence.h_count = 5;
  evidence.signed_names = "from;to;subject;date;message-id";
  evidence.from_signed = true;
  return evidence;
}

std::shared_ptr<dkim::KeyAnswer> MakeAnswer(std::string_view d,
                                            std::string_view s) {
  static const std::string record = TestRecord();
  auto answer = MakeAnswer(dkim::KeyStatus::kFound);
  answer->name = std::string(s) + "._domainkey." + std::string(d);
  answer->records.push_back(dkim::ParseKeyRecord(record));
  answer->origins.push_back({.source = "import:keys.tsv"});
  return answer;
}

ErrorRow MakeError(ErrorCode code, std::string_view file, std::string_view kind,
                   std::string_view text) {
  ErrorRow row;
  row.code = code;
  row.file = file;
  row.kind = kind;
  row.text = text;
  return row;
}

std::shared_ptr<dkim::KeyAnswer> MakeAnswer(dkim::KeyStatus status) {
  auto answer = std::make_shared<dkim::KeyAnswer>();
  answer->status = status;
  answer->source = "dns";
  return answer;
}

MessageRow MakeRow(const MessageFacts& facts, Reason reason) {
  MessageRow row;
  row.facts = &facts;
  row.from_org = facts.author.domain;
  row.reason = reason;
  row.evaluated_at.seconds = facts.received.seconds;
  row.signatures.resize(facts.signatures.size());
  for (size_t i = 0; i < row.signatures.size(); ++i) {
    const std::string_view d = facts.signatures[i].signature.domain;
    SignatureRow& signature = row.signatures[i];
    signature.verdict.reason = reason;
    signature.verdict.result = dkim::ResultOf(reason);
    signature.verdict.body = dkim::BodyMatch::kMatch;
    signature.alignment.relaxed = signature.alignment.strict =
        d == facts.author.domain && !d.empty();
    signature.org_domain = d;
    signature.answer = MakeAnswer(d);
  }
  if (row.signatures.empty()) {
    row.message_class = reason != Reason::kOk ? MessageClass::kUnjudged
                        : facts.trace == mail::Trace::kReceived
                            ? MessageClass::kUnsigned
                            : MessageClass::kNeverSent;
    return row;
  }
  row.best = 0;
  switch (dkim::ResultOf(reason)) {
    case dkim::Result::kPass:
      row.signatures[0].verdict.record = 0;
      row.signatures[0].verdict.crypto = dkim::Crypto::kPass;
      row.message_class = row.signatures[0].alignment.relaxed
                              ? MessageClass::kVerifiedAligned
                              : MessageClass::kVerifiedUnaligned;
      break;
    case dkim::Result::kFail:
      row.message_class = MessageClass::kBroken;
      row.signatures[0].verdict.crypto = dkim::Crypto::kFail;
      break;
    case dkim::Result::kNeutral:
      row.message_class = MessageClass::kUnjudged;
      row.signatures[0].verdict.crypto = dkim::Crypto::kFail;
      break;
    case dkim::Result::kPolicy:
      row.message_class = reason == Reason::kExpired ? MessageClass::kRefused
                                                     : MessageClass::kUnjudged;
      break;
    default:
      row.message_class = MessageClass::kUnjudged;
      break;
  }
  return row;
}

MadeUp MakeMany(size_t count, uint32_t seed) {
  constexpr Reason kReasons[] = {
      Reason::kOk,          Reason::kOk,         Reason::kOk,
      Reason::kBodyChanged, Reason::kNoKey,      Reason::kWrongKey,
      Reason::kExpired,     Reason::kDnsTimeout, Reason::kHeaderChanged};
  std::mt19937 random(seed);
  const auto below = [&](uint32_t n) {
    return static_cast<uint32_t>(random() % n);
  };
  MadeUp made;
  for (size_t i = 0; i < count; ++i) {
    const std::string author = "a" + std::to_string(below(12)) + ".example";
    auto facts = std::make_unique<MessageFacts>(MakeFacts(author, i * 1000));
    facts->received.seconds += below(1000000);
    if (below(10) == 0) facts->trace = mail::Trace::kNone;
    for (uint32_t n = below(4); n > 0; --n) {
      const std::string d =
          below(2) ? author : "esp" + std::to_string(below(5)) + ".example";
      facts->signatures.push_back(
          MakeEvidence(d, "s" + std::to_string(below(400))));
      if (below(7) == 0) facts->signatures.back().signature.body_length = 3;
    }
    const Reason reason =
        facts->signatures.empty() ? Reason::kOk : kReasons[below(9)];
    made.rows.push_back(MakeRow(*facts, reason));
    made.facts.push_back(std::move(facts));
  }
  return made;
}

std::vector<std::vector<std::string>> ReadCsv(std::string_view text) {
  const std::vector<std::vector<std::string>> malformed = {{"MALFORMED"}};
  std::vector<std::vector<std::string>> records;
  size_t at = 0;
  while (at < text.size()) {
    records.emplace_back();
    for (bool more = true; more;) {
      std::string field;
      if (text[at] == '"') {
        for (++at;; ++at) {
          if (at >= text.size()) return malformed;
          if (text[at] != '"') {
            field += text[at];
          } else if (text.substr(at + 1, 1) == "\"") {
            field += '"';
            ++at;
          } else {
            ++at;
            break;
          }
        }
      } else {
        while (at < text.size() && text[at] != ',' && text[at] != '\r') {
          if (text[at] == '"' || text[at] == '\n') return malformed;
          field += text[at++];
        }
      }
      records.back().push_back(field);
      if (text.substr(at, 2) == "\r\n") {
        at += 2;
        more = false;
      } else if (at + 1 < text.size() && text[at] == ',') {
        ++at;
      } else {
        return malformed;
      }
    }
  }
  return records;
}

size_t CountLines(std::string_view text) {
  return static_cast<size_t>(std::count(text.begin(), text.end(), '\n'));
}

size_t LongestLine(std::string_view text) {
  size_t longest = 0, line = 0;
  for (const char c : text) {
    if (c == '\n') {
      line = 0;
    } else if ((static_cast<uint8_t>(c) & 0xC0) != 0x80) {
      longest = std::max(longest, ++line);
    }
  }
  return longest;
}

bool IsSafe(std::string_view text) {
  std::string lines_removed(text);
  std::erase(lines_removed, '\n');
  std::erase(lines_removed, '\r');
  return SafeText(lines_removed) == lines_removed;
}

}  // namespace mailassay::audit
