// A DKIM-Signature field, parsed (RFC 6376 3.5, 6.1.1).
//
// A malformed field still yields a Signature, with its defect and whatever
// could be read, so that the failure counts against the right d=.  Owns its
// data; never changed after parsing.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

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
  std::string domain;
  std::string selector;
  std::string header_d;
  std::string header_s;
  std::string header_a;
  std::string header_i;     // as written; empty: absent
  std::string auid_domain;  // of i=, or d= by default

  crypto::KeyType key_type = crypto::KeyType::kRsa;
  crypto::HashAlgorithm hash = crypto::HashAlgorithm::kSha256;
  Canonicalization header_canon = Canonicalization::kSimple;
  Canonicalization body_canon = Canonicalization::kSimple;
  std::optional<uint64_t> body_length;  // l=; l=0 is not "no l="
  std::optional<int64_t> timestamp;     // t=
  std::optional<int64_t> expiration;    // x=
  std::string query;                    // q= as written; empty: absent

  std::string signed_names;        // h=, lower case, in order, with ";"
                                   // (which no name holds) between
  uint32_t signed_name_count = 0;  // names in h=
  Digest body_hash;                // bh=
  std::vector<uint8_t> signature;  // b=

  // Where the value of b= lies in the field's raw text, for hashing the field
  // with b= emptied (RFC 6376 3.7).
  size_t b_begin = 0;
  size_t b_size = 0;
};

// REQUIRES: the field's name is DKIM-Signature.
Signature ParseSignature(const mail::HeaderField& field);

}  // namespace mailassay::dkim
