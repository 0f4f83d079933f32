#include "pipeline/source/fault.h"

#include <algorithm>
#include <cstring>

#include "lib/base/concat.h"

namespace mailassay::source {

absl::Status Unreadable(std::string_view what, int error_number) {
  return absl::UnavailableError(
      Concat(what, ": ", std::strerror(error_number)));
}

absl::Status Damaged(std::string_view what) {
  return absl::DataLossError(std::string(what));
}

absl::Status OverLimit(std::string_view what) {
  return absl::ResourceExhaustedError(std::string(what));
}

absl::Status Changed(std::string_view what) {
  return absl::AbortedError(std::string(what));
}

audit::ErrorCode FaultCode(const absl::Status& fault) {
  switch (fault.code()) {
    case absl::StatusCode::kDataLoss:
      return audit::ErrorCode::kDamaged;
    case absl::StatusCode::kResourceExhausted:
      return audit::ErrorCode::kLimitRatio;
    case absl::StatusCode::kAborted:
      return audit::ErrorCode::kChanged;
    default:
      return audit::ErrorCode::kUnreadable;
  }
}

audit::Gap FaultGap(const absl::Status& fault) {
  return FaultCode(fault) == audit::ErrorCode::kDamaged
             ? audit::Gap::kDamaged
             : audit::Gap::kUnreadable;
}

audit::ErrorRow FaultRow(const absl::Status& fault, std::string_view file,
                         uint64_t offset, uint64_t length,
                         std::string_view more) {
  const std::string what(fault.message().data(), fault.message().size());
  audit::ErrorRow row;
  row.code = FaultCode(fault);
  row.file = std::string(file);
  row.offset = offset;
  row.length = length;
  row.text = Concat(file, ": offset ", offset, ": ", what, more);
  return row;
}

audit::ErrorRow CutRow(const absl::Status& fault, std::string_view file,
                       uint64_t at, uint64_t cut, std::string_view more) {
  std::string told(more);
  if (cut < at) {
    told += Concat("; the message before it, from ", cut,
                   " on, is cut and was left out");
  }
  return FaultRow(fault, file, at, at - std::min(at, cut), told);
}

}  // namespace mailassay::source
