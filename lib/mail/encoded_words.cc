#include "lib/mail/encoded_words.h"

#include <algorithm>
#include <array>
#include <charconv>

#include "lib/base/ascii.h"
#include "lib/base/base64.h"

namespace mailassay::mail {
namespace {

// An octet below 128 is ASCII, or the second of a character that begins with
// one above: none of these can hide "@" or "<".
bool WritesAscii(std::string_view charset) {
  constexpr std::array<std::string_view, 16> kBegin = {
      "utf-8", "utf8",      "us-ascii", "ascii",    "iso-8859-", "iso8859-",
      "latin", "windows-1", "cp125",    "koi8-",    "gb",        "big5",
      "euc-",  "shift_jis", "ks_c_",    "macintosh"};
  return std::any_of(kBegin.begin(), kBegin.end(), [&](auto begin) {
    return StartsWithIgnoreCase(charset, begin);
  });
}

// RFC 2047 4.2.
std::string DecodeQ(std::string_view text) {
  std::string out;
  for (size_t i = 0; i < text.size(); ++i) {
    unsigned octet = 0;
    const char* const digits = text.data() + i + 1;
    if (text[i] == '=' && text.size() - i > 2 &&
        std::from_chars(digits, digits + 2, octet, 16).ptr == digits + 2) {
      out.push_back(static_cast<char>(octet));
      i += 2;
    } else {
      out.push_back(text[i] == '_' ? ' ' : text[i]);
    }
  }
  return out;
}

struct Word {
  std::string_view charset, encoding, text;
  size_t size = 0;  // octets of the whole; 0: no encoded word
};

// "=?" charset "?" encoding "?" text "?=" at the start of `in`.
Word TakeWord(std::string_view in) {
  if (!in.starts_with("=?")) return {};
  const size_t encoding = in.find('?', 2);
  if (encoding == in.npos || in.substr(encoding + 2, 1) != "?") return {};
  const size_t text = encoding + 3;
  const size_t end = in.find("?=", text);
  if (end == in.npos) return {};
  Word word{.charset = in.substr(2, encoding - 2),
            .encoding = in.substr(encoding + 1, 1),
            .text = in.substr(text, end - text),
            .size = end + 2};
  // RFC 2231 5: a language behind "*".
  word.charset = word.charset.substr(0, word.charset.find('*'));
  const bool sound = !word.charset.empty() &&
                     std::none_of(word.charset.begin(), word.charset.end(),
                                  [](char c) { return IsFws(c); });
  return sound ? word : Word();
}

// False: it is not what its encoding says.
bool AppendDecoded(const Word& word, std::string& out) {
  if (EqualsIgnoreCase(word.encoding, "q")) {
    out += DecodeQ(word.text);
    return true;
  }
  if (!EqualsIgnoreCase(word.encoding, "b")) return false;
  const Base64 decoded = DecodeBase64(word.text);
  if (!decoded.valid) return false;
  out.append(decoded.bytes.begin(), decoded.bytes.end());
  return true;
}

}  // namespace

std::optional<std::string> DecodeWords(std::string_view text,
                                       std::string_view edge) {
  std::string out;
  size_t run_end = std::string::npos;  // of the last run of words, in `out`
  while (!text.empty()) {
    const size_t begin = std::min(text.find("=?"), text.size());
    const std::string_view between = text.substr(0, begin);
    const Word word = TakeWord(text.substr(begin));
    if (word.size == 0) {
      out += text.substr(0, begin + 2);
      text.remove_prefix(std::min(begin + 2, text.size()));
      continue;
    }
    if (!WritesAscii(word.charset)) return std::nullopt;
    if (run_end == out.size() && TrimFws(between).empty()) {
      out.resize(run_end - edge.size());  // the run goes on
    } else {
      out.append(between).append(edge);
    }
    text.remove_prefix(begin);
    if (!AppendDecoded(word, out)) out += text.substr(0, word.size);
    out += edge;
    run_end = out.size();
    text.remove_prefix(word.size);
  }
  return out;
}

}  // namespace mailassay::mail
