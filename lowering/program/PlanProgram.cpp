// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// From launches on tensors to launches on views of one arena.
#include "dialects/nnc/Constants.h"
#include "lowering/Passes.h"
#include "lowering/program/Arena.h"
#include "lowering/program/MergeUpdates.h"
#include "lowering/program/Placement.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/Utils/IndexingUtils.h"

#include "llvm/ADT/StringSet.h"

namespace nnc {
#define GEN_PASS_DEF_PLANPROGRAM
#include "lowering/Passes.h.inc"
} // namespace nnc

using namespace mlir;
using namespace nnc;

namespace {

MemRefType getMemRefType(Type tensor) {
  auto type = cast<RankedTensorType>(tensor);
  return MemRefType::get(type.getShape(), type.getElementType());
}

int64_t getScratchBytes(halide::KernelOp kernel) {
  auto bytes = kernel->getAttrOfType<IntegerAttr>("nnc.scratch_bytes");
  return bytes ? bytes.getInt() : 0;
}

/// Builds the planned @main beside the old one.
class Planner {
public:
  Planner(ModuleOp module, func::FuncOp main)
      : module(module), main(main), builder(module.getContext()), symbols(module),
        placement(main.getBody().front()) {}

  LogicalResult run() {
    launches = llvm::to_vector(main.getBody().front().getOps<halide::LaunchOp>());
    if (failed(findOutputs()))
      return failure();
    updates = findMergedUpdates(launches, placement, symbols);
    for (auto [pieces, update] : updates)
      llvm::erase(launches, update.launch);
    planLifetimes();
    buildFunction();
    for (halide::LaunchOp launch : launches)
      if (failed(buildLaunch(launch)))
        return failure();
    func::ReturnOp::create(builder, main.getLoc());
    main.erase();
    planned.setSymName("main");
    for (auto kernel : llvm::make_early_inc_range(module.getOps<halide::KernelOp>()))
      if (SymbolTable::symbolKnownUseEmpty(kernel, module))
        kernel.erase();
    return success();
  }

private:
  /// A returned value is written straight to the caller's buffer.
  LogicalResult findOutputs() {
    for (OpOperand &operand : main.getBody().front().getTerminator()->getOpOperands()) {
      Value root = placement.lookUp(operand.get()).root;
      bool isComputed = isa_and_nonnull<halide::LaunchOp, tensor::ConcatOp>(root.getDefiningOp());
      if (!isComputed || !outputs.try_emplace(root, operand.getOperandNumber()).second)
        return main.emitOpError("result ")
               << operand.getOperandNumber() << " is not a launch's result of its own";
    }
    return success();
  }

  /// A buffer lives from the first launch that writes into it to the last one that touches it.
  void planLifetimes() {
    SmallVector<Lifetime> lifetimes;
    auto touch = [&](Value value, int64_t step) {
      Value root = placement.lookUp(value).root;
      if (outputs.contains(root) ||
          !isa_and_nonnull<halide::LaunchOp, tensor::ConcatOp>(root.getDefiningOp()))
        return;
      auto [slot, isNew] = slots.try_emplace(root, lifetimes.size());
      if (isNew)
        lifetimes.push_back({getByteSize(getBufferType(root)), step, step});
      lifetimes[slot->second].last = step;
    };
    for (auto [step, launch] : llvm::enumerate(launches)) {
      for (ValueRange values : {ValueRange(launch.getInputs()), ValueRange(launch.getResults())})
        for (Value value : values)
          touch(value, step);
      if (halide::LaunchOp update = updates.lookup(launch).launch)
        touch(update.getResult(0), step);
      if (Value count = launch.getCount())
        touch(count, step);
      if (int64_t scratch = getScratchBytes(getKernel(launch))) {
        scratchSlots[launch] = lifetimes.size();
        lifetimes.push_back({scratch, static_cast<int64_t>(step), static_cast<int64_t>(step)});
      }
    }
    arena = planArena(lifetimes);
  }

  /// A result's own type, or that of one piece where each is used up at once.
  ShapedType getBufferType(Value root) {
    auto launch = root.getDefiningOp<halide::LaunchOp>();
    return cast<ShapedType>(updates.contains(launch) ? getKernel(launch).getResultTypes()[0]
                                                     : root.getType());
  }

  halide::KernelOp getKernel(halide::LaunchOp launch) {
    return symbols.lookup<halide::KernelOp>(launch.getCallee());
  }

  void buildFunction() {
    SmallVector<Type> types;
    SmallVector<Attribute> attributes;
    for (auto [index, type] : llvm::enumerate(main.getArgumentTypes())) {
      types.push_back(getMemRefType(type));
      attributes.push_back(main.getArgAttrDict(index) ? main.getArgAttrDict(index)
                                                      : builder.getDictionaryAttr({}));
    }
    for (auto [index, type] : llvm::enumerate(main.getResultTypes())) {
      types.push_back(getMemRefType(type));
      NamedAttrList given(main.getResultAttrDict(index));
      given.set("nnc.result", builder.getUnitAttr());
      attributes.push_back(given.getDictionary(builder.getContext()));
    }
    types.push_back(MemRefType::get({arena.bytes}, builder.getI8Type()));
    attributes.push_back(
        builder.getDictionaryAttr(builder.getNamedAttr("nnc.workspace", builder.getUnitAttr())));
    builder.setInsertionPointToEnd(module.getBody());
    planned =
        func::FuncOp::create(builder, main.getLoc(), "planned", builder.getFunctionType(types, {}));
    planned.setAllArgAttrs(attributes);
    planned->setAttr("nnc.arena_lower_bound", builder.getI64IntegerAttr(arena.lowerBound));
    Block *block = planned.addEntryBlock();
    builder.setInsertionPointToEnd(block);
    unsigned inputs = main.getNumArguments();
    for (unsigned i = 0; i < inputs; ++i)
      memory[main.getArgument(i)] = block->getArgument(i);
    for (auto [root, index] : outputs)
      memory[root] = block->getArgument(inputs + index);
  }

