// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Types and meanings of adaptive computation; the labels are those of Halting.td.
#include "dialects/nnc/InferenceDiagnostics.h"
#include "dialects/nnc/MeaningBuilder.h"
#include "dialects/nnc/Nnc.h"
#include "dialects/nnc/SparseLists.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"

#include "llvm/Support/MathExtras.h"

using namespace mlir;
using namespace nnc;

namespace {

RankedTensorType getTensorType(Value value) { return cast<RankedTensorType>(value.getType()); }
ArrayRef<int64_t> getShape(Value value) { return getTensorType(value).getShape(); }

LogicalResult inferList(MLIRContext *context, std::optional<Location> location, int64_t rows,
                        int64_t piece, SmallVectorImpl<Type> &types) {
  if (piece < 1)
    return reject(location, "(C1) piece is ", piece, ", but must be at least 1");
  auto element = IntegerType::get(context, 32);
  auto room = static_cast<int64_t>(llvm::alignTo(rows, piece));
  types.push_back(RankedTensorType::get({room}, element));
  types.push_back(RankedTensorType::get({1}, element));
  return success();
}

Value insertNumber(MeaningBuilder &b, Value number, Value list, Value at) {
  Value narrow = arith::IndexCastOp::create(b, getTensorType(list).getElementType(), number);
  return tensor::InsertOp::create(b, narrow, list, at);
}

/// The true elements of a vector of booleans, in an order of loops.
SmallVector<Value> buildList(MeaningBuilder &b, Value active, TypeRange types) {
  auto positions = cast<RankedTensorType>(types[0]);
  Type number = positions.getElementType();
  Value zeros = b.fill(positions.getShape(), b.scalar(number, 0));
  auto loop = scf::ForOp::create(
      b, b.index(0), b.index(getShape(active)[0]), b.index(1), ValueRange{zeros, b.index(0)},
      [&](OpBuilder &builder, Location location, Value at, ValueRange carried) {
        MeaningBuilder inner(builder, location);
        Value is = tensor::ExtractOp::create(inner, active, at);
        auto choice = scf::IfOp::create(
            inner, is,
            [&](OpBuilder &then, Location) {
              MeaningBuilder list(then, location);
              Value next = arith::AddIOp::create(list, carried[1], list.index(1));
              scf::YieldOp::create(
                  list, ValueRange{insertNumber(list, at, carried[0], carried[1]), next});
            },
            [&](OpBuilder &other, Location) { scf::YieldOp::create(other, location, carried); });
        scf::YieldOp::create(inner, choice.getResults());
      });
  Value count = insertNumber(b, loop.getResult(1), b.empty({1}, number), b.index(0));
  return {loop.getResult(0), count};
}

/// The first entry of a list, as an index.
Value getCount(MeaningBuilder &b, Value count) { return lookUp(b, count, {b.index(0)}); }

/// Runs `body` for the first `count` entries of a list, with each entry's number and a tensor that
/// it changes.
Value forListed(MeaningBuilder &b, Value count, Value carried,
                llvm::function_ref<Value(MeaningBuilder &, Value, Value)> body) {
  auto loop =
      scf::ForOp::create(b, b.index(0), getCount(b, count), b.index(1), ValueRange{carried},
                         [&](OpBuilder &builder, Location location, Value at, ValueRange values) {
                           MeaningBuilder inner(builder, location);
                           scf::YieldOp::create(inner, body(inner, at, values[0]));
                         });
  return loop.getResult(0);
}

} // namespace

//===--- list_active ------------------------------------------------------------------------===//

LogicalResult ListActiveOp::inferReturnTypes(MLIRContext *context, std::optional<Location> location,
                                             Adaptor adaptor, SmallVectorImpl<Type> &types) {
  return inferList(context, location, getShape(adaptor.getActive())[0], adaptor.getPiece(), types);
}

SmallVector<Value> ListActiveOp::buildMeaning(OpBuilder &builder) {
  MeaningBuilder b(builder, getLoc());
  return buildList(b, getActive(), getResultTypes());
}

