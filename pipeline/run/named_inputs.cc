#include "pipeline/run/named_inputs.h"

#include "lib/base/concat.h"
#include "lib/base/safe_text.h"

namespace mailassay::run {
namespace {

std::string_view WithoutSlashes(std::string_view path) {
  while (path.ends_with('/')) path.remove_suffix(1);
  return path;
}

}  // namespace

void NamedInputs::Expect(const std::vector<source::SurveyedInput>& inputs,
                         bool whole) {
  whole_ = whole;
  for (const source::SurveyedInput& input : inputs) {
    numbers_.try_emplace(std::string(WithoutSlashes(input.path)),
                         inputs_.size());
    inputs_.push_back(
        {.path = input.path,
         .read_before = !input.repeats.empty() || input.has_repeats,
         .why = {}});
  }
}

NamedInputs::Named* NamedInputs::Find(std::string_view path) {
  const auto number = numbers_.find(path);
  return number == numbers_.end() ? nullptr : &inputs_[number->second];
}

// The file itself, and each directory named that it lies in.
void NamedInputs::Mark(std::string_view path) {
  while (true) {
    if (Named* named = Find(path)) named->has_mail = true;
    const size_t slash = path.rfind('/');
    if (slash == path.npos) return;
    path = WithoutSlashes(path.substr(0, slash));
  }
}

void NamedInputs::Add(const audit::Notes& notes) {
  for (const auto& [input, books] : notes.books) {
    // A single message that was named, FILE@OFFSET, is none of its file's.
    if (inputs_.size() == 1) inputs_.front().has_mail = true;
    Mark(input->archive.empty() ? input->file : input->archive);
  }
  for (const audit::ErrorRow& row : notes.errors) {
    if (row.damages()) continue;
    Named* named = Find(WithoutSlashes(row.file));
    if (named == nullptr) continue;
    std::string_view text = row.text;
    const std::string file = Concat(row.file, ": ");
    if (text.starts_with(file)) text.remove_prefix(file.size());
    named->why = text;
  }
}

std::vector<std::string> NamedInputs::Unread() const {
  std::vector<std::string> lines;
  for (const Named& named : inputs_) {
    if (named.has_mail ||
        (named.why.empty() && (!whole_ || named.read_before))) {
      continue;
    }
    const std::string name =
        named.path == "-" ? "standard input" : SafeText(named.path);
    lines.push_back(Concat(
        name, ": no mail was read: ",
        named.why.empty() ? "none was found in it" : SafeText(named.why)));
  }
  return lines;
}

}  // namespace mailassay::run
