#include "pipeline/keys/cnames.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <mutex>
#include <utility>

namespace mailassay::keys {
namespace {

using std::chrono::milliseconds;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::Pair;

constexpr milliseconds kAmple(60000);

// Answers from a table at once; "silent" never.
class Table : public Resolver {
 public:
  explicit Table(Cnames cnames) : cnames_(std::move(cnames)) {}
  void Start(const std::string& name, Question question,
             Callback done) override {
    EXPECT_EQ(question, Question::kCname);
    if (name == "silent") return late_.push_back(std::move(done));
    dkim::KeyAnswer answer;
    answer.status = dkim::KeyStatus::kNoData;
    if (const auto found = cnames_.find(name); found != cnames_.end()) {
      answer.status = dkim::KeyStatus::kFound;
      answer.cname_chain = {found->second};
    }
    done(std::move(answer));
  }
  void Renew() override {}
  void AnswerLate() {
    for (Callback& done : late_) done({});
  }

 private:
  const Cnames cnames_;
  std::vector<Callback> late_;
};

TEST(Cnames, ThoseThatAreThere) {
  Table dns(Cnames{{"a", "b"}, {"c", "d"}, {"x", "y"}});
  EXPECT_THAT(CnamesOf({"a", "b", "c"}, dns, kAmple, nullptr),
              ElementsAre(Pair("a", "b"), Pair("c", "d")));
  EXPECT_THAT(CnamesOf({}, dns, kAmple, nullptr), IsEmpty());
}

TEST(Cnames, WaitsNoLongerThanItMay) {
  Table dns(Cnames{{"a", "b"}});
  EXPECT_THAT(CnamesOf({"a", "silent"}, dns, milliseconds(1), nullptr),
              ElementsAre(Pair("a", "b")));
  int ticks = 0;
  EXPECT_THAT(CnamesOf({"silent"}, dns, kAmple, [&] { return ++ticks < 2; }),
              IsEmpty());
  EXPECT_EQ(ticks, 2);
  dns.AnswerLate();  // nobody is there any more
}

TEST(Cnames, Loops) {
  const Cnames cnames = {{"a", "b"}, {"b", "c"}, {"c", "b"},
                         {"s", "s"}, {"e", "f"}, {"f", "nowhere"}};
  EXPECT_THAT(LoopFrom("a", cnames), ElementsAre("b", "c", "b"));
  EXPECT_THAT(LoopFrom("b", cnames), ElementsAre("c", "b"));
  EXPECT_THAT(LoopFrom("s", cnames), ElementsAre("s"));
  EXPECT_THAT(LoopFrom("e", cnames), IsEmpty());
  EXPECT_THAT(LoopFrom("none", cnames), IsEmpty());
}

}  // namespace
}  // namespace mailassay::keys
