#include "pipeline/source/sample.h"

#include <algorithm>

#include "pipeline/source/survey.h"

namespace mailassay::source {
namespace {

// A smaller one is seldom more than a message; a larger one does not fit a
// block of 8 MiB together with what its last message has behind it.
constexpr uint64_t kLeastUnit = 16 << 10;
constexpr uint64_t kMostUnit = 7 << 20;
constexpr uint64_t kUnitsWanted = 128;

uint64_t UnitBytes(Share share, uint64_t total) {
  __extension__ using Wide = unsigned __int128;
  const auto each = static_cast<uint64_t>(Wide{total} * share.parts /
                                          Share::kWhole / kUnitsWanted);
  return std::clamp(each / kLeastUnit * kLeastUnit, kLeastUnit, kMostUnit);
}

}  // namespace

Sample SampleOf(Share share, const Survey& survey) {
  if (share.all()) return {};
  const uint64_t unit = UnitBytes(share, survey.total_bytes);
  uint64_t files = 0;
  for (const SurveyedInput& input : survey.inputs) files += input.files;
  // There are at least so many.
  const uint64_t units = std::max(files, survey.total_bytes / unit);
  if (survey.total_known && units > 0) {
    const uint64_t one = (Share::kWhole - 1) / units + 1;
    share.parts = std::max(share.parts, static_cast<uint32_t>(one));
  }
  return {share, unit};
}

}  // namespace mailassay::source
