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
};
// received, delivery_date, mbox_from, date_header, none.
std::string_view ReceivedSourceName(ReceivedSource source);

struct ReceivedAt {
  ReceivedSource source = ReceivedSource::kNone;
  int64_t seconds = 0;
  // How far off an honest clock may be: 300 for Received and Delivery-date,
  // 14 h for a From_ line without zone (300 with).
  int64_t margin_seconds = 0;
};

// In the order of the enumeration; `from_line` is the envelope line of an
// mbox ("From ..."), or empty.
ReceivedAt FindReceivedAt(const Header& header, std::string_view from_line);

}  // namespace mailassay::mail
