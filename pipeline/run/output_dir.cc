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

namespace mailassay::run {
namespace {

namespace fs = std::filesystem;

absl::Status Refuse(const std::string& dir, std::string_view why) {
  return absl::InvalidArgumentError(Concat("--out ", SafeText(dir), ": ", why));
}

// run.json of an audit names the program first.
bool IsAudit(const std::string& dir) {
  std::ifstream file(fs::path(dir) / "run.json", std::ios::binary);
  std::string head(256, '\0');
  file.read(head.data(), static_cast<std::streamsize>(head.size()));
  head.resize(static_cast<size_t>(file.gcount()));
  return head.find("\"program\": \"mailassay\"") != std::string::npos;
}

// messages.csv, exceptions-2.csv, run.json, also as .partial.
bool IsAuditFile(std::string_view name) {
  if (name.ends_with(".partial")) name.remove_suffix(8);
  if (name == "run.json") return true;
  if (!name.ends_with(".csv")) return false;
  name.remove_suffix(4);
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

absl::Status RemoveEarlierAudit(const std::string& dir) {
  std::error_code error;
  for (const auto& entry : fs::directory_iterator(dir, error)) {
    if (!IsAuditFile(entry.path().filename().string())) continue;
    fs::remove(entry.path(), error);
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

absl::Status PrepareOutputDir(const std::string& dir, bool force,
                              const std::vector<std::string>& inputs) {
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
  if (!IsAudit(dir)) {
    return Refuse(dir, "is not empty and no finished audit; name another");
  }
  if (!force) return Refuse(dir, "holds an audit; --force replaces it");
  return RemoveEarlierAudit(dir);
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
