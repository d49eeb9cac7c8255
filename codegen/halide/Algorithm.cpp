// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "codegen/halide/Algorithm.h"

#include "codegen/halide/Payload.h"
#include "dialects/nnc/Constants.h"
#include "dialects/nnc/Nnc.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/Dialect/Utils/IndexingUtils.h"

#include "llvm/ADT/SmallBitVector.h"
#include "llvm/ADT/TypeSwitch.h"

using namespace mlir;
using Halide::Expr;
using Halide::Func;
using Halide::Var;

namespace nnc::codegen {
namespace {

RankedTensorType getTensorType(Value value) { return cast<RankedTensorType>(value.getType()); }

template <typename T> std::vector<T> reversed(std::vector<T> items) {
  std::reverse(items.begin(), items.end());
  return items;
}

std::vector<Expr> asExprs(const std::vector<Var> &vars) { return {vars.begin(), vars.end()}; }

/// Names for the dimensions of a value that has no loops of its own.
std::vector<Var> makeVars(int64_t rank) {
  std::vector<Var> vars;
  for (int64_t i = 0; i < rank; ++i)
    vars.emplace_back("d" + std::to_string(i));
  return vars;
}

/// Row-major position of `coordinates` in a tensor of this shape.
Expr flatten(const std::vector<Expr> &coordinates, llvm::ArrayRef<int64_t> shape) {
  Expr position = 0;
  for (auto [coordinate, extent] : llvm::zip_equal(coordinates, shape))
    position = position * static_cast<int32_t>(extent) + coordinate;
  return position;
}

/// Coordinates in a tensor of this shape, of rank 1 at least, of a row-major position; the position
/// must not exceed the tensor.
std::vector<Expr> unflatten(Expr position, llvm::ArrayRef<int64_t> shape) {
  std::vector<Expr> coordinates;
  for (int64_t extent : llvm::reverse(shape.drop_front())) {
    coordinates.push_back(position % static_cast<int32_t>(extent));
    position = position / static_cast<int32_t>(extent);
  }
  coordinates.push_back(position);
  return reversed(coordinates);
}

/// Where a reshape finds the element at `coordinates` of a tensor of shape `to`. Dimensions that
/// are alike on both sides stay as they are: what is read of them is as much as is asked for.
std::vector<Expr> reshapeCoordinates(llvm::ArrayRef<Expr> coordinates, llvm::ArrayRef<int64_t> to,
                                     llvm::ArrayRef<int64_t> from) {
  std::vector<Expr> result(from.size(), Expr(0));
  size_t i = 0, j = 0;
  auto skipOnes = [](llvm::ArrayRef<int64_t> shape, size_t &at) {
    while (at < shape.size() && shape[at] == 1)
      ++at;
  };
  for (skipOnes(to, i), skipOnes(from, j); i < to.size() && j < from.size();
       skipOnes(to, i), skipOnes(from, j)) {
    // The smallest groups of dimensions that hold the same elements.
    size_t firstTo = i, firstFrom = j;
    int64_t sizes[2] = {to[i++], from[j++]};
    while (sizes[0] != sizes[1])
      sizes[0] < sizes[1] ? sizes[0] *= to[i++] : sizes[1] *= from[j++];
    std::vector<Expr> group(coordinates.begin() + static_cast<std::ptrdiff_t>(firstTo),
                            coordinates.begin() + static_cast<std::ptrdiff_t>(i));
    Expr position = flatten(group, to.slice(firstTo, i - firstTo));
    std::vector<Expr> moved = unflatten(position, from.slice(firstFrom, j - firstFrom));
    std::copy(moved.begin(), moved.end(), result.begin() + static_cast<std::ptrdiff_t>(firstFrom));
  }
  return result;
}

/// Translates the operations of one kernel in order.
class AlgorithmBuilder {
public:
  AlgorithmBuilder(halide::KernelOp kernel, AlgorithmForm form) : kernel(kernel), form(form) {}

