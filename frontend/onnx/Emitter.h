// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Building tensor operations from operands that nobody has checked.
#ifndef FRONTEND_ONNX_EMITTER_H
#define FRONTEND_ONNX_EMITTER_H

#include "dialects/nnc/CreateChecked.h"
#include "dialects/nnc/Nnc.h"
#include "frontend/onnx/ShapeArithmetic.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/IR/Builders.h"

namespace nnc::frontend {

/// No tensor of a model may have more elements: products of extents stay far from overflow.
inline constexpr int64_t kMaxElements = int64_t(1) << 40;
/// No table that the importer writes out element by element may be longer.
inline constexpr int64_t kMaxTableLength = int64_t(1) << 24;

/// The number of elements, or std::nullopt when an extent is negative or the product of those that
/// are not 0 exceeds `kMaxElements`.
std::optional<int64_t> countElements(llvm::ArrayRef<int64_t> shape);

/// "2x3x4", or "scalar".
std::string formatShape(llvm::ArrayRef<int64_t> shape);

/// The shape that two shapes broadcast to by the rules of NumPy, or std::nullopt.
std::optional<llvm::SmallVector<int64_t>> broadcastShapes(llvm::ArrayRef<int64_t> a,
                                                          llvm::ArrayRef<int64_t> b);

/// The product of extents that `countElements` accepts.
int64_t product(llvm::ArrayRef<int64_t> extents);

mlir::RankedTensorType getTensorType(mlir::Value value);
llvm::ArrayRef<int64_t> getShape(mlir::Value value);
int64_t getRank(mlir::Value value);
bool isFloat(mlir::Value value);
bool isBoolean(mlir::Value value);

/// Builds tensor operations at one location. Every method checks its operands; where they
/// contradict each other it reports an error and returns null. A null operand gives a null result
/// without a report, so that calls nest without tests in between. Operations on small constants are
/// evaluated at once (see ShapeArithmetic.h).
class Emitter {
public:
  Emitter(mlir::OpBuilder &builder, mlir::Location location)
      : builder(builder), location(location) {}

  mlir::OpBuilder &getBuilder() { return builder; }
  mlir::Location getLocation() const { return location; }

  /// Reports an error; the value is null, so that it can be returned.
  template <typename... Parts> mlir::Value reject(Parts &&...parts) {
    mlir::InFlightDiagnostic diagnostic = mlir::emitError(location);
    (diagnostic << ... << parts);
    return {};
  }

  // Constants.
  mlir::Value constant(mlir::ElementsAttr value);
  mlir::Value splat(llvm::ArrayRef<int64_t> shape, mlir::Type elementType, double value);
  mlir::Value splatLike(mlir::Value like, double value);
  /// A table of 64-bit integers or of floats of `elementType`, one-dimensional.
  mlir::Value integers(llvm::ArrayRef<int64_t> values);
  mlir::Value floats(llvm::ArrayRef<float> values, mlir::Type elementType);

  // Movements.
  mlir::Value reshape(mlir::Value input, llvm::ArrayRef<int64_t> shape);
  mlir::Value transpose(mlir::Value input, llvm::ArrayRef<int64_t> permutation);
  mlir::Value broadcast(mlir::Value input, llvm::ArrayRef<int64_t> shape);
  mlir::Value gather(mlir::Value input, mlir::Value indices, int64_t axis);
  /// Picks the slices `indices` of one axis.
  mlir::Value pick(mlir::Value input, int64_t axis, llvm::ArrayRef<int64_t> indices);
  mlir::Value slice(mlir::Value input, llvm::ArrayRef<int64_t> offsets,
                    llvm::ArrayRef<int64_t> sizes, llvm::ArrayRef<int64_t> strides);
  /// `size` elements of one axis from `offset` on.
  mlir::Value sliceAxis(mlir::Value input, int64_t axis, int64_t offset, int64_t size);
  /// Adds `low` and `high` (not negative) elements at the ends of each axis; `value` is a scalar
  /// tensor.
  mlir::Value pad(mlir::Value input, llvm::ArrayRef<int64_t> low, llvm::ArrayRef<int64_t> high,
                  mlir::Value value);
  mlir::Value concat(llvm::ArrayRef<mlir::Value> inputs, int64_t axis);
  /// N x C x ... to N x ... x C and back; at least two dimensions.
  mlir::Value toChannelsLast(mlir::Value input);
  mlir::Value toChannelsFirst(mlir::Value input);

