#include "lib/dkim/body_readings.h"

#include <algorithm>
#include <cassert>
#include <utility>

namespace mailassay::dkim {
namespace {

constexpr size_t kAlgorithms = 2;  // of Canonicalization
constexpr size_t kHashes = 2;      // of crypto::HashAlgorithm

constexpr std::string_view kQuote = ">";
constexpr std::string_view kBlank = " ";

size_t IndexOf(Canonicalization algorithm) {
  return static_cast<size_t>(algorithm);
}
size_t IndexOf(crypto::HashAlgorithm hash) { return static_cast<size_t>(hash); }

}  // namespace

// Counts and hashes the canonical octets of one body, and takes a copy of the
// hash at each l=.
class BodyReadings::HashSink final : public BufferSink {
 public:
  void Reset() {
    for (Line& line : lines_) {
      line.used = line.want_whole = false;
      line.cuts.clear();
      line.next_cut = 0;
    }
    size_ = 0;
  }

  void Want(const BodyRequest& request) {
    Line& line = lines_[IndexOf(request.hash)];
    if (!line.used) {
      if (line.hasher) {
        line.hasher->Reset();
      } else {
        line.hasher.emplace(request.hash);
      }
    }
    line.used = true;
    if (request.length) {
      line.cuts.push_back({.length = *request.length, .digest = {}});
    } else {
      line.want_whole = true;
    }
  }

  void SortCuts() {
    for (Line& line : lines_) {
      const auto less = [](const Cut& a, const Cut& b) {
        return a.length < b.length;
      };
      const auto equal = [](const Cut& a, const Cut& b) {
        return a.length == b.length;
      };
      std::sort(line.cuts.begin(), line.cuts.end(), less);
      line.cuts.erase(std::unique(line.cuts.begin(), line.cuts.end(), equal),
                      line.cuts.end());
    }
  }

  void Write(std::string_view canonical) override {
    for (Line& line : lines_) {
      if (line.used) Update(line, canonical);
    }
    size_ += canonical.size();
  }

  void Finish() {
    for (Line& line : lines_) {
      if (!line.used) continue;
      Update(line, {});  // a cut at the very end
      if (line.want_whole) line.whole = line.hasher->Finish();
    }
  }

  // What a lane has hashed to the end.
  void SetWhole(const Digest& digest, uint64_t size) {
    lines_[IndexOf(crypto::HashAlgorithm::kSha256)].whole = digest;
    size_ = size;
  }

  // size 0: the body is shorter than l=.
  Digest Find(const BodyRequest& request) const {
    const Line& line = lines_[IndexOf(request.hash)];
    if (!request.length) return line.whole;
    const auto cut = std::lower_bound(
        line.cuts.begin(), line.cuts.end(), *request.length,
        [](const Cut& c, uint64_t length) { return c.length < length; });
    return cut->digest;
  }

  uint64_t size() const { return size_; }

 private:
  struct Cut {
    uint64_t length = 0;
    Digest digest;  // size 0: not reached
  };
  // One running hash.
  struct Line {
    bool used = false;
    bool want_whole = false;
    std::optional<crypto::Hasher> hasher;
    std::vector<Cut> cuts;  // by length, distinct
    size_t next_cut = 0;
    Digest whole;
  };

  // `canonical` begins at octet size_.
  void Update(Line& line, std::string_view canonical) {
    uint64_t position = size_;
    for (; line.next_cut < line.cuts.size(); ++line.next_cut) {
      Cut& cut = line.cuts[line.next_cut];
      if (cut.length - position > canonical.size()) break;
      const size_t part = static_cast<size_t>(cut.length - position);
      line.hasher->Update(canonical.substr(0, part));
      canonical.remove_prefix(part);
      position = cut.length;
      crypto::Hasher copy = *line.hasher;
      cut.digest = copy.Finish();
    }
    if (!canonical.empty()) line.hasher->Update(canonical);
  }

  std::array<Line, kHashes> lines_;
  uint64_t size_ = 0;
};

class BodyReadings::LaneSink final : public Sink {
 public:
  static_assert(crypto::LaneHasher::kLeastRoom >= kLeastRoom);

  explicit LaneSink(Lane& lane) : lane_(lane) {}
  std::span<char> Room() override { return lane_.hasher->Room(lane_.stream); }
  void Commit(size_t octets) override {
    lane_.hasher->Commit(lane_.stream, octets);
    lane_.size += octets;
  }

 private:
  Lane& lane_;
};

// One reading of the body, under each algorithm that is asked for.
struct BodyReadings::Stream {
  struct Track {
    bool used = false;
    std::optional<BodyCanonicalizer> canonicalizer;
    HashSink sink;
  };

