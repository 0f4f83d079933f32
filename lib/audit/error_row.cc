#include "lib/audit/error_row.h"

namespace mailassay::audit {

std::string_view ErrorCodeName(ErrorCode code) {
  switch (code) {
    case ErrorCode::kUnreadable:
      return "unreadable";
    case ErrorCode::kDamaged:
      return "damaged";
    case ErrorCode::kLimitMessage:
      return "limit_message";
    case ErrorCode::kLimitHeader:
      return "limit_header_bytes";
    case ErrorCode::kLimitRatio:
      return "limit_ratio";
    case ErrorCode::kLimitMembers:
      return "limit_members";
    case ErrorCode::kNotMail:
      return "not_mail";
    case ErrorCode::kNotRegular:
      return "not_regular";
    case ErrorCode::kChanged:
      return "changed";
    case ErrorCode::kEncrypted:
      return "encrypted";
    case ErrorCode::kEmpty:
      return "empty";
    case ErrorCode::kFromLines:
      return "from_lines";
    case ErrorCode::kCount:
      break;
  }
  return "unreadable";
}

}  // namespace mailassay::audit
