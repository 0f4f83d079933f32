// Kernels: the few hot loops that exist once for every kind of processor.
//
// A family is one function in several implementations, best first, which give
// the same result to the bit.  Which of them runs is settled at the family's
// first use: the best that the processor has, or what the user asked for
// (`--kernels`, the environment's MAILASSAY_KERNELS; the option wins).
//
// A family is a constinit global; any number of threads may use it.
#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace mailassay {

// What a kernel needs of the processor.  kAvx512 is F, BW, DQ and VL.
enum class CpuFeature : uint8_t {
  kAvx2,
  kBmi2,
  kShaNi,
  kAvx512,
  kVbmi2,
  kIfma
};

class CpuFeatures {
 public:
  constexpr CpuFeatures() = default;
  constexpr CpuFeatures(std::initializer_list<CpuFeature> features) {
    for (const CpuFeature f : features) bits_ |= Bit(f);
  }
  constexpr void Add(CpuFeature f) { bits_ |= Bit(f); }
  constexpr bool Covers(CpuFeatures needs) const {
    return (needs.bits_ & ~bits_) == 0;
  }

 private:
  static constexpr unsigned Bit(CpuFeature f) {
    return 1u << static_cast<unsigned>(f);
  }
  unsigned bits_ = 0;
};

// Of the processor this runs on, where the operating system lets them be used.
CpuFeatures ThisCpu();

enum class KernelLevel : uint8_t { kPortable, kAvx2, kAvx512 };
std::string_view NameOf(KernelLevel level);  // "portable", "avx2", "avx512"

// What the user asked for: a level for all families, or one for some:
// "avx2", "rsa=portable", "avx2,rsa=portable" (later words win).
class KernelWish {
 public:
  // nullopt: a word is not a level, or has no "=" where a family is named.
  static std::optional<KernelWish> Parse(std::string_view text);
  // The highest level that `family` may use.
  KernelLevel For(std::string_view family) const;

  struct Word {
    std::string family;  // empty: all
    KernelLevel level;
  };
  const std::vector<Word>& words() const { return words_; }

 private:
  std::vector<Word> words_;
};

// Settles what all families not yet used will choose.  REQUIRES: called before
// any other thread runs.
void SetKernelWish(const KernelWish& wish);

class KernelFamily {
 public:
  KernelFamily(const KernelFamily&) = delete;
  KernelFamily& operator=(const KernelFamily&) = delete;

  std::string_view name() const { return name_; }
  // Of the chosen kernel.
  KernelLevel level() const;

 protected:
  struct Need {
    KernelLevel level;
    CpuFeatures features;
  };
  constexpr explicit KernelFamily(std::string_view name) : name_(name) {}
  ~KernelFamily() = default;

  // Index of the chosen kernel.
  size_t Chosen() const {
    const int chosen = chosen_.load(std::memory_order_relaxed);
    return chosen >= 0 ? static_cast<size_t>(chosen) : Choose();
  }
  virtual size_t size() const = 0;
  virtual Need need(size_t i) const = 0;

 private:
  size_t Choose() const;

  std::string_view name_;
  mutable std::atomic<int> chosen_{-1};
};

template <typename Function>
struct Kernel {
  KernelLevel level;
  CpuFeatures needs;
  Function* run;
};

// `kCount` kernels, best first; the last is portable and needs nothing.
template <typename Function, size_t kCount>
class Kernels final : public KernelFamily {
 public:
  constexpr Kernels(std::string_view name,
                    std::array<Kernel<Function>, kCount> kernels)
      : KernelFamily(name), kernels_(kernels) {}
  constexpr ~Kernels() = default;

  Function* run() const { return kernels_[Chosen()].run; }
  // Those this processor can run, for tests and benchmarks.
  std::vector<Kernel<Function>> Supported() const {
    std::vector<Kernel<Function>> supported;
    for (const Kernel<Function>& kernel : kernels_) {
      if (ThisCpu().Covers(kernel.needs)) supported.push_back(kernel);
    }
    return supported;
  }

 private:
  size_t size() const override { return kCount; }
  Need need(size_t i) const override {
    return {kernels_[i].level, kernels_[i].needs};
  }

  std::array<Kernel<Function>, kCount> kernels_;
};

template <typename Function, size_t kCount>
Kernels(std::string_view, std::array<Kernel<Function>, kCount>)
    -> Kernels<Function, kCount>;

}  // namespace mailassay
