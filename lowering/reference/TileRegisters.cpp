// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Loop nests whose innermost work is vectors in registers: a tile of `rows` positions by `vectors`
// vectors of the last dimension is accumulated in values, so the order of additions is that of
// plain loops.
#include "lowering/Passes.h"

#include "mlir/Dialect/Affine/IR/AffineOps.h"
#include "mlir/Dialect/Linalg/Transforms/Transforms.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "mlir/IR/IRMapping.h"
#include "mlir/IR/ImplicitLocOpBuilder.h"

#include <map>

using namespace mlir;

namespace nnc {
#define GEN_PASS_DEF_TILEREGISTERS
#include "lowering/Passes.h.inc"
} // namespace nnc

namespace {

constexpr int64_t kVectorBytes = 64; // of a vector in a register
constexpr int64_t kAccumulators = 14;
constexpr int64_t kRows = 7;
constexpr int64_t kVectors = 8;

/// How an operand is read in a tile.
struct TileAccess {
  OpOperand *operand;
  AffineMap map;
  bool isVector; // varies with the vector loop: consecutive elements
  bool hasRows;  // varies with the row loop
  /// Null for a scalar, which every iteration reads.
  MemRefType getType() const { return dyn_cast<MemRefType>(operand->get().getType()); }
  Type getElementType() const { return getElementTypeOrSelf(operand->get().getType()); }
};

/// Consecutive iterations of a loop in steps of one tile.
struct Segment {
  int64_t begin, end, step;
};

/// The size of a tile: `rows` iterations of the row loop by `vectors` vectors of `lanes` elements.
struct Tile {
  int64_t rows = 1, vectors = 1, lanes = 1;
  int64_t getWidth() const { return vectors * lanes; }
};

/// What a loop nest must be like to be tiled, and how its operands are read.
struct Plan {
  mutable linalg::GenericOp op;
  SmallVector<int64_t> extents;
  unsigned vectorLoop = 0;
  std::optional<unsigned> rowLoop;
  int64_t lanes = 1;                // most lanes of a vector
  SmallVector<TileAccess> accesses; // inputs, then the output

