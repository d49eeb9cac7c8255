// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "lowering/perforate/Masks.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

using namespace nnc;
using testing::ElementsAre;
using testing::HasSubstr;

namespace {

Positions choose(llvm::StringRef mask, const MaskRequest &request) {
  return llvm::cantFail(llvm::cantFail(lookupMaskKind(mask))->choose(request));
}

/// Every kind by its name, with what it needs.
class EveryMask : public testing::TestWithParam<const MaskKind *> {
protected:
  Positions choose(int64_t height, int64_t width, double kept, uint64_t seed) {
    MaskRequest request{height, width, kept, seed, PoolWindow{3, 3, {2, 2}, {1, 1}, {0, 0, 0, 0}}};
    for (int64_t i = 0; i < height * width; ++i)
      request.importance.push_back(static_cast<float>(i * 7 % 11));
    return llvm::cantFail(GetParam()->choose(request));
  }
};

TEST_P(EveryMask, KeepsTheShareInRisingOrder) {
  for (double kept : {0.05, 0.3, 0.5, 0.9})
    for (auto [height, width] : {std::pair(16, 16), std::pair(28, 20)}) {
      Positions positions = choose(height, width, kept, 3);
      EXPECT_TRUE(std::is_sorted(positions.begin(), positions.end()));
      EXPECT_EQ(std::adjacent_find(positions.begin(), positions.end()), positions.end());
      EXPECT_GE(positions.front(), 0);
      EXPECT_LT(positions.back(), height * width);
      double share = static_cast<double>(positions.size()) / static_cast<double>(height * width);
      double tile = GetParam()->name == "tiles" ? 16.0 / (height * width) : 0;
      EXPECT_LE(share, kept + tile + 1e-9);
      // Steps are whole numbers: 1/2 is the largest share below 0.9.
      EXPECT_GE(share, kept * (GetParam()->name == "strides" ? 0.55 : 0.6) - tile);
    }
}

TEST_P(EveryMask, KeepsAllOfEverythingAndOneOfNothing) {
  EXPECT_EQ(choose(8, 8, 1, 0).size(), 64u);
  EXPECT_GE(choose(8, 8, 1e-6, 0).size(), 1u);
  EXPECT_EQ(choose(1, 1, 0.5, 0).size(), 1u);
}

TEST_P(EveryMask, IsTheSameForTheSameSeed) {
  EXPECT_EQ(choose(12, 12, 0.4, 5), choose(12, 12, 0.4, 5));
}

std::vector<const MaskKind *> listPointers() {
  std::vector<const MaskKind *> kinds;
  for (const MaskKind &kind : listMaskKinds())
    if (kind.name != "positions") // which choose nothing
      kinds.push_back(&kind);
  return kinds;
}

INSTANTIATE_TEST_SUITE_P(Masks, EveryMask, testing::ValuesIn(listPointers()), [](const auto &info) {
  std::string name = info.param->name.str();
  std::replace(name.begin(), name.end(), '-', '_');
  return name;
});

TEST(Masks, GridIsAProduct) {
  Positions positions = choose("grid", {9, 9, 0.5, 4});
  // floor(sqrt(0.5) 9) = 6 rows and columns.
  ASSERT_EQ(positions.size(), 36u);
  for (size_t i = 0; i < 36; ++i)
    EXPECT_EQ(positions[i] % 9, positions[i % 6] % 9);
}

TEST(Masks, FractionalStrideSpreadsEvenly) {
  EXPECT_THAT(choose("fractional-stride", {1, 8, 0.25}), ElementsAre(1, 5));
}

TEST(Masks, StridesAreSteps) {
  EXPECT_THAT(choose("strides", {4, 6, 0.25}), ElementsAre(0, 2, 4, 12, 14, 16));
  EXPECT_THAT(choose("strides", {4, 2, 0.5}), ElementsAre(0, 1, 4, 5)); // rows first
  EXPECT_THAT(choose("strides", {1, 9, 0.34}), ElementsAre(0, 3, 6));
}

TEST(Masks, PoolingKeepsWhatWindowsShare) {
  // Windows 3 with stride 2: columns 2 and 4 of seven are in two of them.
  MaskRequest request{1, 7, 2.0 / 7 + 1e-9};
  request.pool = PoolWindow{1, 3, {1, 2}, {1, 1}, {0, 0, 0, 0}};
  EXPECT_THAT(choose("pooling", request), ElementsAre(2, 4));
}

TEST(Masks, ImpactKeepsWhatMatters) {
  MaskRequest request{2, 2, 0.5};
  request.importance = {0.1f, 3, 0.2f, 2};
  EXPECT_THAT(choose("impact", request), ElementsAre(1, 3));
}

TEST(Masks, TilesAreWhole) {
  // Two of the four tiles of 4 x 4; the right ones have two columns.
  MaskRequest request{8, 6, 0.5};
  request.importance.assign(48, 0);
  request.importance[4] = 1;  // the tile at the top right
  request.importance[47] = 1; // the one at the bottom right
  Positions positions = choose("tiles", request);
  EXPECT_EQ(positions.size(), 16u);
  for (int64_t position : positions)
    EXPECT_GE(position % 6, 4);
}

TEST(Masks, SayWhatTheyNeed) {
  auto getError = [](llvm::StringRef mask) {
    return llvm::toString(llvm::cantFail(lookupMaskKind(mask))->choose({4, 4, 0.5}).takeError());
  };
  EXPECT_THAT(getError("pooling"), HasSubstr("whose result a pooling reads"));
  EXPECT_THAT(getError("impact"), HasSubstr("needs a file of the importance of positions"));
  EXPECT_THAT(llvm::toString(lookupMaskKind("stripes").takeError()),
              HasSubstr("known are uniform, grid"));
}

} // namespace
