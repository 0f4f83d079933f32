#include "pipeline/keys/bare_key.h"

#include <algorithm>
#include <optional>
#include <vector>

#include "lib/base/ascii.h"
#include "lib/base/base64.h"
#include "lib/base/concat.h"
#include "lib/crypto/public_key.h"
#include "pipeline/keys/lines.h"

namespace mailassay::keys {
namespace {

constexpr std::string_view kBegin = "-----BEGIN ";

std::string_view NameOf(std::string_view path) {
  return path.substr(path.rfind('/') + 1);
}

// The name of a key that the file is called after.
std::optional<std::string> KeyNameOfFile(std::string_view path) {
  std::string_view name = NameOf(path);
  for (const std::string_view ending :
       {".txt", ".tsv", ".pem", ".pub", ".key", ".dig", ".out", ".dns"}) {
    if (name.ends_with(ending)) {
      name.remove_suffix(ending.size());
      break;
    }
  }
  return IsKeyName(name) ? WrittenName(name) : std::nullopt;
}

// The name, or nothing, with a word.
std::optional<std::string> NameFor(std::string_view what, std::string_view path,
                                   KeyRows& rows) {
  auto name = KeyNameOfFile(path);
  if (!name) {
    rows.LeaveOut(
        Concat(what,
               " without its name; write s._domainkey.example.com, TAB, "
               "v=DKIM1; k=rsa; p=..., or name the file "
               "s._domainkey.example.com.txt"));
  }
  return name;
}

bool IsRecordLine(std::string_view line) {
  return line.starts_with('"') || line.starts_with("v=DKIM1") ||
         line.starts_with("k=") || line.starts_with("p=");
}

bool IsTarget(std::string_view line) {
  return line.ends_with('.') && NormalName(line).has_value();
}

// RFC 8410 4: what stands before the 32 octets of an Ed25519 key.
constexpr uint8_t kEd25519Prefix[] = {0x30, 0x2A, 0x30, 0x05, 0x06, 0x03,
                                      0x2B, 0x65, 0x70, 0x03, 0x21, 0x00};

// The record that publishes the key in the armour (RFC 8463 4.2 of Ed25519).
std::string RecordOf(std::string_view armour) {
  std::string text;
  for (const char c : armour) {
    if (!IsFws(c)) text += c;
  }
  const Base64 der = DecodeBase64(text);
  const std::span<const uint8_t> octets = der.bytes;
  const size_t prefix = std::size(kEd25519Prefix);
  if (octets.size() == prefix + 32 &&
      std::ranges::equal(octets.first(prefix), kEd25519Prefix)) {
    return Concat("v=DKIM1; k=ed25519; p=",
                  EncodeBase64(octets.subspan(prefix)));
  }
  return Concat("v=DKIM1; k=rsa; p=", text);
}

}  // namespace

std::string DomainOfFile(std::string_view path) {
  std::string_view name = NameOf(path);
  for (const std::string_view ending : {".yaml", ".yml"}) {
    if (name.ends_with(ending)) name.remove_suffix(ending.size());
  }
  if (name.size() == NameOf(path).size()) return "";
  const auto normal = NormalName(name);
  return normal && normal->find('.') != normal->npos ? *normal : "";
}

bool LooksLikeBareRecord(std::string_view text) {
  bool any = false;
  while (!text.empty()) {
    const std::string_view line = TrimFws(TakeLine(text));
    if (line.empty() || line.starts_with('#') || line.starts_with(';'))
      continue;
    if (!IsRecordLine(line) && (any || !IsTarget(line))) return false;
    any |= IsRecordLine(line);
  }
  return any;
}

void ReadBareRecord(std::string_view text, std::string_view path,
                    KeyRows& rows) {
  bool named = true;
  ForEachLine(text, [&](size_t number, std::string_view line) {
    line = TrimFws(line);
    if (!named || !IsRecordLine(line)) return;
    rows.SetLine(number);
    const auto name = NameFor("a record", path, rows);
    named = name.has_value();
    if (name) rows.Add(*name, line, KeyRows::Text::kQuoted);
  });
}

bool LooksLikePem(std::string_view text) {
  const size_t at = text.find(kBegin);
  return at != text.npos && (at == 0 || text[at - 1] == '\n') &&
         text.substr(0, at).find('\t') == text.npos;
}

void ReadPem(std::string_view text, std::string_view path, KeyRows& rows) {
  const size_t at = text.find(kBegin);
  rows.SetLine(
      1 + static_cast<size_t>(std::ranges::count(text.substr(0, at), '\n')));
  std::string_view armour = text.substr(at + kBegin.size());
  const size_t title = armour.find("-----");
  if (title == armour.npos) return rows.LeaveOut("a PEM text that is cut");
  const std::string_view kind = armour.substr(0, title);
  if (kind.ends_with("PRIVATE KEY")) {
    return rows.LeaveOut(
        "a private key; keys import --private takes one that has been "
        "published, and --keys public keys alone");
  }
  if (!kind.ends_with("PUBLIC KEY")) {
    return rows.LeaveOut(
        Concat("PEM of another kind than PUBLIC KEY: ", kind.substr(0, 40)));
  }
  const auto name = NameFor("a public key", path, rows);
  if (!name) return;
  armour.remove_prefix(title + 5);
  rows.Add(*name, RecordOf(armour.substr(0, armour.find('-'))),
           KeyRows::Text::kVerbatim);
}

}  // namespace mailassay::keys
