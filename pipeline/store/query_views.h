// The SQL of audit.sqlite's indexes and views (formats.md).  Pure.
#pragma once

#include <span>
#include <string>
#include <string_view>

namespace mailassay::store {

std::string CreateIndexes();
// `gap_names`: of the columns gap_NAME of inputs.
std::string CreateViews(std::span<const std::string_view> gap_names);

}  // namespace mailassay::store
