// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Both uses of each operation of a formula: evaluated with Eigen, and built in the dialect and run
// by the reference.
#include "frontend/fit/Formula.h"

#include "dialects/nnc/Nnc.h"
#include "lowering/reference/ReferenceEngine.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"

#include <gtest/gtest.h>

using namespace mlir;
using namespace nnc::fit;

namespace {

using RowMajor = Eigen::Matrix<double, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;

/// What the built formula computes.
Matrix runBuilt(const Formula &formula, Node node, const Matrix &points) {
  MLIRContext context;
  context.loadDialect<nnc::NncDialect, arith::ArithDialect, func::FuncDialect, math::MathDialect,
                      tensor::TensorDialect>();
  Location at = UnknownLoc::get(&context);
  OwningOpRef<ModuleOp> module = ModuleOp::create(at);
  ImplicitLocOpBuilder builder(at, OpBuilder::atBlockEnd(module->getBody()));
  auto type = RankedTensorType::get({points.rows(), points.cols()}, builder.getF64Type());
  auto main = func::FuncOp::create(builder, "main", builder.getFunctionType(type, {}));
  builder.setInsertionPointToStart(main.addEntryBlock());
  Value result = formula.build(node, builder, main.getArgument(0)).front();
  func::ReturnOp::create(builder, result);
  main.setType(builder.getFunctionType(type, result.getType()));
  auto engine = nnc::ReferenceEngine::create(*module);
  if (!engine) {
    ADD_FAILURE() << llvm::toString(engine.takeError());
    return {};
  }
  RowMajor rows = points;
  auto outputs = (*engine)->run(nnc::Buffer::copyOf<double>(
      type, llvm::ArrayRef(rows.data(), static_cast<size_t>(rows.size()))));
  ArrayRef<int64_t> shape = cast<RankedTensorType>(result.getType()).getShape();
  return Eigen::Map<const RowMajor>((*outputs)[0].as<double>().data(), shape[0], shape[1]);
}

class FormulaTest : public testing::Test {
protected:
  void expectSame(Node node) {
    Matrix evaluated = formula.evaluate(node, points), built = runBuilt(formula, node, points);
    ASSERT_EQ(evaluated.rows(), built.rows());
    ASSERT_EQ(evaluated.cols(), built.cols());
    EXPECT_LT((evaluated - built).cwiseAbs().maxCoeff(), 1e-12);
  }

  Matrix points = Matrix::Random(5, 3);
  Formula formula{3};
  Node x = formula.input();
};

TEST_F(FormulaTest, Columns) { expectSame(formula.columns(x, {2, 0, 2})); }
TEST_F(FormulaTest, Affine) {
  expectSame(formula.affine(x, RowVector::Random(3), RowVector::Random(3)));
}
TEST_F(FormulaTest, Linear) {
  expectSame(formula.linear(x, Matrix::Random(3, 4), RowVector::Random(4)));
}
TEST_F(FormulaTest, Distances) {
  for (double power : {1.0, 1.5, 2.0, 3.0})
    expectSame(formula.distances(x, Matrix::Random(7, 3), power));
}
TEST_F(FormulaTest, OneHot) {
  points.col(1) << 0, 2, 1, 3, 2;
  expectSame(formula.oneHot(formula.columns(x, {1}), 4));
}
TEST_F(FormulaTest, Trees) {
  Trees trees{2, Eigen::MatrixXi(6, 3), Matrix::Random(6, 3), Matrix::Random(6, 4)};
  for (int i = 0; i < 18; ++i)
    trees.columns(i / 3, i % 3) = i * 5 % 3;
  expectSame(formula.trees(x, trees));
}
TEST_F(FormulaTest, Unary) {
  for (Unary kind : {Unary::Exp, Unary::Tanh, Unary::Square, Unary::Negate, Unary::Sin, Unary::Cos})
    expectSame(formula.unary(kind, x));
  expectSame(formula.unary(Unary::Sqrt, formula.unary(Unary::Exp, x)));
}
TEST_F(FormulaTest, SumsAndProducts) {
  Node sum = formula.sum(x);
  expectSame(formula.add(x, sum));
  expectSame(formula.multiply(sum, x));
  expectSame(formula.atLeast(formula.multiply(x, x), 0.25));
}
TEST_F(FormulaTest, Contract) {
  Node tensor = formula.linear(x, Matrix::Random(3, 12), RowVector::Random(12));
  Node contracted = formula.contract(tensor, x);
  expectSame(contracted);
  Matrix all = formula.evaluate(tensor, points);
  double sum = 0;
  for (int b = 0; b < 3; ++b)
    sum += all(1, 4 * b + 2) * points(1, b);
  EXPECT_NEAR(formula.evaluate(contracted, points)(1, 2), sum, 1e-14);
  expectSame(formula.contract(x, x)); // to one column
}
TEST_F(FormulaTest, Softmax) {
  expectSame(formula.softmax(x));
  EXPECT_NEAR(formula.evaluate(formula.softmax(x), points).rowwise().sum()(0), 1, 1e-15);
}
TEST_F(FormulaTest, AtLargest) {
  points.row(0).setConstant(1); // all are the largest
  Node values = formula.linear(x, Matrix::Random(3, 3), RowVector::Random(3));
  expectSame(formula.atLargest(x, values));
  EXPECT_NEAR(formula.evaluate(formula.atLargest(x, values), points)(0, 0),
              formula.evaluate(values, points).row(0).mean(), 1e-15);
}
TEST_F(FormulaTest, Join) { expectSame(formula.join({x, formula.sum(x), formula.join({x})})); }

TEST_F(FormulaTest, AppendPutsAnotherFormulaOnANode) {
  Formula other(2);
  Node square = other.unary(Unary::Square, other.input());
  other.unary(Unary::Exp, square); // nobody needs it
  Node sum = other.sum(square);
  Node two = formula.columns(x, {0, 2});
  Node appended = formula.append(other, sum, two);
  expectSame(appended);
  EXPECT_NEAR(formula.evaluate(appended, points)(3, 0),
              points(3, 0) * points(3, 0) + points(3, 2) * points(3, 2), 1e-15);
}

} // namespace
