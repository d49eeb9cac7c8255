// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "lowering/simplify/MaskTables.h"

#include "dialects/nnc/Constants.h"
#include "dialects/nnc/Nnc.h"

#include "mlir/Dialect/Arith/IR/Arith.h"

#include "llvm/Support/MathExtras.h"

#include <map>
#include <set>

using namespace mlir;

namespace nnc {
namespace {

/// What a node says of a row that it sends right.
struct Comparison {
  double threshold;
  int64_t mask;
};

/// One tree, its leaves numbered from left to right.
class MaskedTree {
public:
  MaskedTree(ArrayRef<TreeNode> nodes, int64_t root, int64_t mostLeaves)
      : nodes(nodes), mostLeaves(mostLeaves) {
    add(root);
  }

  bool isSmall() const { return static_cast<int64_t>(values.size()) <= mostLeaves; }

  std::map<int32_t, std::vector<Comparison>> comparisons; // by column
  std::vector<double> values;

private:
  /// The bits of the leaves below.
  uint64_t add(int64_t number) {
    const TreeNode &node = nodes[static_cast<size_t>(number)];
    if (!isSmall())
      return 0;
    if (node.isLeaf()) {
      values.push_back(node.values.front());
      return isSmall() ? uint64_t(1) << (values.size() - 1) : 0;
    }
    uint64_t left = add(node.left), right = add(node.right);
    comparisons[node.column].push_back({node.threshold, static_cast<int64_t>(~left)});
    return left | right;
  }

  ArrayRef<TreeNode> nodes;
  int64_t mostLeaves;
};

/// Comparisons of the trees of a group that read one column.
void addColumn(MaskTables &tables, int32_t column, ArrayRef<MaskedTree> group) {
  auto find = [&](const MaskedTree &tree) -> ArrayRef<Comparison> {
    auto found = tree.comparisons.find(column);
    return found == tree.comparisons.end() ? ArrayRef<Comparison>() : ArrayRef(found->second);
  };
  size_t most = 0;
  for (const MaskedTree &tree : group)
    most = std::max(most, find(tree).size());
  constexpr Comparison kKeepsAll{0, -1};
  for (size_t step = 0; step < most; ++step) {
    tables.columns.push_back(column);
    for (size_t lane = 0; lane < static_cast<size_t>(tables.width); ++lane) {
      ArrayRef<Comparison> of = lane < group.size() ? find(group[lane]) : ArrayRef<Comparison>();
      const Comparison &comparison = step < of.size() ? of[step] : kKeepsAll;
      tables.thresholds.push_back(comparison.threshold);
      tables.masks.push_back(comparison.mask);
    }
  }
}

void addGroup(MaskTables &tables, ArrayRef<MaskedTree> group) {
  std::set<int32_t> columns;
  for (const MaskedTree &tree : group)
    for (const auto &[column, of] : tree.comparisons)
      columns.insert(column);
  for (int32_t column : columns)
    addColumn(tables, column, group);
  auto end = static_cast<int32_t>(tables.columns.size());
  tables.longest = std::max<int64_t>(tables.longest, end - tables.starts.back());
  tables.starts.push_back(end);
}

} // namespace

std::optional<MaskTables> makeMaskTables(ArrayRef<TreeNode> nodes, ArrayRef<int64_t> roots,
                                         int64_t width, int64_t bits) {
  MaskTables tables;
  tables.width = width;
  tables.bits = bits;
  tables.starts.push_back(0);
  std::vector<MaskedTree> trees;
  for (int64_t root : roots) {
    trees.emplace_back(nodes, root, bits);
    if (!trees.back().isSmall())
      return std::nullopt;
    tables.leaves = std::max(tables.leaves, static_cast<int64_t>(trees.back().values.size()));
  }
  for (size_t first = 0; first < trees.size(); first += static_cast<size_t>(width))
    addGroup(tables, ArrayRef(trees).slice(first).take_front(static_cast<size_t>(width)));
  for (MaskedTree &tree : trees) {
    tree.values.resize(static_cast<size_t>(tables.leaves), 0);
    tables.values.insert(tables.values.end(), tree.values.begin(), tree.values.end());
  }
  if (tables.columns.empty())
    return std::nullopt;
  return tables;
}

Value createTreeMasks(OpBuilder &builder, Location location, Value input,
                      const MaskTables &tables) {
  Type element = cast<RankedTensorType>(input.getType()).getElementType();
  auto makeTable = [&](ArrayRef<int64_t> shape, Type of, const auto &numbers,
                       StringRef name) -> Value {
    ArrayRef<char> bytes(reinterpret_cast<const char *>(numbers.data()),
                         numbers.size() * sizeof(numbers[0]));
    auto type = RankedTensorType::get(shape, of);
    return arith::ConstantOp::create(builder, location, makeConstant(type, bytes, name));
  };
  auto makeNumbers = [&](ArrayRef<int64_t> shape, const std::vector<double> &numbers,
                         StringRef name) {
    return element.isF64() ? makeTable(shape, element, numbers, name)
                           : makeTable(shape, element,
                                       std::vector<float>(numbers.begin(), numbers.end()), name);
  };
  auto makeList = [&](ArrayRef<int32_t> numbers, StringRef name) {
    return makeTable({static_cast<int64_t>(numbers.size())}, builder.getI32Type(), numbers, name);
  };
  SmallVector<int64_t> shape{static_cast<int64_t>(tables.columns.size()), tables.width};
  auto bits = builder.getIntegerType(static_cast<unsigned>(tables.bits));
  Value masks =
      tables.bits == 64
          ? makeTable(shape, bits, tables.masks, "masks")
          : makeTable(shape, bits, std::vector<int32_t>(tables.masks.begin(), tables.masks.end()),
                      "masks");
  auto trees = static_cast<int64_t>(tables.values.size()) / tables.leaves;
  return TreeMasksOp::create(builder, location, input, makeList(tables.starts, "starts"),
                             makeList(tables.columns, "columns"),
                             makeNumbers(shape, tables.thresholds, "thresholds"), masks,
                             makeNumbers({trees, tables.leaves}, tables.values, "values"),
                             static_cast<uint64_t>(tables.longest));
}

} // namespace nnc
