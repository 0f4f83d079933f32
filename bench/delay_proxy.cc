// A DNS server far away: passes UDP queries on to one on the loopback, and each
// packet on its way there and back takes so long.  For machines without tc's
// netem.
//
//   mailassay-delay-proxy PORT SERVER-PORT MILLISECONDS
//
// Listens on 127.0.0.1 until it is ended.  Queries get IDs of its own on their
// way, so at most 65,536 can be under way; an older one is forgotten.

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <deque>
#include <string>
#include <vector>

namespace mailassay::bench {
namespace {

using Clock = std::chrono::steady_clock;

constexpr size_t kBatch = 64;
constexpr size_t kPacket = 4096;

struct Packet {
  Clock::time_point due;
  sockaddr_in to;  // of an answer
  std::string octets;
};

struct Asked {
  sockaddr_in client{};
  std::array<char, 2> id{};
};

sockaddr_in Loopback(const char* port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(static_cast<uint16_t>(std::atoi(port)));
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  return address;
}

int Socket() {
  const int fd = socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK, 0);
  const int bytes = 16 << 20;
  setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &bytes, sizeof bytes);
  setsockopt(fd, SOL_SOCKET, SO_SNDBUFFORCE, &bytes, sizeof bytes);
  return fd;
}

// Receives many packets by one call.
class Inbox {
 public:
  Inbox() {
    for (size_t i = 0; i < kBatch; ++i) {
      parts_[i] = {octets_[i].data(), kPacket};
      messages_[i] = {};
      messages_[i].msg_hdr.msg_iov = &parts_[i];
      messages_[i].msg_hdr.msg_iovlen = 1;
    }
  }

  template <typename Visit>  // void(std::string, const sockaddr_in& from)
  void Receive(int fd, const Visit& visit) {
    while (true) {
      for (size_t i = 0; i < kBatch; ++i) {
        messages_[i].msg_hdr.msg_name = &from_[i];
        messages_[i].msg_hdr.msg_namelen = sizeof from_[i];
      }
      const int n = recvmmsg(fd, messages_.data(), kBatch, 0, nullptr);
      if (n <= 0) return;
      for (size_t i = 0; i < static_cast<size_t>(n); ++i) {
        visit(std::string(octets_[i].data(), messages_[i].msg_len), from_[i]);
      }
      if (n < static_cast<int>(kBatch)) return;
    }
  }

 private:
  std::array<std::array<char, kPacket>, kBatch> octets_;
  std::array<iovec, kBatch> parts_;
  std::array<sockaddr_in, kBatch> from_;
  std::array<mmsghdr, kBatch> messages_;
};

class Proxy {
 public:
  Proxy(const sockaddr_in& own, const sockaddr_in& server,
        Clock::duration delay)
      : front_(Socket()), back_(Socket()), delay_(delay), asked_(1 << 16) {
    if (bind(front_, reinterpret_cast<const sockaddr*>(&own), sizeof own) !=
            0 ||
        connect(back_, reinterpret_cast<const sockaddr*>(&server),
                sizeof server) != 0) {
      std::perror("mailassay-delay-proxy");
      std::exit(1);
    }
  }

  [[noreturn]] void Run() {
    while (true) {
      Wait();
      const auto due = Clock::now() + delay_;
      inbox_.Receive(front_, [&](std::string octets, const sockaddr_in& from) {
        Ask(due, std::move(octets), from);
      });
      inbox_.Receive(back_, [&](std::string octets, const sockaddr_in&) {
        Answer(due, std::move(octets));
      });
      Send();
    }
  }

 private:
  void Wait() {
    Clock::time_point due = Clock::now() + std::chrono::seconds(1);
    for (const auto* queue : {&queries_, &answers_}) {
      if (!queue->empty()) due = std::min(due, queue->front().due);
    }
    const auto left = std::max(due - Clock::now(), Clock::duration(0));
    const auto ns = std::chrono::nanoseconds(left).count();
    const timespec wait{ns / 1'000'000'000, ns % 1'000'000'000};
    pollfd sources[] = {{front_, POLLIN, 0}, {back_, POLLIN, 0}};
    ppoll(sources, 2, &wait, nullptr);
  }

  void Ask(Clock::time_point due, std::string octets, const sockaddr_in& from) {
    if (octets.size() < 2) return;
    const uint16_t id = next_++;
    asked_[id] = {from, {octets[0], octets[1]}};
    octets[0] = static_cast<char>(id >> 8);
    octets[1] = static_cast<char>(id & 0xFF);
    queries_.push_back({due, {}, std::move(octets)});
  }

  void Answer(Clock::time_point due, std::string octets) {
    if (octets.size() < 2) return;
    const auto high = static_cast<unsigned char>(octets[0]);
    const auto low = static_cast<unsigned char>(octets[1]);
    const Asked& asked = asked_[static_cast<size_t>(high << 8 | low)];
    octets[0] = asked.id[0];
    octets[1] = asked.id[1];
    answers_.push_back({due, asked.client, std::move(octets)});
  }

  void Send() {
    const auto now = Clock::now();
    for (; !queries_.empty() && queries_.front().due <= now;
         queries_.pop_front()) {
      const std::string& octets = queries_.front().octets;
      send(back_, octets.data(), octets.size(), 0);
    }
    for (; !answers_.empty() && answers_.front().due <= now;
         answers_.pop_front()) {
      const Packet& packet = answers_.front();
      sendto(front_, packet.octets.data(), packet.octets.size(), 0,
             reinterpret_cast<const sockaddr*>(&packet.to), sizeof packet.to);
    }
  }

  const int front_;
  const int back_;
  const Clock::duration delay_;
  uint16_t next_ = 0;
  std::vector<Asked> asked_;
  std::deque<Packet> queries_;  // by due
  std::deque<Packet> answers_;  // by due
  Inbox inbox_;
};

}  // namespace
}  // namespace mailassay::bench

int main(int argc, char** argv) {
  if (argc != 4) {
    std::fputs("mailassay-delay-proxy PORT SERVER-PORT MILLISECONDS\n", stderr);
    return 2;
  }
  const auto delay = std::chrono::milliseconds(std::atoi(argv[3]));
  mailassay::bench::Proxy(mailassay::bench::Loopback(argv[1]),
                          mailassay::bench::Loopback(argv[2]), delay)
      .Run();
}
