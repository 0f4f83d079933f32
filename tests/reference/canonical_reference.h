// Plain models of RFC 6376 3.4, one reading of the text each, to check the
// product's canonicalisers against and to sign test mail with.  They take CRLF
// text; a bare CR or LF is an octet like any other.  Slow and meant to be: no
// cleverness, nothing shared with lib/.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace mailassay::reference {

// The lines of `text` without their CRLF.  Text after the last CRLF is a line
// too, for both algorithms add the CRLF that it lacks (3.4.3, 3.4.4).
inline std::vector<std::string> Lines(std::string_view text) {
  std::vector<std::string> lines;
  while (!text.empty()) {
    const size_t end = text.find("\r\n");
    lines.emplace_back(text.substr(0, end));
    text.remove_prefix(end == text.npos ? text.size() : end + 2);
  }
  return lines;
}

// The lines joined again, without the empty ones at the end.
inline std::string JoinWithoutEmptyTail(std::vector<std::string> lines) {
  while (!lines.empty() && lines.back().empty()) lines.pop_back();
  std::string text;
  for (const std::string& line : lines) text += line + "\r\n";
  return text;
}

// 3.4.4 a, 3.4.2: runs of SP and TAB become one SP.
inline std::string ReduceWsp(std::string_view text) {
  std::string out;
  for (char c : text) {
    if (c == '\t') c = ' ';
    if (c != ' ' || !out.ends_with(' ')) out += c;
  }
  return out;
}

// 3.4.3: empty lines at the end are dropped; an empty body is one CRLF.
inline std::string SimpleBody(std::string_view body) {
  const std::string text = JoinWithoutEmptyTail(Lines(body));
  return text.empty() ? "\r\n" : text;
}

// 3.4.4: white space reduced, none at a line's end, then empty lines at the
// end dropped; an empty body stays empty.
inline std::string RelaxedBody(std::string_view body) {
  std::vector<std::string> lines = Lines(body);
  for (std::string& line : lines) {
    line = ReduceWsp(line);
    if (line.ends_with(' ')) line.pop_back();
  }
  return JoinWithoutEmptyTail(lines);
}

// 3.4.1: unchanged.  The closing CRLF is added when the caller left it out.
inline std::string SimpleField(std::string_view field) {
  std::string out(field);
  if (!out.ends_with("\r\n")) out += "\r\n";
  return out;
}

// 3.4.2: name in lower case, unfolded, white space reduced and none around the
// colon or at the end; closed by CRLF.  REQUIRES: a colon.
inline std::string RelaxedField(std::string_view field) {
  std::string unfolded;
  for (const std::string& line : Lines(field)) unfolded += line;
  const size_t colon = unfolded.find(':');
  std::string name = ReduceWsp(unfolded.substr(0, colon));
  std::string value = ReduceWsp(unfolded.substr(colon + 1));
  if (name.ends_with(' ')) name.pop_back();
  if (value.starts_with(' ')) value.erase(0, 1);
  if (value.ends_with(' ')) value.pop_back();
  for (char& c : name) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c | 0x20);
  }
  return name + ":" + value + "\r\n";
}

}  // namespace mailassay::reference
