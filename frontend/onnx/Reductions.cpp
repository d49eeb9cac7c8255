// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Reductions along axes.
#include "frontend/onnx/ClassicalModels.h"
#include "frontend/onnx/Operators.h"

#include <limits>

using namespace mlir;
using namespace nnc;
using namespace nnc::frontend;

namespace {

/// What a Reduce operator is asked to combine.
struct Request {
  SmallVector<int64_t> axes;
  bool keepDims;
};

/// `since` is the version from which on axes are an input. No axes mean all, or none on request.
std::optional<Request> readRequest(Node &node, int64_t since) {
  int64_t rank = getRank(node.getInput(0));
  std::optional<SmallVector<int64_t>> axes = SmallVector<int64_t>();
  bool none = false;
  if (node.getOpset() < since) {
    axes = SmallVector<int64_t>(node.getIntegers("axes"));
  } else {
    none = node.getFlag("noop_with_empty_axes", false);
    if (node.hasInput(1))
      axes = node.getIntegers(1, "the values of input 'axes'");
  }
  bool keepDims = node.getFlag("keepdims", true);
  if (axes)
    axes = node.normalizeAxes(*axes, rank);
  if (!axes)
    return std::nullopt;
  if (axes->empty() && !none)
    llvm::append_range(*axes, llvm::seq<int64_t>(0, rank));
  return Request{*axes, keepDims};
}

/// Unsigned numbers are compared in a wider type.
Value emitReduction(Node &node, Reduction kind, Value input, const Request &request) {
  Emitter &emit = node.emit();
  bool ordered = kind == Reduction::Max || kind == Reduction::Min;
  if (!input || !ordered || !(node.isUnsigned(0) || isBoolean(input)))
    return emit.reduce(kind, input, request.axes, request.keepDims);
  Type type = getTensorType(input).getElementType(), wide = emit.getBuilder().getI64Type();
  if (type == wide)
    return node.unsupported("a maximum or minimum of 64-bit unsigned integers");
  Value widened = emit.cast(input, wide, /*fromUnsigned=*/true, /*toUnsigned=*/false);
  Value result = emit.reduce(kind, widened, request.axes, request.keepDims);
  return emit.cast(result, type, /*fromUnsigned=*/false, /*toUnsigned=*/true);
}

template <Reduction kind, int64_t since> Value importReduce(Node &node) {
  std::optional<Request> request = readRequest(node, since);
  if (!request)
    return {};
  if (kind == Reduction::Mean && !isFloat(node.getInput(0)))
    return node.unsupported("a mean of integers");
  return emitReduction(node, kind, node.getInput(0), *request);
}

Value importReduceL1(Node &node) {
  std::optional<Request> request = readRequest(node, 18);
  if (!request)
    return {};
  return emitReduction(node, Reduction::Sum, node.emit().abs(node.getInput(0)), *request);
}

Value emitSumOfSquares(Node &node) {
  std::optional<Request> request = readRequest(node, 18);
  if (!request)
    return {};
  Value input = node.getInput(0);
  return emitReduction(node, Reduction::Sum, node.emit().mul(input, input), *request);
}

Value requireFloat(Node &node, Value value) {
  if (!value || isFloat(value))
    return value;
  return node.unsupported("roots and logarithms of integers");
}

Value importReduceL2(Node &node) {
  return node.emit().sqrt(requireFloat(node, emitSumOfSquares(node)));
}

Value importReduceLogSum(Node &node) {
  return node.emit().log(requireFloat(node, importReduce<Reduction::Sum, 18>(node)));
}

/// max + log(sum of exp(x - max)), where the maximum is finite.
Value importReduceLogSumExp(Node &node) {
  std::optional<Request> request = readRequest(node, 18);
  Value input = requireFloat(node, node.getInput(0));
  if (!request || !input)
    return {};
  Emitter &emit = node.emit();
  double largest = std::numeric_limits<float>::max();
  Value max = emit.reduce(Reduction::Max, input, request->axes, /*keepDims=*/true);
  Value finite =
      emit.min(emit.max(max, emit.splatLike(max, -largest)), emit.splatLike(max, largest));
  Value power = emit.exp(emit.sub(input, finite));
  Value sum = emit.reduce(Reduction::Sum, power, request->axes, /*keepDims=*/true);
  Value result = emit.add(emit.log(sum), finite);
  if (request->keepDims || !result)
    return result;
  SmallVector<int64_t> shape;
  for (auto [axis, extent] : llvm::enumerate(getShape(result)))
    if (!llvm::is_contained(request->axes, static_cast<int64_t>(axis)))
      shape.push_back(extent);
  return emit.reshape(result, shape);
}

template <bool isMaximum> Value importArgExtremum(Node &node) {
  Emitter &emit = node.emit();
  Value input = node.getInput(0);
  std::optional<int64_t> axis = node.normalizeAxis(node.getInteger("axis", 0), getRank(input));
  bool keepsDimensions = node.getFlag("keepdims", true),
       takesLast = node.getOpset() >= 12 && node.getFlag("select_last_index", false);
  if (!axis)
    return {};
  if (node.isUnsigned(0))
    return node.unsupported("a maximum or minimum of unsigned integers");
  Value index = emitArgExtremum(emit, input, *axis, isMaximum, takesLast);
  SmallVector<int64_t> shape(getShape(input));
  shape[*axis] = 1;
  return keepsDimensions ? emit.reshape(index, shape) : index;
}

const Operator kOperators[] = {
    {"ArgMax", 1, 1, 1, importArgExtremum<true>},
    {"ArgMin", 1, 1, 1, importArgExtremum<false>},
    {"ReduceL1", 1, 1, 2, importReduceL1},
    {"ReduceL2", 1, 1, 2, importReduceL2},
    {"ReduceLogSum", 1, 1, 2, importReduceLogSum},
    {"ReduceLogSumExp", 1, 1, 2, importReduceLogSumExp},
    {"ReduceMax", 1, 1, 2, importReduce<Reduction::Max, 18>},
    {"ReduceMean", 1, 1, 2, importReduce<Reduction::Mean, 18>},
    {"ReduceMin", 1, 1, 2, importReduce<Reduction::Min, 18>},
    {"ReduceProd", 1, 1, 2, importReduce<Reduction::Product, 18>},
    {"ReduceSum", 1, 1, 2, importReduce<Reduction::Sum, 13>},
    {"ReduceSumSquare", 1, 1, 2, emitSumOfSquares},
};

} // namespace

ArrayRef<Operator> frontend::getReductions() { return kOperators; }

Value frontend::emitArgExtremum(Emitter &emit, Value input, int64_t axis, bool isMaximum,
                                bool takesLast) {
  if (!input)
    return {};
  int64_t extent = getShape(input)[axis];
  Value extreme =
      emit.reduce(isMaximum ? Reduction::Max : Reduction::Min, input, {axis}, /*keepDims=*/true);
  Value isThere = emit.compare(arith::CmpFPredicate::OEQ, arith::CmpIPredicate::eq, input, extreme);
  SmallVector<int64_t> shape(getShape(input).size(), 1);
  shape[axis] = extent;
  Value numbers = emit.broadcast(
      emit.reshape(emit.integers(llvm::to_vector(llvm::seq<int64_t>(0, extent))), shape),
      getShape(input));
  Value none = emit.splatLike(numbers, takesLast ? -1 : static_cast<double>(extent));
  return emit.reduce(takesLast ? Reduction::Max : Reduction::Min,
                     emit.select(isThere, numbers, none), {axis}, /*keepDims=*/false);
}
