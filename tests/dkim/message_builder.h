// Signed messages for the tests of Examiner, built with the plain models and
// nothing of the code under test but the hash.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "lib/base/base64.h"
#include "lib/crypto/hash.h"
#include "lib/mail/header.h"
#include "tests/dkim/examiner.h"

namespace mailassay::dkim {

struct SignatureText {
  std::string d = "example.com";
  std::string a = "rsa-sha256";
  std::string c = "relaxed/relaxed";
  std::string h = "from:to:subject";
  std::string l = {};            // empty: absent
  std::string signed_body = {};  // canonical octets under bh=

  // The field without its closing line end; its b= is "QUJD", last.
  std::string Field() const {
    const auto hash = a == "rsa-sha1" ? crypto::HashAlgorithm::kSha1
                                      : crypto::HashAlgorithm::kSha256;
    return "DKIM-Signature: v=1; a=" + a + "; c=" + c + "; d=" + d +
           "; s=sel;\r\n\th=" + h + ";" + (l.empty() ? "" : " l=" + l + ";") +
           " bh=" + EncodeBase64(crypto::Hash(hash, signed_body).span()) +
           ";\r\n\tb=QUJD";
  }
  // As it is hashed: with the value of b= emptied.
  std::string HashedField() const {
    const std::string field = Field();
    return field.substr(0, field.size() - 4);
  }
};

inline constexpr std::string_view kPlainFields =
    "From: a@example.com\r\nTo: b@example.org\r\nSubject: x\r\n";

// A header section of one signature above kPlainFields.
inline std::string HeaderWith(const SignatureText& signature) {
  return signature.Field() + "\r\n" + std::string(kPlainFields) + "\r\n";
}

inline std::string WithLf(std::string text) {
  std::erase(text, '\r');
  return text;
}

inline std::vector<Evidence> ExamineWith(
    Examiner& examiner, std::string_view header,
    const std::vector<std::string_view>& body, std::string_view author = "",
    Reason whole_limit = Reason::kOk) {
  examiner.Begin(mail::ParseHeader(header, 200'000), author, whole_limit);
  for (const std::string_view piece : body) examiner.Feed(piece);
  return examiner.Finish();
}

inline std::vector<Evidence> Examine(std::string_view header,
                                     const std::vector<std::string_view>& body,
                                     std::string_view author = "",
                                     const ExamineLimits& limits = {}) {
  Examiner examiner(limits);
  return ExamineWith(examiner, header, body, author);
}

inline FlagSet Flags(std::initializer_list<Flag> flags) {
  FlagSet set;
  for (const Flag flag : flags) set.Add(flag);
  return set;
}

}  // namespace mailassay::dkim
