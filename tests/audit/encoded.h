// The facts of one message as the codec writes them: a difference anywhere
// shows.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "lib/audit/codec.h"
#include "lib/audit/facts.h"

namespace mailassay::audit {

inline std::string Encoded(MessageFacts facts) {
  std::vector<MessageFacts> one;
  one.push_back(std::move(facts));
  return EncodeFacts(one);
}

}  // namespace mailassay::audit
