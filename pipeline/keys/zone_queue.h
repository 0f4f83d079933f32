// Lookups that wait for their turn.  The zones take turns, and of each only so
// many lookups are under way at once: a zone with many names, or one whose
// servers are slow, neither floods its servers nor holds the others up.
//
// A plain value of one thread.
#pragma once

#include <cstddef>
#include <deque>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "lib/base/text_hash.h"

namespace mailassay::keys {

template <typename Lookup>
class ZoneQueue {
 public:
  struct Zone {
    std::string name;
    std::deque<Lookup> waiting;
    size_t under_way = 0;
    bool has_turn = false;  // stands in turns_
  };

  // `most`: under way at once of one zone.
  explicit ZoneQueue(size_t most) : most_(most) {}

  void Push(std::string_view zone_name, Lookup lookup) {
    auto place = zones_.find(zone_name);
    if (place == zones_.end()) {
      place =
          zones_.try_emplace(std::string(zone_name), std::make_unique<Zone>())
              .first;
      place->second->name = place->first;
    }
    place->second->waiting.push_back(std::move(lookup));
    ++size_;
    GiveTurn(*place->second);
  }

  // May a lookup be taken?
  bool HasTurn() const { return !turns_.empty(); }
  // All that wait, with or without a turn.
  size_t size() const { return size_; }
  // The next to be taken.  REQUIRES: HasTurn.
  const Lookup& Next() const { return turns_.front()->waiting.front(); }

  // The next lookup, which is under way until Release is called with its zone.
  // REQUIRES: HasTurn.
  std::pair<Lookup, Zone*> Take() {
    Zone& zone = *turns_.front();
    turns_.pop_front();
    zone.has_turn = false;
    std::pair<Lookup, Zone*> taken{std::move(zone.waiting.front()), &zone};
    zone.waiting.pop_front();
    --size_;
    ++zone.under_way;
    GiveTurn(zone);
    return taken;
  }

  void Release(Zone* zone) {
    --zone->under_way;
    GiveTurn(*zone);
    if (zone->under_way == 0 && zone->waiting.empty()) {
      zones_.erase(zones_.find(zone->name));
    }
  }

  // Takes all that wait; none of them is under way.
  std::vector<Lookup> TakeAll() {
    std::vector<Lookup> all;
    all.reserve(size_);
    absl::erase_if(zones_, [&](auto& entry) {
      Zone& zone = *entry.second;
      for (Lookup& lookup : zone.waiting) all.push_back(std::move(lookup));
      zone.waiting.clear();
      zone.has_turn = false;
      return zone.under_way == 0;
    });
    turns_.clear();
    size_ = 0;
    return all;
  }

 private:
  void GiveTurn(Zone& zone) {
    if (zone.has_turn || zone.waiting.empty() || zone.under_way >= most_) {
      return;
    }
    zone.has_turn = true;
    turns_.push_back(&zone);
  }

  size_t most_;
  size_t size_ = 0;
  absl::flat_hash_map<std::string, std::unique_ptr<Zone>, TextHash,
                      std::equal_to<>>
      zones_;
  std::deque<Zone*> turns_;
};

}  // namespace mailassay::keys
