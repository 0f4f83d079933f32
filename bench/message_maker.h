// One message of a generated archive, and what a verifier that has keys.tsv and
// asks nobody else must say of it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "bench/distributions.h"
#include "bench/senders.h"

namespace mailassay::bench {

// A key name that the archive's key file must answer.
struct KeyUse {
  const Sender* sender;
  Publication publication;
};

struct MadeMessage {
  std::string text;  // CRLF
  std::string envelope_from;
  uint64_t received_at = 0;  // Unix seconds, of the container
  // The truth, in the product's words.
  std::string message_class;         // "verified_aligned" ...
  std::vector<std::string> reasons;  // per signature, topmost first
  std::string from_domain;
  std::vector<KeyUse> keys;
};

// What the mail of an archive is like.
enum class Shape : uint8_t {
  kBulk,  // companies to people: 40 KB a message, HTML and attachments
  kList,  // technical mailing lists: 9 KB a message, 6 KB of it header
};

struct MakerOptions {
  uint64_t seed = 1;
  Shape shape = Shape::kBulk;
  // Octets; none: the shape's own.
  std::optional<double> median_body = std::nullopt;
  std::optional<double> mean_body = std::nullopt;
  // Not 0: small messages from so many domains, in turn, half of them unsigned
  // and half with a signature whose key nobody publishes.
  uint64_t from_domains = 0;
};

struct BodySizes {
  double median;
  double mean;
};
// What the options say, and the shape where they do not.
BodySizes BodySizesOf(const MakerOptions& options);

// Any number of threads; the message depends on the options and its number.
class MessageMaker {
 public:
  explicit MessageMaker(const MakerOptions& options);

  MadeMessage Make(uint64_t number) const;
  // The header of a message whose body, of about `body_size` octets, is never
  // held: it is the pieces of HugePiece.
  MadeMessage MakeHugeHeader(uint64_t number, uint64_t body_size) const;
  const Senders& senders() const { return senders_; }

 private:
  MadeMessage MakeSmall(uint64_t number) const;

  MakerOptions options_;
  Senders senders_;
  LogNormal body_size_;
};

// Piece `index` of the body of a huge message of `body_size` octets; empty
// behind the last.
std::string HugePiece(uint64_t seed, uint64_t body_size, uint64_t index);

}  // namespace mailassay::bench
