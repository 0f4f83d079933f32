// libunbound behind the Resolver interface.  One thread of ours owns the
// context: it starts queries as rate and number in flight allow, takes
// results, keeps the deadlines and calls back, so nothing of libunbound is used
// by two threads at once.  libunbound's own worker thread does the network.
//
// What libunbound 1.17 does not tell, measured against a loopback server: a
// REFUSED, a FORMERR and a malformed packet from the server all arrive as
// SERVFAIL; a silent server as SERVFAIL after 17 s, and from then on at once,
// without asking.

#include <poll.h>
#include <sys/eventfd.h>
#include <unbound.h>
#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <chrono>
#include <deque>
#include <fstream>
#include <list>
#include <mutex>
#include <sstream>
#include <string_view>
#include <thread>
#include <utility>

#include "pipeline/keys/answer.h"
#include "pipeline/keys/dns_message.h"
#include "pipeline/keys/rate_limit.h"
#include "pipeline/keys/resolver.h"

namespace mailassay::keys {
namespace {

using dkim::KeyAnswer;
using dkim::KeyStatus;
using std::chrono::milliseconds;
using std::chrono::steady_clock;
using Time = steady_clock::time_point;

constexpr char kResolvConf[] = "/etc/resolv.conf";
constexpr int kTypeTxt = 16;
constexpr int kClassIn = 1;

struct DeleteContext {
  void operator()(ub_ctx* context) const { ub_ctx_delete(context); }
};
using Context = std::unique_ptr<ub_ctx, DeleteContext>;

absl::Status UnboundFault(const std::string& what, int error) {
  return absl::UnavailableError(what + ": " + ub_strerror(error));
}

struct Option {
  const char* name;
  const char* value;
};
constexpr Option kOptions[] = {
    {"module-config:", "iterator"},  // no validation
    // The defaults allow 16 queries in flight: 308 answers/s at 50 ms.
    {"outgoing-range:", "4096"},
    {"num-queries-per-thread:", "4096"},
    {"outgoing-num-tcp:", "256"},
    {"edns-buffer-size:", "1232"},
    // Many systems' resolvers are on the loopback.
    {"do-not-query-localhost:", "no"},
    {"prefetch:", "no"},
    {"infra-keep-probing:", "yes"},
    {"unblock-lan-zones:", "yes"},
};
// libunbound answers these itself, with nothing.
constexpr const char* kLocalZones[] = {
    "test.",
    "invalid.",
    "onion.",
    "home.arpa.",
    "localhost.",
    "127.in-addr.arpa.",
    "local.",
    "1.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0."
    "0.0.ip6.arpa."};

// libunbound takes any digits as a port.
bool HasGoodPort(const std::string& server) {
  size_t at = server.find('@');
  if (at == server.npos) return true;
  int port = 0;
  const char* end = server.data() + server.size();
  auto [stop, error] = std::from_chars(server.data() + at + 1, end, port);
  return error == std::errc() && stop == end && port >= 1 && port <= 65535;
}

absl::Status SetServers(const std::vector<std::string>& servers,
                        ub_ctx* context) {
  for (const std::string& server : servers) {
    if (!HasGoodPort(server) || ub_ctx_set_fwd(context, server.c_str()) != 0) {
      return absl::InvalidArgumentError(
          "resolver " + server + ": expected an IP address, or ADDR@PORT");
    }
  }
  if (!servers.empty()) return absl::OkStatus();
  int error = ub_ctx_resolvconf(context, kResolvConf);
  return error == 0 ? absl::OkStatus() : UnboundFault(kResolvConf, error);
}

absl::StatusOr<Context> MakeContext(const std::vector<std::string>& servers) {
  Context context(ub_ctx_create());
  if (context == nullptr) {
    return absl::UnavailableError("libunbound: no context");
  }
  ub_ctx_debugout(context.get(), nullptr);  // else it writes to stderr
  int error = ub_ctx_async(context.get(), 1);
  for (const Option& option : kOptions) {
    if (error != 0) break;
    error = ub_ctx_set_option(context.get(), option.name, option.value);
  }
  if (error != 0) return UnboundFault("libunbound", error);
  absl::Status status = SetServers(servers, context.get());
  if (!status.ok()) return status;
  // Closes the configuration, so it comes last.
  for (const char* zone : kLocalZones) {
    error = ub_ctx_zone_remove(context.get(), zone);
    if (error != 0) return UnboundFault("libunbound", error);
  }
  return context;
}

KeyAnswer MakeAnswer(const std::string& name, KeyStatus status) {
  KeyAnswer answer;
  answer.name = name;
  answer.status = status;
  answer.source = "dns";
  answer.answered_at = std::chrono::duration_cast<std::chrono::seconds>(
                           std::chrono::system_clock::now().time_since_epoch())
                           .count();
  return answer;
}

KeyAnswer ReadResult(const std::string& name, const ub_result& result) {
  if (result.bogus) {
    KeyAnswer answer = MakeAnswer(name, KeyStatus::kBogus);
    answer.dnssec = dkim::Dnssec::kBogus;
    return answer;
  }
  // A failure of libunbound's own comes with a header and no question.
  constexpr int kServfail = 2, kRefused = 5;
  if (result.rcode == kServfail) return MakeAnswer(name, KeyStatus::kServfail);
  if (result.rcode == kRefused) return MakeAnswer(name, KeyStatus::kRefused);
  std::string_view packet(static_cast<const char*>(result.answer_packet),
                          static_cast<size_t>(std::max(result.answer_len, 0)));
  TxtResponse response = ParseTxtResponse(packet, name);
  KeyAnswer answer = MakeAnswer(name, response.status);
  for (const std::string& text : response.texts) {
    AddRecord(text, answer.source, answer);
  }
  answer.cname_chain = std::move(response.cname_chain);
  answer.ttl = response.ttl;
  return answer;
}

class UnboundResolver : public Resolver {
 public:
  UnboundResolver(const ResolverOptions& options, Context context)
      : options_(options),
        wake_(eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC)),
        rate_(options.per_second, steady_clock::now()),
        context_(std::move(context)),
        thread_([this] { Run(); }) {}

