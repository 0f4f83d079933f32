// BodyCanonicalizer under every kernel level.  Properties, for each algorithm
// and each reading:
// - a body cut in any way gives what the plain models of RFC 6376 3.4 give,
//   into a sink of the least room, too;
// - a copy made in mid-stream goes on as the original does.
#include "lib/dkim/canonical.h"
#include "tests/dkim/body_model.h"
#include "tests/fuzz/fuzz_input.h"
#include "tests/fuzz/kernel_levels.h"

namespace mailassay::dkim {
namespace {

struct StringSink final : BufferSink {
  std::string text;
  void Write(std::string_view canonical) override { text += canonical; }
};

// Lends the least there may be, in new memory each time.
struct LeastSink final : Sink {
  std::unique_ptr<char[]> room;
  std::string text;
  std::span<char> Room() override {
    room = std::make_unique_for_overwrite<char[]>(kLeastRoom);
    return {room.get(), kLeastRoom};
  }
  void Commit(size_t octets) override {
    FUZZ_CHECK(octets <= kLeastRoom);
    text.append(room.get(), octets);
  }
};

using Pieces = std::vector<std::string_view>;

// Pieces [from, end) and the body's end.
void FeedRest(BodyCanonicalizer& body, const Pieces& pieces, size_t from,
              Sink& sink) {
  for (size_t i = from; i < pieces.size(); ++i) {
    body.Feed(ExactCopy(pieces[i]).text(), sink);
  }
  body.Finish(sink);
}

// `branch`: the piece before which a copy is made.
void Check(Canonicalization algorithm, Reading reading, std::string_view text,
           const Pieces& pieces, size_t branch) {
  const std::string expected = ModelBody(algorithm, reading, text);
  BodyCanonicalizer body(algorithm, reading);
  StringSink sink, copys_sink;
  for (size_t i = 0; i < branch; ++i) {
    body.Feed(ExactCopy(pieces[i]).text(), sink);
  }
  BodyCanonicalizer copy = body;
  copys_sink.text = sink.text;
  FeedRest(body, pieces, branch, sink);
  FeedRest(copy, pieces, branch, copys_sink);
  FUZZ_CHECK(sink.text == expected && copys_sink.text == expected);

  LeastSink least;
  body.Reset(algorithm, reading);
  FeedRest(body, {text}, 0, least);
  FUZZ_CHECK(least.text == expected);
}

void CheckAll(std::string_view text, std::string_view cuts, size_t choice) {
  const Pieces pieces = Cut(text, cuts);
  for (const auto algorithm :
       {Canonicalization::kSimple, Canonicalization::kRelaxed}) {
    for (const bool lf : {false, true}) {
      for (const bool unquote : {false, true}) {
        Check(algorithm, {.lf_is_line_end = lf, .unquote_from = unquote}, text,
              pieces, choice % pieces.size());
      }
    }
  }
}

void CheckInput(std::string_view input) {
  static const std::string kLong(61, 'x');
  static const std::string kBlank(61, ' ');
  static const std::string kLines(400, '\n');
  static const std::string_view kPieces[] = {
      "a",    " ",      "\t",    "\r",       "\n",     "\r\n",  " \r\n",
      kLong,  kBlank,   kLines,  "\n>From ", ">",      "From ", "\r\n>>From x",
      "\x80", "\r\r\n", "\x0B",  " \n",      "\t\r",   "Fro",   "m ",
      "\n>",  "F",      " a \n", "\n\n",     "\n>Fro", "!"};
  Choices choices(input);
  const size_t choice = choices.Octet();
  const std::string_view cuts = choices.Take();
  CheckAll(choices.rest(), cuts, choice);
  CheckAll(IntoPieces(choices.rest(), kPieces, 20'000), cuts, choice);
}

}  // namespace
}  // namespace mailassay::dkim

// Nothing is left to compare: the models are the same under every level.
std::string mailassay::Answer(std::string_view input) {
  dkim::CheckInput(input);
  return "";
}
