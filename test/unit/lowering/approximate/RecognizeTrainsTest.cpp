// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Chains of products with the cores of a train compute the same as the layer that they become.
#include "test/unit/lowering/reference/ReferenceModel.h"

#include "dialects/nnc/Nnc.h"
#include "lowering/Passes.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Pass/PassManager.h"
#include "mlir/Transforms/Passes.h"

#include <algorithm>

using namespace nnc::test;

namespace {

/// What an axis of a state stands for. A rank is numbered like the core behind it.
struct Axis {
  enum Kind { Row, Input, Output, Rank } kind;
  size_t core;
  int64_t extent;

  bool operator==(const Axis &other) const { return kind == other.kind && core == other.core; }
};

/// A chain with random modes and ranks, whose cores are contracted in a random order.
class RandomChain {
public:
  explicit RandomChain(unsigned seed) : generator(seed) {
    size_t cores = pick(2, 4);
    rows = pick(1, 3);
    for (size_t k = 0; k < cores; ++k) {
      inputs.push_back({Axis::Input, k, pick(2, 4)});
      outputs.push_back({Axis::Output, k, pick(1, 4)});
      ranks.push_back({Axis::Rank, k, k == 0 ? 1 : pick(2, 3)});
      order.push_back(k);
    }
    ranks.push_back({Axis::Rank, cores, 1});
    std::shuffle(order.begin(), order.end(), generator);
  }

  Shape getInputShape() const { return {rows, multiply(inputs)}; }

  std::string write() {
    std::string argument = tensorType(getInputShape());
    axes = {{Axis::Row, 0, rows}};
    axes.insert(axes.end(), inputs.begin(), inputs.end());
    shape = getInputShape();
    reshape(getExtents());
    for (size_t core : order)
      contract(core);
    std::vector<Axis> result{{Axis::Row, 0, rows}};
    result.insert(result.end(), outputs.begin(), outputs.end());
    arrange(result);
    reshape({rows, multiply(outputs)});
    return "func.func @main(%v0: " + argument + ") -> " + tensorType(shape) + " {\n" + text +
           "  return %v" + std::to_string(last) + " : " + tensorType(shape) + "\n}\n";
  }

private:
  int64_t pick(int64_t least, int64_t most) {
    return std::uniform_int_distribution<int64_t>(least, most)(generator);
  }

  static int64_t multiply(const std::vector<Axis> &axes) {
    int64_t product = 1;
    for (const Axis &axis : axes)
      product *= axis.extent;
    return product;
  }

  Shape getExtents() const {
    Shape extents;
    for (const Axis &axis : axes)
      extents.push_back(axis.extent);
    return extents;
  }

  void append(const std::string &op, const Shape &result, const std::string &more = "") {
    text += llvm::formatv("  %v{0} = nnc.{1} : {2}{3} -> {4}\n", last + 1, op, tensorType(shape),
                          more, tensorType(result))
                .str();
    ++last;
    shape = result;
  }

  std::string getState() const { return "%v" + std::to_string(last); }

  void reshape(const Shape &result) { append("reshape " + getState(), result); }

  void arrange(const std::vector<Axis> &wanted) {
    std::string permutation;
    for (const Axis &axis : wanted)
      permutation += (permutation.empty() ? "" : ", ") +
                     std::to_string(std::find(axes.begin(), axes.end(), axis) - axes.begin());
    axes = wanted;
    append("transpose " + getState() + " [" + permutation + "]", getExtents());
  }

  /// The mode of a core and the ranks that are there already go to the end, as one dimension; the
  /// output mode and the other ranks come from it.
  void contract(size_t core) {
    std::vector<Axis> kept, read, made{outputs[core]};
    for (const Axis &rank : {ranks[core], ranks[core + 1]})
      if (rank.extent > 1 && std::find(axes.begin(), axes.end(), rank) == axes.end())
        made.push_back(rank);
    std::shuffle(made.begin(), made.end(), generator);
    for (const Axis &axis : axes) {
      bool isRead = axis == inputs[core] || axis == ranks[core] || axis == ranks[core + 1];
      (isRead ? read : kept).push_back(axis);
    }
    std::shuffle(read.begin(), read.end(), generator);
    std::shuffle(kept.begin(), kept.end(), generator);
    std::vector<Axis> all = kept;
    all.insert(all.end(), read.begin(), read.end());
    arrange(all);
    multiplyWith({multiply(read), multiply(made)}, multiply(kept));
    axes = kept;
    axes.insert(axes.end(), made.begin(), made.end());
    reshape(getExtents());
  }

  void multiplyWith(const Shape &matrix, int64_t rows) {
    reshape({rows, matrix[0]});
    std::string elements;
    for (float element : Array::random({matrix[0] * matrix[1]}).elements)
      elements += (elements.empty() ? "" : ", ") + llvm::formatv("{0:f6}", element).str();
    std::string weight = "%w" + std::to_string(last), type = tensorType(matrix);
    text += "  %f" + weight.substr(1) + " = arith.constant dense<[" + elements +
            "]> : " + tensorType({matrix[0] * matrix[1]}) + "\n";
    text += "  " + weight + " = nnc.reshape %f" + weight.substr(1) + " : " +
            tensorType({matrix[0] * matrix[1]}) + " -> " + type + "\n";
    append("linear " + getState() + ", " + weight, {rows, matrix[1]}, ", " + type);
  }

  std::mt19937 generator;
  int64_t rows;
  std::vector<Axis> inputs, outputs, ranks;
  std::vector<size_t> order;

  std::string text;
  std::vector<Axis> axes;
  Shape shape;
  size_t last = 0;
};

class RecognizeTrains : public ReferenceModel, public testing::WithParamInterface<unsigned> {
protected:
  void expectLayers(int64_t trains) {
    int64_t found = 0, others = 0;
    module->walk([&](mlir::Operation *op) {
      found += mlir::isa<nnc::TtLinearOp>(op);
      others += mlir::isa<nnc::LinearOp>(op);
    });
    EXPECT_EQ(found, trains);
    EXPECT_EQ(others, 0);
  }
};

TEST_P(RecognizeTrains, KeepsResults) {
  RandomChain chain(GetParam());
  std::string text = chain.write();
  SCOPED_TRACE(text);
  nnc::Buffer input = toBuffer(Array::random(chain.getInputShape()));
  std::vector<nnc::Buffer> before = run(text, input);
  mlir::PassManager passes(&context);
  passes.addPass(mlir::createCanonicalizerPass());
  passes.addNestedPass<mlir::func::FuncOp>(nnc::createRecognizeTrains());
  module = mlir::parseSourceString<mlir::ModuleOp>(text, &context);
  ASSERT_TRUE(module && mlir::succeeded(passes.run(*module)));
  expectLayers(1);
  auto engine = nnc::ReferenceEngine::create(*module);
  ASSERT_TRUE(bool(engine));
  auto after = (*engine)->run(input);
  ASSERT_TRUE(after && before.size() == 1 && after->size() == 1);
  ASSERT_EQ(before[0].as<float>().size(), (*after)[0].as<float>().size());
  for (size_t i = 0; i < before[0].as<float>().size(); ++i)
    EXPECT_NEAR(before[0].as<float>()[i], (*after)[0].as<float>()[i], 1e-4) << "element " << i;
}

INSTANTIATE_TEST_SUITE_P(Chain, RecognizeTrains, testing::Range(0u, 24u));

} // namespace
