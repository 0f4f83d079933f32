#include <openssl/crypto.h>
#include <zstd.h>

#include <cstdio>
#include <string>

#include "CLI/CLI.hpp"
#include "cmd/verify.h"
#include "lib/base/safe_text.h"
#include "pipeline/run/exit_code.h"
#include "pipeline/run/run.h"

namespace mailassay::cmd {
namespace {

std::string VersionText() {
  return std::string("mailassay ") + MAILASSAY_VERSION + "\n" +
         OpenSSL_version(OPENSSL_VERSION) + ", zstd " + ZSTD_versionString();
}

int Usage(const std::string& why) {
  std::string line =
      "mailassay: " + SafeText(why) + " (mailassay --help tells more)\n";
  std::fputs(line.c_str(), stderr);
  return run::kUsage;
}

int Main(int argc, char** argv) {
  CLI::App app(
      "Verifies every DKIM signature in mail archives and says per sender "
      "what passed, what failed and why, and what is aligned.",
      "mailassay");
  app.set_version_flag("--version", VersionText());
  app.require_subcommand(1);
  VerifyFlags flags;
  CLI::App* verify = AddVerify(app, flags);
  try {
    app.parse(argc, argv);
  } catch (const CLI::CallForHelp& help) {
    return app.exit(help);
  } catch (const CLI::CallForAllHelp& help) {
    return app.exit(help);
  } catch (const CLI::CallForVersion& version) {
    return app.exit(version);
  } catch (const CLI::ParseError& error) {
    return Usage(error.what());
  }
  auto options = VerifyOptions(*verify, flags);
  if (!options.ok()) return Usage(std::string(options.status().message()));
  options->version = MAILASSAY_VERSION;
  options->arguments.assign(argv + 1, argv + argc);
  return run::Run(*options);
}

}  // namespace
}  // namespace mailassay::cmd

int main(int argc, char** argv) { return mailassay::cmd::Main(argc, argv); }
