#include "lib/crypto/batch_gcd.h"

#include <algorithm>
#include <map>
#include <set>
#include <string_view>
#include <tuple>
#include <utility>

#include "lib/crypto/integer.h"

namespace mailassay::crypto {
namespace {

using Octets = std::span<const uint8_t>;
using Level = std::vector<Integer>;

constexpr size_t kMostRefined = 100;

struct Modulus {
  size_t index;
  Integer value;
};

Octets WithoutLeadingZeros(Octets octets) {
  while (!octets.empty() && octets.front() == 0) octets = octets.subspan(1);
  return octets;
}

// The first of each value above 1.
std::vector<Modulus> Distinct(std::span<const Octets> moduli) {
  std::set<std::string_view> seen;
  std::vector<Modulus> distinct;
  for (size_t i = 0; i < moduli.size(); ++i) {
    const Octets octets = WithoutLeadingZeros(moduli[i]);
    if (octets.empty() || (octets.size() == 1 && octets[0] == 1)) continue;
    const std::string_view text(reinterpret_cast<const char*>(octets.data()),
                                octets.size());
    if (seen.insert(text).second) distinct.push_back({i, Integer(octets)});
  }
  return distinct;
}

// The moduli, products of two, of four ..., up to the product of all.
// REQUIRES: at least one modulus.
std::vector<Level> ProductTree(const std::vector<Modulus>& moduli) {
  std::vector<Level> levels(1);
  for (const Modulus& modulus : moduli) levels[0].push_back(modulus.value);
  while (levels.back().size() > 1) {
    const Level& below = levels.back();
    Level level((below.size() + 1) / 2);
    for (size_t i = 0; i < level.size(); ++i) {
      level[i] = below[2 * i];
      if (2 * i + 1 < below.size())
        mpz_mul(level[i], level[i], below[2 * i + 1]);
    }
    levels.push_back(std::move(level));
  }
  return levels;
}

// The product of all modulo the square of each modulus.
Level Remainders(std::vector<Level> levels) {
  Level remainders = std::move(levels.back());
  levels.pop_back();
  Integer square;
  for (; !levels.empty(); levels.pop_back()) {
    Level& nodes = levels.back();
    for (size_t i = 0; i < nodes.size(); ++i) {
      mpz_mul(square, nodes[i], nodes[i]);
      mpz_mod(nodes[i], remainders[i / 2], square);
    }
    remainders = std::move(nodes);
  }
  return remainders;
}

// Of each modulus the gcd with the product of all others.
Level SharedParts(const std::vector<Modulus>& moduli) {
  Level parts = Remainders(ProductTree(moduli));
  for (size_t i = 0; i < moduli.size(); ++i) {
    mpz_divexact(parts[i], parts[i], moduli[i].value);
    mpz_gcd(parts[i], parts[i], moduli[i].value);
    RemoveSmallPrimes(parts[i]);
  }
  return parts;
}

// Numbers without common divisors that all of `parts` are products of.
Level Coprimes(Level parts) {
  Level base;
  Integer common;
  while (!parts.empty()) {
    const Integer part = std::move(parts.back());
    parts.pop_back();
    if (part.is_one()) continue;
    const auto met = std::ranges::find_if(base, [&](const Integer& number) {
      mpz_gcd(common, part, number);
      return !common.is_one();
    });
    if (met == base.end()) {
      base.push_back(part);
    } else if (mpz_cmp(part, *met) != 0) {
      Integer rest_of_met, rest_of_part;
      mpz_divexact(rest_of_met, *met, common);
      mpz_divexact(rest_of_part, part, common);
      base.erase(met);
      parts.push_back(common);
      parts.push_back(std::move(rest_of_met));
      parts.push_back(std::move(rest_of_part));
    }
  }
  return base;
}

// The moduli of each shared part, in the order of the parts' first ones.
using Groups = std::vector<std::pair<Integer, std::vector<size_t>>>;

Groups GroupByPart(const std::vector<Modulus>& moduli, const Level& parts) {
  std::map<std::vector<uint8_t>, size_t> places;
  Groups groups;
  for (size_t i = 0; i < moduli.size(); ++i) {
    if (parts[i].is_one()) continue;
    const auto [place, is_new] =
        places.emplace(parts[i].Octets(), groups.size());
    if (is_new) groups.push_back({parts[i], {}});
    groups[place->second].second.push_back(moduli[i].index);
  }
  return groups;
}

void AddGroup(const Integer& factor, std::vector<size_t> moduli,
              std::vector<SharedFactor>& found) {
  std::ranges::sort(moduli);
  if (moduli.size() > 1) found.push_back({factor.Octets(), std::move(moduli)});
}

// The moduli whose parts each coprime divides.
std::vector<SharedFactor> Refine(std::span<const Groups::value_type> groups) {
  Level parts;
  for (const auto& [part, moduli] : groups) parts.push_back(part);
  std::vector<SharedFactor> found;
  for (const Integer& factor : Coprimes(std::move(parts))) {
    std::vector<size_t> members;
    for (const auto& [part, moduli] : groups) {
      if (mpz_divisible_p(part, factor) == 0) continue;
      members.insert(members.end(), moduli.begin(), moduli.end());
    }
    AddGroup(factor, std::move(members), found);
  }
  return found;
}

}  // namespace

std::vector<SharedFactor> FindSharedFactors(std::span<const Octets> moduli) {
  const std::vector<Modulus> distinct = Distinct(moduli);
  if (distinct.empty()) return {};
  const Groups groups = GroupByPart(distinct, SharedParts(distinct));
  const size_t refined = std::min(groups.size(), kMostRefined);
  std::vector<SharedFactor> found = Refine(std::span(groups).first(refined));
  for (size_t i = refined; i < groups.size(); ++i) {
    AddGroup(groups[i].first, groups[i].second, found);
  }
  std::ranges::sort(found, [](const SharedFactor& a, const SharedFactor& b) {
    return std::tie(a.moduli, a.factor) < std::tie(b.moduli, b.factor);
  });
  return found;
}

}  // namespace mailassay::crypto
