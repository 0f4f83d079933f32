#include "lib/mail/received.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdlib>

#include "lib/base/ascii.h"
#include "lib/mail/date.h"
#include "lib/mail/fixed_date.h"
#include "lib/mail/received_hop.h"

namespace mailassay::mail {
namespace {

// 1980-01-01T00:00:00Z.  A time before there was mail of this form is a clock
// that was not set or a place holder ("Thu Jan  1 00:00:00 1970").
constexpr int64_t kEarliest = 315532800;
constexpr int64_t kLatest = 253402300799;  // the end of the year 9999
// Mon Sep 17 00:00:00 2001: git format-patch writes it into every From_ line.
constexpr int64_t kGitPlaceholder = 1000684800;

constexpr int64_t kClockMargin = 300;
constexpr int64_t kZoneMargin = 14 * 3600;
// Mail goes from host to host of one domain in minutes; what took longer lay in
// a store.
constexpr int64_t kImportGap = 3600;
// Of the text behind the last ";" some is no date: "; DATE; for x".
constexpr int kDateParts = 3;

ReceivedAt At(ReceivedSource source, int64_t seconds, bool has_zone) {
  if (seconds < kEarliest) return {};
  return {source, seconds, has_zone ? kClockMargin : kZoneMargin};
}

ReceivedAt DateIn(std::string_view text, ReceivedSource source) {
  const std::optional<FieldDate> date = ParseDate(text);
  return date ? At(source, date->seconds, date->has_zone) : ReceivedAt();
}

ReceivedAt DateOfHop(std::string_view value) {
  // Nearly every value ends in such a date, which DatePart would find: what is
  // open before its ";" is closed nowhere.
  const size_t last = value.rfind(';');
  if (last != value.npos) {
    if (const auto seconds = ReadFieldDate(value.substr(last + 1))) {
      return At(ReceivedSource::kReceived, *seconds, true);
    }
  }
  for (int i = 0; i < kDateParts; ++i) {
    const std::optional<std::string_view> part = DatePart(value);
    if (!part) break;
    const ReceivedAt at = DateIn(*part, ReceivedSource::kReceived);
    if (at.source != ReceivedSource::kNone) return at;
    value.remove_suffix(part->size() + 1);
  }
  return {};
}

ReceivedAt DateOfField(const Header& header, FieldName name,
                       ReceivedSource source) {
  const HeaderField* field = header.Find(name);
  return field ? DateIn(field->value(), source) : ReceivedAt();
}

// A date that could be another is no evidence.
ReceivedAt DateOfFromLine(std::string_view line) {
  line = TrimFws(line);
  if (!line.starts_with("From ")) return {};
  const std::optional<FromLineDatePlace> place = FindFromLineDate(line);
  if (!place || !place->date.certain ||
      place->date.seconds == kGitPlaceholder) {
    return {};
  }
  return At(ReceivedSource::kMboxFrom, place->date.seconds,
            place->date.has_zone);
}

// The Received fields, newest first (RFC 5321 4.4: prepended).  A block is what
// has no gap in it; each field is looked at twice at most.
class Hops {
 public:
  explicit Hops(const Header& header) : header_(header) {}

  void Read() {
    for (size_t i = 0; i < header_.fields.size(); ++i) {
      if (header_.fields[i].known == FieldName::kReceived) Add(i);
    }
  }

  // Of the topmost that has a date.
  const ReceivedAt& newest() const { return newest_; }
  // Of the topmost below the later imports; newest() where there are none.
  const ReceivedAt& first_receipt() const { return receipt_; }
  // No field from the receipt's on shows an arrival, and there is no gap below.
  bool ArrivalUnknown() const {
    return !settled_ && !ShowsArrivalIn(header_.fields.size());
  }
  const std::array<ReceivedAt, 2>& extremes() const { return extremes_; }

 private:
  void Add(size_t field) {
    const ReceivedAt at = DateOfHop(header_.fields[field].value());
    if (at.source == ReceivedSource::kNone) return;
    if (newest_.source == ReceivedSource::kNone) {
      newest_ = receipt_ = last_ = extremes_[0] = extremes_[1] = at;
      return;
    }
    if (at.seconds < extremes_[0].seconds) extremes_[0] = at;
    if (at.seconds > extremes_[1].seconds) extremes_[1] = at;
    if (!settled_ && last_.seconds - at.seconds > GapBetween(last_, at)) {
      settled_ = ShowsArrivalIn(field);
      if (!settled_) {
        receipt_ = at;
        receipt_.source = ReceivedSource::kOlderReceived;
        block_ = field;
      }
    }
    last_ = at;
  }

  static int64_t GapBetween(const ReceivedAt& a, const ReceivedAt& b) {
    const int64_t margin = std::max(a.margin_seconds, b.margin_seconds);
    return std::max(kImportGap, margin);
  }

  // From the block's first field to before `end`.
  bool ShowsArrivalIn(size_t end) const {
    for (size_t i = block_; i < end; ++i) {
      const HeaderField& field = header_.fields[i];
      if (field.known == FieldName::kReceived && ShowsArrival(field.value())) {
        return true;
      }
    }
    return false;
  }

