// Facts of a batch as bytes and back: what a deferred batch is kept as, in a
// temporary file now and in an audit store later.
//
// Little-endian varints and length-prefixed strings in the order of the
// structs, behind a version octet; the decoder takes any bytes and either
// gives back facts or says no.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "lib/audit/facts.h"

namespace mailassay::audit {

// An input alone, appended; and taken from the front.
void EncodeInput(const Input& input, std::string* out);
bool DecodeInput(std::string_view* in, Input* input);

std::string EncodeFacts(const std::vector<MessageFacts>& messages);
std::optional<std::vector<MessageFacts>> DecodeFacts(std::string_view bytes);

}  // namespace mailassay::audit
