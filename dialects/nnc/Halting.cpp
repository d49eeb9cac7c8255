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
  auto piece = static_cast<int64_t>(adaptor.getPiece());
  if (piece < 1)
    return reject(location, "(C1) piece is ", piece, ", but must be at least 1");
  auto element = IntegerType::get(context, 32);
  auto room = static_cast<int64_t>(llvm::alignTo(getShape(adaptor.getActive())[0], piece));
  types.push_back(RankedTensorType::get({room}, element));
  types.push_back(RankedTensorType::get({1}, element));
  return success();
}

SmallVector<Value> ListActiveOp::buildMeaning(OpBuilder &builder) {
  MeaningBuilder b(builder, getLoc());
  return buildList(b, getActive(), getResultTypes());
}

StringRef ListActiveOp::getKernelClass() { return "list_active"; }

//===--- window_mask ------------------------------------------------------------------------===//

LogicalResult WindowMaskOp::inferReturnTypes(MLIRContext *, std::optional<Location> location,
                                             Adaptor adaptor, SmallVectorImpl<Type> &types) {
  ArrayRef<int64_t> image = adaptor.getImage();
  bool arePairs = adaptor.getKernel().size() == 2 && adaptor.getDilations().size() == 2 &&
                  adaptor.getPads().size() == 2;
  if (image.size() != 3 || !arePairs ||
      image[0] * image[1] * image[2] != getShape(adaptor.getActive())[0])
    return reject(location, "(C1) the mask is ", adaptor.getActive().getType(),
                  ", but image needs three extents with that product, and kernel, dilations and "
                  "pads two numbers each");
  types.push_back(adaptor.getActive().getType());
  return success();
}

SmallVector<Value> WindowMaskOp::buildMeaning(OpBuilder &builder) {
  MeaningBuilder b(builder, getLoc());
  ArrayRef<int64_t> image = getImage(), taps = getKernel(), steps = getDilations(),
                    pads = getPads();
  Value mask = ReshapeOp::create(b, getTensorType(getActive()).clone(image), getActive());
  mask = cast<MeaningOpInterface>(mask.getDefiningOp()).buildMeaning(b).front();
  SmallVector<int64_t> low{0}, high{0};
  SmallVector<AffineExpr> from{b.loop(0)};
  for (int axis : {0, 1}) {
    int64_t reach = (taps[axis] - 1) * steps[axis];
    low.push_back(std::max<int64_t>(reach - pads[axis], 0));
    high.push_back(std::max<int64_t>(pads[axis], 0));
    // Position p is read by window p + pad - tap * step.
    from.push_back(b.loop(axis + 1) + (low.back() + pads[axis]) - b.loop(axis + 3) * steps[axis]);
  }
  Value no = b.scalar(b.getI1Type(), 0);
  Value padded = b.pad(mask, low, high, no);
  Value read = b.generic(Loops{{"n", "y", "x"}}.reducing({"ky", "kx"}),
                         {{padded, from}, {b.empty(taps, b.getI1Type()), b.loopRange(3, 2)}},
                         {b.fill(image, no), b.loopRange(0, 3)},
                         [](MeaningBuilder &inner, ValueRange elements) -> Value {
                           return arith::OrIOp::create(inner, elements[0], elements[2]);
                         });
  Value flat = ReshapeOp::create(b, getTensorType(getActive()), read);
  return cast<MeaningOpInterface>(flat.getDefiningOp()).buildMeaning(b);
}

StringRef WindowMaskOp::getKernelClass() { return "window_mask"; }

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

//===--- update_all -------------------------------------------------------------------------===//

LogicalResult UpdateAllOp::inferReturnTypes(MLIRContext *, std::optional<Location> location,
                                            Adaptor adaptor, SmallVectorImpl<Type> &types) {
  ArrayRef<int64_t> target = getShape(adaptor.getTarget()), rows = getShape(adaptor.getRows());
  if (target[2] != rows[2] || rows[1] > target[1] || rows[0] != target[0])
    return reject(location, "(C1) rows are ", adaptor.getRows().getType(), " of ",
                  adaptor.getTarget().getType());
  types.push_back(adaptor.getTarget().getType());
  return success();
}

SmallVector<Value> UpdateAllOp::buildMeaning(OpBuilder &builder) {
  MeaningBuilder b(builder, getLoc());
  SmallVector<OpFoldResult> zeros(3, b.getIndexAttr(0)), ones(3, b.getIndexAttr(1)),
      sizes = getAsIndexOpFoldResult(b.getContext(), getShape(getRows()));
  return {tensor::InsertSliceOp::create(b, getRows(), getTarget(), zeros, sizes, ones)};
}

StringRef UpdateAllOp::getKernelClass() { return "update_all"; }
