#include "pipeline/store/audit_writer.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <string>

#include "tests/run/temp_dir.h"
#include "tests/store/made_up_audit.h"

namespace mailassay::store {
namespace {

constexpr char kFile[] = "audit.sqlite";
constexpr char kPartial[] = "audit.sqlite.partial";

const AuditStore::Name kNames[] = {{"a.example", "{}"}, {"b.example", "[]"}};

std::unique_ptr<AuditWriter> Write(const TempDir& dir) {
  auto writer = AuditWriter::Create(dir.path());
  EXPECT_TRUE(writer.ok()) << writer.status();
  (*writer)->AddPart("first", "notes", std::nullopt);
  (*writer)->AddPart(std::string(300'000, 'x'), "",
                     source::Position{1, 2, UINT64_MAX >> 1});
  EXPECT_TRUE((*writer)->Finish(MadeUpSettings(), EachOf(kNames)).ok());
  return *std::move(writer);
}

TEST(AuditWriter, WritesWhatAStoreReads) {
  TempDir dir;
  auto writer = Write(dir);
  EXPECT_FALSE(dir.Has(kFile)) << "not yet";
  ASSERT_TRUE(writer->Publish().ok());
  EXPECT_TRUE(dir.Has(kFile));
  EXPECT_FALSE(dir.Has(kPartial));
  EXPECT_FALSE(dir.Has("audit.sqlite.partial-journal"));
  auto store = AuditStore::Open(dir.path(), AuditStore::Access::kRead);
  ASSERT_TRUE(store.ok()) << store.status();
  EXPECT_EQ((*store)->state(), State::kDone);
  EXPECT_EQ((*store)->settings(), MadeUpSettings());
  const auto parts = AllParts(**store);
  ASSERT_EQ(parts.size(), 2u);
  EXPECT_EQ(parts[0].id, 1);
  EXPECT_EQ(parts[0].facts, "first");
  EXPECT_EQ(parts[0].notes, "notes");
  EXPECT_FALSE(parts[0].next);
  EXPECT_EQ(parts[1].facts.size(), 300'000u);
  EXPECT_EQ(parts[1].next, (source::Position{1, 2, UINT64_MAX >> 1}));
  EXPECT_EQ(NamesOf(**store)->size(), 2u);
}

TEST(AuditWriter, WhatIsMissingLaterIsNoticed) {
  for (const char* sql :
       {"DELETE FROM batch WHERE id = 2", "DELETE FROM batch",
        "DELETE FROM answer WHERE name = 'b.example'", "DELETE FROM answer",
        "DELETE FROM audit WHERE name = 'program'",
        "DELETE FROM audit WHERE name LIKE 'seal of %'"}) {
    TempDir dir;
    ASSERT_TRUE(Write(dir)->Publish().ok());
    auto database = Database::Open(dir.File(kFile), Database::Mode::kReadWrite);
    ASSERT_TRUE((*database)->Execute(sql).ok());
    database->reset();
    auto store = AuditStore::Open(dir.path(), AuditStore::Access::kRead);
    const absl::Status status =
        store.ok() ? NamesOf(**store).status() : store.status();
    EXPECT_TRUE(absl::IsDataLoss(status)) << sql << ": " << status;
    EXPECT_NE(status.message().find("damaged"), std::string::npos) << status;
  }
}

TEST(AuditWriter, TheSameRowsMakeTheSameOctets) {
  TempDir one;
  TempDir other;
  Write(one);
  // Over what another run has left.
  other.Write(kPartial, "left by another run");
  other.Write("audit.sqlite.partial-journal", "and this");
  Write(other);
  EXPECT_EQ(one.Read(kPartial), other.Read(kPartial));
  EXPECT_GT(one.Read(kPartial).size(), 300'000u);
  // In whatever order settings and names come.
  TempDir third;
  auto writer = AuditWriter::Create(third.path());
  (*writer)->AddPart("first", "notes", std::nullopt);
  (*writer)->AddPart(std::string(300'000, 'x'), "",
                     source::Position{1, 2, UINT64_MAX >> 1});
  ASSERT_TRUE((*writer)->Finish(MadeUpSettings(), EachOf(kNames)).ok());
  EXPECT_EQ(one.Read(kPartial), third.Read(kPartial));
}

TEST(AuditWriter, OneThatIsGivenUpLeavesTheLog) {
  TempDir dir;
  {
    auto store = AuditStore::Create(dir.path(), MadeUpSettings());
    ASSERT_TRUE(AddBatch(**store, 1).ok());
    auto writer = AuditWriter::Create(dir.path());
    (*writer)->AddPart("x", "", std::nullopt);
  }
  auto store = AuditStore::Open(dir.path(), AuditStore::Access::kGoOn);
  ASSERT_TRUE(store.ok());
  EXPECT_EQ((*store)->state(), State::kReading);
  EXPECT_EQ(AllParts(**store).size(), 1u);
}

TEST(AuditWriter, TakesThePlaceOfTheLog) {
  TempDir dir;
  auto store = AuditStore::Create(dir.path(), MadeUpSettings());
  for (uint64_t i = 1; i < 200; ++i) ASSERT_TRUE(AddBatch(**store, i).ok());
  auto writer = Write(dir);
  ASSERT_TRUE((*store)->Close().ok());
  ASSERT_TRUE(writer->Publish().ok());
  auto names = std::filesystem::directory_iterator(dir.path());
  EXPECT_EQ(std::distance(begin(names), end(names)), 1) << "one plain file";
  auto done = AuditStore::Open(dir.path(), AuditStore::Access::kRead);
  EXPECT_EQ(AllParts(**done).size(), 2u);
}

TEST(AuditWriter, KeepsTheFirstError) {
  TempDir dir;
  auto writer = AuditWriter::Create(dir.path());
  (*writer)->Note(absl::OkStatus());
  EXPECT_TRUE((*writer)->status().ok());
  (*writer)->Note(absl::UnavailableError("first"));
  (*writer)->Note(absl::UnavailableError("second"));
  (*writer)->AddPart("x", "", std::nullopt);
  EXPECT_EQ((*writer)->Finish({}, EachOf({})).message(), "first");
  EXPECT_FALSE(dir.Has(kFile));
}

TEST(AuditWriter, ADirectoryThatIsNotThere) {
  EXPECT_FALSE(AuditWriter::Create("/nonexistent").ok());
}

}  // namespace
}  // namespace mailassay::store
