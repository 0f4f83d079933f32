#include "lib/dkim/reason.h"

#include <array>
#include <cassert>
#include <cstddef>

namespace mailassay::dkim {
namespace {

struct Entry {
  std::string_view code;
  Result result;
  std::string_view sentence;
};

constexpr std::array kReasons = {
#define X(enumerator, code, result, sentence) \
  Entry{code, Result::result, sentence},
    MAILASSAY_DKIM_REASONS(X)
#undef X
};
static_assert(kReasons.size() == static_cast<size_t>(Reason::kCount));

constexpr std::array<std::string_view, 7> kResults = {
    "none", "pass", "fail", "policy", "neutral", "temperror", "permerror"};
static_assert(kResults.size() == static_cast<size_t>(Result::kPermError) + 1);

constexpr std::array<std::string_view, 3> kCryptos = {"not_run", "pass",
                                                      "fail"};
constexpr std::array<std::string_view, 3> kBodyMatches = {"not_run", "match",
                                                          "mismatch"};

constexpr std::array<std::string_view, 15> kFlags = {
    "b64_noncanonical",  "l_tag",         "key_v_not_first", "key_lt_2048",
    "testing",           "several_keys",  "unsigned_from",   "unsigned_extra",
    "mixed_eol",         "from_unquoted", "u_label_domain",  "unknown_query",
    "key_revoked_since", "t_ahead",       "times_disagree"};
static_assert(kFlags.size() == static_cast<size_t>(Flag::kCount));

// REQUIRES: an enumerator, not kCount and not a number made up.
template <typename Table, typename Enum>
const auto& At(const Table& table, Enum e) {
  assert(static_cast<size_t>(e) < table.size());
  return table[static_cast<size_t>(e)];
}

}  // namespace

Result ResultOf(Reason reason) { return At(kReasons, reason).result; }

std::string_view ReasonCode(Reason reason) { return At(kReasons, reason).code; }

std::string_view ReasonSentence(Reason reason) {
  return At(kReasons, reason).sentence;
}

std::string_view ResultName(Result result) { return At(kResults, result); }

std::string_view CryptoName(Crypto crypto) { return At(kCryptos, crypto); }

std::string_view BodyMatchName(BodyMatch body) {
  return At(kBodyMatches, body);
}

std::string_view FlagName(Flag flag) { return At(kFlags, flag); }

}  // namespace mailassay::dkim
