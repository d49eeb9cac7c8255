// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Layers with tensor trains equal the dense layers of the matrices that the trains stand for.
#include "ReferenceModel.h"

using namespace nnc::test;

namespace {

/// Modes and ranks r0 ... rd of a train.
struct Train {
  std::string name;
  Shape inputs, outputs, ranks;

  int64_t getInputs() const { return multiply(inputs); }
  int64_t getOutputs() const { return multiply(outputs); }
  std::vector<Array> makeCores() const {
    std::vector<Array> cores;
    for (size_t k = 0; k < inputs.size(); ++k)
      cores.push_back(Array::random({ranks[k], inputs[k], outputs[k], ranks[k + 1]}));
    return cores;
  }

private:
  static int64_t multiply(const Shape &modes) {
    int64_t product = 1;
    for (int64_t mode : modes)
      product *= mode;
    return product;
  }
};

std::ostream &operator<<(std::ostream &stream, const Train &train) { return stream << train.name; }

/// The digits of a number in mixed radix, the most significant first.
Shape split(int64_t number, const Shape &modes) {
  Shape digits(modes.size());
  for (size_t k = modes.size(); k-- > 0;) {
    digits[k] = number % modes[k];
    number /= modes[k];
  }
  return digits;
}

/// G1[i1, j1] ... Gd[id, jd] as a vector over the first rank, by the definition.
std::vector<double> evaluate(const Train &train, const std::vector<Array> &cores, int64_t input,
                             int64_t output) {
  Shape i = split(input, train.inputs), j = split(output, train.outputs);
  std::vector<double> right{1};
  for (size_t k = cores.size(); k-- > 0;) {
    std::vector<double> left(static_cast<size_t>(train.ranks[k]), 0);
    for (int64_t a = 0; a < train.ranks[k]; ++a)
      for (int64_t b = 0; b < train.ranks[k + 1]; ++b)
        left[static_cast<size_t>(a)] +=
            cores[k]({a, i[k], j[k], b}) * right[static_cast<size_t>(b)];
    right = left;
  }
  return right;
}

/// "cores(%1, %2)" and the types, for cores from operand `first` on.
std::string printCores(const std::vector<Array> &cores, size_t first) {
  std::string text = "cores(";
  for (size_t k = 0; k < cores.size(); ++k)
    text += (k == 0 ? "%" : ", %") + std::to_string(first + k);
  return text + ")";
}

std::string printTypes(const std::vector<Array> &cores) {
  std::string text = "(";
  for (size_t k = 0; k < cores.size(); ++k)
    text += (k == 0 ? "" : ", ") + tensorType(cores[k].shape);
  return text + ")";
}

const char *const kOrders[] = {"first_to_last", "last_to_first"};

class TensorTrain : public ReferenceModel, public testing::WithParamInterface<Train> {};

TEST_P(TensorTrain, LinearEqualsDense) {
  const Train &train = GetParam();
  Array x = Array::random({3, train.getInputs()}), bias = Array::random({train.getOutputs()});
  std::vector<Array> cores = train.makeCores();
  Array expected({3, train.getOutputs()});
  for (int64_t m = 0; m < 3; ++m)
    for (int64_t j = 0; j < train.getOutputs(); ++j) {
      double sum = bias({j});
      for (int64_t i = 0; i < train.getInputs(); ++i)
        sum += x({m, i}) * evaluate(train, cores, i, j)[0];
      expected({m, j}) = static_cast<float>(sum);
    }
  std::vector<Array> inputs{x, bias};
  inputs.insert(inputs.end(), cores.begin(), cores.end());
  for (const char *order : kOrders) {
    std::string op = "nnc.tt_linear %0 " + printCores(cores, 2) + " bias(%1) order(" + order + ")";
    std::string types = tensorType(x.shape) + ", " + printTypes(cores) + ", " +
                        tensorType(bias.shape) + " -> " + tensorType(expected.shape);
    expectNear(runOp(op, inputs, expected.shape, types), expected, 2e-4f);
  }
}

TEST_P(TensorTrain, ConvolutionEqualsDense) {
  Train train = GetParam();
  train.ranks.front() = 3;
  Array x = Array::random({1, 5, 6, train.getInputs()}), spatial = Array::random({3, 2, 3}),
        bias = Array::random({train.getOutputs()});
  std::vector<Array> cores = train.makeCores();
  // Rows: (5 + 1 + 0 - 3) / 2 + 1; columns: (6 + 1 + 2 - 3) + 1, dilated by 2.
  Array expected({1, 2, 7, train.getOutputs()});
  for (int64_t y = 0; y < 2; ++y)
    for (int64_t column = 0; column < 7; ++column)
      for (int64_t s = 0; s < train.getOutputs(); ++s) {
        double sum = bias({s});
        for (int64_t c = 0; c < train.getInputs(); ++c) {
          std::vector<double> weights = evaluate(train, cores, c, s);
          for (int64_t ky = 0; ky < 3; ++ky)
            for (int64_t kx = 0; kx < 2; ++kx)
              for (int64_t r = 0; r < 3; ++r)
                sum += x.getPixel(0, 2 * y + ky - 1, column + 2 * kx - 1, c) *
                       spatial({ky, kx, r}) * weights[static_cast<size_t>(r)];
        }
        expected({0, y, column, s}) = static_cast<float>(sum);
      }
  std::vector<Array> inputs{x, spatial, bias};
  inputs.insert(inputs.end(), cores.begin(), cores.end());
  for (const char *order : kOrders) {
    std::string op = "nnc.tt_conv2d %0 spatial(%1) " + printCores(cores, 3) + " bias(%2) order(" +
                     order +
                     ") {strides = array<i64: 2, 1>, pads = array<i64: 1, 1, 0, 2>, dilations = "
                     "array<i64: 1, 2>}";
    std::string types = tensorType(x.shape) + ", " + tensorType(spatial.shape) + ", " +
                        printTypes(cores) + ", " + tensorType(bias.shape) + " -> " +
                        tensorType(expected.shape);
    expectNear(runOp(op, inputs, expected.shape, types), expected, 1e-3f);
  }
}

INSTANTIATE_TEST_SUITE_P(Trains, TensorTrain,
                         testing::Values(Train{"one_core", {6}, {5}, {1, 1}},
                                         Train{"two", {2, 3}, {4, 2}, {1, 3, 1}},
                                         Train{"three", {2, 3, 4}, {3, 5, 2}, {1, 4, 2, 1}},
                                         Train{"four", {3, 1, 2, 5}, {2, 3, 1, 4}, {1, 2, 7, 3, 1}},
                                         Train{"rank_one", {2, 2, 2}, {2, 2, 2}, {1, 1, 1, 1}},
                                         Train{"narrowing", {7, 8}, {1, 2}, {1, 5, 1}}),
                         [](const auto &info) { return info.param.name; });

using TensorTrainMerge = ReferenceModel;

TEST_F(TensorTrainMerge, IsTheProductOfNeighbours) {
  Train train{"", {2, 3}, {4, 5}, {6, 2, 3}};
  std::vector<Array> cores = train.makeCores();
  Array merged = runOp("nnc.tt_merge %0, %1", cores, {6, 6, 20, 3});
  for (int64_t a = 0; a < 6; ++a)
    for (int64_t i = 0; i < 6; ++i)
      for (int64_t j = 0; j < 20; ++j)
        for (int64_t b = 0; b < 3; ++b) {
          float sum = 0;
          for (int64_t r = 0; r < 2; ++r)
            sum += cores[0]({a, i / 3, j / 5, r}) * cores[1]({r, i % 3, j % 5, b});
          ASSERT_NEAR(merged({a, i, j, b}), sum, 1e-5f);
        }
}

} // namespace
