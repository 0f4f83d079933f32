#include "pipeline/run/output_dir.h"

#include <sys/statvfs.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <string_view>
#include <system_error>

#include "lib/audit/tables.h"
#include "lib/base/concat.h"
#include "lib/base/safe_text.h"
#include "pipeline/run/recheck.h"
#include "pipeline/run/report.h"
#include "pipeline/run/table_writer.h"
#include "pipeline/store/audit_store.h"

namespace mailassay::run {
namespace {

namespace fs = std::filesystem;

absl::Status Refuse(const std::string& dir, std::string_view why) {
  return absl::InvalidArgumentError(Concat("--out ", SafeText(dir), ": ", why));
}

// run.json of an audit names the program first.
bool HoldsRunJson(const fs::path& dir) {
  std::ifstream file(dir / "run.json", std::ios::binary);
  std::string head(256, '\0');
  file.read(head.data(), static_cast<std::streamsize>(head.size()));
  head.resize(static_cast<size_t>(file.gcount()));
  return head.find("\"program\": \"mailassay\"") != std::string::npos;
}

// The name of audit.sqlite while its audit is removed.
constexpr char kRemovedStore[] = "audit.sqlite.partial";

bool HoldsStore(const fs::path& dir) {
  return store::IsAuditFile((dir / store::kAuditFile).string());
}

bool HoldsRemoved(const fs::path& dir) {
  return store::IsAuditFile((dir / kRemovedStore).string());
}

// messages.csv, exceptions-2.csv: a table's, with a number perhaps.
bool IsTableFile(std::string_view name) {
  if (!name.ends_with(".csv")) return false;
  name.remove_suffix(4);
  if (name.ends_with(".sample")) name.remove_suffix(7);
  if (name == kChangesName || name == kGroupsName) return true;
  for (size_t t = 0; t < static_cast<size_t>(audit::Table::kCount); ++t) {
    std::string_view table = audit::TableName(static_cast<audit::Table>(t));
    if (name == table) return true;
    if (name.starts_with(table) &&
        name.find_first_not_of("-0123456789", table.size()) ==
            std::string_view::npos) {
      return true;
    }
  }
  return false;
}

// Is this a name that an audit gives to one of its files?
bool IsOurs(std::string_view name) {
  for (std::string_view suffix : {"-wal", "-shm", "-journal", "-spill"}) {
    if (name.starts_with(store::kAuditFile) && name.ends_with(suffix)) {
      name.remove_suffix(suffix.size());
      break;
    }
  }
  if (name.ends_with(".partial")) name.remove_suffix(8);
  return name == store::kAuditFile || name == store::kBegunFile ||
         name == "run.json" || name == kMethodFile || IsTableFile(name);
}

// Nothing but what a run that never began leaves.
bool HoldsOnlyBeginnings(const std::string& dir) {
  std::error_code error;
  for (const auto& entry : fs::directory_iterator(dir, error)) {
    const std::string name = entry.path().filename().string();
    if (!IsOurs(name) || name.find(".partial") == std::string::npos) {
      return false;
    }
  }
  return !error;
}

// An audit that is removed is none any more from the first step on: nothing
// goes on with what is left of it.  What says that there was one stays until
// the store of the next is made, which removes it: a removal that is cut short
// leaves a directory that can be cleared again.
absl::Status RemoveEarlierAudit(const std::string& dir) {
  const fs::path base(dir);
  const bool holds_store = HoldsStore(base);
  if (holds_store) {
    auto store = store::AuditStore::Open(dir, store::AuditStore::Access::kGoOn);
    if (absl::IsFailedPrecondition(store.status())) return store.status();
    if (store.ok()) (*store)->Close().IgnoreError();
  }
  std::error_code error;
  if (holds_store) {
    fs::rename(base / store::kAuditFile, base / kRemovedStore, error);
    if (error) return Refuse(dir, error.message());
  }
  std::vector<fs::path> files;
  for (const auto& entry : fs::directory_iterator(dir, error)) {
    const std::string name = entry.path().filename().string();
    if (name != kRemovedStore && name != "run.json" && IsOurs(name)) {
      files.push_back(entry.path());
    }
  }
  if (error) return Refuse(dir, error.message());
  files.push_back(base / "run.json");
  for (const fs::path& file : files) {
    fs::remove(file, error);
    if (error) return Refuse(dir, error.message());
  }
  return absl::OkStatus();
}

// `dir` may not exist yet; its nearest existing parent decides.
bool LiesInside(const std::string& dir, const std::string& input) {
  std::error_code error;
  fs::path inner = fs::weakly_canonical(dir, error);
  fs::path outer = fs::canonical(input, error);
  if (error) return false;
  auto [outer_end, unused] =
      std::mismatch(outer.begin(), outer.end(), inner.begin(), inner.end());
  return outer_end == outer.end();
}

}  // namespace

absl::Status PrepareOutputDir(const std::string& dir,
                              Options::Existing existing,
                              const std::vector<std::string>& inputs) {
  using Existing = Options::Existing;
  for (const std::string& input : inputs) {
    if (input != "-" && LiesInside(dir, input)) {
      return Refuse(dir, Concat("lies inside the input ", SafeText(input)));
    }
  }
  std::error_code error;
  fs::create_directories(dir, error);
  if (error) return Refuse(dir, error.message());
  if (!fs::is_directory(dir, error)) return Refuse(dir, "is no directory");
  if (fs::is_empty(dir, error) && !error) return absl::OkStatus();
  if (error) return Refuse(dir, error.message());
  if (existing == Existing::kResume) {
    // Not opened here: closing it would give up the locks of the store that
    // goes on (fcntl(2): any close of the file does).
    if (fs::exists(fs::path(dir) / store::kAuditFile, error) ||
        HoldsOnlyBeginnings(dir)) {
      return absl::OkStatus();
    }
    return Refuse(dir, "is not empty and holds no audit to go on with");
  }
  if (!HoldsStore(dir) && !HoldsRunJson(dir) && !HoldsRemoved(dir) &&
      !HoldsOnlyBeginnings(dir)) {
    return Refuse(dir, "is not empty and no audit; name another");
  }
  if (existing == Existing::kReplace) return RemoveEarlierAudit(dir);
  const auto holds = [&](std::string_view name) {
    return fs::exists(fs::path(dir) / name, error);
  };
  if (holds("run.json")) {
    return Refuse(dir, "holds an audit; --force replaces it");
  }
  if (holds(store::kAuditFile)) {
    return Refuse(dir,
                  "holds an audit that is not finished; --resume goes on with "
                  "it, --force replaces it");
  }
  return Refuse(dir, "holds what a stopped run has left; --force replaces it");
}

absl::Status CheckFreeSpace(const std::string& dir, uint64_t needed) {
  struct statvfs info = {};
  if (statvfs(dir.c_str(), &info) != 0) {
    return absl::UnavailableError(Concat(SafeText(dir), ": ", strerror(errno)));
  }
  uint64_t available = uint64_t{info.f_bavail} * info.f_frsize;
  if (available >= needed) return absl::OkStatus();
  return absl::ResourceExhaustedError(Concat(
      SafeText(dir), ": about ", needed >> 20, " MiB may be needed, ",
      available >> 20, " MiB are free (--ignore-space writes all the same)"));
}

}  // namespace mailassay::run
