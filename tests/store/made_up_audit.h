// A small audit for tests: a log that holds some batches and names.
#pragma once

#include <string>
#include <vector>

#include "pipeline/store/audit_store.h"

namespace mailassay::store {

inline Settings MadeUpSettings() {
  return {{"program", "mailassay 0"}, {"option --at", "received"}};
}

// Batch `number`: one part, or three when it is divisible by three; and a name
// that is asked, or one that is answered, too.
inline absl::Status AddBatch(AuditStore& store, uint64_t number) {
  std::vector<std::string> parts;
  for (int i = 0; i < (number % 3 == 0 ? 3 : 1); ++i) {
    parts.push_back("facts " + std::to_string(number) + std::string(1, '\0') +
                    std::string(5000, static_cast<char>('a' + i)));
  }
  AuditStore::Name name{"s" + std::to_string(number) + ".example", {}};
  if (number % 2 == 0) name.answer = "{\"answer\": true}";
  return store.Append(parts, "notes " + std::to_string(number),
                      {.file = number, .member = 2, .offset = number * 1000},
                      {{name}});
}

inline std::vector<Part> AllParts(AuditStore& store) {
  std::vector<Part> parts;
  auto batches = store.Batches();
  if (!batches.ok()) return parts;
  while (true) {
    auto part = batches->Next();
    if (!part.ok() || !*part) return parts;
    parts.push_back(**part);
  }
}

inline absl::StatusOr<std::vector<AuditStore::Name>> NamesOf(
    const AuditStore& store) {
  std::vector<AuditStore::Name> names;
  absl::Status read = store.ForEachName([&](const AuditStore::Name& name) {
    names.push_back(name);
    return absl::OkStatus();
  });
  if (!read.ok()) return read;
  return names;
}

}  // namespace mailassay::store
