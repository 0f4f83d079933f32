#include "bench/message_maker.h"

#include <openssl/evp.h>

#include <algorithm>
#include <array>
#include <memory>
#include <string_view>

#include "bench/body_maker.h"
#include "bench/header_maker.h"
#include "bench/joined.h"
#include "bench/mail_date.h"
#include "tests/reference/signer.h"

namespace mailassay::bench {
namespace {

using reference::SignOptions;

constexpr uint64_t kFirstDay = 1'700'000'000;  // 2023-11-14
constexpr uint64_t kSecondsBetween = 37;
constexpr size_t kLeastBody = 60;
constexpr size_t kMostBody = 25'000'000;  // what mail systems let through
constexpr uint64_t kHugePiece = 1 << 20;

// What happened to the message; the known shares of an archive.
enum class Fate : uint8_t {
  kIntact,
  kBodyAltered,
  kHeaderAltered,
  kKeyReplaced,
  kKeyMissing,
  kKeyRevoked,
  kExpired,
  kTail,  // text behind what l= covers
  kUnsigned,
  kNeverSent,
  kList,  // signed by a mailing list only
};

const Weighted& Fates() {
  static const Weighted fates({78, 2, 2, 2, 2, 1, 0.5, 0.5, 8, 1, 3});
  return fates;
}

bool IsSigned(Fate fate) {
  return fate != Fate::kUnsigned && fate != Fate::kNeverSent;
}

Publication PublicationOf(Fate fate) {
  switch (fate) {
    case Fate::kKeyReplaced:
      return Publication::kReplaced;
    case Fate::kKeyMissing:
      return Publication::kMissing;
    case Fate::kKeyRevoked:
      return Publication::kRevoked;
    default:
      return Publication::kKey;
  }
}

// What a verifier says of the signature; `first`: the one that the fate's key
// belongs to.
std::string ReasonFor(Fate fate, const Sender& signer, bool first) {
  switch (fate) {
    case Fate::kBodyAltered:
      return "body_changed";
    case Fate::kHeaderAltered:
      return signer.is_rsa() ? "header_changed" : "signature_mismatch";
    case Fate::kExpired:
      return "expired";
    case Fate::kTail:
      return "partial_body";
    case Fate::kKeyReplaced:
      if (!first) return "ok";
      return signer.is_rsa() ? "wrong_key" : "signature_mismatch";
    case Fate::kKeyMissing:
      return first ? "key_not_asked" : "ok";
    case Fate::kKeyRevoked:
      return first ? "revoked" : "ok";
    default:
      return "ok";
  }
}

bool Holds(const MadeMessage& message, std::string_view reason) {
  return std::ranges::find(message.reasons, reason) != message.reasons.end();
}

// The class of the best signature.  `aligned`: the topmost one is the author
// domain's own; any other is not.
std::string ClassFor(const MadeMessage& message, Fate fate, bool aligned) {
  if (fate == Fate::kUnsigned) return "unsigned";
  if (fate == Fate::kNeverSent) return "never_sent";
  if (aligned && message.reasons[0] == "ok") return "verified_aligned";
  if (Holds(message, "ok")) return "verified_unaligned";
  if (Holds(message, "expired") || Holds(message, "partial_body")) {
    return "refused";
  }
  // Not asked for, with the body intact: may yet pass, so nothing is broken.
  if (Holds(message, "key_not_asked")) return "unjudged";
  if (Holds(message, "body_changed") || Holds(message, "header_changed")) {
    return "broken";
  }
  return "unjudged";
}

// Fields a signer of bulk mail covers.
std::vector<std::string> SignedNames(Random& random) {
  std::vector<std::string> names = {"From",        "To",         "Subject",
                                    "Date",        "Message-ID", "MIME-Version",
                                    "Content-Type"};
  if (random.Chance(0.6)) {
    names.insert(names.end(), {"Reply-To", "List-Unsubscribe",
                               "List-Unsubscribe-Post", "Feedback-ID"});
  }
  if (random.Chance(0.4)) {
    names.insert(names.end(), {"From", "Subject", "To"});  // over-signed
  }
  return names;
}

SignOptions Canonicalisations(Random& random) {
  const double draw = random.Unit();
  SignOptions options;
  if (draw >= 0.80) options.body_canon = "simple";
  if (draw >= 0.92) options.header_canon = "simple";
  return options;
}

// Replaces one letter in the middle of the body's text.
void AlterBody(std::string& text, size_t body_begin) {
  const size_t from = body_begin + (text.size() - body_begin) / 2;
  for (const auto& [begin, end] :
       {std::pair(from, text.size()), std::pair(body_begin, from)}) {
    for (size_t i = begin; i < end; ++i) {
      if (text[i] >= 'a' && text[i] <= 'y') {
        ++text[i];
        return;
      }
    }
  }
}

void AlterHeader(std::string& text) {
  const size_t at = text.find("\r\nSubject: ");
  text.insert(at + 11, "[EXTERNAL] ");
}

// A signature and its place in the truth.
std::string SignFor(const Sender& sender, Fate fate, bool first,
                    std::string_view message, SignOptions options,
                    MadeMessage& made) {
  const Publication publication =
      first ? PublicationOf(fate) : Publication::kKey;
  options.domain = sender.domain();
  options.selector = Sender::Selector(publication);
  made.reasons.push_back(ReasonFor(fate, sender, first));
  made.keys.push_back({&sender, publication});
  return reference::Sign(message, sender.key(), options);
}

struct Signers {
  const Sender* author;   // null: only a service signs
  const Sender* service;  // null: only the author signs
};

std::string SignAll(Random& random, const Signers& signers, Fate fate,
                    std::string_view message, uint64_t sent_at,
                    MadeMessage& made) {
  SignOptions options = Canonicalisations(random);
  options.headers = SignedNames(random);
  options.timestamp = sent_at;
  if (fate == Fate::kExpired) {
    options.expiration = sent_at + 3600;
  } else if (random.Chance(0.2)) {
    options.expiration = sent_at + 7 * 86'400;
  }
  const bool relaxed_body = options.body_canon == "relaxed";
  if (fate == Fate::kTail) {
    options.body_length = reference::CanonicalBodySize(message, relaxed_body);
  }
  // Both signers hash the body alike: once is enough.
  options.body_hash = reference::BodyHash(
      message,
      {.relaxed_body = relaxed_body, .body_length = options.body_length});
  std::string out;
  bool first = true;
  for (const Sender* sender : {signers.author, signers.service}) {
    if (sender == nullptr) continue;
    out += SignFor(*sender, fate, first, message, options, made);
    first = false;
  }
  return out;
}

std::string Trace(Shape shape, Random& random, const Journey& journey,
                  const Author& author) {
  return shape == Shape::kList ? ListTrace(random, journey, author)
                               : BulkTrace(random, journey);
}

// The chance that a message which its author signed bears a second signature.
double ChanceOfSecond(Shape shape) {
  return shape == Shape::kList ? 0.33 : 0.25;
}

std::string Bounce(const std::string& domain, Random& random) {
  return "bounce-" + Token(random) + "@" + domain;
}

}  // namespace

BodySizes BodySizesOf(const MakerOptions& options) {
  const bool list = options.shape == Shape::kList;
  return {options.median_body.value_or(list ? 1'900 : 12'000),
          options.mean_body.value_or(list ? 3'000 : 40'000)};
}

MessageMaker::MessageMaker(const MakerOptions& options)
    : options_(options),
      senders_(options.seed),
      body_size_(BodySizesOf(options).median, BodySizesOf(options).mean) {}

MadeMessage MessageMaker::Make(uint64_t number) const {
  if (options_.from_domains != 0) return MakeSmall(number);
  Random random(options_.seed, number);
  const auto fate = static_cast<Fate>(Fates().Draw(random));
  const bool list = fate == Fate::kList;
  const Sender& author_sender = senders_.DrawAuthor(random);
  const Sender& service = senders_.DrawService(random);
  // A third of the author addresses lie in a subdomain of d=.
  Author author;
  author.domain = (random.Chance(0.33) ? "mail." : "") + author_sender.domain();
  author.address = LocalPart(random) + "@" + author.domain;

  MadeMessage made;
  made.from_domain = author.domain;
  const uint64_t sent_at = kFirstDay + number * kSecondsBetween;
  made.received_at = sent_at + 2 + random.Below(60) +
                     (fate == Fate::kExpired ? 2 * 86'400 : 0);
  made.envelope_from = Bounce(author_sender.domain(), random);

  const double drawn = body_size_.Draw(random);
  const auto size = static_cast<size_t>(std::clamp(
      drawn, static_cast<double>(kLeastBody), static_cast<double>(kMostBody)));
  const Shape shape = options_.shape;
  const MadeBody body = shape == Shape::kList ? MakeListBody(random, size)
                                              : MakeBody(random, size);
  std::string core = shape == Shape::kList
                         ? ListFields(random, author, sent_at, body)
                         : BulkFields(random, author, sent_at, body, list);
  core += "\r\n" + body.text;

  std::string top;
  if (fate != Fate::kNeverSent) {
    top = Trace(shape, random, {sent_at, made.received_at, made.envelope_from},
                author);
  }
  if (IsSigned(fate)) {
    const bool twice = !list && random.Chance(ChanceOfSecond(shape));
    const Signers signers = {list ? nullptr : &author_sender,
                             list || twice ? &service : nullptr};
    top += SignAll(random, signers, fate, core, sent_at, made);
  }
  if (fate == Fate::kBodyAltered)
    AlterBody(core, core.size() - body.text.size());
  if (fate == Fate::kHeaderAltered) AlterHeader(core);
  if (fate == Fate::kTail)
    core += "-- \r\nSent through a list with a footer\r\n";
  made.message_class = ClassFor(made, fate, !list);
  made.text = top + core;
  return made;
}

// A signature that is well-formed and whose key is nowhere: cheap to make.
MadeMessage MessageMaker::MakeSmall(uint64_t number) const {
  Random random(options_.seed, number);
  MadeMessage made;
  const uint64_t sent_at = kFirstDay + number * kSecondsBetween;
  made.received_at = sent_at + 3;
  made.from_domain =
      "d" + std::to_string(number % options_.from_domains) + ".example";
  made.envelope_from = "a@" + made.from_domain;
  const bool is_signed = random.Chance(0.5);
  std::string body;
  AppendPlainLines(random, 200, body);
  made.text = "Received: from mx.example by in.recipient.example; " +
              MailDate(made.received_at) + "\r\n";
  if (is_signed) {
    std::string b;
    while (b.size() < 342) b += Token(random);
    b.resize(342);
    const std::string message = "\r\n" + body;
    made.text += "DKIM-Signature: v=1; a=rsa-sha256; c=relaxed/relaxed; d=" +
                 made.from_domain + "; s=s1; h=From:Date;\r\n\tbh=" +
                 reference::EncodedBodyHash(message, {}) + ";\r\n\tb=" + b +
                 "==\r\n";
    made.reasons = {"key_not_asked"};
  }
  made.text += "Date: " + MailDate(sent_at) +
               "\r\nFrom: " + made.envelope_from +
               "\r\nSubject: " + Words(random, 40) + "\r\n\r\n" + body;
  made.message_class = is_signed ? "unjudged" : "unsigned";
  return made;
}

MadeMessage MessageMaker::MakeHugeHeader(uint64_t number,
                                         uint64_t body_size) const {
  Random random(options_.seed, number);
  const std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)> hash(
      EVP_MD_CTX_new(), EVP_MD_CTX_free);
  EVP_DigestInit_ex(hash.get(), EVP_sha256(), nullptr);
  for (uint64_t index = 0;; ++index) {
    const std::string piece = HugePiece(options_.seed, body_size, index);
    if (piece.empty()) break;
    EVP_DigestUpdate(hash.get(), piece.data(), piece.size());
  }
  reference::Bytes digest(32);
  EVP_DigestFinal_ex(hash.get(), digest.data(), nullptr);

  const Sender& sender = senders_.at(0);
  MadeMessage made;
  const uint64_t sent_at = kFirstDay + number * kSecondsBetween;
  made.received_at = sent_at + 30;
  made.from_domain = sender.domain();
  made.envelope_from = Bounce(sender.domain(), random);
  const Author author = {sender.domain(), "big@" + sender.domain()};
  const std::string core =
      BulkFields(random, author, sent_at,
                 {"text/plain; charset=utf-8", "7bit", ""}, false) +
      "\r\n";
  SignOptions options;
  options.timestamp = sent_at;
  options.body_hash = digest;
  made.text =
      BulkTrace(random, {sent_at, made.received_at, made.envelope_from}) +
      SignFor(sender, Fate::kIntact, true, core, options, made) + core;
  // Over 256 MiB a verifier says so and computes nothing.
  const bool over = made.text.size() + body_size > (256u << 20);
  if (over) made.reasons = {"limit_message"};
  made.message_class = over ? "unjudged" : "verified_aligned";
  return made;
}

std::string HugePiece(uint64_t seed, uint64_t body_size, uint64_t index) {
  std::string piece;
  if (index * kHugePiece >= body_size) return piece;
  Random random(seed, ~index);
  AppendPlainLines(random, std::min(kHugePiece, body_size - index * kHugePiece),
                   piece);
  return piece;
}

}  // namespace mailassay::bench
