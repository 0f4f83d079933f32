// How many sockets lookups may hold.  Each query in flight holds one; without,
// libunbound says SERVFAIL, which nobody can tell from a server's, and other
// files can't be opened.
#pragma once

namespace mailassay::keys {

struct SocketPlan {
  int queries = 0;  // that may be in flight, over UDP
  int tcp = 0;      // connections beside them
};

// What fits below `files` open files, when others need some of them.  Pure.
SocketPlan SocketsBelow(unsigned long files);

// The same for this process, whose soft limit of open files is raised (never
// lowered) as far as `wanted` queries need it and the hard limit allows.
SocketPlan MakeRoomForSockets(int wanted);

}  // namespace mailassay::keys
