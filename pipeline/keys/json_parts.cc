#include "pipeline/keys/json_parts.h"

#include <iterator>

namespace mailassay::keys {
namespace {

using nlohmann::json;

// Hands characters to the JSON reader and counts lines behind its back, since
// the reader's events carry no position.
class CountingIterator {
 public:
  using iterator_category = std::input_iterator_tag;
  using value_type = char;
  using difference_type = std::ptrdiff_t;
  using pointer = const char*;
  using reference = const char&;

  CountingIterator(const char* at, size_t* line) : at_(at), line_(line) {}
  reference operator*() const { return *at_; }
  CountingIterator& operator++() {
    if (*at_++ == '\n') ++*line_;
    return *this;
  }
  CountingIterator operator++(int) {
    CountingIterator before = *this;
    ++*this;
    return before;
  }
  friend bool operator==(const CountingIterator& a, const CountingIterator& b) {
    return a.at_ == b.at_;
  }

 private:
  const char* at_;
  size_t* line_;
};

bool EndsPart(json::parse_event_t event) {
  return event == json::parse_event_t::value ||
         event == json::parse_event_t::object_end ||
         event == json::parse_event_t::array_end;
}

}  // namespace

json ParseJson(std::string_view text) {
  return json::parse(text.begin(), text.end(), nullptr,
                     /*allow_exceptions=*/false);
}

size_t ForEachPart(std::string_view text,
                   const std::function<void(const JsonPart&)>& visit) {
  constexpr int kOfTop = 1;
  constexpr int kMostDepth = 64;  // of no file of keys
  size_t line = 1, number = 0;
  std::string name;
  const auto take = [&](int depth, json::parse_event_t event, json& value) {
    if (depth > kMostDepth) return false;
    if (depth != kOfTop) return true;
    if (event == json::parse_event_t::key) {
      name = value.get_ref<const std::string&>();
    } else if (EndsPart(event)) {
      visit({name, value, line, ++number});
      return false;  // and it is forgotten
    }
    return true;
  };
  const json whole =
      json::parse(CountingIterator(text.data(), &line),
                  CountingIterator(text.data() + text.size(), &line), take,
                  /*allow_exceptions=*/false);
  return whole.is_discarded() || !whole.is_structured() ? line : 0;
}

const json& MemberAt(const json& object, std::string_view member) {
  static const json kNull;
  if (!object.is_object()) return kNull;
  const auto place = object.find(member);
  return place == object.end() ? kNull : *place;
}

const std::string* TextOf(const json& value) {
  return value.get_ptr<const std::string*>();
}

}  // namespace mailassay::keys
