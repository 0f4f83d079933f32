#include "lib/mail/list_author.h"

#include <gtest/gtest.h>

#include <string>

namespace mailassay::mail {
namespace {

struct Case {
  std::string_view header;
  std::string_view list, source, address;
};

void Check(const Case& c) {
  const std::string text = std::string(c.header) + "\n";
  const Header header = ParseHeader(text, 100);
  const ListAuthor found = FindListAuthor(header, FindAuthor(header));
  EXPECT_EQ(found.list, c.list) << c.header;
  EXPECT_EQ(ListAuthorSourceName(found.source), c.source) << c.header;
  const std::string address =
      found.local_part.empty() ? "" : found.local_part + "@" + found.domain;
  EXPECT_EQ(address, c.address) << c.header;
}

// As programs write them.
TEST(ListAuthor, OfListsThatReplaceFrom) {
  for (const Case& c : {
           // Google Groups
           Case{"From: \"'Ann Other' via Team\" <team@example.org>\n"
                "X-Original-Sender: ann@example.com\n"
                "X-Original-From: Ann Other <ann@Example.COM>\n"
                "Reply-To: Ann Other <ann@example.com>\n"
                "List-ID: <team.example.org>\n"
                "List-Post: <https://groups.google.com/a/x>, "
                "<mailto:team@example.org>\n",
                "team.example.org", "x_original_from", "ann@example.com"},
           Case{"From: \"ann@example.com via Team\" <team@example.org>\n"
                "X-Original-Sender: ann@example.com\n"
                "List-ID: <team.example.org>\n",
                "team.example.org", "x_original_sender", "ann@example.com"},
           // Mailman 2.1 and 3
           Case{"From: Ann Other via Dev <dev@lists.example.org>\n"
                "Reply-To: Ann Other <ann@example.com>\n"
                "List-Id: Talk <dev.lists.example.org>\n"
                "List-Post: <mailto:dev@lists.example.org>\n",
                "dev.lists.example.org", "reply_to", "ann@example.com"},
           Case{"From: Ann Other via Dev <dev@lists.example.org>\n"
                "Reply-To: Ann <ann@example.com>, Dev <dev@lists.example.org>\n"
                "List-Id: Talk <dev.lists.example.org>\n"
                "List-Post: <mailto:dev@lists.example.org>\n",
                "dev.lists.example.org", "reply_to", "ann@example.com"},
           Case{"From: Ann Other via Dev <dev@lists.example.org>\n"
                "Reply-To: Dev <dev@lists.example.org>\n"
                "Cc: Bob <bob@example.net>, Ann Other <ann@example.com>\n"
                "List-Id: Talk <dev.lists.example.org>\n",
                "dev.lists.example.org", "cc", "ann@example.com"},
           Case{"From: \"ann@example.com via Dev\" <dev@lists.example.org>\n"
                "List-Id: <dev.lists.example.org>\n",
                "dev.lists.example.org", "display_name", "ann@example.com"},
           Case{"From: =?utf-8?q?J=C3=B6rg_via_Dev?= <dev@lists.example.org>\n"
                "Cc: Bob <bob@example.net>,\n"
                " =?iso-8859-1?q?J=F6rg?= <x@example.com>,\n"
                " =?utf-8?b?SsO2cmc=?= <joerg@example.com>\n"
                "List-Id: <dev.lists.example.org>\n",
                "dev.lists.example.org", "cc", "joerg@example.com"},
           // IETF, groups.io
           Case{"From: Ann <ann=40example.com@dmarc.example.org>\n"
                "X-Original-From: Ann <ann@example.com>\n"
                "List-Id: <wg.example.org>\n"
                "List-Post: <mailto:wg@example.org>\n",
                "wg.example.org", "x_original_from", "ann@example.com"},
           Case{"From: Ann <ann=40example.com@dmarc.example.org>\n"
                "List-Id: <wg.example.org>\n"
                "List-Post: <mailto:wg@example.org>\n",
                "wg.example.org", "wrapped_from", "ann@example.com"},
           Case{"From: \"Ann via example.org\" <ann=example.com@example.org>\n"
                "List-Id: <team.example.org>\n",
                "team.example.org", "wrapped_from", "ann@example.com"},
           // VERP: "40" begins a domain, but where it can be no part of one.
           Case{"From: Ann <ann=401k.com@list.example>\n"
                "List-Id: <talk.list.example>\n",
                "talk.list.example", "wrapped_from", "ann@401k.com"},
           Case{"From: Ann <ann=40163.com@dmarc.example.org>\n"
                "List-Id: <wg.example.org>\n"
                "List-Post: <mailto:wg@example.org>\n",
                "wg.example.org", "wrapped_from", "ann@163.com"},
           Case{"From: Ann <ann=40.com@dmarc.example.org>\n"
                "List-Id: <wg.example.org>\n"
                "List-Post: <mailto:wg@example.org>\n",
                "wg.example.org", "wrapped_from", "ann@40.com"},
           Case{"From: Ann "
                "<a=40bcdefghijklmnopqrstuvwxyzabcdefghijklmnopqrstuvwxyz"
                "abcdefghijk.com@list.example>\n"
                "List-Id: <talk.list.example>\n",
                "talk.list.example", "wrapped_from",
                "a@bcdefghijklmnopqrstuvwxyzabcdefghijklmnopqrstuvwxyz"
                "abcdefghijk.com"},
           // "via" the list by List-Post, its phrase, its label, its address
           Case{"From: Bob via Talk <talk@lists.example>\n"
                "List-Post: <mailto:talk@lists.example>\n"
                "Reply-To: bob@example.com\n",
                "talk@lists.example", "reply_to", "bob@example.com"},
           Case{"From: \"'Bob' via Group\" <group@googlegroups.com>\n"
                "List-ID: <group.googlegroups.com>\n"
                "Reply-To: bob@example.com\n",
                "group.googlegroups.com", "reply_to", "bob@example.com"},
           Case{"From: Bob via Mailman-Users <mailman-users@python.org>\n"
                "List-Id: Mailman users <mailman-users.python.org>\n"
                "Reply-To: bob@example.com\n",
                "mailman-users.python.org", "reply_to", "bob@example.com"},
           Case{"From: Bob via THE talk list <noreply@lists.example>\n"
                "List-Id: \"The Talk List\" <t.lists.example>\n"
                "Reply-To: bob@example.com\n",
                "t.lists.example", "reply_to", "bob@example.com"},
           Case{"From: noreply@lists.example (Bob via T)\n"
                "List-Id: <t.lists.example>\nReply-To: bob@example.com\n",
                "t.lists.example", "reply_to", "bob@example.com"},
           Case{"From: Bob via a.b <a.b@lists.example>\n"
                "List-Id: <a.b.lists.example>\nReply-To: bob@example.com\n",
                "a.b.lists.example", "reply_to", "bob@example.com"},
           // Sympa
           Case{"From: \"Ann Other (via talk Mailing List)\" "
                "<talk@example.org>\n"
                "Reply-To: ann@example.com\n"
                "List-Id: <talk.example.org>\n",
                "talk.example.org", "reply_to", "ann@example.com"},
           // without "via"
           Case{"From: Ann Other <dev@example.org>\n"
                "Reply-To: Ann Other <ann@example.com>\n"
                "List-Post: <mailto:Dev@example.org?subject=x>\n",
                "dev@example.org", "reply_to", "ann@example.com"},
           // LISTSERV tells nobody
           Case{"From: Ann <00000a1-dmarc-request@listserv.example.org>\n"
                "List-Post: <mailto:TALK@LISTSERV.EXAMPLE.ORG>\n",
                "00000a1-dmarc-request@listserv.example.org", "none", ""},
           Case{"From: Ann via Dev <dev@example.org>\n"
                "List-Id: <dev.example.org>\n",
                "dev.example.org", "none", ""},
       }) {
    Check(c);
  }
}

// The author is in From, or nothing says that he is not.
TEST(ListAuthor, OfOtherMail) {
  for (const std::string_view header : {
           "",
           "From: Ann <ann@example.com>\n",
           "From: Ann <ann@example.com>\nReply-To: b@example.org\n",
           // a list that leaves From alone
           "From: Ann <ann@example.com>\nList-Id: <dev.lists.example.org>\n"
           "List-Post: <mailto:dev@lists.example.org>\n"
           "Reply-To: dev@lists.example.org\n"
           "X-Original-Sender: ann@example.com\n",
           "From: Ann <ann@example.com>\nX-Original-From: ann@EXAMPLE.com\n"
           "List-Id: <dev.lists.example.org>\n",
           // "via" somebody who is no list
           "From: Ann via Docs <no-reply@docs.example>\n"
           "Reply-To: ann@example.com\n",
           "From: Ann via Docs <no-reply@docs.example>\n"
           "Reply-To: ann@example.com\nList-Id: <x.example.org>\n",
           "From: Fly via Paris <deals@list.example>\n"
           "List-Id: Deals <deals.list.example>\n"
           "Reply-To: help@list.example\n",
           "From: Fly via <deals@list.example>\n"
           "List-Id: <deals.list.example>\nReply-To: help@list.example\n",
           "From: Ann via Dev <dev@example.org>\n"
           "List-Id: <dev.lists.example.org>\n"
           "Reply-To: ann@example.com\n",
           // newsletters and notices
           "From: Shop <news@shop.example>\nList-Id: <news.shop.example>\n"
           "Reply-To: Shop <help@shop.example>\n",
           "From: Ann <notices@forge.example>\n"
           "List-Id: <project.forge.example>\n"
           "List-Post: <mailto:reply+1@reply.forge.example>\n"
           "Reply-To: Project <reply+1@reply.forge.example>\n",
           "From: List <dev@example.org>\nList-Post: <mailto:dev@example.org>\n"
           "Reply-To: dev@example.org\n",
           // no list's name, no author's address
           "From: Ann via Dev <dev@example.org>\nList-Id: <org>\n"
           "Reply-To: ann@example.com\n",
           "From: Ann <a=b@example.org>\nList-Id: <dev.example.org>\n",
           "From: Ann <dev@example.org>\nX-Original-From: ann\n"
           "List-Id: <dev.example.org>\n",
           // two From fields are nobody's
           "From: a@example.org\nFrom: b@example.org\n"
           "X-Original-From: ann@example.com\n",
       }) {
    Check({header, "", "none", ""});
  }
}

TEST(ListAuthor, Names) {
  EXPECT_EQ(ListAuthorSourceName(ListAuthorSource::kNone), "none");
  EXPECT_EQ(ListAuthorSourceName(ListAuthorSource::kXOriginalFrom),
            "x_original_from");
  EXPECT_EQ(ListAuthorSourceName(ListAuthorSource::kWrappedFrom),
            "wrapped_from");
  EXPECT_EQ(ListAuthorSourceName(ListAuthorSource::kXOriginalSender),
            "x_original_sender");
  EXPECT_EQ(ListAuthorSourceName(ListAuthorSource::kReplyTo), "reply_to");
  EXPECT_EQ(ListAuthorSourceName(ListAuthorSource::kCc), "cc");
  EXPECT_EQ(ListAuthorSourceName(ListAuthorSource::kDisplayName),
            "display_name");
}

}  // namespace
}  // namespace mailassay::mail
