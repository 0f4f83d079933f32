// The Content-Type of a message or of one of its parts (RFC 2045 5.1), as far
// as it says where parts begin.  Pure.
#pragma once

#include <string>
#include <string_view>

namespace mailassay::mail {

struct ContentType {
  std::string type;      // "multipart/mixed", lower case; empty: no such field
  std::string boundary;  // of a multipart; empty: none that can be used

  bool multipart() const { return !boundary.empty(); }
  bool digest() const { return type == "multipart/digest"; }
  // A message that another carries: RFC 2046 5.2.1, RFC 6532 3.7.
  bool message() const {
    return type == "message/rfc822" || type == "message/global";
  }
};

// `value`: of the field, folded or not.  Comments are passed over; a quoted
// value ends with its quote, or with the text.  A boundary in several pieces
// (RFC 2231 3) is put together.  Of a parameter that stands twice the first
// counts.  Boundaries over 256 octets (RFC 2046 5.1.1 allows 70) are none.
ContentType ParseContentType(std::string_view value);

}  // namespace mailassay::mail
