#include <malloc.h>
#include <openssl/crypto.h>
#include <zstd.h>

#include <cstdio>
#include <string>

#include "CLI/CLI.hpp"
#include "cmd/command.h"
#include "cmd/kernels.h"
#include "lib/audit/kernels.h"
#include "lib/base/concat.h"
#include "lib/base/safe_text.h"
#include "pipeline/run/exit_code.h"

namespace mailassay::cmd {
namespace {

std::string VersionText() {
  return std::string("mailassay ") + MAILASSAY_VERSION + "\n" +
         OpenSSL_version(OPENSSL_VERSION) + ", zstd " + ZSTD_versionString() +
         "\nkernels: " + KernelList() + "\n";
}

int Usage(const std::string& why) {
  std::string line =
      "mailassay: " + SafeText(why) + " (mailassay --help tells more)\n";
  std::fputs(line.c_str(), stderr);
  return run::kUsage;
}

// A processor or a build that computes wrongly must judge no one's mail.
int BrokenKernel(std::string_view family) {
  std::string line =
      Concat("mailassay: the kernel \"", family,
             "\" fails its self-test here (", KernelList(),
             "); nothing was read. Try --kernels ", family, "=portable\n");
  std::fputs(line.c_str(), stderr);
  return run::kInternal;
}

// glibc raises its threshold for mmap to 32 MiB as it meets large blocks; then
// the texts of batches lie among the small ones, and what is freed stays ours.
void GiveMemoryBack() {
  mallopt(M_MMAP_THRESHOLD, 1 << 20);
  mallopt(M_TRIM_THRESHOLD, 32 << 20);
}

int Main(int argc, char** argv) {
  GiveMemoryBack();
  CLI::App app(
      "Verifies every DKIM signature in mail archives and says per sender "
      "what passed, what failed and why, and what is aligned.",
      "mailassay");
  std::string kernels;
  app.add_option("--kernels", kernels,
                 "Highest level of the inner loops: avx512, avx2 or portable, "
                 "or FAMILY=LEVEL (--version lists what runs)")
      ->type_name("LEVEL,...");
  app.set_version_flag("--version", "mailassay");
  app.require_subcommand(1);
  app.fallthrough();
  const Command commands[] = {AddVerify(app), AddReport(app), AddRecheck(app),
                              AddMerge(app), AddKeys(app)};
  try {
    app.parse(argc, argv);
  } catch (const CLI::CallForHelp& help) {
    return app.exit(help);
  } catch (const CLI::CallForAllHelp& help) {
    return app.exit(help);
  } catch (const CLI::CallForVersion&) {
    if (auto used = UseKernels(kernels); !used.ok()) {
      return Usage(std::string(used.message()));
    }
    std::fputs(VersionText().c_str(), stdout);
    return run::kDone;
  } catch (const CLI::ParseError& error) {
    return Usage(error.what());
  }
  if (auto used = UseKernels(kernels); !used.ok()) {
    return Usage(std::string(used.message()));
  }
  if (auto family = audit::FindBrokenKernel()) return BrokenKernel(*family);
  const Invocation called{.arguments = {argv + 1, argv + argc},
                          .version = MAILASSAY_VERSION};
  for (const Command& command : commands) {
    if (!command.app->parsed()) continue;
    auto code = command.run(called);
    return code.ok() ? *code : Usage(std::string(code.status().message()));
  }
  return run::kUsage;
}

}  // namespace
}  // namespace mailassay::cmd

int main(int argc, char** argv) { return mailassay::cmd::Main(argc, argv); }
