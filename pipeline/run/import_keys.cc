#include "pipeline/run/import_keys.h"

#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <utility>

#include "absl/status/statusor.h"
#include "lib/audit/figures.h"
#include "lib/audit/tally.h"
#include "lib/base/concat.h"
#include "lib/base/safe_text.h"
#include "lib/crypto/private_key.h"
#include "pipeline/keys/key_file.h"
#include "pipeline/run/console.h"
#include "pipeline/run/exit_code.h"
#include "pipeline/run/output_file.h"
#include "pipeline/run/read_keys.h"
#include "pipeline/run/stored_audit.h"
#include "pipeline/store/key_history.h"

namespace mailassay::run {
namespace {

using Answers = std::vector<dkim::KeyAnswer>;
using store::KeyHistory;

std::string Plural(uint64_t count, std::string_view noun) {
  return Concat(audit::Grouped(count), " ", noun, count == 1 ? "" : "s");
}

class Importing {
 public:
  Importing(const ImportOptions& import, const Options& options)
      : import_(import), options_(options), console_(options.quiet) {}

  int Execute();

 private:
  // One file or audit as its answers, under the name of the source.
  absl::StatusOr<Answers> Read(const std::string& path);
  absl::Status AddAll(KeyHistory::Adding& adding);
  absl::Status Add(const dkim::KeyAnswer& answer, KeyHistory::Adding& adding);
  absl::Status AddPrivateKeys(KeyHistory::Adding& adding);
  absl::Status SayWhoUsesThem(KeyHistory& history);

