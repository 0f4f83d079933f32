#include "pipeline/run/prefix.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <iterator>

#include "lib/audit/codec.h"
#include "lib/base/concat.h"
#include "pipeline/run/batch.h"
#include "pipeline/run/console.h"
#include "pipeline/run/results.h"
#include "tests/run/temp_dir.h"
#include "tests/source/archive_maker.h"

namespace mailassay::run {
namespace {

using source::MakeEveryKind;
using source::MakeMbox;
using source::Position;
using source::ReadOptions;
using source::TempDirectory;
using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::StartsWith;

Seen Message(uint64_t file, uint64_t offset, uint8_t hash) {
  return {.place = {.file = file, .offset = offset},
          .sha256 = {.bytes = {hash}, .size = 32},
          .path = std::make_shared<const std::string>(Concat("f", file))};
}

Seen File(uint64_t file, uint8_t hash) {
  Seen seen = Message(file, 0, hash);
  seen.place.whole = true;
  return seen;
}

// What is said of two readings, of which the first ended at `end`.
std::string Compared(const std::vector<std::vector<Seen>>& then,
                     const std::vector<std::vector<Seen>>& now,
                     const Position& end) {
  size_t next = 0;
  PrefixComparison comparison(
      [&](std::vector<Seen>* batch) -> absl::StatusOr<bool> {
        if (next == then.size()) return false;
        *batch = then[next++];
        return true;
      },
      end);
  for (const std::vector<Seen>& batch : now) {
    absl::Status status = comparison.Compare(batch);
    if (!status.ok()) return std::string(status.message());
  }
  return std::string(comparison.Finish().message());
}

TEST(PrefixComparison, BatchesAreCutAnywhere) {
  const std::vector<Seen> all = {Message(0, 5, 1), Message(0, 9, 2), File(0, 3),
                                 File(2, 4), Message(3, 0, 5)};
  const Position end{3, 0, 7};
  for (size_t a = 0; a <= all.size(); ++a) {
    for (size_t b = 0; b <= all.size(); ++b) {
      const auto cut = [&](size_t at) {
        const auto middle = all.begin() + static_cast<ptrdiff_t>(at);
        return std::vector<std::vector<Seen>>{{all.begin(), middle},
                                              {middle, all.end()}};
      };
      EXPECT_EQ(Compared(cut(a), cut(b), end), "");
    }
  }
}

TEST(PrefixComparison, TheFirstDifferenceIsNamed) {
  const std::string one = "01" + std::string(62, '0');
  const std::string two = "02" + std::string(62, '0');
  const Position end{1, 0, 50};
  const auto said = [](std::string_view where, const std::string& was,
                       const std::string& is) {
    return Concat(where, " has changed (its SHA-256 was ", was, " and is now ",
                  is, ")");
  };
  // Another text, and another file.
  EXPECT_EQ(Compared({{Message(0, 5, 1), Message(0, 9, 1)}},
                     {{Message(0, 5, 1), Message(0, 9, 2)}}, end),
            said("f0@9", one, two));
  EXPECT_EQ(Compared({{Message(0, 5, 1), File(0, 1)}},
                     {{Message(0, 5, 1)}, {File(0, 2)}}, end),
            said("f0", one, two));
  // Something is gone: in the middle, and at the end.
  EXPECT_EQ(Compared({{Message(0, 5, 1), Message(0, 9, 2)}},
                     {{Message(0, 9, 2)}}, end),
            said("f0@5", one, "none"));
  EXPECT_EQ(
      Compared({{Message(0, 5, 1)}, {File(0, 2)}}, {{Message(0, 5, 1)}}, end),
      said("f0", two, "none"));
  EXPECT_EQ(Compared({{Message(0, 5, 1)}}, {}, end), said("f0@5", one, "none"));
  // Something is new.
  EXPECT_EQ(Compared({{Message(0, 9, 1)}},
                     {{Message(0, 5, 2), Message(0, 9, 1)}}, end),
            said("f0@5", "none", two));
  EXPECT_EQ(Compared({{Message(0, 9, 1)}},
                     {{Message(0, 9, 1)}, {Message(1, 49, 2)}}, end),
            said("f1@49", "none", two));
  EXPECT_EQ(
      Compared({{Message(0, 9, 1)}}, {{Message(0, 9, 1), File(0, 2)}}, end),
      said("f0", "none", two));
  // Another name in the same place.
  Seen renamed = Message(0, 9, 1);
  renamed.path = std::make_shared<const std::string>("other");
  EXPECT_EQ(Compared({{Message(0, 9, 1)}}, {{renamed}}, end),
            said("f0@9", one, "none"));
}

TEST(PrefixComparison, WhatLiesBehindTheEndIsFree) {
  const Position end{1, 2, 50};
  const std::vector<std::vector<Seen>> then = {{Message(1, 9, 1)}};
  Seen behind = Message(1, 50, 2);
  behind.place.member = 2;
  EXPECT_EQ(Compared(then, {{Message(1, 9, 1), behind}}, end), "");
  EXPECT_EQ(Compared(then, {{Message(1, 9, 1)}, {File(1, 2)}}, end), "");
  EXPECT_EQ(Compared(then, {{Message(1, 9, 1)}, {Message(2, 0, 2)}}, end), "");
  // An empty message may stand at the end itself.
  EXPECT_EQ(Compared({{Message(1, 50, 1)}}, {{Message(1, 50, 1)}}, {1, 0, 50}),
            "");
  EXPECT_EQ(Compared({}, {{Message(0, 0, 1)}}, {}), "");
}

TEST(PrefixComparison, AFaultOfTheEarlierReading) {
  PrefixComparison comparison(
      [](std::vector<Seen>*) -> absl::StatusOr<bool> {
        return absl::DataLossError("damaged");
      },
      {1, 0, 0});
  const std::vector<Seen> now = {Message(0, 0, 1)};
  EXPECT_TRUE(absl::IsDataLoss(comparison.Compare(now)));
  EXPECT_TRUE(absl::IsDataLoss(comparison.Finish()));
}

// Logs of archives of every kind, and what is said of them later.
class PrefixTest : public testing::Test {
 protected:
  PrefixTest() : paths_(MakeEveryKind(dir_)) {
    options_.custody = true;
    options_.jobs = 2;
  }

