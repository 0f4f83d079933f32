#include "pipeline/keys/cnames.h"

#include <algorithm>
#include <condition_variable>
#include <memory>
#include <mutex>

namespace mailassay::keys {
namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

// Shared with callbacks that may come when nobody waits any more.
struct Answers {
  std::mutex mutex;
  std::condition_variable all_here;
  size_t open = 0;  // under mutex
  Cnames found;     // under mutex

  void Arrive(const std::string& name, const dkim::KeyAnswer& answer) {
    std::lock_guard<std::mutex> lock(mutex);
    if (!answer.cname_chain.empty()) {
      found.emplace(name, answer.cname_chain.front());
    }
    if (--open == 0) all_here.notify_all();
  }
};

}  // namespace

Cnames CnamesOf(const std::vector<std::string>& names, Resolver& resolver,
                milliseconds budget, const std::function<bool()>& tick) {
  constexpr milliseconds kTick(200);
  const auto answers = std::make_shared<Answers>();
  answers->open = names.size();
  for (const std::string& name : names) {
    resolver.Start(name, Question::kCname,
                   [answers, name](const dkim::KeyAnswer& answer) {
                     answers->Arrive(name, answer);
                   });
  }
  const auto deadline = steady_clock::now() + budget;
  std::unique_lock<std::mutex> lock(answers->mutex);
  while (answers->open > 0 && steady_clock::now() < deadline) {
    const auto until = std::min(deadline, steady_clock::now() + kTick);
    answers->all_here.wait_until(lock, until,
                                 [&] { return answers->open == 0; });
    if (tick && !tick()) break;
  }
  return answers->found;
}

std::vector<std::string> LoopFrom(const std::string& name,
                                  const Cnames& cnames) {
  std::vector<std::string> targets;
  auto link = cnames.find(name);
  for (; link != cnames.end(); link = cnames.find(link->second)) {
    const bool repeats =
        link->second == name || std::ranges::count(targets, link->second) > 0;
    targets.push_back(link->second);
    if (repeats) return targets;
  }
  return {};
}

}  // namespace mailassay::keys
