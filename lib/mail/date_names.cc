#include "lib/mail/date_names.h"

#include <algorithm>
#include <cstdint>
#include <iterator>
#include <span>

#include "lib/base/ascii.h"

namespace mailassay::mail {
namespace {

constexpr char kAnyLetter = '?';

struct Name {
  std::string_view text;
  int month = 0;     // 0: of a day
  size_t least = 3;  // as many letters tell the month
};

// As Fold leaves them.  A name that begins another of its month is not here.
constexpr Name kMonthNames[] = {
    {"january", 1},       {"januari", 1},    {"janvier", 1},
    {"janeiro", 1},       {"janner", 1},     {"jaenner", 1},
    {"enero", 1},         {"gener", 1},      {"gennaio", 1},
    {"tammikuu", 1},      {"styczen", 1},    {"stycznia", 1},
    {"leden", 1},         {"ledna", 1},      {"ianuarie", 1},
    {"ocak", 1},          {"anvara", 1},     {"february", 2},
    {"februarie", 2},     {"fevrier", 2},    {"febrero", 2},
    {"febbraio", 2},      {"fevereiro", 2},  {"helmikuu", 2},
    {"luty", 2},          {"lutego", 2},     {"unora", 2},
    {"subat", 2},         {"fevrala", 2},    {"march", 3},
    {"marzo", 3},         {"maerz", 3},      {"mrz", 3},
    {"maart", 3, 4},      {"mrt", 3},        {"mars", 3},
    {"marco", 3},         {"marts", 3},      {"maaliskuu", 3, 4},
    {"marzec", 3},        {"marca", 3},      {"brezen", 3},
    {"brezna", 3},        {"martie", 3},     {"marcius", 3},
    {"marta", 3},         {"april", 4},      {"avril", 4},
    {"abril", 4},         {"huhtikuu", 4},   {"kwiecien", 4},
    {"kwietnia", 4},      {"duben", 4},      {"dubna", 4},
    {"aprilie", 4},       {"aprilis", 4},    {"nisan", 4},
    {"aprela", 4},        {"mayo", 5},       {"mayis", 5},
    {"maio", 5},          {"maig", 5},       {"mei", 5},
    {"maja", 5},          {"majus", 5},      {"maggio", 5},
    {"toukokuu", 5},      {"kveten", 5},     {"kvetna", 5},
    {"maa", 5},           {"june", 6},       {"junio", 6},
    {"juny", 6},          {"juin", 6, 4},    {"giugno", 6},
    {"junho", 6},         {"kesakuu", 6},    {"czerwiec", 6},
    {"czerwca", 6},       {"cen", 6},        {"cerven", 6, 6},
    {"cervna", 6, 5},     {"iunie", 6},      {"junius", 6},
    {"haziran", 6},       {"iuna", 6},       {"july", 7},
    {"juliol", 7},        {"juillet", 7},    {"julho", 7},
    {"luglio", 7},        {"heinakuu", 7},   {"lipiec", 7},
    {"lipca", 7},         {"cec", 7},        {"cervenec", 7, 7},
    {"cervence", 7, 7},   {"iulie", 7},      {"julius", 7},
    {"temmuz", 7},        {"iula", 7},       {"august", 8},
    {"augusti", 8},       {"augustus", 8},   {"aout", 8},
    {"agosto", 8},        {"elokuu", 8},     {"sierpien", 8},
    {"sierpnia", 8},      {"srpen", 8},      {"srpna", 8},
    {"augusztus", 8},     {"agustos", 8},    {"avgusta", 8},
    {"september", 9},     {"septembrie", 9}, {"septiembre", 9},
    {"setembre", 9},      {"settembre", 9},  {"setembro", 9},
    {"syyskuu", 9},       {"wrzesien", 9},   {"wrzesnia", 9},
    {"zari", 9},          {"szeptember", 9}, {"eylul", 9},
    {"sentabra", 9},      {"october", 10},   {"oktober", 10},
    {"octobre", 10},      {"octubre", 10},   {"ottobre", 10},
    {"outubro", 10},      {"lokakuu", 10},   {"pazdziernika", 10},
    {"rijen", 10},        {"rijna", 10},     {"octombrie", 10},
    {"ekim", 10},         {"oktabra", 10},   {"november", 11},
    {"novembre", 11},     {"noviembre", 11}, {"novembro", 11},
    {"marraskuu", 11, 4}, {"listopada", 11}, {"noiembrie", 11},
    {"kasim", 11},        {"noabra", 11},    {"december", 12},
    {"dezember", 12},     {"decembre", 12},  {"diciembre", 12},
    {"desembre", 12},     {"desember", 12},  {"dicembre", 12},
    {"dezembro", 12},     {"joulukuu", 12},  {"grudzien", 12},
    {"grudnia", 12},      {"prosinec", 12},  {"prosince", 12},
    {"decembrie", 12},    {"aralik", 12},    {"dekabra", 12},
};

constexpr Name kDayNames[] = {
    {"monday"},    {"tuesday"},     {"wednesday"},    {"thursday"},
    {"friday"},    {"saturday"},    {"sunday"},       {"montag"},
    {"dienstag"},  {"mittwoch"},    {"donnerstag"},   {"freitag"},
    {"samstag"},   {"sonnabend"},   {"sonntag"},      {"maandag"},
    {"dinsdag"},   {"woensdag"},    {"donderdag"},    {"vrijdag"},
    {"zaterdag"},  {"zondag"},      {"lundi"},        {"mardi"},
    {"mercredi"},  {"jeudi"},       {"vendredi"},     {"samedi"},
    {"dimanche"},  {"lunes"},       {"martes"},       {"miercoles"},
    {"jueves"},    {"viernes"},     {"sabado"},       {"domingo"},
    {"dilluns"},   {"dimarts"},     {"dimecres"},     {"dijous"},
    {"divendres"}, {"dissabte"},    {"diumenge"},     {"lunedi"},
    {"martedi"},   {"mercoledi"},   {"giovedi"},      {"venerdi"},
    {"sabato"},    {"domenica"},    {"segunda"},      {"terca"},
    {"quarta"},    {"quinta"},      {"sexta"},        {"mandag"},
    {"tirsdag"},   {"tisdag"},      {"onsdag"},       {"torsdag"},
    {"fredag"},    {"lordag"},      {"sondag"},       {"maanantai"},
    {"tiistai"},   {"keskiviikko"}, {"torstai"},      {"perjantai"},
    {"lauantai"},  {"sunnuntai"},   {"poniedzialek"}, {"wtorek"},
    {"sroda"},     {"czwartek"},    {"piatek"},       {"sobota"},
    {"niedziela"}, {"pondeli"},     {"utery"},        {"streda"},
    {"ctvrtek"},   {"patek"},       {"nedele"},       {"luni"},
    {"marti"},     {"miercuri"},    {"joi"},          {"vineri"},
    {"sambata"},   {"duminica"},    {"hetfo"},        {"kedd"},
    {"szerda"},    {"csutortok"},   {"pentek"},       {"szombat"},
    {"vasarnap"},  {"pazartesi"},   {"pzt"},          {"sali"},
    {"carsamba"},  {"persembe"},    {"cumartesi"},    {"cmt"},
    {"pn"},        {"ponedelnik"},  {"vtornik"},      {"sreda"},
    {"ct"},        {"cetverg"},     {"pt"},           {"patnica"},
    {"sb"},        {"subbota"},     {"vs"},           {"voskresene"},
};

// Names in order, to be found by their first letter.
template <size_t kSize>
class NameIndex {
 public:
  constexpr explicit NameIndex(const Name (&names)[kSize]) {
    std::copy(std::begin(names), std::end(names), names_.begin());
    std::sort(names_.begin(), names_.end(),
              [](const Name& a, const Name& b) { return a.text < b.text; });
    for (const Name& name : names_) ++ends_[PlaceOf(name.text[0]) + 1];
    for (size_t i = 1; i < ends_.size(); ++i) ends_[i] += ends_[i - 1];
  }

