// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Sums of products by an equation. Operands are multiplied two at a time, each time as a batch of
// matrix products; a layer where one of the two is a weight and no index is in both and the result.
#include "frontend/onnx/MatrixProducts.h"
#include "frontend/onnx/Operators.h"

#include "llvm/ADT/SmallSet.h"
#include "llvm/ADT/StringExtras.h"

#include <map>

using namespace mlir;
using namespace nnc;
using namespace nnc::frontend;

namespace {

/// The index of an axis: a letter, or kEllipsis plus the axes of the ellipsis behind it.
using Labels = SmallVector<int>;
constexpr int kEllipsis = 256;

/// One operand's part of an equation, or the result's: letters around an ellipsis.
struct Term {
  Labels before, after;
  bool hasEllipsis = false;

  size_t countLetters() const { return before.size() + after.size(); }
  /// All axes, where the ellipsis stands for `covered` of them.
  Labels expand(size_t covered) const {
    Labels labels = before;
    for (size_t i = covered; hasEllipsis && i > 0; --i)
      labels.push_back(kEllipsis + static_cast<int>(i - 1));
    llvm::append_range(labels, after);
    return labels;
  }
};

/// std::nullopt after a report.
std::optional<Term> readTerm(Emitter &emit, StringRef text) {
  Term term;
  for (size_t i = 0; i < text.size(); ++i) {
    bool isEllipsis = text.substr(i).starts_with("...");
    if (isEllipsis && !term.hasEllipsis) {
      term.hasEllipsis = true;
      i += 2;
      continue;
    }
    if (!llvm::isAlpha(text[i])) {
      emit.reject("the equation's term '", text, "' must be letters and at most one '...'");
      return std::nullopt;
    }
    (term.hasEllipsis ? term.after : term.before).push_back(text[i]);
  }
  return term;
}

struct Equation {
  SmallVector<Labels> operands;
  Labels result;
};

/// Reads the equation of a node, and compares it with the operands.
class EquationReader {
public:
  EquationReader(Node &node, StringRef text) : emit(node.emit()), inputs(node.getInputs()) {
    std::tie(left, right) = text.split("->");
    isExplicit = left.size() != text.size();
  }

  /// std::nullopt after a report.
  std::optional<Equation> read() {
    SmallVector<StringRef> parts;
    left.split(parts, ',');
    if (parts.size() != inputs.size()) {
      emit.reject("the equation has ", parts.size(), " terms, but the number of operands is ",
                  inputs.size());
      return std::nullopt;
    }
    for (auto [part, input] : llvm::zip_equal(parts, inputs))
      if (!readOperand(part, input))
        return std::nullopt;
    if (isExplicit ? !readResult() : !deduceResult())
      return std::nullopt;
    return equation;
  }

private:
  bool readOperand(StringRef part, Value input) {
    std::optional<Term> term = readTerm(emit, part);
    if (!term)
      return false;
    size_t rank = getShape(input).size(), letters = term->countLetters();
    if (term->hasEllipsis ? letters > rank : letters != rank) {
      emit.reject("the equation's term '", part, "' has ", letters,
                  " letters for an operand of rank ", rank);
      return false;
    }
    if (term->hasEllipsis && covered.value_or(rank - letters) != rank - letters) {
      emit.reject("the equation's '...' has rank ", *covered, ", but in '", part, "' rank ",
                  rank - letters);
      return false;
    }
    if (term->hasEllipsis)
      covered = rank - letters;
    equation.operands.push_back(term->expand(rank - letters));
    return true;
  }

  bool readResult() {
    std::optional<Term> term = readTerm(emit, right);
    if (!term)
      return false;
    if (covered && !term->hasEllipsis) {
      emit.reject("the equation's result '", right, "' lacks the '...' of its operands");
      return false;
    }
    equation.result = term->expand(covered.value_or(0));
    for (auto [place, label] : llvm::enumerate(equation.result)) {
      bool isKnown = llvm::any_of(equation.operands, [&, label = label](const Labels &labels) {
        return llvm::is_contained(labels, label);
      });
      if (!isKnown || llvm::is_contained(ArrayRef(equation.result).take_front(place), label)) {
        emit.reject("the equation's result '", right, "' has '", std::string(1, char(label)),
                    isKnown ? "' twice" : "', which no operand has");
        return false;
      }
    }
    return true;
  }

  /// Without an arrow the result is the ellipsis and all letters that are there once, sorted.
  bool deduceResult() {
    std::map<int, int> counts;
    for (const Labels &labels : equation.operands)
      for (int label : labels)
        ++counts[label];
    equation.result = Term{{}, {}, true}.expand(covered.value_or(0));
    for (auto [label, count] : counts)
      if (count == 1 && label < kEllipsis)
        equation.result.push_back(label);
    return true;
  }

