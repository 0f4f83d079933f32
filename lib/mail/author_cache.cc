#include "lib/mail/author_cache.h"

#include <algorithm>
#include <utility>

#include "lib/mail/plain_author.h"

namespace mailassay::mail {

Author AuthorCache::Find(const Header& header) {
  const HeaderField* const from = header.Find(FieldName::kFrom);
  if (from == nullptr || from->value().size() > kMaxOctets ||
      std::any_of(from + 1, header.fields.data() + header.fields.size(),
                  [](const HeaderField& field) {
                    return field.known == FieldName::kFrom;
                  })) {
    return FindAuthor(header);
  }
  if (auto plain = ReadPlainAuthor(from->value())) return *std::move(plain);
  const auto known = authors_.find(from->value());
  if (known != authors_.end()) return known->second;
  if (authors_.size() >= kMaxFields) authors_.clear();
  Author author = FindAuthor(header);
  authors_.emplace(from->value(), author);
  return author;
}

}  // namespace mailassay::mail
