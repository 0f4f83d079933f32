#include "pipeline/keys/unbound_context.h"

#include <charconv>
#include <fstream>
#include <string>

#include "lib/base/concat.h"
#include "lib/base/safe_text.h"

namespace mailassay::keys {
namespace {

struct Option {
  const char* name;
  const char* value;
};
constexpr Option kOptions[] = {
    {"num-queries-per-thread:", "16384"},
    {"edns-buffer-size:", "1232"},
    // Three tries of 3.3 s until the deadline, however quick other answers are:
    // a resolver takes its time for a name whose servers are slow.
    {"unknown-server-time-limit:", "3300"},
    {"infra-cache-min-rtt:", "3300"},
    {"outbound-msg-retry:", "3"},
    // Else many names whose servers are silent make the resolver that says
    // nothing of them look dead, and others are not asked any more.
    {"infra-host-ttl:", "1"},
    // Many systems' resolvers are on the loopback.
    {"do-not-query-localhost:", "no"},
    {"prefetch:", "no"},
    {"infra-keep-probing:", "yes"},
    {"unblock-lan-zones:", "yes"},
};
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

absl::Status UnboundFault(const std::string& what, int error) {
  return absl::UnavailableError(Concat(what, ": ", ub_strerror(error)));
}

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

absl::Status BadAnchor(const std::string& path, std::string_view why) {
  return absl::InvalidArgumentError(
      Concat("--dnssec-anchor ", SafeText(path), ": ", why));
}

absl::Status SetValidation(const ResolverOptions& options, ub_ctx* context) {
  int error = ub_ctx_set_option(
      context,
      "module-config:", options.dnssec ? "validator iterator" : "iterator");
  if (error != 0) return UnboundFault("libunbound", error);
  if (!options.dnssec) return absl::OkStatus();
  // libunbound opens it later, and says only that something is wrong.
  if (!std::ifstream(options.dnssec_anchor)) {
    return BadAnchor(options.dnssec_anchor,
                     "can't be read (the root's is in Debian's package "
                     "dns-root-data)");
  }
  error = ub_ctx_add_ta_file(context, options.dnssec_anchor.c_str());
  return error == 0 ? absl::OkStatus()
                    : BadAnchor(options.dnssec_anchor, ub_strerror(error));
}

absl::Status Configure(const ResolverOptions& options,
                       const SocketPlan& sockets, ub_ctx* context) {
  ub_ctx_debugout(context, nullptr);  // else it writes to stderr
  int error = ub_ctx_async(context, 1);
  const auto set = [&](const char* name, int value) {
    if (error != 0) return;
    error = ub_ctx_set_option(context, name, std::to_string(value).c_str());
  };
  set("outgoing-range:", sockets.queries);
  set("outgoing-num-tcp:", sockets.tcp);
  for (const Option& option : kOptions) {
    if (error != 0) break;
    error = ub_ctx_set_option(context, option.name, option.value);
  }
  if (error != 0) return UnboundFault("libunbound", error);
  absl::Status status = SetValidation(options, context);
  if (status.ok()) status = SetServers(options.servers, context);
  return status;
}

}  // namespace

absl::StatusOr<Context> MakeContext(const ResolverOptions& options,
                                    const SocketPlan& sockets) {
  Context context(ub_ctx_create());
  if (context == nullptr) {
    return absl::UnavailableError("libunbound: no context");
  }
  absl::Status status = Configure(options, sockets, context.get());
  if (!status.ok()) return status;
  // Closes the configuration, so it comes last; a bad anchor shows here.
  for (const char* zone : kLocalZones) {
    int error = ub_ctx_zone_remove(context.get(), zone);
    if (error == 0) continue;
    if (options.dnssec) {
      return BadAnchor(options.dnssec_anchor, "holds no DS or DNSKEY record");
    }
    return UnboundFault("libunbound", error);
  }
  return context;
}

}  // namespace mailassay::keys
