// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "codegen/package/Program.h"
#include "codegen/package/Text.h"
#include "dialects/nnc/Constants.h"
#include "dialects/nnc/Nnc.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/IR/Matchers.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/ADT/TypeSwitch.h"

using namespace mlir;

namespace nnc::codegen {

int64_t Launch::getTraffic() const {
  int64_t bytes = 0;
  for (const Address &address : llvm::concat<const Address>(inputs, outputs))
    bytes += address.touched;
  return bytes;
}

std::string Launch::getTitle() const {
  return layers.empty() ? kernelName : llvm::join(layers, ", ");
}

int64_t Program::getFlops() const {
  int64_t flops = 0;
  for (const Launch &launch : launches)
    flops += launch.flops;
  return flops * samples;
}

namespace {

/// Follows the operations of `@main` in order and keeps the address of each memref.
class ProgramReader {
public:
  explicit ProgramReader(ModuleOp module) : module(module), symbols(module) {
    for (StringRef local : {"inputs_", "outputs_", "memory_", "weights_"}) // of the C++ class
      tensorNames.take(local);
  }

  FailureOr<Program> read();

private:
  LogicalResult readArguments(func::FuncOp main);
  LogicalResult readWorkspace(func::FuncOp main, BlockArgument argument);
  LogicalResult readTensor(func::FuncOp main, BlockArgument argument);
  LogicalResult readOperation(Operation *op);
  LogicalResult readGlobal(memref::GetGlobalOp op);
  LogicalResult readView(memref::ViewOp op);
  LogicalResult readAlias(Operation *op);
  LogicalResult readLaunch(halide::LaunchOp op);
  LogicalResult readCopy(memref::CopyOp op);

  FailureOr<Address> getAddress(Operation *user, Value value);
  LogicalResult getAddresses(Operation *user, ValueRange values, std::vector<Address> &addresses);
  void touchSlots();

