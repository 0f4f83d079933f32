// Which mail is read when a sample will do: evenly spaced units of all inputs
// together, the same ones in every run, shard and block size.
//
// A unit is unit_bytes() of a stream: the messages whose From_ lines begin
// there.  A file, or a member, of less than that as stored is one unit,
// whatever it holds, and so is a single message.  The units of all files lie,
// in the order of the walk, behind one another: unit j of member m of a file
// has the number k = (units of the files before) + (units of the members
// before) + j. With a share p, unit k is read if floor((k + 1) p + 1/2) >
// floor(k p + 1/2). So any K units in a row have K p of them, but for one.
//
// What is not read is passed over: unopened where it is a file, unread in a
// plain mbox without Content-Length and behind the head of a single message.
// Compressed files, pipes, containers and an mbox that is walked by
// Content-Length have to be read to know where a unit ends: there only the
// verification is saved.
#pragma once

#include <cstdint>

#include "pipeline/source/shard.h"

namespace mailassay::source {

struct Survey;

// Of the mail, in parts of a hundred million: exact for six decimals of a
// percentage.
struct Share {
  static constexpr uint32_t kWhole = 100'000'000;

  uint32_t parts = kWhole;  // 1 to kWhole: all

  bool all() const { return parts >= kWhole; }
  friend bool operator==(const Share&, const Share&) = default;
};

// The units of one stream, or of many.
class Sample {
 public:
  // All of it.
  Sample() = default;
  Sample(Share share, uint64_t unit_bytes)
      : share_(share), unit_bytes_(unit_bytes) {}

  bool all() const { return share_.all(); }
  uint64_t unit_bytes() const { return unit_bytes_; }
  // Units of a file or member of `octets` as stored.
  uint64_t UnitsOf(uint64_t octets) const {
    return octets == 0 ? 1 : (octets - 1) / unit_bytes_ + 1;
  }
  // Is it one unit, whatever it holds?
  bool IsUnit(uint64_t octets) const { return octets < unit_bytes_; }

  bool Has(uint64_t unit) const {
    return all() || Before(unit + 1) > Before(unit);
  }
  // The message that begins, with its From_ line, at octet `offset`?
  bool HasAt(uint64_t offset) const { return Has(offset / unit_bytes_); }
  // The units of a stream whose first is number `first` of these.
  Sample From(uint64_t first) const {
    Sample sample = *this;
    sample.first_ += first;
    return sample;
  }

 private:
  // Units in the sample before number `unit`.
  uint64_t Before(uint64_t unit) const {
    __extension__ using Wide = unsigned __int128;
    const Wide k = Wide{first_} + unit;
    return static_cast<uint64_t>((k * share_.parts + Share::kWhole / 2) /
                                 Share::kWhole);
  }

  Share share_;
  uint64_t unit_bytes_ = UINT64_MAX;
  uint64_t first_ = 0;
};

// Of inputs of so many octets as stored: units as large as a block holds, or
// smaller ones, so that 128 of them are read.  Of inputs too small for the
// share one unit is read nevertheless.
Sample SampleOf(Share share, const Survey& survey);

}  // namespace mailassay::source
