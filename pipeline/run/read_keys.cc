#include "pipeline/run/read_keys.h"

#include <utility>

#include "lib/base/concat.h"
#include "lib/base/safe_text.h"
#include "pipeline/keys/key_file.h"

namespace mailassay::run {
namespace {

constexpr size_t kShown = 400;  // octets of a line

void Say(const keys::FaultText& fault, Console& console) {
  console.Say(Concat(SafeText(fault.count), ":"));
  for (const std::string& row : fault.first) {
    console.Say(Concat("  ", SafeText(row, kShown)));
  }
  if (fault.more > 0) console.Say(Concat("  and ", fault.more, " more"));
}

std::string NoteOf(const keys::FaultText& fault) {
  std::string note = Concat(fault.count, ": ");
  for (const std::string& row : fault.first) {
    note +=
        Concat(row == fault.first.front() ? "" : "; ", row.substr(0, kShown));
  }
  if (fault.more > 0) note += Concat("; and ", fault.more, " more");
  return note;
}

bool IsStrictlyGood(const keys::KeyFileFaults& faults) {
  for (const keys::KeyFileFaults::Rows& rows : faults.kinds) {
    if (rows.count > 0) return false;
  }
  return true;
}

}  // namespace

absl::StatusOr<std::vector<dkim::KeyAnswer>> ReadKeys(
    const std::string& path, bool strict, Console& console,
    std::vector<std::string>* notes) {
  auto file = keys::ReadKeyFile(path);
  if (!file.ok()) {
    return absl::Status(file.status().code(),
                        SafeText(std::string(file.status().message()), kShown));
  }
  for (const keys::FaultText& fault : DescribeFaults(file->faults, path)) {
    Say(fault, console);
    if (notes != nullptr) notes->push_back(NoteOf(fault));
  }
  if (strict && !IsStrictlyGood(file->faults)) {
    return absl::InvalidArgumentError(
        Concat(SafeText(path), ": refused as a whole (--strict-keys)"));
  }
  if (file->answers.empty()) {
    console.Say(Concat(SafeText(path), ": holds no key"));
  }
  return std::move(file->answers);
}

}  // namespace mailassay::run
