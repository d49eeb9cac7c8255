// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Which operations share a kernel: a layer takes along the element-wise operations after it, as
// long as only one value leaves the group.
#include "dialects/nnc/Constants.h"
#include "dialects/nnc/LayerNames.h"
#include "lowering/Passes.h"
#include "lowering/fuse/JoinRows.h"
#include "lowering/fuse/KernelBuilder.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/IR/IRMapping.h"
#include "mlir/Transforms/RegionUtils.h"

namespace nnc {
#define GEN_PASS_DEF_FORMKERNELS
#include "lowering/Passes.h.inc"
} // namespace nnc

using namespace mlir;
using namespace nnc;

namespace {

RankedTensorType getTensorType(Value value) { return cast<RankedTensorType>(value.getType()); }

bool isElementwise(Operation *op) {
  return OpTrait::hasElementwiseMappableTraits(op) && op->getNumResults() == 1;
}

/// What stays in @main: it costs nothing, or the program itself does it.
bool staysOutside(Operation *op) {
  return isa<ReshapeOp, tensor::ConcatOp, tensor::ExtractSliceOp, halide::LaunchOp>(op) ||
         op->hasTrait<OpTrait::ConstantLike>() || op->hasTrait<OpTrait::IsTerminator>();
}

/// One number, which arithmetic carries in its code. The weights of a layer stay data even where
/// they are all equal.
bool isNumber(Operation *user, Value value) {
  return (isElementwise(user) || isa<BroadcastOp>(user)) && getSplatNumber(value).has_value();
}

/// A broadcast that an element-wise consumer repeats on the fly.
bool joinsItsConsumer(Operation *op) {
  return isa<BroadcastOp>(op) && llvm::all_of(op->getUsers(), isElementwise);
}

StringRef getKernelClass(Operation *op) {
  if (auto meaning = dyn_cast<MeaningOpInterface>(op))
    return meaning.getKernelClass();
  return isElementwise(op) ? "elementwise" : "movement";
}

int64_t getFlops(Operation *op) {
  if (auto meaning = dyn_cast<MeaningOpInterface>(op))
    return meaning.getFlops();
  return isElementwise(op) && !op->hasTrait<OpTrait::ConstantLike>()
             ? getTensorType(op->getResult(0)).getNumElements()
             : 0;
}

class Grouping {
public:
  explicit Grouping(Block &block) : block(block) {
    for (auto [index, op] : llvm::enumerate(block))
      order[&op] = index;
  }

  SmallVector<Group> run() {
    SmallVector<Group> groups;
    for (Operation &op : block) {
      if (grouped.contains(&op) || staysOutside(&op) || joinsItsConsumer(&op))
        continue;
      groups.push_back(cut(grow(&op)));
      grouped.insert(groups.back().begin(), groups.back().end());
    }
    return groups;
  }

private:
  /// The root and every element-wise operation of its shape that hangs on it, in program order.
  Group grow(Operation *root) {
    // A function of the runtime does nothing else.
    if (isa<TreeWalkOp, TreeMasksOp>(root))
      return {root};
    llvm::SmallSetVector<Operation *, 16> members;
    members.insert(root);
    auto shape = root->getNumResults() == 1 ? getTensorType(root->getResult(0)).getShape()
                                            : ArrayRef<int64_t>();
    for (size_t i = 0; i < members.size(); ++i)
      for (Operation *user : members[i]->getUsers())
        if (isElementwise(user) && !grouped.contains(user) && user->getBlock() == &block &&
            getTensorType(user->getResult(0)).getShape() == shape)
          members.insert(user);
    Group group = members.takeVector();
    llvm::sort(group, [&](Operation *a, Operation *b) { return order.at(a) < order.at(b); });
    return group;
  }

  /// The longest prefix of which only the last operation's result is used elsewhere.
  static Group cut(Group group) {
    for (; group.size() > 1; group.pop_back()) {
      ArrayRef<Operation *> inner = ArrayRef(group).drop_back();
      bool onlyLastLeaves = llvm::all_of(inner, [&](Operation *op) {
        return llvm::all_of(op->getUsers(),
                            [&](Operation *user) { return llvm::is_contained(group, user); });
      });
      if (onlyLastLeaves)
        break;
    }
    return group;
  }

  Block &block;
  llvm::DenseMap<Operation *, size_t> order;
  llvm::DenseSet<Operation *> grouped;
};

/// Moves one group into a kernel and launches it.
class Outliner {
public:
  Outliner(KernelBuilder &kernels, const Group &group) : kernels(kernels), group(group) {}

