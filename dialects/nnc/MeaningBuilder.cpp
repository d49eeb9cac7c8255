// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "dialects/nnc/MeaningBuilder.h"
#include "dialects/nnc/Nnc.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/Dialect/Utils/StaticValueUtils.h"

using namespace mlir;
using namespace nnc;

Loops Loops::over(int64_t rank) {
  if (rank == 4)
    return {{"n", "y", "x", "k"}};
  if (rank == 2)
    return {{"m", "k"}};
  Loops loops;
  for (int64_t i = 0; i < rank; ++i)
    loops.names.push_back("d" + std::to_string(i));
  return loops;
}

Loops Loops::reducing(ArrayRef<StringRef> reductionNames) const {
  Loops loops = *this;
  for (StringRef name : reductionNames)
    loops.names.push_back(name.str());
  loops.reductions += reductionNames.size();
  return loops;
}

Loops Loops::reducing(unsigned count) const {
  Loops loops = *this;
  for (unsigned i = 0; i < count; ++i)
    loops.names.push_back("r" + std::to_string(i));
  loops.reductions += count;
  return loops;
}

SmallVector<AffineExpr> MeaningBuilder::loopRange(unsigned first, unsigned count) {
  SmallVector<AffineExpr> loops;
  for (unsigned i = 0; i < count; ++i)
    loops.push_back(loop(first + i));
  return loops;
}

//===--- scalars ----------------------------------------------------------------------------===//

Value MeaningBuilder::scalar(Type elementType, double value) {
  if (isa<FloatType>(elementType))
    return arith::ConstantOp::create(*this, FloatAttr::get(elementType, value));
  return arith::ConstantOp::create(*this,
                                   IntegerAttr::get(elementType, static_cast<int64_t>(value)));
}

Value MeaningBuilder::index(int64_t value) { return arith::ConstantIndexOp::create(*this, value); }

/// Infinity of the sign, or the integer at the end of the range; booleans range from 0 to 1.
static TypedAttr getExtreme(Type elementType, bool negative) {
  if (auto floatType = dyn_cast<FloatType>(elementType))
    return FloatAttr::get(floatType, APFloat::getInf(floatType.getFloatSemantics(), negative));
  unsigned width = elementType.getIntOrFloatBitWidth();
  if (width == 1)
    return IntegerAttr::get(elementType, negative ? 0 : 1);
  return IntegerAttr::get(elementType, negative ? APInt::getSignedMinValue(width)
                                                : APInt::getSignedMaxValue(width));
}

Value MeaningBuilder::lowest(Type elementType) {
  return arith::ConstantOp::create(*this, getExtreme(elementType, /*negative=*/true));
}

Value MeaningBuilder::highest(Type elementType) {
  return arith::ConstantOp::create(*this, getExtreme(elementType, /*negative=*/false));
}

/// The operation for floats, for booleans or for other integers.
template <typename FloatOp, typename BooleanOp, typename IntegerOp>
static Value createFor(MeaningBuilder &b, Value lhs, Value rhs) {
  Type type = lhs.getType();
  if (isa<FloatType>(type))
    return FloatOp::create(b, lhs, rhs);
  if (type.isInteger(1))
    return BooleanOp::create(b, lhs, rhs);
  return IntegerOp::create(b, lhs, rhs);
}

Value MeaningBuilder::add(Value a, Value b) {
  return createFor<arith::AddFOp, arith::AddIOp, arith::AddIOp>(*this, a, b);
}
Value MeaningBuilder::subtract(Value a, Value b) {
  return createFor<arith::SubFOp, arith::SubIOp, arith::SubIOp>(*this, a, b);
}
Value MeaningBuilder::multiply(Value a, Value b) {
  return createFor<arith::MulFOp, arith::MulIOp, arith::MulIOp>(*this, a, b);
}
Value MeaningBuilder::divide(Value a, Value b) {
  return createFor<arith::DivFOp, arith::DivUIOp, arith::DivSIOp>(*this, a, b);
}
Value MeaningBuilder::maximum(Value a, Value b) {
  return createFor<arith::MaximumFOp, arith::MaxUIOp, arith::MaxSIOp>(*this, a, b);
}
Value MeaningBuilder::minimum(Value a, Value b) {
  return createFor<arith::MinimumFOp, arith::MinUIOp, arith::MinSIOp>(*this, a, b);
}

//===--- tensors ----------------------------------------------------------------------------===//