  bool isReduction(unsigned loop) const {
    return op.getIteratorTypesArray()[loop] == utils::IteratorType::reduction;
  }
  bool reduces() const { return op.getNumReductionLoops() != 0; }
};

//===--- analysis
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
std::optional<unsigned> findRowLoop(const Plan &plan) {
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

std::optional<Plan> makePlan(linalg::GenericOp op) {
  Plan plan;
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

//===--- emission
//--------------------------------------------------------------------------------===//

/// Emits one loop nest.
class Emitter {
public:
  Emitter(OpBuilder &builder, Plan plan)
      : b(plan.op.getLoc(), builder), plan(std::move(plan)), loops(this->plan.extents.size()) {}

  void emit() { emitParallel(getParallelOrder(), chooseTile()); }

private:
  using Key = std::tuple<size_t, int64_t, int64_t>; // access, row, vector

  /// Reductions keep one block of weights in the cache: the vector loop goes outside. Else it goes
  /// inside.
  SmallVector<unsigned> getParallelOrder() const {
    SmallVector<unsigned> order;
    for (unsigned loop = 0; loop < plan.extents.size(); ++loop)
      if (loop != plan.vectorLoop && !plan.isReduction(loop))
        order.push_back(loop);
    order.insert(plan.reduces() ? order.begin() : order.end(), plan.vectorLoop);
    return order;
  }

  Tile chooseTile() const {
    Tile tile;
    tile.lanes = plan.lanes;
    if (plan.rowLoop)
      tile.rows = std::min(kRows, std::max<int64_t>(1, plan.extents[*plan.rowLoop]));
    int64_t vectors = std::max<int64_t>(1, plan.extents[plan.vectorLoop] / tile.lanes);
    tile.vectors = plan.reduces() ? std::min({kVectors, kAccumulators / tile.rows, vectors})
                                  : std::min<int64_t>(4, vectors);
    return tile;
  }

  void emitParallel(ArrayRef<unsigned> order, const Tile &tile) {
    if (order.empty())
      return emitTile(tile);
    unsigned loop = order.front();
    int64_t extent = plan.extents[loop];
    if (loop == plan.vectorLoop)
      return emitVectorSegments(order.drop_front(), tile, extent);
    if (plan.rowLoop != loop)
      return emitSegment(loop, {0, extent, 1}, order.drop_front(), tile);
    int64_t whole = extent / tile.rows * tile.rows;
    emitSegment(loop, {0, whole, tile.rows}, order.drop_front(), tile);
    emitSegment(loop, {whole, extent, extent - whole}, order.drop_front(),
                {extent - whole, tile.vectors, tile.lanes});
  }

  /// Whole tiles, then whole vectors, then ever smaller ones.
  void emitVectorSegments(ArrayRef<unsigned> inner, Tile tile, int64_t extent) {
    int64_t begin = 0;
    while (begin < extent) {
      int64_t end = begin + (extent - begin) / tile.getWidth() * tile.getWidth();
      emitSegment(plan.vectorLoop, {begin, end, tile.getWidth()}, inner, tile);
      begin = end;
      if (tile.vectors > 1)
        tile.vectors = std::max<int64_t>(1, (extent - begin) / tile.lanes);
      else
        tile.lanes /= 2;
    }
  }

  void emitSegment(unsigned loop, Segment segment, ArrayRef<unsigned> inner, const Tile &tile) {
    if (segment.begin >= segment.end)
      return;
    Value begin = index(segment.begin);
    if (segment.begin + segment.step >= segment.end) {
      loops[loop] = begin;
      return emitParallel(inner, tile);
    }
    auto nest = scf::ForOp::create(b, begin, index(segment.end), index(segment.step));
    OpBuilder::InsertionGuard guard(b);
    b.setInsertionPointToStart(nest.getBody());
    loops[loop] = nest.getInductionVar();
    emitParallel(inner, tile);
  }

  /// Loads the accumulators, runs the reductions on them, stores them.
  void emitTile(const Tile &tile) {
    SmallVector<unsigned> reductions;
    for (unsigned loop = 0; loop < plan.extents.size(); ++loop)
      if (plan.isReduction(loop))
        reductions.push_back(loop);
    bool isRead = plan.op.payloadUsesValueFromOperand(plan.accesses.back().operand);
    SmallVector<Value> accumulators;
    for (int64_t row = 0; row < tile.rows; ++row)
      for (int64_t vector = 0; vector < tile.vectors; ++vector)
        accumulators.push_back(isRead ? load(plan.accesses.size() - 1, tile, row, vector)
                                      : Value());
    accumulators = emitReductions(reductions, tile, accumulators);
    const TileAccess &output = plan.accesses.back();
    for (int64_t row = 0; row < tile.rows; ++row)
      for (int64_t vector = 0; vector < tile.vectors; ++vector)
        vector::StoreOp::create(b, accumulators[row * tile.vectors + vector], output.operand->get(),
                                getIndices(output, tile, row, vector));
  }

  SmallVector<Value> emitReductions(ArrayRef<unsigned> reductions, const Tile &tile,
                                    SmallVector<Value> accumulators) {
    if (reductions.empty())
      return emitPayloads(tile, accumulators);
    unsigned loop = reductions.front();
    auto nest = scf::ForOp::create(b, index(0), index(plan.extents[loop]), index(1), accumulators);
    OpBuilder::InsertionGuard guard(b);
    b.setInsertionPointToStart(nest.getBody());
    loops[loop] = nest.getInductionVar();
    SmallVector<Value> carried(nest.getRegionIterArgs());
    scf::YieldOp::create(b, emitReductions(reductions.drop_front(), tile, carried));
    loops[loop] = {};
    return SmallVector<Value>(nest.getResults());
  }

  SmallVector<Value> emitPayloads(const Tile &tile, ArrayRef<Value> accumulators) {
    std::map<Key, Value> loaded;
    SmallVector<Value> results;
    for (int64_t row = 0; row < tile.rows; ++row)
      for (int64_t vector = 0; vector < tile.vectors; ++vector) {
        IRMapping values;
        for (size_t i = 0; i + 1 < plan.accesses.size(); ++i) {
          const TileAccess &access = plan.accesses[i];
          Key key{i, access.hasRows ? row : 0, variesAtAll(access) ? vector : 0};
          auto [known, isNew] = loaded.try_emplace(key);
          if (isNew)
            known->second = load(i, tile, row, vector);
          values.map(plan.op.getMatchingBlockArgument(access.operand), known->second);
        }
        if (Value accumulator = accumulators[row * tile.vectors + vector])
          values.map(plan.op.getMatchingBlockArgument(plan.accesses.back().operand), accumulator);
        results.push_back(emitPayload(tile, values));
      }
    return results;
  }

  bool variesAtAll(const TileAccess &access) const {
    return access.map.isFunctionOfDim(plan.vectorLoop);
  }

  /// The payload on vectors.
  Value emitPayload(const Tile &tile, IRMapping &values) {
    Block *body = plan.op.getBody();
    for (Operation &op : body->without_terminator()) {
      SmallVector<Value> operands;
      for (Value operand : op.getOperands())
        operands.push_back(asVector(values.lookupOrDefault(operand), tile));
      Operation *clone;
      if (op.hasTrait<OpTrait::ConstantLike>())
        clone = b.clone(op);
      else
        clone = b.create(op.getLoc(), op.getName().getIdentifier(), operands,
                         getVectorType(op.getResult(0).getType(), tile), op.getAttrs());
      values.map(op.getResult(0), clone->getResult(0));
    }
    return asVector(values.lookupOrDefault(body->getTerminator()->getOperand(0)), tile);
  }

  VectorType getVectorType(Type element, const Tile &tile) const {
    return VectorType::get({tile.lanes}, element);
  }

  Value asVector(Value value, const Tile &tile) {
    if (isa<VectorType>(value.getType()))
      return value;
    return vector::BroadcastOp::create(b, getVectorType(value.getType(), tile), value);
  }

  Value load(size_t number, const Tile &tile, int64_t row, int64_t vector) {
    const TileAccess &access = plan.accesses[number];
    if (!access.getType())
      return asVector(access.operand->get(), tile);
    SmallVector<Value> indices = getIndices(access, tile, row, vector);
    if (access.isVector)
      return vector::LoadOp::create(b, getVectorType(access.getElementType(), tile),
                                    access.operand->get(), indices);
    return asVector(memref::LoadOp::create(b, access.operand->get(), indices), tile);
  }

  /// Where an operand's element, or the first of its vector, lies.
  SmallVector<Value> getIndices(const TileAccess &access, const Tile &tile, int64_t row,
                                int64_t vector) {
    unsigned count = plan.extents.size();
    SmallVector<AffineExpr> at;
    for (unsigned loop = 0; loop < count; ++loop) {
      AffineExpr expr = b.getAffineDimExpr(loop);
      if (loop == plan.vectorLoop)
        expr = expr + vector * tile.lanes;
      else if (plan.rowLoop == loop)
        expr = expr + row;
      at.push_back(expr);
    }
    SmallVector<OpFoldResult> operands;
    for (Value loop : loops)
      operands.push_back(loop ? OpFoldResult(loop) : OpFoldResult(b.getIndexAttr(0)));
    SmallVector<Value> indices;
    for (AffineExpr expr : access.map.getResults()) {
      AffineMap map = AffineMap::get(count, 0, expr.replaceDims(at));
      OpFoldResult folded = affine::makeComposedFoldedAffineApply(b, b.getLoc(), map, operands);
      indices.push_back(getValueOrCreateConstantIndexOp(b, b.getLoc(), folded));
    }
    return indices;
  }

  Value index(int64_t value) { return arith::ConstantIndexOp::create(b, value); }

  ImplicitLocOpBuilder b;
  Plan plan;
  SmallVector<Value> loops; // where each loop is, or null outside of it
};

struct TileRegisters : nnc::impl::TileRegistersBase<TileRegisters> {
  void runOnOperation() override {
    SmallVector<linalg::GenericOp> generics;
    getOperation()->walk([&](linalg::GenericOp op) { generics.push_back(op); });
    for (linalg::GenericOp op : generics) {
      std::optional<Plan> plan = makePlan(op);
      if (!plan)
        continue;
      OpBuilder builder(op);
      Emitter(builder, std::move(*plan)).emit();
      op.erase();
    }
  }
};

} // namespace
