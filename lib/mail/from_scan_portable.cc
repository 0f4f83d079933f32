// From F to F: memchr to the next one, then a look at what follows it.

#include <cstring>

#include "lib/mail/from_scan_data.h"

namespace mailassay::mail {

const char* FindFromPortable(const char* begin, const char* end) {
  for (const char* p = begin; static_cast<size_t>(end - p) >= kFromTextSize;
       ++p) {
    const size_t places = static_cast<size_t>(end - p) - kFromTextSize + 1;
    const void* const f = std::memchr(p, 'F', places);
    if (f == nullptr) break;
    p = static_cast<const char*>(f);
    if (std::memcmp(p, kFromText, kFromTextSize) == 0) return p;
  }
  return end;
}

}  // namespace mailassay::mail