  void run() {
    for (Operation *op : group)
      for (Value operand : op->getOperands())
        addArgument(op, operand);
    halide::KernelOp kernel = buildKernel();
    SmallVector<std::string> layers = getLayers();
    OpBuilder builder(group.back());
    SmallVector<StringRef> names(layers.begin(), layers.end());
    auto launch = halide::LaunchOp::create(builder, builder.getFusedLoc(getLocations()),
                                           group.back()->getResultTypes(),
                                           kernels.finish(kernel, layers).getSymName(),
                                           arguments.getArrayRef(), builder.getStrArrayAttr(names));
    group.back()->replaceAllUsesWith(launch);
    for (Operation *op : llvm::reverse(group))
      op->erase();
  }

private:
  bool isInside(Value value) { return llvm::is_contained(group, value.getDefiningOp()); }

  /// A broadcast in front of an element-wise operation is repeated inside; its input becomes the
  /// argument.
  static BroadcastOp getRepeated(Operation *user, Value operand) {
    return isElementwise(user) ? operand.getDefiningOp<BroadcastOp>() : BroadcastOp();
  }

  void addArgument(Operation *user, Value operand) {
    if (isInside(operand) || isNumber(user, operand))
      return;
    BroadcastOp repeated = getRepeated(user, operand);
    Value argument = repeated ? repeated.getInput() : operand;
    if (!repeated || !isNumber(repeated, argument))
      arguments.insert(argument);
  }

  halide::KernelOp buildKernel() {
    SmallVector<Type> types;
    for (Value argument : arguments)
      types.push_back(argument.getType());
    Location location = group.front()->getLoc();
    auto type = FunctionType::get(location.getContext(), types, group.back()->getResultTypes());
    StringRef kernelClass =
        isConvChain(group) ? StringRef(kConvChainClass) : getKernelClass(group.front());
    halide::KernelOp kernel = kernels.start(location, type, kernelClass);
    OpBuilder builder = OpBuilder::atBlockEnd(&kernel.getBody().front());
    IRMapping mapping;
    mapping.map(arguments.getArrayRef(), kernel.getBody().getArguments());
    int64_t flops = 0;
    for (Operation *op : group) {
      for (Value operand : op->getOperands())
        cloneOperand(builder, mapping, op, operand);
      cloneCaptured(builder, mapping, op);
      builder.clone(*op, mapping);
      flops += getFlops(op);
    }
    halide::YieldOp::create(builder, location, mapping.lookup(group.back()->getResult(0)));
    kernel->setAttr("nnc.flops", builder.getI64IntegerAttr(flops));
    return kernel;
  }

  /// Numbers that a region reads from outside, such as the value of a padding.
  static void cloneCaptured(OpBuilder &builder, IRMapping &mapping, Operation *op) {
    llvm::SetVector<Value> captured;
    getUsedValuesDefinedAbove(op->getRegions(), captured);
    for (Value value : captured)
      if (!mapping.contains(value))
        builder.clone(*value.getDefiningOp(), mapping);
  }

  void cloneOperand(OpBuilder &builder, IRMapping &mapping, Operation *user, Value operand) {
    if (mapping.contains(operand))
      return;
    if (BroadcastOp repeated = getRepeated(user, operand)) {
      cloneOperand(builder, mapping, repeated, repeated.getInput());
      builder.clone(*repeated, mapping);
    } else if (isNumber(user, operand)) {
      builder.clone(*operand.getDefiningOp(), mapping);
    }
  }

  SmallVector<Location> getLocations() {
    SmallVector<Location> locations;
    for (Operation *op : group)
      locations.push_back(op->getLoc());
    return locations;
  }

  SmallVector<std::string> getLayers() {
    SmallVector<std::string> layers;
    for (Location location : getLocations())
      for (std::string &name : getLayerNames(location))
        if (!llvm::is_contained(layers, name))
          layers.push_back(name);
    return layers;
  }

  KernelBuilder &kernels;
  const Group &group;
  llvm::SetVector<Value> arguments;
};

/// Regions may read numbers from outside; a computed value has no way into a kernel but as an
/// operand.
LogicalResult checkCaptured(Block &block) {
  for (Operation &op : block) {
    llvm::SetVector<Value> captured;
    getUsedValuesDefinedAbove(op.getRegions(), captured);
    for (Value value : captured)
      if (!value.getDefiningOp<arith::ConstantOp>())
        return op.emitOpError(
            "reads a computed value inside its region; kernels take constants there");
  }
  return success();
}

struct FormKernels : nnc::impl::FormKernelsBase<FormKernels> {
  using FormKernelsBase::FormKernelsBase;

  void runOnOperation() override {
    auto main = getOperation().lookupSymbol<func::FuncOp>("main");
    if (!main || !main.getBody().hasOneBlock()) {
      getOperation().emitError("kernels are formed in a function @main of one block");
      return signalPassFailure();
    }
    Block &block = main.getBody().front();
    if (failed(checkCaptured(block)))
      return signalPassFailure();
    KernelBuilder kernels(getOperation());
    for (const Group &group : joinRows(Grouping(block).run(), rowsAbove))
      Outliner(kernels, group).run();
    for (Operation &op : llvm::make_early_inc_range(llvm::reverse(block)))
      if (isOpTriviallyDead(&op))
        op.erase();
  }
};

} // namespace
