// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Dense layers become trains and dense layers again; rounded trains are as far from the exact ones
// as the module says.
#include "dialects/nnc/Approximations.h"
#include "lowering/Passes.h"
#include "lowering/approximate/DenseLayer.h"
#include "lowering/approximate/WeightConstants.h"
#include "test/unit/lowering/reference/ReferenceModel.h"

#include "mlir/Pass/PassManager.h"
#include "llvm/ADT/STLExtras.h"

#include <cmath>

using namespace nnc;
using namespace nnc::test;

namespace {

/// "arith.constant dense<...> : type", so that the numbers are read as they are.
std::string printConstant(const Array &array) {
  std::string bytes;
  llvm::raw_string_ostream os(bytes);
  for (float element : array.elements)
    for (unsigned char byte : llvm::ArrayRef(reinterpret_cast<const unsigned char *>(&element), 4))
      os << llvm::format_hex_no_prefix(byte, 2, /*Upper=*/true);
  return "arith.constant dense<\"0x" + bytes + "\"> : " + tensorType(array.shape) + "\n";
}

/// @main from one input `%x` to what `layer` computes, with constants %c0, %c1, ... before it.
std::string printModel(const Shape &input, const std::vector<Array> &constants,
                       const std::string &layer, const Shape &output) {
  std::string text =
      "func.func @main(%x: " + tensorType(input) + ") -> " + tensorType(output) + " {\n";
  for (size_t k = 0; k < constants.size(); ++k)
    text += "  %c" + std::to_string(k) + " = " + printConstant(constants[k]);
  return text + "  %y = " + layer + " -> " + tensorType(output) +
         "\n  return %y : " + tensorType(output) + "\n}\n";
}

class TrainPasses : public ReferenceModel {
protected:
  TrainPasses() { context.loadAllAvailableDialects(); }

  mlir::OwningOpRef<mlir::ModuleOp> parse(const std::string &text) {
    auto parsed = mlir::parseSourceString<mlir::ModuleOp>(text, &context);
    EXPECT_TRUE(parsed) << text;
    return parsed;
  }

  void runPass(mlir::ModuleOp target, std::unique_ptr<mlir::Pass> pass) {
    mlir::PassManager passes(&context);
    passes.addPass(std::move(pass));
    ASSERT_TRUE(mlir::succeeded(passes.run(target)));
  }

  /// The weights of the dense layer that all trains become.
  std::vector<float> contract(mlir::ModuleOp target) {
    ContractTrainsOptions options;
    options.dense = true;
    runPass(target, createContractTrains(options));
    runPass(target, createFoldConstants());
    std::vector<float> weights;
    target.walk([&](mlir::Operation *op) {
      if (std::optional<DenseLayer> layer = matchDenseLayer(op)) {
        auto read = readWeight(layer->weight);
        ASSERT_TRUE(read);
        weights.assign(read->begin(), read->end());
      }
    });
    return weights;
  }

