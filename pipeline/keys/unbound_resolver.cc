// libunbound behind the Resolver interface.  One thread of ours owns the
// context: it starts queries as rate and number in flight allow, takes
// results, keeps the deadlines and calls back, so nothing of libunbound is used
// by two threads at once.  libunbound's own worker thread does the network.
//
// A CircuitBreaker watches what comes back.  Suspects it the resolver, nothing
// more is sent until all in flight have ended; then a probe goes out, by a new
// context, since the old one may hold the servers for dead.
//
// What libunbound 1.17 does not tell, measured against a loopback server: a
// REFUSED, a FORMERR and a malformed packet from the server all arrive as
// SERVFAIL; a silent server as SERVFAIL after 17 s, and from then on at once,
// without asking.

#include <poll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <deque>
#include <fstream>
#include <list>
#include <mutex>
#include <sstream>
#include <string_view>
#include <thread>
#include <utility>

#include "lib/base/concat.h"
#include "pipeline/keys/answer.h"
#include "pipeline/keys/circuit_breaker.h"
#include "pipeline/keys/dns_message.h"
#include "pipeline/keys/rate_limit.h"
#include "pipeline/keys/resolver.h"
#include "pipeline/keys/unbound_context.h"
#include "pipeline/keys/zone_queue.h"

namespace mailassay::keys {
namespace {

using dkim::KeyAnswer;
using dkim::KeyStatus;
using std::chrono::milliseconds;
using std::chrono::steady_clock;
using Time = steady_clock::time_point;

constexpr int kClassIn = 1;
constexpr milliseconds kProbeLimit{4000};
// What is asked when nothing has been answered and nothing waits.
constexpr char kRootName[] = "";

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

// RFC 1035 3.2.2.
int TypeOf(Question question) { return question == Question::kTxt ? 16 : 5; }

KeyAnswer ReadResult(const std::string& name, Question question, bool validated,
                     const ub_result& result) {
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
  TxtResponse response = question == Question::kTxt
                             ? ParseTxtResponse(packet, name)
                             : ParseCnameResponse(packet, name);
  KeyAnswer answer = MakeAnswer(name, response.status);
  for (const std::string& text : response.texts) {
    AddRecord(text, answer.source, answer);
  }
  answer.cname_chain = std::move(response.cname_chain);
  answer.ttl = response.ttl;
  if (validated) {
    answer.dnssec =
        result.secure ? dkim::Dnssec::kSecure : dkim::Dnssec::kInsecure;
  }
  return answer;
}

class UnboundResolver : public Resolver {
 public:
  UnboundResolver(const ResolverOptions& options, const SocketPlan& sockets,
                  Context context)
      : options_(options),
        sockets_(sockets),
        wake_(eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC)),
        waiting_(static_cast<size_t>(std::max(options.per_zone, 1))),
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

