// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "dialects/halide/Halide.h"

#include "mlir/Interfaces/FunctionImplementation.h"

using namespace mlir;
using namespace nnc::halide;

#include "dialects/halide/HalideDialect.cpp.inc"
#include "dialects/halide/HalideEnums.cpp.inc"

#define GET_OP_CLASSES
#include "dialects/halide/HalideOps.cpp.inc"

void HalideDialect::initialize() {
  addOperations<
#define GET_OP_LIST
#include "dialects/halide/HalideOps.cpp.inc"
      >();
}

ParseResult KernelOp::parse(OpAsmParser &parser, OperationState &result) {
  auto buildFunctionType = [](Builder &builder, ArrayRef<Type> arguments, ArrayRef<Type> results,
                              function_interface_impl::VariadicFlag, std::string &) {
    return builder.getFunctionType(arguments, results);
  };
  return function_interface_impl::parseFunctionOp(
      parser, result, /*allowVariadic=*/false, getFunctionTypeAttrName(result.name),
      buildFunctionType, getArgAttrsAttrName(result.name), getResAttrsAttrName(result.name));
}

void KernelOp::print(OpAsmPrinter &printer) {
  function_interface_impl::printFunctionOp(printer, *this, /*isVariadic=*/false,
                                           getFunctionTypeAttrName(), getArgAttrsAttrName(),
                                           getResAttrsAttrName());
}

LogicalResult KernelOp::verify() {
  for (Type type : llvm::concat<const Type>(getArgumentTypes(), getResultTypes())) {
    auto tensor = dyn_cast<RankedTensorType>(type);
    if (!tensor || !tensor.hasStaticShape())
      return emitOpError("(C2) has ") << type << " in its signature, but kernels take and give "
                                      << "statically shaped tensors";
  }
  auto yield = dyn_cast<YieldOp>(getBody().front().getTerminator());
  if (!yield)
    return emitOpError("(C1) body must end in halide.yield");
  if (yield.getOperandTypes() != TypeRange(getResultTypes()))
    return yield.emitOpError("(C1) yields values of types ")
           << yield.getOperandTypes() << ", but the kernel's results are " << getResultTypes();
  return success();
}

int64_t nnc::halide::getThreads(ModuleOp module) {
  auto threads = module->getAttrOfType<IntegerAttr>(kThreadsAttr);
  return threads ? threads.getInt() : 1;
}

namespace {

/// Whether a launch's value can stand for a kernel's tensor: same shape, same element type.
bool isCompatible(Type value, Type tensor) {
  auto shaped = cast<ShapedType>(value);
  auto expected = cast<ShapedType>(tensor);
  return shaped.getShape() == expected.getShape() &&
         shaped.getElementType() == expected.getElementType();
}

/// What a repeated launch takes where the kernel takes one element of the sequence.
Type getSequence(Type element, int64_t steps) {
  auto tensor = cast<RankedTensorType>(element);
  SmallVector<int64_t> shape(tensor.getShape());
  shape.insert(shape.begin(), steps);
  return tensor.clone(shape);
}

/// The dimension along which a list of rows has its rows: the first of more than one element.
size_t getListDimension(ArrayRef<int64_t> shape) {
  const int64_t *found = llvm::find_if(shape, [](int64_t extent) { return extent != 1; });
  return found == shape.end() ? 0 : found - shape.begin();
}

/// A list of rows as a kernel of one piece has it.
Type getPiece(Type list, int64_t piece) {
  auto shaped = cast<ShapedType>(list);
  SmallVector<int64_t> shape(shaped.getShape());
  shape[getListDimension(shape)] = piece;
  return RankedTensorType::get(shape, shaped.getElementType());
}

/// (C5) and (C6).
LogicalResult verifyPieces(LaunchOp launch, TypeRange inputs, TypeRange results) {
  auto piece = static_cast<int64_t>(launch.getPiece());
  if (piece < 0 || (piece != 0 && !launch.getCount()) ||
      (launch.getCount() && launch.getSteps() != 0))
    return launch.emitOpError("(C5) a piece comes with a count, and a count without steps");
  if (launch.getCount() && cast<ShapedType>(launch.getCount().getType()).getNumElements() != 1)
    return launch.emitOpError("(C5) the count must be one number, but is ")
           << launch.getCount().getType();
  auto isWhole = [&](Type list) {
    ArrayRef<int64_t> shape = cast<ShapedType>(list).getShape();
    return !shape.empty() && shape[getListDimension(shape)] % piece == 0;
  };
  for (int64_t list : launch.getLists())
    if (list < 0 || list >= static_cast<int64_t>(inputs.size()) || piece == 0 ||
        !isWhole(inputs[list]))
      return launch.emitOpError("(C5) input ") << list << " is no list of whole pieces";
  if (piece != 0 && !launch.getUpdate() && !llvm::all_of(results, isWhole))
    return launch.emitOpError("(C5) results are no lists of whole pieces");
  if (std::optional<uint64_t> tied = launch.getTied())
    if (*tied >= inputs.size() || results.size() != 1 ||
        cast<ShapedType>(inputs[*tied]).getShape() != cast<ShapedType>(results[0]).getShape())
      return launch.emitOpError("(C6) input ") << *tied << " has not the type of the only result";
  return success();
}

/// (C7).
LogicalResult verifyUpdate(LaunchOp launch, TypeRange inputs) {
  for (int64_t picked : launch.getPicked())
    if (picked < 0 || picked >= static_cast<int64_t>(inputs.size()))
      return launch.emitOpError("(C7) there is no input ") << picked << " to pick rows of";
  std::optional<uint64_t> update = launch.getUpdate();
  if (update && (!llvm::is_contained(launch.getLists(), static_cast<int64_t>(*update)) ||
                 !cast<ShapedType>(inputs[*update]).getElementType().isInteger(32) ||
                 launch.getOuts().size() != 2))
    return launch.emitOpError("(C7) input ")
           << *update << " is no list of positions for rows and an image";
  return success();
}

LogicalResult verifyTypes(LaunchOp launch, StringRef what, TypeRange given,
                          ArrayRef<Type> expected) {
  if (given.size() != expected.size())
    return launch.emitOpError("(C2) has ")
           << given.size() << " " << what << ", but the kernel has " << expected.size();
  for (auto [index, value, tensor] : llvm::enumerate(given, expected))
    if (!isCompatible(value, tensor))
      return launch.emitOpError("(C2) ")
             << what << " " << index << " is " << value << ", but the kernel has " << tensor;
  return success();
}

} // namespace

