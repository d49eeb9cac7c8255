// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "frontend/fit/Operations.h"

#include "dialects/nnc/Constants.h"
#include "dialects/nnc/Nnc.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/IR/ImplicitLocOpBuilder.h"

using namespace mlir;

namespace nnc::fit {
namespace {

using RowMajor = Eigen::Matrix<double, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;

RankedTensorType getTensorType(Value value) { return cast<RankedTensorType>(value.getType()); }
int64_t countRows(Value value) { return getTensorType(value).getDimSize(0); }
int64_t countColumns(Value value) { return getTensorType(value).getDimSize(1); }

RankedTensorType getType(Builder &builder, ArrayRef<int64_t> shape) {
  return RankedTensorType::get(shape, builder.getF64Type());
}

/// Packed elements as a constant; `name` labels it.
template <typename T>
Value makeElements(ImplicitLocOpBuilder &b, RankedTensorType type, const T *data, size_t count,
                   StringRef name) {
  ArrayRef<char> bytes(reinterpret_cast<const char *>(data), count * sizeof(T));
  return arith::ConstantOp::create(b, makeConstant(type, bytes, name));
}

Value makeMatrix(ImplicitLocOpBuilder &b, const RowMajor &matrix, StringRef name) {
  return makeElements(b, getType(b, {matrix.rows(), matrix.cols()}), matrix.data(),
                      static_cast<size_t>(matrix.size()), name);
}

Value makeRow(ImplicitLocOpBuilder &b, const RowVector &row, StringRef name) {
  return makeElements(b, getType(b, {row.size()}), row.data(), static_cast<size_t>(row.size()),
                      name);
}

Value repeat(ImplicitLocOpBuilder &b, Value small, ArrayRef<int64_t> shape) {
  return b.createOrFold<BroadcastOp>(getTensorType(small).clone(shape), small);
}

/// The number everywhere.
Value makeNumber(ImplicitLocOpBuilder &b, RankedTensorType type, double number) {
  return arith::ConstantOp::create(b, DenseElementsAttr::get(type, number));
}

struct Columns : Operation {
  explicit Columns(std::vector<int> columns) : columns(std::move(columns)) {}
  Matrix evaluate(ArrayRef<Matrix> inputs) const override { return inputs[0](Eigen::all, columns); }
  Value build(ImplicitLocOpBuilder &b, ValueRange inputs) const override {
    SmallVector<int32_t> numbers(columns.begin(), columns.end());
    auto type = RankedTensorType::get({static_cast<int64_t>(numbers.size())}, b.getIntegerType(32));
    Value list = arith::ConstantOp::create(b, DenseElementsAttr::get(type, ArrayRef(numbers)));
    return GatherOp::create(b, inputs[0], list, 1);
  }
  std::vector<int> columns;
};

struct Affine : Operation {
  Affine(RowVector scale, RowVector shift) : scale(std::move(scale)), shift(std::move(shift)) {}
  Matrix evaluate(ArrayRef<Matrix> inputs) const override {
    return (inputs[0].array().rowwise() * scale.array()).rowwise() + shift.array();
  }
  Value build(ImplicitLocOpBuilder &b, ValueRange inputs) const override {
    ArrayRef<int64_t> shape = getTensorType(inputs[0]).getShape();
    Value scaled =
        arith::MulFOp::create(b, inputs[0], repeat(b, makeRow(b, scale, "scale"), shape));
    return arith::AddFOp::create(b, scaled, repeat(b, makeRow(b, shift, "shift"), shape));
  }
  RowVector scale, shift;
};

struct Linear : Operation {
  Linear(Matrix weight, RowVector bias) : weight(std::move(weight)), bias(std::move(bias)) {}
  Matrix evaluate(ArrayRef<Matrix> inputs) const override {
    return (inputs[0] * weight).rowwise() + bias;
  }
  Value build(ImplicitLocOpBuilder &b, ValueRange inputs) const override {
    return LinearOp::create(b, inputs[0], makeMatrix(b, weight, "weight"),
                            makeRow(b, bias, "bias"));
  }
  Matrix weight;
  RowVector bias;
};

struct Distances : Operation {
  Distances(Matrix points, double power) : points(std::move(points)), power(power) {}
  Matrix evaluate(ArrayRef<Matrix> inputs) const override {
    Matrix result = Matrix::Zero(inputs[0].rows(), points.rows());
    for (Eigen::Index d = 0; d < points.cols(); ++d) {
      auto difference =
          (inputs[0].col(d).replicate(1, points.rows()).rowwise() - points.col(d).transpose())
              .array();
      if (power == 2)
        result.array() += difference.square();
      else
        result.array() += difference.abs().pow(power);
    }
    return result;
  }
  Value build(ImplicitLocOpBuilder &b, ValueRange inputs) const override {
    return DistancesOp::create(b, inputs[0], makeMatrix(b, points.transpose(), "points"),
                               b.getF64FloatAttr(power));
  }
  Matrix points;
  double power;
};

struct OneHot : Operation {
  explicit OneHot(Eigen::Index categories) : categories(categories) {}
  Matrix evaluate(ArrayRef<Matrix> inputs) const override {
    Matrix result(inputs[0].rows(), categories);
    for (Eigen::Index k = 0; k < categories; ++k)
      result.col(k) = (inputs[0].col(0).array() == static_cast<double>(k)).cast<double>();
    return result;
  }
  Value build(ImplicitLocOpBuilder &b, ValueRange inputs) const override {
    RankedTensorType type = getType(b, {countRows(inputs[0]), categories});
    RowVector numbers = RowVector::LinSpaced(categories, 0, static_cast<double>(categories - 1));
    Value is =
        arith::CmpFOp::create(b, arith::CmpFPredicate::OEQ, repeat(b, inputs[0], type.getShape()),
                              repeat(b, makeRow(b, numbers, "categories"), type.getShape()));
    return arith::SelectOp::create(b, is, makeNumber(b, type, 1), makeNumber(b, type, 0));
  }
  Eigen::Index categories;
};

/// In 32-bit floats: twice the rows in a register, and thresholds between points do not need more.
struct SumOfTrees : Operation {
  using Numbers = Eigen::Matrix<float, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;

