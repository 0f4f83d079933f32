#include "pipeline/source/walk.h"

#include <fcntl.h>

#include <array>
#include <cerrno>
#include <cstring>

#include "lib/base/concat.h"
#include "pipeline/source/fault.h"
#include "pipeline/source/file_input.h"

namespace mailassay::source {
namespace {

constexpr size_t kMaxDepth = 256;  // a descriptor each
constexpr size_t kMaxNotes = 100;
constexpr size_t kMaxFirsts = 10'000;  // names kept to say what repeats what

// Files that mail servers keep beside cur and new.
bool IsMaildirMetadata(std::string_view name) {
  static constexpr std::array<std::string_view, 8> kPrefixes = {
      "dovecot",     "maildirfolder", "maildirsize", "subscriptions",
      "courierimap", "courierpop3",   ".dovecot",    ".temp."};
  for (std::string_view prefix : kPrefixes) {
    if (name.starts_with(prefix)) return true;
  }
  return false;
}

std::string_view TypeName(mode_t mode) {
  if (S_ISFIFO(mode)) return "a FIFO";
  if (S_ISSOCK(mode)) return "a socket";
  if (S_ISLNK(mode)) return "a symbolic link";
  if (S_ISCHR(mode) || S_ISBLK(mode)) return "a device";
  return "not a regular file";
}

audit::ErrorRow MakeRow(audit::ErrorCode code, std::string_view path,
                        std::string_view what) {
  audit::ErrorRow row;
  row.code = code;
  row.file = std::string(path);
  row.text = Concat(path, ": ", what);
  return row;
}

Walk::Found FoundFault(std::string path, const absl::Status& fault) {
  Walk::Found found;
  found.error = FaultRow(fault, path, 0, 0, "");
  found.path = std::move(path);
  return found;
}

Walk::Found FoundRow(audit::ErrorCode code, std::string path,
                     std::string_view what) {
  Walk::Found found;
  found.error = MakeRow(code, path, what);
  found.path = std::move(path);
  return found;
}

}  // namespace

Walk::Walk(const std::vector<std::string>& paths, bool follow_links)
    : paths_(paths),
      follow_links_(follow_links),
      repeats_(paths.size()),
      has_repeats_(paths.size()) {
  for (const std::string& path : paths) {
    struct stat status {};
    if (path != "-" && stat(path.c_str(), &status) == 0) {
      named_.emplace(status.st_dev, status.st_ino);
    }
  }
}

std::optional<Walk::Found> Walk::Next() {
  auto found = NextFound();
  if (!found) return found;
  found->index = found_++;
  found->input = next_path_ - 1;
  found->begin = octets_;
  octets_ += found->size;
  return found;
}

std::optional<Walk::Found> Walk::NextFound() {
  while (true) {
    if (!levels_.empty()) {
      if (auto found = NextInDirectory()) return found;
    } else if (next_path_ < paths_.size()) {
      if (auto found = NextNamed()) return found;
    } else {
      return std::nullopt;
    }
  }
}

std::optional<Walk::Found> Walk::NextNamed() {
  const std::string& path = paths_[next_path_++];
  Found found;
  found.path = path;
  found.named = true;
  if (path == "-") {
    if (std::exchange(seen_stdin_, true)) {
      repeats_[next_path_ - 1] = path;
      Note("standard input was given twice; read once");
      return std::nullopt;
    }
    return found;
  }
  struct stat status {};
  if (stat(path.c_str(), &status) != 0) {
    return FoundFault(path, Unreadable("stat", errno));
  }
  if (S_ISDIR(status.st_mode)) {
    return Enter(AT_FDCWD, path.c_str(), path, /*follow=*/true, false,
                 /*named=*/true);
  }
  return AddFile(std::move(found), status);
}

std::optional<Walk::Found> Walk::Enter(int parent, const char* name,
                                       std::string path, bool follow,
                                       bool messages, bool named) {
  if (levels_.size() >= kMaxDepth) {
    return FoundFault(std::move(path),
                      OverLimit("directories nested more than 256 deep"));
  }
  auto directory = Directory::Open(parent, name, follow);
  if (!directory.ok()) return FoundFault(std::move(path), directory.status());
  if (!Meet({directory->device(), directory->inode()}, path, named)) {
    return std::nullopt;
  }
  if (!path.ends_with('/')) path.push_back('/');
  Level level{
      .directory = std::make_shared<const Directory>(*std::move(directory)),
      .path = std::move(path)};
  level.maildir = level.directory->HasDirectory("cur") &&
                  level.directory->HasDirectory("new");
  level.messages = messages;
  levels_.push_back(std::move(level));
  return std::nullopt;
}

std::optional<Walk::Found> Walk::NextInDirectory() {
  Level& level = levels_.back();
  if (level.next == level.directory->size()) {
    levels_.pop_back();
    return std::nullopt;
  }
  const std::string_view name = level.directory->Name(level.next++);
  const int parent = level.directory->fd();
  std::string path = Concat(level.path, name);
  struct stat status {};
  if (fstatat(parent, name.data(), &status, AT_SYMLINK_NOFOLLOW) != 0) {
    return FoundFault(std::move(path), Unreadable("stat", errno));
  }
  if (S_ISDIR(status.st_mode)) {
    if (level.maildir && (name == "tmp" || IsMaildirMetadata(name))) {
      return std::nullopt;
    }
    return Enter(parent, name.data(), std::move(path), false,
                 level.maildir && (name == "cur" || name == "new"));
  }
  if (S_ISLNK(status.st_mode) && follow_links_) {
    return FollowLink(level, name.data(), std::move(path));
  }
  if (!S_ISREG(status.st_mode)) {
    return FoundRow(audit::ErrorCode::kNotRegular, std::move(path),
                    S_ISLNK(status.st_mode)
                        ? std::string("a symbolic link, not followed (-L "
                                      "follows links)")
                        : Concat(TypeName(status.st_mode), ", not opened"));
  }
  if (level.maildir && IsMaildirMetadata(name)) return std::nullopt;
  Found found;
  found.path = std::move(path);
  found.in_maildir = level.messages;
  found.directory = level.directory;
  found.name = name.data();
  return AddFile(std::move(found), status);
}

std::optional<Walk::Found> Walk::FollowLink(const Level& level,
                                            const char* name,
                                            std::string path) {
  struct stat status {};
  if (fstatat(level.directory->fd(), name, &status, 0) != 0) {
    if (errno == ENOENT || errno == ELOOP) {
      return FoundRow(audit::ErrorCode::kNotRegular, std::move(path),
                      "a symbolic link to nothing");
    }
    return FoundFault(std::move(path), Unreadable("stat", errno));
  }
  const bool messages = level.messages;
  if (S_ISDIR(status.st_mode)) {
    return Enter(level.directory->fd(), name, std::move(path), /*follow=*/true,
                 level.maildir &&
                     (!std::strcmp(name, "cur") || !std::strcmp(name, "new")));
  }
  if (!S_ISREG(status.st_mode)) {
    return FoundRow(
        audit::ErrorCode::kNotRegular, std::move(path),
        Concat("leads to ", TypeName(status.st_mode), ", not opened"));
  }
  // A file behind a link has another way to it: remember it as one named.
  named_.emplace(status.st_dev, status.st_ino);
  Found found;
  found.path = std::move(path);
  found.in_maildir = messages;
  found.follow = true;
  return AddFile(std::move(found), status);
}

std::optional<Walk::Found> Walk::AddFile(Found found,
                                         const struct stat& status) {
  found.regular = S_ISREG(status.st_mode);
  if (!found.regular) return found;
  if (IsRepeat(status, found.path, found.named)) return std::nullopt;
  found.size = static_cast<uint64_t>(status.st_size);
  found.modified_ns = ModifiedNs(status);
  return found;
}

bool Walk::IsRepeat(const struct stat& status, const std::string& path,
                    bool named) {
  const Identity identity(status.st_dev, status.st_ino);
  // Only what has two names, or was named, can come twice; with -L anything.
  if (!follow_links_ && status.st_nlink < 2 && !named_.contains(identity)) {
    return false;
  }
  return !Meet(identity, path, named);
}

bool Walk::Meet(const Identity& identity, const std::string& path, bool named) {
  const bool kept = firsts_.size() < kMaxFirsts;
  const auto [met, first] = seen_.try_emplace(
      identity, kept ? static_cast<uint32_t>(firsts_.size() + 1) : 0);
  if (first) {
    if (kept) firsts_.push_back(path);
    return true;
  }
  const std::string& before =
      met->second == 0 ? path : firsts_[met->second - 1];
  has_repeats_[next_path_ - 1] = true;
  if (named) repeats_[next_path_ - 1] = before;
  Note(before == path
           ? Concat(path, " was given twice; read once")
           : Concat(path, " is the same as ", before, "; read once"));
  return false;
}

void Walk::Note(std::string note) {
  if (notes_.size() < kMaxNotes) {
    notes_.push_back(std::move(note));
    return;
  }
  if (notes_left_out_++ == 0) notes_.emplace_back();
  notes_.back() = Concat("and ", notes_left_out_,
                         " more names of files or directories that were read "
                         "once");
}

}  // namespace mailassay::source
