// A DNS server on the loopback for tests: UDP and TCP on one port of its own,
// one thread, and for each name a script of what to answer.  It counts the
// queries for each name and stops in its destructor.
//
//   DnsServer dns;
//   dns.Set("s._domainkey.example.com", {.txt = {{"v=DKIM1; ", "p=..."}}});
//   options.servers = {dns.address()};
//
// Thread-safe.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace mailassay::keys {

// What the server does over TCP, which a resolver comes to after TC=1.
enum class DnsTcp {
  kAnswer,
  kClose,  // at once, without an answer
  kStall,  // takes the query and never answers
  kDrip,   // one octet of the answer each 20 ms
};

struct DnsScript {
  std::vector<std::vector<std::string>> txt = {};  // records of strings; none
                                                   // and no cname: NODATA
  // A chain: the name is an alias of the first, that of the second ...; `txt`
  // then belongs to the last.  A chain that ends in the name itself loops.
  std::vector<std::string> cnames = {};
  uint32_t ttl = 300;
  int rcode = 0;       // 2 SERVFAIL, 3 NXDOMAIN, 5 REFUSED
  int silent_for = 0;  // so many first queries get no answer; -1: all
  std::chrono::milliseconds delay{0};
  bool truncate = false;  // TC=1 over UDP
  DnsTcp tcp = DnsTcp::kAnswer;
  bool wrong_id = false;        // sent before the right answer, with other data
  bool wrong_question = false;  // the answer is for another name
  std::string raw = {};  // not empty: these octets follow the ID, nothing else
};

class DnsServer {
 public:
  DnsServer();
  ~DnsServer();
  DnsServer(const DnsServer&) = delete;
  DnsServer& operator=(const DnsServer&) = delete;

  // `name`: lower case, no trailing dot.  A second Set replaces the first.  The
  // links of its chain get the rest of the script, unless they have one: a
  // resolver asks for each of them anew.
  void Set(const std::string& name, DnsScript script);
  // For names without a script of their own; NXDOMAIN unless set.
  void SetDefault(DnsScript script);

  std::string address() const;  // "127.0.0.1@PORT", as --resolver takes it
  uint16_t port() const;

  // Queries received, UDP and TCP together, retransmissions included.
  int queries(const std::string& name) const;
  int total_queries() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace mailassay::keys