  Array runModule(mlir::ModuleOp target, const Array &x, const Shape &result) {
    auto engine = ReferenceEngine::create(target, {});
    EXPECT_TRUE(static_cast<bool>(engine));
    auto outputs = (*engine)->run({toBuffer(x)});
    EXPECT_TRUE(static_cast<bool>(outputs));
    Array array(result);
    array.elements = outputs->front().as<float>().vec();
    return array;
  }
};

struct Extents {
  int64_t inputs, outputs;
};

class Interchange : public TrainPasses, public testing::WithParamInterface<Extents> {
protected:
  /// To a train without truncation and back; outputs and weights are those of before.
  void expectSame(const std::string &text, const Array &x, const Shape &result, int64_t taps,
                  const Array &weight) {
    auto [inputs, outputs] = GetParam();
    mlir::OwningOpRef<mlir::ModuleOp> original = parse(text), changed = parse(text);
    std::optional<DenseLayer> layer;
    changed->walk([&](mlir::Operation *op) {
      if (auto found = matchDenseLayer(op))
        layer = found;
    });
    ASSERT_TRUE(layer);
    layer->modes = chooseModes(padToSmooth(inputs), padToSmooth(outputs));
    ASSERT_TRUE(mlir::succeeded(readMatrix(*layer)));
    replaceByTrain(*layer, decompose(layer->matrix, layer->getAllModes(), {}));
    Array expected = runModule(*original, x, result), train = runModule(*changed, x, result);
    std::vector<float> dense = contract(*changed);
    Array again = runModule(*changed, x, result);
    for (size_t i = 0; i < expected.elements.size(); ++i) {
      ASSERT_NEAR(train.elements[i], expected.elements[i], 2e-5);
      ASSERT_NEAR(again.elements[i], expected.elements[i], 2e-5);
    }
    int64_t rows = padToSmooth(inputs), columns = padToSmooth(outputs);
    ASSERT_EQ(dense.size(), taps * rows * columns);
    for (int64_t tap = 0; tap < taps; ++tap)
      for (int64_t row = 0; row < rows; ++row)
        for (int64_t column = 0; column < columns; ++column) {
          bool isInside = row < inputs && column < outputs;
          float wanted = isInside ? weight.elements[(tap * inputs + row) * outputs + column] : 0;
          ASSERT_NEAR(dense[(tap * rows + row) * columns + column], wanted, 2e-6);
        }
  }
};

TEST_P(Interchange, OfLinearLayers) {
  auto [inputs, outputs] = GetParam();
  Array weight = Array::random({inputs, outputs}), bias = Array::random({outputs});
  Shape input{3, inputs}, result{3, outputs};
  std::string layer = "nnc.linear %x, %c0 bias(%c1) : " + tensorType(input) + ", " +
                      tensorType(weight.shape) + ", " + tensorType(bias.shape);
  expectSame(printModel(input, {weight, bias}, layer, result), Array::random(input), result, 1,
             weight);
}

TEST_P(Interchange, OfConvolutions) {
  auto [inputs, outputs] = GetParam();
  Array weight = Array::random({3, 2, inputs, outputs}), bias = Array::random({outputs});
  Shape input{1, 5, 6, inputs}, result{1, 3, 6, outputs};
  std::string layer = "nnc.conv2d %x, %c0 bias(%c1) {strides = array<i64: 2, 1>, pads = array<i64: "
                      "1, 1, 1, 0>} : " +
                      tensorType(input) + ", " + tensorType(weight.shape) + ", " +
                      tensorType(bias.shape);
  expectSame(printModel(input, {weight, bias}, layer, result), Array::random(input), result, 6,
             weight);
}

INSTANTIATE_TEST_SUITE_P(Extents, Interchange,
                         testing::Values(Extents{12, 16}, Extents{17, 16}, Extents{12, 19},
                                         Extents{17, 23}),
                         [](const auto &info) {
                           return std::to_string(info.param.inputs) + "to" +
                                  std::to_string(info.param.outputs);
                         });

class Rounding : public TrainPasses {
protected:
  /// Rounds the model's train; its recorded error is that of the dense weights.
  void expectRecordedError(const std::string &text, const RoundTrainsOptions &options) {
    mlir::OwningOpRef<mlir::ModuleOp> exact = parse(text), rounded = parse(text);
    runPass(*rounded, createRoundTrains(options));
    llvm::SmallVector<Approximation> list = readApproximations(*rounded);
    ASSERT_EQ(list.size(), 1);
    EXPECT_EQ(list[0].method, "rounding");
    if (options.error > 0)
      EXPECT_LE(list[0].error, options.error);
    EXPECT_GT(list[0].error, 1e-3);
    std::vector<float> before = contract(*exact), after = contract(*rounded);
    ASSERT_EQ(before.size(), after.size());
    EXPECT_EQ(list[0].denseParameters, before.size());
    double error = 0, norm = 0;
    for (size_t i = 0; i < before.size(); ++i) {
      error += std::pow(double(before[i]) - after[i], 2);
      norm += std::pow(double(before[i]), 2);
    }
    EXPECT_NEAR(list[0].error, std::sqrt(error / norm), 1e-6);
  }

  static RoundTrainsOptions limit(int64_t rank, double error) {
    RoundTrainsOptions options;
    options.rank = rank;
    options.error = error;
    return options;
  }
};

TEST_F(Rounding, OfLinearLayers) {
  std::vector<Array> cores{Array::random({1, 2, 3, 4}), Array::random({4, 3, 4, 5}),
                           Array::random({5, 4, 2, 1})};
  std::string text =
      printModel({2, 24}, cores,
                 "nnc.tt_linear %x cores(%c0, %c1, %c2) : tensor<2x24xf32>, (tensor<1x2x3x4xf32>, "
                 "tensor<4x3x4x5xf32>, tensor<5x4x2x1xf32>)",
                 {2, 24});
  expectRecordedError(text, limit(2, 0));
  expectRecordedError(text, limit(0, 0.5));
  expectRecordedError(text, limit(3, 0.6));
}

TEST_F(Rounding, OfConvolutions) {
  std::vector<Array> cores{Array::random({3, 3, 6}), Array::random({6, 2, 4, 5}),
                           Array::random({5, 4, 2, 1})};
  std::string text = printModel({1, 5, 5, 8}, cores,
                                "nnc.tt_conv2d %x spatial(%c0) cores(%c1, %c2) {pads = array<i64: "
                                "1, 1, 1, 1>} : tensor<1x5x5x8xf32>, tensor<3x3x6xf32>, "
                                "(tensor<6x2x4x5xf32>, tensor<5x4x2x1xf32>)",
                                {1, 5, 5, 8});
  expectRecordedError(text, limit(2, 0));
  expectRecordedError(text, limit(0, 0.5));
}

} // namespace
