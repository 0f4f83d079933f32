#include "lib/mail/from_line.h"

#include <gtest/gtest.h>

#include <string>

namespace mailassay::mail {
namespace {

TEST(FormOfFromLine, EachForm) {
  using enum FromLineForm;
  struct Case {
    std::string line;
    FromLineForm form;
  };
  const std::string object(40, 'f');
  for (const Case& c : {
           Case{"From a@b Thu Jan  1 00:00:00 1970", kDated},
           Case{"From - Sat Apr  6 20:13:31 2013", kDated},
           Case{"From ", kBare},
           Case{"From   ", kBare},
           Case{"From -", kBare},
           Case{"From a@b", kAddress},
           Case{"From <a@b>", kAddress},
           Case{"From Alice <a@b>", kAddress},
           Case{"From a", kWord},
           Case{"From MAILER-DAEMON", kWord},
           Case{"From a@b am 5. im Fr\xC3\xBChling 2024 um 10:00", kDateLike},
           Case{"From " + object + " Mon Sep 17 00:00:00 2001", kPatch},
           Case{"From " + object + " Mon Sep 17 00:00:01 2001", kDated},
           Case{"From here on", kNone},
           Case{"From 9:00 to 10:00 we are closed", kNone},
           Case{"From a very long line of words with a@b in it", kNone},
           Case{"From: a@b", kNone},
           Case{"From \x1A"
                "From a@b Thu Jan  1 00:00:00 1970",
                kNone},
           Case{">From a@b Thu Jan  1 00:00:00 1970", kNone},
           Case{"from a@b", kNone},
           Case{"From", kNone},
           Case{"", kNone},
       }) {
    EXPECT_EQ(FormOfFromLine(c.line), c.form) << c.line;
  }
  const std::string date = " Thu Jan  1 00:00:00 1970";
  EXPECT_EQ(FormOfFromLine("From " + std::string(970, 'a') + date), kDated);
  EXPECT_EQ(FormOfFromLine("From " + std::string(971, 'a') + date), kNone);
}

TEST(EnvelopeFrom, TheSender) {
  struct Case {
    std::string line, sender;
  };
  for (const Case& c : {
           Case{"From a@b.example Thu Jan  1 00:00:00 1970", "a@b.example"},
           Case{"From 12@xxx Thu Jan 01 00:00:00 +0000 1970", "12@xxx"},
           Case{"From Thu Jan  1 00:00:00 1970", ""},
           Case{"From  Thu Jan  1 00:00:00 1970\r\n", ""},
           Case{"From \"a b\"@c.example  Thu Jan  1 00:00:00 1970\n",
                "\"a b\"@c.example"},
           Case{"From - Thu Jan  1 00:00:00 1970", "-"},
           Case{"From a@b", "a@b"},  // no date
           Case{"From a@b am 5. Floreal 2024 um 10:00", "a@b"},
           Case{"From ", ""},
           Case{"From", ""},
           Case{"", ""},
           Case{"x Thu Jan  1 00:00:00 1970", ""},
       }) {
    EXPECT_EQ(EnvelopeFrom(c.line), c.sender) << c.line;
  }
}

}  // namespace
}  // namespace mailassay::mail
