// Hashes one body for all signatures of a message, under every reading that
// may be the signer's: as it stands; each LF as a line end; lines ">From " as
// "From "; both; and, where that is asked for, lines " From " so, too.  A
// reading is forked from the one it comes from at the octet where they begin to
// differ, so a body that can be read in one way only costs nothing more.
//
// Used by one thread at a time, for any number of bodies one after the other.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <string_view>
#include <vector>

#include "lib/base/digest.h"
#include "lib/crypto/hash.h"
#include "lib/crypto/lane_hasher.h"
#include "lib/dkim/body_facts.h"
#include "lib/dkim/canonical.h"
#include "lib/dkim/from_lines.h"
#include "lib/dkim/reason.h"
#include "lib/dkim/signature.h"

namespace mailassay::dkim {

// What one signature wants hashed.
struct BodyRequest {
  Canonicalization algorithm = Canonicalization::kSimple;
  crypto::HashAlgorithm hash = crypto::HashAlgorithm::kSha256;
  std::optional<uint64_t> length;  // l=
};

class BodyReadings final : private FromLines::Visitor {
 public:
  BodyReadings();
  ~BodyReadings();
  // A copy goes on from where the original stands.  REQUIRES: not in a lane.
  BodyReadings(const BodyReadings& other);
  BodyReadings& operator=(const BodyReadings&) = delete;
  BodyReadings(BodyReadings&&) noexcept;
  BodyReadings& operator=(BodyReadings&&) noexcept;

  // Are lines " From " looked for?  To look for them costs, since blanks begin
  // many lines, and they are rare.
  enum class Blanks : uint8_t { kPlain, kQuotes };
  // `lf_is_line_end`: of the first reading.
  void Begin(bool lf_is_line_end, const std::vector<BodyRequest>& requests,
             Blanks blanks = Blanks::kPlain);
  // Lines ">From", whatever follows, are read as lines ">From " are: the
  // message comes from a tool that quotes them all.  REQUIRES: nothing has been
  // fed.
  void UnquoteAnyFrom() {
    from_lines_ = FromLines(FromLines::Quote::kAngleOfAny);
  }

  // One hash answers all requests, and a lane has it: SHA-256 of the whole body
  // in one canonical form.
  static bool FitsLane(const std::vector<BodyRequest>& requests);
  // As Begin, but hashes in a lane: in `stream`, which is open and empty.  Of
  // several readings a lane follows one: line ends as Begin's first reading has
  // them, and lines ">From " without the ">" if `from_unquoted`.
  // REQUIRES: FitsLane(requests); `hasher` stays until the end of the body.
  void BeginInLane(bool lf_is_line_end,
                   const std::vector<BodyRequest>& requests,
                   crypto::LaneHasher& hasher, size_t stream,
                   bool from_unquoted);
  // Finish has closed the stream, and this is what came out of it.
  void TakeDigest(const Digest& digest);
  // False: a reading that the lane did not follow may be the one of which
  // `wanted` is the hash, and Find cannot tell.  REQUIRES: as Find.
  bool Settles(const BodyRequest& request, const Digest& wanted) const;

  // Nothing is asked for, so Feed may be left out.
  bool idle() const { return requests_ == 0; }
  // `facts`: BodyFacts::Add of the same bytes.
  void Feed(std::string_view bytes, BodyFacts::Piece facts);
  void Finish();

  struct Answer {
    // size 0: l= is longer than the body, or the library refused the hash.
    Digest digest;
    uint64_t body_bytes = 0;  // canonical octets of the whole body
    // kMixedEol, kFromUnquoted, kFromUnspaced: what the reading has that the
    // first has not.
    FlagSet flags;
  };
  // The first reading whose hash is `wanted`, else the first reading.
  // REQUIRES: Finish; `request` is one of Begin's.
  Answer Find(const BodyRequest& request, const Digest& wanted) const;
  // Gives back what the readings behind the first took; no more is asked.
  void Release();

 private:
  class HashSink;
  class LaneSink;
  struct Stream;
  struct Lane {
    crypto::LaneHasher* hasher;
    size_t stream;
    BodyCanonicalizer* canonicalizer;  // of the first reading's one track
    HashSink* sink;                    // likewise; idle while in the lane
    bool from_unquoted;                // of the reading that is followed
    uint64_t size = 0;                 // canonical octets so far
  };
  // Index of a reading: bits of what it has that the first has not.
  static constexpr size_t kLf = 1;
  static constexpr size_t kUnquoted = 2;
  static constexpr size_t kUnspaced = 4;  // never with kUnquoted
  static constexpr size_t kReadings = 6;

  // What FromLines gives of blanks.
  class BlankVisitor final : public FromLines::Visitor {
   public:
    explicit BlankVisitor(BodyReadings& readings) : readings_(readings) {}
    void OnText(std::string_view text) override { readings_.Take(text); }
    void OnQuote(FromLines::LineStart start) override {
      readings_.TakeBlank(start);
    }

   private:
    BodyReadings& readings_;
  };

  void OnText(std::string_view text) override;
  void OnQuote(FromLines::LineStart start) override;
  void Take(std::string_view text);
  void TakeBlank(FromLines::LineStart start);
  // Drops the quote in the reading `without`, which may begin here.
  void FeedQuote(size_t raw, size_t without, std::string_view quote,
                 FromLines::LineStart start);
  void FeedAll(std::string_view text);
  void FeedOne(size_t reading, std::string_view text);
  void OnQuoteInLane(FromLines::LineStart start);
  void ForkAtBareLf();
  void Fork(size_t from, size_t to);

  size_t requests_ = 0;
  bool lf_is_line_end_ = false;
  // The piece in hand may hold the first LF without CR.
  bool watch_bare_lf_ = false;
  bool last_is_cr_ = false;
  FromLines from_lines_;
  std::optional<FromLines> blank_lines_;  // behind from_lines_
  std::optional<Lane> lane_;
  bool unfollowed_ = false;  // the lane's body has another reading
  FlagSet lane_flags_;       // of the reading that was followed
  // The first is kept and used again; the others live for one body.
  std::array<std::unique_ptr<Stream>, kReadings> streams_;
};

}  // namespace mailassay::dkim
