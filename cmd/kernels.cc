#include "cmd/kernels.h"

#include <algorithm>
#include <cstdlib>

#include "lib/audit/kernels.h"
#include "lib/base/concat.h"
#include "lib/base/kernel.h"
#include "lib/base/safe_text.h"

namespace mailassay::cmd {
namespace {

// What any kernel of the level needs.
bool ProcessorHas(KernelLevel level) {
  switch (level) {
    case KernelLevel::kAvx512:
      return ThisCpu().Covers({CpuFeature::kAvx512});
    case KernelLevel::kAvx2:
      return ThisCpu().Covers({CpuFeature::kAvx2});
    case KernelLevel::kPortable:
      break;
  }
  return true;
}

bool IsFamily(std::string_view name) {
  return std::ranges::any_of(
      audit::KernelFamilies(),
      [&](const KernelFamily* family) { return family->name() == name; });
}

std::string FamilyNames() {
  std::string names;
  for (const KernelFamily* family : audit::KernelFamilies()) {
    if (!names.empty()) names += ", ";
    names += family->name();
  }
  return names;
}

absl::Status Refuse(const std::string& why) {
  return absl::InvalidArgumentError("--kernels: " + why);
}

// Its words are taken where kernels are chosen; a mistake is answered here.
absl::Status CheckEnvironment() {
  const char* const text = std::getenv("MAILASSAY_KERNELS");
  if (text == nullptr || KernelWish::Parse(text)) return absl::OkStatus();
  return absl::InvalidArgumentError(
      Concat("MAILASSAY_KERNELS: \"", SafeText(text),
             "\" is not avx512, avx2, portable or FAMILY=LEVEL, separated by "
             "commas"));
}

}  // namespace

absl::Status UseKernels(std::string_view text) {
  if (text.empty()) return CheckEnvironment();
  const auto wish = KernelWish::Parse(text);
  if (!wish) {
    return Refuse(Concat("\"", SafeText(text),
                         "\" is not avx512, avx2, portable or FAMILY=LEVEL,"
                         " separated by commas"));
  }
  for (const KernelWish::Word& word : wish->words()) {
    if (!word.family.empty() && !IsFamily(word.family)) {
      return Refuse(Concat("there is no family \"", SafeText(word.family),
                           "\", but ", FamilyNames()));
    }
    if (!ProcessorHas(word.level)) {
      return Refuse(
          Concat("this processor does not have ", NameOf(word.level)));
    }
  }
  SetKernelWish(*wish);
  return absl::OkStatus();
}

std::string KernelList() {
  std::string list;
  for (const KernelFamily* family : audit::KernelFamilies()) {
    if (!list.empty()) list += ", ";
    list += Concat(family->name(), " ", NameOf(family->level()));
  }
  return list;
}

}  // namespace mailassay::cmd
