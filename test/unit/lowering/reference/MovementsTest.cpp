// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Each movement of data run by the reference equals plain loops.
#include "ReferenceModel.h"

using namespace nnc::test;

namespace {

class Movements : public ReferenceModel {};

TEST_F(Movements, TransposeEqualsPlainLoops) {
  Array x = Array::random({2, 3, 5, 7}), expected({2, 5, 7, 3}), back({7, 2, 3, 5});
  for (int64_t n = 0; n < 2; ++n)
    for (int64_t c = 0; c < 3; ++c)
      for (int64_t y = 0; y < 5; ++y)
        for (int64_t i = 0; i < 7; ++i)
          expected({n, y, i, c}) = back({i, n, c, y}) = x({n, c, y, i});
  expectEqual(runOp("nnc.transpose %0 [0, 2, 3, 1]", {x}, expected.shape), expected);
  expectEqual(runOp("nnc.transpose %0 [3, 0, 1, 2]", {x}, back.shape), back);
}

TEST_F(Movements, ReshapeKeepsOrder) {
  const std::pair<Shape, Shape> cases[] = {
      {{2, 3, 4}, {24}},   {{24}, {2, 3, 4}}, {{2, 3, 4}, {6, 4}}, {{4, 6}, {6, 4}},
      {{2, 6}, {3, 2, 2}}, {{1, 1}, {}},      {{}, {1, 1, 1}},     {{5, 1}, {1, 5}}};
  for (const auto &[from, to] : cases) {
    Array x = Array::random(from), expected(to);
    expected.elements = x.elements;
    expectEqual(runOp("nnc.reshape %0", {x}, to), expected);
  }
}

TEST_F(Movements, BroadcastRepeats) {
  Array x = Array::random({3, 1}), expected({2, 3, 4});
  for (int64_t i = 0; i < 2; ++i)
    for (int64_t j = 0; j < 3; ++j)
      for (int64_t k = 0; k < 4; ++k)
        expected({i, j, k}) = x({j, 0});
  expectEqual(runOp("nnc.broadcast %0", {x}, expected.shape), expected);
}

TEST_F(Movements, GatherClampsIndices) {
  Array x = Array::random({3, 4, 5}), expected({3, 2, 3, 5});
  const int64_t picks[] = {0, 3, -1, 2, 7, 1}, clamped[] = {0, 3, 0, 2, 3, 1};
  for (int64_t i = 0; i < 3; ++i)
    for (int64_t j = 0; j < 6; ++j)
      for (int64_t k = 0; k < 5; ++k)
        expected({i, j / 3, j % 3, k}) = x({i, clamped[j], k});
  auto type = mlir::RankedTensorType::get({2, 3}, mlir::IntegerType::get(&context, 64));
  std::vector<nnc::Buffer> outputs = run(R"(
    func.func @main(%x: tensor<3x4x5xf32>, %i: tensor<2x3xi64>) -> tensor<3x2x3x5xf32> {
      %r = nnc.gather %x at %i axis = 1 : tensor<3x4x5xf32>, tensor<2x3xi64> -> tensor<3x2x3x5xf32>
      return %r : tensor<3x2x3x5xf32>
    })",
                                         {toBuffer(x), nnc::Buffer::copyOf<int64_t>(type, picks)});
  ASSERT_EQ(outputs.size(), 1u);
  Array actual(expected.shape);
  actual.elements = outputs[0].as<float>().vec();
  expectEqual(actual, expected);
}

TEST_F(Movements, ConcatenationSlicesAndPadding) {
  Array x = Array::random({2, 5}), y = Array::random({2, 3});
  std::vector<nnc::Buffer> outputs = run(R"(
    func.func @main(%x: tensor<2x5xf32>, %y: tensor<2x3xf32>) -> tensor<3x6xf32> {
      %zero = arith.constant 0.0 : f32
      %c = tensor.concat dim(1) %x, %y : (tensor<2x5xf32>, tensor<2x3xf32>) -> tensor<2x8xf32>
      %s = tensor.extract_slice %c[0, 1] [2, 5] [1, 1] : tensor<2x8xf32> to tensor<2x5xf32>
      %p = tensor.pad %s low[1, 0] high[0, 1] {
      ^bb0(%i: index, %j: index):
        tensor.yield %zero : f32
      } : tensor<2x5xf32> to tensor<3x6xf32>
      return %p : tensor<3x6xf32>
    })",
                                         {toBuffer(x), toBuffer(y)});
  ASSERT_EQ(outputs.size(), 1u);
  Array expected({3, 6}), actual({3, 6});
  for (int64_t i = 0; i < 2; ++i)
    for (int64_t j = 0; j < 5; ++j)
      expected({i + 1, j}) = j + 1 < 5 ? x({i, j + 1}) : y({i, j - 4});
  actual.elements = outputs[0].as<float>().vec();
  expectEqual(actual, expected);
}

} // namespace
