// The SQL of audit.sqlite's indexes and views (formats.md).  Pure.
#pragma once

#include <span>
#include <string>

namespace mailassay::store {

std::string CreateEarlyIndexes();  // made with the tables
std::string CreateIndexes();       // when all rows are there
// `gap_names`: of the columns gap_NAME of inputs.
std::string CreateViews(std::span<const std::string> gap_names);

}  // namespace mailassay::store
