// All kernel families of the libraries, and a test that the chosen ones work on
// the processor at hand.
#pragma once

#include <optional>
#include <span>
#include <string_view>

#include "lib/base/kernel.h"

namespace mailassay::audit {

// In the order in which a message meets them.
std::span<const KernelFamily* const> KernelFamilies();

// Runs each family's chosen kernel on known vectors (a few microseconds);
// returns the name of the first that does not give the known answer.
std::optional<std::string_view> FindBrokenKernel();

}  // namespace mailassay::audit