  FailureOr<Algorithm> build() {
    if (failed(addInputs()))
      return failure();
    for (Operation &op : kernel.getBody().front().without_terminator())
      if (failed(translate(&op)))
        return failure();
    if (failed(addOutputs()))
      return failure();
    return std::move(algorithm);
  }

private:
  LogicalResult addInputs() {
    for (auto [index, argument] : llvm::enumerate(kernel.getBody().getArguments())) {
      RankedTensorType type = getTensorType(argument);
      FailureOr<Halide::Type> element = getHalideType(kernel, type.getElementType());
      if (failed(element))
        return failure();
      Halide::ImageParam input(*element, type.getRank(), "in" + std::to_string(index));
      setBounds(input, type,
                kernel.getArgAttrOfType<DenseI64ArrayAttr>(index, halide::kStridesAttr));
      algorithm.inputs.push_back(input);
      if (form == AlgorithmForm::Plain) {
        algorithm.parameters[argument] = input;
        continue;
      }
      std::vector<Var> vars = makeVars(type.getRank());
      Func &func = algorithm.funcs[argument].func;
      func = Func("copy" + std::to_string(index));
      // An adjoint reads beyond what the algorithm reads, and multiplies it with zero.
      func(vars) = Halide::BoundaryConditions::constant_exterior(
          input, Halide::Internal::make_zero(*element))(vars);
    }
    return success();
  }

  /// Everything about a buffer is known: extents, and the given strides or those of a dense
  /// row-major tensor.
  template <typename Buffer>
  void setBounds(Buffer &&buffer, RankedTensorType type, DenseI64ArrayAttr given) {
    SmallVector<int64_t> strides =
        given ? SmallVector<int64_t>(given.asArrayRef()) : computeStrides(type.getShape());
    for (int64_t i = 0, rank = type.getRank(); i < rank; ++i) {
      buffer.dim(i).set_bounds(0, static_cast<int32_t>(type.getDimSize(rank - 1 - i)));
      buffer.dim(i).set_stride(static_cast<int32_t>(strides[rank - 1 - i]));
    }
  }

  LogicalResult addOutputs() {
    for (auto [index, value] : llvm::enumerate(kernel.getYielded())) {
      auto it = algorithm.funcs.find(value);
      if (it == algorithm.funcs.end())
        return kernel.emitOpError("yields an argument unchanged as result ") << index;
      Func func = it->second.func;
      setBounds(func.output_buffer(), getTensorType(value),
                kernel.getResultAttrOfType<DenseI64ArrayAttr>(index, halide::kStridesAttr));
      algorithm.outputs.push_back(func);
    }
    return success();
  }

  LogicalResult translate(Operation *op) {
    return TypeSwitch<Operation *, LogicalResult>(op)
        .Case<linalg::GenericOp>([&](auto generic) { return addGeneric(generic); })
        .Case<tensor::PadOp>([&](auto pad) { return addPad(pad); })
        .Case<tensor::ConcatOp>([&](auto concat) { return addConcat(concat); })
        .Case<tensor::ExtractSliceOp>([&](auto slice) { return addSlice(slice); })
        .Case<tensor::CollapseShapeOp, tensor::ExpandShapeOp>(
            [&](auto reshape) { return addReshape(reshape.getSrc(), reshape.getResult()); })
        .Case<arith::ConstantOp>([&](auto constant) { return addConstant(constant); })
        .Case<tensor::EmptyOp>([](auto) { return success(); })
        .Default([](Operation *other) -> LogicalResult {
          if (other->getDialect()->getNamespace() == "halide")
            return success(); // schedule
          return other->emitOpError("has no translation to Halide");
        });
  }

  FailureOr<Expr> read(Value tensor, std::vector<Expr> coordinates) {
    auto input = algorithm.parameters.find(tensor);
    if (input != algorithm.parameters.end())
      return Expr(input->second(reversed(std::move(coordinates))));
    auto func = algorithm.funcs.find(tensor);
    if (func != algorithm.funcs.end())
      return Expr(func->second.func(reversed(std::move(coordinates))));
    return kernel.emitOpError("reads a tensor that has no translation to Halide: ") << tensor;
  }

  Func &addFunc(Value value, StringRef fallbackName) {
    Operation *definition = value.getDefiningOp();
    auto name = definition->getAttrOfType<StringAttr>("nnc.func");
    ScheduledFunc &scheduled = algorithm.funcs[value];
    scheduled.func = Func((name ? name.getValue() : fallbackName).str());
    return scheduled.func;
  }

  /// A value that is an expression of its coordinates.
  LogicalResult define(Value value, StringRef name,
                       llvm::function_ref<FailureOr<Expr>(std::vector<Expr>)> element) {
    std::vector<Var> vars = getVars(value);
    FailureOr<Expr> expr = element(asExprs(vars));
    if (failed(expr))
      return failure();
    addFunc(value, name)(reversed(vars)) = *expr;
    return success();
  }

