#include "lib/dkim/reason.h"

#include <array>
#include <cassert>
#include <cstddef>

namespace mailassay::dkim {
namespace {

struct Entry {
  std::string_view code;
  Result result;
  Cause cause;
  std::string_view sentence;
};

constexpr std::array kReasons = {
#define X(enumerator, code, result, cause, sentence) \
  Entry{code, Result::result, Cause::cause, sentence},
    MAILASSAY_DKIM_REASONS(X)
#undef X
};
static_assert(kReasons.size() == static_cast<size_t>(Reason::kCount));

constexpr std::array<std::string_view, 7> kResults = {
    "none", "pass", "fail", "policy", "neutral", "temperror", "permerror"};
static_assert(kResults.size() == static_cast<size_t>(Result::kPermError) + 1);

struct CauseEntry {
  std::string_view name, sentence;
};
constexpr std::array<CauseEntry, 5> kCauses = {{
    {"", "nothing is wrong"},
    {"archive", "damaged where it was stored or exported"},
    {"transit",
     "changed after it was signed: on the way, or where it was stored or "
     "exported"},
    {"signer", "made so by whoever signed"},
    {"unknown", "whose doing it is does not show"},
}};
static_assert(kCauses.size() == static_cast<size_t>(Cause::kCount));

constexpr std::array<std::string_view, 3> kCryptos = {"not_run", "pass",
                                                      "fail"};
constexpr std::array<std::string_view, 3> kBodyMatches = {"not_run", "match",
                                                          "mismatch"};

constexpr std::array<std::string_view, 18> kFlags = {
    "b64_noncanonical",  "l_tag",         "key_v_not_first", "key_lt_2048",
    "testing",           "several_keys",  "unsigned_from",   "unsigned_extra",
    "mixed_eol",         "from_unquoted", "u_label_domain",  "unknown_query",
    "key_revoked_since", "from_unspaced", "crcrlf",          "b64_unpadded",
    "t_ahead",           "times_disagree"};
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

Cause CauseOf(Reason reason) { return At(kReasons, reason).cause; }

std::string_view CauseName(Cause cause) { return At(kCauses, cause).name; }

std::string_view CauseSentence(Cause cause) {
  return At(kCauses, cause).sentence;
}

std::string_view ResultName(Result result) { return At(kResults, result); }

std::string_view CryptoName(Crypto crypto) { return At(kCryptos, crypto); }

std::string_view BodyMatchName(BodyMatch body) {
  return At(kBodyMatches, body);
}

std::string_view FlagName(Flag flag) { return At(kFlags, flag); }

}  // namespace mailassay::dkim
