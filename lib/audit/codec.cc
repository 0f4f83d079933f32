#include "lib/audit/codec.h"

#include <algorithm>
#include <span>
#include <type_traits>
#include <utility>

// One description of each struct serves both directions: Visit(io, value)
// names the members in order, the Writer puts them out, the Reader takes them
// in.  So the two cannot drift apart.

namespace mailassay::audit {
namespace {

constexpr char kVersion = 5;
// Lower bounds of what one takes encoded.
constexpr size_t kMessageOctets = 28;
constexpr size_t kEvidenceOctets = 30;

class Writer {
 public:
  explicit Writer(std::string* out) : out_(out) {}
  static constexpr bool kReading = false;

  void Integer(uint64_t value) {
    while (value >= 0x80) {
      out_->push_back(static_cast<char>(value | 0x80));
      value >>= 7;
    }
    out_->push_back(static_cast<char>(value));
  }
  void operator()(uint64_t& value) { Integer(value); }
  void operator()(uint32_t& value) { Integer(value); }
  void operator()(bool& value) { Integer(value ? 1 : 0); }
  // Zigzag: small magnitudes of either sign stay short.
  void operator()(int64_t& value) {
    Integer(static_cast<uint64_t>(value) << 1 ^
            static_cast<uint64_t>(value >> 63));
  }
  template <typename Enum>
  requires std::is_enum_v<Enum>
  void Enumerator(Enum& value, size_t) {
    Integer(static_cast<uint64_t>(value));
  }
  void operator()(std::string& text) {
    Integer(text.size());
    out_->append(text);
  }
  void operator()(std::string_view& text) {
    Integer(text.size());
    out_->append(text);
  }
  void operator()(std::span<const uint8_t>& bytes) {
    Integer(bytes.size());
    out_->append(reinterpret_cast<const char*>(bytes.data()), bytes.size());
  }
  size_t Count(size_t count, size_t) {
    Integer(count);
    return count;
  }
  bool ok() const { return true; }

 private:
  std::string* out_;
};

class Reader {
 public:
  // Texts are put into `arena`.
  Reader(std::string_view in, Arena& arena) : in_(in), arena_(arena) {}
  static constexpr bool kReading = true;

  uint64_t Integer() {
    uint64_t value = 0;
    for (int shift = 0; shift < 64; shift += 7) {
      if (in_.empty()) break;
      auto octet = static_cast<unsigned char>(in_.front());
      in_.remove_prefix(1);
      value |= static_cast<uint64_t>(octet & 0x7f) << shift;
      if (octet < 0x80) return value;
    }
    ok_ = false;
    return 0;
  }
  void operator()(uint64_t& value) { value = Integer(); }
  void operator()(uint32_t& value) {
    uint64_t wide = Integer();
    if (wide > UINT32_MAX) ok_ = false;
    value = static_cast<uint32_t>(wide);
  }
  void operator()(bool& value) {
    uint64_t wide = Integer();
    if (wide > 1) ok_ = false;
    value = wide != 0;
  }
  void operator()(int64_t& value) {
    uint64_t zigzag = Integer();
    value = static_cast<int64_t>(zigzag >> 1 ^ (~(zigzag & 1) + 1));
  }
  template <typename Enum>
  requires std::is_enum_v<Enum>
  void Enumerator(Enum& value, size_t count) {
    uint64_t wide = Integer();
    if (wide >= count) {
      ok_ = false;
      return;
    }
    value = static_cast<Enum>(wide);
  }
  void operator()(std::string& text) { text = std::string(Bytes()); }
  void operator()(std::string_view& text) { text = arena_.Copy(Bytes()); }
  void operator()(std::span<const uint8_t>& bytes) {
    const std::string_view copy = arena_.Copy(Bytes());
    bytes = {reinterpret_cast<const uint8_t*>(copy.data()), copy.size()};
  }
  // An element takes at least `octets` encoded, so a count beyond what is left
  // is refused before anything is allocated for it.
  size_t Count(size_t, size_t octets) {
    uint64_t count = Integer();
    if (count > in_.size() / octets) {
      ok_ = false;
      return 0;
    }
    return static_cast<size_t>(count);
  }
  void Refuse() { ok_ = false; }
  bool ok() const { return ok_; }
  bool at_end() const { return in_.empty(); }
  std::string_view rest() const { return in_; }

