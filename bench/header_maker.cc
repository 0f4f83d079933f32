#include "bench/header_maker.h"

#include <array>
#include <string_view>

#include "bench/joined.h"
#include "bench/mail_date.h"

namespace mailassay::bench {

using reference::Random;

std::string Token(Random& random) {
  constexpr std::string_view kDigits = "0123456789abcdefghijklmnopqrstuv";
  std::string out;
  uint64_t bits = random.Next();
  for (int i = 0; i < 12; ++i, bits >>= 5) out += kDigits[bits & 31];
  return out;
}

std::string LocalPart(Random& random) {
  constexpr std::array<std::string_view, 8> kNames = {
      "anna",    "info",     "newsletter", "j.smith",
      "support", "no-reply", "max",        "orders"};
  return std::string(kNames[random.Below(kNames.size())]);
}

std::string BulkTrace(Random& random, const Journey& journey) {
  const auto& [sent_at, received_at, envelope_from] = journey;
  std::string out = "Return-Path: <" + envelope_from +
                    ">\r\nDelivered-To: archive@recipient.example\r\n";
  const uint64_t hops = 3 + random.Below(4);
  for (uint64_t hop = 0; hop < hops; ++hop) {
    // The newest stands on top.
    const uint64_t at =
        received_at - (received_at - sent_at) * hop / (hops - 1);
    out += Joined({"Received: from mx", std::to_string(hop), ".", Token(random),
                   ".example (mx", std::to_string(hop), ".example [192.0.2.",
                   std::to_string(random.Below(254) + 1), "])\r\n\tby in",
                   std::to_string(random.Below(9)),
                   ".recipient.example (Postfix) with ESMTPS id ",
                   Token(random), "\r\n\tfor <archive@recipient.example>; ",
                   MailDate(at), "\r\n"});
  }
  out +=
      "X-Virus-Scanned: yes\r\n"
      "X-Spam-Status: No, score=-2.1 required=5.0 tests=BAYES_00,\r\n"
      "\tHTML_MESSAGE,SPF_PASS autolearn=ham\r\n"
      "Received-SPF: pass (recipient.example: domain of " +
      envelope_from + " designates 192.0.2.1 as permitted sender)\r\n";
  return out;
}

std::string BulkFields(Random& random, const Author& author, uint64_t sent_at,
                       const MadeBody& body, bool list) {
  std::string out;
  out += "Date: " + MailDate(sent_at) + "\r\n";
  out += "From: \"" + Words(random, 20) + "\" <" + author.address + ">\r\n";
  out += Joined({"To: archive@recipient.example,\r\n\t\"", Words(random, 16),
                 "\" <", LocalPart(random), "@recipient.example>\r\n"});
  if (random.Chance(0.3)) {
    out += "Cc: " + LocalPart(random) + "@recipient.example\r\n";
  }
  out += "Reply-To: " + author.address + "\r\n";
  out += Joined({"Message-ID: <", Token(random), ".", Token(random), "@",
                 author.domain, ">\r\n"});
  if (random.Chance(0.4)) {
    const std::string id = "<" + Token(random) + "@recipient.example>";
    out += "In-Reply-To: " + id + "\r\nReferences: " + id + "\r\n\t<" +
           Token(random) + "@recipient.example>\r\n";
  }
  out += "Subject: " + Words(random, 30 + random.Below(40)) + "\r\n";
  out += "MIME-Version: 1.0\r\n";
  out += "Content-Type: " + body.content_type + "\r\n";
  out += "Content-Transfer-Encoding: " + body.transfer_encoding + "\r\n";
  out += "User-Agent: Mailer/" + std::to_string(random.Below(20)) + ".0\r\n";
  out += Joined({"X-Mailer-Info: ", Token(random), Token(random), "\r\n"});
  out += "X-Report-Abuse: Please report to abuse@" + author.domain + "\r\n";
  out += "X-Campaign: " + std::to_string(random.Below(100'000)) + "\r\n";
  out += "Feedback-ID: " + Token(random) + ":" + author.domain + "\r\n";
  out += "Precedence: " + std::string(list ? "list" : "bulk") + "\r\n";
  out += "Auto-Submitted: no\r\nX-Priority: 3\r\n";
  out += "X-Originating-IP: [198.51.100." +
         std::to_string(random.Below(254) + 1) + "]\r\n";
  out += "X-Entity-ID: " + Token(random) + "\r\n";
  if (list) {
    out +=
        "List-Id: talk <talk.lists.example>\r\n"
        "List-Post: <mailto:talk@lists.example>\r\n";
  }
  out += "List-Unsubscribe: <https://www.example/u/" + Token(random) +
         ">,\r\n\t<mailto:leave@" + author.domain +
         ">\r\nList-Unsubscribe-Post: List-Unsubscribe=One-Click\r\n";
  return out;
}

namespace {

std::string Tokens(Random& random, size_t count) {
  std::string out;
  for (size_t i = 0; i < count; ++i) out += Token(random);
  return out;
}

std::string Number(Random& random, uint64_t below) {
  return std::to_string(random.Below(below));
}

// Base64 of `lines` folded lines, as of a signature value.
std::string FoldedValue(Random& random, size_t lines) {
  std::string out;
  for (size_t i = 0; i < lines; ++i) out += "\r\n\t " + Tokens(random, 6);
  return out + "==";
}

std::string Host(Random& random, const Author& author, uint64_t hop,
                 uint64_t hops) {
  if (hop + 1 == hops) return "localhost." + author.domain;
  if (hop + 2 == hops) return "out" + Number(random, 9) + "." + author.domain;
  if (hop + 4 >= hops) return "mx" + Number(random, 9) + ".lists.example";
  return "relay-" + Number(random, 90) + ".recipient.example";
}

std::string ListReceived(Random& random, const Author& author, uint64_t hop,
                         uint64_t hops, uint64_t at) {
  const std::string from = Host(random, author, hop, hops);
  const std::string by = hop == 0 ? "archive.recipient.example"
                                  : Host(random, author, hop - 1, hops);
  return Joined({"Received: from ", from, " (", from,
                 " [IPv6:2001:db8:", Number(random, 9999), ":",
                 Number(random, 9999), "::", Number(random, 999), "])\r\n\tby ",
                 by, " (Postfix) with ESMTPS\r\n\tid ", Token(random),
                 " (TLSv1.3);\r\n\tfor <archive@recipient.example>; ",
                 MailDate(at), "\r\n"});
}

std::string Results(Random& random, const Journey& journey,
                    const Author& author) {
  return Joined(
      {"dkim=pass header.i=@", author.domain, " header.s=s", Number(random, 99),
       " header.b=", Token(random), ";\r\n\tspf=pass (domain of ",
       journey.envelope_from, "\r\n\tdesignates 2001:db8::", Number(random, 99),
       " as permitted sender)\r\n\tsmtp.mailfrom=", journey.envelope_from,
       ";\r\n\tdmarc=pass (p=REJECT sp=REJECT dis=NONE) header.from=",
       author.domain, "\r\n"});
}

// Octets only: the seal is random, and no verdict rests on it.
std::string ArcSet(Random& random, const Journey& journey,
                   const Author& author) {
  const std::string at = std::to_string(journey.sent_at + 1);
  std::string out =
      Joined({"ARC-Seal: i=1; a=rsa-sha256; t=", at,
              "; cv=none;\r\n\td=lists.example; s=arc-20240605; b=",
              FoldedValue(random, 5), "\r\n"});
  out += Joined(
      {"ARC-Message-Signature: i=1; a=rsa-sha256; c=relaxed/relaxed;\r\n"
       "\td=lists.example; s=arc-20240605;\r\n"
       "\th=list-unsubscribe:list-subscribe:list-help:list-post:list-archive:"
       "\r\n\t list-id:precedence:in-reply-to:references:message-id:date:"
       "\r\n\t subject:cc:to:from:mime-version:dkim-signature;\r\n\tbh=",
       Tokens(random, 3), "=;\r\n\tb=", FoldedValue(random, 5), "\r\n"});
  return out + "ARC-Authentication-Results: i=1; mx.lists.example;\r\n\t" +
         Results(random, journey, author);
}

// A thread as long as threads are: its messages' identifiers, a line each.
std::string ThreadFields(Random& random) {
  std::string ids;
  const uint64_t depth = 1 + random.Below(7);
  for (uint64_t i = 0; i < depth; ++i) {
    ids += (i == 0 ? " <" : "\r\n\t<") + Tokens(random, 2);
    ids += "@" + LocalPart(random) + ".example>";
  }
  const std::string last = ids.substr(ids.rfind('<'));
  return "In-Reply-To: " + last + "\r\nReferences:" + ids + "\r\n";
}

}  // namespace

std::string ListTrace(Random& random, const Journey& journey,
                      const Author& author) {
  const auto& [sent_at, received_at, envelope_from] = journey;
  std::string out = "Return-Path: <" + envelope_from +
                    ">\r\nX-Original-To: archive@recipient.example\r\n"
                    "Delivered-To: archive@recipient.example\r\n";
  const uint64_t hops = 6 + random.Below(5);
  for (uint64_t hop = 0; hop < hops; ++hop) {
    const uint64_t at =
        received_at - (received_at - sent_at) * hop / (hops - 1);
    out += ListReceived(random, author, hop, hops, at);
    // What each organisation adds stands above what it received.
    if (hop == 1) {
      out += "Authentication-Results: archive.recipient.example;\r\n\t" +
             Results(random, journey, author);
    }
    if (hop == 3) out += ArcSet(random, journey, author);
  }
  return out +
         "X-Virus-Scanned: by scanner at lists.example\r\n"
         "X-Spam-Status: No, score=-4.1 required=5.0 tests=BAYES_00,\r\n"
         "\tDKIM_SIGNED,DKIM_VALID,DKIM_VALID_AU,HEADER_FROM_DIFFERENT,\r\n"
         "\tMAILING_LIST_MULTI,RCVD_IN_DNSWL_MED,SPF_HELO_PASS\r\n"
         "\tautolearn=ham autolearn_force=no version=4.0.0\r\n"
         "X-Spam-Checker-Version: 4.0.0 on lists.example\r\n";
}

std::string ListFields(Random& random, const Author& author, uint64_t sent_at,
                       const MadeBody& body) {
  std::string out = Joined(
      {"Date: ", MailDate(sent_at), "\r\nFrom: \"", Words(random, 18), "\" <",
       author.address, ">\r\nTo: talk@lists.example\r\nCc: \"",
       Words(random, 18), "\" <", LocalPart(random), "@people.example>,\r\n\t",
       LocalPart(random), "@people.example, kernel-team@people.example\r\n"});
  const bool reply = random.Chance(0.7);
  out += Joined({"Subject: ", reply ? "Re: " : "", "[PATCH v",
                 Number(random, 9), "] ", Words(random, 50), "\r\n"});
  out +=
      Joined({"Message-ID: <", Tokens(random, 2), "@", author.domain, ">\r\n"});
  if (reply) out += ThreadFields(random);
  out += Joined({"MIME-Version: 1.0\r\nContent-Type: ", body.content_type,
                 "\r\nContent-Transfer-Encoding: ", body.transfer_encoding,
                 "\r\nUser-Agent: Mutt/2.2.", Number(random, 13),
                 " (2022-11-27)\r\nX-Developer-Key: i=", author.address,
                 "; a=openpgp;\r\n fpr=", Tokens(random, 3), "\r\n"});
  return out +
         "X-Mailing-List: talk@lists.example\r\nPrecedence: bulk\r\n"
         "Sender: owner-talk@lists.example\r\n"
         "List-Id: discussion of development <talk.lists.example>\r\n"
         "List-Post: <mailto:talk@lists.example>\r\n"
         "List-Archive: <https://lists.example/archives/talk/>\r\n"
         "List-Help: <mailto:talk-request@lists.example?subject=help>\r\n"
         "List-Subscribe: <https://lists.example/talk>,\r\n"
         "\t<mailto:talk-request@lists.example?subject=subscribe>\r\n"
         "List-Unsubscribe: <https://lists.example/talk>,\r\n"
         "\t<mailto:talk-request@lists.example?subject=unsubscribe>\r\n";
}

}  // namespace mailassay::bench
