// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "dialects/nnc/Constants.h"
#include "lowering/Passes.h" // IWYU pragma: keep
#include "lowering/reference/ReferenceEngine.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/IR/DialectResourceBlobManager.h"
#include "mlir/IR/IRMapping.h"
#include "mlir/Transforms/GreedyPatternRewriteDriver.h"
#include "mlir/Transforms/RegionUtils.h"

using namespace mlir;

namespace nnc {
#define GEN_PASS_DEF_FOLDCONSTANTS
#include "lowering/Passes.h.inc"
} // namespace nnc

namespace {

constexpr int64_t kAlwaysFoldedBytes = 1 << 20;
constexpr size_t kMostEvaluatedTogether = 64; // operations, constants among them
constexpr int64_t kMostGrowth = 2;            // of the result over the constants it is made from

bool isTensorOfNumbers(Type type) {
  auto tensor = dyn_cast<RankedTensorType>(type);
  return tensor && tensor.hasStaticShape() && tensor.getElementType().isIntOrFloat();
}

/// Constants, and shapes without elements.
bool isConstant(Operation *op) {
  return op->hasTrait<OpTrait::ConstantLike>() || isa<tensor::EmptyOp>(op);
}

/// Operands and what regions read from outside.
llvm::SetVector<Value> getInputs(Operation *op) {
  llvm::SetVector<Value> inputs(op->operand_begin(), op->operand_end());
  getUsedValuesDefinedAbove(op->getRegions(), inputs);
  return inputs;
}

/// Whether the reference can run `op` by itself; what may trap (a division by zero) is left to run
/// time.
bool isEvaluable(Operation *op) {
  return isa_and_nonnull<nnc::NncDialect, arith::ArithDialect, math::MathDialect,
                         tensor::TensorDialect, linalg::LinalgDialect>(op->getDialect()) &&
         isPure(op) && !isConstant(op) && !op->hasTrait<OpTrait::IsTerminator>() &&
         op->getNumResults() != 0;
}

/// The operations that depend on constants alone, in order, and what of it is worth a constant of
/// its own.
class Frontier {
public:
  explicit Frontier(func::FuncOp function) {
    function.walk([&](Operation *op) {
      if (isEvaluable(op) && !op->getParentOfType<linalg::LinalgOp>() &&
          llvm::all_of(getInputs(op), [&](Value value) { return isKnown(value); }))
        ops.insert(op);
    });
    while (dropTooLarge())
      ;
  }

  /// The values that become constants: something that is not evaluated uses them.
  SmallVector<Value> getValues() const {
    SmallVector<Value> values;
    for (Operation *op : ops)
      for (Value result : op->getResults())
        if (isTensorOfNumbers(result.getType()) && isUsedOutside(result))
          values.push_back(result);
    return values;
  }

  /// What `value` is computed from: operations and constants in order.
  llvm::SetVector<Operation *> getSlice(Value value) const {
    llvm::SetVector<Operation *> slice;
    addSlice(value.getDefiningOp(), slice);
    return slice;
  }

private:
  bool isKnown(Value value) const {
    Operation *definition = value.getDefiningOp();
    return definition && (isConstant(definition) || ops.contains(definition));
  }

  bool isEvaluated(Operation *op) const {
    for (; op; op = op->getParentOp())
      if (ops.contains(op))
        return true;
    return false;
  }

  bool isUsedOutside(Value value) const {
    return llvm::any_of(value.getUsers(), [&](Operation *user) { return !isEvaluated(user); });
  }

  void addSlice(Operation *op, llvm::SetVector<Operation *> &slice) const {
    if (slice.contains(op))
      return;
    if (!isConstant(op))
      for (Value input : getInputs(op))
        addSlice(input.getDefiningOp(), slice);
    slice.insert(op);
  }

  /// Bytes that the constants of a slice take as they are held.
  static int64_t getHeldBytes(const llvm::SetVector<Operation *> &slice) {
    int64_t bytes = 0;
    for (Operation *op : slice)
      if (isConstant(op) && isTensorOfNumbers(op->getResult(0).getType()))
        bytes += nnc::getSplatNumber(op->getResult(0))
                     ? 1
                     : nnc::getByteSize(cast<ShapedType>(op->getResult(0).getType()));
    return bytes;
  }

  /// A layer, and the kernel that it became, wants its weights as constants, whatever they grow to.
  static bool isUsedByLayer(Value value) {
    return llvm::any_of(value.getUsers(), [](Operation *user) {
      if (isa<nnc::halide::LaunchOp>(user))
        return true;
      auto meaning = dyn_cast<nnc::MeaningOpInterface>(user);
      return meaning && meaning.getFlops() != 0;
    });
  }

  bool isTooLarge(Value value) const {
    int64_t bytes = nnc::getByteSize(cast<ShapedType>(value.getType()));
    return bytes > kAlwaysFoldedBytes && !isUsedByLayer(value) &&
           bytes > kMostGrowth * getHeldBytes(getSlice(value));
  }

