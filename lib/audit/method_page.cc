#include "lib/audit/method_page.h"

#include <algorithm>

#include "lib/audit/figures.h"
#include "lib/base/concat.h"
#include "lib/base/safe_text.h"
#include "lib/base/shell_word.h"

namespace mailassay::audit {
namespace {

constexpr size_t kColumns = 80;

}  // namespace

std::string CountOf(uint64_t count, std::string_view noun) {
  return Concat(Grouped(count), " ", noun, count == 1 ? "" : "s");
}

void Page::Title(std::string_view text) {
  Line(text);
  Line(std::string(text.size(), '='));
}

void Page::Heading(std::string_view text) {
  Line("");
  Line("");
  Line(Concat(++headings_, ". ", text));
  Line(std::string(text.size() + 3, '-'));
}

void Page::Paragraph(std::string_view text) {
  Line("");
  AppendWrapped("", text, kColumns, &out_);
}

void Page::Line(std::string_view text) {
  out_ += text;
  out_ += '\n';
}

void Page::Verbatim(std::string_view text) {
  Line(SafeText(Concat(kPageIndent, kPageIndent, text)));
}

void Page::Under(std::string_view text) {
  AppendWrapped(std::string(6, ' '), text, kColumns, &out_);
}

void Page::Command(std::span<const std::string> words) {
  constexpr std::string_view kGoesOn = " \\";
  Line("");
  std::string line(kPageIndent);
  line += "mailassay";
  for (const std::string& word : words) {
    const std::string quoted = ShellWord(word);
    const size_t more = 1 + Columns(quoted) + kGoesOn.size();
    if (Columns(line) + more > kColumns) {
      Line(Concat(line, kGoesOn));
      line = std::string(5, ' ');
    }
    line += ' ';
    line += quoted;
  }
  Line(line);
}

void PutFigures(std::span<const Figure> figures, Page* page) {
  size_t label = 0, digits = 0;
  for (const Figure& figure : figures) {
    label = std::max(label, Columns(figure.label));
    digits = std::max(digits, Grouped(figure.count).size());
  }
  page->Line("");
  for (const Figure& figure : figures) {
    page->Line(Concat(kPageIndent, PadRight(figure.label, label), "  ",
                      PadLeft(Grouped(figure.count), digits), figure.more));
    if (!figure.meaning.empty()) page->Under(figure.meaning);
  }
}

}  // namespace mailassay::audit
