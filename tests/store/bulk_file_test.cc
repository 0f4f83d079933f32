#include "pipeline/store/bulk_file.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/resource.h>

#include <array>
#include <climits>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "lib/base/concat.h"
#include "tests/run/temp_dir.h"

// What is written is what SQLite reads, and its own check of a file finds
// nothing (https://www.sqlite.org/pragma.html#pragma_integrity_check).
namespace mailassay::store {
namespace {

using audit::Cell;
using ::testing::HasSubstr;
using std::literals::string_view_literals::operator""sv;

constexpr size_t kSmallPage = 512;
constexpr std::string_view kTable = "CREATE TABLE t(id INTEGER PRIMARY KEY, a)";

Cell Null() { return {}; }
Cell Integer(int64_t value) {
  return {.type = Cell::Type::kInteger, .integer = value, .octets = {}};
}
Cell Text(std::string_view text) {
  return {.type = Cell::Type::kText, .octets = text};
}
Cell Blob(std::string_view octets) {
  return {.type = Cell::Type::kBlob, .octets = octets};
}

SqlRecord RecordOf(const std::vector<Cell>& cells) {
  SqlRecord record;
  for (const Cell& cell : cells) record.Add(cell);
  return record;
}

std::string Octets(size_t size, size_t seed) {
  std::string octets(size, '\0');
  for (size_t i = 0; i < size; ++i) {
    octets[i] = static_cast<char>(i * 7 + i / 251 + seed);
  }
  return octets;
}

class BulkFileTest : public testing::Test {
 protected:
  void Begin(size_t page_bytes, const std::string& sql = std::string(kTable)) {
    path_ = dir_.File(Concat("a", ++files_));
    auto made = BulkFile::Create(path_, page_bytes, sql + ";");
    ASSERT_TRUE(made.ok()) << made.status();
    file_ = *std::move(made);
  }

  void Add(int64_t id, const std::vector<Cell>& cells,
           std::string_view table = "t") {
    const absl::Status added = file_->Table(table).Add(id, RecordOf(cells));
    ASSERT_TRUE(added.ok()) << added;
  }

  void Finish() {
    auto database = file_->Finish();
    ASSERT_TRUE(database.ok()) << database.status();
    database_ = *std::move(database);
    ASSERT_TRUE(database_->Execute("COMMIT").ok());
    ExpectSound();
  }

  void ExpectSound() {
    EXPECT_EQ(Query("PRAGMA integrity_check(3)"), "ok\n");
    EXPECT_EQ(std::filesystem::file_size(path_),
              std::stoull(Query("SELECT page_count * page_size FROM "
                                "pragma_page_count, pragma_page_size")));
  }

  // Columns joined by "|", each row with a line end.
  std::string Query(const std::string& sql, int columns = 1) {
    auto statement = database_->Prepare(sql);
    EXPECT_TRUE(statement.ok()) << statement.status();
    std::string all;
    while (statement.ok()) {
      auto row = statement->Step();
      EXPECT_TRUE(row.ok()) << row.status();
      if (!row.ok() || !*row) break;
      for (int i = 0; i < columns; ++i) {
        all += Concat(i > 0 ? "|" : "", statement->Text(i));
      }
      all += '\n';
    }
    return all;
  }

  // Rows 1 to `count` of rising sizes.
  void Fill(int64_t count) {
    for (int64_t i = 1; i <= count; ++i) {
      Add(i, {Null(), Text(std::string(static_cast<size_t>(i % 60), 'x'))});
    }
  }
  void ExpectFilled(int64_t count) {
    EXPECT_EQ(Query("SELECT count(*), ifnull(sum(id), 0), count(CASE WHEN "
                    "length(a) <> id % 60 THEN 1 END) FROM t",
                    3),
              Concat(count, "|", count * (count + 1) / 2, "|0\n"));
    for (const int64_t id : {int64_t{1}, (count + 1) / 2, count}) {
      if (count == 0) continue;
      EXPECT_EQ(Query(Concat("SELECT length(a) FROM t WHERE id = ", id)),
                Concat(id % 60, "\n"));
    }
  }