  ModuleOp module;
  SymbolTable symbols;
  Program program{};
  llvm::DenseMap<Value, Address> addresses;
  llvm::DenseMap<Operation *, size_t> constantIndex;
  IdentifierPool tensorNames;
  IdentifierPool constantNames;
};

std::string getText(Operation *op, StringRef attribute) {
  auto text = op->getAttrOfType<StringAttr>(attribute);
  return text ? text.str() : "";
}

int64_t getNumber(Operation *op, StringRef attribute) {
  auto number = op->getAttrOfType<IntegerAttr>(attribute);
  return number ? number.getInt() : 0;
}

std::vector<std::string> getStrings(ArrayAttr attribute) {
  std::vector<std::string> strings;
  if (attribute)
    for (auto text : attribute.getAsRange<StringAttr>())
      strings.push_back(text.str());
  return strings;
}

LogicalResult checkType(Operation *op, Type type) {
  auto memref = dyn_cast<MemRefType>(type);
  if (!memref || !memref.hasStaticShape())
    return op->emitOpError("has ") << type << ", but a planned program has static memrefs";
  if (getCppType(memref.getElementType()).empty())
    return op->emitOpError("has elements of type ")
           << memref.getElementType()
           << "; generated code has f32, f64, i1 and integers of 8, 16, 32 and 64 bits";
  return success();
}

LogicalResult ProgramReader::readWorkspace(func::FuncOp main, BlockArgument argument) {
  auto type = dyn_cast<MemRefType>(argument.getType());
  if (!type || type.getRank() != 1 || !type.hasStaticShape() || !type.getElementType().isInteger(8))
    return main.emitOpError("has a workspace of type ")
           << argument.getType() << " instead of bytes";
  program.arenaBytes = type.getNumElements();
  addresses.insert(
      {argument, {Address::Space::Arena, 0, 0, type.getElementType(), program.arenaBytes, {}}});
  return success();
}

LogicalResult ProgramReader::readTensor(func::FuncOp main, BlockArgument argument) {
  if (failed(checkType(main, argument.getType())))
    return failure();
  unsigned position = argument.getArgNumber();
  auto type = cast<MemRefType>(argument.getType());
  bool isResult = main.getArgAttr(position, "nnc.result") != nullptr;
  std::vector<Tensor> &tensors = isResult ? program.outputs : program.inputs;
  auto space = isResult ? Address::Space::Output : Address::Space::Input;
  auto name = main.getArgAttrOfType<StringAttr>(position, "nnc.name");
  std::string known =
      name ? name.str() : (isResult ? "output" : "input") + std::to_string(tensors.size());
  addresses.insert(
      {argument, {space, tensors.size(), 0, type.getElementType(), getByteSize(type), {}}});
  Type elementType = type.getElementType();
  if (main.getArgAttr(position, "nnc.unsigned"))
    elementType = IntegerType::get(module.getContext(), elementType.getIntOrFloatBitWidth(),
                                   IntegerType::Unsigned);
  std::vector<int64_t> shape = type.getShape().vec();
  std::optional<size_t> state;
  if (auto result = main.getArgAttrOfType<IntegerAttr>(position, kStateAttr))
    state = static_cast<size_t>(result.getInt());
  int64_t samples = state ? 1 : program.samples;
  if (samples > 1)
    shape.front() = samples;
  tensors.push_back({known, tensorNames.take(known), elementType, type.getElementType(), shape,
                     type.getNumElements() * samples, getByteSize(type) * samples, state});
  return success();
}

LogicalResult ProgramReader::readArguments(func::FuncOp main) {
  for (BlockArgument argument : main.getArguments()) {
    bool isWorkspace = main.getArgAttr(argument.getArgNumber(), "nnc.workspace") != nullptr;
    if (failed(isWorkspace ? readWorkspace(main, argument) : readTensor(main, argument)))
      return failure();
  }
  return success();
}

LogicalResult ProgramReader::readGlobal(memref::GetGlobalOp op) {
  auto global = symbols.lookup<memref::GlobalOp>(op.getName());
  auto value = dyn_cast_or_null<ElementsAttr>(global.getInitialValueAttr());
  if (!value)
    return global.emitOpError("has no value, but the globals of a planned program are constants");
  if (failed(checkType(op, op.getType())))
    return failure();
  int64_t bytes = getByteSize(op.getType());
  auto [known, isNew] = constantIndex.insert({global, program.constants.size()});
  if (isNew)
    program.constants.push_back({constantNames.take(op.getName()), value, bytes});
  addresses.insert(
      {op.getResult(),
       {Address::Space::Constant, known->second, 0, op.getType().getElementType(), bytes, {}}});
  return success();
}

LogicalResult ProgramReader::readView(memref::ViewOp op) {
  FailureOr<Address> source = getAddress(op, op.getSource());
  if (failed(source) || failed(checkType(op, op.getType())))
    return failure();
  IntegerAttr shift;
  if (!matchPattern(op.getByteShift(), m_Constant(&shift)))
    return op.emitOpError("has an offset that is no constant");
  Address address = *source;
  int64_t room = source->bytes - shift.getInt();
  address.offset += shift.getInt();
  address.elementType = op.getType().getElementType();
  address.bytes = getByteSize(op.getType());
  if (shift.getInt() < 0 || address.bytes > room)
    return op.emitOpError("of ") << address.bytes << " bytes at " << shift.getInt()
                                 << " leaves its source of " << source->bytes << " bytes";
  if (address.space == Address::Space::Arena && !address.slot) {
    address.slot = program.slots.size();
    program.slots.push_back({address.offset, address.bytes, std::numeric_limits<size_t>::max(), 0});
  }
  addresses.insert({op.getResult(), address});
  return success();
}

/// Elements from the first to the last of a memref, gaps included.
int64_t getSpan(ArrayRef<int64_t> shape, ArrayRef<int64_t> strides) {
  int64_t span = 1;
  for (auto [extent, stride] : llvm::zip(shape, strides))
    span += (extent - 1) * stride;
  return span;
}

/// Reshapes, casts and parts of a memref: the same bytes under another type.
LogicalResult ProgramReader::readAlias(Operation *op) {
  FailureOr<Address> source = getAddress(op, op->getOperand(0));
  if (failed(source) || failed(checkType(op, op->getResult(0).getType())))
    return failure();
  auto type = cast<MemRefType>(op->getResult(0).getType());
  int64_t offset = 0;
  SmallVector<int64_t> strides;
  if (failed(type.getStridesAndOffset(strides, offset)) || ShapedType::isDynamic(offset) ||
      offset < 0 || ShapedType::isDynamicShape(strides))
    return op->emitOpError("has a layout that is not a constant");
  Address address = *source;
  int64_t elementBytes = getElementByteSize(type.getElementType());
  address.offset += offset * elementBytes;
  address.bytes = getSpan(type.getShape(), strides) * elementBytes;
  if (offset * elementBytes + address.bytes > source->bytes)
    return op->emitOpError("reaches ") << offset * elementBytes + address.bytes
                                       << " bytes into a source of " << source->bytes << " bytes";
  addresses.insert({op->getResult(0), address});
  return success();
}

FailureOr<Address> ProgramReader::getAddress(Operation *user, Value value) {
  auto found = addresses.find(value);
  if (found == addresses.end())
    return user->emitOpError(
        "uses a memref that is no view of an input, an output, the workspace or a global");
  return found->second;
}

LogicalResult ProgramReader::getAddresses(Operation *user, ValueRange values,
                                          std::vector<Address> &result) {
  for (Value value : values) {
    FailureOr<Address> address = getAddress(user, value);
    if (failed(address))
      return failure();
    address->touched = getByteSize(cast<MemRefType>(value.getType()));
    result.push_back(*address);
  }
  return success();
}

/// How often a launch runs its kernel, if all rows of a list are computed.
int64_t countRuns(halide::LaunchOp op, halide::KernelOp kernel) {
  if (op.getPiece() == 0)
    return std::max<int64_t>(1, static_cast<int64_t>(op.getSteps()));
  // Rows behind the last whole piece are none.
  auto size = [](Type type) { return cast<ShapedType>(type).getNumElements(); };
  if (std::optional<uint64_t> list = op.getUpdate())
    return size(op.getInputs()[*list].getType()) / size(kernel.getArgumentTypes()[*list]);
  return size(op.getOuts()[0].getType()) / size(kernel.getResultTypes()[0]);
}

LogicalResult ProgramReader::readLaunch(halide::LaunchOp op) {
  Launch launch{};
  launch.kernel = symbols.lookup<halide::KernelOp>(op.getCallee());
  launch.kernelName = op.getCallee().str();
  launch.kernelClass = launch.kernel.getKernelClass().value_or("").str();
  launch.layers = getStrings(op.getLayers().value_or(ArrayAttr()));
  launch.steps = static_cast<int64_t>(op.getSteps());
  launch.isReverse = op.getReverse();
  launch.piece = static_cast<int64_t>(op.getPiece());
  launch.lists.assign(op.getLists().begin(), op.getLists().end());
  if (std::optional<uint64_t> update = op.getUpdate())
    launch.update = *update;
  launch.flops = getNumber(launch.kernel, "nnc.flops") * countRuns(op, launch.kernel);
  if (op.getOuts().empty())
    return op.emitOpError("has no outs, but a planned program's launches write memrefs");
  if (failed(getAddresses(op, op.getInputs(), launch.inputs)) ||
      failed(getAddresses(op, op.getOuts(), launch.outputs)))
    return failure();
  if (Value count = op.getCount()) {
    FailureOr<Address> address = getAddress(op, count);
    if (failed(address))
      return failure();
    launch.count = *address;
  }
  if (Value scratch = op.getScratch()) {
    FailureOr<Address> address = getAddress(op, scratch);
    if (failed(address))
      return failure();
    launch.scratch = *address;
  }
  program.launches.push_back(std::move(launch));
  touchSlots();
  return success();
}

LogicalResult ProgramReader::readCopy(memref::CopyOp op) {
  Launch copy{};
  copy.kernelName = copy.kernelClass = "copy";
  copy.layers = getStrings(op->getAttrOfType<ArrayAttr>("layers"));
  if (failed(getAddresses(op, op.getSource(), copy.inputs)) ||
      failed(getAddresses(op, op.getTarget(), copy.outputs)))
    return failure();
  program.launches.push_back(std::move(copy));
  touchSlots();
  return success();
}

LogicalResult ProgramReader::readOperation(Operation *op) {
  return llvm::TypeSwitch<Operation *, LogicalResult>(op)
      .Case<halide::LaunchOp>([&](auto launch) { return readLaunch(launch); })
      .Case<memref::CopyOp>([&](auto copy) { return readCopy(copy); })
      .Case<memref::GetGlobalOp>([&](auto global) { return readGlobal(global); })
      .Case<memref::ViewOp>([&](auto view) { return readView(view); })
      .Case<memref::CollapseShapeOp, memref::ExpandShapeOp, memref::CastOp,
            memref::ReinterpretCastOp>([&](auto alias) { return readAlias(alias); })
      .Case<arith::ConstantOp, func::ReturnOp>([](auto) { return success(); })
      .Default([](Operation *other) -> LogicalResult {
        return other->emitOpError("has no place in a planned program");
      });
}

/// Lets the slots that the last launch touches live until then.
void ProgramReader::touchSlots() {
  size_t now = program.launches.size() - 1;
  const Launch &launch = program.launches.back();
  auto touch = [&](const Address &address) {
    if (!address.slot)
      return;
    Slot &slot = program.slots[*address.slot];
    slot.firstLaunch = std::min(slot.firstLaunch, now);
    slot.lastLaunch = now;
  };
  llvm::for_each(llvm::concat<const Address>(launch.inputs, launch.outputs), touch);
  if (launch.scratch)
    touch(*launch.scratch);
  if (launch.count)
    touch(*launch.count);
}

FailureOr<Program> ProgramReader::read() {
  auto main = symbols.lookup<func::FuncOp>("main");
  if (!main || !main.getBody().hasOneBlock())
    return module.emitOpError("has no function @main of one block");
  program.model = getText(module, "nnc.model");
  program.hash = getText(module, "nnc.hash");
  llvm::append_range(program.approximations, readApproximations(module));
  program.threads = halide::getThreads(module);
  program.samples = std::max<int64_t>(1, getNumber(module, kSamplesAttr));
  if (failed(readArguments(main)))
    return failure();
  for (Operation &op : main.getBody().front())
    if (failed(readOperation(&op)))
      return failure();
  program.parameters = getNumber(module, "nnc.parameters");
  if (!module->hasAttr("nnc.parameters"))
    for (const Constant &constant : program.constants)
      program.parameters += constant.value.getNumElements();
  program.arenaLowerBound = getNumber(main, "nnc.arena_lower_bound");
  llvm::erase_if(program.slots,
                 [](const Slot &slot) { return slot.firstLaunch > slot.lastLaunch; });
  llvm::sort(program.slots, [](const Slot &a, const Slot &b) {
    return std::tie(a.offset, a.firstLaunch, a.lastLaunch, a.bytes) <
           std::tie(b.offset, b.firstLaunch, b.lastLaunch, b.bytes);
  });
  return std::move(program);
}

} // namespace

FailureOr<Program> readProgram(ModuleOp module) { return ProgramReader(module).read(); }

} // namespace nnc::codegen