  const Header& header_;
  ReceivedAt newest_;
  ReceivedAt receipt_;
  ReceivedAt last_;
  std::array<ReceivedAt, 2> extremes_;  // the earliest and the latest
  size_t block_ = 0;
  bool settled_ = false;  // the receipt's block is known
};

// Without a known zone a time counts by how much it says at least.
bool FarApart(const ReceivedAt& a, const ReceivedAt& b) {
  if (a.source == ReceivedSource::kNone || b.source == ReceivedSource::kNone) {
    return false;
  }
  return std::abs(a.seconds - b.seconds) >
         kDisagreement + std::max(a.margin_seconds, b.margin_seconds);
}

bool Disagree(const Hops& hops, const OtherTimes& others) {
  const auto& [earliest, latest] = hops.extremes();
  const ReceivedAt& delivery = others.delivery_date;
  const ReceivedAt& from_line = others.mbox_from;
  return FarApart(earliest, latest) || FarApart(delivery, from_line) ||
         FarApart(earliest, delivery) || FarApart(latest, delivery) ||
         FarApart(earliest, from_line) || FarApart(latest, from_line);
}

bool IsBefore(const ReceivedAt& a, const ReceivedAt& b) {
  return a.source != ReceivedSource::kNone &&
         b.seconds - a.seconds > std::max(kImportGap, a.margin_seconds);
}

// `best` of what else stands is no other time any more.
void Take(ReceivedAt& best, Receipt& receipt) {
  receipt.at = best;
  best = {};
}

void ChooseBest(const Hops& hops, const Header& header, Receipt& receipt) {
  OtherTimes& others = receipt.others;
  if (others.newest_received.source == ReceivedSource::kNone) {
    if (others.delivery_date.source != ReceivedSource::kNone) {
      return Take(others.delivery_date, receipt);
    }
    if (others.mbox_from.source != ReceivedSource::kNone) {
      return Take(others.mbox_from, receipt);
    }
    receipt.at =
        DateOfField(header, FieldName::kDate, ReceivedSource::kDateHeader);
    return;
  }
  const bool may_be_import = IsBefore(others.delivery_date, hops.newest()) ||
                             IsBefore(others.mbox_from, hops.newest());
  if (hops.first_receipt().source == ReceivedSource::kOlderReceived) {
    receipt.at = hops.first_receipt();
  } else if (may_be_import && hops.ArrivalUnknown()) {
    Take(IsBefore(others.delivery_date, hops.newest()) ? others.delivery_date
                                                       : others.mbox_from,
         receipt);
  } else {
    Take(others.newest_received, receipt);
  }
}

}  // namespace

std::string_view ReceivedSourceName(ReceivedSource source) {
  static constexpr std::array<std::string_view, 7> kNames = {
      "none",        "received",       "delivery_date", "mbox_from",
      "date_header", "older_received", "signature",
  };
  static_assert(kNames.size() == static_cast<size_t>(ReceivedSource::kCount));
  return kNames[static_cast<size_t>(source)];
}

ReceivedAt ReceivedBy(ReceivedSource source, const Receipt& receipt) {
  if (receipt.at.source == source) return receipt.at;
  switch (source) {
    case ReceivedSource::kReceived:
      return receipt.others.newest_received;
    case ReceivedSource::kDeliveryDate:
      return receipt.others.delivery_date;
    case ReceivedSource::kMboxFrom:
      return receipt.others.mbox_from;
    default:
      return {};
  }
}

Receipt FindReceipt(const Header& header, std::string_view from_line) {
  Hops hops(header);
  hops.Read();
  Receipt receipt;
  receipt.others = {
      .newest_received = hops.newest(),
      .delivery_date = DateOfField(header, FieldName::kDeliveryDate,
                                   ReceivedSource::kDeliveryDate),
      .mbox_from = DateOfFromLine(from_line)};
  receipt.others.disagree = Disagree(hops, receipt.others);
  ChooseBest(hops, header, receipt);
  return receipt;
}

void WeighSigningTimes(int64_t topmost, int64_t latest, Receipt* receipt) {
  ReceivedAt& at = receipt->at;
  ReceivedAt& newest = receipt->others.newest_received;
  if (at.source == ReceivedSource::kNone ||
      at.source == ReceivedSource::kDateHeader) {
    if (topmost >= kEarliest && topmost <= kLatest) {
      at = {ReceivedSource::kSignature, topmost, kClockMargin};
    }
    return;
  }
  const bool imported = newest.source != ReceivedSource::kNone;
  if (!imported || latest <= at.seconds + kDisagreement ||
      latest > newest.seconds + kDisagreement) {
    return;
  }
  if (at.source == ReceivedSource::kDeliveryDate) {
    receipt->others.delivery_date = at;
  }
  if (at.source == ReceivedSource::kMboxFrom) receipt->others.mbox_from = at;
  at = newest;
  newest = {};
}

}  // namespace mailassay::mail
