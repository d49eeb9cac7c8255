// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "lowering/Passes.h" // IWYU pragma: keep
#include "lowering/reference/Pipeline.h"

#include "mlir/Dialect/Bufferization/IR/Bufferization.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"

using namespace mlir;

namespace nnc {
#define GEN_PASS_DEF_BINDMAIN
#include "lowering/Passes.h.inc"
} // namespace nnc

namespace {

using bufferization::BufferizationDialect;

/// Adds an argument after the others.
Value addArgument(func::FuncOp function, Type type, DictionaryAttr attributes) {
  unsigned index = function.getNumArguments();
  (void)function.insertArgument(index, type, attributes, function.getLoc());
  return function.getArgument(index);
}

/// Each different tensor constant becomes an argument that is only read.
void bindConstants(func::FuncOp function) {
  Builder builder(function.getContext());
  llvm::MapVector<Attribute, SmallVector<arith::ConstantOp>> constants;
  function.walk([&](arith::ConstantOp constant) {
    if (isa<RankedTensorType>(constant.getType()))
      constants[constant.getValue()].push_back(constant);
  });
  for (auto &[value, uses] : constants) {
    auto attributes = builder.getDictionaryAttr({builder.getNamedAttr(nnc::kConstantAttr, value)});
    Value argument = addArgument(function, uses.front().getType(), attributes);
    for (arith::ConstantOp use : uses) {
      use.getResult().replaceAllUsesWith(argument);
      use.erase();
    }
  }
}

/// Each result becomes a buffer that the caller provides.
void bindResults(func::FuncOp function) {
  auto end = cast<func::ReturnOp>(function.getBody().front().getTerminator());
  OpBuilder builder(end);
  for (Value result : end.getOperands()) {
    auto type = cast<RankedTensorType>(result.getType());
    Value buffer =
        addArgument(function, MemRefType::get(type.getShape(), type.getElementType()), {});
    bufferization::MaterializeInDestinationOp::create(builder, end.getLoc(), /*result=*/Type(),
                                                      result, buffer, /*restrict=*/true,
                                                      /*writable=*/true);
  }
  end->setOperands({});
  (void)function.eraseResults(llvm::BitVector(function.getNumResults(), true));
}

LogicalResult checkSignature(func::FuncOp function) {
  if (!function.getBody().hasOneBlock())
    return function.emitOpError("has ")
           << function.getBody().getBlocks().size() << " blocks, but the reference runs only one";
  for (Type type :
       llvm::concat<const Type>(function.getArgumentTypes(), function.getResultTypes())) {
    auto tensor = dyn_cast<RankedTensorType>(type);
    if (!tensor || !tensor.hasStaticShape() || !tensor.getElementType().isIntOrFloat())
      return function.emitOpError("has ")
             << type << " in its signature, but the reference runs only "
             << "statically shaped tensors of numbers";
  }
  return success();
}

struct BindMain : nnc::impl::BindMainBase<BindMain> {
  void runOnOperation() override {
    auto function = getOperation().lookupSymbol<func::FuncOp>("main");
    if (!function || function.isExternal()) {
      getOperation().emitError("there is no function @main to run");
      return signalPassFailure();
    }
    if (failed(checkSignature(function)))
      return signalPassFailure();
    bindConstants(function);
    for (unsigned i = 0; i < function.getNumArguments(); ++i)
      function.setArgAttr(i, BufferizationDialect::kWritableAttrName,
                          BoolAttr::get(&getContext(), false));
    bindResults(function);
    // With hundreds of constants, descriptors would be thousands of arguments.
    function->setAttr("llvm.bareptr", UnitAttr::get(&getContext()));
  }
};

} // namespace