 private:
  std::string_view Bytes() {
    uint64_t size = Integer();
    if (size > in_.size()) {
      ok_ = false;
      size = 0;
    }
    std::string_view taken = in_.substr(0, static_cast<size_t>(size));
    in_.remove_prefix(taken.size());
    return taken;
  }

  std::string_view in_;
  Arena& arena_;
  bool ok_ = true;
};

template <typename Io, typename T>
void VisitOptional(Io& io, std::optional<T>& value) {
  bool present = value.has_value();
  io(present);
  if (!present) return;
  if (!value) value.emplace();
  io(*value);
}

template <typename Io>
void Visit(Io& io, Digest& digest) {
  std::span<const uint8_t> bytes = digest.span();
  io(bytes);
  if constexpr (Io::kReading) {
    if (bytes.size() > digest.bytes.size()) return io.Refuse();
    digest.size = static_cast<uint8_t>(bytes.size());
    std::copy(bytes.begin(), bytes.end(), digest.bytes.begin());
  }
}

// FlagSet and AnomalySet: bits without a name are refused.
template <typename Io, typename Set>
void VisitBits(Io& io, Set& set, size_t count) {
  uint64_t bits = set.bits();
  io(bits);
  if constexpr (Io::kReading) {
    if (bits >> count != 0) return io.Refuse();
    set = Set::FromBits(static_cast<decltype(set.bits())>(bits));
  }
}

template <typename Io>
void Visit(Io& io, dkim::FlagSet& flags) {
  VisitBits(io, flags, static_cast<size_t>(dkim::Flag::kCount));
}

template <typename Io>
void Visit(Io& io, mail::AnomalySet& anomalies) {
  VisitBits(io, anomalies, static_cast<size_t>(mail::Anomaly::kCount));
}

constexpr auto kReasons = static_cast<size_t>(dkim::Reason::kCount);

// signed_names and the place of b= are spent when evidence exists; they are
// not kept.
template <typename Io>
void Visit(Io& io, dkim::Signature& s) {
  io.Enumerator(s.defect, kReasons);
  Visit(io, s.flags);
  io(s.domain);
  io(s.selector);
  io(s.header_d);
  io(s.header_s);
  io(s.header_a);
  io(s.header_i);
  io(s.auid_domain);
  io.Enumerator(s.key_type, 2);
  io.Enumerator(s.hash, 2);
  io.Enumerator(s.header_canon, 2);
  io.Enumerator(s.body_canon, 2);
  VisitOptional(io, s.body_length);
  VisitOptional(io, s.timestamp);
  VisitOptional(io, s.expiration);
  io(s.query);
  Visit(io, s.body_hash);
  io(s.signature);
}

template <typename Io>
void Visit(Io& io, dkim::Evidence& e) {
  Visit(io, e.signature);
  io(e.index);
  io.Enumerator(e.limit, kReasons);
  Visit(io, e.header_hash);
  io.Enumerator(e.body, 3);
  Visit(io, e.reading_flags);
  Visit(io, e.body_hash);
  io(e.signed_body_bytes);
  io(e.body_bytes);
  io(e.h_count);
  io(e.from_signed);
  Visit(io, e.coverage_flags);
  io(e.signed_names);
  io(e.oversigned);
  io(e.missing_recommended);
  io(e.unsigned_names);
}

template <typename Io>
void Visit(Io& io, mail::Author& author) {
  io.Enumerator(author.defect, 6);
  io(author.domain);
  io(author.address);
  uint64_t from_count = author.from_count;
  io(from_count);
  if constexpr (Io::kReading) {
    author.from_count = static_cast<size_t>(from_count);
  }
  Visit(io, author.anomalies);
}

template <typename Io>
void Visit(Io& io, mail::ReceivedAt& received) {
  io.Enumerator(received.source,
                static_cast<size_t>(mail::ReceivedSource::kCount));
  if (received.source == mail::ReceivedSource::kNone) return;
  io(received.seconds);
  io(received.margin_seconds);
}

template <typename Io>
void Visit(Io& io, mail::OtherTimes& times) {
  Visit(io, times.newest_received);
  Visit(io, times.delivery_date);
  Visit(io, times.mbox_from);
  io(times.disagree);
}

template <typename Io>
void Visit(Io& io, MessageFacts& f) {
  io(f.offset);
  io(f.length);
  io.Enumerator(f.limit, kReasons);
  io(f.message_id);
  VisitOptional(io, f.date_header);
  Visit(io, f.received);
  Visit(io, f.other_times);
  io.Enumerator(f.trace, static_cast<size_t>(mail::Trace::kCount));
  Visit(io, f.author);
  io(f.envelope_from);
  io.Enumerator(f.envelope_from_source, 3);
  io(f.list_id);
  io(f.via_list);
  io(f.author_original);
  io.Enumerator(f.author_original_source,
                static_cast<size_t>(mail::ListAuthorSource::kCount));
  io(f.list_unsubscribe);
  io(f.list_unsubscribe_post);
  io(f.body_encoding);
  io(f.has_8bit);
  io.Enumerator(f.line_ends, 4);
  Visit(io, f.anomalies);
  io(f.body_size);
  io(f.attached_messages);
  Visit(io, f.raw_sha256);
  size_t count = io.Count(f.signatures.size(), kEvidenceOctets);
  if constexpr (Io::kReading) f.signatures.resize(count);
  for (dkim::Evidence& e : f.signatures) {
    if (!io.ok()) return;
    Visit(io, e);
  }
}

template <typename Io>
void Visit(Io& io, Input& input) {
  io(input.ordinal);
  io(input.file);
  io(input.archive);
  io.Enumerator(input.format, static_cast<size_t>(Format::kCount));
  io(input.stored_bytes);
  io(input.modified_ns);
}

}  // namespace

void EncodeInput(const Input& input, std::string* out) {
  Writer writer(out);
  Visit(writer, const_cast<Input&>(input));  // which the Writer only reads
}

bool DecodeInput(std::string_view* in, Input* input) {
  Arena unused;  // an input owns its texts
  Reader reader(*in, unused);
  Visit(reader, *input);
  *in = reader.rest();
  return reader.ok();
}

// A message whose input is not the one before it is preceded by that input.
std::string EncodeFacts(const std::vector<MessageFacts>& messages) {
  std::string out(1, kVersion);
  Writer writer(&out);
  writer.Count(messages.size(), kMessageOctets);
  const Input* last = nullptr;
  for (const MessageFacts& facts : messages) {
    bool fresh = facts.input.get() != last;
    writer(fresh);
    // The Writer only reads what it visits.
    if (fresh) Visit(writer, const_cast<Input&>(*facts.input));
    last = facts.input.get();
    Visit(writer, const_cast<MessageFacts&>(facts));
  }
  return out;
}

std::optional<std::vector<MessageFacts>> DecodeFacts(std::string_view bytes) {
  if (bytes.empty() || bytes.front() != kVersion) return std::nullopt;
  const auto texts = std::make_shared<Arena>();
  Reader reader(bytes.substr(1), *texts);
  std::vector<MessageFacts> messages(reader.Count(0, kMessageOctets));
  std::shared_ptr<const Input> input;
  for (MessageFacts& facts : messages) {
    bool fresh = false;
    reader(fresh);
    if (fresh) {
      Input read;
      Visit(reader, read);
      input = std::make_shared<const Input>(std::move(read));
    }
    if (input == nullptr) return std::nullopt;
    facts.input = input;
    facts.texts = texts;
    Visit(reader, facts);
    if (!reader.ok()) return std::nullopt;
  }
  if (!reader.ok() || !reader.at_end()) return std::nullopt;
  return messages;
}

}  // namespace mailassay::audit
