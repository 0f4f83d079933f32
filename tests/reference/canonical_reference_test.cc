// The models against the examples of the RFC: what checks the product must be
// checked by hand.
#include "tests/reference/canonical_reference.h"

#include <gtest/gtest.h>

namespace mailassay::reference {
namespace {

struct Case {
  std::string_view in, out;
};

TEST(CanonicalReference, SimpleBody) {
  for (const auto& [in, out] : {
           Case{"", "\r\n"},  // RFC 6376 3.4.3
           Case{"\r\n", "\r\n"},
           Case{"\r\n\r\n", "\r\n"},
           Case{"a", "a\r\n"},
           Case{"a\r\n\r\n\r\n", "a\r\n"},
           Case{"\r\na", "\r\na\r\n"},
           Case{"a \r\n \r\n", "a \r\n \r\n"},
           // 3.4.5, example 2.
           Case{" C \r\nD \t E\r\n\r\n\r\n", " C \r\nD \t E\r\n"},
           Case{"a\r", "a\r\r\n"},  // bare CR and LF are octets
           Case{"a\n", "a\n\r\n"},
           Case{"a\r\r\n", "a\r\r\n"},
       }) {
    EXPECT_EQ(SimpleBody(in), out);
  }
}

TEST(CanonicalReference, RelaxedBody) {
  for (const auto& [in, out] : {
           Case{"", ""},  // 3.4.4
           Case{"\r\n", ""},
           Case{" \t", ""},
           Case{"a", "a\r\n"},
           Case{"a\r\n \r\n\t", "a\r\n"},
           // 3.4.5, example 1.
           Case{" C \r\nD \t E\r\n\r\n\r\n", " C\r\nD E\r\n"},
           Case{"\t\ta\t \t\r\n", " a\r\n"},
           Case{"a \n b\r\n", "a \n b\r\n"},
           Case{"a \r", "a \r\r\n"},
       }) {
    EXPECT_EQ(RelaxedBody(in), out);
  }
}

TEST(CanonicalReference, Fields) {
  for (const auto& [in, out] : {
           // 3.4.5, example 1.
           Case{"A: X\r\n", "a:X\r\n"},
           Case{"B : Y\t\r\n\tZ  \r\n", "b:Y Z\r\n"},
           Case{"Subject:\r\n", "subject:\r\n"},
           Case{"Subject: \r\n \r\n", "subject:\r\n"},
           Case{"SUBJect:AbC: d", "subject:AbC: d\r\n"},
       }) {
    EXPECT_EQ(RelaxedField(in), out);
  }
  EXPECT_EQ(SimpleField("B : Y\t\r\n\tZ  \r\n"), "B : Y\t\r\n\tZ  \r\n");
  EXPECT_EQ(SimpleField("A: X"), "A: X\r\n");
}

}  // namespace
}  // namespace mailassay::reference
