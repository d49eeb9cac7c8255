// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// A schedule that changes a kernel in a new way gets its opposite here; else its stored form fits
// no kernel, which test/lowering/schedule/stored.mlir notices.
#include "lowering/schedule/StripSchedule.h"

#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/IR/OwningOpRef.h"
#include "mlir/Interfaces/SideEffectInterfaces.h"

using namespace mlir;

namespace nnc {
namespace {

void eraseDirectives(Block &block) {
  for (Operation &op : llvm::make_early_inc_range(block.without_terminator()))
    if (isa<halide::HalideDialect>(op.getDialect()))
      op.erase();
}

/// The loop K of an operand that is read in blocks, [K floordiv b, ..., K mod b] of a tensor
/// [ceil(K / b), ..., b].
std::optional<AffineDimExpr> findBlockedLoop(linalg::GenericOp generic, OpOperand *operand) {
  AffineMap map = generic.getMatchingIndexingMap(operand);
  auto type = dyn_cast<RankedTensorType>(operand->get().getType());
  if (!type || !isa<BlockArgument>(operand->get()) || map.getNumResults() < 2)
    return std::nullopt;
  auto outer = dyn_cast<AffineBinaryOpExpr>(map.getResults().front());
  auto inner = dyn_cast<AffineBinaryOpExpr>(map.getResults().back());
  if (!outer || !inner || outer.getKind() != AffineExprKind::FloorDiv ||
      inner.getKind() != AffineExprKind::Mod || outer.getLHS() != inner.getLHS() ||
      outer.getRHS() != inner.getRHS())
    return std::nullopt;
  auto loop = dyn_cast<AffineDimExpr>(outer.getLHS());
  auto block = dyn_cast<AffineConstantExpr>(outer.getRHS());
  ArrayRef<int64_t> shape = type.getShape();
  if (!loop || !block || block.getValue() != shape.back())
    return std::nullopt;
  int64_t extent = generic.getStaticLoopRanges()[loop.getPosition()];
  if (llvm::divideCeilSigned(extent, shape.back()) != shape.front())
    return std::nullopt;
  return loop;
}

/// [K floordiv b, ..., K mod b] as [..., K].
void unpack(linalg::GenericOp generic, OpOperand *operand, AffineDimExpr loop) {
  auto type = cast<RankedTensorType>(operand->get().getType());
  SmallVector<int64_t> shape(type.getShape().drop_front().drop_back());
  shape.push_back(generic.getStaticLoopRanges()[loop.getPosition()]);
  AffineMap map = generic.getMatchingIndexingMap(operand);
  SmallVector<AffineExpr> results(map.getResults().drop_front().drop_back());
  results.push_back(loop);
  SmallVector<AffineMap> maps = generic.getIndexingMapsArray();
  maps[operand->getOperandNumber()] =
      AffineMap::get(map.getNumDims(), 0, results, generic.getContext());
  generic.setIndexingMapsAttr(Builder(generic.getContext()).getAffineMapArrayAttr(maps));
  operand->get().setType(type.clone(shape));
}

void unpackArguments(halide::KernelOp kernel) {
  for (BlockArgument argument : kernel.getBody().getArguments()) {
    if (!argument.hasOneUse())
      continue;
    OpOperand *operand = &*argument.use_begin();
    auto generic = dyn_cast<linalg::GenericOp>(operand->getOwner());
    if (!generic || !generic.isDpsInput(operand))
      continue;
    if (auto loop = findBlockedLoop(generic, operand))
      unpack(generic, operand, *loop);
  }
  kernel.setFunctionType(FunctionType::get(kernel.getContext(), kernel.getBody().getArgumentTypes(),
                                           kernel.getResultTypes()));
}

/// Whether the result is the input, element by element.
bool isCopy(linalg::GenericOp generic) {
  return generic.getNumDpsInputs() == 1 && generic->getNumResults() == 1 &&
         generic.getNumReductionLoops() == 0 &&
         llvm::all_of(generic.getIndexingMapsArray(), [](AffineMap m) { return m.isIdentity(); }) &&
         generic.getInputs().front().getType() == generic->getResult(0).getType() &&
         generic.getBody()->getTerminator()->getOperand(0) == generic.getBody()->getArgument(0);
}

void forwardCopies(Block &block) {
  for (auto generic : llvm::make_early_inc_range(block.getOps<linalg::GenericOp>()))
    if (isCopy(generic)) {
      generic->getResult(0).replaceAllUsesWith(generic.getInputs().front());
      generic.erase();
    }
}

} // namespace

void stripSchedule(halide::KernelOp kernel) {
  Block &block = kernel.getBody().front();
  eraseDirectives(block);
  unpackArguments(kernel);
  forwardCopies(block);
  for (Operation &op : llvm::make_early_inc_range(llvm::reverse(block)))
    if (isOpTriviallyDead(&op))
      op.erase();
  kernel.setSymName("kernel");
  kernel.removeLayersAttr();
  kernel.removeArgAttrsAttr();
  kernel.removeResAttrsAttr();
  kernel->setDiscardableAttrs(DictionaryAttr::get(kernel.getContext()));
}

std::string getComputation(halide::KernelOp kernel) {
  OwningOpRef<halide::KernelOp> copy = kernel.clone();
  stripSchedule(*copy);
  std::string text;
  llvm::raw_string_ostream stream(text);
  (*copy)->print(stream, OpPrintingFlags().useLocalScope());
  return text;
}

} // namespace nnc
