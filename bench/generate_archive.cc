// mailassay-generate-archive: an archive of signed mail whose every verdict is
// known, the same octets for the same options on any machine and with any
// number of jobs.  Messages are made in parallel, a batch at a time, and
// written in order, so an archive of any size needs the memory of one batch.
#include <algorithm>
#include <atomic>
#include <cstdio>
#include <map>
#include <string>
#include <thread>
#include <vector>

#include "CLI/CLI.hpp"
#include "bench/archive_writer.h"
#include "bench/message_maker.h"

namespace mailassay::bench {
namespace {

constexpr uint64_t kBatch = 1024;  // 40 MB of mail at the usual mean

struct Options {
  MakerOptions maker;
  uint64_t messages = 1000;
  uint64_t huge_bytes = 0;
  std::string out;
  std::string format_name = "mbox";
  ArchiveFormat format = ArchiveFormat::kMbox;
  unsigned jobs = std::max(1u, std::thread::hardware_concurrency());
};

struct Made {
  MadeMessage message;
  std::string stored;
};

Made MakeOne(const MessageMaker& maker, ArchiveFormat format, uint64_t number) {
  Made made{maker.Make(number), ""};
  made.stored = Stored(format, made.message.text);
  made.message.text.clear();
  made.message.text.shrink_to_fit();
  return made;
}

void MakeBatch(const MessageMaker& maker, const Options& options,
               uint64_t first, std::vector<Made>& batch) {
  std::atomic<size_t> next = 0;
  const auto work = [&] {
    for (size_t i = next++; i < batch.size(); i = next++) {
      batch[i] = MakeOne(maker, options.format, first + i);
    }
  };
  std::vector<std::thread> threads;
  for (unsigned job = 1; job < options.jobs; ++job) threads.emplace_back(work);
  work();
  for (std::thread& thread : threads) thread.join();
}

void WriteMessages(const MessageMaker& maker, const Options& options,
                   uint64_t begin, uint64_t end, ArchiveWriter& writer) {
  while (begin < end && writer.ok()) {
    std::vector<Made> batch(std::min(kBatch, end - begin));
    MakeBatch(maker, options, begin, batch);
    for (const Made& made : batch) writer.Add(made.message, made.stored);
    begin += batch.size();
  }
}

void WriteHuge(const MessageMaker& maker, const Options& options,
               uint64_t number, ArchiveWriter& writer) {
  const MadeMessage message = maker.MakeHugeHeader(number, options.huge_bytes);
  writer.Begin(message);
  writer.Append(Stored(options.format, message.text));
  for (uint64_t index = 0; writer.ok(); ++index) {
    const std::string piece =
        HugePiece(options.maker.seed, options.huge_bytes, index);
    if (piece.empty()) break;
    writer.Append(Stored(options.format, piece));
  }
  writer.End(message);
}

bool Generate(const Options& options) {
  const MessageMaker maker(options.maker);
  ArchiveWriter writer(options.out, options.format);
  // A huge message stands in the middle: what follows it must be found again.
  const uint64_t middle =
      options.huge_bytes != 0 ? options.messages / 2 : options.messages;
  WriteMessages(maker, options, 0, middle, writer);
  if (options.huge_bytes != 0) {
    WriteHuge(maker, options, options.messages, writer);
  }
  WriteMessages(maker, options, middle, options.messages, writer);
  if (!writer.Finish()) {
    std::fprintf(stderr, "cannot write to %s\n", options.out.c_str());
    return false;
  }
  std::fprintf(stderr, "%llu messages, %llu bytes in %s\n",
               static_cast<unsigned long long>(writer.messages()),
               static_cast<unsigned long long>(writer.bytes()),
               options.out.c_str());
  return true;
}

void AddOptions(CLI::App& app, Options& options) {
  app.add_option("--out", options.out, "Directory to write to")->required();
  app.add_option("--messages", options.messages, "Number of messages");
  app.add_option("--seed", options.maker.seed, "Seed of everything");
  app.add_option("--format", options.format_name,
                 "mbox, mbox-crlf, maildir or eml");
  app.add_option("--shape", options.maker.shape,
                 "bulk: 40 KB a message; list: 9 KB, 6 KB of it header")
      ->transform(CLI::CheckedTransformer(std::map<std::string, Shape>{
          {"bulk", Shape::kBulk}, {"list", Shape::kList}}));
  app.add_option("--median-body", options.maker.median_body,
                 "Median size of a body, bytes");
  app.add_option("--mean-body", options.maker.mean_body,
                 "Mean size of a body, bytes");
  app.add_option("--from-domains", options.maker.from_domains,
                 "Small messages from this many domains, without known keys");
  app.add_option("--huge", options.huge_bytes,
                 "One more message with a body of this size, in the middle");
  app.add_option("--jobs,-j", options.jobs, "Threads")
      ->check(CLI::Range(1, 256));
}

int Main(int argc, char** argv) {
  CLI::App app("Generates an archive of signed mail with known verdicts.");
  Options options;
  AddOptions(app, options);
  CLI11_PARSE(app, argc, argv);
  const auto format = ParseArchiveFormat(options.format_name);
  const auto [median, mean] = BodySizesOf(options.maker);
  if (!format || median < 1 || mean < median || mean > 1000 * median) {
    std::fprintf(stderr,
                 "unknown format, or the mean is not 1 to 1000 medians\n");
    return 2;
  }
  options.format = *format;
  return Generate(options) ? 0 : 6;
}

}  // namespace
}  // namespace mailassay::bench

int main(int argc, char** argv) { return mailassay::bench::Main(argc, argv); }
