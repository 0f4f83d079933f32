// SHA-256 over the values of a row: what a disk or a hand has changed in an
// audit is noticed, and not taken for evidence.  It keeps nobody from making
// another audit with seals of its own.
#pragma once

#include <initializer_list>
#include <string>
#include <string_view>

namespace mailassay::store {

// 32 octets.  Values are told apart by their lengths.
std::string Seal(std::initializer_list<std::string_view> values);

// As the text of a setting: lower-case hex.
std::string SealText(std::string_view seal);

}  // namespace mailassay::store
