// The page method.txt while it is written: text in lines of 80 columns, tables
// of numbers, commands.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <utility>

namespace mailassay::audit {

inline constexpr std::string_view kPageIndent = "  ";

// "1,234 messages".
std::string CountOf(uint64_t count, std::string_view noun);

// Text in lines of 80 columns.  What is to be copied, a path or a command, is
// never broken inside a word.
class Page {
 public:
  void Title(std::string_view text);
  // Numbered from 1.
  void Heading(std::string_view text);
  void Paragraph(std::string_view text);
  void Line(std::string_view text);
  // A line of its own, however long: to be copied.
  void Verbatim(std::string_view text);
  // Explains the line before.
  void Under(std::string_view text);
  // A command of the program, broken between words as a shell takes it; what
  // is to be copied is never broken inside a word.
  void Command(std::span<const std::string> words);

  std::string Take() && { return std::move(out_); }

 private:
  std::string out_;
  int headings_ = 0;
};

// A table of numbers with what each means.
struct Figure {
  std::string label;
  uint64_t count = 0;
  std::string more;  // behind the number
  std::string_view meaning;
};
void PutFigures(std::span<const Figure> figures, Page* page);

}  // namespace mailassay::audit