  /// The loops of a value that is not a linalg operation: named by its attribute, else by position.
  std::vector<Var> getVars(Value value) {
    auto names = value.getDefiningOp()->getAttrOfType<ArrayAttr>(kIteratorsAttr);
    if (!names)
      return makeVars(getTensorType(value).getRank());
    std::vector<Var> vars;
    for (auto name : names.getAsRange<StringAttr>())
      vars.emplace_back(name.str());
    return vars;
  }

  LogicalResult addConstant(arith::ConstantOp op) {
    if (!isa<RankedTensorType>(op.getType()))
      return success(); // a scalar: read by bodies
    std::optional<double> number = getSplatNumber(op);
    FailureOr<Halide::Type> type = getHalideType(op, getTensorType(op).getElementType());
    if (!number || failed(type))
      return op.emitOpError("is a table inside a kernel; kernels take tables as arguments");
    return define(op, "constant", [&](auto) -> FailureOr<Expr> {
      return Halide::Internal::make_const(*type, *number);
    });
  }

  LogicalResult addPad(tensor::PadOp op) {
    Value padding = op.getConstantPaddingValue();
    auto constant = padding ? padding.getDefiningOp<arith::ConstantOp>() : nullptr;
    if (!constant)
      return op.emitOpError("pads with a value that is not a constant");
    FailureOr<Expr> value = translateConstant(constant);
    return failed(value) ? failure() : definePad(op, *value);
  }

  LogicalResult definePad(tensor::PadOp op, Expr padding) {
    return define(op, "padded", [&](std::vector<Expr> coordinates) -> FailureOr<Expr> {
      ArrayRef<int64_t> low = op.getStaticLow(), high = op.getStaticHigh();
      ArrayRef<int64_t> shape = op.getSourceType().getShape();
      Expr inside = Halide::Internal::const_true();
      for (size_t i = 0; i < coordinates.size(); ++i) {
        if (low[i] == 0 && high[i] == 0)
          continue;
        Expr shifted = coordinates[i] - static_cast<int32_t>(low[i]);
        auto last = static_cast<int32_t>(shape[i] - 1);
        inside = inside && shifted >= 0 && shifted <= last;
        coordinates[i] = Halide::clamp(Halide::likely(shifted), 0, last);
      }
      FailureOr<Expr> element = read(op.getSource(), coordinates);
      if (failed(element))
        return failure();
      return Halide::select(inside, *element, padding);
    });
  }

  LogicalResult addConcat(tensor::ConcatOp op) {
    uint64_t axis = op.getDim();
    return define(op, "joined", [&](std::vector<Expr> coordinates) -> FailureOr<Expr> {
      Expr result;
      auto end = static_cast<int32_t>(getTensorType(op).getDimSize(axis));
      for (Value part : llvm::reverse(op.getInputs())) {
        auto extent = static_cast<int32_t>(getTensorType(part).getDimSize(axis));
        std::vector<Expr> inner = coordinates;
        inner[axis] = Halide::clamp(inner[axis] - (end - extent), 0, extent - 1);
        FailureOr<Expr> element = read(part, inner);
        if (failed(element))
          return failure();
        end -= extent;
        result = result.defined()
                     ? Halide::select(coordinates[axis] < end + extent, *element, result)
                     : *element;
      }
      return result;
    });
  }

  LogicalResult addSlice(tensor::ExtractSliceOp op) {
    llvm::SmallBitVector dropped = op.getDroppedDims();
    return define(op, "slice", [&](std::vector<Expr> coordinates) -> FailureOr<Expr> {
      std::vector<Expr> source;
      size_t next = 0;
      for (auto [axis, offset] : llvm::enumerate(op.getStaticOffsets())) {
        Expr coordinate = dropped[axis] ? Expr(0) : coordinates[next++];
        source.push_back(coordinate * static_cast<int32_t>(op.getStaticStride(axis)) +
                         static_cast<int32_t>(offset));
      }
      return read(op.getSource(), source);
    });
  }

  LogicalResult addReshape(Value source, Value result) {
    return define(result, "view", [&](std::vector<Expr> coordinates) -> FailureOr<Expr> {
      return read(source, reshapeCoordinates(coordinates, getTensorType(result).getShape(),
                                             getTensorType(source).getShape()));
    });
  }

