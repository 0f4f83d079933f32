#include "lib/mail/trace.h"

#include <algorithm>
#include <array>
#include <cassert>
#include <span>

#include "lib/base/ascii.h"

namespace mailassay::mail {
namespace {

constexpr std::array<std::string_view, 7> kNames = {
    "received", "news", "list_archive", "list", "store", "author", "none"};
static_assert(kNames.size() == static_cast<size_t>(Trace::kCount));

// Added on the way from server to server, so not by the author.
constexpr std::string_view kRelayedNews[] = {
    "Path", "Xref", "NNTP-Posting-Host", "NNTP-Posting-Date",
    "NNTP-Posting-User"};
constexpr std::string_view kAuthorsCopy[] = {"Bcc",
                                             "Fcc",
                                             "X-Mozilla-Draft-Info",
                                             "X-Identity-Key",
                                             "X-Unsent",
                                             "X-KMail-Identity",
                                             "X-KMail-Transport",
                                             "X-Evolution-Identity",
                                             "X-Evolution-Transport",
                                             "X-Apple-Auto-Saved"};
constexpr std::string_view kListSoftware[] = {"X-BeenThere",
                                              "X-Mailman-Version"};
constexpr std::string_view kListMarks[] = {
    "List-Id",        "List-Post",  "List-Archive", "List-Unsubscribe",
    "List-Subscribe", "List-Owner", "List-Help",    "Mailing-List",
    "X-Mailing-List", "X-List-Id",  "Newsgroups"};
constexpr std::string_view kMailService[] = {
    "X-GM-THRID",
    "X-GM-MSGID",
    "X-Gmail-Labels",
    "X-MS-Has-Attach",
    "X-MS-TNEF-Correlator",
    "X-MS-Exchange-MessageSentRepresentingType",
    "X-MS-Exchange-Organization-SCL",
    "X-MS-Exchange-Organization-AuthSource",
    "X-MS-Exchange-Organization-AuthAs"};

bool HasAny(const Header& header, std::span<const std::string_view> names) {
  return std::any_of(names.begin(), names.end(), [&](std::string_view name) {
    return header.Find(name) != nullptr;
  });
}

bool Contains(std::string_view text, std::string_view lower) {
  return std::search(text.begin(), text.end(), lower.begin(), lower.end(),
                     [](char a, char b) { return ToLower(a) == b; }) !=
         text.end();
}

// Takeout writes the labels of each message.
bool IsLabelledAsOwn(const Header& header) {
  const HeaderField* labels = header.Find("X-Gmail-Labels");
  if (labels == nullptr) return false;
  constexpr size_t kMost = 1024;
  const std::string_view value = labels->value().substr(0, kMost);
  return Contains(value, "sent") || Contains(value, "draft");
}

// "ann at example.com (Ann)": no mailer writes it, and Mailman's archives do.
bool IsHiddenAddress(const Header& header) {
  constexpr size_t kMost = 1024;
  constexpr std::string_view kAt = " at ";
  const HeaderField* from = header.Find(FieldName::kFrom);
  if (from == nullptr) return false;
  const std::string_view value = TrimFws(from->value().substr(0, kMost));
  const size_t at = value.find(kAt);
  if (at == value.npos || at == 0 || value.back() != ')') return false;
  if (value.find('@') != value.npos || value.find('<') != value.npos) {
    return false;
  }
  const std::string_view domain = value.substr(at + kAt.size());
  const size_t end = domain.find(' ');
  return value.substr(0, at).find(' ') == value.npos && end != domain.npos &&
         domain.substr(0, end).find('.') != domain.npos &&
         TrimFws(domain.substr(end)).starts_with('(');
}

}  // namespace

std::string_view TraceName(Trace trace) {
  assert(trace < Trace::kCount);
  return kNames[static_cast<size_t>(trace)];
}

bool ShowsTransport(Trace trace) {
  return trace == Trace::kReceived || trace == Trace::kNews ||
         trace == Trace::kListArchive;
}

Trace FindTrace(const Header& header) {
  if (header.Find(FieldName::kReceived) != nullptr) return Trace::kReceived;
  if (HasAny(header, kRelayedNews)) return Trace::kNews;
  if (HasAny(header, kListSoftware) || IsHiddenAddress(header)) {
    return Trace::kListArchive;
  }
  if (HasAny(header, kListMarks)) return Trace::kList;
  if (IsLabelledAsOwn(header)) return Trace::kAuthor;
  if (HasAny(header, kMailService)) return Trace::kStore;
  if (HasAny(header, kAuthorsCopy)) return Trace::kAuthor;
  return Trace::kNone;
}

}  // namespace mailassay::mail
