// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "dialects/halide/Halide.h"
#include "dialects/nnc/MeaningBuilder.h"
#include "lowering/Passes.h" // IWYU pragma: keep

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/IR/IRMapping.h"

using namespace mlir;

namespace nnc {
#define GEN_PASS_DEF_INLINEKERNELS
#include "lowering/Passes.h.inc"
} // namespace nnc

namespace {

/// Clones what the kernel computes for these arguments, without its schedule; returns its results.
SmallVector<Value> inlineKernel(OpBuilder &builder, nnc::halide::KernelOp kernel,
                                ValueRange arguments) {
  Block &body = kernel.getBody().front();
  IRMapping values;
  values.map(body.getArguments(), arguments);
  for (Operation &op : body.without_terminator())
    if (!isa<nnc::halide::HalideDialect>(op.getDialect()))
      builder.clone(op, values);
  return llvm::map_to_vector(kernel.getYielded(),
                             [&](Value value) { return values.lookupOrDefault(value); });
}

/// Where one piece of a list of rows is, from row `first` on.
struct ListRows {
  SmallVector<OpFoldResult> offsets, sizes, strides;

  ListRows(Builder &builder, Value list, Type piece, Value first) {
    ArrayRef<int64_t> all = cast<RankedTensorType>(list.getType()).getShape(),
                      some = cast<RankedTensorType>(piece).getShape();
    offsets.assign(all.size(), builder.getIndexAttr(0));
    strides.assign(all.size(), builder.getIndexAttr(1));
    for (int64_t extent : some)
      sizes.push_back(builder.getIndexAttr(extent));
    const int64_t *along = llvm::find_if(all, [](int64_t extent) { return extent != 1; });
    offsets[along == all.end() ? 0 : along - all.begin()] = first;
  }
};

/// The sequence of states that a launch with steps gives.
Value inlineSteps(OpBuilder &builder, nnc::halide::LaunchOp launch, nnc::halide::KernelOp kernel) {
  nnc::MeaningBuilder b(builder, launch.getLoc());
  auto build = [&](nnc::MeaningBuilder &inner, Value element, Value state) {
    SmallVector<Value> arguments(launch.getInputs());
    arguments.front() = element;
    arguments.back() = state;
    return inlineKernel(inner, kernel, arguments).front();
  };
  return b.repeat(launch.getInputs().front(), launch.getInputs().back(), launch.getReverse(),
                  build);
}

/// The list of rows that a launch in pieces gives; of all rows, for nobody reads those behind the
/// count.
Value inlinePieces(OpBuilder &builder, nnc::halide::LaunchOp launch, nnc::halide::KernelOp kernel) {
  nnc::MeaningBuilder b(builder, launch.getLoc());
  auto type = cast<RankedTensorType>(launch.getResult(0).getType());
  auto takeRows = [&](nnc::MeaningBuilder &inner, Value list, Type piece, Value first) {
    ListRows rows(inner, list, piece, first);
    return tensor::ExtractSliceOp::create(inner, cast<RankedTensorType>(piece), list, rows.offsets,
                                          rows.sizes, rows.strides);
  };
  int64_t rows = type.getNumElements() /
                 cast<RankedTensorType>(kernel.getResultTypes()[0]).getNumElements() *
                 static_cast<int64_t>(launch.getPiece());
  auto loop = scf::ForOp::create(
      b, b.index(0), b.index(rows), b.index(static_cast<int64_t>(launch.getPiece())),
      ValueRange{b.empty(type.getShape(), type.getElementType())},
      [&](OpBuilder &next, Location location, Value first, ValueRange carried) {
        nnc::MeaningBuilder inner(next, location);
        SmallVector<Value> arguments(launch.getInputs());
        for (int64_t list : launch.getLists())
          arguments[list] =
              takeRows(inner, arguments[list], kernel.getArgumentTypes()[list], first);
        Value piece = inlineKernel(inner, kernel, arguments).front();
        ListRows to(inner, carried[0], piece.getType(), first);
        Value all = tensor::InsertSliceOp::create(inner, piece, carried[0], to.offsets, to.sizes,
                                                  to.strides);
        scf::YieldOp::create(inner, all);
      });
  return loop.getResult(0);
}

/// What the kernel computes where the count is not 0, else the tied input.
Value inlineGuarded(OpBuilder &builder, nnc::halide::LaunchOp launch,
                    nnc::halide::KernelOp kernel) {
  nnc::MeaningBuilder b(builder, launch.getLoc());
  Value number = tensor::ExtractOp::create(b, launch.getCount(), b.index(0));
  Value zero = b.scalar(number.getType(), 0);
  Value isRun = arith::CmpIOp::create(b, arith::CmpIPredicate::ne, number, zero);
  Value computed = inlineKernel(b, kernel, launch.getInputs()).front();
  auto type = cast<RankedTensorType>(computed.getType());
  SmallVector<AffineExpr> all = b.loopRange(0, type.getRank());
  return b.generic(type.getShape(), type.getElementType(),
                   {{computed, all}, {launch.getInputs()[*launch.getTied()], all}},
                   [&](nnc::MeaningBuilder &inner, ValueRange elements) -> Value {
                     return arith::SelectOp::create(inner, isRun, elements[0], elements[1]);
                   });
}

/// Puts what the kernel computes in the place of the launch.
LogicalResult inlineLaunch(nnc::halide::LaunchOp launch, SymbolTable &symbols) {
  if (!launch.getOuts().empty())
    return launch.emitOpError("writes memrefs, but only launches on tensors can be inlined");
  auto kernel = symbols.lookup<nnc::halide::KernelOp>(launch.getCallee());
  OpBuilder builder(launch);
  if (launch.getSteps() != 0)
    launch.getResult(0).replaceAllUsesWith(inlineSteps(builder, launch, kernel));
  else if (launch.getPiece() != 0)
    launch.getResult(0).replaceAllUsesWith(inlinePieces(builder, launch, kernel));
  else if (launch.getCount() && launch.getTied())
    launch.getResult(0).replaceAllUsesWith(inlineGuarded(builder, launch, kernel));
  else
    launch->replaceAllUsesWith(inlineKernel(builder, kernel, launch.getInputs()));
  launch.erase();
  return success();
}

struct InlineKernels : nnc::impl::InlineKernelsBase<InlineKernels> {
  void runOnOperation() override {
    ModuleOp module = getOperation();
    SymbolTable symbols(module);
    WalkResult walk = module.walk([&](nnc::halide::LaunchOp launch) {
      return failed(inlineLaunch(launch, symbols)) ? WalkResult::interrupt()
                                                   : WalkResult::advance();
    });
    if (walk.wasInterrupted())
      return signalPassFailure();
    for (auto kernel : llvm::make_early_inc_range(module.getOps<nnc::halide::KernelOp>()))
      kernel.erase();
  }
};

} // namespace
