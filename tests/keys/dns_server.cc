#include "tests/keys/dns_server.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <list>
#include <map>
#include <mutex>
#include <optional>
#include <string_view>
#include <thread>
#include <utility>

#include "lib/base/ascii.h"

namespace mailassay::keys {
namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;
using Time = steady_clock::time_point;

constexpr size_t kHeader = 12;

void Put16(size_t value, std::string& out) {
  out += static_cast<char>(value >> 8 & 0xFF);
  out += static_cast<char>(value & 0xFF);
}

void Put32(uint32_t value, std::string& out) {
  Put16(value >> 16, out);
  Put16(value & 0xFFFF, out);
}

std::string WireName(std::string_view name) {
  std::string wire;
  while (!name.empty()) {
    std::string_view label = name.substr(0, name.find('.'));
    name.remove_prefix(std::min(name.size(), label.size() + 1));
    wire += static_cast<char>(label.size());
    wire += label;
  }
  return wire + '\0';
}

struct Query {
  std::string id;        // two octets
  std::string question;  // as it came
  std::string name;
};

// nullopt unless it is one question of plain labels.
std::optional<Query> ReadQuery(std::string_view packet) {
  if (packet.size() < kHeader + 5) return std::nullopt;
  Query query;
  query.id = packet.substr(0, 2);
  size_t at = kHeader;
  while (at < packet.size() && packet[at] != '\0') {
    auto length = static_cast<unsigned char>(packet[at]);
    if (length > 63 || at + 1 + length >= packet.size()) return std::nullopt;
    if (!query.name.empty()) query.name += '.';
    query.name += AsciiLower(packet.substr(at + 1, length));
    at += 1 + length;
  }
  if (at + 5 > packet.size()) return std::nullopt;
  query.question = packet.substr(kHeader, at + 5 - kHeader);
  return query;
}

void PutRecord(const std::string& owner, int type, uint32_t ttl,
               const std::string& data, std::string& out) {
  out += WireName(owner);
  Put16(static_cast<size_t>(type), out);
  Put16(1, out);
  Put32(ttl, out);
  Put16(data.size(), out);
  out += data;
}

std::string Header(const std::string& id, const DnsScript& script,
                   bool truncated, size_t answers) {
  std::string out = id;
  Put16(0x8180u | (truncated ? 0x0200u : 0u) |
            static_cast<unsigned>(script.rcode),
        out);
  Put16(1, out);
  Put16(answers, out);
  Put32(0, out);
  return out;
}

std::string Answer(const Query& query, const DnsScript& script, bool over_tcp) {
  if (!script.raw.empty()) return query.id + script.raw;
  std::string name = script.wrong_question ? "other.example" : query.name;
  std::string question = script.wrong_question
                             ? WireName(name) + std::string("\0\x10\0\1", 4)
                             : query.question;
  if (script.truncate && !over_tcp) {
    return Header(query.id, script, true, 0) + question;
  }
  std::string out = Header(query.id, script, false,
                           script.cnames.size() + script.txt.size()) +
                    question;
  for (const std::string& target : script.cnames) {
    PutRecord(name, 5, script.ttl, WireName(target), out);
    name = target;
  }
  for (const std::vector<std::string>& strings : script.txt) {
    std::string data;
    for (const std::string& text : strings) {
      data += static_cast<char>(text.size());
      data += text;
    }
    PutRecord(name, 16, script.ttl, data, out);
  }
  return out;
}

std::string ForgedAnswer(Query query, DnsScript script) {
  query.id[0] = static_cast<char>(query.id[0] ^ 0x55);
  script.txt = {{"v=DKIM1; p=forged"}};
  script.cnames.clear();
  script.rcode = 0;
  return Answer(query, script, false);
}

int Check(int result, const char* what) {
  if (result < 0) {
    std::perror(what);
    std::abort();
  }
  return result;
}

// A bound socket on 127.0.0.1; -1 when the port is taken.
int Bind(int type, uint16_t port) {
  int fd =
      Check(socket(AF_INET, type | SOCK_CLOEXEC | SOCK_NONBLOCK, 0), "socket");
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (bind(fd, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0) {
    return fd;
  }
  close(fd);
  return -1;
}

uint16_t PortOf(int fd) {
  sockaddr_in address{};
  socklen_t length = sizeof address;
  Check(getsockname(fd, reinterpret_cast<sockaddr*>(&address), &length),
        "getsockname");
  return ntohs(address.sin_port);
}

}  // namespace

struct DnsServer::State {
  struct Delayed {
    Time when;
    std::string packet;
    sockaddr_in to;
  };
  struct Connection {
    int fd;
    std::string in;
    std::string out;
    bool drips = false;
    Time next_octet;
    bool closed = false;
  };