Value MeaningBuilder::empty(ArrayRef<int64_t> shape, Type elementType) {
  return tensor::EmptyOp::create(*this, shape, elementType);
}

Value MeaningBuilder::pad(Value input, ArrayRef<int64_t> low, ArrayRef<int64_t> high, Value value) {
  auto type = cast<RankedTensorType>(input.getType());
  SmallVector<int64_t> shape;
  for (auto [extent, before, after] : llvm::zip_equal(type.getShape(), low, high))
    shape.push_back(before + extent + after);
  if (type.getShape() == ArrayRef<int64_t>(shape))
    return input;
  return tensor::PadOp::create(*this, type.clone(shape), input,
                               getAsIndexOpFoldResult(getContext(), low),
                               getAsIndexOpFoldResult(getContext(), high), value);
}

Value MeaningBuilder::fill(ArrayRef<int64_t> shape, Value value) {
  return generic(shape, value.getType(), {}, [&](MeaningBuilder &, ValueRange) { return value; });
}

namespace {

/// Where one element of a sequence is, along its first dimension.
struct Slice {
  SmallVector<OpFoldResult> offsets, sizes, strides;

  Slice(Builder &builder, Value position, ArrayRef<int64_t> element)
      : offsets(element.size() + 1, builder.getIndexAttr(0)), sizes{builder.getIndexAttr(1)},
        strides(element.size() + 1, builder.getIndexAttr(1)) {
    offsets.front() = position;
    llvm::append_range(sizes, getAsIndexOpFoldResult(builder.getContext(), element));
  }
};

} // namespace

Value MeaningBuilder::repeat(Value sequence, Value state, bool isBackward, Step step) {
  auto inputs = cast<RankedTensorType>(sequence.getType());
  auto element = inputs.clone(inputs.getShape().drop_front());
  auto stateType = cast<RankedTensorType>(state.getType());
  int64_t steps = inputs.getDimSize(0);
  SmallVector<int64_t> shape{steps};
  llvm::append_range(shape, stateType.getShape());
  auto loop = scf::ForOp::create(
      *this, index(0), index(steps), index(1),
      ValueRange{empty(shape, stateType.getElementType()), state},
      [&](OpBuilder &builder, Location location, Value position, ValueRange carried) {
        MeaningBuilder b(builder, location);
        if (isBackward)
          position = arith::SubIOp::create(b, b.index(steps - 1), position);
        Slice from(b, position, element.getShape()), to(b, position, stateType.getShape());
        Value input = tensor::ExtractSliceOp::create(b, element, sequence, from.offsets, from.sizes,
                                                     from.strides);
        Value next = step(b, input, carried[1]);
        Value all =
            tensor::InsertSliceOp::create(b, next, carried[0], to.offsets, to.sizes, to.strides);
        scf::YieldOp::create(b, ValueRange{all, next});
      });
  return loop.getResult(0);
}

Value MeaningBuilder::generic(const Loops &loops, ArrayRef<Access> inputs, const Access &output,
                              Body body) {
  SmallVector<AffineMap> maps;
  SmallVector<Value> tensors;
  for (const Access &access : inputs) {
    tensors.push_back(access.tensor);
    maps.push_back(AffineMap::get(loops.names.size(), 0, access.indices, getContext()));
  }
  maps.push_back(AffineMap::get(loops.names.size(), 0, output.indices, getContext()));
  SmallVector<utils::IteratorType> kinds(loops.names.size(), utils::IteratorType::parallel);
  std::fill_n(kinds.rbegin(), loops.reductions, utils::IteratorType::reduction);
  SmallVector<StringRef> names(loops.names.begin(), loops.names.end());
  auto op =
      linalg::GenericOp::create(*this, output.tensor.getType(), tensors, output.tensor, maps, kinds,
                                [&](OpBuilder &builder, Location location, ValueRange elements) {
                                  MeaningBuilder inner(builder, location);
                                  linalg::YieldOp::create(inner, body(inner, elements));
                                });
  op->setDiscardableAttr(kIteratorsAttr, getStrArrayAttr(names));
  return op.getResult(0);
}

Value MeaningBuilder::generic(ArrayRef<int64_t> shape, Type elementType, ArrayRef<Access> inputs,
                              Body body) {
  return generic(Loops::over(shape.size()), inputs,
                 {empty(shape, elementType), loopRange(0, shape.size())}, body);
}