  LogicalResult addGeneric(linalg::GenericOp op);
  FailureOr<std::vector<Expr>> translateGeneric(linalg::GenericOp op, ArrayRef<Expr> loops,
                                                ArrayRef<Expr> outputs);

  halide::KernelOp kernel;
  AlgorithmForm form;
  Algorithm algorithm;
};

/// The loops of a linalg.generic: names, and expressions that are Vars or, for reductions, RVars of
/// one domain.
struct Loops {
  std::vector<std::string> names;
  std::vector<Expr> exprs;
  std::set<std::string> reductions;
  Halide::RDom domain;
  /// Loops that become terms of one expression: names and extents.
  std::vector<std::pair<std::string, int64_t>> unrolled;

  Loops(linalg::GenericOp op, const llvm::SmallBitVector &unrolls) {
    auto given = op->getAttrOfType<ArrayAttr>(kIteratorsAttr);
    std::vector<Halide::Internal::ReductionVariable> variables;
    SmallVector<int64_t> extents = op.getStaticLoopRanges();
    for (unsigned i = 0; i < op.getNumLoops(); ++i) {
      names.push_back(given ? cast<StringAttr>(given[i]).str() : "d" + std::to_string(i));
      if (op.getIteratorTypesArray()[i] != utils::IteratorType::reduction)
        continue;
      if (unrolls[i]) {
        names.back() = Halide::Internal::unique_name("unrolled");
        unrolled.emplace_back(names.back(), extents[i]);
        continue;
      }
      variables.push_back({names.back(), 0, static_cast<int32_t>(extents[i])});
    }
    if (!variables.empty())
      domain = Halide::RDom(Halide::Internal::ReductionDomain(variables));
    int next = 0;
    for (const std::string &name : names) {
      bool isReduction = next < static_cast<int>(variables.size()) && variables[next].var == name;
      exprs.push_back(isReduction ? Expr(domain[next++]) : Expr(Var(name)));
      if (isReduction)
        reductions.insert(name);
    }
  }
};

FailureOr<std::vector<Expr>> AlgorithmBuilder::translateGeneric(linalg::GenericOp op,
                                                                ArrayRef<Expr> loops,
                                                                ArrayRef<Expr> outputs) {
  SmallVector<AffineMap> maps = op.getIndexingMapsArray();
  std::vector<Expr> arguments;
  for (auto [input, map] : llvm::zip(op.getInputs(), maps)) {
    if (!isa<RankedTensorType>(input.getType()))
      return op.emitOpError("reads a scalar operand; scalars belong into the body");
    if (op.getMatchingBlockArgument(op.getDpsInputOperand(arguments.size())).use_empty()) {
      arguments.emplace_back(); // a window: only its shape counts
      continue;
    }
    std::vector<Expr> coordinates;
    for (AffineExpr result : map.getResults())
      coordinates.push_back(translateAffine(result, loops));
    FailureOr<Expr> element = read(input, coordinates);
    if (failed(element))
      return failure();
    arguments.push_back(*element);
  }
  llvm::append_range(arguments, outputs);
  return translateBody(op.getRegion().front(), arguments, loops,
                       [&](Value tensor, std::vector<Expr> at) { return read(tensor, at); });
}

/// Whether each iteration takes the maximum or minimum of what was there and another element.
static bool isExtremum(linalg::GenericOp op) {
  Operation *last = op.getRegion().front().getTerminator()->getOperand(0).getDefiningOp();
  return isa_and_nonnull<arith::MaximumFOp, arith::MaxNumFOp, arith::MinimumFOp, arith::MinNumFOp>(
      last);
}

/// Whether an operand is read at `stride` times another loop plus this one, which is no longer than
/// the stride: windows that do not overlap. Halide's adjoint of their sum is wrong (21.0).
static bool fillsStride(linalg::GenericOp op, unsigned loop, int64_t extent) {
  for (AffineMap map : op.getIndexingMapsArray())
    for (AffineExpr result : map.getResults()) {
      if (!result.isFunctionOfDim(loop) || isa<AffineDimExpr>(result))
        continue;
      bool strided = false;
      result.walk([&](AffineExpr part) {
        auto product = dyn_cast<AffineBinaryOpExpr>(part);
        auto factor = product && product.getKind() == AffineExprKind::Mul
                          ? dyn_cast<AffineConstantExpr>(product.getRHS())
                          : nullptr;
        strided |= factor && factor.getValue() > 1 && factor.getValue() >= extent;
      });
      if (strided)
        return true;
    }
  return false;
}

/// The reductions that the differentiable form has as terms of one expression.
static llvm::SmallBitVector findUnrolled(linalg::GenericOp op, AlgorithmForm form) {
  llvm::SmallBitVector unrolls(op.getNumLoops());
  if (form == AlgorithmForm::Plain)
    return unrolls;
  SmallVector<int64_t> extents = op.getStaticLoopRanges();
  for (unsigned loop = 0; loop < op.getNumLoops(); ++loop)
    unrolls[loop] = op.getIteratorTypesArray()[loop] == utils::IteratorType::reduction &&
                    (isExtremum(op) || fillsStride(op, loop, extents[loop]));
  return unrolls;
}

/// `update` of `accumulator`, which is `start` at first, over all points of the unrolled loops.
static Expr unroll(const Expr &update, const Expr &accumulator, const Expr &start,
                   const Loops &loops) {
  std::vector<std::map<std::string, Expr>> points = {{}};
  for (const auto &[name, extent] : loops.unrolled) {
    std::vector<std::map<std::string, Expr>> more;
    for (const auto &point : points)
      for (int64_t at = 0; at < extent; ++at) {
        more.push_back(point);
        more.back()[name] = static_cast<int>(at);
      }
    points = std::move(more);
  }
  Expr result = start;
  for (auto &point : points) {
    point[accumulator.as<Halide::Internal::Variable>()->name] = result;
    result = Halide::Internal::substitute(point, update);
  }
  return result;
}

LogicalResult AlgorithmBuilder::addGeneric(linalg::GenericOp op) {
  if (op.getNumResults() != 1)
    return op.emitOpError("has several results");
  Loops loops(op, findUnrolled(op, form));
  AffineMap outputMap = op.getIndexingMapsArray().back();
  if (!outputMap.isProjectedPermutation())
    return op.emitOpError("writes through a map that is not a permutation of its loops");
  std::vector<Var> vars;
  for (AffineExpr result : outputMap.getResults())
    vars.emplace_back(loops.names[cast<AffineDimExpr>(result).getPosition()]);
  vars = reversed(vars);

  Value init = op.getOutputs().front(), result = op.getResult(0);
  bool accumulates = !op.getRegionOutputArgs().front().use_empty();
  Func &func = addFunc(result, loops.reductions.empty() ? "out" : "acc");
  Expr start, accumulator;
  if (accumulates) {
    FailureOr<Expr> first = read(init, reversed(asExprs(vars)));
    if (failed(first))
      return failure();
    start = *first;
    if (loops.unrolled.empty() || !loops.reductions.empty()) {
      func(vars) = start;
      start = func(vars);
    }
    accumulator =
        loops.unrolled.empty()
            ? start
            : Halide::Internal::Variable::make(start.type(), Halide::Internal::unique_name("acc"));
  }
  FailureOr<std::vector<Expr>> yielded = translateGeneric(op, loops.exprs, {accumulator});
  if (failed(yielded))
    return failure();
  Expr element = yielded->front();
  if (!loops.unrolled.empty())
    element = unroll(element, accumulator, start, loops);
  // An iteration that leaves the sum as it is does not take place: loops over lists end with them.
  auto *select = element.as<Halide::Internal::Select>();
  if (select && accumulates && Halide::Internal::equal(select->false_value, accumulator)) {
    loops.domain.where(select->condition);
    element = select->true_value;
  }
  func(vars) = element;
  algorithm.funcs[result].reductionLoops = loops.reductions;
  return success();
}

} // namespace

FailureOr<Halide::Type> getHalideType(Operation *op, Type type) {
  if (type.isIndex())
    return Halide::Int(32);
  if (type.isInteger(1))
    return Halide::Bool();
  if (type.isF32() || type.isF64())
    return Halide::Float(type.getIntOrFloatBitWidth());
  if (auto integer = dyn_cast<IntegerType>(type);
      integer && llvm::is_contained({8, 16, 32, 64}, integer.getWidth()))
    return integer.isUnsigned() ? Halide::UInt(integer.getWidth())
                                : Halide::Int(integer.getWidth());
  return op->emitOpError("has elements of type ")
         << type << ", but kernels take f32, f64 and integers of 1, 8, 16, 32 or 64 bits";
}

FailureOr<Algorithm> buildAlgorithm(halide::KernelOp kernel, AlgorithmForm form) {
  return AlgorithmBuilder(kernel, form).build();
}

} // namespace nnc::codegen
