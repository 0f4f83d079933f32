#include "pipeline/source/survey.h"

#include <sys/stat.h>

#include <algorithm>
#include <memory>
#include <string_view>

#include "lib/audit/error_row.h"
#include "lib/audit/tally.h"
#include "lib/base/concat.h"
#include "lib/crypto/sha256.h"
#include "pipeline/source/file_input.h"
#include "pipeline/source/walk.h"

namespace mailassay::source {
namespace {

constexpr size_t kEndBytes = 64 << 10;

// Up to `kEndBytes` from `offset` on; what cannot be read is not there.
void AddOctets(const FileInput& file, uint64_t offset, crypto::Sha256& hash) {
  auto text = std::make_unique_for_overwrite<char[]>(kEndBytes);
  size_t size = 0;
  while (size < kEndBytes) {
    auto n = file.ReadAt(offset + size, text.get() + size, kEndBytes - size);
    if (!n.ok() || *n == 0) break;
    size += *n;
  }
  hash.Update({text.get(), size});
}

// Of a file named; never waits.
void AddEnds(const std::string& path, crypto::Sha256& hash) {
  auto file = FileInput::OpenNamed(path, /*wait=*/false);
  if (!file.ok() || !(*file)->regular()) return;
  const uint64_t size = (*file)->size();
  AddOctets(**file, 0, hash);
  if (size > kEndBytes) AddOctets(**file, size - kEndBytes, hash);
}

// Texts are told apart by their lengths, and no text is a number.
void AddFound(const Walk::Found& found, std::string_view path,
              crypto::Sha256& hash) {
  hash.Update(Concat(path.size(), ":", path, " ", found.size, " ",
                     found.modified_ns, " "));
  if (found.error) {
    hash.Update(Concat(audit::ErrorCodeName(found.error->code), " "));
  }
}

// One named input while it is surveyed.
class Entry {
 public:
  explicit Entry(const std::string& path) {
    input_.path = path;
    struct stat status {};
    input_.is_directory = path != "-" && stat(path.c_str(), &status) == 0 &&
                          S_ISDIR(status.st_mode);
  }

  void Add(const Walk::Found& found) {
    if (!found.regular && !found.error) {
      pipe_ = true;
      return;
    }
    if (found.regular) {
      ++input_.files;
      input_.octets += found.size;
      input_.modified_ns =
          input_.files == 1 ? found.modified_ns
                            : std::max(input_.modified_ns, found.modified_ns);
    }
    if (!input_.is_directory) {
      AddFound(found, {}, hash_);
      if (found.regular) AddEnds(found.path, hash_);
      return;
    }
    std::string_view below = found.path;
    below.remove_prefix(std::min(below.size(), input_.path.size()));
    while (below.starts_with('/')) below.remove_prefix(1);
    AddFound(found, below, hash_);
  }

  SurveyedInput Finish() {
    if (!pipe_) input_.fingerprint = audit::HexOf(hash_.Finish());
    return std::move(input_);
  }

 private:
  SurveyedInput input_;
  crypto::Sha256 hash_;
  bool pipe_ = false;
};

}  // namespace

Survey SurveyInputs(const std::vector<std::string>& paths, bool follow_links) {
  Survey survey;
  std::vector<Entry> entries;
  for (const std::string& path : paths) entries.emplace_back(path);
  Walk walk(paths, follow_links);
  while (auto found = walk.Next()) {
    survey.total_bytes += found->size;
    if (!found->regular && !found->error) survey.total_known = false;
    entries[found->input].Add(*found);
  }
  survey.notes = walk.notes();
  for (Entry& entry : entries) survey.inputs.push_back(entry.Finish());
  for (size_t i = 0; i < survey.inputs.size(); ++i) {
    survey.inputs[i].repeats = walk.repeats()[i];
    survey.inputs[i].has_repeats = walk.HasRepeats(i);
  }
  return survey;
}

}  // namespace mailassay::source
