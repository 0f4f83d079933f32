// Where more cores would stop helping: runs the stages of a verification one
// after the other on one core, measures each batch in each, and simulates the
// pipeline with more.
#include <array>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "CLI/CLI.hpp"
#include "bench/pipeline_model.h"
#include "lib/audit/ledger.h"
#include "lib/dmarc/organizational_domain.h"
#include "pipeline/keys/key_file.h"
#include "pipeline/keys/key_store.h"
#include "pipeline/run/batch.h"
#include "pipeline/run/memory_plan.h"
#include "pipeline/run/table_writer.h"
#include "pipeline/run/temp_file.h"
#include "pipeline/source/source.h"

namespace mailassay::bench {
namespace {

constexpr std::array<const char*, kStages> kNames = {
    "read", "examine", "resolve", "conclude", "write"};

struct Flags {
  std::string keys;
  std::vector<std::string> archives;
  std::string out;
  size_t block = 8u << 20;
};

class Clock {
 public:
  // Since the last call.
  double Seconds() {
    const auto now = std::chrono::steady_clock::now();
    const auto since = std::exchange(last_, now);
    return std::chrono::duration<double>(now - since).count();
  }

 private:
  std::chrono::steady_clock::time_point last_ =
      std::chrono::steady_clock::now();
};

struct Measured {
  std::vector<BatchCost> batches;
  uint64_t octets = 0;
  uint64_t messages = 0;
};

// As the run does it, one batch after the other.
Measured MeasureStages(const Flags& flags) {
  run::Options options;
  options.out_dir = flags.out;
  options.all_rows = true;
  const auto suffixes = dmarc::PublicSuffixList::Load();
  keys::KeyStore store(nullptr);
  auto answers = keys::ReadKeyFile(flags.keys);
  if (!answers.ok()) {
    std::fprintf(stderr, "%s: cannot be read\n", flags.keys.c_str());
    return {};
  }
  store.Import(std::move(answers->answers));
  source::ReadOptions read;
  read.block_bytes = flags.block;
  auto reader = source::Reader::Open(flags.archives, read);
  if (!reader.ok()) {
    std::fprintf(stderr, "%s\n",
                 std::string(reader.status().message()).c_str());
    return {};
  }
  run::TempFile temp(flags.out);
  audit::Ledger ledger(128u << 20, &temp);
  run::TableWriter tables(options);
  if (!flags.out.empty() && !tables.Open().ok()) return {};
  run::JudgeContext context{.suffixes = *suffixes, .options = {}, .csv = {}};
  for (size_t t = 0; t < run::Judged::kTables; ++t) {
    context.wanted[t] =
        !flags.out.empty() && tables.Wants(static_cast<audit::Table>(t));
  }
  audit::GroupExaminer examiner({}, {});
  dmarc::OrganizationCache organizations(*suffixes);
  Measured measured;
  Clock clock;
  while (true) {
    BatchCost cost{};
    run::Batch batch;
    batch.block = (*reader)->Next();
    if (batch.block == nullptr) break;
    measured.octets += batch.block->input_bytes;
    cost[0] = clock.Seconds();
    run::Examine(batch, examiner, 3 * flags.block);
    cost[1] = clock.Seconds();
    run::Resolve(batch, store);
    cost[2] = clock.Seconds();
    run::Conclude(batch, context, organizations);
    cost[3] = clock.Seconds();
    run::CheckFileEnds(batch);
    ledger.Merge(batch.judged.tally);
    for (size_t t = 0; t < run::Judged::kTables; ++t) {
      const run::Judged::Rows& rows = batch.judged.rows[t];
      if (!flags.out.empty()) {
        tables.Add(static_cast<audit::Table>(t), rows.text, rows.count);
      }
    }
    cost[4] = clock.Seconds();
    measured.messages += batch.message_count;
    measured.batches.push_back(cost);
  }
  return measured;
}

// What a longer archive of the same mail would cost: `times` over.
std::vector<BatchCost> Repeat(const std::vector<BatchCost>& batches,
                              size_t times) {
  std::vector<BatchCost> repeated;
  for (size_t i = 0; i < times; ++i) {
    repeated.insert(repeated.end(), batches.begin(), batches.end());
  }
  return repeated;
}

void Print(const Measured& measured) {
  BatchCost sums{};
  double all = 0;
  for (const BatchCost& cost : measured.batches) {
    for (size_t s = 0; s < kStages; ++s) sums[s] += cost[s];
  }
  for (const double sum : sums) all += sum;
  std::printf("%zu batches, %llu messages, %.0f MB, one core: %.3f s\n",
              measured.batches.size(),
              static_cast<unsigned long long>(measured.messages),
              static_cast<double>(measured.octets) / 1e6, all);
  for (size_t s = 0; s < kStages; ++s) {
    std::printf("  %-8s  %-8s  %6.2f %%  %9.3f us a batch", kNames[s],
                kIsSerial[s] ? "serial" : "parallel", 100 * sums[s] / all,
                1e6 * sums[s] / static_cast<double>(measured.batches.size()));
    if (kIsSerial[s]) std::printf("  full at %.0f cores", all / sums[s]);
    std::printf("\n");
  }
  // Long enough that its ends do not count.
  const size_t times = 1 + 20'000 / measured.batches.size();
  const std::vector<BatchCost> batches = Repeat(measured.batches, times);
  const double one = all * static_cast<double>(times);
  std::printf("cores  times one core  of the cores\n");
  for (const size_t cores : {1, 2, 4, 8, 16, 32, 64, 128, 256}) {
    const double seconds = Simulate(batches, cores, 2 * cores + 1);
    std::printf("%5zu  %14.1f  %10.1f %%\n", cores, one / seconds,
                100 * one / seconds / static_cast<double>(cores));
  }
}

int Main(int argc, char** argv) {
  CLI::App app(
      "Measures the stages of a verification and simulates more cores.");
  Flags flags;
  app.add_option("--keys", flags.keys, "Key file")->required();
  app.add_option("--out", flags.out,
                 "Directory, which exists, for the tables of all rows");
  app.add_option("--block", flags.block, "Octets of a block");
  app.add_option("ARCHIVE", flags.archives)->required();
  CLI11_PARSE(app, argc, argv);
  MeasureStages(flags);  // the page cache, and buffers of their size
  const Measured measured = MeasureStages(flags);
  if (measured.batches.empty()) return 3;
  Print(measured);
  return 0;
}

}  // namespace
}  // namespace mailassay::bench

int main(int argc, char** argv) { return mailassay::bench::Main(argc, argv); }
