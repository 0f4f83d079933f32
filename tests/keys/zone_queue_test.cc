#include "pipeline/keys/zone_queue.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "pipeline/keys/zone.h"

namespace mailassay::keys {
namespace {

using testing::ElementsAre;
using testing::UnorderedElementsAre;

using Queue = ZoneQueue<int>;

// Takes all that have a turn; none of them ends.
std::vector<int> TakeTurns(Queue& queue, std::vector<Queue::Zone*>* zones) {
  std::vector<int> taken;
  while (queue.HasTurn()) {
    const int next = queue.Next();
    auto [lookup, zone] = queue.Take();
    EXPECT_EQ(lookup, next);
    taken.push_back(lookup);
    zones->push_back(zone);
  }
  return taken;
}

TEST(ZoneQueue, D17_ZonesTakeTurns) {
  Queue queue(2);
  for (int i = 0; i < 5; ++i) queue.Push("large", i);
  queue.Push("small", 10);
  queue.Push("third", 20);
  EXPECT_EQ(queue.size(), 7u);
  std::vector<Queue::Zone*> zones;
  EXPECT_THAT(TakeTurns(queue, &zones), ElementsAre(0, 10, 20, 1));
  EXPECT_EQ(queue.size(), 3u);
}

TEST(ZoneQueue, D17_SoManyOfAZoneAtOnce) {
  Queue queue(3);
  for (int i = 0; i < 1000; ++i) queue.Push("zone", i);
  std::vector<Queue::Zone*> zones;
  EXPECT_THAT(TakeTurns(queue, &zones), ElementsAre(0, 1, 2));
  int expected = 3;
  while (!zones.empty()) {
    Queue::Zone* ended = zones.back();
    zones.pop_back();
    queue.Release(ended);
    if (!queue.HasTurn()) continue;
    EXPECT_EQ(queue.Next(), expected++);
    zones.push_back(queue.Take().second);
    EXPECT_FALSE(queue.HasTurn());
  }
  EXPECT_EQ(expected, 1000);
  EXPECT_EQ(queue.size(), 0u);
  queue.Push("zone", 1);
  EXPECT_TRUE(queue.HasTurn());
}

TEST(ZoneQueue, TakeAllLeavesWhatIsUnderWay) {
  Queue queue(1);
  for (int i = 0; i < 3; ++i) queue.Push("a", i);
  queue.Push("b", 7);
  auto [lookup, zone] = queue.Take();
  EXPECT_EQ(lookup, 0);
  EXPECT_THAT(queue.TakeAll(), UnorderedElementsAre(1, 2, 7));
  EXPECT_EQ(queue.size(), 0u);
  EXPECT_FALSE(queue.HasTurn());
  queue.Push("a", 8);
  EXPECT_FALSE(queue.HasTurn());
  queue.Release(zone);
  EXPECT_EQ(queue.Take().first, 8);
}

TEST(Zone, LastTwoLabels) {
  for (const auto& [name, zone] :
       {std::pair{"s._domainkey.a.example", "a.example"},
        std::pair{"a.example", "a.example"}, std::pair{"example", "example"},
        std::pair{"x.a.b", "a.b"}, std::pair{".b", ".b"}, std::pair{"", ""}}) {
    EXPECT_EQ(LastTwoLabels(name), zone);
  }
}

}  // namespace
}  // namespace mailassay::keys
