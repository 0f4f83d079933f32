#include "pipeline/run/fetch_keys.h"

#include <sys/stat.h>

#include <array>
#include <cstdio>
#include <fstream>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "lib/base/concat.h"
#include "lib/base/safe_text.h"
#include "pipeline/keys/key_file.h"
#include "pipeline/run/batch.h"
#include "pipeline/run/exit_code.h"
#include "pipeline/run/fetched.h"
#include "pipeline/run/key_sources.h"
#include "pipeline/run/mail_inputs.h"
#include "pipeline/run/output_file.h"
#include "pipeline/run/progress.h"
#include "pipeline/run/session.h"
#include "pipeline/run/signals.h"
#include "pipeline/run/stages.h"
#include "pipeline/run/stored_audit.h"
#include "pipeline/source/source.h"
#include "pipeline/store/audit_store.h"

namespace mailassay::run {
namespace {

using store::AuditStore;

// An option that swallows the name of an archive must not be the archive's end:
// what stands at `path` is replaced only if it begins with a key.
absl::Status CheckReplaceable(const std::string& path) {
  struct stat about;
  if (stat(path.c_str(), &about) != 0) return absl::OkStatus();
  std::array<char, 1 << 16> start;
  std::ifstream file(path, std::ios::binary);
  file.getline(start.data(), start.size());
  if (S_ISREG(about.st_mode) && about.st_size == 0) return absl::OkStatus();
  if (!file.fail()) {
    auto first = keys::ParseKeyFile(start.data(), path);
    if (first.ok() && !first->empty()) return absl::OkStatus();
  }
  return absl::AlreadyExistsError(
      Concat("--out ", SafeText(path),
             ": is there already and does not begin with a key; it stays as "
             "it is"));
}

class Fetch {
 public:
  explicit Fetch(Options options)
      : session_(std::move(options)), options_(session_.options()) {}

  int Execute();

 private:
  // Steps; each gives the exit code that ends the run, or kDone.
  int CheckFile();
  int OpenAudits();
  int OpenReader();
  int OpenKeys();
  int OpenFile();

  absl::Status CheckWhole() const;
  void ReadAudits();
  void ReadArchives();
  void Write(Batch& batch);
  void Save();
  bool Stopping() const {
    return Signals::Stopping() != 0 || session_.failed();
  }

