// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// What a fitted model computes: a small graph of operations on matrices whose rows are points. Each
// operation is written once for both of its uses, evaluation with Eigen while models are fitted and
// compared, and the nnc dialect (dialects/nnc/Surrogate.td).
#ifndef FRONTEND_FIT_FORMULA_H
#define FRONTEND_FIT_FORMULA_H

#include "llvm/ADT/ArrayRef.h"

#include <Eigen/Core>

#include <memory>
#include <string>
#include <vector>

namespace mlir {
class ImplicitLocOpBuilder;
class Value;
class ValueRange;
} // namespace mlir

namespace nnc::fit {

using Matrix = Eigen::MatrixXd;
using RowVector = Eigen::RowVectorXd;
using Vector = Eigen::VectorXd;

/// An operation of a formula: from matrices of M rows to one of M rows.
class Operation {
public:
  virtual ~Operation() = default;
  virtual Matrix evaluate(llvm::ArrayRef<Matrix> inputs) const = 0;
  /// Tensors of f64, M x C.
  virtual mlir::Value build(mlir::ImplicitLocOpBuilder &builder, mlir::ValueRange inputs) const = 0;
};

/// A binary tree for each output of an ensemble, all of one depth: node n's children are 2 n + 1
/// (the value is less than the threshold) and 2 n + 2; behind the last nodes come the leaves. They
/// are compared and summed in 32-bit floats.
struct Trees {
  int depth;
  Eigen::MatrixXi columns; // T x (2^depth - 1)
  Matrix thresholds;       // likewise
  Matrix leaves;           // T x 2^depth
};

enum class Unary { Exp, Tanh, Sqrt, Square, Negate, Sin, Cos };

/// A value of a formula.
struct Node {
  int index;
};

class Formula {
public:
  /// Of points with this many inputs.
  explicit Formula(Eigen::Index inputs) : inputs(inputs) {}

  /// The points.
  Node input() const { return {0}; }
  /// Columns, in any order and as often as they are named.
  Node columns(Node x, std::vector<int> columns);
  /// x * scale + shift, column by column.
  Node affine(Node x, const RowVector &scale, const RowVector &shift);
  /// x weight + bias: weight is C x K, bias K.
  Node linear(Node x, const Matrix &weight, const RowVector &bias);
  /// Sum over columns d of |x_d - points_nd|^power, to each of the N points.
  Node distances(Node x, const Matrix &points, double power);
  /// 1 in column k where the only column of x is k, else 0; k from 0 to `categories` - 1.
  Node oneHot(Node x, Eigen::Index categories);
  /// Sums of leaves of all trees, for one output.
  Node trees(Node x, const Trees &trees);
  Node unary(Unary kind, Node x);
  /// Element by element; where one has a single column, with each column of the other.
  Node add(Node a, Node b);
  Node multiply(Node a, Node b);
  /// The largest of each element and a number.
  Node atLeast(Node x, double least);
  /// Over the columns: one column.
  Node sum(Node x);
  /// Sum over b of tensor(m, b K + k) x(m, b), for x of B columns: K columns.
  Node contract(Node tensor, Node x);
  /// exp(x) over its sum, row by row.
  Node softmax(Node x);
  /// The mean of those of `values` whose score is the largest of their row: one column.
  Node atLargest(Node scores, Node values);
  /// Columns side by side.
  Node join(std::vector<Node> parts);
  /// The nodes of another formula, put on a node of this one; what its `node` is here.
  Node append(const Formula &other, Node node, Node input);

  /// Rows are points.
  Matrix evaluate(Node node, const Matrix &points) const;
  /// What several nodes share is built once.
  std::vector<mlir::Value> build(llvm::ArrayRef<Node> nodes, mlir::ImplicitLocOpBuilder &builder,
                                 mlir::Value points) const;

  Eigen::Index countInputs() const { return inputs; }

private:
  struct Step {
    std::shared_ptr<const Operation> operation; // null for the input
    std::vector<int> inputs;
  };
  Node add(std::shared_ptr<const Operation> operation, std::vector<int> inputs);
  /// The values of the nodes, step by step, as `apply` makes each from those of its inputs.
  template <typename T, typename Apply>
  std::vector<T> run(llvm::ArrayRef<Node> nodes, T points, const Apply &apply) const;
  /// Which steps the nodes need.
  std::vector<bool> findNeeded(llvm::ArrayRef<Node> nodes) const;

  Eigen::Index inputs;
  std::vector<Step> steps{{nullptr, {}}};
};

} // namespace nnc::fit

#endif // FRONTEND_FIT_FORMULA_H