  ReadOptions Reading(size_t block_bytes) const {
    ReadOptions reading;
    reading.block_bytes = block_bytes;
    reading.limits = options_.limits;
    reading.filter = options_.from;
    reading.raw_hash = options_.raw_hash();
    reading.hash_files = true;
    return reading;
  }

  // Reads until `enough` says so of a batch's end; each message in a part of
  // its own.
  std::unique_ptr<store::AuditStore> Log(
      const std::function<bool(const Position&)>& enough) {
    log_.emplace();
    auto store = store::AuditStore::Create(log_->path(), {});
    EXPECT_TRUE(store.ok()) << store.status();
    const ReadOptions reading = Reading(50'000);
    auto reader = source::Reader::Open(paths_, reading);
    audit::GroupExaminer examiner(reading.limits, reading.filter,
                                  reading.raw_hash);
    while (auto block = (*reader)->Next()) {
      Batch batch;
      batch.next = block->next;
      batch.block = std::move(block);
      Examine(batch, examiner, SIZE_MAX);
      std::vector<std::string> parts;
      for (const audit::MessageFacts& facts : batch.messages) {
        parts.push_back(audit::EncodeFacts({facts}));
      }
      if (parts.empty()) parts.push_back(audit::EncodeFacts({}));
      EXPECT_TRUE((*store)
                      ->Append(parts, audit::EncodeNotes(TakeNotes(batch)),
                               batch.next, {})
                      .ok());
      if (enough(batch.next)) break;
    }
    return *std::move(store);
  }

  absl::Status Check(const store::AuditStore& store, size_t block_bytes,
                     size_t facts_bytes = SIZE_MAX) {
    auto reader = source::Reader::Open(paths_, Reading(block_bytes));
    const MemoryPlan plan = {.tokens = 4, .facts_bytes = facts_bytes};
    Progress progress(console_, ProgressMode::kNever);
    return CheckPrefix(store, **reader, results_.context(), options_, plan,
                       progress);
  }

  // Flips one octet; the same again restores it.
  void Flip(std::string_view name, uint64_t at) const {
    std::fstream file(dir_.Path(name),
                      std::ios::in | std::ios::out | std::ios::binary);
    file.seekg(static_cast<std::streamoff>(at));
    const int octet = file.get();
    file.seekp(static_cast<std::streamoff>(at));
    file.put(static_cast<char>(octet ^ 1));
    ASSERT_TRUE(file.good()) << name;
  }

  std::string Read(std::string_view name) const {
    std::ifstream file(dir_.Path(name), std::ios::binary);
    return {std::istreambuf_iterator<char>(file), {}};
  }

  TempDirectory dir_;
  const std::vector<std::string> paths_;
  Options options_;
  Console console_{/*quiet=*/true};
  const MemoryPlan plan_ = PlanMemory(512 << 20, 1, 8 << 20);
  Results results_{options_, plan_};
  std::optional<TempDir> log_;
};

TEST_F(PrefixTest, WhatIsThereStillIsTheSame) {
  for (const bool filtered : {false, true}) {
    if (filtered) options_.from.domains = {"a3.example.com", "a7.example.com"};
    for (size_t most = 1;; most *= 8) {
      size_t read = 0;
      const auto store = Log([&](const Position&) { return ++read == most; });
      for (const size_t block : {16u << 10, 70'000u, 8u << 20}) {
        EXPECT_EQ(Check(*store, block), absl::OkStatus())
            << read << " " << block;
      }
      EXPECT_EQ(Check(*store, 50'000, /*facts_bytes=*/1), absl::OkStatus());
      if (read < most) break;
    }
  }
}

TEST_F(PrefixTest, EachOctetOfAFinishedFileCounts) {
  const auto store = Log([](const Position&) { return false; });
  EXPECT_EQ(Check(*store, 50'000), absl::OkStatus());
  for (const char* name :
       {"small", "plain", "bom", "cl", "gz", "xz", "bz2", "frames", "tar",
        "tgz", "zip", "pdf", "cut.gz", "bad.tar", "d/md/cur/100", "d/a.mbox"}) {
    const uint64_t size = Read(name).size();
    for (const uint64_t at : {size / 4, size / 2, size - 1}) {
      Flip(name, at);
      const absl::Status status = Check(*store, 50'000);
      Flip(name, at);
      EXPECT_TRUE(absl::IsFailedPrecondition(status)) << name << status;
      EXPECT_THAT(std::string(status.message()),
                  AllOf(StartsWith(dir_.Path(name)),
                        HasSubstr(" has changed (its SHA-256 was ")))
          << at;
    }
  }
  EXPECT_EQ(Check(*store, 50'000), absl::OkStatus());
}

TEST_F(PrefixTest, WhatIsNewOrGoneIsNamed) {
  const auto store = Log([](const Position&) { return false; });
  dir_.Write("empty", source::Message(1));
  EXPECT_THAT(std::string(Check(*store, 50'000).message()),
              AllOf(StartsWith(dir_.Path("empty") + "@0 has changed"),
                    HasSubstr("was none and is now ")));
  dir_.Write("empty", "");
  const std::string text = Read("d/a.mbox");
  dir_.Write("d/a.mbox", "");
  EXPECT_THAT(std::string(Check(*store, 50'000).message()),
              AllOf(StartsWith(dir_.Path("d/a.mbox") + "@"),
                    HasSubstr(" and is now none")));
  dir_.Write("d/a.mbox", text);
  EXPECT_EQ(Check(*store, 50'000), absl::OkStatus());
}

TEST_F(PrefixTest, OfTheFileInProgressWhatWasRead) {
  uint64_t end = 0;
  const auto store = Log([&](const Position& next) {
    end = next.offset;
    return next.file == 1 && next.offset > 100'000;
  });
  ASSERT_GT(Read("plain").size(), end + 50'000);
  for (const uint64_t at : {uint64_t{500}, end / 2, end - 10}) {
    Flip("plain", at);
    EXPECT_THAT(std::string(Check(*store, 8 << 20).message()),
                StartsWith(dir_.Path("plain") + "@"))
        << at;
    Flip("plain", at);
  }
  Flip("plain", end + 20'000);
  EXPECT_EQ(Check(*store, 8 << 20), absl::OkStatus());
  EXPECT_EQ(Check(*store, 50'000), absl::OkStatus());
}

TEST_F(PrefixTest, OfTheTextOfACompressedFileToo) {
  uint64_t end = 0;
  const auto store = Log([&](const Position& next) {
    end = next.offset;
    return next.file == 5 && next.offset > 50'000;
  });
  const std::string packed = Read("gz");
  std::string text = Read("d/a.mbox");
  ASSERT_GT(text.size(), end + 20'000);
  text[end / 2] ^= 1;
  dir_.Write("gz", source::Gzip(text));
  EXPECT_THAT(std::string(Check(*store, 50'000).message()),
              StartsWith(dir_.Path("gz") + "@"));
  text[end / 2] ^= 1;
  text[end + 10'000] ^= 1;
  dir_.Write("gz", source::Gzip(text));
  EXPECT_EQ(Check(*store, 50'000), absl::OkStatus());
}

TEST_F(PrefixTest, AnEmptyLogKnowsNothing) {
  log_.emplace();
  auto store = store::AuditStore::Create(log_->path(), {});
  EXPECT_EQ(Check(**store, 50'000), absl::OkStatus());
}

}  // namespace
}  // namespace mailassay::run
