// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Reshapes and transposes as other groupings and orders of indices, products as indices that two
// tensors share. An index is split where a reshape or a product cuts through it.
#include "lowering/approximate/TensorNetwork.h"

#include "dialects/nnc/Nnc.h"

using namespace mlir;
using namespace nnc;

namespace {

/// Operations of one description; a longer one is given up.
constexpr size_t kMostOperations = 256;

using Dimensions = SmallVector<NetworkIndices>;

ArrayRef<int64_t> getShape(Value value) {
  return cast<RankedTensorType>(value.getType()).getShape();
}

/// Indices with their extents; one may have become several, or another one.
class IndexTable {
public:
  /// A dimension of this extent as indices: none for 1.
  NetworkIndices create(int64_t extent) {
    if (extent == 1)
      return {};
    return {add(extent)};
  }

  /// What indices have become.
  NetworkIndices expand(ArrayRef<NetworkIndex> indices) const {
    NetworkIndices expanded;
    for (NetworkIndex index : indices)
      if (parts[index].empty())
        expanded.push_back(index);
      else
        llvm::append_range(expanded, expand(parts[index]));
    return expanded;
  }

  /// Cuts all indices of a tensor to the extents of a shape.
  std::optional<Dimensions> regroup(ArrayRef<NetworkIndex> indices, ArrayRef<int64_t> shape) {
    NetworkIndices rest = expand(indices);
    std::reverse(rest.begin(), rest.end());
    Dimensions dimensions;
    for (int64_t extent : shape) {
      NetworkIndices &dimension = dimensions.emplace_back();
      while (extent > 1) {
        if (rest.empty() || !cut(rest, extent))
          return std::nullopt;
        dimension.push_back(rest.pop_back_val());
        extent /= extents[dimension.back()];
      }
    }
    return dimensions;
  }

  /// Makes two dimensions of equal extent one; false where their indices do not divide each other.
  bool unify(ArrayRef<NetworkIndex> first, ArrayRef<NetworkIndex> second) {
    NetworkIndices a = expand(first), b = expand(second);
    std::reverse(a.begin(), a.end());
    std::reverse(b.begin(), b.end());
    while (!a.empty() && !b.empty()) {
      if (!cut(a, extents[b.back()]) || !cut(b, extents[a.back()]))
        return false;
      parts[b.pop_back_val()] = {a.pop_back_val()};
    }
    return a.empty() && b.empty();
  }

  SmallVector<int64_t> takeExtents() { return std::move(extents); }

private:
  NetworkIndex add(int64_t extent) {
    extents.push_back(extent);
    parts.emplace_back();
    return extents.size() - 1;
  }

  /// Makes the last index of a list in reverse order no larger than `extent`, and a divisor of it.
  bool cut(NetworkIndices &reversed, int64_t extent) {
    NetworkIndex index = reversed.back();
    int64_t whole = extents[index];
    if (extent % whole == 0)
      return true;
    if (whole % extent != 0)
      return false;
    NetworkIndex head = add(extent), tail = add(whole / extent);
    parts[index] = {head, tail};
    reversed.back() = tail;
    reversed.push_back(head);
    return true;
  }

  SmallVector<int64_t> extents;
  SmallVector<NetworkIndices> parts;
};

NetworkIndices flatten(ArrayRef<NetworkIndices> dimensions) {
  NetworkIndices flat;
  for (const NetworkIndices &dimension : dimensions)
    llvm::append_range(flat, dimension);
  return flat;
}

/// The matrices of a product: of two operands ... x M x K and ... x K x N, in that order. One of
/// them at most has leading dimensions of more than one element.
struct Factors {
  Value left, right;
};

/// The matrix that all products of a batch have in common, or `factor` where they differ.
Value skipRepetition(Value factor) {
  Value wide = factor;
  if (auto reshape = wide.getDefiningOp<ReshapeOp>())
    wide = reshape.getInput();
  auto repeated = wide.getDefiningOp<BroadcastOp>();
  if (!repeated || getShape(repeated.getInput()).size() < 2)
    return factor;
  ArrayRef<int64_t> matrix = getShape(factor).take_back(2), shape = getShape(repeated.getInput());
  bool isMatrix = shape.take_back(2) == matrix && getShape(wide).take_back(2) == matrix &&
                  llvm::all_of(shape.drop_back(2), [](int64_t extent) { return extent == 1; });
  return isMatrix ? repeated.getInput() : factor;
}

/// std::nullopt for other operations, and for batches of products without a matrix in common.
std::optional<Factors> getFactors(Operation *op) {
  if (auto linear = dyn_cast<LinearOp>(op))
    return Factors{linear.getInput(), linear.getWeight()};
  auto product = dyn_cast<MatmulOp>(op);
  if (!product)
    return std::nullopt;
  Factors factors{skipRepetition(product.getLhs()), skipRepetition(product.getRhs())};
  bool hasCommon = factors.left != product.getLhs() || factors.right != product.getRhs();
  if (hasCommon || getShape(product)[0] == 1)
    return factors;
  return std::nullopt;
}

class Description {
public:
  Description(Value end, Value activation, llvm::function_ref<bool(Value)> isConstant)
      : end(end), activation(activation), isConstant(isConstant) {}