  ~UnboundResolver() override {
    {
      std::lock_guard<std::mutex> lock(mutex_);
      stop_ = true;
    }
    Wake();
    thread_.join();
    if (wake_ >= 0) close(wake_);
  }

  void Start(const std::string& name, Callback done) override {
    {
      std::lock_guard<std::mutex> lock(mutex_);
      incoming_.push_back({name, std::move(done)});
    }
    Wake();
  }

  void Renew() override {
    {
      std::lock_guard<std::mutex> lock(mutex_);
      abandoned_.insert(abandoned_.end(),
                        std::make_move_iterator(incoming_.begin()),
                        std::make_move_iterator(incoming_.end()));
      incoming_.clear();
      renew_ = true;
    }
    Wake();
  }

 private:
  struct Lookup {
    std::string name;
    Callback done;
  };
  struct InFlight {
    Lookup lookup;
    UnboundResolver* resolver = nullptr;
    int id = 0;
    Time deadline;
    std::list<InFlight>::iterator self;
  };
  struct Finished {
    Callback done;
    KeyAnswer answer;
  };

  void Wake() const {
    if (wake_ >= 0) eventfd_write(wake_, 1);
  }

  void Run();
  // Takes what other threads asked for; false to stop.
  bool TakeIncoming();
  void Restart();
  void SendWhatIsAllowed();
  void Send(Lookup lookup);
  void Wait();
  void Expire();
  static void OnResult(void* in_flight, int error, ub_result* result);
  void Finish(Lookup& lookup, KeyAnswer answer);
  void Fail(Lookup& lookup, KeyStatus status) {
    Finish(lookup, MakeAnswer(lookup.name, status));
  }
  void FailAllOpen();
  void CallBack();

  const ResolverOptions options_;
  const int wake_;  // eventfd; -1: none, then Wait polls often

  std::mutex mutex_;
  std::deque<Lookup> incoming_;   // under mutex_
  std::deque<Lookup> abandoned_;  // under mutex_: from before a Renew
  bool renew_ = false;            // under mutex_
  bool stop_ = false;             // under mutex_

  // The rest is the thread's alone.
  std::deque<Lookup> waiting_;     // for their turn
  std::list<InFlight> in_flight_;  // by deadline
  std::vector<Finished> finished_;
  RateLimit rate_;
  bool rate_waits_ = false;
  // A deadline has passed and no server has spoken since: SERVFAIL is then
  // libunbound's word for a dead server.
  bool silence_ = false;
  Context context_;  // null: it could not be made again

