// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Ensembles of decision trees of the domain ai.onnx.ml.
#include "dialects/nnc/TreeTables.h"
#include "frontend/onnx/ClassicalModels.h"
#include "frontend/onnx/Operators.h"

#include "llvm/ADT/DenseMap.h"

#include <cmath>
#include <limits>

using namespace mlir;
using namespace nnc;
using namespace nnc::frontend;

namespace {

struct Ensemble {
  std::vector<TreeNode> nodes;
  SmallVector<int64_t> roots;
  int64_t targets = 1, depth = 1;
  /// Columns where a missing number goes the other way than a comparison with it.
  std::vector<bool> tracksMissing;
  bool hasMissing = false;
};

/// Numbers of an attribute, of floats or, with _as_tensor behind its name, of a tensor.
SmallVector<double> readNumbers(Node &node, StringRef name) {
  ArrayRef<float> floats = node.getFloats(name);
  bool isUnsigned;
  if (ElementsAttr tensor = node.getTensor((name + "_as_tensor").str(), isUnsigned)) {
    SmallVector<double> numbers;
    for (const APFloat &number : tensor.getValues<APFloat>())
      numbers.push_back(number.convertToDouble());
    return numbers;
  }
  return SmallVector<double>(floats.begin(), floats.end());
}

/// Reads the lists of nodes and of what leaves say.
class EnsembleReader {
public:
  EnsembleReader(Node &node, StringRef leaf, int64_t targets, int64_t features, bool isDouble)
      : node(node), leaf(leaf), features(features), isDouble(isDouble) {
    ensemble.targets = targets;
  }

  /// std::nullopt after a report.
  std::optional<Ensemble> read() {
    if (!readNodes() || !readLeaves() || !findRoots())
      return std::nullopt;
    return std::move(ensemble);
  }

private:
  using Key = std::pair<int64_t, int64_t>; // tree and node

  bool reject(const Twine &reason) { return node.emit().reject(reason.str()), false; }

  bool readNodes() {
    ArrayRef<int64_t> trees = node.getIntegers("nodes_treeids"),
                      ids = node.getIntegers("nodes_nodeids");
    ArrayRef<int64_t> columns = node.getIntegers("nodes_featureids");
    ArrayRef<int64_t> trues = node.getIntegers("nodes_truenodeids"),
                      falses = node.getIntegers("nodes_falsenodeids");
    ArrayRef<int64_t> missing = node.getIntegers("nodes_missing_value_tracks_true");
    SmallVector<double> thresholds = readNumbers(node, "nodes_values");
    SmallVector<StringRef> modes = node.getStrings("nodes_modes");
    for (StringRef name : {"nodes_hitrates", "nodes_hitrates_as_tensor"})
      node.ignoreAttribute(name);
    size_t count = trees.size();
    if (count == 0 || ids.size() != count || columns.size() != count || trues.size() != count ||
        falses.size() != count || thresholds.size() != count || modes.size() != count ||
        (!missing.empty() && missing.size() != count))
      return reject("the lists of nodes have different lengths");
    for (size_t i = 0; i < count; ++i)
      if (!numbers.try_emplace({trees[i], ids[i]}, static_cast<int64_t>(i)).second)
        return reject("node " + Twine(ids[i]) + " of tree " + Twine(trees[i]) + " is there twice");
    ensemble.nodes.resize(count);
    ensemble.tracksMissing.assign(count, false);
    isChild.assign(count, false);
    for (size_t i = 0; i < count; ++i) {
      if (modes[i] == "LEAF") {
        ensemble.nodes[i].values.assign(static_cast<size_t>(ensemble.targets), 0.0);
        continue;
      }
      auto yes = numbers.find({trees[i], trues[i]}), no = numbers.find({trees[i], falses[i]});
      if (yes == numbers.end() || no == numbers.end() || columns[i] < 0 || columns[i] >= features)
        return reject("node " + Twine(ids[i]) + " of tree " + Twine(trees[i]) +
                      " has a child or a feature that is not there");
      isChild[static_cast<size_t>(yes->second)] = isChild[static_cast<size_t>(no->second)] = true;
      bool tracksTrue = !missing.empty() && missing[i] != 0;
      if (!setBranch(i, modes[i], columns[i], thresholds[i], yes->second, no->second, tracksTrue))
        return false;
    }
    return true;
  }

