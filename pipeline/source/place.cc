#include "pipeline/source/place.h"

#include <unistd.h>

#include <charconv>
#include <optional>
#include <string_view>
#include <utility>

#include "lib/audit/tally.h"
#include "lib/base/concat.h"
#include "lib/base/safe_text.h"
#include "lib/crypto/sha256.h"

namespace mailassay::source {
namespace {

struct Place {
  std::string file;
  uint64_t offset = 0;
};

std::optional<Place> ParsePlace(const std::string& text) {
  size_t at = text.rfind('@');
  if (at == std::string::npos || at == 0) return std::nullopt;
  Place place{.file = text.substr(0, at)};
  const char* end = text.data() + text.size();
  auto [parsed, error] =
      std::from_chars(text.data() + at + 1, end, place.offset);
  if (error != std::errc() || parsed != end) return std::nullopt;
  return place;
}

class OneMessageReader : public Reader {
 public:
  // `done`: reading goes on behind the message.
  OneMessageReader(uint64_t offset, MessageAt message, bool done)
      : place_{message.file, offset},
        archive_(std::move(message.archive)),
        message_(std::move(message.text)),
        done_(done),
        surveyed_(1) {
    surveyed_[0].path = Concat(place_.file, "@", offset);
    surveyed_[0].files = 1;
    surveyed_[0].octets = message_.size();
    surveyed_[0].fingerprint = audit::HexOf(crypto::Sha256Of(message_));
  }

  std::unique_ptr<Block> Next() override {
    if (done_) return nullptr;
    done_ = true;
    auto block = std::make_unique<Block>();
    auto text = std::make_shared<std::string>(std::move(message_));
    auto input = std::make_shared<audit::Input>();
    input->file = place_.file;
    input->archive = archive_;
    block->pieces.push_back(WholeMessage{.input = input,
                                         .offset = place_.offset,
                                         .text = *text,
                                         .from_line = {}});
    block->input_bytes = text->size();
    block->next = {.file = 1};
    block->file = place_.file;
    block->offset = place_.offset;
    block->storage = std::move(text);
    return block;
  }
  uint64_t total_bytes() const override { return message_.size(); }
  bool total_known() const override { return true; }
  bool resumable() const override { return true; }
  const Sample& sample() const override { return sample_; }
  std::vector<std::string> notes() const override { return {}; }
  const std::vector<SurveyedInput>& surveyed() const override {
    return surveyed_;
  }

 private:
  Place place_;
  std::string archive_;
  std::string message_;
  bool done_;
  Sample sample_;
  std::vector<SurveyedInput> surveyed_;
};

}  // namespace

absl::StatusOr<std::unique_ptr<Reader>> OpenInputs(
    const std::vector<std::string>& paths, const ReadOptions& options) {
  if (paths.size() == 1 && paths[0] != "-" &&
      access(paths[0].c_str(), F_OK) != 0) {
    if (std::optional<Place> place = ParsePlace(paths[0])) {
      if (!options.sample.all()) {
        return absl::InvalidArgumentError(
            Concat(SafeText(paths[0]), ": of one message there is no sample"));
      }
      auto message = FindMessageAt(place->file, place->offset,
                                   options.limits.max_message_bytes);
      if (!message.ok()) return message.status();
      return std::make_unique<OneMessageReader>(
          place->offset, *std::move(message), options.start != Position{});
    }
  }
  return Reader::Open(paths, options);
}

}  // namespace mailassay::source
