#include "pipeline/run/known_files.h"

#include <cstring>
#include <optional>

#include "lib/base/concat.h"
#include "lib/crypto/hash.h"
#include "pipeline/run/stored_audit.h"

namespace mailassay::run {
namespace {

uint64_t HashOf(std::string_view text) {
  const Digest digest = crypto::Hash(crypto::HashAlgorithm::kSha256, text);
  uint64_t hash = 0;
  std::memcpy(&hash, digest.bytes.data(), sizeof hash);
  return hash;
}

// A message of a maildir keeps its unique name when it moves from new to cur
// and when its flags, behind the colon, change (case F8).
uint64_t PathHash(std::string_view path, bool in_maildir) {
  if (!in_maildir) return HashOf(path);
  const size_t name = path.rfind('/') + 1;
  const std::string_view folder = path.substr(0, name);
  const size_t sub = folder.substr(0, folder.size() - 1).rfind('/') + 1;
  const std::string_view unique =
      path.substr(name, path.find(':', name) - name);
  return HashOf(Concat(folder.substr(0, sub), "//", unique));
}

uint64_t StateHash(uint64_t size, int64_t modified_ns) {
  return HashOf(Concat(size, " ", modified_ns));
}

// Of a file that held no mail only the size is known.
uint64_t SizeHash(uint64_t size) { return HashOf(Concat(size)); }

// The size of a file that was looked at and holds no mail.
std::optional<uint64_t> SizeWithoutMail(const audit::ErrorRow& error) {
  if (error.code == audit::ErrorCode::kEmpty) return 0;
  if (error.code == audit::ErrorCode::kNotMail) return error.length;
  return std::nullopt;
}

}  // namespace

absl::Status KnownFiles::Add(const store::AuditStore& store) {
  return ForEachPart(store, [this](const store::Part& part) {
    if (part.notes.empty()) return absl::OkStatus();
    const auto notes = audit::DecodeNotes(part.notes);
    if (!notes) return absl::DataLossError("notes");
    AddNotes(*notes);
    return absl::OkStatus();
  });
}

void KnownFiles::AddNotes(const audit::Notes& notes) {
  for (const auto& [input, books] : notes.books) {
    const bool member = !input->archive.empty();
    const bool in_maildir = !member && input->format == audit::Format::kMaildir;
    states_[PathHash(member ? input->archive : input->file, in_maildir)] =
        StateHash(input->stored_bytes, input->modified_ns);
  }
  for (const audit::ErrorRow& error : notes.errors) {
    const auto size = SizeWithoutMail(error);
    if (size) states_.try_emplace(PathHash(error.file, false), SizeHash(*size));
  }
}

KnownFiles::State KnownFiles::Look(const source::FoundFile& file) const {
  auto known = states_.find(PathHash(file.path, file.in_maildir));
  if (known == states_.end() && file.in_maildir) {
    known = states_.find(PathHash(file.path, false));  // without mail
  }
  if (known == states_.end()) return State::kNew;
  const bool same = known->second == StateHash(file.size, file.modified_ns) ||
                    known->second == SizeHash(file.size);
  return same ? State::kKnown : State::kChanged;
}

}  // namespace mailassay::run
