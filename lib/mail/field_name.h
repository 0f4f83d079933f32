// The field names that mail is full of, numbered, so that a name is read once
// and compared as a number from then on (RFC 5322 3.6, 4.4: ASCII case does not
// count).
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace mailassay::mail {

enum class FieldName : uint8_t {
  kOther,  // none of these, or no name
  kArcAuthenticationResults,
  kArcMessageSignature,
  kArcSeal,
  kAuthenticationResults,
  kBcc,
  kCc,
  kComments,
  kContentDescription,
  kContentDisposition,
  kContentId,
  kContentLanguage,
  kContentLength,
  kContentTransferEncoding,
  kContentType,
  kDate,
  kDeliveredTo,
  kDeliveryDate,
  kDkimSignature,
  kDomainKeySignature,
  kErrorsTo,
  kFeedbackId,
  kFrom,
  kInReplyTo,
  kKeywords,
  kLines,
  kListArchive,
  kListHelp,
  kListId,
  kListOwner,
  kListPost,
  kListSubscribe,
  kListUnsubscribe,
  kListUnsubscribePost,
  kMessageId,
  kMimeVersion,
  kOrganization,
  kPrecedence,
  kReceived,
  kReceivedSpf,
  kReferences,
  kReplyTo,
  kReturnPath,
  kSender,
  kStatus,
  kSubject,
  kTo,
  kUserAgent,
  kXMailer,
  kXOriginalFrom,
  kXOriginalSender,
  kCount,
};
inline constexpr size_t kFieldNames = static_cast<size_t>(FieldName::kCount);

FieldName FindFieldName(std::string_view name);
// Lower case; empty for kOther.
std::string_view LowerCase(FieldName name);

// Is it a name without a number that nothing but mail and news has?
bool IsNameOfMailOnly(std::string_view name);

// Is it a name that fields of mail have: one of these, or another that programs
// put where a header begins (RFC 5322 3.6.6, RFC 5536, RFC 2076, X- names)?
bool IsKnownFieldName(std::string_view name);

}  // namespace mailassay::mail