  Emitter &emit;
  SmallVector<Value> inputs;
  StringRef left, right;
  bool isExplicit = false;
  std::optional<size_t> covered;
  Equation equation;
};

/// A tensor, null after a report, with the index of each axis.
struct Operand {
  Value value;
  Labels labels;

  bool has(int label) const { return llvm::is_contained(labels, label); }
  int64_t getAxis(int label) const { return llvm::find(labels, label) - labels.begin(); }
};

/// Multiplies operands and sums up.
class Contraction {
public:
  Contraction(Emitter &emit, Labels result) : emit(emit), result(std::move(result)) {}

  /// Adds an operand; false, with a report, where an index has another extent than elsewhere. Axes
  /// of an ellipsis may have extent 1 instead.
  bool add(Operand operand) {
    for (auto [label, extent] : llvm::zip_equal(operand.labels, getShape(operand.value))) {
      int64_t &known = extents.try_emplace(label, extent).first->second;
      bool broadcasts = label >= kEllipsis && std::min(known, extent) == 1;
      if (known != extent && !broadcasts) {
        std::string name = label < kEllipsis ? std::string(1, char(label)) : "...";
        emit.reject("dimensions of '", name, "' in the equation have ", known, " and ", extent,
                    " elements");
        return false;
      }
      known = std::max(known, extent);
    }
    operands.push_back(std::move(operand));
    return true;
  }

  Value run() {
    for (Operand &operand : operands)
      operand = dropBroadcast(takeDiagonals(operand));
    // A computed operand first, so that weights are contracted with it and not with each other.
    auto *first =
        llvm::find_if(operands, [](const Operand &o) { return o.value && !isWeight(o.value); });
    Operand all = take(first == operands.end() ? 0 : first - operands.begin());
    while (!operands.empty()) {
      Operand next = take(findNext(all));
      all = multiply(all, next);
    }
    return arrange(sumUp(all, result), result);
  }

private:
  Operand take(size_t index) {
    Operand operand = operands[index];
    operands.erase(operands.begin() + index);
    return operand;
  }

  /// What the result or another operand still needs.
  Labels listKept() const {
    Labels kept = result;
    for (const Operand &operand : operands)
      llvm::append_range(kept, operand.labels);
    return kept;
  }

  int64_t countElements(ArrayRef<int> labels) const {
    int64_t count = 1;
    for (int label : labels)
      count = std::min(count * extents.at(label), kMaxElements);
    return count;
  }

  /// The operand whose product with `all` is smallest.
  size_t findNext(const Operand &all) const {
    size_t best = 0;
    int64_t least = std::numeric_limits<int64_t>::max();
    for (size_t i = 0; i < operands.size(); ++i) {
      Labels made = result;
      for (size_t k = 0; k < operands.size(); ++k)
        if (k != i)
          llvm::append_range(made, operands[k].labels);
      llvm::erase_if(made, [&](int l) { return !all.has(l) && !operands[i].has(l); });
      llvm::sort(made);
      made.erase(llvm::unique(made), made.end());
      int64_t count = countElements(made);
      if (count < least)
        best = i, least = count;
    }
    return best;
  }

  /// An index that is there twice is the diagonal of both axes.
  Operand takeDiagonals(Operand operand) {
    for (size_t i = 0; i < operand.labels.size() && operand.value;) {
      int label = operand.labels[i];
      auto *again = std::find(operand.labels.begin() + i + 1, operand.labels.end(), label);
      if (again == operand.labels.end()) {
        ++i;
        continue;
      }
      int64_t extent = extents.at(label);
      SmallVector<int64_t> order, shape;
      Labels labels;
      for (size_t axis = 0; axis < operand.labels.size(); ++axis)
        if (axis != i && axis != static_cast<size_t>(again - operand.labels.begin())) {
          order.push_back(axis);
          shape.push_back(getShape(operand.value)[axis]);
          labels.push_back(operand.labels[axis]);
        }
      order.append({static_cast<int64_t>(i), again - operand.labels.begin()});
      shape.push_back(extent * extent);
      labels.push_back(label);
      Value flat = emit.reshape(emit.transpose(operand.value, order), shape);
      SmallVector<int64_t> offsets(shape.size(), 0), strides(shape.size(), 1);
      shape.back() = extent;
      strides.back() = extent + 1;
      operand = {emit.slice(flat, offsets, shape, strides), labels};
    }
    return operand;
  }

