// Which names belong to one owner, whose servers answer for all of them.
#pragma once

#include <functional>
#include <string_view>

namespace mailassay::keys {

// The zone of a name to ask: a view into it, never empty.  Called by several
// threads at once.
using ZoneOf = std::function<std::string_view(std::string_view name)>;

// The last two labels: what can be said without the public suffix list.
std::string_view LastTwoLabels(std::string_view name);

}  // namespace mailassay::keys
