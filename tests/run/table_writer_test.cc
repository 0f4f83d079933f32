#include "pipeline/run/table_writer.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "tests/run/temp_dir.h"

namespace mailassay::run {
namespace {

using audit::Table;

std::string Lines(uint64_t count) {
  std::string text;
  for (uint64_t i = 0; i < count; ++i) text += std::to_string(i) + "\r\n";
  return text;
}

uint64_t CountLines(const std::string& text) {
  return static_cast<uint64_t>(std::count(text.begin(), text.end(), '\n'));
}

TEST(TableWriter, AllFilesAndRunJsonLast) {
  TempDir dir;
  Options options;
  options.out_dir = dir.path();
  TableWriter writer(options);
  ASSERT_TRUE(writer.Open().ok());
  EXPECT_TRUE(writer.Wants(Table::kMessages));
  writer.Add(Table::kMessages, "a\r\n", 1);
  writer.Add(Table::kMessages, "b\r\n", 1);
  EXPECT_FALSE(dir.Has("messages.csv"));
  ASSERT_TRUE(writer.Commit("method", "{}").ok());
  EXPECT_EQ(dir.Read("messages.csv"),
            std::string(audit::TableHeader(Table::kMessages)) + "a\r\nb\r\n");
  for (const char* name :
       {"signatures.csv", "senders.csv", "keys.csv", "key_findings.csv",
        "exceptions.csv", "errors.csv", "method.txt", "run.json"}) {
    EXPECT_TRUE(dir.Has(name)) << name;
  }
  EXPECT_EQ(writer.FileNames().size(), 9u);
}

TEST(TableWriter, NothingIsWantedWithoutADirectory) {
  Options options;
  TableWriter writer(options);
  ASSERT_TRUE(writer.Open().ok());
  EXPECT_FALSE(writer.Wants(Table::kMessages));
  EXPECT_TRUE(writer.FileNames().empty());
}

TEST(TableWriter, ExceptionsAreCutIntoFilesOfAMillionRows) {
  TempDir dir;
  Options options;
  options.out_dir = dir.path();
  TableWriter writer(options);
  ASSERT_TRUE(writer.Open().ok());
  std::string rows = Lines(700'000);
  for (int i = 0; i < 3; ++i) {
    writer.Add(Table::kExceptions, rows, 700'000);
  }
  ASSERT_TRUE(writer.Commit("method", "{}").ok());
  EXPECT_EQ(CountLines(dir.Read("exceptions.csv")), 1'000'001u);
  EXPECT_EQ(CountLines(dir.Read("exceptions-2.csv")), 1'000'001u);
  EXPECT_EQ(CountLines(dir.Read("exceptions-3.csv")), 100'001u);
  EXPECT_TRUE(dir.Read("exceptions-2.csv")
                  .starts_with(audit::TableHeader(Table::kExceptions)));
}

TEST(TableWriter, RowFilesOverAMillionMessagesAreLeftOut) {
  for (bool all_rows : {false, true}) {
    TempDir dir;
    Options options;
    options.out_dir = dir.path();
    options.all_rows = all_rows;
    TableWriter writer(options);
    ASSERT_TRUE(writer.Open().ok());
    writer.Add(Table::kMessages, Lines(1'000'000), 1'000'000);
    EXPECT_TRUE(writer.Wants(Table::kMessages));
    writer.Add(Table::kMessages, Lines(1), 1);
    ASSERT_TRUE(writer.Commit("method", "{}").ok());
    EXPECT_EQ(dir.Has("messages.csv"), all_rows);
    EXPECT_EQ(dir.Has("signatures.csv"), all_rows);
    EXPECT_FALSE(dir.Has("messages.csv.partial"));
    EXPECT_EQ(writer.notes().size(), all_rows ? 0u : 1u);
  }
}

}  // namespace
}  // namespace mailassay::run