  std::thread thread_;  // last: uses all the others
};

void UnboundResolver::Run() {
  while (TakeIncoming()) {
    SendWhatIsAllowed();
    CallBack();
    Wait();
    if (context_ != nullptr) ub_process(context_.get());
    Expire();
    CallBack();
  }
  context_.reset();
  FailAllOpen();
  CallBack();
}

bool UnboundResolver::TakeIncoming() {
  bool renew = false, stop = false;
  std::deque<Lookup> abandoned;
  std::deque<Lookup> incoming;
  {
    std::lock_guard<std::mutex> lock(mutex_);
    std::swap(abandoned, abandoned_);
    std::swap(incoming, incoming_);
    std::swap(renew, renew_);
    stop = stop_;
  }
  for (Lookup& lookup : abandoned) Fail(lookup, KeyStatus::kTimeout);
  if (renew) Restart();
  waiting_.insert(waiting_.end(), std::make_move_iterator(incoming.begin()),
                  std::make_move_iterator(incoming.end()));
  return !stop;
}

void UnboundResolver::Restart() {
  context_.reset();  // first, so that no result of it comes any more
  FailAllOpen();
  silence_ = false;
  absl::StatusOr<Context> context = MakeContext(options_.servers);
  if (context.ok()) context_ = *std::move(context);
}

void UnboundResolver::SendWhatIsAllowed() {
  rate_waits_ = false;
  const auto most = static_cast<size_t>(std::max(options_.in_flight, 1));
  while (!waiting_.empty() && in_flight_.size() < most) {
    if (!rate_.Take(steady_clock::now())) {
      rate_waits_ = true;
      return;
    }
    Lookup lookup = std::move(waiting_.front());
    waiting_.pop_front();
    Send(std::move(lookup));
  }
}

void UnboundResolver::Send(Lookup lookup) {
  if (context_ == nullptr) {
    Fail(lookup, KeyStatus::kNetwork);
    return;
  }
  InFlight& query = in_flight_.emplace_back();
  query.lookup = std::move(lookup);
  query.resolver = this;
  query.deadline = steady_clock::now() + options_.per_name;
  query.self = std::prev(in_flight_.end());
  // The final dot keeps the name from being taken as relative.
  int error =
      ub_resolve_async(context_.get(), (query.lookup.name + ".").c_str(),
                       kTypeTxt, kClassIn, &query, OnResult, &query.id);
  if (error != 0) {
    Fail(query.lookup, KeyStatus::kNetwork);
    in_flight_.pop_back();
  }
}

void UnboundResolver::Wait() {
  milliseconds wait(wake_ >= 0 ? 1000 : 20);
  if (rate_waits_) wait = std::min(wait, rate_.Wait());
  if (!in_flight_.empty()) {
    // Rounded up, so as not to spin in the deadline's last millisecond.
    auto left = std::chrono::ceil<milliseconds>(in_flight_.front().deadline -
                                                steady_clock::now());
    wait = std::clamp(left, milliseconds(0), wait);
  }
  // poll() passes over a descriptor of -1.
  pollfd sources[] = {
      {wake_, POLLIN, 0},
      {context_ == nullptr ? -1 : ub_fd(context_.get()), POLLIN, 0}};
  poll(sources, 2, static_cast<int>(wait.count()));
  eventfd_t count;
  if (wake_ >= 0) eventfd_read(wake_, &count);
}

void UnboundResolver::Expire() {
  const Time now = steady_clock::now();
  while (!in_flight_.empty() && in_flight_.front().deadline <= now) {
    InFlight& query = in_flight_.front();
    // Cannot fail for a lookup whose callback has not run: this thread alone
    // runs callbacks.
    ub_cancel(context_.get(), query.id);
    silence_ = true;
    Fail(query.lookup, KeyStatus::kTimeout);
    in_flight_.pop_front();
  }
}

// Called by ub_process alone.
void UnboundResolver::OnResult(void* in_flight, int error, ub_result* result) {
  auto* query = static_cast<InFlight*>(in_flight);
  UnboundResolver* self = query->resolver;
  KeyAnswer answer = error != 0 || result == nullptr
                         ? MakeAnswer(query->lookup.name, KeyStatus::kNetwork)
                         : ReadResult(query->lookup.name, *result);
  ub_resolve_free(result);
  if (answer.status != KeyStatus::kServfail &&
      answer.status != KeyStatus::kNetwork) {
    self->silence_ = false;
  } else if (answer.status == KeyStatus::kServfail && self->silence_) {
    answer.status = KeyStatus::kTimeout;
  }
  self->Finish(query->lookup, std::move(answer));
  self->in_flight_.erase(query->self);
}

void UnboundResolver::Finish(Lookup& lookup, KeyAnswer answer) {
  finished_.push_back({std::move(lookup.done), std::move(answer)});
}

void UnboundResolver::FailAllOpen() {
  for (InFlight& query : in_flight_) Fail(query.lookup, KeyStatus::kTimeout);
  in_flight_.clear();
  for (Lookup& lookup : waiting_) Fail(lookup, KeyStatus::kTimeout);
  waiting_.clear();
}

// Holds no lock: a callback may call Start.
void UnboundResolver::CallBack() {
  std::vector<Finished> finished;
  std::swap(finished, finished_);
  for (Finished& one : finished) one.done(std::move(one.answer));
}

std::string SystemServers() {
  std::ifstream file(kResolvConf);
  std::string line, servers;
  while (std::getline(file, line)) {
    std::istringstream words(line);
    std::string keyword, address;
    if (!(words >> keyword >> address) || keyword != "nameserver") continue;
    servers += (servers.empty() ? "" : ", ") + address;
  }
  return servers.empty() ? "127.0.0.1" : servers;  // as resolv.conf(5) says
}

}  // namespace

absl::StatusOr<std::unique_ptr<Resolver>> MakeUnboundResolver(
    const ResolverOptions& options) {
  absl::StatusOr<Context> context = MakeContext(options.servers);
  if (!context.ok()) return context.status();
  return std::make_unique<UnboundResolver>(options, *std::move(context));
}

std::string DescribeServers(const ResolverOptions& options) {
  if (options.servers.empty()) {
    return "the system's resolvers (" + SystemServers() + ")";
  }
  std::string text = "DNS at ";
  for (size_t i = 0; i < options.servers.size(); ++i) {
    text += (i == 0 ? "" : ", ") + options.servers[i];
  }
  return text;
}

}  // namespace mailassay::keys
