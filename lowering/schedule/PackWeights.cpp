// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "lowering/schedule/PackWeights.h"

#include "dialects/nnc/Nnc.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"

using namespace mlir;

namespace nnc {
namespace {

/// The launches of a kernel.
SmallVector<halide::LaunchOp> getLaunches(halide::KernelOp kernel) {
  SmallVector<halide::LaunchOp> launches;
  kernel->getParentOfType<ModuleOp>().walk([&](halide::LaunchOp launch) {
    if (launch.getCallee() == kernel.getSymName())
      launches.push_back(launch);
  });
  return launches;
}

/// The input of the contraction that is an argument read as [..., k], k being the last loop of the
/// output, and not along the output's positions, its last loop but one.
OpOperand *findWeights(linalg::GenericOp contraction) {
  AffineMap outputMap = contraction.getIndexingMapsArray().back();
  AffineExpr channel = outputMap.getResults().back();
  unsigned positions = outputMap.getNumResults() - 2;
  for (OpOperand *operand : contraction.getDpsInputOperands()) {
    AffineMap map = contraction.getMatchingIndexingMap(operand);
    auto isLoop = [&](AffineExpr expr) {
      return isa<AffineConstantExpr>(expr) ||
             (isa<AffineDimExpr>(expr) && expr != outputMap.getResult(positions));
    };
    if (isa<BlockArgument>(operand->get()) && map.getNumResults() > 1 &&
        map.getResults().back() == channel && llvm::all_of(map.getResults().drop_back(), isLoop))
      return operand;
  }
  return nullptr;
}

bool isKnown(Value value) {
  Operation *op = value.getDefiningOp();
  if (!op)
    return false;
  return op->hasTrait<OpTrait::ConstantLike>() ||
         (isa<ReshapeOp, TransposeOp, tensor::PadOp>(op) && isKnown(op->getOperand(0)));
}

/// [..., K] as [ceil(K / block), ..., block].
Value pack(Value weights, int64_t block) {
  OpBuilder builder(weights.getContext());
  builder.setInsertionPointAfterValue(weights);
  Location location = weights.getLoc();
  auto type = cast<RankedTensorType>(weights.getType());
  SmallVector<int64_t> shape(type.getShape());
  int64_t channels = shape.back(), blocks = llvm::divideCeil(channels, block);
  shape.back() = blocks * block;
  if (shape.back() != channels) {
    SmallVector<OpFoldResult> low(type.getRank(), builder.getIndexAttr(0)), high = low;
    high.back() = builder.getIndexAttr(shape.back() - channels);
    Value zero =
        arith::ConstantOp::create(builder, location, builder.getZeroAttr(type.getElementType()));
    weights = tensor::PadOp::create(builder, location,
                                    RankedTensorType::get(shape, type.getElementType()), weights,
                                    low, high, zero);
  }
  shape.back() = blocks;
  shape.push_back(block);
  weights = builder.createOrFold<ReshapeOp>(
      location, RankedTensorType::get(shape, type.getElementType()), weights);
  SmallVector<int64_t> permutation{type.getRank() - 1};
  for (int64_t i = 0; i <= type.getRank(); ++i)
    if (i != type.getRank() - 1)
      permutation.push_back(i);
  return builder.createOrFold<TransposeOp>(location, weights, permutation);
}

void changeArgument(halide::KernelOp kernel, BlockArgument argument, Type type) {
  argument.setType(type);
  SmallVector<Type> types(kernel.getBody().getArgumentTypes());
  kernel.setFunctionType(FunctionType::get(kernel.getContext(), types, kernel.getResultTypes()));
}

/// Adds what the sums start from (a bias), if the last block reaches beyond the last channel: it
/// would be read there. Returns false where it is read in another way than [k].
bool addInitialValues(linalg::GenericOp contraction, int64_t block,
                      SmallVectorImpl<OpOperand *> &operands) {
  Value init = contraction.getDpsInits().front();
  if (cast<RankedTensorType>(init.getType()).getShape().back() % block == 0)
    return true;
  auto start = init.getDefiningOp<linalg::GenericOp>();
  if (!start)
    return !isa<BlockArgument>(init);
  AffineExpr channel = start.getIndexingMapsArray().back().getResults().back();
  for (OpOperand *operand : start.getDpsInputOperands()) {
    AffineMap map = start.getMatchingIndexingMap(operand);
    if (!map.isFunctionOfDim(cast<AffineDimExpr>(channel).getPosition()))
      continue;
    if (map.getNumResults() != 1 || map.getResult(0) != channel)
      return false;
    operands.push_back(operand);
  }
  return true;
}

/// Changes one argument by `change`: in all launches, in the kernel's signature, and where it is
/// read, through `map`.
void changeOperand(halide::KernelOp kernel, ArrayRef<halide::LaunchOp> launches, OpOperand &operand,
                   AffineMap map, llvm::function_ref<Value(Value)> change) {
  auto argument = cast<BlockArgument>(operand.get());
  auto passed = [&](halide::LaunchOp launch) -> OpOperand & {
    return launch.getInputsMutable()[argument.getArgNumber()];
  };
  for (halide::LaunchOp launch : launches)
    passed(launch).set(change(passed(launch).get()));
  auto reader = cast<linalg::GenericOp>(operand.getOwner());
  SmallVector<AffineMap> maps = reader.getIndexingMapsArray();
  maps[operand.getOperandNumber()] = map;
  reader.setIndexingMapsAttr(Builder(kernel.getContext()).getAffineMapArrayAttr(maps));
  changeArgument(kernel, argument, passed(launches.front()).get().getType());
}

/// [..., k] becomes [k / block, ..., k mod block].
void packOperand(halide::KernelOp kernel, ArrayRef<halide::LaunchOp> launches, OpOperand &operand,
                 int64_t block) {
  auto reader = cast<linalg::GenericOp>(operand.getOwner());
  AffineMap map = reader.getMatchingIndexingMap(&operand);
  AffineExpr channel = map.getResults().back();
  SmallVector<AffineExpr> results{channel.floorDiv(block)};
  llvm::append_range(results, map.getResults().drop_back());
  results.push_back(channel % block);
  changeOperand(kernel, launches, operand,
                AffineMap::get(map.getNumDims(), 0, results, kernel.getContext()),
                [&](Value weights) { return pack(weights, block); });
}

/// Whether the operand is an argument that nothing else reads and every launch passes a constant.
bool isOwnConstant(OpOperand &operand, ArrayRef<halide::LaunchOp> launches) {
  auto argument = dyn_cast<BlockArgument>(operand.get());
  return argument && argument.hasOneUse() && !launches.empty() &&
         llvm::all_of(launches, [&](halide::LaunchOp launch) {
           return isKnown(launch.getInputs()[argument.getArgNumber()]);
         });
}

} // namespace

bool packWeights(halide::KernelOp kernel, linalg::GenericOp contraction, int64_t block) {
  OpOperand *weights = findWeights(contraction);
  SmallVector<OpOperand *> operands{weights};
  if (!weights || !addInitialValues(contraction, block, operands))
    return false;
  SmallVector<halide::LaunchOp> launches = getLaunches(kernel);
  if (!llvm::all_of(operands,
                    [&](OpOperand *operand) { return isOwnConstant(*operand, launches); }))
    return false;
  for (OpOperand *operand : operands)
    packOperand(kernel, launches, *operand, block);
  return true;
}

bool layOutWeights(halide::KernelOp kernel, OpOperand &operand, ArrayRef<int64_t> permutation,
                   ArrayRef<int64_t> shape, AffineMap map) {
  SmallVector<halide::LaunchOp> launches = getLaunches(kernel);
  if (!isOwnConstant(operand, launches))
    return false;
  changeOperand(kernel, launches, operand, map, [&](Value weights) {
    OpBuilder builder(weights.getContext());
    builder.setInsertionPointAfterValue(weights);
    Value moved = builder.createOrFold<TransposeOp>(weights.getLoc(), weights, permutation);
    auto type = cast<RankedTensorType>(moved.getType());
    return builder.createOrFold<ReshapeOp>(weights.getLoc(), type.clone(shape), moved);
  });
  return true;
}

} // namespace nnc
