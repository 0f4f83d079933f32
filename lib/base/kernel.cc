#include "lib/base/kernel.h"

#include <algorithm>
#include <cstdlib>

#if defined(__x86_64__)
#include <cpuid.h>
#endif

namespace mailassay {
namespace {

constexpr std::array kLevels = {KernelLevel::kPortable, KernelLevel::kAvx2,
                                KernelLevel::kAvx512};

#if defined(__x86_64__)
// Not every compiler's __builtin_cpu_supports knows it.
bool HasShaNi() {
  unsigned a = 0, b = 0, c = 0, d = 0;
  return __get_cpuid_count(7, 0, &a, &b, &c, &d) != 0 && (b & bit_SHA) != 0;
}
#endif

CpuFeatures Detect() {
  CpuFeatures features;
#if defined(__x86_64__)
  __builtin_cpu_init();
  if (__builtin_cpu_supports("avx2")) features.Add(CpuFeature::kAvx2);
  if (__builtin_cpu_supports("bmi2")) features.Add(CpuFeature::kBmi2);
  if (HasShaNi()) features.Add(CpuFeature::kShaNi);
  if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
      __builtin_cpu_supports("avx512dq") &&
      __builtin_cpu_supports("avx512vl")) {
    features.Add(CpuFeature::kAvx512);
    if (__builtin_cpu_supports("avx512vbmi2")) {
      features.Add(CpuFeature::kVbmi2);
    }
    if (__builtin_cpu_supports("avx512ifma")) features.Add(CpuFeature::kIfma);
  }
#endif
  return features;
}

std::optional<KernelLevel> LevelNamed(std::string_view name) {
  for (const KernelLevel level : kLevels) {
    if (NameOf(level) == name) return level;
  }
  return std::nullopt;
}

// The environment's wish; what can't be read there wishes nothing, for the
// program's own option is where mistakes are answered.
KernelWish EnvironmentWish() {
  const char* const text = std::getenv("MAILASSAY_KERNELS");
  return KernelWish::Parse(text == nullptr ? "" : text).value_or(KernelWish());
}

KernelWish& TheWish() {
  static KernelWish wish = EnvironmentWish();
  return wish;
}

}  // namespace

CpuFeatures ThisCpu() {
  static const CpuFeatures features = Detect();
  return features;
}

std::string_view NameOf(KernelLevel level) {
  switch (level) {
    case KernelLevel::kPortable:
      return "portable";
    case KernelLevel::kAvx2:
      return "avx2";
    case KernelLevel::kAvx512:
      return "avx512";
  }
  return "portable";
}

std::optional<KernelWish> KernelWish::Parse(std::string_view text) {
  KernelWish wish;
  while (!text.empty()) {
    const std::string_view word = text.substr(0, text.find(','));
    text.remove_prefix(std::min(word.size() + 1, text.size()));
    const size_t equals = word.find('=');
    const bool has_family = equals != word.npos;
    const auto level = LevelNamed(has_family ? word.substr(equals + 1) : word);
    if (!level || equals == 0) return std::nullopt;
    wish.words_.push_back(
        {.family = std::string(has_family ? word.substr(0, equals) : ""),
         .level = *level});
  }
  return wish;
}

KernelLevel KernelWish::For(std::string_view family) const {
  KernelLevel level = KernelLevel::kAvx512;
  for (const Word& word : words_) {
    if (word.family.empty() || word.family == family) level = word.level;
  }
  return level;
}

void SetKernelWish(const KernelWish& wish) { TheWish() = wish; }

KernelLevel KernelFamily::level() const { return need(Chosen()).level; }

// Several threads may come here at once: they choose the same.
size_t KernelFamily::Choose() const {
  const KernelLevel most = TheWish().For(name_);
  size_t i = 0;
  while (i + 1 < size() &&
         (need(i).level > most || !ThisCpu().Covers(need(i).features))) {
    ++i;
  }
  chosen_.store(static_cast<int>(i), std::memory_order_relaxed);
  return i;
}

}  // namespace mailassay
