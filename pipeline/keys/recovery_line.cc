#include "pipeline/keys/recovery_line.h"

#include <algorithm>
#include <utility>

#include "lib/base/concat.h"
#include "nlohmann/json.hpp"
#include "pipeline/keys/answer.h"
#include "pipeline/keys/key_file.h"

namespace mailassay::keys {
namespace {

using nlohmann::ordered_json;

constexpr const char* kTried = "tried";
constexpr const char* kTries = "tries";

// Only recovered keys, and no answer.
bool IsOfRecovery(const dkim::KeyAnswer& answer) {
  return answer.status == dkim::KeyStatus::kNotAsked &&
         std::ranges::all_of(answer.origins, [](const auto& origin) {
           return origin.source == dkim::kRecovered;
         });
}

absl::StatusOr<RecoveryLine> ParseLine(std::string_view text,
                                       std::string_view source) {
  auto answers = ParseKeyFile(text, source);
  if (!answers.ok()) return answers.status();
  if (answers->size() != 1 || !IsOfRecovery(answers->front())) {
    return absl::InvalidArgumentError(
        Concat(source, ": not a line of keys recover"));
  }
  RecoveryLine line = {.answer = std::move(answers->front())};
  const auto json = ordered_json::parse(text.begin(), text.end(), nullptr,
                                        /*allow_exceptions=*/false);
  const auto tried = json.find(kTried);
  if (tried != json.end() && tried->is_number_unsigned()) {
    line.tried = tried->get<uint64_t>();
    const auto tries = json.find(kTries);
    if (tries != json.end() && tries->is_number_unsigned()) {
      line.tries = tries->get<uint64_t>();
    }
  }
  return line;
}

dkim::KeyAnswer NoAnswer(const std::string& name, int64_t now) {
  dkim::KeyAnswer answer;
  answer.name = name;
  answer.source = dkim::kRecovered;
  answer.answered_at = now;
  return answer;
}

}  // namespace

RecoveryLine RecoveredLine(const std::string& name,
                           const crypto::PublicKey& key, uint32_t signatures,
                           int64_t now) {
  RecoveryLine line = {.answer = NoAnswer(name, now)};
  line.answer.records.push_back(dkim::ParseKeyRecord(dkim::RecordOf(key)));
  line.answer.origins.push_back({.source = std::string(dkim::kRecovered),
                                 .recovered_from = signatures,
                                 .earlier = true});
  return line;
}

RecoveryLine TriedLine(const std::string& name, uint64_t tried, uint64_t tries,
                       int64_t now) {
  return {.answer = NoAnswer(name, now), .tried = tried, .tries = tries};
}

std::string FormatRecoveryLine(const RecoveryLine& line) {
  std::string text = FormatKeyLine(line.answer);
  if (line.tried == 0) return text;
  auto json = ordered_json::parse(text);
  json[kTried] = line.tried;
  json[kTries] = line.tries;
  return json.dump() + "\n";
}

absl::StatusOr<std::vector<RecoveryLine>> ParseRecoveryLines(
    std::string_view text, std::string_view source) {
  std::vector<RecoveryLine> lines;
  while (!text.empty()) {
    const size_t end = std::min(text.find('\n'), text.size());
    if (end > 0) {
      auto line = ParseLine(text.substr(0, end), source);
      if (!line.ok()) return line.status();
      lines.push_back(*std::move(line));
    }
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return lines;
}

}  // namespace mailassay::keys