  /// All modes as "less than"; nodes that two comparisons make are added at the end.
  bool setBranch(size_t index, StringRef mode, int64_t column, double threshold, int64_t yes,
                 int64_t no, bool tracksTrue) {
    auto set = [&](size_t at, double bound, int64_t left, int64_t right) {
      TreeNode &made = ensemble.nodes[at];
      made.column = static_cast<int32_t>(column);
      made.threshold = bound;
      made.left = left, made.right = right;
      // What is missing goes right.
      ensemble.tracksMissing[at] = (tracksTrue ? yes : no) == left;
      ensemble.hasMissing |= ensemble.tracksMissing[at];
    };
    if (mode == "BRANCH_LEQ")
      return set(index, getNext(threshold), yes, no), true;
    if (mode == "BRANCH_LT")
      return set(index, threshold, yes, no), true;
    if (mode == "BRANCH_GT")
      return set(index, getNext(threshold), no, yes), true;
    if (mode == "BRANCH_GTE")
      return set(index, threshold, no, yes), true;
    if (mode != "BRANCH_EQ" && mode != "BRANCH_NEQ")
      return node.unsupported("trees with nodes of mode " + mode), false;
    if (mode == "BRANCH_NEQ")
      std::swap(yes, no), tracksTrue = !tracksTrue;
    size_t added = ensemble.nodes.size();
    ensemble.nodes.emplace_back();
    ensemble.tracksMissing.push_back(false);
    isChild.push_back(true);
    set(added, threshold, no, yes);
    set(index, getNext(threshold), static_cast<int64_t>(added), no);
    // Missing numbers are never equal to one: both comparisons say so, or the first does not.
    bool goesOn = tracksTrue;
    ensemble.tracksMissing[index] = goesOn;
    ensemble.tracksMissing[added] = false;
    ensemble.hasMissing |= goesOn;
    return true;
  }

  /// What at most the threshold is less than.
  double getNext(double threshold) const {
    return isDouble
               ? std::nextafter(threshold, HUGE_VAL)
               : static_cast<double>(std::nextafterf(static_cast<float>(threshold), HUGE_VALF));
  }

  bool readLeaves() {
    ArrayRef<int64_t> trees = node.getIntegers((leaf + "_treeids").str()),
                      ids = node.getIntegers((leaf + "_nodeids").str());
    ArrayRef<int64_t> targets = node.getIntegers((leaf + "_ids").str());
    SmallVector<double> weights = readNumbers(node, (leaf + "_weights").str());
    if (ids.size() != trees.size() || targets.size() != trees.size() ||
        weights.size() != trees.size())
      return reject("the lists of leaves have different lengths");
    for (size_t i = 0; i < trees.size(); ++i) {
      auto found = numbers.find({trees[i], ids[i]});
      if (found == numbers.end() || !ensemble.nodes[static_cast<size_t>(found->second)].isLeaf() ||
          targets[i] < 0 || targets[i] >= ensemble.targets)
        return reject("node " + Twine(ids[i]) + " of tree " + Twine(trees[i]) +
                      " is no leaf, or has no target " + Twine(targets[i]));
      ensemble.nodes[static_cast<size_t>(found->second)].values[static_cast<size_t>(targets[i])] +=
          weights[i];
    }
    return true;
  }

  /// What is no child is a root; each node is below one of them.
  bool findRoots() {
    std::vector<int> visits(ensemble.nodes.size(), 0);
    for (size_t root = 0; root < isChild.size(); ++root) {
      if (isChild[root])
        continue;
      ensemble.roots.push_back(static_cast<int64_t>(root));
      SmallVector<std::pair<int64_t, int64_t>> stack{{static_cast<int64_t>(root), 0}};
      while (!stack.empty()) {
        auto [at, level] = stack.pop_back_val();
        const TreeNode &of = ensemble.nodes[static_cast<size_t>(at)];
        // A comparison with both bounds leads to one child from two nodes.
        if (++visits[static_cast<size_t>(at)] > 2 || level > kMostLevels)
          return reject("the nodes of tree number " + Twine(ensemble.roots.size()) +
                        " are no tree of at most " + Twine(kMostLevels) + " levels");
        ensemble.depth = std::max(ensemble.depth, level);
        if (!of.isLeaf())
          stack.append({{of.left, level + 1}, {of.right, level + 1}});
      }
    }
    return !ensemble.roots.empty() || reject("no tree has a root");
  }

  static constexpr int64_t kMostLevels = 100;