  Session session_;
  const Options& options_;
  KeySources sources_;
  MailInputs inputs_;
  std::unique_ptr<source::Reader> reader_;  // null: no archives
  std::unique_ptr<OutputFile> file_;
  std::unique_ptr<Progress> progress_;
  uint64_t messages_ = 0;
  bool saved_ = false;
};

int Fetch::Execute() {
  for (auto step : {&Fetch::CheckFile, &Fetch::OpenAudits, &Fetch::OpenReader,
                    &Fetch::OpenKeys, &Fetch::OpenFile}) {
    if (int code = (this->*step)(); code != kDone) return code;
  }
  progress_ = std::make_unique<Progress>(
      session_.console(),
      options_.quiet ? ProgressMode::kNever : options_.progress);
  ReadAudits();
  ReadArchives();
  if (!Stopping()) {
    progress_->SetPhase("waiting for DNS");
    sources_.Await(options_.resolver);
  }
  if (!Stopping()) Save();
  progress_.reset();
  if (!saved_) {
    file_->Discard();
    session_.console().Say(
        Concat("stopped; ", SafeText(options_.keys_out), " was not written"));
    return session_.OutcomeCode(/*whole=*/false);
  }
  int code = session_.OutcomeCode(/*whole=*/true);
  if (options_.strict_dns && sources_.keys().failed() > 0) {
    code = Weightier(code, kDnsFailures);
  }
  return code;
}

int Fetch::CheckFile() {
  absl::Status free = CheckReplaceable(options_.keys_out);
  return free.ok() ? kDone : session_.Refuse(free, kUsage);
}

int Fetch::OpenAudits() {
  auto opened = OpenMailInputs(options_.inputs);
  if (!opened.ok()) {
    return session_.Refuse(opened.status(), StoreFaultCode(opened.status()));
  }
  inputs_ = *std::move(opened);
  if (inputs_.audits.empty()) return kDone;
  absl::Status whole = CheckWhole();
  return whole.ok() ? kDone : session_.Refuse(whole, kUsage);
}

// An audit keeps names, not for which mail each is needed.
absl::Status Fetch::CheckWhole() const {
  const bool part = options_.shard.count > 1;
  if (!part && options_.from.domains.empty()) return absl::OkStatus();
  return absl::InvalidArgumentError(
      Concat(part ? "--shard" : "--from", ": takes archives only, and ",
             SafeText(inputs_.audits.front()->path()), " is an audit"));
}

int Fetch::OpenReader() {
  auto reader = OpenArchives(inputs_.archives, options_, session_.plan());
  if (!reader.ok()) return session_.Refuse(reader.status(), kUsage);
  reader_ = *std::move(reader);
  if (reader_ != nullptr) session_.Expect(reader_->surveyed());
  return kDone;
}

int Fetch::OpenKeys() {
  absl::Status opened = sources_.Open(options_, session_.results().suffixes(),
                                      session_.console());
  return opened.ok() ? kDone : session_.Refuse(opened, kUsage);
}

// Before anything is read, so that no long run is for nothing; and when the
// archives are known, so that it is none of them.
int Fetch::OpenFile() {
  auto file = OutputFile::Create(options_.keys_out);
  if (!file.ok()) return session_.Refuse(file.status(), kOutputFault);
  file_ = *std::move(file);
  return kDone;
}

void Fetch::ReadAudits() {
  for (const std::unique_ptr<AuditStore>& audit : inputs_.audits) {
    if (Stopping()) return;
    absl::Status read = audit->ForEachName([&](const AuditStore::Name& name) {
      sources_.keys().Request(name.name);
      return absl::OkStatus();
    });
    if (!read.ok()) return session_.Fail(read);
  }
}

void Fetch::ReadArchives() {
  if (reader_ == nullptr) return;
  if (reader_->total_known()) progress_->SetTotal(reader_->total_bytes());
  const Stages stages = {
      .read = [this]() -> std::unique_ptr<source::Block> {
        return Stopping() ? nullptr : reader_->Next();
      },
      // Nothing is left to conclude.
      .resolve =
          [this](Batch& batch) {
            Request(batch, sources_.keys());
            batch.messages.clear();
            batch.chunks.clear();
          },
      .write = [this](Batch& batch) { Write(batch); },
  };
  absl::Status run = RunStages(stages, session_.results().context(), options_,
                               session_.plan());
  if (!run.ok()) session_.Fail(run);
  session_.AddAggregates(sources_.keys());
  session_.SayUnread();
}

void Fetch::Write(Batch& batch) {
  progress_->Advance(batch.message_count, batch.input_bytes, batch.file,
                     batch.offset);
  messages_ += batch.message_count;
  CheckFileEnds(batch);
  session_.SayErrors(batch.errors);
  session_.results().AddNotes(TakeNotes(batch));
}

void Fetch::Save() {
  if (absl::Status saved = sources_.Save(*file_); !saved.ok()) {
    return session_.Fail(saved);
  }
  saved_ = true;
  session_.Remember(sources_);
  if (options_.quiet) return;
  const std::string text = FetchSummary({.messages = messages_,
                                         .octets = progress_->bytes(),
                                         .audits = inputs_.audits.size(),
                                         .seconds = progress_->seconds(),
                                         .jobs = options_.jobs,
                                         .file = options_.keys_out,
                                         .answers = sources_.keys().Used()});
  session_.console().ClearLive();
  std::fwrite(text.data(), 1, text.size(), stdout);
  session_.FlushOutput();
}

}  // namespace

int FetchKeys(Options options) {
  options.limits.dkim.only_names = true;
  options.only_keys = true;
  return Fetch(std::move(options)).Execute();
}

}  // namespace mailassay::run
