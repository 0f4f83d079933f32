// The kernels of family "sha256" and LaneHasher.  Properties:
// - every kernel takes the blocks of each live lane into its state as
//   CompressSha256 does, whichever lanes live, and leaves the others alone,
//   whose pointers lead nowhere;
// - LaneHasher's digests are those of OpenSSL's EVP interface, whatever the
//   streams' lengths, the order in which they are opened, what was hashed
//   before, and how much is committed at once.
#include "lib/crypto/lane_hasher.h"
#include "lib/crypto/sha256_kernels.h"
#include "tests/crypto/openssl_digest.h"
#include "tests/fuzz/fuzz_input.h"

namespace mailassay::crypto {
namespace {

// `size` octets that begin at some place of `pattern` and repeat it.
std::string Repeated(std::string_view pattern, size_t from, size_t size) {
  if (pattern.empty()) pattern = "x";
  std::string text;
  for (size_t i = 0; i < size; ++i) {
    text += pattern[(from + i) % pattern.size()];
  }
  return text;
}

Sha256::State ChosenState(Choices& choices) {
  Sha256::State state = Sha256::kInitial;
  for (uint32_t& word : state) word ^= choices.Octet() * 0x01010101U;
  return state;
}

void CheckKernel(CompressSha256Lanes* kernel, Choices choices) {
  const auto live = static_cast<uint16_t>(choices.Below(65536));
  const size_t blocks = choices.Below(5);
  Sha256Lanes lanes;
  std::vector<Sha256::State> expected;
  std::vector<ExactCopy> texts;
  const uint8_t* in[kSha256Lanes] = {};
  for (size_t i = 0; i < kSha256Lanes; ++i) {
    expected.push_back(ChosenState(choices));
    PutLane(expected[i], i, lanes);
    if ((live >> i & 1) == 0) continue;
    texts.emplace_back(
        Repeated(choices.rest(), 37 * i, blocks * Sha256::kBlock));
    in[i] = texts.back().octets();
    CompressSha256(expected[i], in[i], blocks);
  }
  kernel(lanes, in, blocks, live);
  for (size_t i = 0; i < kSha256Lanes; ++i) {
    FUZZ_CHECK(TakeLane(lanes, i) == expected[i]);
  }
}

// A text, of which the first octets are hashed before its stream is opened.
struct Text {
  std::string octets;
  size_t before;
  size_t at;  // octets hashed or committed
  Digest digest;
};

std::vector<Text> ChosenTexts(Choices& choices) {
  std::vector<Text> texts(choices.Below(36));
  for (Text& text : texts) {
    const uint8_t kind = choices.Octet();
    const size_t size = kind % 4 == 0 ? choices.Below(12'000) : kind;
    text.octets.resize(size);
    text.before = kind % 8 == 1 ? choices.Octet() % (size + 1) : 0;
  }
  for (size_t i = 0; i < texts.size(); ++i) {
    Text& text = texts[i];
    text.octets = Repeated(choices.rest(), 11 * i, text.octets.size());
    text.at = text.before;
    text.digest = OpenSslSha256(text.octets);
    FUZZ_CHECK(text.digest == Sha256Of(text.octets));
  }
  return texts;
}

class Streams {
 public:
  Streams(CompressSha256Lanes* kernel, std::vector<Text>& texts,
          std::string_view amounts)
      : hasher_(kernel), texts_(texts), amounts_(amounts) {}

  void Run() {
    size_t next = 0;
    size_t finished = 0;
    while (next < texts_.size() || !hasher_.empty()) {
      while (next < texts_.size() && !hasher_.full()) Open(texts_[next++]);
      for (size_t i = 0; i < LaneHasher::kStreams; ++i) Feed(i);
      for (const auto& [stream, digest] : hasher_.Run()) {
        FUZZ_CHECK(digest == text_of_[stream]->digest);
        ++finished;
      }
    }
    FUZZ_CHECK(finished == texts_.size());
  }

 private:
  void Open(Text& text) {
    Sha256 so_far;
    so_far.Update(std::string_view(text.octets).substr(0, text.before));
    const size_t expected = hasher_.next();
    const size_t stream = hasher_.Open(so_far);
    FUZZ_CHECK(stream == expected && stream < LaneHasher::kStreams);
    text_of_[stream] = &text;
  }

  // Until it is not hungry, or, now and then, for once only.
  void Feed(size_t stream) {
    while (hasher_.Hungry(stream)) {
      Text& text = *text_of_[stream];
      const std::span<char> room = hasher_.Room(stream);
      FUZZ_CHECK(room.size() >= LaneHasher::kLeastRoom);
      const uint8_t amount = NextAmount();
      const size_t size = std::min(
          {room.size(), text.octets.size() - text.at, size_t{1} + 16 * amount});
      std::copy_n(text.octets.begin() + static_cast<ptrdiff_t>(text.at), size,
                  room.begin());
      hasher_.Commit(stream, size);
      text.at += size;
      if (text.at == text.octets.size()) hasher_.Close(stream);
      if (amount % 8 == 7) return;
    }
  }

  uint8_t NextAmount() {
    if (amounts_.empty()) return 255;
    return static_cast<uint8_t>(amounts_[next_amount_++ % amounts_.size()]);
  }

  LaneHasher hasher_;
  std::vector<Text>& texts_;
  std::string_view amounts_;
  size_t next_amount_ = 0;
  std::array<Text*, LaneHasher::kStreams> text_of_{};
};

}  // namespace
}  // namespace mailassay::crypto

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace mailassay;
  static const auto kernels = crypto::Sha256Kernels().Supported();
  for (const auto& kernel : kernels) {
    Choices choices(AsText(data, size));
    const std::string_view amounts = choices.Take();
    crypto::CheckKernel(kernel.run, choices);
    std::vector<crypto::Text> texts = crypto::ChosenTexts(choices);
    crypto::Streams(kernel.run, texts, amounts).Run();
  }
  return 0;
}
