// A key without its name: a record by itself, as dig +short prints it, or a
// public key in PEM.  The name is that of the file, where it is one:
// s._domainkey.example.com.txt.  Pure functions.
#pragma once

#include <string>
#include <string_view>

#include "pipeline/keys/key_rows.h"

namespace mailassay::keys {

// All lines are records, or strings of them in quotes; the targets of CNAMEs
// may stand above.
bool LooksLikeBareRecord(std::string_view text);
void ReadBareRecord(std::string_view text, std::string_view path,
                    KeyRows& rows);

bool LooksLikePem(std::string_view text);
void ReadPem(std::string_view text, std::string_view path, KeyRows& rows);

// "example.com" of dir/example.com.yaml; empty: no domain is meant.
std::string DomainOfFile(std::string_view path);

}  // namespace mailassay::keys