  /// A tensor inside a buffer.
  Value view(Value buffer, Type tensor, const Place &place) {
    MemRefType dense = getMemRefType(tensor);
    if (buffer.getType() == dense)
      return buffer;
    SmallVector<OpFoldResult> sizes, strides;
    for (auto [extent, stride] : llvm::zip(dense.getShape(), place.strides)) {
      sizes.push_back(builder.getIndexAttr(extent));
      strides.push_back(builder.getIndexAttr(stride));
    }
    bool isDense = place.offset == 0 && place.strides == computeStrides(dense.getShape());
    auto layout = StridedLayoutAttr::get(builder.getContext(), place.offset, place.strides);
    auto type = isDense ? dense : MemRefType::get(dense.getShape(), dense.getElementType(), layout);
    return memref::ReinterpretCastOp::create(builder, buffer.getLoc(), type, buffer,
                                             builder.getIndexAttr(place.offset), sizes, strides);
  }

  Value viewArena(Location location, int64_t slot, MemRefType type) {
    Value offset = arith::ConstantIndexOp::create(builder, location, arena.offsets[slot]);
    return memref::ViewOp::create(builder, location, type, planned.getArguments().back(), offset,
                                  ValueRange());
  }

  FailureOr<Value> getMemory(halide::LaunchOp launch, unsigned index, Value value) {
    Place place = placement.lookUp(value);
    Value &buffer = memory[place.root];
    if (ElementsAttr constant = getConstant(place.root))
      buffer = getGlobal(launch, index, constant);
    else if (auto slot = slots.find(place.root); !buffer && slot != slots.end())
      buffer = viewArena(launch.getLoc(), slot->second, getMemRefType(getBufferType(place.root)));
    if (!buffer)
      return launch.emitOpError("reads a value that is neither computed nor a constant");
    if (updates.contains(value.getDefiningOp<halide::LaunchOp>()))
      return buffer;
    return view(buffer, value.getType(), place);
  }

  /// The constant as data of the program; one for all that are the same attribute.
  Value getGlobal(halide::LaunchOp launch, unsigned index, ElementsAttr constant) {
    memref::GlobalOp &global = globals[constant];
    auto type = getMemRefType(constant.getShapedType());
    if (!global) {
      OpBuilder::InsertionGuard guard(builder);
      builder.setInsertionPoint(main);
      std::string name = (launch.getCallee() + "_data" + Twine(index)).str();
      global = memref::GlobalOp::create(
          builder, launch.getLoc(), name, builder.getStringAttr("private"), type, constant,
          /*constant=*/true, builder.getI64IntegerAttr(kArenaAlignment));
      symbols.insert(global);
    }
    return memref::GetGlobalOp::create(builder, launch.getLoc(), type, global.getSymName());
  }

  LogicalResult buildLaunch(halide::LaunchOp launch) {
    SmallVector<Value> operands, values(launch.getInputs());
    llvm::append_range(values, launch.getResults());
    IntegerAttr update;
    if (MergedUpdate merged = updates.lookup(launch); merged.launch) {
      values.push_back(merged.launch.getResult(0));
      update = builder.getI64IntegerAttr(merged.list);
    }
    for (Value value : values) {
      FailureOr<Value> operand = getMemory(launch, operands.size(), value);
      if (failed(operand))
        return failure();
      operands.push_back(*operand);
    }
    ValueRange inputs = ValueRange(operands).take_front(launch.getInputs().size());
    ValueRange outs = ValueRange(operands).drop_front(launch.getInputs().size());
    Value scratch;
    if (auto slot = scratchSlots.find(launch); slot != scratchSlots.end())
      scratch =
          viewArena(launch.getLoc(), slot->second,
                    MemRefType::get({getScratchBytes(getKernel(launch))}, builder.getI8Type()));
    Value count;
    if (launch.getCount()) {
      FailureOr<Value> found = getMemory(launch, operands.size(), launch.getCount());
      if (failed(found))
        return failure();
      count = *found;
    }
    halide::LaunchOp::create(builder, launch.getLoc(), TypeRange(), launch.getCallee(), inputs,
                             outs, scratch, count, launch.getLayersAttr(), launch.getSteps(),
                             launch.getReverse(), launch.getPiece(), launch.getLists(),
                             launch.getTiedAttr(), launch.getPicked(), update);
    return success();
  }

  ModuleOp module;
  func::FuncOp main, planned;
  OpBuilder builder;
  SymbolTable symbols;
  Placement placement;
  SmallVector<halide::LaunchOp> launches;
  /// Those that are part of launches of pieces, by these.
  llvm::MapVector<halide::LaunchOp, MergedUpdate> updates;
  DenseMap<Value, unsigned> outputs;
  DenseMap<Value, int64_t> slots;
  DenseMap<Operation *, int64_t> scratchSlots;
  DenseMap<Value, Value> memory;
  DenseMap<Attribute, memref::GlobalOp> globals;
  Arena arena;
};

struct PlanProgram : nnc::impl::PlanProgramBase<PlanProgram> {
  void runOnOperation() override {
    auto main = getOperation().lookupSymbol<func::FuncOp>("main");
    if (!main || !main.getBody().hasOneBlock()) {
      getOperation().emitError("a program is planned for a function @main of one block");
      return signalPassFailure();
    }
    if (failed(Planner(getOperation(), main).run()))
      signalPassFailure();
  }
};

} // namespace
