#include "lib/mail/content_type.h"

#include <array>

#include "lib/base/ascii.h"

namespace mailassay::mail {
namespace {

constexpr size_t kMaxBoundary = 256;

// RFC 2045 5.1 "tspecials", and what ends a token anyway.
bool EndsToken(char c) {
  static constexpr auto kEnds = [] {
    std::array<bool, 256> ends{};
    for (const char end : std::string_view("()<>@,;:\\\"/[]?= \t\r\n")) {
      ends[static_cast<unsigned char>(end)] = true;
    }
    return ends;
  }();
  return kEnds[static_cast<unsigned char>(c)];
}

class Parser {
 public:
  explicit Parser(std::string_view text) : text_(text) {}

  ContentType Parse() {
    ContentType type;
    type.type = AsciiLower(Token());
    if (type.type.empty() || !Take('/')) return {};
    type.type += '/';
    type.type += AsciiLower(Token());
    std::string pieces;
    while (SkipTo(';')) {
      const std::string name = AsciiLower(Token());
      if (!Take('=')) continue;
      const std::string value = Value();
      if (name == "boundary" && type.boundary.empty()) type.boundary = value;
      if (name.starts_with("boundary*")) pieces += value;
    }
    if (type.boundary.empty()) type.boundary = std::move(pieces);
    Check(&type);
    return type;
  }

 private:
  static void Check(ContentType* type) {
    std::string& boundary = type->boundary;
    // RFC 2046 5.1.1: it does not end in white space.
    while (!boundary.empty() && IsWsp(boundary.back())) boundary.pop_back();
    const bool usable = type->type.starts_with("multipart/") &&
                        boundary.size() <= kMaxBoundary &&
                        boundary.find('\n') == boundary.npos;
    if (!usable) boundary.clear();
  }

  // White space and comments, which nest (RFC 5322 3.2.2).
  void SkipCfws() {
    int depth = 0;
    while (at_ < text_.size()) {
      const char c = text_[at_];
      if (c == '(') {
        ++depth;
      } else if (c == ')' && depth > 0) {
        --depth;
      } else if (depth > 0) {
        if (c == '\\') ++at_;
      } else if (!IsFws(c)) {
        return;
      }
      ++at_;
    }
  }

  std::string_view Token() {
    SkipCfws();
    const size_t begin = at_;
    while (at_ < text_.size() && !EndsToken(text_[at_])) ++at_;
    return text_.substr(begin, at_ - begin);
  }

  bool Take(char c) {
    SkipCfws();
    if (at_ >= text_.size() || text_[at_] != c) return false;
    ++at_;
    return true;
  }

  // Behind the next such octet that is in no quoted string and no comment.
  bool SkipTo(char c) {
    while (true) {
      SkipCfws();
      if (at_ >= text_.size()) return false;
      if (text_[at_] == c) {
        ++at_;
        return true;
      }
      if (text_[at_] == '"') {
        Quoted();
      } else {
        ++at_;
      }
    }
  }

  // REQUIRES: a quote is next.
  std::string Quoted() {
    std::string value;
    for (++at_; at_ < text_.size() && text_[at_] != '"'; ++at_) {
      if (text_[at_] == '\\' && at_ + 1 < text_.size()) ++at_;
      if (text_[at_] != '\r' && text_[at_] != '\n') value.push_back(text_[at_]);
    }
    ++at_;
    return value;
  }

  // Unquoted values are taken as programs write them, tspecials and all.
  std::string Value() {
    SkipCfws();
    if (at_ < text_.size() && text_[at_] == '"') return Quoted();
    const size_t begin = at_;
    while (at_ < text_.size() && !IsFws(text_[at_]) && text_[at_] != ';') ++at_;
    return std::string(text_.substr(begin, at_ - begin));
  }

  std::string_view text_;
  size_t at_ = 0;
};

}  // namespace

ContentType ParseContentType(std::string_view value) {
  return Parser(value).Parse();
}

}  // namespace mailassay::mail
