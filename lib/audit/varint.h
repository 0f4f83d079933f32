// Little-endian base-128 numbers and length-prefixed strings: how tallies and
// facts are kept as bytes.  Readers take any bytes: they give a value and move
// past it, or say no and leave the rest undefined.  Stateless.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace mailassay::audit {

void PutVarint(uint64_t value, std::string* out);
void PutString(std::string_view text, std::string* out);
// Absent is not zero: one octet says whether a value follows (zigzag).
void PutOptional(std::optional<int64_t> value, std::string* out);

bool GetVarint(std::string_view* in, uint64_t* value);
// A view into `in`'s bytes.
bool GetView(std::string_view* in, std::string_view* text);
bool GetString(std::string_view* in, std::string* text);
bool GetOptional(std::string_view* in, std::optional<int64_t>* value);

}  // namespace mailassay::audit
