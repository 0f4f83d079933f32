#include "pipeline/keys/zone.h"

namespace mailassay::keys {

std::string_view LastTwoLabels(std::string_view name) {
  const size_t last = name.rfind('.');
  if (last == name.npos || last == 0) return name;
  const size_t dot = name.rfind('.', last - 1);
  return dot == name.npos ? name : name.substr(dot + 1);
}

}  // namespace mailassay::keys