  explicit SumOfTrees(const Trees &trees)
      : depth(trees.depth), columns(trees.columns), thresholds(round(trees.thresholds)),
        leaves(round(trees.leaves)) {}

  Matrix evaluate(ArrayRef<Matrix> inputs) const override {
    const Numbers x = round(inputs[0]);
    Matrix result(x.rows(), 1);
    for (Eigen::Index row = 0; row < x.rows(); ++row) {
      float sum = 0;
      for (Eigen::Index tree = 0; tree < leaves.rows(); ++tree) {
        int node = 0;
        for (int level = 0; level < depth; ++level)
          node = 2 * node + !(x(row, columns(tree, node)) < thresholds(tree, node)) + 1;
        sum += leaves(tree, node - ((1 << depth) - 1));
      }
      result(row) = static_cast<double>(sum);
    }
    return result;
  }

  Value build(ImplicitLocOpBuilder &b, ValueRange inputs) const override {
    Type single = b.getF32Type();
    auto makeTable = [&](const auto &numbers, Type element, StringRef name) {
      return makeElements(b, RankedTensorType::get({numbers.rows(), numbers.cols()}, element),
                          numbers.data(), static_cast<size_t>(numbers.size()), name);
    };
    Value x = arith::TruncFOp::create(b, getTensorType(inputs[0]).clone(single), inputs[0]);
    Value sum = TreesOp::create(b, x, makeTable(columns, b.getI32Type(), "columns"),
                                makeTable(thresholds, single, "thresholds"),
                                makeTable(leaves, single, "leaves"));
    return arith::ExtFOp::create(b, getTensorType(sum).clone(b.getF64Type()), sum);
  }

private:
  static Numbers round(const Matrix &numbers) {
    constexpr double kMost = std::numeric_limits<float>::max();
    return numbers.cwiseMin(kMost).cwiseMax(-kMost).cast<float>();
  }

