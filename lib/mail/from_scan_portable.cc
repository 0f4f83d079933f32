// Line by line: memchr to the next LF, then a look at what follows it.

#include <cstring>

#include "lib/mail/from_scan_data.h"

namespace mailassay::mail {

const char* FindNewlineFromPortable(const char* begin, const char* end) {
  for (const char* p = begin; static_cast<size_t>(end - p) >= kNewlineFromSize;
       ++p) {
    const size_t places = static_cast<size_t>(end - p) - kNewlineFromSize + 1;
    const void* const lf = std::memchr(p, '\n', places);
    if (lf == nullptr) break;
    p = static_cast<const char*>(lf);
    if (std::memcmp(p, kNewlineFrom, kNewlineFromSize) == 0) return p;
  }
  return end;
}

}  // namespace mailassay::mail