  // Arithmetic; operands broadcast as in NumPy and have one element type. Integers are signed
  // unless said otherwise.
  mlir::Value add(mlir::Value a, mlir::Value b);
  mlir::Value sub(mlir::Value a, mlir::Value b);
  mlir::Value mul(mlir::Value a, mlir::Value b);
  mlir::Value div(mlir::Value a, mlir::Value b, bool isUnsigned = false);
  mlir::Value rem(mlir::Value a, mlir::Value b, bool isUnsigned = false);
  mlir::Value max(mlir::Value a, mlir::Value b, bool isUnsigned = false);
  mlir::Value min(mlir::Value a, mlir::Value b, bool isUnsigned = false);
  mlir::Value compare(mlir::arith::CmpFPredicate ofFloats, mlir::arith::CmpIPredicate ofIntegers,
                      mlir::Value a, mlir::Value b);
  mlir::Value select(mlir::Value condition, mlir::Value a, mlir::Value b);
  mlir::Value exp(mlir::Value input);
  mlir::Value log(mlir::Value input);
  mlir::Value sqrt(mlir::Value input);
  mlir::Value negate(mlir::Value input);
  mlir::Value abs(mlir::Value input);
  /// Converts elements as ONNX's Cast does: to bool is "not zero", floats to integers truncate.
  mlir::Value cast(mlir::Value input, mlir::Type elementType, bool fromUnsigned, bool toUnsigned);

  /// Combines along `axes` (increasing, within the rank); reduced dimensions stay as 1 when
  /// `keepDims`.
  mlir::Value reduce(Reduction kind, mlir::Value input, llvm::ArrayRef<int64_t> axes,
                     bool keepDims);

  /// An element-wise operation whose result has the type of its operand.
  template <typename OpTy> mlir::Value unary(mlir::Value input) {
    return input ? finish(OpTy::create(builder, location, input)) : mlir::Value();
  }

  /// An element-wise operation of two operands, floats or integers.
  template <typename FloatOp, typename IntegerOp> mlir::Value binary(mlir::Value a, mlir::Value b) {
    if (!align(a, b))
      return {};
    if (isFloat(a))
      return finish(FloatOp::create(builder, location, a, b));
    return finish(IntegerOp::create(builder, location, a, b));
  }

  /// An operation with inferred result types, through `createChecked`.
  template <typename OpTy>
  mlir::Value checked(llvm::ArrayRef<mlir::Value> operands,
                      llvm::ArrayRef<mlir::NamedAttribute> attributes) {
    if (llvm::is_contained(operands, mlir::Value()))
      return {};
    mlir::FailureOr<OpTy> op = createChecked<OpTy>(builder, location, operands, attributes);
    return mlir::succeeded(op) ? finish(*op) : mlir::Value();
  }

  mlir::NamedAttribute attribute(llvm::StringRef name, int64_t value);
  mlir::NamedAttribute attribute(llvm::StringRef name, llvm::ArrayRef<int64_t> values);
  mlir::NamedAttribute attribute(llvm::StringRef name, float value);

  /// Broadcasts both operands to one shape; false, with a report, where shapes or element types do
  /// not fit.
  bool align(mlir::Value &a, mlir::Value &b);

private:
  /// The result of a new operation: checked for size, and a constant where all operands are small
  /// ones.
  mlir::Value finish(mlir::Operation *op);
  mlir::Value toFloat(mlir::Value input, mlir::Type elementType, bool fromUnsigned);
  mlir::Value toInteger(mlir::Value input, mlir::Type elementType, bool fromUnsigned,
                        bool toUnsigned);

  mlir::OpBuilder &builder;
  mlir::Location location;
};

} // namespace nnc::frontend

#endif // FRONTEND_ONNX_EMITTER_H