  Node &node;
  StringRef leaf;
  int64_t features;
  bool isDouble;
  Ensemble ensemble;
  llvm::DenseMap<Key, int64_t> numbers;
  std::vector<bool> isChild;
};

/// Builds the operations of an ensemble.
class EnsembleBuilder {
public:
  EnsembleBuilder(Emitter &emit, const Ensemble &ensemble, Value input)
      : emit(emit), ensemble(ensemble), input(input),
        element(getTensorType(input).getElementType()) {
    features = getShape(input)[1];
    if (ensemble.hasMissing)
      addMissingColumns();
  }

  /// Sums over the trees, rows x targets.
  Value build() {
    constexpr int64_t kMostCompleteLevels = 7;
    SmallVector<SmallVector<int64_t>> trees(static_cast<size_t>(ensemble.targets));
    bool isShared = false;
    for (int64_t root : ensemble.roots) {
      std::optional<int64_t> target = findTarget(root);
      isShared |= !target;
      if (target)
        trees[static_cast<size_t>(*target)].push_back(root);
    }
    if (isShared || ensemble.depth > kMostCompleteLevels)
      return buildWalk();
    SmallVector<Value> columns;
    for (ArrayRef<int64_t> roots : trees)
      columns.push_back(roots.empty() ? emit.splat({getShape(input)[0], 1}, element, 0)
                                      : buildComplete(roots));
    return columns.size() == 1 ? columns.front() : emit.concat(columns, 1);
  }

private:
  /// Behind the columns the same ones again, with less than any threshold where a number is
  /// missing.
  void addMissingColumns() {
    Value isMissing =
        emit.compare(arith::CmpFPredicate::UNO, arith::CmpIPredicate::ne, input, input);
    Value low = emit.select(isMissing, emit.splatLike(input, -HUGE_VAL), input);
    input = emit.concat({input, low}, 1);
  }

  int32_t getColumn(int64_t node) const {
    const TreeNode &of = ensemble.nodes[static_cast<size_t>(node)];
    return of.column +
           (ensemble.tracksMissing[static_cast<size_t>(node)] ? static_cast<int32_t>(features) : 0);
  }

  /// The only target of a tree's leaves; std::nullopt where there are several.
  std::optional<int64_t> findTarget(int64_t root) const {
    int64_t target = -1;
    SmallVector<int64_t> stack{root};
    while (!stack.empty()) {
      const TreeNode &of = ensemble.nodes[static_cast<size_t>(stack.pop_back_val())];
      if (!of.isLeaf())
        stack.append({of.left, of.right});
      for (auto [index, value] : llvm::enumerate(of.values)) {
        if (value != 0 && target >= 0 && target != static_cast<int64_t>(index))
          return std::nullopt;
        if (value != 0)
          target = static_cast<int64_t>(index);
      }
    }
    return std::max<int64_t>(target, 0);
  }

  /// Trees of one target with all nodes of all levels; what is below a leaf repeats it.
  Value buildComplete(ArrayRef<int64_t> roots) {
    int64_t depth = 1;
    for (int64_t root : roots)
      depth = std::max(depth, getDepth(root));
    int64_t count = static_cast<int64_t>(roots.size()), inner = (int64_t(1) << depth) - 1;
    SmallVector<int32_t> columns(static_cast<size_t>(count * inner), 0);
    std::vector<double> thresholds(columns.size(), 0.0),
        leaves(static_cast<size_t>(count * (inner + 1)), 0.0);
    for (auto [tree, root] : llvm::enumerate(roots)) {
      std::vector<int64_t> at(static_cast<size_t>(2 * inner + 1));
      at[0] = root;
      for (int64_t place = 0; place < 2 * inner + 1; ++place) {
        const TreeNode &of = ensemble.nodes[static_cast<size_t>(at[static_cast<size_t>(place)])];
        if (place >= inner) {
          for (double value : of.values)
            leaves[tree * static_cast<size_t>(inner + 1) + static_cast<size_t>(place - inner)] +=
                value;
          continue;
        }
        bool isLeaf = of.isLeaf();
        at[static_cast<size_t>(2 * place + 1)] = isLeaf ? at[static_cast<size_t>(place)] : of.left;
        at[static_cast<size_t>(2 * place + 2)] = isLeaf ? at[static_cast<size_t>(place)] : of.right;
        if (isLeaf)
          continue;
        columns[tree * static_cast<size_t>(inner) + static_cast<size_t>(place)] =
            getColumn(at[static_cast<size_t>(place)]);
        thresholds[tree * static_cast<size_t>(inner) + static_cast<size_t>(place)] = of.threshold;
      }
    }
    auto type = RankedTensorType::get({count, inner}, emit.getBuilder().getI32Type());
    return emit.checked<TreesOp>(
        {input, emit.constant(DenseElementsAttr::get(type, ArrayRef(columns))),
         emit.constant(makeFloatTable(element, {count, inner}, thresholds)),
         emit.constant(makeFloatTable(element, {count, inner + 1}, leaves))},
        {});
  }

