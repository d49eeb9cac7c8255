// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "lowering/schedule/PackWeights.h"

#include "dialects/nnc/LastDimension.h"
#include "dialects/nnc/Nnc.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"

using namespace mlir;

namespace nnc {
namespace {

using Launches = SmallVector<halide::LaunchOp>;

/// The launches of a kernel.
Launches getLaunches(halide::KernelOp kernel) {
  Launches launches;
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
  weights = padLastDimension(builder, location, weights, shape.back());
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

bool areKnown(const Launches &launches, unsigned argument) {
  return !launches.empty() && llvm::all_of(launches, [&](halide::LaunchOp launch) {
    return isKnown(launch.getInputs()[argument]);
  });
}

/// Changes one argument in all launches and in the kernel's signature.
void changeArgument(halide::KernelOp kernel, const Launches &launches, unsigned argument,
                    llvm::function_ref<Value(Value)> change) {
  for (halide::LaunchOp launch : launches) {
    OpOperand &operand = launch.getInputsMutable()[argument];
    operand.set(change(operand.get()));
    kernel.getBody().getArgument(argument).setType(operand.get().getType());
  }
  SmallVector<Type> types(kernel.getBody().getArgumentTypes());
  kernel.setFunctionType(FunctionType::get(kernel.getContext(), types, kernel.getResultTypes()));
}

void packArgument(halide::KernelOp kernel, const Launches &launches, unsigned argument,
                  int64_t block) {
  changeArgument(kernel, launches, argument, [&](Value weights) { return pack(weights, block); });
}

void setMap(OpOperand &operand, AffineMap map) {
  auto reader = cast<linalg::GenericOp>(operand.getOwner());
  SmallVector<AffineMap> maps = reader.getIndexingMapsArray();
  maps[operand.getOperandNumber()] = map;
  reader.setIndexingMapsAttr(Builder(map.getContext()).getAffineMapArrayAttr(maps));
}

/// Whether the operand is an argument that nothing else reads and every launch passes a constant.
bool isOwnConstant(OpOperand &operand, const Launches &launches) {
  auto argument = dyn_cast<BlockArgument>(operand.get());
  return argument && argument.hasOneUse() && areKnown(launches, argument.getArgNumber());
}

/// Whether `packed` is [ceil(K / b), ..., b] for a `plain` [..., K].
bool isPackedForm(RankedTensorType packed, RankedTensorType plain) {
  if (packed.getRank() != plain.getRank() + 1 || packed.getElementType() != plain.getElementType())
    return false;
  ArrayRef<int64_t> shape = packed.getShape();
  return shape.front() == llvm::divideCeilSigned(plain.getShape().back(), shape.back()) &&
         shape.drop_front().drop_back() == plain.getShape().drop_back();
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

/// Packs what an operand reads, and reads it so.
void packOperand(halide::KernelOp kernel, const Launches &launches, OpOperand &operand,
                 int64_t block) {
  auto reader = cast<linalg::GenericOp>(operand.getOwner());
  AffineMap map = reader.getMatchingIndexingMap(&operand);
  AffineExpr channel = map.getResults().back();
  SmallVector<AffineExpr> results{channel.floorDiv(block)};
  llvm::append_range(results, map.getResults().drop_back());
  results.push_back(channel % block);
  setMap(operand, AffineMap::get(map.getNumDims(), 0, results, kernel.getContext()));
  packArgument(kernel, launches, cast<BlockArgument>(operand.get()).getArgNumber(), block);
}

} // namespace

bool packWeights(halide::KernelOp kernel, linalg::GenericOp contraction, int64_t block) {
  OpOperand *weights = findWeights(contraction);
  SmallVector<OpOperand *> operands{weights};
  if (!weights || !addInitialValues(contraction, block, operands))
    return false;
  Launches launches = getLaunches(kernel);
  if (!llvm::all_of(operands,
                    [&](OpOperand *operand) { return isOwnConstant(*operand, launches); }))
    return false;
  for (OpOperand *operand : operands)
    packOperand(kernel, launches, *operand, block);
  return true;
}

bool layOutWeights(halide::KernelOp kernel, OpOperand &operand, ArrayRef<int64_t> permutation,
                   ArrayRef<int64_t> shape, AffineMap map) {
  Launches launches = getLaunches(kernel);
  if (!isOwnConstant(operand, launches))
    return false;
  setMap(operand, map);
  unsigned argument = cast<BlockArgument>(operand.get()).getArgNumber();
  changeArgument(kernel, launches, argument, [&](Value weights) {
    OpBuilder builder(weights.getContext());
    builder.setInsertionPointAfterValue(weights);
    Value moved = builder.createOrFold<TransposeOp>(weights.getLoc(), weights, permutation);
    auto type = cast<RankedTensorType>(moved.getType());
    return builder.createOrFold<ReshapeOp>(weights.getLoc(), type.clone(shape), moved);
  });
  return true;
}

bool packArguments(halide::KernelOp kernel, ArrayRef<Type> types) {
  Launches launches = getLaunches(kernel);
  SmallVector<std::pair<unsigned, int64_t>> blocks;
  for (auto [index, plain, wanted] : llvm::enumerate(kernel.getArgumentTypes(), types)) {
    if (plain == wanted)
      continue;
    auto packed = cast<RankedTensorType>(wanted);
    if (!isPackedForm(packed, cast<RankedTensorType>(plain)) || !areKnown(launches, index))
      return false;
    blocks.emplace_back(index, packed.getShape().back());
  }
  for (auto [index, block] : blocks)
    packArgument(kernel, launches, index, block);
  return true;
}

} // namespace nnc