  void Start(const std::string& name, Question question,
             Callback done) override {
    {
      std::lock_guard<std::mutex> lock(mutex_);
      incoming_.push_back({name, question, std::move(done)});
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
    Question question;
    Callback done;
  };
  struct InFlight {
    Lookup lookup;
    UnboundResolver* resolver = nullptr;
    ZoneQueue<Lookup>::Zone* zone = nullptr;  // null: a probe
    int id = 0;
    Time started;
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
  // What is to be done while the resolver is not up.
  void Recover();
  void Send(Lookup lookup, ZoneQueue<Lookup>::Zone* zone, milliseconds limit);
  void End(InFlight& query, KeyAnswer answer);
  void EndProbe(bool answered);
  void Tell(std::string_view text) const;
  void Wait();
  void Expire();
  static void OnResult(void* in_flight, int error, ub_result* result);
  void Finish(Lookup& lookup, KeyAnswer answer);
  void Fail(Lookup& lookup, KeyStatus status) {
    Finish(lookup, MakeAnswer(lookup.name, status));
  }
  void FailWaiting(KeyStatus status);
  void FailAllOpen();
  void CallBack();

  const ResolverOptions options_;
  const SocketPlan sockets_;
  const int wake_;  // eventfd; -1: none, then Wait polls often

  std::mutex mutex_;
  std::deque<Lookup> incoming_;   // under mutex_
  std::deque<Lookup> abandoned_;  // under mutex_: from before a Renew
  bool renew_ = false;            // under mutex_
  bool stop_ = false;             // under mutex_

  // The rest is the thread's alone.
  ZoneQueue<Lookup> waiting_;      // for their turn
  std::list<InFlight> in_flight_;  // by deadline
  std::vector<Finished> finished_;
  RateLimit rate_;
  bool rate_waits_ = false;
  // A deadline has passed and no server has spoken since: SERVFAIL is then
  // libunbound's word for a dead server.
  bool silence_ = false;
  CircuitBreaker breaker_;
  std::string answered_name_;                // the last; what a probe asks for
  KeyStatus failure_ = KeyStatus::kTimeout;  // the last
  bool patient_ = false;  // lookups wait while the resolver is down
  Context context_;       // null: it could not be made again

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
  FailWaiting(KeyStatus::kTimeout);
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
  if (renew) {
    FailWaiting(KeyStatus::kTimeout);
    Restart();
    patient_ = true;
  }
  for (Lookup& lookup : incoming) {
    const std::string zone(options_.zone_of(lookup.name));
    waiting_.Push(zone, std::move(lookup));
  }
  return !stop;
}

void UnboundResolver::Restart() {
  context_.reset();  // first, so that no result of it comes any more
  FailAllOpen();
  silence_ = false;
  absl::StatusOr<Context> context = MakeContext(options_, sockets_);
  if (context.ok()) context_ = *std::move(context);
}

void UnboundResolver::SendWhatIsAllowed() {
  rate_waits_ = false;
  if (!breaker_.is_up()) return Recover();
  const auto most =
      static_cast<size_t>(std::clamp(options_.in_flight, 1, sockets_.queries));
  while (waiting_.HasTurn() && in_flight_.size() < most) {
    if (!rate_.Take(steady_clock::now())) {
      rate_waits_ = true;
      return;
    }
    auto [lookup, zone] = waiting_.Take();
    Send(std::move(lookup), zone, options_.per_name);
  }
}

void UnboundResolver::Recover() {
  const bool is_down = breaker_.state() == CircuitBreaker::State::kDown;
  if (is_down && !patient_) FailWaiting(failure_);
  // A suspicion is of no interest when nobody wants to know more.
  const bool is_wanted = is_down || waiting_.size() > 0;
  if (!is_wanted || !in_flight_.empty() ||
      steady_clock::now() < breaker_.next_probe()) {
    return;
  }
  std::string name = answered_name_;
  if (name.empty() && waiting_.HasTurn()) name = waiting_.Next().name;
  if (name.empty()) name = kRootName;
  Restart();
  Send({std::move(name), Question::kTxt, nullptr}, nullptr,
       std::min(options_.per_name, kProbeLimit));
}

void UnboundResolver::Send(Lookup lookup, ZoneQueue<Lookup>::Zone* zone,
                           milliseconds limit) {
  InFlight& query = in_flight_.emplace_back();
  query.lookup = std::move(lookup);
  query.resolver = this;
  query.zone = zone;
  query.started = steady_clock::now();
  query.deadline = query.started + limit;
  query.self = std::prev(in_flight_.end());
  // The final dot keeps the name from being taken as relative.
  int error =
      context_ == nullptr
          ? UB_SOCKET
          : ub_resolve_async(context_.get(), (query.lookup.name + ".").c_str(),
                             TypeOf(query.lookup.question), kClassIn, &query,
                             OnResult, &query.id);
  if (error != 0) {
    End(query, MakeAnswer(query.lookup.name, KeyStatus::kNetwork));
  }
}

// The lookup is over; `query` with it.
void UnboundResolver::End(InFlight& query, KeyAnswer answer) {
  const bool answered = !dkim::IsTemporary(answer.status);
  if (query.zone == nullptr) {
    EndProbe(answered);
  } else {
    if (answered) {
      breaker_.Answered();
      answered_name_ = query.lookup.name;
    } else if (answer.status != KeyStatus::kBogus) {
      failure_ = answer.status;
      breaker_.Failed(query.started, steady_clock::now());
    }
    waiting_.Release(query.zone);
    Finish(query.lookup, std::move(answer));
  }
  in_flight_.erase(query.self);
}

void UnboundResolver::EndProbe(bool answered) {
  const bool was_down = breaker_.state() == CircuitBreaker::State::kDown;
  if (answered) {
    breaker_.Answered();
    if (was_down) Tell("answers again");
  } else {
    breaker_.ProbeFailed(steady_clock::now());
    if (!was_down) {
      Tell(
          "does not answer; names without an answer are asked once more at "
          "the end, when it does");
    }
  }
}

void UnboundResolver::Tell(std::string_view text) const {
  if (options_.notice) {
    options_.notice(Concat(DescribeServers(options_), " ", text));
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
  if (!breaker_.is_up() && in_flight_.empty()) {
    auto left = std::chrono::ceil<milliseconds>(breaker_.next_probe() -
                                                steady_clock::now());
    // A suspicion waits for names, not for a time.
    if (left.count() > 0) wait = std::min(wait, left);
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
    End(query, MakeAnswer(query.lookup.name, KeyStatus::kTimeout));
  }
}

// Called by ub_process alone.
void UnboundResolver::OnResult(void* in_flight, int error, ub_result* result) {
  auto* query = static_cast<InFlight*>(in_flight);
  UnboundResolver* self = query->resolver;
  const std::string& name = query->lookup.name;
  KeyAnswer answer = error != 0 || result == nullptr
                         ? MakeAnswer(name, KeyStatus::kNetwork)
                         : ReadResult(name, query->lookup.question,
                                      self->options_.dnssec, *result);
  ub_resolve_free(result);
  if (answer.status != KeyStatus::kServfail &&
      answer.status != KeyStatus::kNetwork) {
    self->silence_ = false;
  } else if (answer.status == KeyStatus::kServfail && self->silence_) {
    answer.status = KeyStatus::kTimeout;
  }
  self->End(*query, std::move(answer));
}

void UnboundResolver::Finish(Lookup& lookup, KeyAnswer answer) {
  finished_.push_back({std::move(lookup.done), std::move(answer)});
}

void UnboundResolver::FailWaiting(KeyStatus status) {
  for (Lookup& lookup : waiting_.TakeAll()) Fail(lookup, status);
}

void UnboundResolver::FailAllOpen() {
  for (InFlight& query : in_flight_) {
    if (query.zone == nullptr) continue;
    waiting_.Release(query.zone);
    Fail(query.lookup, KeyStatus::kTimeout);
  }
  in_flight_.clear();
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
  const SocketPlan sockets = MakeRoomForSockets(options.in_flight);
  absl::StatusOr<Context> context = MakeContext(options, sockets);
  if (!context.ok()) return context.status();
  return std::make_unique<UnboundResolver>(options, sockets,
                                           *std::move(context));
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