  Value buildWalk() {
    std::vector<TreeNode> nodes = ensemble.nodes;
    for (auto [index, node] : llvm::enumerate(nodes))
      node.column = getColumn(static_cast<int64_t>(index));
    return createTreeWalk(emit.getBuilder(), emit.getLocation(), input, nodes, ensemble.roots,
                          ensemble.targets);
  }

  int64_t getDepth(int64_t root) const {
    const TreeNode &of = ensemble.nodes[static_cast<size_t>(root)];
    return of.isLeaf() ? 0 : 1 + std::max(getDepth(of.left), getDepth(of.right));
  }

  Emitter &emit;
  const Ensemble &ensemble;
  Value input;
  Type element;
  int64_t features;
};

/// Sums over trees and the base values, in 32-bit floats, rows x targets.
Value emitSums(Node &node, StringRef leaf, int64_t targets) {
  Emitter &emit = node.emit();
  Value input = node.getInput(0);
  if (input && !isFloat(input))
    input = emit.cast(input, emit.getBuilder().getF32Type(), node.isUnsigned(0), false);
  if (!input || getRank(input) != 2)
    return emit.reject("the input is not N x C");
  StringRef aggregate = node.getChoice("aggregate_function", {"SUM", "AVERAGE", "MIN", "MAX"});
  SmallVector<double> base = readNumbers(node, "base_values");
  std::optional<Ensemble> ensemble = EnsembleReader(node, leaf, targets, getShape(input)[1],
                                                    getTensorType(input).getElementType().isF64())
                                         .read();
  if (!ensemble)
    return {};
  if (aggregate == "MIN" || aggregate == "MAX")
    return node.unsupported("the " + aggregate + " of trees");
  if (!base.empty() && static_cast<int64_t>(base.size()) != targets)
    return emit.reject("there are ", base.size(), " base values for ", targets, " targets");
  Value sums = EnsembleBuilder(emit, *ensemble, input).build();
  if (sums && aggregate == "AVERAGE")
    sums = emit.div(sums, emit.splatLike(sums, static_cast<double>(ensemble->roots.size())));
  if (sums && !base.empty())
    sums = emit.add(
        sums, emit.constant(makeFloatTable(getTensorType(sums).getElementType(), {targets}, base)));
  return emit.cast(sums, emit.getBuilder().getF32Type(), false, false);
}

Value importRegressor(Node &node) {
  return emitPostTransform(node, emitSums(node, "target", node.getInteger("n_targets", 1)));
}

/// Two classes of which leaves know one only: the other's score is what is left of it.
Value completePair(Node &node, Value scores, bool areShares) {
  Emitter &emit = node.emit();
  Value second = emit.sliceAxis(scores, 1, 1, 1);
  Value first = areShares ? emit.sub(emit.splatLike(second, 1), second) : emit.negate(second);
  return emit.concat({first, second}, 1);
}

Value importClassifier(Node &node) {
  Emitter &emit = node.emit();
  SmallVector<int64_t> labels = readLabels(node, "classlabels_int64s", "classlabels_strings");
  auto classes = static_cast<int64_t>(labels.size());
  ArrayRef<int64_t> ids = node.getIntegers("class_ids");
  SmallVector<double> weights = readNumbers(node, "class_weights");
  bool isPair = classes == 2 && llvm::all_equal(ids);
  if (isPair && !ids.empty() && ids.front() != 1)
    return node.unsupported("two classes with scores of the first one only");
  Value scores = emitSums(node, "class", classes);
  if (!scores)
    return {};
  if (isPair)
    scores = completePair(node, scores,
                          llvm::all_of(weights, [](double weight) { return weight >= 0; }));
  node.setOutput(1, emitPostTransform(node, scores));
  return emitLabels(emit, scores, labels);
}

const Operator kOperators[] = {
    {"TreeEnsembleClassifier", 1, 1, 1, importClassifier},
    {"TreeEnsembleRegressor", 1, 1, 1, importRegressor},
};

} // namespace

ArrayRef<Operator> frontend::getTreeEnsembles() { return kOperators; }