StringRef ListActiveOp::getKernelClass() { return "list_active"; }

//===--- list_read --------------------------------------------------------------------------===//

LogicalResult ListReadOp::inferReturnTypes(MLIRContext *context, std::optional<Location> location,
                                           Adaptor adaptor, SmallVectorImpl<Type> &types) {
  if (getShape(adaptor.getListedCount())[0] != 1)
    return reject(location, "(C2) the count is ", adaptor.getListedCount().getType(),
                  ", but must be one number");
  return inferList(context, location, adaptor.getRows(), adaptor.getPiece(), types);
}

SmallVector<Value> ListReadOp::buildMeaning(OpBuilder &builder) {
  MeaningBuilder b(builder, getLoc());
  auto rows = static_cast<int64_t>(getRows());
  Value none = b.fill({rows}, b.scalar(b.getI1Type(), 0));
  Value marks = forListed(
      b, getListedCount(), none, [&](MeaningBuilder &inner, Value at, Value marked) -> Value {
        Value window = lookUp(inner, getListed(), {at});
        auto taps = scf::ForOp::create(
            inner, inner.index(0), inner.index(getShape(getTaps())[1]), inner.index(1),
            ValueRange{marked},
            [&](OpBuilder &next, Location location, Value tap, ValueRange values) {
              MeaningBuilder mark(next, location);
              Value row = lookUp(mark, getTaps(), {window, tap});
              Value isRow = arith::CmpIOp::create(mark, arith::CmpIPredicate::ult, row,
                                                  mark.index(rows));
              Value inside = arith::SelectOp::create(mark, isRow, row, mark.index(0));
              Value before = tensor::ExtractOp::create(mark, values[0], inside);
              Value now = arith::OrIOp::create(mark, before, isRow);
              Value all = tensor::InsertOp::create(mark, now, values[0], inside);
              scf::YieldOp::create(mark, all);
            });
        return taps.getResult(0);
      });
  return buildList(b, marks, getResultTypes());
}

StringRef ListReadOp::getKernelClass() { return "list_read"; }

//===--- update_rows ------------------------------------------------------------------------===//

LogicalResult UpdateRowsOp::inferReturnTypes(MLIRContext *, std::optional<Location> location,
                                             Adaptor adaptor, SmallVectorImpl<Type> &types) {
  ArrayRef<int64_t> target = getShape(adaptor.getTarget()), rows = getShape(adaptor.getRows());
  if (target[2] != rows[2] || rows[1] != getShape(adaptor.getPositions())[0])
    return reject(location, "(C1) rows are ", adaptor.getRows().getType(), " for positions ",
                  adaptor.getPositions().getType(), " of ", adaptor.getTarget().getType());
  if (getShape(adaptor.getCount())[0] != 1)
    return reject(location, "(C2) the count is ", adaptor.getCount().getType(),
                  ", but must be one number");
  types.push_back(adaptor.getTarget().getType());
  return success();
}

SmallVector<Value> UpdateRowsOp::buildMeaning(OpBuilder &builder) {
  MeaningBuilder b(builder, getLoc());
  int64_t channels = getShape(getRows())[2];
  return {forListed(
      b, getCount(), getTarget(), [&](MeaningBuilder &inner, Value at, Value image) -> Value {
        Value row = lookUp(inner, getPositions(), {at});
        SmallVector<OpFoldResult> from(3, inner.getIndexAttr(0)), to(3, inner.getIndexAttr(0)),
            ones(3, inner.getIndexAttr(1)), sizes(3, inner.getIndexAttr(1));
        from[1] = at;
        to[1] = row;
        sizes[2] = inner.getIndexAttr(channels);
        Value slice = tensor::ExtractSliceOp::create(inner, getRows(), from, sizes, ones);
        return tensor::InsertSliceOp::create(inner, slice, image, to, sizes, ones);
      })};
}

StringRef UpdateRowsOp::getKernelClass() { return "update_rows"; }
