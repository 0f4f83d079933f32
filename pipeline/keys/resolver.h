// Asks DNS for TXT records, asynchronously.  One seam: tests put a table behind
// it, the program libunbound.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "lib/dkim/key_answer.h"

namespace mailassay::keys {

class Resolver {
 public:
  using Callback = std::function<void(dkim::KeyAnswer)>;
  virtual ~Resolver() = default;

  // Starts one lookup and returns at once, whatever the state of the network.
  // `done` is called exactly once, on a thread of the resolver, also on
  // failure, deadline and shutdown (kTimeout).  Any thread may call.
  virtual void Start(const std::string& name, Callback done) = 0;

  // Forgets what it knows of dead servers: for asking again at the end.
  // Lookups still open are given up (kTimeout).
  virtual void Renew() = 0;
};

struct ResolverOptions {
  // "ADDR" or "ADDR@PORT"; empty: the system's resolvers (/etc/resolv.conf).
  std::vector<std::string> servers = {};
  std::chrono::milliseconds per_name{8000};  // own deadline, from the first
                                             // packet; monotonic clock
  int in_flight = 256;
  int per_second = 500;  // --dns-rate; 0: no limit
};

// An error names the server that is no address.  Sends nothing before the
// first Start.
absl::StatusOr<std::unique_ptr<Resolver>> MakeUnboundResolver(
    const ResolverOptions& options);

// "DNS at 127.0.0.1@5353" or "the system's resolvers (10.0.0.2)".
std::string DescribeServers(const ResolverOptions& options);

}  // namespace mailassay::keys
