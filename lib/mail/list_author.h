// Mailing lists that put themselves in the place of the author, as they do
// since DMARC: "Ann via List <list@example.org>".  Who wrote such mail is in
// the message still, as the list says it: a claim that anybody can write, never
// an author by whom anything is aligned.  Pure.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "lib/mail/address.h"
#include "lib/mail/header.h"

namespace mailassay::mail {

// Where the author before the list is taken from; the first that has one.
enum class ListAuthorSource : uint8_t {
  kNone,
  kXOriginalFrom,    // X-Original-From (Google Groups, IETF, Sympa, Yahoo)
  kWrappedFrom,      // From is ann=example.com@ or ann=40example.com@dmarc.
  kXOriginalSender,  // X-Original-Sender (Google Groups)
  kReplyTo,          // the one mailbox that is not the list's (Mailman)
  kCc,               // the one of From's display name (Mailman)
  kDisplayName,      // From's display name is or holds an address
  kCount,
};
// x_original_from, wrapped_from, x_original_sender, reply_to, cc, display_name;
// none.
std::string_view ListAuthorSourceName(ListAuthorSource source);

struct ListAuthor {
  // The list that stands in From: what List-Id has in its angle brackets, lower
  // case, else From's address.  Empty: From is not known to be a list's.
  std::string list;
  ListAuthorSource source = ListAuthorSource::kNone;
  std::string local_part;  // empty: nobody says who wrote
  std::string domain;      // lower-case A-labels
};

// From is a list's
// - if X-Original-From names another address;
// - if its domain is that of the list, or one above or below (by List-Id or
//   List-Post), and its local part holds an address or is LISTSERV's
//   "...-dmarc-request";
// - if it says "via", its domain is that of the list (by List-Post, or by
//   List-Id without the list's label), and List-Post stands or what follows
//   "via" names the list: List-Id's phrase or first label, or From's local
//   part;
// - if it is the address to which one posts (List-Post), or which List-Id
//   spells, and X-Original-Sender names another; or the former, and Reply-To or
//   Cc has the author by the rules of their sources.
// Mail with several From fields is nobody's.  `author` as FindAuthor gives it.
ListAuthor FindListAuthor(const Header& header, const Author& author);

}  // namespace mailassay::mail