  /// Without axes of extent 1 that others have wider.
  Operand dropBroadcast(const Operand &operand) {
    if (!operand.value)
      return operand;
    Operand kept{operand.value, {}};
    SmallVector<int64_t> shape;
    for (auto [label, extent] : llvm::zip_equal(operand.labels, getShape(operand.value)))
      if (extent == extents.at(label)) {
        kept.labels.push_back(label);
        shape.push_back(extent);
      }
    kept.value = emit.reshape(operand.value, shape);
    return kept;
  }

  /// Sums along axes that `kept` does not name.
  Operand sumUp(const Operand &operand, ArrayRef<int> kept) {
    Operand sum{operand.value, {}};
    SmallVector<int64_t> axes;
    for (auto [axis, label] : llvm::enumerate(operand.labels))
      if (llvm::is_contained(kept, label))
        sum.labels.push_back(label);
      else
        axes.push_back(axis);
    sum.value = emit.reduce(Reduction::Sum, operand.value, axes, /*keepDims=*/false);
    return sum;
  }

  Value arrange(const Operand &operand, ArrayRef<int> labels) {
    SmallVector<int64_t> order;
    for (int label : labels)
      order.push_back(operand.getAxis(label));
    return llvm::is_sorted(order) ? operand.value : emit.transpose(operand.value, order);
  }

  SmallVector<int64_t> getExtents(ArrayRef<int> labels) const {
    return llvm::map_to_vector(labels, [&](int label) { return extents.at(label); });
  }

  /// The indices of a product by where they are. `shared` ones are in both and kept.
  struct Parts {
    Labels shared, summed, ofA, ofB;
  };

  Operand multiply(Operand a, Operand b) {
    Labels kept = listKept();
    auto keepFor = [&](const Operand &other) {
      Labels both = kept;
      llvm::append_range(both, other.labels);
      return both;
    };
    Labels forA = keepFor(b), forB = keepFor(a);
    a = sumUp(a, forA);
    b = sumUp(b, forB);
    if (!a.value || !b.value)
      return {};
    if (isWeight(a.value) && !isWeight(b.value))
      std::swap(a, b);
    Parts parts;
    for (int label : a.labels) {
      bool isKept = llvm::is_contained(kept, label);
      (!b.has(label) ? parts.ofA : isKept ? parts.shared : parts.summed).push_back(label);
    }
    for (int label : b.labels)
      if (!a.has(label))
        parts.ofB.push_back(label);
    return multiplyMatrices(a, b, parts);
  }

  Operand multiplyMatrices(const Operand &a, const Operand &b, const Parts &parts) {
    Labels labels, orderA = parts.shared, orderB = parts.shared;
    for (const Labels *more : {&parts.shared, &parts.ofA, &parts.ofB})
      llvm::append_range(labels, *more);
    for (const Labels *more : {&parts.ofA, &parts.summed})
      llvm::append_range(orderA, *more);
    for (const Labels *more : {&parts.summed, &parts.ofB})
      llvm::append_range(orderB, *more);
    int64_t batch = countElements(parts.shared), rows = countElements(parts.ofA),
            depth = countElements(parts.summed), columns = countElements(parts.ofB);
    Value left = arrange(a, orderA), right = arrange(b, orderB), product;
    if (parts.summed.empty())
      product =
          emit.mul(emit.reshape(left, {batch, rows, 1}), emit.reshape(right, {batch, 1, columns}));
    else if (batch == 1)
      product = emitMatrixProduct(emit, emit.reshape(left, {rows, depth}),
                                  emit.reshape(right, {depth, columns}));
    else
      product = emit.checked<MatmulOp>(
          {emit.reshape(left, {batch, rows, depth}), emit.reshape(right, {batch, depth, columns})},
          {});
    return {emit.reshape(product, getExtents(labels)), labels};
  }

  Emitter &emit;
  Labels result;
  std::map<int, int64_t> extents;
  SmallVector<Operand> operands;
};

Value importEinsum(Node &node) {
  Emitter &emit = node.emit();
  std::string text = node.requireString("equation").str();
  if (!node.hasAttribute("equation"))
    return {};
  llvm::erase(text, ' ');
  for (Value input : node.getInputs())
    if (getTensorType(input).getElementType() != getTensorType(node.getInput(0)).getElementType())
      return emit.reject("operands have types ", node.getInput(0).getType(), " and ",
                         input.getType());
  std::optional<Equation> equation = EquationReader(node, text).read();
  if (!equation)
    return {};
  Contraction contraction(emit, equation->result);
  for (auto [input, labels] : llvm::zip_equal(node.getInputs(), equation->operands))
    if (!contraction.add({input, labels}))
      return {};
  return contraction.run();
}

const Operator kOperators[] = {
    {"Einsum", 12, 1, kAnyNumber, importEinsum},
};

} // namespace

ArrayRef<Operator> frontend::getEinsum() { return kOperators; }
