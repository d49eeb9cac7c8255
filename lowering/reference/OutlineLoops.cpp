// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "dialects/nnc/Nnc.h"
#include "lowering/Passes.h" // IWYU pragma: keep

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/Linalg/Transforms/Transforms.h"
#include "mlir/IR/IRMapping.h"
#include "mlir/Transforms/RegionUtils.h"

#include <map>

using namespace mlir;

namespace nnc {
#define GEN_PASS_DEF_OUTLINELOOPS
#include "lowering/Passes.h.inc"
} // namespace nnc

namespace {

/// A copy between buffers that are not both contiguous is a loop nest as any other.
void copiesToLoops(ModuleOp module) {
  SmallVector<memref::CopyOp> copies;
  module.walk([&](memref::CopyOp copy) {
    auto source = dyn_cast<MemRefType>(copy.getSource().getType());
    auto target = dyn_cast<MemRefType>(copy.getTarget().getType());
    if (source && target && !(source.getLayout().isIdentity() && target.getLayout().isIdentity()))
      copies.push_back(copy);
  });
  for (memref::CopyOp copy : copies) {
    OpBuilder builder(copy);
    linalg::makeMemRefCopyOp(builder, copy.getLoc(), copy.getSource(), copy.getTarget());
    copy.erase();
  }
}

/// Whether a pointer alone tells where everything is: the type tells the rest.
bool isStatic(Type type) {
  auto buffer = dyn_cast<MemRefType>(type);
  SmallVector<int64_t> strides;
  int64_t offset = 0;
  return !buffer ||
         (buffer.hasStaticShape() && succeeded(buffer.getStridesAndOffset(strides, offset)) &&
          !ShapedType::isDynamic(offset) && !ShapedType::isDynamicShape(strides));
}

/// The functions made so far, by their text.
class Outliner {
public:
  explicit Outliner(ModuleOp module) : module(module), symbols(module) {}

  /// Replaces `op` by a call of a function that does the same.
  void outline(linalg::GenericOp op) {
    SmallVector<Value> arguments(op->getOperands());
    SmallVector<Operation *> constants;
    llvm::SetVector<Value> captured;
    getUsedValuesDefinedAbove(op->getRegions(), captured);
    for (Value value : captured) {
      Operation *definition = value.getDefiningOp();
      if (definition && definition->hasTrait<OpTrait::ConstantLike>())
        constants.push_back(definition);
      else if (!llvm::is_contained(arguments, value))
        arguments.push_back(value);
    }
    OpBuilder builder(op);
    func::FuncOp function = unique(build(op, arguments, constants));
    func::CallOp::create(builder, op.getLoc(), function, arguments);
    op.erase();
  }

private:
  func::FuncOp build(linalg::GenericOp op, ValueRange arguments, ArrayRef<Operation *> constants) {
    OpBuilder builder = OpBuilder::atBlockBegin(module.getBody());
    auto type = builder.getFunctionType(arguments.getTypes(), {});
    auto function = func::FuncOp::create(builder, op.getLoc(), "loops", type);
    function.setPrivate();
    function->setAttr("passthrough", builder.getStrArrayAttr({"noinline"}));
    // Descriptors would make calls, hundreds of them in a row, ten times as long.
    if (llvm::all_of(arguments.getTypes(), isStatic))
      function->setAttr("llvm.bareptr", builder.getUnitAttr());
    Block *body = function.addEntryBlock();
    builder.setInsertionPointToStart(body);
    IRMapping values;
    values.map(arguments, body->getArguments());
    for (Operation *constant : constants)
      builder.clone(*constant, values);
    builder.clone(*op, values)->removeAttr(nnc::kIteratorsAttr);
    func::ReturnOp::create(builder, op.getLoc());
    return function;
  }

  /// An equal function that is there already, or this one under a name of its own.
  func::FuncOp unique(func::FuncOp function) {
    std::string text;
    llvm::raw_string_ostream stream(text);
    function->print(stream, OpPrintingFlags().printGenericOpForm().useLocalScope());
    auto [known, isNew] = functions.try_emplace(text, function);
    if (isNew)
      symbols.insert(function);
    else
      function.erase();
    return known->second;
  }

  ModuleOp module;
  SymbolTable symbols;
  std::map<std::string, func::FuncOp> functions;
};

struct OutlineLoops : nnc::impl::OutlineLoopsBase<OutlineLoops> {
  void runOnOperation() override {
    copiesToLoops(getOperation());
    SmallVector<linalg::GenericOp> generics;
    getOperation().walk([&](linalg::GenericOp op) {
      if (op.hasPureBufferSemantics())
        generics.push_back(op);
    });
    Outliner outliner(getOperation());
    for (linalg::GenericOp op : generics)
      outliner.outline(op);
  }
};

} // namespace