  int depth;
  Eigen::Matrix<int32_t, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor> columns;
  Numbers thresholds, leaves;
};

struct UnaryOperation : Operation {
  explicit UnaryOperation(Unary kind) : kind(kind) {}
  Matrix evaluate(ArrayRef<Matrix> inputs) const override {
    auto x = inputs[0].array();
    switch (kind) {
    case Unary::Exp:
      return x.exp();
    case Unary::Tanh:
      return x.tanh();
    case Unary::Sqrt:
      return x.sqrt();
    case Unary::Square:
      return x.square();
    case Unary::Negate:
      return -x;
    case Unary::Sin:
      return x.sin();
    case Unary::Cos:
      return x.cos();
    }
    llvm_unreachable("all kinds are covered");
  }
  Value build(ImplicitLocOpBuilder &b, ValueRange inputs) const override {
    Value x = inputs[0];
    switch (kind) {
    case Unary::Exp:
      return math::ExpOp::create(b, x);
    case Unary::Tanh:
      return math::TanhOp::create(b, x);
    case Unary::Sqrt:
      return math::SqrtOp::create(b, x);
    case Unary::Square:
      return arith::MulFOp::create(b, x, x);
    case Unary::Negate:
      return arith::NegFOp::create(b, x);
    case Unary::Sin:
      return math::SinOp::create(b, x);
    case Unary::Cos:
      return math::CosOp::create(b, x);
    }
    llvm_unreachable("all kinds are covered");
  }
  Unary kind;
};

/// Element by element, a single column with each of the other's.
template <typename Op> struct Binary : Operation {
  Matrix evaluate(ArrayRef<Matrix> inputs) const override {
    Eigen::Index columns = std::max(inputs[0].cols(), inputs[1].cols());
    auto widen = [&](const Matrix &x) -> Matrix {
      return x.cols() == columns ? x : x.replicate(1, columns);
    };
    if constexpr (std::is_same_v<Op, arith::AddFOp>)
      return widen(inputs[0]) + widen(inputs[1]);
    else
      return widen(inputs[0]).cwiseProduct(widen(inputs[1]));
  }
  Value build(ImplicitLocOpBuilder &b, ValueRange inputs) const override {
    SmallVector<int64_t> shape{countRows(inputs[0]),
                               std::max(countColumns(inputs[0]), countColumns(inputs[1]))};
    return Op::create(b, repeat(b, inputs[0], shape), repeat(b, inputs[1], shape));
  }
};

struct AtLeast : Operation {
  explicit AtLeast(double least) : least(least) {}
  Matrix evaluate(ArrayRef<Matrix> inputs) const override { return inputs[0].cwiseMax(least); }
  Value build(ImplicitLocOpBuilder &b, ValueRange inputs) const override {
    return arith::MaximumFOp::create(b, inputs[0], makeNumber(b, getTensorType(inputs[0]), least));
  }
  double least;
};

struct RowSum : Operation {
  Matrix evaluate(ArrayRef<Matrix> inputs) const override { return inputs[0].rowwise().sum(); }
  Value build(ImplicitLocOpBuilder &b, ValueRange inputs) const override {
    Value sum = ReduceOp::create(b, Reduction::Sum, inputs[0], ArrayRef<int64_t>{1});
    return ReshapeOp::create(b, getType(b, {countRows(inputs[0]), 1}), sum);
  }
};

struct Contraction : Operation {
  Matrix evaluate(ArrayRef<Matrix> inputs) const override {
    const Matrix &tensor = inputs[0], &x = inputs[1];
    Eigen::Index columns = tensor.cols() / x.cols();
    Matrix result = Matrix::Zero(x.rows(), columns);
    for (Eigen::Index index = 0; index < x.cols(); ++index)
      result += x.col(index).asDiagonal() * tensor.middleCols(index * columns, columns);
    return result;
  }
  Value build(ImplicitLocOpBuilder &b, ValueRange inputs) const override {
    int64_t rows = countRows(inputs[1]), count = countColumns(inputs[1]);
    RankedTensorType type = getType(b, {rows, count, countColumns(inputs[0]) / count});
    Value tensor = b.createOrFold<ReshapeOp>(type, inputs[0]);
    Value column = b.createOrFold<ReshapeOp>(getType(b, {rows, count, 1}), inputs[1]);
    Value product = arith::MulFOp::create(b, tensor, repeat(b, column, type.getShape()));
    return ReduceOp::create(b, Reduction::Sum, product, ArrayRef<int64_t>{1});
  }
};

struct Softmax : Operation {
  Matrix evaluate(ArrayRef<Matrix> inputs) const override {
    Matrix result = (inputs[0].colwise() - inputs[0].rowwise().maxCoeff()).array().exp();
    Vector sums = result.rowwise().sum();
    return sums.cwiseInverse().asDiagonal() * result;
  }
  Value build(ImplicitLocOpBuilder &b, ValueRange inputs) const override {
    return SoftmaxOp::create(b, inputs[0], 1);
  }
};

struct AtLargest : Operation {
  Matrix evaluate(ArrayRef<Matrix> inputs) const override {
    Vector largest = inputs[0].rowwise().maxCoeff();
    Matrix is =
        (inputs[0].array() >= largest.replicate(1, inputs[0].cols()).array()).cast<double>();
    return inputs[1].cwiseProduct(is).rowwise().sum().cwiseQuotient(is.rowwise().sum());
  }
  Value build(ImplicitLocOpBuilder &b, ValueRange inputs) const override {
    RankedTensorType type = getTensorType(inputs[0]);
    Value largest = ReduceOp::create(b, Reduction::Max, inputs[0], ArrayRef<int64_t>{1});
    Value column = ReshapeOp::create(b, getType(b, {countRows(largest), 1}), largest);
    Value is = arith::CmpFOp::create(b, arith::CmpFPredicate::OGE, inputs[0],
                                     repeat(b, column, type.getShape()));
    auto sum = [&](Value x) -> Value {
      Value kept = arith::SelectOp::create(b, is, x, makeNumber(b, type, 0));
      return ReduceOp::create(b, Reduction::Sum, kept, ArrayRef<int64_t>{1});
    };
    Value mean = arith::DivFOp::create(b, sum(inputs[1]), sum(makeNumber(b, type, 1)));
    return ReshapeOp::create(b, getType(b, {countRows(largest), 1}), mean);
  }
};

struct Join : Operation {
  Matrix evaluate(ArrayRef<Matrix> inputs) const override {
    Eigen::Index columns = 0, at = 0;
    for (const Matrix &part : inputs)
      columns += part.cols();
    Matrix result(inputs[0].rows(), columns);
    for (const Matrix &part : inputs) {
      result.middleCols(at, part.cols()) = part;
      at += part.cols();
    }
    return result;
  }
  Value build(ImplicitLocOpBuilder &b, ValueRange inputs) const override {
    return inputs.size() == 1 ? inputs[0] : tensor::ConcatOp::create(b, 1, inputs).getResult();
  }
};

} // namespace

OperationPointer makeColumns(std::vector<int> columns) {
  return std::make_shared<Columns>(std::move(columns));
}
OperationPointer makeAffine(const RowVector &scale, const RowVector &shift) {
  return std::make_shared<Affine>(scale, shift);
}
OperationPointer makeLinear(const Matrix &weight, const RowVector &bias) {
  return std::make_shared<Linear>(weight, bias);
}
OperationPointer makeDistances(const Matrix &points, double power) {
  return std::make_shared<Distances>(points, power);
}
OperationPointer makeOneHot(Eigen::Index categories) {
  return std::make_shared<OneHot>(categories);
}
OperationPointer makeTrees(const Trees &trees) { return std::make_shared<SumOfTrees>(trees); }
OperationPointer makeUnary(Unary kind) { return std::make_shared<UnaryOperation>(kind); }
OperationPointer makeSum() { return std::make_shared<Binary<arith::AddFOp>>(); }
OperationPointer makeProduct() { return std::make_shared<Binary<arith::MulFOp>>(); }
OperationPointer makeAtLeast(double least) { return std::make_shared<AtLeast>(least); }
OperationPointer makeContraction() { return std::make_shared<Contraction>(); }
OperationPointer makeSoftmax() { return std::make_shared<Softmax>(); }
OperationPointer makeAtLargest() { return std::make_shared<AtLargest>(); }
OperationPointer makeRowSum() { return std::make_shared<RowSum>(); }
OperationPointer makeJoin() { return std::make_shared<Join>(); }

} // namespace nnc::fit
