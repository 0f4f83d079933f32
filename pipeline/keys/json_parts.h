// A JSON text read member by member, or element by element: a part is kept
// only while it is looked at.  No exception leaves it.
#pragma once

#include <cstddef>
#include <functional>
#include <string>
#include <string_view>

#include "nlohmann/json.hpp"

namespace mailassay::keys {

// A value that is not JSON is discarded (is_discarded()).
nlohmann::json ParseJson(std::string_view text);

struct JsonPart {
  const std::string& name;  // of the member; of an element ""
  const nlohmann::json& value;
  size_t line;    // where it ends, from 1
  size_t number;  // from 1
};
// Calls `visit` with each part of the object or array that `text` is.  Gives
// the line behind which it is no JSON, or 0.
size_t ForEachPart(std::string_view text,
                   const std::function<void(const JsonPart&)>& visit);

// Null when there is no such member.
const nlohmann::json& MemberAt(const nlohmann::json& object,
                               std::string_view member);
// Null when it is no string.
const std::string* TextOf(const nlohmann::json& value);

}  // namespace mailassay::keys