  // All that may begin with `first`: a letter in lower case or "?".
  std::span<const Name> Beginning(char first) const {
    if (!IsLower(first)) return names_;
    const size_t begin = ends_[PlaceOf(first)];
    return std::span(names_).subspan(begin, ends_[PlaceOf(first) + 1] - begin);
  }

 private:
  static constexpr size_t PlaceOf(char letter) {
    return static_cast<size_t>(letter - 'a');
  }

  std::array<Name, kSize> names_{};
  std::array<size_t, 27> ends_{};  // of those before a letter
};

constexpr NameIndex kMonths(kMonthNames);
constexpr NameIndex kDays(kDayNames);

constexpr std::string_view kLatin1 = "aaaaaaaceeeeiiiidnooooo?ouuuuyts";
constexpr std::string_view kLatinExtendedA =
    "aaaaaaccccccccddddeeeeeeeeeegggggggghhhhiiiiiiiiiiiijjkkkllllllllllnnnnnn"
    "nnnoooooooorrrrrrssssssssttttttuuuuuuuuuuuuwwyyyzzzzzzs";
constexpr std::string_view kCyrillic = "abvgdejziiklmnoprstufhccssyyyeua";
static_assert(kLatin1.size() == 32 && kLatinExtendedA.size() == 128 &&
              kCyrillic.size() == 32);

char LetterOf(uint32_t code_point) {
  if (code_point >= 0xC0 && code_point <= 0xFF) {
    return kLatin1[code_point % 32];
  }
  if (code_point >= 0x100 && code_point <= 0x17F) {
    return kLatinExtendedA[code_point - 0x100];
  }
  if (code_point >= 0x410 && code_point <= 0x44F) {
    return kCyrillic[(code_point - 0x410) % 32];
  }
  return kAnyLetter;
}

bool IsContinuation(std::string_view text, size_t i) {
  return i < text.size() &&
         (static_cast<unsigned char>(text[i]) & 0xC0) == 0x80;
}

// The letter at the front of `rest`, which loses its octets.
char TakeLetter(std::string_view& rest) {
  const unsigned char first = static_cast<unsigned char>(rest[0]);
  char letter = ToLower(rest[0]);
  size_t octets = 1;
  if (first >= 0xC2 && first <= 0xDF && IsContinuation(rest, 1)) {
    octets = 2;
    letter = LetterOf((first & 0x1Fu) << 6 |
                      (static_cast<unsigned char>(rest[1]) & 0x3Fu));
  } else if (rest.starts_with("\xEF\xBF\xBD")) {
    octets = 3;
    letter = kAnyLetter;
  } else if (Is8Bit(rest[0])) {
    letter = kAnyLetter;
  }
  rest.remove_prefix(octets);
  return letter;
}

// Is `word`, in which "?" is any letter, the first letters of `name`?
bool Begins(std::string_view name, std::string_view word) {
  return word.size() <= name.size() &&
         std::equal(word.begin(), word.end(), name.begin(),
                    [](char a, char b) { return a == b || a == kAnyLetter; });
}

bool HasLetter(std::string_view word) {
  return std::any_of(word.begin(), word.end(), IsAlpha);
}

}  // namespace

FoldedWord Fold(std::string_view word) {
  FoldedWord folded;
  while (!word.empty()) {
    if (folded.size == FoldedWord::kMax) return {};
    folded.letters[folded.size++] = TakeLetter(word);
  }
  return folded;
}

MonthName FindMonth(std::string_view folded) {
  MonthName found;
  if (!HasLetter(folded)) return found;
  for (const Name& name : kMonths.Beginning(folded[0])) {
    if (folded.size() < name.least || !Begins(name.text, folded)) continue;
    if (found.month != 0 && found.month != name.month) {
      return {found.month, false};
    }
    found = {name.month, true};
  }
  return found;
}

bool IsDayName(std::string_view folded) {
  if (folded.size() < 2 || !HasLetter(folded)) return false;
  const std::span<const Name> names = kDays.Beginning(folded[0]);
  return std::any_of(names.begin(), names.end(), [folded](const Name& name) {
    return Begins(name.text, folded);
  });
}

}  // namespace mailassay::mail
