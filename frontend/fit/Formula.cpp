// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "frontend/fit/Formula.h"

#include "frontend/fit/Operations.h"

#include "mlir/IR/ImplicitLocOpBuilder.h"
#include "llvm/ADT/STLExtras.h"

namespace nnc::fit {

Node Formula::add(std::shared_ptr<const Operation> operation, std::vector<int> inputs) {
  steps.push_back({std::move(operation), std::move(inputs)});
  return {static_cast<int>(steps.size()) - 1};
}

Node Formula::columns(Node x, std::vector<int> columns) {
  return add(makeColumns(std::move(columns)), {x.index});
}
Node Formula::affine(Node x, const RowVector &scale, const RowVector &shift) {
  return add(makeAffine(scale, shift), {x.index});
}
Node Formula::linear(Node x, const Matrix &weight, const RowVector &bias) {
  return add(makeLinear(weight, bias), {x.index});
}
Node Formula::distances(Node x, const Matrix &points, double power) {
  return add(makeDistances(points, power), {x.index});
}
Node Formula::oneHot(Node x, Eigen::Index categories) {
  return add(makeOneHot(categories), {x.index});
}
Node Formula::trees(Node x, const Trees &trees) { return add(makeTrees(trees), {x.index}); }
Node Formula::unary(Unary kind, Node x) { return add(makeUnary(kind), {x.index}); }
Node Formula::add(Node a, Node b) { return add(makeSum(), {a.index, b.index}); }
Node Formula::multiply(Node a, Node b) { return add(makeProduct(), {a.index, b.index}); }
Node Formula::atLeast(Node x, double least) { return add(makeAtLeast(least), {x.index}); }
Node Formula::sum(Node x) { return add(makeRowSum(), {x.index}); }
Node Formula::contract(Node tensor, Node x) {
  return add(makeContraction(), {tensor.index, x.index});
}
Node Formula::softmax(Node x) { return add(makeSoftmax(), {x.index}); }
Node Formula::atLargest(Node scores, Node values) {
  return add(makeAtLargest(), {scores.index, values.index});
}

Node Formula::join(std::vector<Node> parts) {
  std::vector<int> indices;
  for (Node part : parts)
    indices.push_back(part.index);
  return add(makeJoin(), std::move(indices));
}

Node Formula::append(const Formula &other, Node node, Node input) {
  std::vector<bool> needed = other.findNeeded(node);
  std::vector<int> here(other.steps.size(), input.index);
  for (size_t index = 1; index < other.steps.size(); ++index)
    if (needed[index]) {
      std::vector<int> inputs;
      for (int from : other.steps[index].inputs)
        inputs.push_back(here[from]);
      here[index] = add(other.steps[index].operation, std::move(inputs)).index;
    }
  return {here[node.index]};
}

std::vector<bool> Formula::findNeeded(llvm::ArrayRef<Node> nodes) const {
  std::vector<bool> needed(steps.size());
  for (Node node : nodes)
    needed[node.index] = true;
  for (size_t index = steps.size(); index-- > 1;)
    if (needed[index])
      for (int input : steps[index].inputs)
        needed[input] = true;
  return needed;
}

template <typename T, typename Apply>
std::vector<T> Formula::run(llvm::ArrayRef<Node> nodes, T points, const Apply &apply) const {
  std::vector<bool> needed = findNeeded(nodes);
  std::vector<T> values(steps.size());
  values[0] = std::move(points);
  for (size_t index = 1; index < steps.size(); ++index)
    if (needed[index]) {
      llvm::SmallVector<T> inputs;
      for (int input : steps[index].inputs)
        inputs.push_back(values[input]);
      values[index] = apply(*steps[index].operation, inputs);
    }
  std::vector<T> results;
  for (Node node : nodes)
    results.push_back(values[node.index]);
  return results;
}

Matrix Formula::evaluate(Node node, const Matrix &points) const {
  return run(node, points,
             [](const Operation &operation, llvm::ArrayRef<Matrix> inputs) {
               return operation.evaluate(inputs);
             })
      .front();
}

std::vector<mlir::Value> Formula::build(llvm::ArrayRef<Node> nodes,
                                        mlir::ImplicitLocOpBuilder &builder,
                                        mlir::Value points) const {
  return run(nodes, points, [&](const Operation &operation, mlir::ValueRange inputs) {
    return operation.build(builder, inputs);
  });
}

} // namespace nnc::fit
