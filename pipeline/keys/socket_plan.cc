#include "pipeline/keys/socket_plan.h"

#include <sys/resource.h>

#include <algorithm>

namespace mailassay::keys {
namespace {

using Files = unsigned long;

constexpr Files kOthers = 96;  // archives read ahead, the store, the output
constexpr Files kMostQueries = 4096, kMostTcp = 256;

}  // namespace

SocketPlan SocketsBelow(Files files) {
  const Files tcp = std::clamp<Files>(files / 8, 1, kMostTcp);
  const Files taken = tcp + kOthers;
  const Files queries = files > taken ? files - taken : 1;
  return {.queries = static_cast<int>(std::min(queries, kMostQueries)),
          .tcp = static_cast<int>(tcp)};
}

SocketPlan MakeRoomForSockets(int wanted) {
  rlimit limit{};
  if (getrlimit(RLIMIT_NOFILE, &limit) != 0) return SocketsBelow(0);
  const rlim_t enough =
      static_cast<rlim_t>(std::max(wanted, 1)) + kMostTcp + kOthers;
  if (limit.rlim_cur < enough) {
    rlimit raised = limit;
    raised.rlim_cur = std::min(enough, limit.rlim_max);
    if (setrlimit(RLIMIT_NOFILE, &raised) == 0) limit = raised;
  }
  // Unlimited is more than any number.
  return SocketsBelow(std::min<rlim_t>(limit.rlim_cur, 1 << 20));
}

}  // namespace mailassay::keys
