// A DKIM signer for tests and generated archives (RFC 6376 5, RFC 8463), built
// on the plain models of canonical_reference.h and OpenSSL's signing.  It does
// not use lib/dkim, lib/mail or lib/crypto: that it agrees with them is what
// the tests find out.  It signs whatever it is told to, rules or not.
//
//   const SigningKey key = SigningKey::Rsa(1, 1024);
//   const std::string message = "From: a@example.com\r\n\r\nHello\r\n";
//   const std::string signed_message =
//       Sign(message, key, {.timestamp = 1700000000}) + message;
//   // publish key.Record() under "sel._domainkey.example.com"
//
// Messages are CRLF text.  Pure; any number of threads.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "tests/reference/signing_key.h"

namespace mailassay::reference {

// The fields of a message's header, each with its CRLFs, topmost first.
std::vector<std::string> Fields(std::string_view message);
// What stands behind the first empty line; empty without one.
std::string_view Body(std::string_view message);

// How the hashes are computed, whatever the field says about it.
struct Hashing {
  DigestName digest = DigestName::kSha256;
  bool relaxed_header = true;
  bool relaxed_body = true;
  // Octets of the canonical body.
  std::optional<uint64_t> body_length = std::nullopt;
  // h=, each taken from the bottom up.
  std::vector<std::string> signed_fields = {};
  // Given: the body is not looked at.
  std::optional<Bytes> body_hash = std::nullopt;
};

Bytes BodyHash(std::string_view message, const Hashing& hashing);
// The same as the value of bh=.
std::string EncodedBodyHash(std::string_view message, const Hashing& hashing);
// What l= may say at most.
uint64_t CanonicalBodySize(std::string_view message, bool relaxed);

// `field` is the whole DKIM-Signature field with its CRLF, "{bh}" where the
// body hash goes and "{b}" where the signature goes; any other text is signed
// as it stands.  Returns the field with both filled in; `fold` breaks b= at 72
// octets.  REQUIRES: "{b}" stands once.
std::string SignTemplate(std::string_view message, std::string field,
                         const SigningKey& key, const Hashing& hashing,
                         bool fold = true);

struct SignOptions {
  std::string domain = "example.com";
  std::string selector = "sel";
  bool sha1 = false;                     // rsa-sha1 instead of rsa-sha256
  std::string header_canon = "relaxed";  // "" for both: no c=
  std::string body_canon = "relaxed";
  // Names for h=; empty: From, To, Cc, Subject, Date, Message-ID, Reply-To,
  // MIME-Version, Content-Type, Content-Transfer-Encoding, those present.
  std::vector<std::string> headers = {};
  std::vector<std::string> oversign = {};              // added to h= once more
  std::optional<std::string> identity = std::nullopt;  // i=
  std::optional<uint64_t> body_length = std::nullopt;  // l=
  std::optional<uint64_t> timestamp = std::nullopt;    // t=
  std::optional<uint64_t> expiration = std::nullopt;   // x=
  std::optional<Bytes> body_hash = std::nullopt;  // bh= for a body not at hand
  // Raw text of tags: replaces the value of the tag of that name, or adds the
  // tag before bh=.  Signed as written; the hashes stay as the options say.
  std::vector<std::pair<std::string, std::string>> tags = {};
  std::vector<std::string> drop = {};  // tags left out ("bh", "v" ...)
  std::string before = "";             // raw text before the first tag
  std::string after = "";              // raw text after b=, as ";" or "; z=x"
  std::string name = "DKIM-Signature";
  bool fold = true;  // false: the whole field on one line
};

// The field, folded and closed by CRLF, to be put on top of `message`.
std::string Sign(std::string_view message, const SigningKey& key,
                 const SignOptions& options = {});

}  // namespace mailassay::reference
