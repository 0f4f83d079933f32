#include "pipeline/store/setting_table.h"

#include <array>
#include <optional>
#include <string_view>
#include <utility>

#include "lib/base/concat.h"
#include "lib/base/safe_text.h"
#include "pipeline/store/seal.h"

namespace mailassay::store {
namespace {

// What stands beside the settings, under names that none of them has.
constexpr char kState[] = "state";
constexpr char kSeal[] = "seal of settings";
constexpr char kLastBatch[] = "seal of last batch";
constexpr char kAnswers[] = "seal of answers";

constexpr std::array<std::string_view, 3> kStates = {"reading", "read", "done"};

std::optional<State> ParseState(std::string_view name) {
  for (size_t i = 0; i < kStates.size(); ++i) {
    if (kStates[i] == name) return static_cast<State>(i);
  }
  return std::nullopt;
}

absl::Status Damaged(const Database& database, std::string_view what) {
  return absl::DataLossError(
      Concat(SafeText(database.path()), ": ", what, "; it is damaged"));
}

absl::StatusOr<std::string> LastBatch(const Database& database) {
  auto last =
      database.Prepare("SELECT seal FROM batch ORDER BY id DESC LIMIT 1");
  if (!last.ok()) return last.status();
  auto row = last->Step();
  if (!row.ok()) return row.status();
  return *row ? SealText(last->Text(0)) : std::string();
}

absl::StatusOr<std::string> AllAnswers(const Database& database) {
  auto rows = database.Prepare("SELECT seal FROM answer ORDER BY name");
  if (!rows.ok()) return rows.status();
  std::string all;
  while (true) {
    auto row = rows->Step();
    if (!row.ok()) return row.status();
    if (!*row) return SealText(all);
    all = Seal({all, rows->Text(0)});
  }
}

// In order of the names, as they are sealed.
class Writer {
 public:
  static absl::StatusOr<Writer> Open(Database& database) {
    auto insert = database.Prepare(
        "INSERT INTO audit(name, value, seal) VALUES(?1, ?2, ?3)");
    if (!insert.ok()) return insert.status();
    return Writer(*std::move(insert));
  }
  absl::Status Add(std::string_view name, std::string_view value) {
    const std::string seal = Seal({name, value});
    insert_.Bind(1, name);
    insert_.Bind(2, value);
    insert_.BindBlob(3, seal);
    all_ = Seal({all_, seal});
    return insert_.Run();
  }
  std::string all() const { return SealText(all_); }

 private:
  explicit Writer(Statement insert) : insert_(std::move(insert)) {}

  Statement insert_;
  std::string all_;
};

std::string Take(const char* name, Settings* settings) {
  const auto taken = settings->extract(name);
  return taken.empty() ? std::string() : taken.mapped();
}

}  // namespace

absl::StatusOr<StoredSettings> PutSettings(Database& database,
                                           const Settings& settings,
                                           State state) {
  StoredSettings stored;
  stored.settings = settings;
  stored.state = state;
  Settings all = settings;
  all[kState] = kStates[static_cast<size_t>(state)];
  if (state != State::kReading) {
    auto last_batch = LastBatch(database);
    if (!last_batch.ok()) return last_batch.status();
    auto answers = AllAnswers(database);
    if (!answers.ok()) return answers.status();
    all[kLastBatch] = stored.last_batch = *std::move(last_batch);
    all[kAnswers] = stored.answers = *std::move(answers);
  }
  absl::Status done = database.Execute("DELETE FROM audit");
  if (!done.ok()) return done;
  auto writer = Writer::Open(database);
  if (!writer.ok()) return writer.status();
  for (const auto& [name, value] : all) {
    if (done.ok()) done = writer->Add(name, value);
  }
  stored.seal = writer->all();
  if (done.ok()) done = writer->Add(kSeal, stored.seal);
  if (!done.ok()) return done;
  return stored;
}

absl::StatusOr<StoredSettings> ReadSettings(const Database& database) {
  auto rows =
      database.Prepare("SELECT name, value, seal FROM audit ORDER BY name");
  if (!rows.ok()) return rows.status();
  StoredSettings stored;
  Settings& settings = stored.settings;
  std::string all;
  while (true) {
    auto row = rows->Step();
    if (!row.ok()) return row.status();
    if (!*row) break;
    const std::string seal = Seal({rows->Text(0), rows->Text(1)});
    if (rows->Text(2) != seal) {
      return Damaged(database, "a setting is not as it was written");
    }
    if (rows->Text(0) != kSeal) all = Seal({all, seal});
    settings.emplace(rows->Text(0), rows->Text(1));
  }
  stored.seal = Take(kSeal, &settings);
  stored.last_batch = Take(kLastBatch, &settings);
  stored.answers = Take(kAnswers, &settings);
  const auto state = ParseState(Take(kState, &settings));
  if (!state) return Damaged(database, "says not how far it got");
  stored.state = *state;
  if (stored.seal != SealText(all)) {
    return Damaged(database, "its settings are not those that were written");
  }
  return stored;
}

}  // namespace mailassay::store