LogicalResult LaunchOp::verifySymbolUses(SymbolTableCollection &symbols) {
  auto kernel = symbols.lookupNearestSymbolFrom<KernelOp>(*this, getCalleeAttr());
  if (!kernel)
    return emitOpError("(C1) there is no halide.kernel ") << getCalleeAttr();
  if (!getOuts().empty() && getNumResults() != 0)
    return emitOpError("(C3) has both results and outs");
  SmallVector<Type> arguments(kernel.getArgumentTypes()), given(kernel.getResultTypes());
  if (auto steps = static_cast<int64_t>(getSteps()); steps != 0) {
    if (steps < 0 || arguments.size() < 2 || given.size() != 1 || given[0] != arguments.back())
      return emitOpError("(C4) cannot repeat ")
             << kernel.getFunctionType() << ' ' << steps << " times";
    arguments[0] = getSequence(arguments[0], steps);
    given[0] = getSequence(given[0], steps);
  }
  SmallVector<Type> inputs(getInputs().getTypes()),
      results(getNumResults() != 0 ? TypeRange(getResultTypes()) : TypeRange(getOuts().getTypes()));
  if (failed(verifyPieces(*this, inputs, results)) || failed(verifyUpdate(*this, inputs)))
    return failure();
  if (auto piece = static_cast<int64_t>(getPiece()); piece != 0) {
    for (int64_t list : getLists())
      inputs[list] = ::getPiece(inputs[list], piece);
    if (getUpdate())
      results.pop_back(); // the image, of which the kernel knows nothing
    else
      for (Type &result : results)
        result = ::getPiece(result, piece);
  }
  if (failed(verifyTypes(*this, "inputs", inputs, arguments)))
    return failure();
  return verifyTypes(*this, "results", results, given);
}

void LaunchOp::getEffects(
    SmallVectorImpl<SideEffects::EffectInstance<MemoryEffects::Effect>> &effects) {
  for (OpOperand &operand : getInputsMutable())
    if (isa<MemRefType>(operand.get().getType()))
      effects.emplace_back(MemoryEffects::Read::get(), &operand);
  for (OpOperand &operand : getCountMutable())
    if (isa<MemRefType>(operand.get().getType()))
      effects.emplace_back(MemoryEffects::Read::get(), &operand);
  for (OpOperand &operand : getOutsMutable())
    effects.emplace_back(MemoryEffects::Write::get(), &operand);
}
