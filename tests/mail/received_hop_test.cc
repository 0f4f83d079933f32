#include "lib/mail/received_hop.h"

#include <gtest/gtest.h>

#include <string>
#include <string_view>

namespace mailassay::mail {
namespace {

TEST(ShowsArrival, FromAnotherHost) {
  for (std::string_view value : {
           "from mx.example.com (mx.example.com [192.0.2.1]) by b with ESMTPS "
           "id 1; x",
           "from a (HELO b) (192.0.2.1)\r\n by c with SMTP; x",
           "from a by b; x",
           "from a by b (8.8.8) id X; x",
           "FROM a BY b WITH esmtp; x",
           "from a ([192.0.2.1] helo=b) by c with esmtpsa (Exim 4.96) id 1; x",
           "from a (192.0.2.1) by b (10.0.0.2) with Microsoft SMTP Server id "
           "15; x",
           "from a by b with local-esmtp (Exim); x",
           "from a (192.0.2.1) by b with UUCP; x",
           "from a by b with some new protocol; x",
           "from a (IPv6:2001:db8::1) by b with ESMTP; x",
           "from a ([IPv6:2001:db8:0:0::7f00:1]) by b with ESMTP; x",
           "from a (::ffff:192.0.2.1) by b with ESMTP; x",
           // A name that a sender gives himself does not hide his address.
           "from localhost (unknown [192.0.2.1]) by b with ESMTP; x",
           "from [10.0.0.5] (unknown [192.0.2.1]) by b with ESMTP; x",
           "from [192.0.2.1] (helo=[127.0.0.1]) by b with ESMTP; x",
           "from 10.0.0.5 (192.0.2.1) by b with ESMTP; x",
           "from with POP3 ([192.0.2.1]) by b with ESMTP; x",
           "from (by localhost with POP3) by b with ESMTP; x",
           "from a by localhost with POP3 ([192.0.2.1]) by b with ESMTP; x",
           // A name alone says nothing of where it stands.
           "from localhost by b with SMTP; x",
           "from 10.example.com by b with SMTP; x",
           "from a10.0.0.1 by b with SMTP; x",
           "from host-10-0-0-1.example.com by b with SMTP; x",
           "from 10.0.0.1.example.com by b with SMTP; x",
           "from 10.0.0.256 by b with SMTP; x",
           "from 10.0.0 by b with SMTP; x",
           "from fd.example.com by b with SMTP; x",
           // private networks have an end
           "from a ([172.15.255.255]) by b with SMTP; x",
           "from a ([172.32.0.0]) by b with SMTP; x",
           "from a ([11.0.0.1]) by b with SMTP; x",
           "from a ([192.169.0.1]) by b with SMTP; x",
           "from a ([100.64.0.1]) by b with SMTP; x",
           "from a (IPv6:fe90::1) by b with SMTP; x",
           "from a (IPv6:::2) by b with SMTP; x",
           // both
           "from a ([10.0.0.1], [192.0.2.1]) by b with SMTP; x",
       }) {
    EXPECT_TRUE(ShowsArrival(value)) << value;
  }
}

// What a host calls itself is no evidence, though it be an address.
TEST(ShowsArrival, APrivateAddressThatOnlyTheSenderGives) {
  for (std::string_view value : {
           "from 10.0.0.1 by me.example with SMTP; x",
           "from [127.0.0.1] by mx.me.example with ESMTP (envelope-from "
           "<x@y>); x",
           "from [IPv6:::1] by b with ESMTP; x",
           "from [10.0.0.1] (mx.example.com) by b with ESMTP; x",
           "from 10.0.0.1 (helo=a) by b with ESMTP; x",
           "from a [10.0.0.1] by b with ESMTP; x",
           "from (10.0.0.1) by b with ESMTP; x",
           "from a(10.0.0.1) by b with ESMTP; x",
           "from [10.0.0.1](helo=a) by b with ESMTP; x",
           "from a b (10.0.0.1) by c with ESMTP; x",
           "from a (10.0.0.1 by b with ESMTP; x",
           "from a (HELO 10.0.0.1) by b with ESMTP; x",
           "from a (HELO [10.0.0.1]) by b with ESMTP; x",
           "from a (helo=[10.0.0.1]) by b with ESMTP; x",
           "from a (ehlo: x 10.0.0.1) by b with ESMTP; x",
           "from unknown (HELO 10.0.0.1) (192.0.2.1) by b with SMTP; x",
           "from a (port=25 helo=b ident=10.0.0.1) by c with SMTP; x",
           "from a (helo=b) by c (10.0.0.1) with SMTP (10.0.0.2); x",
           "from a by b (10.0.0.1) with SMTP (10.0.0.2) id 1; x",
       }) {
    EXPECT_TRUE(ShowsArrival(value)) << value;
  }
}

TEST(ShowsArrival, FromAStoreOrWithinAHost) {
  for (std::string_view value : {
           "",
           "by b with SMTP id 1; x",
           "by 2002:a05:6504:1234:b0:1:2:3 with SMTP id u2csp1; x",
           "(qmail 123 invoked by uid 1000); x",
           "(from ann@localhost) by b (8.14.4) id 1; x",
           " \r\n\t(qmail 5 invoked from network); x",
           "from pop.example.net [192.0.2.9] by localhost with POP3 "
           "(fetchmail-6.3.26) for <b@localhost> (single-drop); x",
           "from imap.example.net (192.0.2.9) by b with IMAP4 getmail 5; x",
           "from a by b with POP3-SSL via mpop-1.4; x",
           "from 475950126779 named unknown by gmailapi.google.com with "
           "HTTPREST; x",
           "from a ([2001:db8::1]) by b ([fe80::1%2]) with mapi id 15.20; x",
           "from a (192.0.2.1) by b with HTTPS; x",
           "from a by b with LMTP id 1; x",
           "from a by b with LMTPSA; x",
           "from ann by b with local (Exim 4.96) id 1; x",
           "from localhost (localhost [127.0.0.1]) by b with ESMTP; x",
           "from localhost (localhost [IPv6:::1]) by b with ESMTP; x",
           "from a ([::ffff:127.0.0.1]) by b with ESMTP; x",
           "from a (a.example.net [10.1.2.3]) by b with ESMTPS; x",
           "from a ([172.16.0.1]) by b with ESMTPS; x",
           "from a ([172.31.255.255]) by b with ESMTPS; x",
           "from a (192.168.0.1) by b (192.0.2.1) with Microsoft SMTP Server; "
           "x",
           "from a ([169.254.1.1]) by b with ESMTPS; x",
           "from a ([fd00::1]) by b with ESMTPS; x",
           "from a ([IPv6:fe80::1]) by b with ESMTPS; x",
           "from [10.0.0.1] (10.0.0.2) by b with ESMTPS; x",
           // sendmail, Exim, qmail, Exchange
           "from a (a.example.net [10.1.2.3] (may be forged)) by b; x",
           "from a (helo.example.net [10.1.2.3])\r\n by b with SMTP; x",
           "from [10.1.2.3] (helo=192.example.net) by b with esmtp; x",
           "from [10.1.2.3]:4123 (port=4123 helo=[127.0.0.1]) by b; x",
           "from a.example.net ([10.1.2.3] helo=b ident=c) by d; x",
           "from unknown (HELO a) (10.1.2.3)\r\n  by b with SMTP; x",
           "from unknown (EHLO a) (ann@10.1.2.3) by b with SMTP; x",
           "from a (10.1.2.3) by b (192.0.2.2) with Microsoft SMTP Server; x",
       }) {
    EXPECT_FALSE(ShowsArrival(value)) << value;
  }
}

TEST(ShowsArrival, Linear) {
  const std::string many(1 << 20, '(');
  EXPECT_TRUE(ShowsArrival("from " + many));
  EXPECT_FALSE(ShowsArrival(many));
  std::string words = "from ";
  for (int i = 0; i < 100'000; ++i) words += "by with 10.0.0.1 ";
  EXPECT_TRUE(ShowsArrival("from a " + std::string(1 << 20, ':')));
  std::string comments = "from a ";
  for (int i = 0; i < 100'000; ++i) comments += "(helo x)(";
  EXPECT_TRUE(ShowsArrival(comments));
  ShowsArrival(words);
}

}  // namespace
}  // namespace mailassay::mail
