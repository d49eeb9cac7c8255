// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Perforation as linalg: what is read is where a table says.
#include "dialects/nnc/MeaningBuilder.h"
#include "dialects/nnc/Nnc.h"
#include "dialects/nnc/SparseLists.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"

using namespace mlir;
using namespace nnc;

namespace {

RankedTensorType getTensorType(Value value) { return cast<RankedTensorType>(value.getType()); }
ArrayRef<int64_t> getShape(Value value) { return getTensorType(value).getShape(); }
int64_t getSize(Value value) { return getTensorType(value).getNumElements(); }

/// In a body with loops n and, as number `channelLoop`, the input's channel: its element at pixel
/// `pixel`, a number of a table.
Value readPixel(MeaningBuilder &b, Value input, Value pixel, unsigned channelLoop) {
  Value row = arith::IndexCastOp::create(b, b.getIndexType(), pixel);
  return lookUp(b, input,
                {linalg::IndexOp::create(b, 0), row, linalg::IndexOp::create(b, channelLoop)});
}

} // namespace

SmallVector<Value> PerforateOp::buildMeaning(OpBuilder &builder) {
  MeaningBuilder b(builder, getLoc());
  RankedTensorType type = getOutput().getType();
  return {b.generic(type.getShape(), type.getElementType(), {{getFill(), b.loopRange(1, 2)}},
                    [&](MeaningBuilder &inner, ValueRange elements) {
                      Value at =
                          arith::IndexCastOp::create(inner, inner.getIndexType(), elements[0]);
                      Value width = inner.index(type.getDimSize(2));
                      return lookUp(inner, getInput(),
                                    {linalg::IndexOp::create(inner, 0), inner.divide(at, width),
                                     arith::RemSIOp::create(inner, at, width),
                                     linalg::IndexOp::create(inner, 3)});
                    })};
}

StringRef PerforateOp::getKernelClass() { return "gather"; }

SmallVector<Value> PerforatedConv2dOp::buildMeaning(OpBuilder &builder) {
  MeaningBuilder b(builder, getLoc());
  RankedTensorType type = getOutput().getType();
  Type element = type.getElementType();
  Value pixels = getInput();
  if (getZeroRow())
    pixels = b.pad(pixels, {0, 0, 0}, {0, 1, 0}, b.scalar(element, 0));
  Loops loops{{"n", "p", "k"}};
  Value sums = b.generic(
      loops, getBias() ? SmallVector<Access>{{getBias(), {b.loop(2)}}} : SmallVector<Access>(),
      {b.empty(type.getShape(), element), b.loopRange(0, 3)},
      [&](MeaningBuilder &inner, ValueRange elements) {
        return getBias() ? elements[0] : inner.scalar(element, 0);
      });
  bool isDepthwise = getDepthwise();
  AffineExpr channel = isDepthwise ? b.getAffineConstantExpr(0) : b.loop(5);
  AffineExpr tap = b.loop(3) * getShape(getFilter())[1] + b.loop(4);
  loops = isDepthwise ? loops.reducing({"ky", "kx"}) : loops.reducing({"ky", "kx", "c"});
  return {b.generic(
      loops,
      {{getTaps(), {b.loop(1), tap}}, {getFilter(), {b.loop(3), b.loop(4), channel, b.loop(2)}}},
      {sums, b.loopRange(0, 3)}, [&](MeaningBuilder &inner, ValueRange elements) {
        Value pixel = readPixel(inner, pixels, elements[0], isDepthwise ? 2 : 5);
        return inner.add(elements[2], inner.multiply(pixel, elements[1]));
      })};
}

int64_t PerforatedConv2dOp::getFlops() {
  ArrayRef<int64_t> filter = getShape(getFilter());
  return 2 * getSize(getOutput()) * filter[0] * filter[1] * filter[2];
}

StringRef PerforatedConv2dOp::getKernelClass() {
  return getDepthwise() ? "perforated_depthwise" : "perforated_conv2d";
}

bool PerforatedConv2dOp::padsInput() { return getZeroRow(); }

SmallVector<Value> PerforatedMaxPool2dOp::buildMeaning(OpBuilder &builder) {
  MeaningBuilder b(builder, getLoc());
  RankedTensorType type = getOutput().getType();
  Loops loops{{"n", "p", "c"}};
  Value lowest = b.generic(
      loops, {}, {b.empty(type.getShape(), type.getElementType()), b.loopRange(0, 3)},
      [&](MeaningBuilder &inner, ValueRange) { return inner.lowest(type.getElementType()); });
  return {b.generic(loops.reducing({"t"}), {{getTaps(), {b.loop(1), b.loop(3)}}},
                    {lowest, b.loopRange(0, 3)}, [&](MeaningBuilder &inner, ValueRange elements) {
                      return inner.maximum(elements[1],
                                           readPixel(inner, getInput(), elements[0], 2));
                    })};
}

int64_t PerforatedMaxPool2dOp::getFlops() { return getSize(getOutput()) * getShape(getTaps())[1]; }

StringRef PerforatedMaxPool2dOp::getKernelClass() { return "perforated_pool"; }

SmallVector<Value> PerforatedAvgPool2dOp::buildMeaning(OpBuilder &builder) {
  MeaningBuilder b(builder, getLoc());
  RankedTensorType type = getOutput().getType();
  Loops loops{{"n", "p", "c"}};
  Value zeros = b.generic(
      loops, {}, {b.empty(type.getShape(), type.getElementType()), b.loopRange(0, 3)},
      [&](MeaningBuilder &inner, ValueRange) { return inner.scalar(type.getElementType(), 0); });
  AffineExpr p = b.loop(1), t = b.loop(3);
  return {b.generic(loops.reducing({"t"}), {{getTaps(), {p, t}}, {getWeights(), {p, t}}},
                    {zeros, b.loopRange(0, 3)}, [&](MeaningBuilder &inner, ValueRange elements) {
                      Value pixel = readPixel(inner, getInput(), elements[0], 2);
                      return inner.add(elements[2], inner.multiply(pixel, elements[1]));
                    })};
}

int64_t PerforatedAvgPool2dOp::getFlops() {
  return 2 * getSize(getOutput()) * getShape(getTaps())[1];
}

StringRef PerforatedAvgPool2dOp::getKernelClass() { return "perforated_pool"; }
