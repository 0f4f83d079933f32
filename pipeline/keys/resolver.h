// Asks DNS for TXT and CNAME records, asynchronously.  One seam: tests put a
// table behind it, the program libunbound.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "lib/dkim/key_answer.h"
#include "pipeline/keys/zone.h"

namespace mailassay::keys {

// What a name is asked for.
enum class Question : uint8_t {
  kTxt,    // its keys, behind CNAMEs too
  kCname,  // its own CNAME: kFound with one target in cname_chain, no records
};

class Resolver {
 public:
  using Callback = std::function<void(dkim::KeyAnswer)>;
  virtual ~Resolver() = default;

  // Starts one lookup and returns at once, whatever the state of the network.
  // `done` is called exactly once, on a thread of the resolver, also on
  // failure, deadline and shutdown (kTimeout).  Any thread may call.
  virtual void Start(const std::string& name, Question question,
                     Callback done) = 0;

  // Forgets what it knows of dead servers: for asking again at the end.
  // Lookups still open are given up (kTimeout).  From now on lookups wait for
  // a resolver that is down, for as long as their caller does.
  virtual void Renew() = 0;
};

// Debian's package dns-root-data keeps it up to date.
inline constexpr char kRootAnchor[] = "/usr/share/dns/root.key";

struct ResolverOptions {
  // "ADDR" or "ADDR@PORT"; empty: the system's resolvers (/etc/resolv.conf).
  std::vector<std::string> servers = {};
  std::chrono::milliseconds per_name{9800};  // own deadline, from the first
                                             // packet; monotonic clock
  int in_flight = 256;   // fewer where not so many files may be open
  int per_zone = 32;     // of these, of one zone
  int per_second = 500;  // --dns-rate; 0: no limit
  ZoneOf zone_of = LastTwoLabels;
  // Validates, and says so of each answer; else nobody is believed who says
  // that he did.
  bool dnssec = false;
  std::string dnssec_anchor = kRootAnchor;  // file of DS or DNSKEY records
  // Told when the resolver is found down, and when it is up again; on a thread
  // of the resolver.  May be null.
  std::function<void(std::string_view)> notice = nullptr;
};

// An error names the server that is no address, or the anchor that is none.
// Sends nothing before the first Start.  Raises the process's soft limit of
// open files where in_flight needs it.
absl::StatusOr<std::unique_ptr<Resolver>> MakeUnboundResolver(
    const ResolverOptions& options);

// "DNS at 127.0.0.1@5353" or "the system's resolvers (10.0.0.2)".
std::string DescribeServers(const ResolverOptions& options);

}  // namespace mailassay::keys
