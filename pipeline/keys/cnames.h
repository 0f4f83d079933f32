// The CNAMEs of names, asked for as such.  They show what an answer to a
// question for keys does not: that a name has a CNAME and records too, and
// where CNAMEs loop, which libunbound reports as SERVFAIL.
#pragma once

#include <chrono>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "pipeline/keys/resolver.h"

namespace mailassay::keys {

using Cnames = std::map<std::string, std::string>;  // name -> target

// Asks for all of `names` (as KeyStore takes them, each once), and gives those
// that have one.  An answer that fails, or comes when `budget` is over, says
// that there is none.  `tick`: as KeyStore::AwaitAll.
Cnames CnamesOf(const std::vector<std::string>& names, Resolver& resolver,
                std::chrono::milliseconds budget,
                const std::function<bool()>& tick);

// The targets from `name` on, up to the first that repeats one or the name;
// empty: they do not loop.
std::vector<std::string> LoopFrom(const std::string& name,
                                  const Cnames& cnames);

}  // namespace mailassay::keys