  std::optional<TensorNetwork> run() {
    std::optional<Dimensions> dimensions = describe(end);
    if (!dimensions || !network.activation.value || visited > kMostOperations)
      return std::nullopt;
    for (const NetworkIndices &dimension : *dimensions)
      network.result.push_back(table.expand(dimension));
    network.activation.indices = table.expand(network.activation.indices);
    for (TensorNetwork::Tensor &tensor : network.constants)
      tensor.indices = table.expand(tensor.indices);
    network.extents = table.takeExtents();
    return std::move(network);
  }

private:
  /// The dimensions of a value; std::nullopt where it is no network with this activation.
  std::optional<Dimensions> describe(Value value) {
    if (llvm::is_contained(getShape(value), 0))
      return std::nullopt;
    if (value == activation)
      return addTensor(value, network.activation);
    bool constant = isConstant(value);
    if (++visited > kMostOperations || (!constant && value != end && !value.hasOneUse()))
      return std::nullopt;
    size_t constants = network.constants.size();
    if (std::optional<Dimensions> dimensions = describeResult(value))
      return dimensions;
    if (!constant)
      return std::nullopt;
    network.constants.truncate(constants);
    TensorNetwork::Tensor tensor;
    Dimensions dimensions = addTensor(value, tensor);
    network.constants.push_back(tensor);
    return dimensions;
  }

  Dimensions addTensor(Value value, TensorNetwork::Tensor &tensor) {
    Dimensions dimensions;
    for (int64_t extent : getShape(value))
      dimensions.push_back(table.create(extent));
    tensor = {value, flatten(dimensions)};
    return dimensions;
  }

  std::optional<Dimensions> describeResult(Value value) {
    Operation *op = value.getDefiningOp();
    if (!op)
      return std::nullopt;
    if (!isConstant(value))
      network.steps.push_back(op);
    if (auto reshape = dyn_cast<ReshapeOp>(op)) {
      std::optional<Dimensions> input = describe(reshape.getInput());
      return input ? table.regroup(flatten(*input), getShape(value)) : std::nullopt;
    }
    if (auto transpose = dyn_cast<TransposeOp>(op)) {
      std::optional<Dimensions> input = describe(transpose.getInput());
      if (!input)
        return std::nullopt;
      return llvm::map_to_vector(transpose.getPermutation(),
                                 [&](int64_t axis) { return (*input)[axis]; });
    }
    std::optional<Factors> factors = getFactors(op);
    return factors ? describeProduct(value, *factors) : std::nullopt;
  }

  std::optional<Dimensions> describeProduct(Value value, const Factors &factors) {
    auto linear = value.getDefiningOp<LinearOp>();
    if (linear && linear.getBias() && value != end)
      return std::nullopt;
    std::optional<Dimensions> left = describe(factors.left);
    std::optional<Dimensions> right = left ? describe(factors.right) : std::nullopt;
    if (!right || !table.unify(left->back(), (*right)[right->size() - 2]))
      return std::nullopt;
    Dimensions dimensions;
    if (getShape(value).size() == 3)
      dimensions.push_back(flatten(ArrayRef(*left).drop_back(2)));
    if (dimensions.size() == 1)
      llvm::append_range(dimensions[0], flatten(ArrayRef(*right).drop_back(2)));
    dimensions.append({(*left)[left->size() - 2], right->back()});
    return dimensions;
  }

  Value end, activation;
  llvm::function_ref<bool(Value)> isConstant;
  IndexTable table;
  TensorNetwork network;
  size_t visited = 0;
};

} // namespace

int64_t TensorNetwork::multiplyExtents(ArrayRef<NetworkIndex> indices) const {
  int64_t product = 1;
  for (NetworkIndex index : indices)
    product *= extents[index];
  return product;
}

std::optional<TensorNetwork> nnc::describeNetwork(Value value, Value activation,
                                                  llvm::function_ref<bool(Value)> isConstant) {
  return Description(value, activation, isConstant).run();
}

Value nnc::getNetworkOperand(Operation *op, llvm::function_ref<bool(Value)> isConstant) {
  if (isa<ReshapeOp, TransposeOp>(op))
    return op->getOperand(0);
  std::optional<Factors> factors = getFactors(op);
  if (!factors || isConstant(factors->left) == isConstant(factors->right))
    return {};
  return isConstant(factors->left) ? factors->right : factors->left;
}
