// When a message was received, by what its archive says.  A claim of the
// message or its container, never proof; the source is always named.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "lib/mail/header.h"

namespace mailassay::mail {

enum class ReceivedSource : uint8_t {
  kNone,
  kReceived,      // date of the topmost Received field that has one
  kDeliveryDate,  // Delivery-date field (Exim)
  kMboxFrom,      // the mbox From_ line
  kDateHeader,    // Date: written by the sender
  // Stored audits hold these numbers: new ones only at the end.
  kOlderReceived,  // of one below a later import (FindReceipt)
  kSignature,      // t= of the topmost signature that has it: the signer's word
  kCount,
};
// received, delivery_date, mbox_from, date_header, older_received, signature,
// none.
std::string_view ReceivedSourceName(ReceivedSource source);

// A day: evidence further apart disagrees.  No zone that was left out and no
// clock that anybody looks at explains more.
inline constexpr int64_t kDisagreement = 86'400;

struct ReceivedAt {
  ReceivedSource source = ReceivedSource::kNone;
  int64_t seconds = 0;
  // How far off an honest clock may be: 300, or 14 h where no known zone is
  // written.
  int64_t margin_seconds = 0;
};

// What else there is to tell by: of source kNone what does not stand, or is
// already the best.
struct OtherTimes {
  ReceivedAt newest_received;
  ReceivedAt delivery_date;
  ReceivedAt mbox_from;
  // Received fields, Delivery-date and From_ line lie more than a day apart.
  bool disagree = false;
};

struct Receipt {
  ReceivedAt at;  // by the best evidence
  OtherTimes others;
};

// What `source` alone says, of source kNone when it says nothing.
// REQUIRES: kReceived, kDeliveryDate or kMboxFrom.
ReceivedAt ReceivedBy(ReceivedSource source, const Receipt& receipt);

// The first receipt in the administrative domain (RFC 6376 3.5 "x=").  In this
// order: the newest Received field that has a date, Delivery-date, the From_
// line `from_line` ("From ...", or empty), Date.
//
// Whoever fetches mail from a store, or moves a store to another place, puts
// Received fields on top of those of the receipt; they say when that was done.
// Such a later import is what lies above a gap of more than an hour between
// adjacent dated Received fields, when no field above the gap shows an arrival
// (ShowsArrival): then the newest field below it counts, again by this rule.
// Where nothing lies below, Delivery-date or the From_ line, if it is earlier
// by as much.
//
// What a sender can and cannot do: fields below that of the first host of the
// receiver are his to write, so one that is older is never believed over an
// arrival, however large the gap: mail sent again when it has expired has
// arrived again and stays expired.  He could be believed only where the
// receiver's hosts write down no arrival, or where he can put mail into the
// store himself; `at.source` then is kOlderReceived, and `disagree` is true for
// more than a day.
Receipt FindReceipt(const Header& header, std::string_view from_line);

// What t= of a message's signatures adds: `topmost` is that of the first that
// has it, `latest` the latest.  No mail is received before it is signed: an
// import that would make it so is none, and the newest Received field counts.
// Where nothing but Date stands, `topmost` is the better word of the sender.
void WeighSigningTimes(int64_t topmost, int64_t latest, Receipt* receipt);

}  // namespace mailassay::mail
