// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "lowering/reference/TilePlan.h"

using namespace mlir;
using nnc::TileAccess;
using nnc::TilePlan;

namespace {

//--------------------------------------------------------------------------------===//

/// Replaces `loop floordiv D` by 0 and `loop mod D` by the loop, which is right within vectors that
/// do not straddle a multiple of D; `lanes` shrinks until that holds.
AffineExpr simplifyWithinVector(AffineExpr expr, AffineExpr loop, int64_t &lanes) {
  DenseMap<AffineExpr, AffineExpr> replacements;
  expr.walk([&](AffineExpr part) {
    auto binary = dyn_cast<AffineBinaryOpExpr>(part);
    if (!binary || binary.getLHS() != loop)
      return;
    auto divisor = dyn_cast<AffineConstantExpr>(binary.getRHS());
    if (!divisor || divisor.getValue() < 1)
      return;
    if (part.getKind() == AffineExprKind::FloorDiv)
      replacements[part] = getAffineConstantExpr(0, part.getContext());
    else if (part.getKind() == AffineExprKind::Mod)
      replacements[part] = loop;
    else
      return;
    while (divisor.getValue() % lanes != 0)
      lanes /= 2;
  });
  return expr.replace(replacements);
}

bool hasUnitInnerStride(MemRefType type) {
  SmallVector<int64_t> strides;
  int64_t offset;
  return succeeded(type.getStridesAndOffset(strides, offset)) && !strides.empty() &&
         strides.back() == 1;
}

/// Vectors in memory have whole bytes in each lane.
bool isLaneType(Type type) {
  return type.isIntOrFloat() &&
         llvm::is_contained({8, 16, 32, 64}, static_cast<int>(type.getIntOrFloatBitWidth()));
}

/// How `map` varies with the vector loop: not at all, along consecutive elements, or otherwise
/// (std::nullopt).
std::optional<bool> variesConsecutively(AffineMap map, unsigned loop, int64_t &lanes) {
  AffineExpr vector = getAffineDimExpr(loop, map.getContext());
  for (auto [position, expr] : llvm::enumerate(map.getResults())) {
    AffineExpr within =
        simplifyAffineExpr(simplifyWithinVector(expr, vector, lanes), map.getNumDims(), 0);
    if (!within.isFunctionOfDim(loop))
      continue;
    AffineExpr rest = simplifyAffineExpr(within - vector, map.getNumDims(), 0);
    if (position + 1 != map.getNumResults() || rest.isFunctionOfDim(loop))
      return std::nullopt;
    return true;
  }
  return false;
}

/// Whether the payload is arithmetic that vectors can do lane by lane.
bool hasLaneArithmetic(linalg::GenericOp op) {
  return llvm::all_of(op.getBody()->without_terminator(), [](Operation &inner) {
    if (inner.hasTrait<OpTrait::ConstantLike>())
      return inner.getResult(0).getType().isIntOrFloat();
    return OpTrait::hasElementwiseMappableTraits(&inner) && inner.getNumResults() == 1 &&
           inner.getResult(0).getType().isIntOrFloat() && inner.getNumRegions() == 0;
  });
}

/// The parallel loop that the output's last dimension is.
std::optional<unsigned> findVectorLoop(linalg::GenericOp op) {
  AffineMap output = op.getIndexingMapsArray().back();
  if (output.getNumResults() == 0 || !output.isProjectedPermutation())
    return std::nullopt;
  return output.getDimPosition(output.getNumResults() - 1);
}

/// The last parallel loop besides the vector loop; only a reduction gains from several rows.
std::optional<unsigned> findRowLoop(const TilePlan &plan) {
  if (!plan.reduces())
    return std::nullopt;
  for (int64_t loop = plan.extents.size() - 1; loop >= 0; --loop)
    if (loop != plan.vectorLoop && !plan.isReduction(loop))
      return loop;
  return std::nullopt;
}

bool isSupported(const TileAccess &access) {
  Type element = access.getElementType();
  return element.isIntOrFloat() &&
         (!access.isVector || (isLaneType(element) && hasUnitInnerStride(access.getType())));
}

} // namespace

std::optional<TilePlan> nnc::planTiles(linalg::GenericOp op) {
  TilePlan plan;
  plan.op = op;
  plan.extents = op.getStaticLoopRanges();
  std::optional<unsigned> vectorLoop = findVectorLoop(op);
  if (!op.hasPureBufferSemantics() || op.getNumDpsInits() != 1 || !vectorLoop ||
      !hasLaneArithmetic(op) || llvm::is_contained(plan.extents, ShapedType::kDynamic))
    return std::nullopt;
  plan.vectorLoop = *vectorLoop;
  plan.rowLoop = findRowLoop(plan);
  Type element = getElementTypeOrSelf(op.getDpsInits()[0].getType());
  if (!isLaneType(element))
    return std::nullopt;
  plan.lanes = kVectorBytes * 8 / element.getIntOrFloatBitWidth();
  for (OpOperand &operand : op->getOpOperands()) {
    AffineMap map = op.getMatchingIndexingMap(&operand);
    if (!op.payloadUsesValueFromOperand(&operand) &&
        operand.getOperandNumber() < op.getNumDpsInputs())
      continue;
    std::optional<bool> isVector = variesConsecutively(map, plan.vectorLoop, plan.lanes);
    if (!isVector)
      return std::nullopt;
    plan.accesses.push_back(
        {&operand, map, *isVector, plan.rowLoop && map.isFunctionOfDim(*plan.rowLoop)});
    if (!isSupported(plan.accesses.back()))
      return std::nullopt;
  }
  return plan;
}
