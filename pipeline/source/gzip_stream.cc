#include "pipeline/source/gzip_stream.h"

#include <algorithm>
#include <limits>

#include "lib/base/concat.h"
#include "pipeline/source/fault.h"

namespace mailassay::source {
namespace {

constexpr size_t kInputBytes = 256 << 10;
constexpr int kGzipWindow = MAX_WBITS + 16;  // with header and trailer checked

}  // namespace

GzipStream::GzipStream(std::unique_ptr<Stream> in)
    : in_(std::move(in)),
      input_(std::make_unique_for_overwrite<char[]>(kInputBytes)) {
  if (inflateInit2(&inflate_, kGzipWindow) != Z_OK) {
    fault_ = absl::InternalError("gzip: no memory");
  }
}

GzipStream::~GzipStream() { inflateEnd(&inflate_); }

absl::StatusOr<bool> GzipStream::Refill() {
  auto n = in_->Read(input_.get(), kInputBytes);
  if (!n.ok()) return n.status();
  inflate_.next_in = reinterpret_cast<Bytef*>(input_.get());
  inflate_.avail_in = static_cast<uInt>(*n);
  return *n > 0;
}

absl::Status GzipStream::BeginMember() {
  while (true) {
    while (members_ > 0 && inflate_.avail_in > 0 && *inflate_.next_in == 0) {
      ++inflate_.next_in;
      --inflate_.avail_in;
    }
    if (inflate_.avail_in > 0) break;
    auto more = Refill();
    if (!more.ok()) return more.status();
    if (!*more) {
      ended_ = true;
      return absl::OkStatus();
    }
  }
  constexpr Bytef kFirstOctet = 0x1F;
  if (members_ > 0 && *inflate_.next_in != kFirstOctet) {
    return Damaged("gzip: other octets follow the compressed data");
  }
  inflateReset(&inflate_);
  in_member_ = true;
  ++members_;
  return absl::OkStatus();
}

absl::StatusOr<size_t> GzipStream::Inflate(char* out, size_t size) {
  if (inflate_.avail_in == 0) {
    auto more = Refill();
    if (!more.ok()) return more.status();
    if (!*more) return Damaged("gzip: the data is cut short");
  }
  const auto space = static_cast<uInt>(
      std::min<size_t>(size, std::numeric_limits<uInt>::max()));
  inflate_.next_out = reinterpret_cast<Bytef*>(out);
  inflate_.avail_out = space;
  const int result = inflate(&inflate_, Z_NO_FLUSH);
  const size_t given = space - inflate_.avail_out;
  if (result == Z_STREAM_END) {
    in_member_ = false;
  } else if (result != Z_OK && result != Z_BUF_ERROR) {
    // Given now, told at the next call.
    fault_ = Damaged(Concat(
        "gzip: ", inflate_.msg != nullptr ? inflate_.msg : "damaged data"));
  }
  return given;
}

absl::StatusOr<size_t> GzipStream::Read(char* out, size_t size) {
  while (fault_.ok() && !ended_) {
    if (!in_member_) {
      fault_ = BeginMember();
      continue;
    }
    auto n = Inflate(out, size);
    if (!n.ok()) {
      fault_ = n.status();
    } else if (*n > 0) {
      position_ += *n;
      return *n;
    }
  }
  if (!fault_.ok()) return fault_;
  return size_t{0};
}

}  // namespace mailassay::source
