// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Loop nests whose innermost work is vectors in registers: a tile of `rows` positions by `vectors`
// vectors of the last dimension is accumulated in values, so the order of additions is that of
// plain loops.
#include "lowering/Passes.h" // IWYU pragma: keep
#include "lowering/reference/TilePlan.h"

#include "mlir/Dialect/Affine/IR/AffineOps.h"
#include "mlir/Dialect/Linalg/Transforms/Transforms.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "mlir/IR/IRMapping.h"
#include "mlir/IR/ImplicitLocOpBuilder.h"

#include <map>

using namespace mlir;
using nnc::TileAccess;
using nnc::TilePlan;

namespace nnc {
#define GEN_PASS_DEF_TILEREGISTERS
#include "lowering/Passes.h.inc"
} // namespace nnc

namespace {

constexpr int64_t kAccumulators = 14;
constexpr int64_t kRows = 7;
constexpr int64_t kVectors = 8;

/// Consecutive iterations of a loop in steps of one tile.
struct Segment {
  int64_t begin, end, step;
};

/// The size of a tile: `rows` iterations of the row loop by `vectors` vectors of `lanes` elements.
struct Tile {
  int64_t rows = 1, vectors = 1, lanes = 1;
  int64_t getWidth() const { return vectors * lanes; }
};

/// Emits one loop nest.
class Emitter {
public:
  Emitter(OpBuilder &builder, TilePlan plan)
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
  TilePlan plan;
  SmallVector<Value> loops; // where each loop is, or null outside of it
};

struct TileRegisters : nnc::impl::TileRegistersBase<TileRegisters> {
  void runOnOperation() override {
    SmallVector<linalg::GenericOp> generics;
    getOperation()->walk([&](linalg::GenericOp op) { generics.push_back(op); });
    for (linalg::GenericOp op : generics) {
      std::optional<TilePlan> plan = nnc::planTiles(op);
      if (!plan)
        continue;
      OpBuilder builder(op);
      Emitter(builder, std::move(*plan)).emit();
      op.erase();
    }
  }
};

} // namespace
