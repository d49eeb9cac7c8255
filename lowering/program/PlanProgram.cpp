// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// From launches on tensors to launches on views of one arena.
#include "dialects/nnc/Constants.h"
#include "lowering/Passes.h"
#include "lowering/program/Arena.h"

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

/// The value whose memory `value` is: reshapes only rename it.
Value getRoot(Value value) {
  while (auto reshape = value.getDefiningOp<ReshapeOp>())
    value = reshape.getInput();
  return value;
}

int64_t getScratchBytes(halide::KernelOp kernel) {
  auto bytes = kernel->getAttrOfType<IntegerAttr>("nnc.scratch_bytes");
  return bytes ? bytes.getInt() : 0;
}

/// Builds the planned @main beside the old one.
class Planner {
public:
  Planner(ModuleOp module, func::FuncOp main)
      : module(module), main(main), builder(module.getContext()), symbols(module) {}

  LogicalResult run() {
    collectLaunches();
    if (failed(findOutputs()))
      return failure();
    planLifetimes();
    buildFunction();
    for (halide::LaunchOp launch : launches)
      if (failed(buildLaunch(launch)))
        return failure();
    func::ReturnOp::create(builder, main.getLoc());
    main.erase();
    planned.setSymName("main");
    return success();
  }

private:
  void collectLaunches() {
    for (auto launch : main.getBody().front().getOps<halide::LaunchOp>()) {
      steps[launch] = launches.size();
      launches.push_back(launch);
    }
  }

  /// A returned launch result is written straight to the caller's buffer.
  LogicalResult findOutputs() {
    for (OpOperand &operand : main.getBody().front().getTerminator()->getOpOperands()) {
      Value root = getRoot(operand.get());
      if (!root.getDefiningOp<halide::LaunchOp>() || !outputs.try_emplace(root, operand.getOperandNumber()).second)
        return main.emitOpError("result ")
               << operand.getOperandNumber() << " is not a launch's result of its own";
    }
    return success();
  }

  /// The last step at which `root` or a reshape of it is read.
  int64_t getLastUse(Value root, int64_t last) {
    for (Operation *user : root.getUsers()) {
      if (auto reshape = dyn_cast<ReshapeOp>(user))
        last = getLastUse(reshape, last);
      else if (auto step = steps.find(user); step != steps.end())
        last = std::max(last, step->second);
    }
    return last;
  }

  void planLifetimes() {
    SmallVector<Lifetime> lifetimes;
    for (halide::LaunchOp launch : launches) {
      int64_t step = steps[launch];
      for (Value result : launch.getResults()) {
        if (outputs.contains(result))
          continue;
        slots[result] = lifetimes.size();
        lifetimes.push_back({getByteSize(cast<ShapedType>(result.getType())), step, getLastUse(result, step)});
      }
      if (int64_t scratch = getScratchBytes(getKernel(launch))) {
        scratchSlots[launch] = lifetimes.size();
        lifetimes.push_back({scratch, step, step});
      }
    }
    arena = planArena(lifetimes);
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
    attributes.push_back(builder.getDictionaryAttr(builder.getNamedAttr("nnc.workspace", builder.getUnitAttr())));
    builder.setInsertionPointToEnd(module.getBody());
    planned = func::FuncOp::create(builder, main.getLoc(), "planned", builder.getFunctionType(types, {}));
    planned.setAllArgAttrs(attributes);
    planned->setAttr("nnc.arena_lower_bound", builder.getI64IntegerAttr(arena.lowerBound));
    Block *block = planned.addEntryBlock();
    builder.setInsertionPointToEnd(block);
    unsigned inputs = main.getNumArguments();
    for (unsigned i = 0; i < inputs; ++i)
      memory[main.getArgument(i)] = block->getArgument(i);
    for (auto [root, index] : outputs)
      memory[root] = view(block->getArgument(inputs + index), root.getType());
  }

  /// The same memory under the shape of a tensor type.
  Value view(Value buffer, Type tensor) {
    MemRefType type = getMemRefType(tensor);
    if (buffer.getType() == type)
      return buffer;
    SmallVector<OpFoldResult> sizes, strides;
    SmallVector<int64_t> dense = computeStrides(type.getShape());
    for (auto [extent, stride] : llvm::zip(type.getShape(), dense)) {
      sizes.push_back(builder.getIndexAttr(extent));
      strides.push_back(builder.getIndexAttr(stride));
    }
    return memref::ReinterpretCastOp::create(builder, buffer.getLoc(), type, buffer, builder.getIndexAttr(0),
                                             sizes, strides);
  }

  Value viewArena(Location location, int64_t slot, MemRefType type) {
    Value offset = arith::ConstantIndexOp::create(builder, location, arena.offsets[slot]);
    return memref::ViewOp::create(builder, location, type, planned.getArguments().back(), offset, ValueRange());
  }

  FailureOr<Value> getInput(halide::LaunchOp launch, unsigned index) {
    Value input = launch.getInputs()[index], root = getRoot(input);
    auto it = memory.find(root);
    if (it != memory.end())
      return view(it->second, input.getType());
    if (ElementsAttr constant = getConstant(root))
      return view(getGlobal(launch, index, constant), input.getType());
    return launch.emitOpError("reads a value that is neither a launch's result nor a constant");
  }

  /// The constant as data of the program; one for all that are the same attribute.
  Value getGlobal(halide::LaunchOp launch, unsigned index, ElementsAttr constant) {
    memref::GlobalOp &global = globals[constant];
    auto type = getMemRefType(constant.getShapedType());
    if (!global) {
      OpBuilder::InsertionGuard guard(builder);
      builder.setInsertionPoint(main);
      std::string name = (launch.getCallee() + "_data" + Twine(index)).str();
      global = memref::GlobalOp::create(builder, launch.getLoc(), name, builder.getStringAttr("private"), type,
                                        constant, /*constant=*/true, builder.getI64IntegerAttr(kArenaAlignment));
      symbols.insert(global);
    }
    return memref::GetGlobalOp::create(builder, launch.getLoc(), type, global.getSymName());
  }

  LogicalResult buildLaunch(halide::LaunchOp launch) {
    SmallVector<Value> inputs, outs;
    for (unsigned i = 0; i < launch.getInputs().size(); ++i) {
      FailureOr<Value> input = getInput(launch, i);
      if (failed(input))
        return failure();
      inputs.push_back(*input);
    }
    for (Value result : launch.getResults()) {
      if (!memory.contains(result))
        memory[result] = viewArena(launch.getLoc(), slots[result], getMemRefType(result.getType()));
      outs.push_back(memory[result]);
    }
    Value scratch;
    if (auto slot = scratchSlots.find(launch); slot != scratchSlots.end())
      scratch = viewArena(launch.getLoc(), slot->second,
                          MemRefType::get({getScratchBytes(getKernel(launch))}, builder.getI8Type()));
    halide::LaunchOp::create(builder, launch.getLoc(), TypeRange(), launch.getCallee(), inputs, outs, scratch,
                             launch.getLayersAttr());
    return success();
  }

  ModuleOp module;
  func::FuncOp main, planned;
  OpBuilder builder;
  SymbolTable symbols;
  SmallVector<halide::LaunchOp> launches;
  DenseMap<Operation *, int64_t> steps;
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
