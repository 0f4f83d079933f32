#include "lib/base/domain_name.h"

#include <gtest/gtest.h>

#include <string>

namespace mailassay {
namespace {

using std::string_literals::operator""s;

struct Case {
  std::string text, ascii;
};

TEST(ParseDomain, DnsNames) {
  for (const Case& c : {
           Case{"example.com", "example.com"},
           Case{"Mail.EXAMPLE.com", "mail.example.com"},
           Case{"com", "com"},  // N5: may be asked for, aligns with nothing
           Case{"localhost", "localhost"},
           Case{"192.0.2.1", "192.0.2.1"},
           Case{"_spf.example.com", "_spf.example.com"},
           Case{"a_b.example.com", "a_b.example.com"},
           Case{"3com.com", "3com.com"},
           Case{"XN--Bcher-KVA.example", "xn--bcher-kva.example"},
           Case{"xn--a.example", "xn--a.example"},  // LDH is enough
           Case{"a--b.example", "a--b.example"},
       }) {
    const DomainName name = ParseDomain(c.text);
    EXPECT_EQ(name.defect, NameDefect::kNone) << c.text;
    EXPECT_EQ(name.ascii, c.ascii);
    EXPECT_FALSE(name.u_label) << c.text;
  }
}

// N1, N2, N3: none of these may ever be asked for.
TEST(ParseDomain, RefusesWhatIsNoName) {
  for (const std::string& text : {
           ""s,
           "."s,
           ".example.com"s,
           "example.com."s,
           "a..b"s,
           "sel\0.attack.example"s,
           "\0"s,
           "example.com\0"s,
           "example.com(.attack.example"s,
           "\"example.com\""s,
           "a@b.example"s,
           "a\\.example"s,
           "a;b.example"s,
           "../../etc"s,
           "*"s,
           "*.example.com"s,
           " example.com"s,
           "example.com "s,
           "exa mple.com"s,
           "example\r\n .com"s,
           "-a.example"s,
           "a-.example"s,
           "-"s,
           "[192.0.2.1]"s,
           "[IPv6:2001:db8::1]"s,
           "a:b"s,
           "a/b"s,
           "a%b"s,
           "a'b.example"s,
           "a,b"s,
           "\x7F.example"s,
           "\x1B.example"s,
       }) {
    for (const DomainName& name : {ParseDomain(text), ParseSelector(text)}) {
      EXPECT_EQ(name.defect, NameDefect::kSyntax) << text;
      EXPECT_EQ(name.ascii, "") << text;
    }
  }
}

// N4: RFC 1035 2.3.4.
TEST(ParseDomain, Lengths) {
  const std::string label63(63, 'a');
  EXPECT_EQ(ParseDomain(label63 + ".com").defect, NameDefect::kNone);
  EXPECT_EQ(ParseDomain(label63 + "a.com").defect, NameDefect::kLength);
  EXPECT_EQ(ParseDomain(label63 + "a.com").ascii, "");
  const std::string name253 =
      label63 + "." + label63 + "." + label63 + "." + std::string(61, 'b');
  EXPECT_EQ(name253.size(), 253u);
  EXPECT_EQ(ParseDomain(name253).defect, NameDefect::kNone);
  EXPECT_EQ(ParseDomain(name253 + "b").defect, NameDefect::kLength);
  EXPECT_EQ(ParseSelector(name253 + "b").defect, NameDefect::kLength);
  // A bad octet behind a long label is still a bad octet.
  EXPECT_EQ(ParseDomain(label63 + "a.b c").defect, NameDefect::kSyntax);
  EXPECT_EQ(ParseDomain(std::string(1 << 20, 'a')).defect, NameDefect::kLength);
}

// N6, H8: RFC 8616.
TEST(ParseDomain, ULabels) {
  for (const Case& c : {
           Case{"b\xC3\xBC"
                "cher.example",
                "xn--bcher-kva.example"},
           Case{"Mail.B\xC3\xBC"
                "CHER.Example",
                "mail.xn--bcher-kva.example"},
           // IDNA2008 keeps sharp s (UTS 46 transitional gives "strasse").
           Case{"stra\xC3\x9F"
                "e.example",
                "xn--strae-oqa.example"},
           Case{"\xE4\xBE\x8B\xE5\xAD\x90.example", "xn--fsqu00a.example"},
           Case{"example.\xD1\x80\xD1\x84", "example.xn--p1ai"},
       }) {
    const DomainName name = ParseDomain(c.text);
    EXPECT_EQ(name.defect, NameDefect::kNone) << c.text;
    EXPECT_EQ(name.ascii, c.ascii);
    EXPECT_TRUE(name.u_label) << c.text;
  }
  // The bounds are those of the A-label: 30 times U+00FC fits, 60 do not.
  std::string label, long_label;
  for (int i = 0; i < 30; ++i) label += "\xC3\xBC";
  for (int i = 0; i < 60; ++i) long_label += "\xC3\xBC";
  for (int i = 0; i < 60; ++i) long_label += 'a';
  EXPECT_EQ(ParseDomain(label + ".example").defect, NameDefect::kNone);
  EXPECT_EQ(ParseDomain(long_label + ".example").defect, NameDefect::kLength);
  for (int i = 0; i < 100000; ++i) long_label += "\xC3\xBC";
  EXPECT_EQ(ParseDomain(long_label + ".example").defect, NameDefect::kLength);
}

TEST(ParseDomain, RefusesWhatIsNoULabel) {
  for (const std::string& text : {
           "\xFC.example"s,  // not UTF-8
           "b\xC3.example"s,
           "\xC0\xAF.example"s,      // cut, overlong
           "\xED\xA0\x80.example"s,  // a surrogate
           "\xEF\xBD\x81.example"s,  // full-width a
           "a\xE3\x80\x82"
           "com"s,  // ideographic full stop
           "a\xEF\xBC\x8E"
           "com"s,                   // full-width full stop
           "\xC3\x9C.example"s,      // upper case is no U-label
           "u\xCC\x88.example"s,     // not NFC
           "\xE2\x84\xAA.example"s,  // Kelvin sign
           "a\xE2\x80\x8B"
           "b.example"s,  // zero width space
           "\xE2\x80\xAE"
           "a.example"s,  // right-to-left override
           "a\xC2\xAD"
           "b.example"s,                 // soft hyphen
           "\xF0\x9F\x92\xA9.example"s,  // emoji
           "\xCC\x88"
           "a.example"s,  // begins with a mark
           "-\xC3\xBC.example"s,
           "\xC3\xBC-.example"s,
           "\xC3\xBC_a.example"s,
           "\xC3\xBC(.example"s,
           "\xC3\xBC a.example"s,
           "\xC3\xBC\0a.example"s,
           "\xC3\xBC@a.example"s,
       }) {
    const DomainName name = ParseDomain(text);
    EXPECT_EQ(name.defect, NameDefect::kSyntax) << text << " " << name.ascii;
    EXPECT_EQ(name.ascii, "") << text;
  }
}

TEST(ParseSelector, SubDomains) {
  for (const Case& c : {Case{"s1", "s1"}, Case{"20230601", "20230601"},
                        Case{"S1._Domain.x", "s1._domain.x"}, Case{"_", "_"},
                        Case{"a.b.c", "a.b.c"}}) {
    const DomainName name = ParseSelector(c.text);
    EXPECT_EQ(name.defect, NameDefect::kNone) << c.text;
    EXPECT_EQ(name.ascii, c.ascii);
  }
}

TEST(IsSameOrBelow, NeedsADot) {
  EXPECT_TRUE(IsSameOrBelow("example.com", "example.com"));
  EXPECT_TRUE(IsSameOrBelow("a.b.example.com", "example.com"));
  // T25: a suffix without a dot.
  EXPECT_FALSE(IsSameOrBelow("evilexample.com", "example.com"));
  EXPECT_FALSE(IsSameOrBelow("com", "example.com"));
  EXPECT_FALSE(IsSameOrBelow("example.com", "a.example.com"));
  EXPECT_FALSE(IsSameOrBelow("example.com", ""));
  EXPECT_FALSE(IsSameOrBelow("", ""));
}

}  // namespace
}  // namespace mailassay
