#include "pipeline/run/recovered.h"

#include <algorithm>

#include "lib/audit/figures.h"
#include "lib/base/concat.h"
#include "lib/base/safe_text.h"

namespace mailassay::run {
namespace {

using audit::Grouped;

std::string Count(uint64_t n, std::string_view one, std::string_view many) {
  return Concat(Grouped(n), " ", n == 1 ? one : many);
}

std::string Names(uint64_t n) { return Count(n, "name", "names"); }
std::string Signatures(uint64_t n) {
  return Count(n, "signature", "signatures");
}

// "about 3 min 5 s, at most 20 min 0 s".
std::string Expected(double fewest, double most, int jobs) {
  const std::string few = audit::Duration(fewest / jobs);
  const std::string many = audit::Duration(most / jobs);
  return few == many ? Concat("about ", few)
                     : Concat("about ", few, ", at most ", many);
}

}  // namespace

std::vector<std::string> StartLines(const RecoveryStart& start) {
  std::vector<std::string> lines = {
      Concat(Names(start.names), " with signatures that no known key made; ",
             Grouped(start.open), " can be tried")};
  const auto add = [&](uint64_t count, const std::string& what,
                       std::string_view why) {
    if (count > 0) lines.push_back(Concat(what, " ", why));
  };
  add(start.single, Names(start.single), "without two signatures to compare");
  add(start.tried_before, Names(start.tried_before),
      "tried before, without more signatures or --tries since");
  add(start.too_long, Names(start.too_long), "with keys too long for --memory");
  add(start.beyond_limit, Names(start.beyond_limit), "left out by --limit");
  add(start.unanswered, Signatures(start.unanswered),
      "of names whose servers gave no answer: ask again first");
  add(start.left_out, Signatures(start.left_out),
      "left out: --memory is too little for all names");
  if (start.open == 0) return lines;
  std::string pairs = Grouped(start.fewest_pairs);
  if (start.fewest_pairs != start.most_pairs) {
    pairs += Concat(" to ", Grouped(start.most_pairs));
  }
  lines.push_back(Concat(
      pairs, " pairs of signatures, ",
      Expected(start.fewest_seconds, start.most_seconds, start.jobs), " with ",
      Count(static_cast<uint64_t>(start.jobs), "job", "jobs")));
  return lines;
}

std::string FoundText(const FoundKey& found, std::string_view same_as) {
  const size_t others = std::max<size_t>(found.signatures, 1) - 1;
  std::string text = Concat(SafeText(found.name), ": ", found.key->bits(),
                            " bits, signed by the same key as ");
  if (others > 0 || same_as.empty()) {
    text += Count(others, "other", "others");
  }
  if (same_as.empty()) return text;
  return text + Concat(others > 0 ? " and " : "", SafeText(same_as));
}

std::string WorkText(const RecoverySchedule& schedule, size_t keys, int jobs) {
  return Concat(
      Count(keys, "key", "keys"), " recovered, ", Names(schedule.open()),
      " to do, ",
      Expected(schedule.FewestSeconds(), schedule.MostSeconds(), jobs));
}

std::string EndText(const RecoveryEnd& end) {
  std::string text = Concat(Count(end.keys, "key", "keys"), " recovered in ",
                            audit::Duration(end.seconds));
  if (end.given_up > 0) {
    text += Concat("; ", Names(end.given_up), " gave no further key");
  }
  if (end.open > 0) {
    text +=
        Concat("; no time for ", Names(end.open), ": the same command goes on");
  }
  return text + Concat("\nSaved in ", SafeText(end.file), "\n");
}

}  // namespace mailassay::run