  State() {
    for (int tries = 0; tries < 50 && tcp < 0; ++tries) {
      if (udp >= 0) close(udp);
      udp = Check(Bind(SOCK_DGRAM, 0), "bind");
      tcp = Bind(SOCK_STREAM, PortOf(udp));
    }
    Check(tcp, "bind");
    Check(listen(tcp, 64), "listen");
    wake = Check(eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC), "eventfd");
    bound_port = PortOf(udp);
    by_default.rcode = 3;
  }
  ~State() {
    for (Connection& c : connections) close(c.fd);
    for (int fd : {udp, tcp, wake}) close(fd);
  }

  void Run();
  void Poll();
  void ServeUdp();
  void Accept();
  void ServeTcp(Connection& connection);
  void SendWhatIsDue();
  // The script for this query, which it counts; nullopt: stay silent.
  std::optional<DnsScript> Count(const std::string& name);

  int udp = -1, tcp = -1, wake = -1;
  uint16_t bound_port = 0;

  std::mutex mutex;  // guards the next five
  std::map<std::string, DnsScript> scripts;
  DnsScript by_default;
  std::map<std::string, int> counts;
  int total = 0;
  bool stop = false;

  std::vector<Delayed> delayed;  // these are the thread's
  std::list<Connection> connections;
  std::thread thread;
};

std::optional<DnsScript> DnsServer::State::Count(const std::string& name) {
  std::lock_guard<std::mutex> lock(mutex);
  ++total;
  int nth = counts[name]++;
  auto place = scripts.find(name);
  const DnsScript& script = place == scripts.end() ? by_default : place->second;
  if (script.silent_for < 0 || nth < script.silent_for) return std::nullopt;
  return script;
}

void DnsServer::State::ServeUdp() {
  char buffer[4096];
  sockaddr_in from{};
  while (true) {
    socklen_t length = sizeof from;
    ssize_t n = recvfrom(udp, buffer, sizeof buffer, 0,
                         reinterpret_cast<sockaddr*>(&from), &length);
    if (n < 0) return;
    auto query = ReadQuery({buffer, static_cast<size_t>(n)});
    if (!query) continue;
    std::optional<DnsScript> script = Count(query->name);
    if (!script) continue;
    Time when = steady_clock::now() + script->delay;
    if (script->wrong_id) {
      delayed.push_back({when, ForgedAnswer(*query, *script), from});
    }
    delayed.push_back({when, Answer(*query, *script, false), from});
  }
}

void DnsServer::State::Accept() {
  int fd;
  while ((fd = accept4(tcp, nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC)) >=
         0) {
    connections.push_back({fd, "", "", false, {}, false});
  }
}