  void Begin(bool lf_is_line_end, const std::vector<BodyRequest>& requests) {
    const Reading reading{.lf_is_line_end = lf_is_line_end};
    for (Track& track : tracks) {
      track.used = false;
      track.sink.Reset();
    }
    for (const BodyRequest& request : requests) {
      Track& track = tracks[IndexOf(request.algorithm)];
      if (!track.canonicalizer) {
        track.canonicalizer.emplace(request.algorithm, reading);
      } else if (!track.used) {
        track.canonicalizer->Reset(request.algorithm, reading);
      }
      track.used = true;
      track.sink.Want(request);
    }
    for (Track& track : tracks) track.sink.SortCuts();
  }

  void Feed(std::string_view text) {
    for (Track& track : tracks) {
      if (track.used) track.canonicalizer->Feed(text, track.sink);
    }
  }

  void Finish() {
    for (Track& track : tracks) {
      if (!track.used) continue;
      track.canonicalizer->Finish(track.sink);
      track.sink.Finish();
    }
  }

  std::array<Track, kAlgorithms> tracks;
};

BodyReadings::BodyReadings() = default;
BodyReadings::~BodyReadings() = default;
BodyReadings::BodyReadings(const BodyReadings& other)
    : requests_(other.requests_),
      lf_is_line_end_(other.lf_is_line_end_),
      watch_bare_lf_(other.watch_bare_lf_),
      last_is_cr_(other.last_is_cr_),
      from_lines_(other.from_lines_),
      blank_lines_(other.blank_lines_),
      unfollowed_(other.unfollowed_),
      lane_flags_(other.lane_flags_) {
  assert(!other.lane_);
  for (size_t i = 0; i < kReadings; ++i) {
    if (!other.streams_[i]) continue;
    streams_[i] = std::make_unique<Stream>(*other.streams_[i]);
  }
}
BodyReadings::BodyReadings(BodyReadings&&) noexcept = default;
BodyReadings& BodyReadings::operator=(BodyReadings&&) noexcept = default;

void BodyReadings::Begin(bool lf_is_line_end,
                         const std::vector<BodyRequest>& requests,
                         Blanks blanks) {
  requests_ = requests.size();
  lf_is_line_end_ = lf_is_line_end;
  watch_bare_lf_ = last_is_cr_ = false;
  from_lines_ = FromLines();
  blank_lines_.reset();
  if (blanks == Blanks::kQuotes) {
    blank_lines_.emplace(FromLines::Quote::kBlank);
  }
  assert(!lane_);  // its stream would stay open for ever
  unfollowed_ = false;
  lane_flags_ = {};
  Release();
  if (!streams_[0]) streams_[0] = std::make_unique<Stream>();
  streams_[0]->Begin(lf_is_line_end, requests);
}

void BodyReadings::Release() {
  for (size_t i = 1; i < kReadings; ++i) streams_[i].reset();
}

bool BodyReadings::FitsLane(const std::vector<BodyRequest>& requests) {
  return !requests.empty() &&
         std::all_of(requests.begin(), requests.end(),
                     [&](const BodyRequest& request) {
                       return request.hash == crypto::HashAlgorithm::kSha256 &&
                              request.algorithm == requests[0].algorithm &&
                              !request.length;
                     });
}

void BodyReadings::BeginInLane(bool lf_is_line_end,
                               const std::vector<BodyRequest>& requests,
                               crypto::LaneHasher& hasher, size_t stream,
                               bool from_unquoted) {
  assert(FitsLane(requests));
  Begin(lf_is_line_end, requests);
  Stream::Track& track = streams_[0]->tracks[IndexOf(requests[0].algorithm)];
  lane_ = Lane{.hasher = &hasher,
               .stream = stream,
               .canonicalizer = &*track.canonicalizer,
               .sink = &track.sink,
               .from_unquoted = from_unquoted};
}

void BodyReadings::TakeDigest(const Digest& digest) {
  assert(lane_);
  lane_->sink->SetWhole(digest, lane_->size);
  lane_.reset();
}

void BodyReadings::Feed(std::string_view bytes, BodyFacts::Piece facts) {
  if (bytes.empty()) return;
  const bool bare_lf_differs = facts.bare_lf && !lf_is_line_end_;
  if (lane_) {
    unfollowed_ |= bare_lf_differs;
  } else {
    watch_bare_lf_ = bare_lf_differs && !streams_[kLf];
  }
  const bool may_quote = facts.quote_line && facts.quote_f;
  if (may_quote || from_lines_.NeedsFeed(bytes)) {
    from_lines_.Feed(bytes, *this);
  } else {
    from_lines_.Skip(bytes);
    OnText(bytes);
  }
}

void BodyReadings::OnText(std::string_view text) {
  if (!blank_lines_) return Take(text);
  BlankVisitor visitor(*this);
  blank_lines_->Feed(text, visitor);
}

// Where the first LF without CR stands in `text`, the reading that takes it for
// a line end begins.
void BodyReadings::Take(std::string_view text) {
  if (text.empty()) return;
  if (watch_bare_lf_) {
    size_t lf = text.find('\n');
    while (lf != text.npos && (lf > 0 ? text[lf - 1] == '\r' : last_is_cr_)) {
      lf = text.find('\n', lf + 1);
    }
    if (lf != text.npos) {
      FeedAll(text.substr(0, lf));
      ForkAtBareLf();
      text.remove_prefix(lf);
    }
  }
  FeedAll(text);
}

void BodyReadings::FeedAll(std::string_view text) {
  if (text.empty()) return;
  for (size_t i = 0; i < kReadings; ++i) {
    if (streams_[i]) FeedOne(i, text);
  }
  last_is_cr_ = text.back() == '\r';
}

void BodyReadings::FeedOne(size_t reading, std::string_view text) {
  if (lane_) {
    LaneSink sink(*lane_);
    lane_->canonicalizer->Feed(text, sink);
  } else {
    streams_[reading]->Feed(text);
  }
}

void BodyReadings::ForkAtBareLf() {
  watch_bare_lf_ = false;
  for (const size_t reading : {size_t{0}, kUnquoted, kUnspaced}) {
    if (!streams_[reading]) continue;
    Fork(reading, reading | kLf);
    for (Stream::Track& track : streams_[reading | kLf]->tracks) {
      if (track.used) track.canonicalizer->ReadLfAsLineEnd();
    }
  }
}

void BodyReadings::Fork(size_t from, size_t to) {
  streams_[to] = std::make_unique<Stream>(*streams_[from]);
}

void BodyReadings::OnQuoteInLane(FromLines::LineStart start) {
  const bool begins_line =
      start == FromLines::LineStart::kCrlf || lf_is_line_end_;
  unfollowed_ |= begins_line;
  if (begins_line && lane_->from_unquoted) {
    lane_flags_.Add(Flag::kFromUnquoted);
  } else {
    FeedOne(0, kQuote);
  }
  last_is_cr_ = false;
}

void BodyReadings::OnQuote(FromLines::LineStart start) {
  if (lane_) return OnQuoteInLane(start);
  // Here no blank is held: a line begins.
  if (blank_lines_) blank_lines_->Skip(kQuote);
  for (const size_t raw : {size_t{0}, kLf}) {
    if (streams_[raw]) FeedQuote(raw, kUnquoted, kQuote, start);
  }
  last_is_cr_ = false;
}

void BodyReadings::TakeBlank(FromLines::LineStart start) {
  for (const size_t raw : {size_t{0}, kLf}) {
    if (streams_[raw]) FeedQuote(raw, kUnspaced, kBlank, start);
  }
  last_is_cr_ = false;
}

void BodyReadings::FeedQuote(size_t raw, size_t without, std::string_view quote,
                             FromLines::LineStart start) {
  const bool begins_line =
      start == FromLines::LineStart::kCrlf || lf_is_line_end_ || raw == kLf;
  const size_t dropping = raw | without;
  const size_t other = raw | (without ^ kUnquoted ^ kUnspaced);
  if (!begins_line) {
    if (streams_[dropping]) FeedOne(dropping, quote);
  } else if (!streams_[dropping]) {
    Fork(raw, dropping);
  }
  if (streams_[other]) FeedOne(other, quote);
  FeedOne(raw, quote);
}

void BodyReadings::Finish() {
  from_lines_.Finish(*this);
  if (blank_lines_) {
    BlankVisitor visitor(*this);
    blank_lines_->Finish(visitor);
  }
  if (lane_) {
    LaneSink sink(*lane_);
    lane_->canonicalizer->Finish(sink);
    lane_->hasher->Close(lane_->stream);
    return;
  }
  for (const auto& stream : streams_) {
    if (stream) stream->Finish();
  }
}

bool BodyReadings::Settles(const BodyRequest& request,
                           const Digest& wanted) const {
  return !unfollowed_ || Find(request, wanted).digest == wanted;
}

BodyReadings::Answer BodyReadings::Find(const BodyRequest& request,
                                        const Digest& wanted) const {
  Answer first;
  for (size_t i = 0; i < kReadings; ++i) {
    if (!streams_[i]) continue;
    const HashSink& sink = streams_[i]->tracks[IndexOf(request.algorithm)].sink;
    Answer answer{.digest = sink.Find(request),
                  .body_bytes = sink.size(),
                  .flags = lane_flags_};
    if (i & kLf) answer.flags.Add(Flag::kMixedEol);
    if (i & kUnquoted) answer.flags.Add(Flag::kFromUnquoted);
    if (i & kUnspaced) answer.flags.Add(Flag::kFromUnspaced);
    if (answer.digest.size > 0 && answer.digest == wanted) return answer;
    if (i == 0) first = answer;
  }
  return first;
}

}  // namespace mailassay::dkim