  const ImportOptions& import_;
  const Options& options_;
  Console console_;
  std::string said_;
  std::map<std::string, std::string> disclosed_;  // file by key id
};

absl::StatusOr<Answers> Importing::Read(const std::string& path) {
  if (store::IsAuditFile(store::PathIn(path, store::kAuditFile))) {
    auto audit = OpenFinished(path);
    return audit.ok() ? StoredAnswers(**audit) : audit.status();
  }
  auto answers = ReadKeys(path, options_.strict_keys, console_, nullptr);
  if (!answers.ok()) return answers;
  const std::string unnamed = Concat(dkim::kFromFile, path);
  const std::string named = Concat(
      dkim::kFromFile, import_.name.empty()
                           ? std::filesystem::path(path).filename().string()
                           : import_.name);
  for (dkim::KeyAnswer& answer : *answers) {
    if (answer.source == unnamed) answer.source = named;
    for (dkim::KeyOrigin& origin : answer.origins) {
      if (origin.source == unnamed) origin.source = named;
    }
  }
  return answers;
}

// What is known from earlier has times of its own.
absl::Status Importing::Add(const dkim::KeyAnswer& answer,
                            KeyHistory::Adding& adding) {
  dkim::KeyAnswer now = answer;
  now.records.clear();
  now.origins.clear();
  dkim::KeyAnswer earlier = now;
  earlier.answered_at = 0;
  earlier.status = dkim::KeyStatus::kFound;
  for (size_t i = 0; i < answer.records.size(); ++i) {
    const dkim::KeyRecord& record = answer.records[i];
    dkim::KeyOrigin origin = answer.origins[i];
    if (origin.disclosed && record.key != nullptr) {
      auto added = adding.Disclose(audit::HexOf(record.key->id()),
                                   answer.source, options_.started_at);
      if (!added.ok()) return added.status();
    }
    dkim::KeyAnswer& part = origin.earlier ? earlier : now;
    origin.earlier = false;
    part.records.push_back(record);
    part.origins.push_back(std::move(origin));
  }
  if (!earlier.records.empty()) {
    absl::Status added = adding.Add(earlier);
    if (!added.ok()) return added;
  }
  return adding.Add(now);
}

absl::Status Importing::AddAll(KeyHistory::Adding& adding) {
  for (const std::string& path : options_.inputs) {
    auto answers = Read(path);
    if (!answers.ok()) return answers.status();
    uint64_t records = 0;
    for (const dkim::KeyAnswer& answer : *answers) {
      absl::Status added = Add(answer, adding);
      if (!added.ok()) return added;
      records += answer.records.size();
    }
    said_ += Concat(SafeText(path), ": ", Plural(answers->size(), "name"),
                    " with ", Plural(records, "record"), "\n");
  }
  return AddPrivateKeys(adding);
}

absl::Status Importing::AddPrivateKeys(KeyHistory::Adding& adding) {
  for (const std::string& path : import_.private_keys) {
    std::ifstream file(path, std::ios::binary);
    const std::string text{std::istreambuf_iterator<char>(file), {}};
    const auto key = crypto::PublicKeyOfPrivate(text).key;
    if (key == nullptr) {
      return absl::InvalidArgumentError(
          Concat(SafeText(path),
                 ": holds no private key that can be read "
                 "(RSA or Ed25519, PEM or DER, not encrypted)"));
    }
    const std::string id = audit::HexOf(key->id());
    auto added = adding.Disclose(id, path, options_.started_at);
    if (!added.ok()) return added.status();
    disclosed_[id] = path;
  }
  return absl::OkStatus();
}

absl::Status Importing::SayWhoUsesThem(KeyHistory& history) {
  if (disclosed_.empty()) return absl::OkStatus();
  std::map<std::string, std::set<std::string>> users;
  absl::Status all = history.ForEach([&](const dkim::KeyAnswer& answer) {
    for (const dkim::KeyRecord& record : answer.records) {
      if (record.key == nullptr) continue;
      const auto file = disclosed_.find(audit::HexOf(record.key->id()));
      if (file != disclosed_.end()) users[file->second].insert(answer.name);
    }
    return absl::OkStatus();
  });
  for (const auto& [id, path] : disclosed_) {
    said_ += Concat(SafeText(path),
                    ": disclosed; every signature by it is key_disclosed: ");
    const std::set<std::string>& names = users[path];
    if (names.empty()) said_ += "no name of the history has it";
    for (const std::string& name : names) {
      said_ += Concat(name == *names.begin() ? "" : ", ", name);
    }
    said_ += "\n";
  }
  return all;
}

int Importing::Execute() {
  const auto refuse = [this](const absl::Status& status) {
    console_.Say(std::string(status.message()));
    return absl::IsUnavailable(status) ? kOutputFault : kUsage;
  };
  auto history =
      KeyHistory::Open(options_.key_history, KeyHistory::Access::kAdd);
  if (!history.ok()) return refuse(history.status());
  {
    auto adding = (*history)->Begin();
    if (!adding.ok()) return refuse(adding.status());
    absl::Status added = AddAll(*adding);
    if (added.ok()) added = adding->Commit();
    if (!added.ok()) return refuse(added);
  }
  if (absl::Status said = SayWhoUsesThem(**history); !said.ok()) {
    return refuse(said);
  }
  auto names = (*history)->CountNames();
  if (!names.ok()) return refuse(names.status());
  if (options_.quiet) return kDone;
  const std::string text =
      Concat(said_, "The key history ", SafeText(options_.key_history),
             " knows ", Plural(static_cast<uint64_t>(*names), "name"), "\n");
  std::fwrite(text.data(), 1, text.size(), stdout);
  return std::fflush(stdout) == 0 ? kDone : kOutputFault;
}

}  // namespace

int ImportKeys(const ImportOptions& import, const Options& options) {
  return Importing(import, options).Execute();
}

int ExportKeys(const Options& options) {
  Console console(options.quiet);
  const auto refuse = [&console](const absl::Status& status, int code) {
    console.Say(std::string(status.message()));
    return code;
  };
  auto history =
      KeyHistory::Open(options.key_history, KeyHistory::Access::kRead);
  if (!history.ok()) return refuse(history.status(), kUsage);
  std::unique_ptr<OutputFile> file;
  if (!options.keys_out.empty()) {
    auto made = OutputFile::Create(options.keys_out);
    if (!made.ok()) return refuse(made.status(), kOutputFault);
    file = *std::move(made);
  }
  absl::Status done = (*history)->ForEach([&](const dkim::KeyAnswer& answer) {
    const std::string line = keys::FormatKeyLine(answer);
    if (file != nullptr) return file->Write(line);
    std::fwrite(line.data(), 1, line.size(), stdout);
    return absl::OkStatus();
  });
  if (done.ok() && file != nullptr) done = file->Commit();
  if (done.ok() && std::fflush(stdout) != 0) {
    done = absl::UnavailableError("standard output: write failed");
  }
  return done.ok() ? kDone : refuse(done, kOutputFault);
}

}  // namespace mailassay::run
