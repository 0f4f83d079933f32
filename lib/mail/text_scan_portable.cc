// From one first octet to the next: memchr, then a look at what follows it.

#include <cstring>

#include "lib/mail/text_scan_data.h"

namespace mailassay::mail {

const char* FindTextPortable(const char* begin, const char* end,
                             std::string_view wanted) {
  for (const char* p = begin; static_cast<size_t>(end - p) >= wanted.size();
       ++p) {
    const size_t places = static_cast<size_t>(end - p) - wanted.size() + 1;
    const void* const first = std::memchr(p, wanted[0], places);
    if (first == nullptr) break;
    p = static_cast<const char*>(first);
    if (std::memcmp(p, wanted.data(), wanted.size()) == 0) return p;
  }
  return end;
}

}  // namespace mailassay::mail
