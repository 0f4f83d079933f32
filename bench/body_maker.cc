#include "bench/body_maker.h"

#include <array>
#include <string_view>

#include "bench/joined.h"

namespace mailassay::bench {
namespace {

using reference::Random;

// clang-format off
constexpr std::array<std::string_view, 64> kWords = {
    "the", "of", "and", "to", "in", "we", "your", "order", "please", "find",
    "attached", "with", "regards", "meeting", "on", "Monday", "invoice", "for",
    "this", "is", "a", "reminder", "that", "account", "will", "be", "updated",
    "thanks", "team", "project", "review", "draft", "as", "discussed", "report",
    "numbers", "quarter", "call", "tomorrow", "at", "office", "question",
    "about", "contract", "send", "before", "Friday", "delivery", "customer",
    "price", "new", "offer", "from", "our", "shop", "until", "end", "month",
    "unsubscribe", "here", "https://www.example/a?id=48151623", "minutes",
    "budget", "and/or"};
// clang-format on

// Lines as one finds them here and there: quoted text, white space at the end,
// an indented block, a line that mbox has to quote.
constexpr std::array<std::string_view, 8> kOddLines = {
    "> earlier text, quoted",
    ">> and earlier",
    "two  spaces, a\ttab and more at the end \t",
    "\tindented",
    "--",
    "",
    " ",
    "From here on it is downhill.",
};

std::string_view Word(Random& random) {
  return kWords[random.Next() % kWords.size()];
}

std::string Boundary(Random& random) {
  return Joined({"----=_Part_", std::to_string(random.Below(1'000'000)), "_",
                 std::to_string(random.Below(1'000'000'000))});
}

void AppendPartHead(std::string_view boundary, std::string_view type,
                    std::string_view encoding, std::string& out) {
  out += "--";
  out += boundary;
  out += "\r\nContent-Type: ";
  out += type;
  out += "\r\nContent-Transfer-Encoding: ";
  out += encoding;
  out += "\r\n\r\n";
}

// A text part, and HTML that is three times as long.
std::string Alternative(Random& random, std::string_view boundary,
                        size_t size) {
  std::string out;
  AppendPartHead(boundary, "text/plain; charset=utf-8", "7bit", out);
  AppendTextLines(random, size / 4, out);
  out += "\r\n";
  AppendPartHead(boundary, "text/html; charset=utf-8", "quoted-printable", out);
  AppendQuotedPrintable(random, size / 4 * 3, out);
  out += "\r\n--" + std::string(boundary) + "--\r\n";
  return out;
}

MadeBody PlainBody(Random& random, size_t size) {
  MadeBody body{"text/plain; charset=utf-8", "7bit", ""};
  AppendTextLines(random, size, body.text);
  if (random.Chance(0.2)) {
    body.transfer_encoding = "8bit";
    body.text +=
        "Mit freundlichen Gr\xc3\xbc\xc3\x9f"
        "en\r\n";
  }
  return body;
}

MadeBody AlternativeBody(Random& random, size_t size) {
  const std::string boundary = Boundary(random);
  return {"multipart/alternative;\r\n boundary=\"" + boundary + "\"", "7bit",
          Alternative(random, boundary, size)};
}

MadeBody MixedBody(Random& random, size_t size) {
  const std::string outer = Boundary(random);
  const std::string inner = Boundary(random);
  MadeBody body{"multipart/mixed;\r\n boundary=\"" + outer + "\"", "7bit", ""};
  body.text = "This is a multi-part message in MIME format.\r\n--" + outer +
              "\r\nContent-Type: multipart/alternative;\r\n boundary=\"" +
              inner + "\"\r\n\r\n";
  const size_t text_size = size < 20'000 ? size / 3 : 6'000;
  body.text += Alternative(random, inner, text_size) + "\r\n";
  AppendPartHead(outer,
                 "application/pdf; name=\"document.pdf\"\r\n"
                 "Content-Disposition: attachment; filename=\"document.pdf\"",
                 "base64", body.text);
  AppendBase64(random, size > text_size ? size - text_size : 100, body.text);
  body.text += "\r\n--" + outer + "--\r\n";
  return body;
}

void AppendAnswer(Random& random, size_t end, std::string& out) {
  out += "On Mon, " + Words(random, 30) + " wrote:\r\n";
  while (out.size() < end) {
    for (uint64_t lines = 1 + random.Below(6); lines > 0; --lines) {
      out += random.Chance(0.3) ? "> > " : "> ";
      out += Words(random, 68) + "\r\n";
    }
    out += "\r\n";
    AppendPlainLines(random, 40 + random.Below(400), out);
    out += "\r\n";
  }
}

void AppendPatch(Random& random, size_t end, std::string& out) {
  AppendPlainLines(random, 200, out);
  out += "---\r\n src/main.c | 12 ++++++------\r\n\r\n";
  out += "diff --git a/src/main.c b/src/main.c\r\n";
  while (out.size() < end) {
    out += "@@ -" + std::to_string(random.Below(4000)) + ",7 +17,8 @@\r\n";
    for (int line = 0; line < 8; ++line) {
      constexpr std::array<std::string_view, 4> kStarts = {" \t", " \t\t",
                                                           "-\t", "+\t"};
      out += kStarts[random.Below(kStarts.size())];
      out += Words(random, 10 + random.Below(50)) + ";\r\n";
    }
    // The unchanged empty line of a patch: a blank that ends a line.
    out += " \r\n";
  }
}

}  // namespace

void AppendTextLines(Random& random, size_t size, std::string& out) {
  const size_t end = out.size() + size;
  while (out.size() < end) {
    AppendPlainLines(random, 400, out);
    if (random.Chance(0.3)) {
      // The last one, which mbox quotes, in few messages only.
      const bool from = random.Chance(0.004);
      out += from ? kOddLines.back()
                  : kOddLines[random.Below(kOddLines.size() - 1)];
      out += "\r\n";
    }
  }
}

void AppendQuotedPrintable(Random& random, size_t size, std::string& out) {
  constexpr std::array<std::string_view, 8> kPieces = {
      "<td style=3D\"padding:0 12px\">",
      "</td></tr>",
      "=C3=A9",
      "=E2=80=99",
      "<a href=3D\"https://www.example/",
      "<p class=3D\"c\">",
      "=20",
      "&nbsp;"};
  const size_t end = out.size() + size;
  size_t line = 0;
  while (out.size() < end || line != 0) {
    const uint64_t draw = random.Next();
    const std::string_view piece =
        draw % 3 == 0 ? kPieces[draw >> 32 & 7] : kWords[draw >> 40 & 63];
    if (line + piece.size() + 1 > 75) {
      out += out.size() < end ? "=\r\n" : "\r\n";
      line = 0;
      continue;
    }
    out += piece;
    line += piece.size();
    if (piece[0] != '=' && line < 74) {
      out += ' ';
      ++line;
    }
  }
}

void AppendBase64(Random& random, size_t size, std::string& out) {
  constexpr std::string_view kAlphabet =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  for (size_t lines = size / 78 + 1; lines > 0; --lines) {
    char line[80];
    for (size_t i = 0; i < 80; i += 10) {
      uint64_t bits = random.Next();
      for (size_t j = 0; j < 10; ++j, bits >>= 6)
        line[i + j] = kAlphabet[bits & 63];
    }
    out.append(line, 76);
    out += "\r\n";
  }
}

void AppendPlainLines(Random& random, size_t size, std::string& out) {
  const size_t end = out.size() + size;
  while (out.size() < end) {
    out += Words(random, 72);
    out += "\r\n";
  }
}

std::string Words(Random& random, size_t size) {
  std::string out(Word(random));
  while (true) {
    const std::string_view word = Word(random);
    if (out.size() + 1 + word.size() > size) return out;
    out += ' ';
    out += word;
  }
}

MadeBody MakeBody(Random& random, size_t size) {
  const double draw = random.Unit();
  if (size < 4'000) {
    return draw < 0.7 ? PlainBody(random, size) : AlternativeBody(random, size);
  }
  if (size < 60'000) {
    return draw < 0.15   ? PlainBody(random, size)
           : draw < 0.85 ? AlternativeBody(random, size)
                         : MixedBody(random, size);
  }
  return draw < 0.05   ? PlainBody(random, size)
         : draw < 0.25 ? AlternativeBody(random, size)
                       : MixedBody(random, size);
}

MadeBody MakeListBody(Random& random, size_t size) {
  MadeBody body{"text/plain; charset=utf-8", "7bit", ""};
  if (random.Chance(0.35)) {
    AppendPatch(random, size, body.text);
  } else {
    AppendAnswer(random, size, body.text);
  }
  body.text += "-- \r\n" + Words(random, 20) + "\r\n";
  return body;
}

}  // namespace mailassay::bench
