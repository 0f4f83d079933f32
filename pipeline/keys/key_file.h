// Key files (--keys, --keys-out): names and their records.  Forms are told
// apart by content.  README names them: "name TAB record" lines, a zone file, a
// JSON object, the JSON lines that --keys-out writes, archives of others; and
// what is at hand instead: what dig, host and nslookup print, tables with
// titles, JSON of name servers, a record or a public key by itself where the
// name of the file is that of the key.
//
// A file that holds keys is taken as far as it can be read: what is wrong with
// the rest is a fault of the file, and told as such.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "pipeline/keys/key_rows.h"

namespace mailassay::keys {

struct KeyFile {
  // One answer a name, in the order of first occurrence; several records of one
  // name are several candidates.
  std::vector<dkim::KeyAnswer> answers;
  KeyFileFaults faults;
};

// `source` names the file in errors, in KeyAnswer::source ("import:NAME"), and
// where the form has no names.  InvalidArgument: there are faults, and no row
// is good; it says path, line, what it is and what to write: "f:2: ...".
absl::StatusOr<KeyFile> ParseKeyText(std::string_view text,
                                     std::string_view source);
// Unavailable and others: the file can't be read.
absl::StatusOr<KeyFile> ReadKeyFile(const std::string& path);

// The same of a text that this program wrote: every row of it is good, or that
// is an error.
absl::StatusOr<std::vector<dkim::KeyAnswer>> ParseKeyFile(
    std::string_view text, std::string_view source);

// What is wrong with the file: of each kind of fault how many rows, and the
// first of them with their places.  Raw octets may stand in it.
struct FaultText {
  std::string count;               // "keys.tsv: 2 rows not used"
  std::vector<std::string> first;  // "keys.tsv:3: expected ..."
  uint64_t more = 0;
};
std::vector<FaultText> DescribeFaults(const KeyFileFaults& faults,
                                      std::string_view path);

// One JSON line of --keys-out, with its line end.  Given back to --keys the
// run repeats: ParseKeyFile(FormatKeyLine(a)) == a in all that decides.
std::string FormatKeyLine(const dkim::KeyAnswer& answer);

}  // namespace mailassay::keys