  TempDir dir_;
  int files_ = 0;
  std::string path_;
  std::unique_ptr<BulkFile> file_;
  std::unique_ptr<Database> database_;
};

TEST_F(BulkFileTest, ValuesOfEveryKind) {
  Begin(4096, "CREATE TABLE t(id INTEGER PRIMARY KEY, a, b, c, d)");
  Add(1, {Null(), Null(), Integer(0), Integer(1), Integer(-1)});
  Add(2, {Null(), Text(""), Blob(""), Text("a\0'\n"sv), Blob("\0\xff"sv)});
  Add(3, {Null(), Text("\xC3\xA9"), Text("1"), Blob("1"), Integer(2)});
  Finish();
  EXPECT_EQ(Query("SELECT id, quote(a), quote(b), quote(c), quote(d) FROM t "
                  "WHERE id <> 2",
                  5),
            "1|NULL|0|1|-1\n3|'\xC3\xA9'|'1'|X'31'|2\n");
  EXPECT_EQ(Query("SELECT quote(a), quote(b), hex(c), typeof(c), quote(d) "
                  "FROM t WHERE id = 2",
                  5),
            "''|X''|6100270A|text|X'00FF'\n");
}

// At the edges of each size that a number or a varint can have.
TEST_F(BulkFileTest, NumbersAtTheirEdges) {
  std::vector<int64_t> numbers = {INT64_MIN, INT64_MIN + 1, INT64_MAX};
  for (int bits = 0; bits < 63; ++bits) {
    for (const int64_t near : {-2, -1, 0, 1, 2}) {
      const int64_t number = (int64_t{1} << bits) + near;
      numbers.insert(numbers.end(), {number, -number});
    }
  }
  std::ranges::sort(numbers);
  const auto same = std::ranges::unique(numbers);
  numbers.erase(same.begin(), same.end());
  Begin(kSmallPage);
  std::string expected;
  for (const int64_t number : numbers) {
    Add(number, {Null(), Integer(number)});
    expected += Concat(number, "|", number, "|integer\n");
  }
  Finish();
  EXPECT_EQ(Query("SELECT id, a, typeof(a) FROM t ORDER BY id", 3), expected);
  for (const int64_t number : numbers) {
    ASSERT_EQ(Query(Concat("SELECT a FROM t WHERE id = ", number)),
              Concat(number, "\n"));
  }
}

TEST_F(BulkFileTest, ManyColumns) {
  std::string sql = "CREATE TABLE t(id INTEGER PRIMARY KEY";
  for (int i = 0; i < 400; ++i) sql += Concat(", c", i);
  Begin(4096, sql + ")");
  // The header's size takes one octet, two, and two with none to spare.
  for (const int filled : {0, 1, 100, 125, 126, 127, 128, 400}) {
    std::vector<Cell> cells = {Null()};
    for (int i = 0; i < 400; ++i) {
      cells.push_back(i < filled ? Integer(i) : Null());
    }
    cells.resize(filled == 0 ? 1 : static_cast<size_t>(filled) + 1);
    Add(filled + 1, cells);
  }
  Finish();
  EXPECT_EQ(Query("SELECT id, c0, c99, c124, c125, c126, c127, c399 FROM t", 8),
            "1|||||||\n2|0||||||\n101|0|99|||||\n126|0|99|124||||\n"
            "127|0|99|124|125|||\n128|0|99|124|125|126||\n"
            "129|0|99|124|125|126|127|\n401|0|99|124|125|126|127|399\n");
}

// Around every size at which a row's octets go elsewhere.
TEST_F(BulkFileTest, RowsOfEverySize) {
  for (const size_t page : {512u, 1024u, 4096u, 16384u, 65536u}) {
    std::vector<size_t> sizes;
    const auto around = [&](size_t size) {
      for (size_t i = size < 12 ? 0 : size - 12; i < size + 12; ++i) {
        sizes.push_back(i);
      }
    };
    around(0);
    around(120);
    around((page - 12) * 32 / 255 - 23);
    for (size_t pages = 1; pages < 4; ++pages) {
      around(pages * (page - 4));
      around(pages * (page - 4) + (page - 12) * 32 / 255 - 23);
      around((pages - 1) * (page - 4) + page - 35);
    }
    Begin(page);
    for (size_t i = 0; i < sizes.size(); ++i) {
      Add(static_cast<int64_t>(i) + 1, {Null(), Blob(Octets(sizes[i], i))});
    }
    Finish();
    auto rows = database_->Prepare("SELECT a FROM t ORDER BY id");
    for (size_t i = 0; i < sizes.size(); ++i) {
      ASSERT_TRUE(*rows->Step());
      ASSERT_TRUE(rows->Text(0) == Octets(sizes[i], i)) << page << ' ' << i;
    }
  }
}

// Every number of rows with which a page, and then a level, is full.
TEST_F(BulkFileTest, TreesOfEveryHeight) {
  for (int64_t count = 0; count <= 450; ++count) {
    Begin(kSmallPage);
    Fill(count);
    Finish();
    ExpectFilled(count);
    ASSERT_FALSE(testing::Test::HasFailure()) << count;
  }
  // Here the third level begins, and the fourth.
  for (const int64_t from : {12'000, 15'000, 450'000, 520'000}) {
    for (const int64_t more : {0, 1, 7, 10, 500}) {
      Begin(kSmallPage);
      Fill(from + more);
      Finish();
      ExpectFilled(from + more);
      std::filesystem::remove(path_);
    }
  }
}

TEST_F(BulkFileTest, TablesByTurns) {
  Begin(kSmallPage, Concat(kTable,
                           "; CREATE TABLE other(a, b TEXT);"
                           "CREATE TABLE empty(a);"
                           "CREATE TABLE made(a); INSERT INTO made VALUES(7)"));
  for (int64_t i = 1; i <= 5000; ++i) {
    Add(i * 3, {Null(), Integer(i)});
    if (i % 7 == 0) Add(i, {Integer(i), Text(Octets(900, 1))}, "other");
  }
  Finish();
  EXPECT_EQ(Query("SELECT count(*), sum(id = 3 * a) FROM t", 2), "5000|5000\n");
  EXPECT_EQ(Query("SELECT count(*), sum(rowid = a) FROM other", 2),
            "714|714\n");
  EXPECT_EQ(Query("SELECT count(*) FROM empty"), "0\n");
  EXPECT_EQ(Query("SELECT a FROM made"), "7\n");
}

// It is a table as any other.
TEST_F(BulkFileTest, SqlGoesOn) {
  for (const int64_t count : {0, 1, 300, 20'000}) {
    Begin(kSmallPage);
    Fill(count);
    Finish();
    for (const char* sql :
         {"CREATE INDEX i ON t (a)", "INSERT INTO t(a) VALUES('new')",
          "INSERT INTO t SELECT id + 1000000, a FROM t",
          "UPDATE t SET a = a || a", "DELETE FROM t WHERE id % 3 = 0",
          "DELETE FROM t", "INSERT INTO t(a) VALUES('again')", "VACUUM"}) {
      const absl::Status done = database_->Execute(sql);
      ASSERT_TRUE(done.ok()) << sql << ": " << done;
      ExpectSound();
    }
  }
}

TEST_F(BulkFileTest, TheSameRowsMakeTheSameOctets) {
  std::array<std::string, 2> octets;
  for (std::string& file : octets) {
    Begin(4096);
    // What an earlier row leaves in memory is not in the file.
    for (int64_t i = 1; i < 3000; ++i) {
      Add(i, {Null(), Blob(Octets(static_cast<size_t>(i * 37 % 5000), 0))});
    }
    Finish();
    database_.reset();
    file = dir_.Read(std::filesystem::path(path_).filename().string());
  }
  EXPECT_TRUE(octets[0] == octets[1]);
}

TEST_F(BulkFileTest, NothingLiesBetweenPointersAndCells) {
  Begin(kSmallPage);
  for (int64_t i = 1; i < 40; ++i) Add(i, {Null(), Text("secret secret")});
  Add(40, {Null(), Text(std::string(kSmallPage - 40, 'x'))});
  Add(41, {Null(), Text("y")});
  Finish();
  database_.reset();
  const std::string file =
      dir_.Read(std::filesystem::path(path_).filename().string());
  // The last leaf has one short row, at its end.
  const size_t y = file.rfind('y');
  ASSERT_NE(y, std::string::npos);
  const std::string leaf = file.substr(y / kSmallPage * kSmallPage, kSmallPage);
  EXPECT_EQ(leaf.substr(0, 5), "\x0d\0\0\0\x01"sv);
  EXPECT_EQ(leaf.find_first_of("sx"), std::string::npos);
}

TEST_F(BulkFileTest, RowsThatDoNotRiseAreRefused) {
  Begin(kSmallPage);
  Add(5, {Null(), Integer(1)});
  for (const int64_t id : {5, 4, -1}) {
    EXPECT_TRUE(absl::IsInternal(
        file_->Table("t").Add(id, RecordOf({Null(), Integer(1)}))));
  }
  Finish();
  EXPECT_EQ(Query("SELECT count(*) FROM t"), "1\n");
}

TEST_F(BulkFileTest, AnExistingFileIsLeftAlone) {
  const std::string path = dir_.Write("there", "something");
  EXPECT_FALSE(BulkFile::Create(path, 4096, std::string(kTable)).ok());
  EXPECT_EQ(dir_.Read("there"), "something");
}

TEST_F(BulkFileTest, ADiskThatIsFull) {
  Begin(4096);
  struct rlimit before {};
  ASSERT_EQ(getrlimit(RLIMIT_FSIZE, &before), 0);
  struct rlimit small = before;
  small.rlim_cur = 3'000'000;
  const auto handler = signal(SIGXFSZ, SIG_IGN);
  ASSERT_EQ(setrlimit(RLIMIT_FSIZE, &small), 0);
  const SqlRecord record = RecordOf({Null(), Blob(Octets(1000, 0))});
  absl::Status full;
  int64_t rows = 0;
  while (full.ok() && rows < 10'000)
    full = file_->Table("t").Add(++rows, record);
  const absl::Status finished = file_->Finish().status();
  setrlimit(RLIMIT_FSIZE, &before);
  signal(SIGXFSZ, handler);
  EXPECT_LT(rows, 5'000);
  for (const absl::Status& status : {full, finished}) {
    EXPECT_TRUE(absl::IsUnavailable(status)) << status;
    EXPECT_THAT(std::string(status.message()), HasSubstr(path_ + ": write: "));
  }
}

// The page of SQLite's locks is not used.  (The pages before it are a hole that
// belongs to no table, which the check says of each.)
TEST_F(BulkFileTest, ThePageOfTheLocks) {
  for (const size_t page : {4096u, 65536u}) {
    const std::string path = dir_.File(Concat("large", page));
    const auto lock = static_cast<uint32_t>((uint64_t{1} << 30) / page + 1);
    {
      auto made = BulkFile::Create(path, page, Concat(kTable, ";"));
      ASSERT_TRUE(made.ok()) << made.status();
    }
    std::filesystem::resize_file(path, (lock - uint64_t{4}) * page);
    auto pages = PageFile::Open(path, page);
    ASSERT_TRUE(pages.ok()) << pages.status();
    EXPECT_EQ((*pages)->next(), lock - 3);
    EXPECT_EQ((*pages)->Behind(lock - 2), lock - 1);
    EXPECT_EQ((*pages)->Behind(lock - 1), lock + 1);
    // A chain of overflow pages across it, then leaves and their parent.
    TableTree tree(pages->get(), 2);
    const std::string octets = Octets(6 * page, 3);
    ASSERT_TRUE(tree.Add(1, RecordOf({Null(), Blob(octets)})).ok());
    for (int64_t i = 2; i < 40'000; ++i) {
      ASSERT_TRUE(tree.Add(i, RecordOf({Null(), Integer(i)})).ok());
    }
    tree.Finish();
    ASSERT_TRUE((*pages)->Finish().ok());
    auto database = Database::Open(path, Database::Mode::kReadOnly);
    ASSERT_TRUE(database.ok()) << database.status();
    database_ = *std::move(database);
    EXPECT_TRUE(Query("SELECT a FROM t WHERE id = 1") == octets + "\n");
    EXPECT_EQ(Query("SELECT count(*), sum(a = id) FROM t WHERE id > 1", 2),
              "39998|39998\n");
    std::string found = Query("PRAGMA integrity_check(1000000)");
    const std::string title = "*** in database main ***\n";
    ASSERT_TRUE(found.starts_with(title)) << found.substr(0, 200);
    found.erase(0, title.size());
    std::string expected;
    for (uint32_t hole = 3; hole < lock - 3; ++hole) {
      expected += Concat("Page ", hole, " is never used\n");
    }
    EXPECT_TRUE(found == expected) << found.substr(0, 200);
  }
}

}  // namespace
}  // namespace mailassay::store
