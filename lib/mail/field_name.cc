#include "lib/mail/field_name.h"

#include <algorithm>
#include <array>

#include "lib/base/ascii.h"

namespace mailassay::mail {
namespace {

constexpr std::array<std::string_view, kFieldNames> kNames = {
    "",
    "arc-authentication-results",
    "arc-message-signature",
    "arc-seal",
    "authentication-results",
    "bcc",
    "cc",
    "comments",
    "content-description",
    "content-disposition",
    "content-id",
    "content-language",
    "content-length",
    "content-transfer-encoding",
    "content-type",
    "date",
    "delivered-to",
    "delivery-date",
    "dkim-signature",
    "domainkey-signature",
    "errors-to",
    "feedback-id",
    "from",
    "in-reply-to",
    "keywords",
    "lines",
    "list-archive",
    "list-help",
    "list-id",
    "list-owner",
    "list-post",
    "list-subscribe",
    "list-unsubscribe",
    "list-unsubscribe-post",
    "message-id",
    "mime-version",
    "organization",
    "precedence",
    "received",
    "received-spf",
    "references",
    "reply-to",
    "return-path",
    "sender",
    "status",
    "subject",
    "to",
    "user-agent",
    "x-mailer",
    "x-original-from",
    "x-original-sender",
};
static_assert(kNames.back() == "x-original-sender");

// A hash table made by the compiler, open addressing; slots hold numbers of
// names, 0 is empty.  One in four is used, so a name that is not there is told
// by one or two looks.
constexpr size_t kSlots = 256;

constexpr size_t SlotOf(std::string_view name) {
  const auto octet = [name](size_t i) {
    return static_cast<size_t>(static_cast<unsigned char>(ToLower(name[i])));
  };
  return (name.size() * 7 + octet(0) * 31 + octet(name.size() / 2) * 3 +
          octet(name.size() - 1) * 13) %
         kSlots;
}

constexpr std::array<uint8_t, kSlots> MakeTable() {
  std::array<uint8_t, kSlots> table{};
  for (size_t i = 1; i < kNames.size(); ++i) {
    size_t slot = SlotOf(kNames[i]);
    while (table[slot] != 0) slot = (slot + 1) % kSlots;
    table[slot] = static_cast<uint8_t>(i);
  }
  return table;
}
constexpr std::array<uint8_t, kSlots> kTable = MakeTable();

// Names that only mail and news have, beside those that have a number.
constexpr auto kOnlyMail = std::to_array<std::string_view>({
    "apparently-to",
    "delivered-date",
    "disposition-notification-to",
    "envelope-to",
    "newsgroups",
    "original-message-id",
    "original-recipient",
    "resent-date",
    "resent-from",
    "resent-message-id",
    "resent-sender",
    "resent-to",
    "return-receipt-to",
    "thread-index",
    "thread-topic",
    "x-apparently-to",
    "x-envelope-from",
    "x-envelope-to",
    "x-gm-message-state",
    "x-gm-thrid",
    "x-gmail-labels",
    "x-google-dkim-signature",
    "x-google-smtp-source",
    "x-mozilla-keys",
    "x-mozilla-status",
    "x-mozilla-status2",
    "x-ms-exchange-organization-authas",
    "x-ms-has-attach",
    "x-ms-tnef-correlator",
    "x-original-to",
    "x-originating-ip",
    "x-received",
    "x-spam-status",
    "x-uidl",
});
static_assert(std::is_sorted(kOnlyMail.begin(), kOnlyMail.end()));

// Others that stand where a header begins, in lower case.
constexpr auto kOfHeaders = std::to_array<std::string_view>({
    "accept-language",
    "approved",
    "auto-submitted",
    "importance",
    "injection-date",
    "mailing-list",
    "nntp-posting-date",
    "nntp-posting-host",
    "path",
    "priority",
    "resent-cc",
    "sensitivity",
    "via",
    "xref",
});
static_assert(std::is_sorted(kOfHeaders.begin(), kOfHeaders.end()));

}  // namespace

FieldName FindFieldName(std::string_view name) {
  if (name.empty()) return FieldName::kOther;
  for (size_t slot = SlotOf(name); kTable[slot] != 0;
       slot = (slot + 1) % kSlots) {
    if (EqualsIgnoreCase(name, kNames[kTable[slot]])) {
      return static_cast<FieldName>(kTable[slot]);
    }
  }
  return FieldName::kOther;
}

std::string_view LowerCase(FieldName name) {
  return kNames[static_cast<size_t>(name)];
}

bool IsNameOfMailOnly(std::string_view name) {
  return std::ranges::binary_search(kOnlyMail, AsciiLower(name));
}

bool IsKnownFieldName(std::string_view name) {
  if (FindFieldName(name) != FieldName::kOther) return true;
  if (name.size() > 2 && StartsWithIgnoreCase(name, "x-")) return true;
  return IsNameOfMailOnly(name) ||
         std::ranges::binary_search(kOfHeaders, AsciiLower(name));
}

}  // namespace mailassay::mail
