// A DKIM-Signature field, parsed (RFC 6376 3.5, 6.1.1).
//
// A malformed field still yields a Signature, with its defect and whatever
// could be read, so that the failure counts against the right d=.  Its texts
// lie in an arena, which must stay as long as they are looked at.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

#include "lib/base/arena.h"
#include "lib/base/digest.h"
#include "lib/crypto/hash.h"
#include "lib/crypto/public_key.h"
#include "lib/dkim/reason.h"
#include "lib/mail/header.h"

namespace mailassay::dkim {

inline constexpr size_t kMaxSignatureField = 64 * 1024;  // octets
inline constexpr size_t kMaxSignedNames = 1000;          // h= names

enum class Canonicalization : uint8_t { kSimple, kRelaxed };

struct Signature {
  // kOk, or the first rule of RFC 6376 6.1.1 that the field breaks (or the
  // limit that it exceeds).
  Reason defect = Reason::kOk;
  FlagSet flags;

  // Lower-case A-labels, empty when unusable; header_d and header_s hold the
  // text as written (white space trimmed) in every case.
  std::string_view domain;
  std::string_view selector;
  std::string_view header_d;
  std::string_view header_s;
  std::string_view header_a;
  std::string_view header_i;     // as written; empty: absent
  std::string_view auid_domain;  // of i=, or d= by default

  crypto::KeyType key_type = crypto::KeyType::kRsa;
  crypto::HashAlgorithm hash = crypto::HashAlgorithm::kSha256;
  Canonicalization header_canon = Canonicalization::kSimple;
  Canonicalization body_canon = Canonicalization::kSimple;
  std::optional<uint64_t> body_length;  // l=; l=0 is not "no l="
  std::optional<int64_t> timestamp;     // t=
  std::optional<int64_t> expiration;    // x=
  std::string_view query;               // q= as written; empty: absent

  std::string_view signed_names;       // h=, lower case, in order, with ";"
                                       // (which no name holds) between
  uint32_t signed_name_count = 0;      // names in h=
  Digest body_hash;                    // bh=
  std::span<const uint8_t> signature;  // b=

  // Where the value of b= lies in the field's raw text, for hashing the field
  // with b= emptied (RFC 6376 3.7).
  size_t b_begin = 0;
  size_t b_size = 0;
};

// REQUIRES: the field's name is DKIM-Signature.
// Keeps no view of the field; texts are put into `arena`.
Signature ParseSignature(const mail::HeaderField& field, Arena& arena);

}  // namespace mailassay::dkim
