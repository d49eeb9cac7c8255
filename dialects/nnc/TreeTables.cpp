// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "dialects/nnc/TreeTables.h"

#include "dialects/nnc/Nnc.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"

using namespace mlir;

namespace nnc {
namespace {

/// Nodes from the roots down, children side by side, so that one number leads to both.
struct WalkTables {
  SmallVector<int32_t> roots, nodes; // roots and depths, columns and lower children in turn
  std::vector<double> thresholds, values;
  int64_t depth = 1;

  WalkTables(ArrayRef<TreeNode> all, ArrayRef<int64_t> of, int64_t targets, int32_t zeros)
      : all(all), targets(targets), zeros(zeros) {
    for (int64_t root : of) {
      roots.push_back(countNodes());
      levels = 0;
      queue.clear();
      place(root, 0);
      for (size_t next = 0; next < queue.size(); ++next) {
        Place at = queue[next];
        const TreeNode &node = all[static_cast<size_t>(at.node)];
        if (node.isLeaf())
          continue;
        nodes[2 * at.index + 1] = countNodes();
        place(node.left, at.level + 1);
        place(node.right, at.level + 1);
      }
      roots.push_back(static_cast<int32_t>(levels));
      depth = std::max(depth, levels);
    }
  }

  int32_t countNodes() const { return static_cast<int32_t>(thresholds.size()); }

private:
  struct Place {
    int64_t node;
    size_t index;
    int64_t level;
  };

  void place(int64_t number, int64_t level) {
    const TreeNode &node = all[static_cast<size_t>(number)];
    queue.push_back({number, thresholds.size(), level});
    levels = std::max(levels, level);
    nodes.push_back(node.isLeaf() ? zeros : node.column);
    nodes.push_back(countNodes());
    thresholds.push_back(node.isLeaf() ? 1 : node.threshold);
    for (int64_t target = 0; target < targets; ++target)
      values.push_back(node.isLeaf() ? node.values[static_cast<size_t>(target)] : 0);
  }

  ArrayRef<TreeNode> all;
  int64_t targets, levels = 0;
  int32_t zeros; // the column
  std::vector<Place> queue;
};

} // namespace

DenseElementsAttr makeFloatTable(Type element, ArrayRef<int64_t> shape, ArrayRef<double> numbers) {
  auto type = RankedTensorType::get(shape, element);
  if (element.isF64())
    return DenseElementsAttr::get(type, numbers);
  return DenseElementsAttr::get(type, ArrayRef(SmallVector<float>(numbers.begin(), numbers.end())));
}

Value createTreeWalk(OpBuilder &builder, Location location, Value input, ArrayRef<TreeNode> nodes,
                     ArrayRef<int64_t> roots, int64_t targets) {
  auto type = cast<RankedTensorType>(input.getType());
  Type element = type.getElementType();
  auto columns = static_cast<int32_t>(type.getDimSize(1));
  WalkTables tables(nodes, roots, targets, columns);
  auto zeros = DenseElementsAttr::get(type.clone({type.getDimSize(0), 1}),
                                      builder.getFloatAttr(element, 0).getValue());
  Value wider = tensor::ConcatOp::create(
      builder, location, 1, ValueRange{input, arith::ConstantOp::create(builder, location, zeros)});
  int64_t count = tables.countNodes();
  auto makeList = [&](ArrayRef<int64_t> shape, ArrayRef<int32_t> numbers) -> Value {
    auto type = RankedTensorType::get(shape, builder.getI32Type());
    return arith::ConstantOp::create(builder, location, DenseElementsAttr::get(type, numbers));
  };
  auto makeTable = [&](ArrayRef<int64_t> shape, ArrayRef<double> numbers) -> Value {
    return arith::ConstantOp::create(builder, location, makeFloatTable(element, shape, numbers));
  };
  return TreeWalkOp::create(
      builder, location, wider, makeList({static_cast<int64_t>(roots.size()), 2}, tables.roots),
      makeList({count, 2}, tables.nodes), makeTable({count}, tables.thresholds),
      makeTable({count, targets}, tables.values), static_cast<uint64_t>(tables.depth));
}

} // namespace nnc
