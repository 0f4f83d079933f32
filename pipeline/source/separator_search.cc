#include "pipeline/source/separator_search.h"

#include <algorithm>
#include <string>

#include "lib/mail/mbox.h"
#include "pipeline/source/fault.h"

namespace mailassay::source {
namespace {

constexpr uint64_t kReach = 64 << 10;

// The first separator between `begin` and before `end`.
absl::StatusOr<std::optional<uint64_t>> FindIn(const FileInput& file,
                                               const mail::MboxDialect& dialect,
                                               uint64_t begin, uint64_t end,
                                               std::string& window) {
  const uint64_t context = std::min<uint64_t>(begin, mail::kSeparatorContext);
  const uint64_t text_begin = begin - context;
  const uint64_t text_end = std::min(end + mail::kSeparatorWindow, file.size());
  window.resize(static_cast<size_t>(text_end - text_begin));
  for (size_t done = 0; done < window.size();) {
    auto n = file.ReadAt(text_begin + done, window.data() + done,
                         window.size() - done);
    if (!n.ok()) return n.status();
    done += *n;
  }
  const auto found = mail::FindSeparator(window, static_cast<size_t>(context),
                                         text_end == file.size(), dialect);
  if (!found || text_begin + found->from_line >= end) return std::nullopt;
  return text_begin + found->from_line;
}

}  // namespace

uint64_t CutAt(const FileInput& file, const mail::MboxDialect& dialect,
               uint64_t mail, uint64_t at) {
  if (at == 0 || at >= file.size()) return std::min(at, file.size());
  if (at <= mail) return mail;
  std::string window;
  for (uint64_t end = 0; at < file.size(); at = end) {
    end = std::min(at + kReach, file.size());
    auto found = FindIn(file, dialect, at, end, window);
    if (!found.ok()) {
      if (FaultCode(found.status()) == audit::ErrorCode::kChanged) break;
      continue;
    }
    if (*found) return **found;
  }
  return file.size();
}

}  // namespace mailassay::source
