#include "lib/base/kernel.h"

#include <gtest/gtest.h>

namespace mailassay {
namespace {

using Add = int(int, int);

int AddOne(int, int) { return 1; }
int AddTwo(int, int) { return 2; }
int AddThree(int, int) { return 3; }

// Kernels that need nothing, so that the choice depends on the wish alone.
constexpr std::array<Kernel<Add>, 3> kAll = {{
    {KernelLevel::kAvx512, {}, AddOne},
    {KernelLevel::kAvx2, {}, AddTwo},
    {KernelLevel::kPortable, {}, AddThree},
}};

class KernelTest : public testing::Test {
 protected:
  ~KernelTest() override { SetKernelWish(KernelWish()); }

  static KernelWish Wish(std::string_view text) {
    auto wish = KernelWish::Parse(text);
    EXPECT_TRUE(wish.has_value()) << text;
    return wish.value_or(KernelWish());
  }
};

TEST_F(KernelTest, WithoutAWishTheBestIsChosen) {
  SetKernelWish(KernelWish());
  const Kernels family("sum", kAll);
  EXPECT_EQ(family.run()(0, 0), 1);
  EXPECT_EQ(family.level(), KernelLevel::kAvx512);
}

TEST_F(KernelTest, AWishIsTheHighestLevelUsed) {
  SetKernelWish(Wish("avx2"));
  const Kernels three("sum", kAll);
  EXPECT_EQ(three.run()(0, 0), 2);
  // No kernel of that level: the next below.
  const Kernels two("sum", std::array<Kernel<Add>, 2>{{kAll[0], kAll[2]}});
  EXPECT_EQ(two.run()(0, 0), 3);
}

TEST_F(KernelTest, AWishMayNameAFamily) {
  SetKernelWish(Wish("sum=portable"));
  const Kernels sum("sum", kAll);
  const Kernels other("other", kAll);
  EXPECT_EQ(sum.level(), KernelLevel::kPortable);
  EXPECT_EQ(other.level(), KernelLevel::kAvx512);
}

TEST_F(KernelTest, LaterWordsWin) {
  const KernelWish wish = Wish("avx2,sum=portable,product=avx512");
  EXPECT_EQ(wish.For("sum"), KernelLevel::kPortable);
  EXPECT_EQ(wish.For("product"), KernelLevel::kAvx512);
  EXPECT_EQ(wish.For("any"), KernelLevel::kAvx2);
  ASSERT_EQ(wish.words().size(), 3u);
  EXPECT_EQ(wish.words()[0].family, "");
  EXPECT_EQ(wish.words()[2].family, "product");
  EXPECT_EQ(Wish("sum=portable,avx2").For("sum"), KernelLevel::kAvx2);
}

TEST_F(KernelTest, TheFirstUseSettlesTheChoice) {
  SetKernelWish(Wish("portable"));
  const Kernels family("sum", kAll);
  EXPECT_EQ(family.run()(0, 0), 3);
  SetKernelWish(KernelWish());
  EXPECT_EQ(family.run()(0, 0), 3);
}

TEST_F(KernelTest, AKernelTheProcessorLacksIsNotChosen) {
  CpuFeatures all;
  for (const CpuFeature feature :
       {CpuFeature::kAvx2, CpuFeature::kBmi2, CpuFeature::kShaNi,
        CpuFeature::kAvx512, CpuFeature::kVbmi2, CpuFeature::kIfma}) {
    all.Add(feature);
  }
  const bool has_all = ThisCpu().Covers(all);
  const Kernels family("sum",
                       std::array<Kernel<Add>, 2>{
                           {{KernelLevel::kAvx512, all, AddOne}, kAll[2]}});
  SetKernelWish(KernelWish());
  EXPECT_EQ(family.run()(0, 0), has_all ? 1 : 3);
  EXPECT_EQ(family.Supported().size(), has_all ? 2u : 1u);
}

TEST_F(KernelTest, FeaturesCover) {
  const CpuFeatures both{CpuFeature::kAvx2, CpuFeature::kIfma};
  EXPECT_TRUE(both.Covers({}));
  EXPECT_TRUE(both.Covers({CpuFeature::kIfma}));
  EXPECT_FALSE(both.Covers({CpuFeature::kIfma, CpuFeature::kVbmi2}));
  EXPECT_FALSE(CpuFeatures().Covers({CpuFeature::kAvx2}));
}

TEST_F(KernelTest, WhatIsNotAWishIsRefused) {
  for (const char* text : {"sse2", "avx", "sum=", "=avx2", "sum=fast", ",",
                           "AVX2", "sum=portable=avx2"}) {
    EXPECT_FALSE(KernelWish::Parse(text).has_value()) << text;
  }
  EXPECT_TRUE(KernelWish::Parse("").has_value());
}

}  // namespace
}  // namespace mailassay
