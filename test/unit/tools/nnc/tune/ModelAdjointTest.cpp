// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Derivatives by a value inside a model are the slopes of its output.
#include "tools/nnc/tune/ModelAdjoint.h"

#include "mlir/Parser/Parser.h"
#include <gtest/gtest.h>

#include <random>

using namespace mlir;
using namespace nnc;
using namespace nnc::tools;

namespace {

struct Case {
  std::string name, type, result, operations; // from %v to %y
};

void PrintTo(const Case &test, std::ostream *os) { *os << test.operations; }

/// v = x + x; y = operations(v).
std::string makeModel(const Case &test) {
  return "func.func @main(%x: " + test.type + ") -> (" + test.result + ", " + test.type +
         ") {\n  %v = arith.addf %x, %x : " + test.type + "\n  " + test.operations +
         "\n  return %y, %v : " + test.result + ", " + test.type + "\n}\n";
}

std::vector<float> makeRandom(int64_t count, uint64_t seed) {
  std::mt19937_64 random(seed);
  std::normal_distribution<float> normal;
  std::vector<float> numbers(count);
  for (float &number : numbers)
    number = normal(random);
  return numbers;
}

class ModelAdjoints : public testing::TestWithParam<Case> {};

TEST_P(ModelAdjoints, AreSlopes) {
  Session session(1);
  OwningOpRef<ModuleOp> module =
      parseSourceString<ModuleOp>(makeModel(GetParam()), &session.getContext());
  ASSERT_TRUE(module);
  auto main = module->lookupSymbol<func::FuncOp>("main");
  auto type = cast<RankedTensorType>(main.getArgumentTypes()[0]),
       result = cast<RankedTensorType>(main.getResultTypes()[0]);
  auto adjoint = ModelAdjoint::create(session, *module, 1);
  ASSERT_TRUE(succeeded(adjoint));

  std::vector<float> x = makeRandom(type.getNumElements(), 1),
                     direction = makeRandom(type.getNumElements(), 2),
                     seed = makeRandom(result.getNumElements(), 3);
  auto evaluate = [&](float step) {
    std::vector<float> moved = x;
    for (size_t i = 0; i < x.size(); ++i)
      moved[i] += step * direction[i];
    auto values = (*adjoint)->run({Buffer::copyOf<float>(type, moved)});
    EXPECT_TRUE(static_cast<bool>(values));
    double sum = 0;
    for (auto [y, weight] : llvm::zip_equal(values->front().as<float>(), seed))
      sum += static_cast<double>(y) * weight;
    return sum;
  };
  constexpr float step = 1e-3F;
  double slope = (evaluate(step) - evaluate(-step)) / (2 * step);
  evaluate(0);
  auto gradients = (*adjoint)->propagate({Buffer::copyOf<float>(result, seed)});
  ASSERT_TRUE(succeeded(gradients));
  double expected = 0, scale = 0;
  for (auto [gradient, by] : llvm::zip_equal(gradients->front(), direction)) {
    expected += 2.0 * gradient * by;
    scale += std::abs(2.0 * gradient * by);
  }
  EXPECT_GT(scale, 0);
  EXPECT_NEAR(slope, expected, 5e-3 * scale);
}

std::string image(int64_t rows, int64_t columns, int64_t channels) {
  return "tensor<2x" + std::to_string(rows) + "x" + std::to_string(columns) + "x" +
         std::to_string(channels) + "xf32>";
}

/// A convolution of 9 x 8 pixels of 3 channels; the filter's numbers are not all the same.
Case makeConvolution(const std::string &name, int64_t window, const std::string &attributes,
                     const std::string &result) {
  std::string filter =
      "tensor<" + std::to_string(window) + "x" + std::to_string(window) + "x3x4xf32>";
  std::vector<float> numbers = makeRandom(window * window * 12, 4);
  std::string bytes = llvm::toHex(llvm::ArrayRef(reinterpret_cast<const uint8_t *>(numbers.data()),
                                                 numbers.size() * sizeof(float)));
  return {name, image(9, 8, 3), result,
          "%w = arith.constant dense<\"0x" + bytes + "\"> : " + filter +
              "\n  %y = nnc.conv2d %v, %w {" + attributes + "} : " + image(9, 8, 3) + ", " +
              filter + " -> " + result};
}

std::vector<Case> listCases() {
  std::string x = image(9, 8, 3);
  return {
      makeConvolution("conv", 3, "pads = array<i64: 1, 1, 1, 1>", image(9, 8, 4)),
      makeConvolution("conv_of_stride_2", 3,
                      "strides = array<i64: 2, 2>, pads = array<i64: 1, 1, 1, 1>", image(5, 4, 4)),
      makeConvolution("conv_of_windows_side_by_side", 3,
                      "strides = array<i64: 3, 3>, pads = array<i64: 0, 1, 0, 0>", image(3, 3, 4)),
      makeConvolution("conv_with_gaps", 2, "strides = array<i64: 3, 3>", image(3, 3, 4)),
      makeConvolution("dilated_conv", 3, "dilations = array<i64: 2, 2>", image(5, 4, 4)),
      {"max_pool", x, image(4, 3, 3),
       "%y = nnc.max_pool2d %v {kernel = array<i64: 3, 3>, strides = array<i64: 2, 2>} : " + x +
           " -> " + image(4, 3, 3)},
      {"avg_pool", x, image(4, 4, 3),
       "%y = nnc.avg_pool2d %v {kernel = array<i64: 2, 2>, strides = array<i64: 2, 2>} : " + x +
           " -> " + image(4, 4, 3)},
      {"overlapping_avg_pool", x, image(7, 6, 3),
       "%y = nnc.avg_pool2d %v {kernel = array<i64: 3, 3>} : " + x + " -> " + image(7, 6, 3)},
      {"softmax", "tensor<2x5xf32>", "tensor<2x5xf32>",
       "%y = nnc.softmax %v axis = 1 : tensor<2x5xf32>"},
      {"perforate", "tensor<2x1x3x2xf32>", "tensor<2x1x3x2xf32>",
       "%f = arith.constant dense<[[0, 0, 2]]> : tensor<1x3xi32>\n  %y = nnc.perforate %v fill(%f) "
       ": tensor<2x1x3x2xf32>, "
       "tensor<1x3xi32> -> tensor<2x1x3x2xf32>"},
  };
}

INSTANTIATE_TEST_SUITE_P(Operations, ModelAdjoints, testing::ValuesIn(listCases()),
                         [](const testing::TestParamInfo<Case> &info) { return info.param.name; });

} // namespace
