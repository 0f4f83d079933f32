// FindAuthor with a memory: the same few senders write most of an archive.  The
// plainest fields (plain_author.h) are read again each time, which is quicker.
//
// A plain value of one thread; remembers a bounded number of short From
// fields and forgets all of them when it is full.
#pragma once

#include <functional>
#include <string>
#include <string_view>

#include "absl/container/flat_hash_map.h"
#include "lib/base/text_hash.h"
#include "lib/mail/address.h"
#include "lib/mail/header.h"

namespace mailassay::mail {

class AuthorCache {
 public:
  // FindAuthor(header).
  Author Find(const Header& header);

 private:
  static constexpr size_t kMaxFields = 1024;
  static constexpr size_t kMaxOctets = 256;  // of a field

  // By the field's value.
  absl::flat_hash_map<std::string, Author, TextHash, std::equal_to<>> authors_;
};

}  // namespace mailassay::mail
