// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Each layer run by the reference equals plain loops.
#include "ReferenceModel.h"

#include <cmath>
#include <limits>

using namespace nnc::test;

namespace {

struct Window {
  Shape kernel, strides{1, 1}, pads{0, 0, 0, 0}, dilations{1, 1};

  int64_t getRow(int64_t y, int64_t ky) const {
    return y * strides[0] + ky * dilations[0] - pads[0];
  }
  int64_t getColumn(int64_t x, int64_t kx) const {
    return x * strides[1] + kx * dilations[1] - pads[1];
  }
  int64_t getExtent(int axis, int64_t input) const {
    return (input + pads[axis] + pads[axis + 2] - dilations[axis] * (kernel[axis] - 1) - 1) /
               strides[axis] +
           1;
  }
  Shape getOutput(const Shape &image, int64_t channels) const {
    return {image[0], getExtent(0, image[1]), getExtent(1, image[2]), channels};
  }
  std::string getAttributes() const {
    return llvm::formatv("strides = {0}, pads = {1}, dilations = {2}", arrayAttribute(strides),
                         arrayAttribute(pads), arrayAttribute(dilations));
  }
};

template <typename Function> void forEach(const Shape &shape, Function function) {
  for (int64_t n = 0; n < shape[0]; ++n)
    for (int64_t y = 0; y < shape[1]; ++y)
      for (int64_t x = 0; x < shape[2]; ++x)
        for (int64_t k = 0; k < shape[3]; ++k)
          function(n, y, x, k);
}

template <typename Function> void forEachTap(const Window &window, Function function) {
  for (int64_t ky = 0; ky < window.kernel[0]; ++ky)
    for (int64_t kx = 0; kx < window.kernel[1]; ++kx)
      function(ky, kx);
}

struct Convolution {
  std::string name;
  Shape input; // N, H, W, C
  Window window;
  int64_t outputs, groups = 1;
  bool hasBias = true;
};

std::ostream &operator<<(std::ostream &stream, const Convolution &c) { return stream << c.name; }

//===--- convolutions -----------------------------------------------------------------------===//

class Conv2d : public ReferenceModel, public testing::WithParamInterface<Convolution> {};

Array convolve(const Convolution &c, const Array &image, const Array &filter, const Array &bias) {
  Array output(c.window.getOutput(c.input, c.outputs));
  int64_t inputs = filter.shape[2];
  forEach(output.shape, [&](int64_t n, int64_t y, int64_t x, int64_t k) {
    int64_t first = k / (c.outputs / c.groups) * inputs;
    float sum = c.hasBias ? bias({k}) : 0;
    forEachTap(c.window, [&](int64_t ky, int64_t kx) {
      for (int64_t i = 0; i < inputs; ++i)
        sum += image.getPixel(n, c.window.getRow(y, ky), c.window.getColumn(x, kx), first + i) *
               filter({ky, kx, i, k});
    });
    output({n, y, x, k}) = sum;
  });
  return output;
}

TEST_P(Conv2d, EqualsPlainLoops) {
  const Convolution &c = GetParam();
  Array image = Array::random(c.input), bias = Array::random({c.outputs});
  Array filter =
      Array::random({c.window.kernel[0], c.window.kernel[1], c.input[3] / c.groups, c.outputs});
  std::vector<Array> inputs{image, filter};
  if (c.hasBias)
    inputs.push_back(bias);
  std::string op = llvm::formatv("nnc.conv2d %0, %1 {0} {{{1}, groups = {2} : i64}",
                                 c.hasBias ? "bias(%2)" : "", c.window.getAttributes(), c.groups);
  Array expected = convolve(c, image, filter, bias);
  expectEqual(runOp(op, inputs, expected.shape), expected);
  nnc::ReferenceOptions plain;
  plain.plainLoops = true;
  expectEqual(runOp(op, inputs, expected.shape, "", plain), expected);
}

INSTANTIATE_TEST_SUITE_P(
    Layers, Conv2d,
    testing::Values(
        Convolution{"one_by_one", {1, 7, 7, 5}, {{1, 1}}, 32},
        Convolution{"padded", {2, 9, 11, 3}, {{3, 3}, {1, 1}, {1, 1, 1, 1}}, 48},
        Convolution{"no_bias", {1, 8, 8, 4}, {{3, 3}}, 16, 1, false},
        Convolution{"strided_asymmetric", {1, 15, 14, 3}, {{3, 2}, {2, 3}, {0, 1, 2, 0}}, 35},
        Convolution{"dilated", {1, 16, 13, 2}, {{3, 3}, {1, 2}, {2, 1, 2, 3}, {2, 3}}, 7},
        Convolution{"seven", {1, 23, 23, 3}, {{7, 7}, {2, 2}, {3, 3, 3, 3}}, 64},
        Convolution{"ragged_outputs", {1, 5, 17, 6}, {{2, 3}}, 61},
        Convolution{"one_output", {1, 6, 6, 4}, {{3, 3}}, 1},
        Convolution{"one_channel", {1, 6, 6, 1}, {{3, 3}}, 8},
        Convolution{"grouped", {1, 8, 9, 8}, {{3, 3}, {1, 1}, {1, 1, 1, 1}}, 32, 2},
        Convolution{"grouped_ragged", {1, 6, 7, 6}, {{3, 3}}, 30, 3},
        Convolution{"depthwise", {1, 9, 10, 40}, {{3, 3}, {1, 1}, {1, 1, 1, 1}}, 40, 40},
        Convolution{"depthwise_multiplier", {1, 9, 8, 6}, {{3, 3}, {2, 2}}, 18, 6}),
    [](const auto &info) { return info.param.name; });

class ConvTranspose2d : public ReferenceModel, public testing::WithParamInterface<Convolution> {};

/// The definition as an adjoint: every input pixel is scattered.
Array scatter(const Convolution &c, const Array &image, const Array &filter, const Array &bias,
              Array output) {
  int64_t perGroup = filter.shape[3];
  forEach(output.shape,
          [&](int64_t n, int64_t y, int64_t x, int64_t k) { output({n, y, x, k}) = bias({k}); });
  forEach(image.shape, [&](int64_t n, int64_t y, int64_t x, int64_t i) {
    int64_t first = i / (c.input[3] / c.groups) * perGroup;
    forEachTap(c.window, [&](int64_t ky, int64_t kx) {
      int64_t row = c.window.getRow(y, ky), column = c.window.getColumn(x, kx);
      if (row < 0 || column < 0 || row >= output.shape[1] || column >= output.shape[2])
        return;
      for (int64_t k = 0; k < perGroup; ++k)
        output({n, row, column, first + k}) += image({n, y, x, i}) * filter({ky, kx, i, k});
    });
  });
  return output;
}

TEST_P(ConvTranspose2d, IsTheAdjoint) {
  const Convolution &c = GetParam();
  const Window &w = c.window;
  for (int64_t extra : {0, 1}) {
    Shape shape{c.input[0], 0, 0, c.outputs};
    for (int axis : {0, 1})
      shape[axis + 1] = (c.input[axis + 1] - 1) * w.strides[axis] +
                        w.dilations[axis] * (w.kernel[axis] - 1) + 1 + extra - w.pads[axis] -
                        w.pads[axis + 2];
    Array image = Array::random(c.input), bias = Array::random({c.outputs});
    Array filter = Array::random({w.kernel[0], w.kernel[1], c.input[3], c.outputs / c.groups});
    std::string op = llvm::formatv("nnc.conv_transpose2d %0, %1 bias(%2) {{{0}, output_padding = "
                                   "array<i64: {1}, {1}>, groups = {2} : i64}",
                                   w.getAttributes(), extra, c.groups);
    expectNear(runOp(op, {image, filter, bias}, shape),
               scatter(c, image, filter, bias, Array(shape)));
  }
}

INSTANTIATE_TEST_SUITE_P(
    Layers, ConvTranspose2d,
    testing::Values(Convolution{"plain", {1, 4, 5, 3}, {{3, 3}}, 8},
                    Convolution{"doubling", {2, 4, 3, 5}, {{4, 4}, {2, 2}, {1, 1, 1, 1}}, 16},
                    Convolution{
                        "strided_asymmetric", {1, 5, 4, 2}, {{3, 2}, {3, 2}, {0, 1, 2, 0}}, 17},
                    Convolution{"dilated", {1, 5, 5, 2}, {{3, 3}, {2, 1}, {1, 2, 1, 0}, {2, 3}}, 3},
                    Convolution{"cropped", {1, 6, 6, 2}, {{2, 2}, {1, 1}, {3, 3, 2, 2}}, 4},
                    Convolution{"grouped", {1, 4, 4, 6}, {{3, 3}, {2, 2}, {1, 1, 1, 1}}, 8, 2},
                    Convolution{"depthwise", {1, 4, 4, 6}, {{3, 3}, {2, 2}}, 6, 6}),
    [](const auto &info) { return info.param.name; });

//===--- matrix products --------------------------------------------------------------------===//

class Products : public ReferenceModel {};

TEST_F(Products, LinearEqualsPlainLoops) {
  for (auto [rows, inputs, outputs] :
       {std::tuple{1, 100, 1000}, {16, 33, 130}, {9, 7, 3}, {1, 1, 1}, {8, 64, 64}}) {
    Array x = Array::random({rows, inputs}), w = Array::random({inputs, outputs}),
          b = Array::random({outputs});
    Array expected({rows, outputs});
    for (int64_t m = 0; m < rows; ++m)
      for (int64_t k = 0; k < outputs; ++k) {
        float sum = b({k});
        for (int64_t c = 0; c < inputs; ++c)
          sum += x({m, c}) * w({c, k});
        expected({m, k}) = sum;
      }
    expectEqual(runOp("nnc.linear %0, %1 bias(%2)", {x, w, b}, expected.shape), expected);
  }
}

TEST_F(Products, MatmulEqualsPlainLoops) {
  Array a = Array::random({3, 10, 21}), b = Array::random({3, 21, 37}), expected({3, 10, 37});
  for (int64_t i = 0; i < 3; ++i)
    for (int64_t m = 0; m < 10; ++m)
      for (int64_t k = 0; k < 37; ++k)
        for (int64_t c = 0; c < 21; ++c)
          expected({i, m, k}) += a({i, m, c}) * b({i, c, k});
  expectEqual(runOp("nnc.matmul %0, %1", {a, b}, expected.shape), expected);
}

//===--- pooling ----------------------------------------------------------------------------===//

struct Pooling {
  std::string name;
  Shape input;
  Window window;
};

std::ostream &operator<<(std::ostream &stream, const Pooling &p) { return stream << p.name; }

class Pool : public ReferenceModel, public testing::WithParamInterface<Pooling> {
protected:
  std::string getOp(const char *name) const {
    return llvm::formatv("nnc.{0} %0 {{kernel = {1}, {2}}", name,
                         arrayAttribute(GetParam().window.kernel),
                         GetParam().window.getAttributes());
  }
};

TEST_P(Pool, MaximumEqualsPlainLoops) {
  const Window &w = GetParam().window;
  Array image = Array::random(GetParam().input), expected(w.getOutput(image.shape, image.shape[3]));
  forEach(expected.shape, [&](int64_t n, int64_t y, int64_t x, int64_t k) {
    float most = -std::numeric_limits<float>::infinity();
    forEachTap(w, [&](int64_t ky, int64_t kx) {
      most = std::max(most, image.getPixel(n, w.getRow(y, ky), w.getColumn(x, kx), k, most));
    });
    expected({n, y, x, k}) = most;
  });
  expectEqual(runOp(getOp("max_pool2d"), {image}, expected.shape), expected);
}

TEST_P(Pool, MeanCountsPixelsInsideOnly) {
  const Window &w = GetParam().window;
  Array image = Array::random(GetParam().input), expected(w.getOutput(image.shape, image.shape[3]));
  forEach(expected.shape, [&](int64_t n, int64_t y, int64_t x, int64_t k) {
    float sum = 0, count = 0;
    forEachTap(w, [&](int64_t ky, int64_t kx) {
      int64_t row = w.getRow(y, ky), column = w.getColumn(x, kx);
      sum += image.getPixel(n, row, column, k);
      count += row >= 0 && column >= 0 && row < image.shape[1] && column < image.shape[2];
    });
    expected({n, y, x, k}) = sum / count;
  });
  expectEqual(runOp(getOp("avg_pool2d"), {image}, expected.shape), expected);
}

INSTANTIATE_TEST_SUITE_P(
    Layers, Pool,
    testing::Values(Pooling{"two", {1, 8, 8, 33}, {{2, 2}, {2, 2}}},
                    Pooling{"padded", {2, 11, 9, 16}, {{3, 3}, {2, 2}, {1, 1, 1, 1}}},
                    Pooling{"asymmetric", {1, 7, 10, 3}, {{3, 2}, {2, 1}, {0, 1, 2, 0}}},
                    Pooling{"dilated", {1, 9, 9, 5}, {{3, 2}, {1, 2}, {2, 1, 1, 2}, {2, 3}}},
                    Pooling{"global", {1, 6, 5, 20}, {{6, 5}}}),
    [](const auto &info) { return info.param.name; });

TEST_F(Products, MaximumOfNaNIsNaN) {
  Array image({1, 2, 2, 1});
  image.elements = {1, std::nanf(""), 3, 4};
  Array output = runOp("nnc.max_pool2d %0 {kernel = array<i64: 2, 2>}", {image}, {1, 1, 1, 1});
  EXPECT_TRUE(std::isnan(output.elements[0]));
}

//===--- normalization and reductions -------------------------------------------------------===//

class Normalization : public ReferenceModel {};

TEST_F(Normalization, BatchNormEqualsPlainLoops) {
  for (int64_t channels : {1, 5, 16, 50}) {
    Array x = Array::random({2, 3, 4, channels}), expected(x.shape);
    std::vector<Array> inputs{x};
    for (int i = 0; i < 4; ++i)
      inputs.push_back(Array::random({channels}));
    for (float &variance : inputs[4].elements)
      variance = std::fabs(variance);
    forEach(x.shape, [&](int64_t n, int64_t y, int64_t xx, int64_t k) {
      float normal = (x({n, y, xx, k}) - inputs[3]({k})) / std::sqrt(inputs[4]({k}) + 1e-5f);
      expected({n, y, xx, k}) = normal * inputs[1]({k}) + inputs[2]({k});
    });
    std::string vector = tensorType({channels}), comma = ", ";
    expectEqual(
        runOp(
            "nnc.batch_norm %0 scale(%1) shift(%2) mean(%3) variance(%4) {epsilon = 1.0e-5 : f32}",
            inputs, x.shape,
            tensorType(x.shape) + comma + vector + comma + vector + comma + vector + comma +
                vector),
        expected);
  }
}

TEST_F(Normalization, LrnEqualsPlainLoops) {
  for (int64_t size : {1, 2, 5, 11}) {
    Array x = Array::random({1, 3, 2, 9}), expected(x.shape);
    forEach(x.shape, [&](int64_t n, int64_t y, int64_t xx, int64_t k) {
      float sum = 0;
      for (int64_t c = k - (size - 1) / 2; c <= k + size / 2; ++c)
        sum += c < 0 || c >= 9 ? 0 : x({n, y, xx, c}) * x({n, y, xx, c});
      expected({n, y, xx, k}) = x({n, y, xx, k}) / std::pow(2.0f + 0.5f / size * sum, 0.75f);
    });
    std::string op = llvm::formatv(
        "nnc.lrn %0 {{size = {0} : i64, alpha = 0.5 : f32, beta = 0.75 : f32, bias = 2.0 : f32}",
        size);
    expectNear(runOp(op, {x}, x.shape, tensorType(x.shape)), expected, 1e-6f);
  }
}

TEST_F(Normalization, SoftmaxEqualsPlainLoops) {
  Array x = Array::random({2, 3, 5, 4});
  for (int64_t axis = 0; axis < 4; ++axis) {
    Array expected(x.shape);
    forEach(x.shape, [&](int64_t n, int64_t y, int64_t xx, int64_t k) {
      float most = -1, sum = 0;
      auto at = [&](int64_t i) {
        return x({axis == 0 ? i : n, axis == 1 ? i : y, axis == 2 ? i : xx, axis == 3 ? i : k});
      };
      for (int64_t i = 0; i < x.shape[axis]; ++i)
        most = std::max(most, at(i));
      for (int64_t i = 0; i < x.shape[axis]; ++i)
        sum += std::exp(at(i) - most);
      expected({n, y, xx, k}) = std::exp(x({n, y, xx, k}) - most) / sum;
    });
    expectNear(
        runOp("nnc.softmax %0 axis = " + std::to_string(axis), {x}, x.shape, tensorType(x.shape)),
        expected, 1e-6f);
  }
}

struct Kind {
  const char *name;
  float start;
  float (*combine)(float, float);
  float divisor;
};

TEST_F(Normalization, ReductionsEqualPlainLoops) {
  constexpr float kInfinity = std::numeric_limits<float>::infinity();
  const Kind kinds[] = {{"sum", 0, [](float a, float b) { return a + b; }, 1},
                        {"mean", 0, [](float a, float b) { return a + b; }, 15},
                        {"max", -kInfinity, [](float a, float b) { return std::max(a, b); }, 1},
                        {"min", kInfinity, [](float a, float b) { return std::min(a, b); }, 1},
                        {"product", 1, [](float a, float b) { return a * b; }, 1}};
  Array x = Array::random({2, 3, 5, 20});
  for (const Kind &kind : kinds) {
    Array expected({2, 20});
    std::fill(expected.elements.begin(), expected.elements.end(), kind.start);
    forEach(x.shape, [&](int64_t n, int64_t y, int64_t xx, int64_t k) {
      expected({n, k}) = kind.combine(expected({n, k}), x({n, y, xx, k}));
    });
    for (float &element : expected.elements)
      element /= kind.divisor;
    expectEqual(
        runOp(llvm::formatv("nnc.reduce {0} %0 axes = [1, 2]", kind.name), {x}, expected.shape),
        expected);
  }
}

TEST_F(Normalization, ReductionToOneNumber) {
  Array x = Array::random({3, 4}), expected(Shape{});
  for (float element : x.elements)
    expected.elements[0] += element;
  expectEqual(runOp("nnc.reduce sum %0 axes = [0, 1]", {x}, {}), expected);
}

} // namespace
