#include "lib/audit/key_fault.h"

#include <array>
#include <tuple>

namespace mailassay::audit {
namespace {

struct Words {
  std::string_view code, text;
};
constexpr std::array<Words, static_cast<size_t>(KeyFault::kCount)> kWords = {{
#define X(enumerator, code, what) {code, what},
    MAILASSAY_KEY_FAULTS(X)
#undef X
}};

}  // namespace

std::string_view SeverityName(Severity severity) {
  switch (severity) {
    case Severity::kError:
      return "error";
    case Severity::kWarning:
      return "warning";
    case Severity::kInfo:
    case Severity::kCount:
      break;
  }
  return "info";
}

std::string_view KeyFaultCode(KeyFault fault) {
  return kWords[static_cast<size_t>(fault)].code;
}

std::string_view KeyFaultText(KeyFault fault) {
  return kWords[static_cast<size_t>(fault)].text;
}

bool IsWorse(const KeyFinding& a, const KeyFinding& b) {
  return std::tie(a.severity, b.messages, a.domain, a.selector, a.fault,
                  a.detail) < std::tie(b.severity, a.messages, b.domain,
                                       b.selector, b.fault, b.detail);
}

}  // namespace mailassay::audit