  /// Leaves operations to run time whose results would be too large as constants, or are not
  /// tensors.
  bool dropTooLarge() {
    SmallVector<Operation *> dropped;
    for (Operation *op : ops)
      if (llvm::any_of(op->getResults(), [&](Value result) {
            return isUsedOutside(result) &&
                   (!isTensorOfNumbers(result.getType()) || isTooLarge(result));
          }))
        dropped.push_back(op);
    for (Operation *op : dropped)
      ops.remove(op);
    return !dropped.empty();
  }

  llvm::SetVector<Operation *> ops;
};

/// A module whose @main computes the values from nothing.
OwningOpRef<ModuleOp> buildProgram(const Frontier &frontier, ArrayRef<Value> values) {
  Location location = values.front().getLoc();
  OpBuilder builder(location.getContext());
  OwningOpRef<ModuleOp> module = ModuleOp::create(location);
  builder.setInsertionPointToStart(module->getBody());
  auto type = builder.getFunctionType({}, TypeRange(ValueRange(values)));
  auto main = func::FuncOp::create(builder, location, "main", type);
  builder.setInsertionPointToStart(main.addEntryBlock());
  IRMapping clones;
  for (Value value : values)
    for (Operation *op : frontier.getSlice(value))
      if (op->getNumResults() != 0 && !clones.contains(op->getResult(0)))
        builder.clone(*op, clones);
  SmallVector<Value> results;
  for (Value value : values)
    results.push_back(clones.lookup(value));
  func::ReturnOp::create(builder, location, results);
  return module;
}

/// The name of the weights that a value is made from, or a general one.
std::string getName(const Frontier &frontier, Value value) {
  for (Operation *op : frontier.getSlice(value)) {
    auto constant = dyn_cast<arith::ConstantOp>(op);
    if (auto resource = dyn_cast_or_null<DenseResourceElementsAttr>(constant ? constant.getValue()
                                                                             : Attribute()))
      return resource.getRawHandle().getKey().str();
  }
  return "folded";
}

void replaceByConstant(Value value, ElementsAttr constant) {
  OpBuilder builder(value.getDefiningOp());
  value.replaceAllUsesWith(
      arith::ConstantOp::create(builder, value.getLoc(), cast<TypedAttr>(constant)));
}

/// Runs the reference on what `values` are computed from.
llvm::Expected<std::vector<nnc::Buffer>> evaluate(const Frontier &frontier,
                                                  ArrayRef<Value> values) {
  OwningOpRef<ModuleOp> program = buildProgram(frontier, values);
  nnc::ReferenceOptions options;
  options.optimizationLevel = 1;
  auto engine = nnc::ReferenceEngine::create(*program, options);
  if (!engine)
    return engine.takeError();
  return (*engine)->run({});
}

/// The first of `values`, as many as are compiled together: one, and more up to a number of
/// operations, because bufferization and code generation take more than linear time.
ArrayRef<Value> takeBatch(const Frontier &frontier, ArrayRef<Value> values) {
  llvm::SetVector<Operation *> ops;
  for (auto [index, value] : llvm::enumerate(values)) {
    ops.insert_range(frontier.getSlice(value));
    if (ops.size() >= kMostEvaluatedTogether)
      return values.take_front(index + 1);
  }
  return values;
}

/// Evaluates what depends on constants alone.
LogicalResult foldFrontier(func::FuncOp function) {
  Frontier frontier(function);
  SmallVector<Value> values = frontier.getValues();
  SmallVector<ElementsAttr> constants;
  for (ArrayRef<Value> rest = values; !rest.empty();) {
    ArrayRef<Value> batch = takeBatch(frontier, rest);
    auto results = evaluate(frontier, batch);
    if (!results)
      return function.emitOpError("constants cannot be folded: ")
             << llvm::toString(results.takeError());
    for (auto [value, result] : llvm::zip_equal(batch, *results)) {
      constants.push_back(nnc::makeConstant(result.type, result.bytes, getName(frontier, value)));
      result.bytes = {};
    }
    rest = rest.drop_front(batch.size());
  }
  for (auto [value, constant] : llvm::zip_equal(values, constants))
    replaceByConstant(value, constant);
  return success();
}

/// What operations fold by themselves (splats, reshapes), and the removal of what nobody uses.
LogicalResult foldLocally(func::FuncOp function) {
  GreedyRewriteConfig config;
  config.setRegionSimplificationLevel(GreedySimplifyRegionLevel::Disabled);
  return applyPatternsGreedily(function, RewritePatternSet(function.getContext()), config);
}

struct FoldConstants : nnc::impl::FoldConstantsBase<FoldConstants> {
  void getDependentDialects(DialectRegistry &registry) const override {
    nnc::registerReferenceDialects(registry);
  }

  void runOnOperation() override {
    auto function = getOperation().lookupSymbol<func::FuncOp>("main");
    if (!function || function.isExternal())
      return;
    if (failed(foldLocally(function)) || failed(foldFrontier(function)) ||
        failed(foldLocally(function)))
      signalPassFailure();
  }
};

} // namespace
