#include "pipeline/run/deferred.h"

#include <gtest/gtest.h>

#include "pipeline/run/temp_file.h"
#include "tests/run/temp_dir.h"

namespace mailassay::run {
namespace {

TEST(Deferred, KeepsArchiveOrder) {
  TempDir dir;
  TempFile file(dir.path());
  Deferred deferred(&file);
  EXPECT_FALSE(deferred.holds());
  deferred.AddRows(audit::Table::kMessages, "", 0);
  EXPECT_FALSE(deferred.holds()) << "nothing to hold rows back for";
  deferred.AddFacts("first", 3);
  deferred.AddRows(audit::Table::kSignatures, "rows\r\n", 1);
  deferred.AddFacts("second", 4);
  EXPECT_TRUE(deferred.holds());
  EXPECT_EQ(deferred.messages(), 7u);
  ASSERT_EQ(deferred.segments().size(), 3u);
  EXPECT_EQ(deferred.Read(deferred.segments()[0]), "first");
  EXPECT_TRUE(deferred.segments()[0].facts);
  EXPECT_EQ(deferred.Read(deferred.segments()[1]), "rows\r\n");
  EXPECT_EQ(deferred.segments()[1].table, audit::Table::kSignatures);
  EXPECT_EQ(deferred.Read(deferred.segments()[2]), "second");
}

}  // namespace
}  // namespace mailassay::run