// RFC 1035 4.2.2: two octets of length, then the message.
void DnsServer::State::ServeTcp(Connection& c) {
  char buffer[4096];
  ssize_t n = recv(c.fd, buffer, sizeof buffer, 0);
  if (n <= 0) {
    c.closed = true;
    return;
  }
  c.in.append(buffer, static_cast<size_t>(n));
  if (c.in.size() < 2) return;
  size_t length = static_cast<size_t>(static_cast<unsigned char>(c.in[0]))
                      << 8 |
                  static_cast<unsigned char>(c.in[1]);
  if (c.in.size() < 2 + length) return;
  auto query = ReadQuery(std::string_view(c.in).substr(2, length));
  c.in.erase(0, 2 + length);
  std::optional<DnsScript> script;
  if (query) script = Count(query->name);
  if (!script || script->tcp == DnsTcp::kStall) return;
  if (script->tcp == DnsTcp::kClose) {
    c.closed = true;
    return;
  }
  std::string answer = Answer(*query, *script, true);
  Put16(answer.size(), c.out);
  c.out += answer;
  c.drips = script->tcp == DnsTcp::kDrip;
  c.next_octet = steady_clock::now();
}

void DnsServer::State::SendWhatIsDue() {
  Time now = steady_clock::now();
  std::erase_if(delayed, [&](const Delayed& d) {
    if (d.when > now) return false;
    sendto(udp, d.packet.data(), d.packet.size(), 0,
           reinterpret_cast<const sockaddr*>(&d.to), sizeof d.to);
    return true;
  });
  for (Connection& c : connections) {
    if (c.out.empty() || (c.drips && c.next_octet > now)) continue;
    size_t most = c.drips ? 1 : c.out.size();
    ssize_t n = send(c.fd, c.out.data(), most, MSG_NOSIGNAL);
    if (n > 0) c.out.erase(0, static_cast<size_t>(n));
    if (n < 0 && errno != EAGAIN) c.closed = true;
    c.next_octet = now + milliseconds(20);
  }
  std::erase_if(connections, [](const Connection& c) {
    if (c.closed) close(c.fd);
    return c.closed;
  });
}

void DnsServer::State::Poll() {
  std::vector<pollfd> sources = {
      {wake, POLLIN, 0}, {udp, POLLIN, 0}, {tcp, POLLIN, 0}};
  int wait_ms = delayed.empty() ? 1000 : 2;
  for (const Connection& c : connections) {
    sources.push_back({c.fd, POLLIN, 0});
    if (!c.out.empty()) wait_ms = 2;
  }
  poll(sources.data(), sources.size(), wait_ms);
  size_t i = 3;
  for (Connection& c : connections) {
    if (sources[i++].revents != 0) ServeTcp(c);
  }
  if (sources[1].revents != 0) ServeUdp();
  if (sources[2].revents != 0) Accept();
}

void DnsServer::State::Run() {
  while (true) {
    Poll();
    SendWhatIsDue();
    std::lock_guard<std::mutex> lock(mutex);
    if (stop) return;
  }
}

DnsServer::DnsServer() : state_(std::make_unique<State>()) {
  state_->thread = std::thread([this] { state_->Run(); });
}

DnsServer::~DnsServer() {
  {
    std::lock_guard<std::mutex> lock(state_->mutex);
    state_->stop = true;
  }
  eventfd_write(state_->wake, 1);
  state_->thread.join();
}

void DnsServer::Set(const std::string& name, DnsScript script) {
  std::lock_guard<std::mutex> lock(state_->mutex);
  DnsScript rest = script;
  state_->scripts[name] = std::move(script);
  while (!rest.cnames.empty()) {
    std::string link = rest.cnames.front();
    rest.cnames.erase(rest.cnames.begin());
    state_->scripts.try_emplace(link, rest);
  }
}

void DnsServer::SetDefault(DnsScript script) {
  std::lock_guard<std::mutex> lock(state_->mutex);
  state_->by_default = std::move(script);
}

std::string DnsServer::address() const {
  return "127.0.0.1@" + std::to_string(state_->bound_port);
}

uint16_t DnsServer::port() const { return state_->bound_port; }

int DnsServer::queries(const std::string& name) const {
  std::lock_guard<std::mutex> lock(state_->mutex);
  auto place = state_->counts.find(name);
  return place == state_->counts.end() ? 0 : place->second;
}

int DnsServer::total_queries() const {
  std::lock_guard<std::mutex> lock(state_->mutex);
  return state_->total;
}

}  // namespace mailassay::keys
