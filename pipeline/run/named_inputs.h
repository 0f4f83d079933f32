// Which of the inputs that were named held mail.  What is met on a walk may be
// anything; who names a file or a directory expects mail in it, and is told
// when there is none.
#pragma once

#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "lib/audit/notes.h"
#include "pipeline/source/survey.h"

namespace mailassay::run {

class NamedInputs {
 public:
  // `whole`: all of the inputs is to be read, so that what holds no mail is
  // known in the end also of directories and archives.
  void Expect(const std::vector<source::SurveyedInput>& inputs, bool whole);
  void Add(const audit::Notes& notes);
  // A line for each input that was read and held no mail, in order.
  std::vector<std::string> Unread() const;

 private:
  struct Named {
    std::string path;
    bool read_before = false;  // under another name, in part or whole
    bool has_mail = false;
    std::string why;  // of a file that is no mail
  };
  Named* Find(std::string_view path);
  void Mark(std::string_view path);

  std::vector<Named> inputs_;
  std::map<std::string, size_t, std::less<>> numbers_;  // by path, in inputs_
  bool whole_ = false;
};

}  // namespace mailassay::run
