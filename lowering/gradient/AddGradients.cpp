// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Reverse differentiation of a model whose rows are points: further results have the derivatives of
// its outputs in its first input.
#include "dialects/nnc/Nnc.h"
#include "dialects/nnc/Results.h"
#include "lowering/Passes.h"
#include "lowering/gradient/Adjoints.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"

namespace nnc {
#define GEN_PASS_DEF_ADDGRADIENTS
#include "lowering/Passes.h.inc"
} // namespace nnc

using namespace mlir;
using namespace nnc;

namespace {

RankedTensorType getTensorType(Value value) { return cast<RankedTensorType>(value.getType()); }

class Differentiator {
public:
  explicit Differentiator(func::FuncOp main)
      : main(main), block(main.getBody().front()), input(main.getArgument(0)),
        builder(main.getLoc(), block.getTerminator()) {}

  LogicalResult run() {
    if (getTensorType(input).getRank() != 2 ||
        !isa<FloatType>(getTensorType(input).getElementType()))
      return main.emitError("takes ")
             << input.getType() << ", but gradients are of points, a matrix of numbers";
    findActive();
    unsigned outputs = main.getNumResults();
    for (unsigned index = 0; index < outputs; ++index)
      if (failed(addGradient(index)))
        return failure();
    return success();
  }

private:
  /// What depends on the input.
  void findActive() {
    active.insert(input);
    for (Operation &op : block.without_terminator())
      if (llvm::any_of(op.getOperands(), [&](Value v) { return active.contains(v); }))
        active.insert_range(op.getResults());
  }

  LogicalResult addGradient(unsigned index) {
    Value output = block.getTerminator()->getOperand(index);
    RankedTensorType type = getTensorType(output), points = getTensorType(input);
    if (!isa<FloatType>(type.getElementType()))
      return success();
    if (type.getRank() != 2 || type.getDimSize(0) != points.getDimSize(0))
      return main.emitError("gives ")
             << type << ", but a gradient is of outputs with a row for each point of " << points;
    SmallVector<Value> rows;
    SmallVector<int64_t> shape{points.getDimSize(0), 1, points.getDimSize(1)};
    for (int64_t column = 0; column < type.getDimSize(1); ++column) {
      FailureOr<Value> gradient = differentiate(output, column);
      if (failed(gradient))
        return failure();
      rows.push_back(ReshapeOp::create(builder, points.clone(shape), *gradient));
    }
    Value all =
        rows.size() == 1 ? rows.front() : tensor::ConcatOp::create(builder, 1, rows).getResult();
    auto name = main.getResultAttrOfType<StringAttr>(index, kNameAttr);
    addResult(main, all, ((name ? name.getValue() : StringRef("output")) + "_gradient").str());
    return success();
  }

  /// 1 in one column of each row.
  Value makeSeed(RankedTensorType type, int64_t column) {
    SmallVector<Attribute> elements;
    for (int64_t element = 0; element < type.getNumElements(); ++element)
      elements.push_back(builder.getFloatAttr(type.getElementType(),
                                              element % type.getDimSize(1) == column ? 1.0 : 0.0));
    return arith::ConstantOp::create(builder, DenseElementsAttr::get(type, elements));
  }

  FailureOr<Value> differentiate(Value output, int64_t column) {
    llvm::DenseMap<Value, Value> adjoints;
    adjoints[output] = makeSeed(getTensorType(output), column);
    // The adjoint operations come behind all of these.
    SmallVector<Operation *> ops;
    for (Operation &op : block.without_terminator())
      if (op.getNumResults() == 1 && active.contains(op.getResult(0)))
        ops.push_back(&op);
    for (Operation *op : llvm::reverse(ops))
      if (Value adjoint = adjoints.lookup(op->getResult(0)))
        if (failed(propagate(op, adjoint, adjoints)))
          return failure();
    if (Value gradient = adjoints.lookup(input))
      return gradient;
    return Value(arith::ConstantOp::create(builder, builder.getZeroAttr(input.getType())));
  }

  LogicalResult propagate(Operation *op, Value adjoint, llvm::DenseMap<Value, Value> &adjoints) {
    if (!isa<FloatType>(getTensorType(op->getResult(0)).getElementType()))
      return success();
    StringRef reason = "nnc knows no derivative of it";
    BuildAdjoints build = findAdjoints(op, reason);
    if (!build)
      return op->emitOpError("has no gradient: ") << reason;
    builder.setLoc(op->getLoc());
    for (auto [operand, part] : llvm::zip_equal(op->getOperands(), build(builder, op, adjoint)))
      if (part && active.contains(operand)) {
        Value &sum = adjoints[operand];
        sum = sum ? arith::AddFOp::create(builder, sum, part).getResult() : part;
      }
    return success();
  }

  func::FuncOp main;
  Block &block;
  Value input;
  ImplicitLocOpBuilder builder;
  llvm::DenseSet<Value> active;
};

struct AddGradients : nnc::impl::AddGradientsBase<AddGradients> {
  void runOnOperation() override {
    auto main = getOperation().lookupSymbol<func::FuncOp>("main");
    if (!main || !main.getBody().hasOneBlock() || main.getNumArguments() == 0) {
      getOperation().emitError("gradients are of a function @main of one block with an input");
      return signalPassFailure();
    }
    if (failed(Differentiator(main).run()))
      signalPassFailure();
  }
};

} // namespace
