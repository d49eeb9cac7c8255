// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "lowering/approximate/WeightConstants.h"

#include "dialects/nnc/Constants.h"
#include "dialects/nnc/TrainContraction.h"

#include "mlir/Dialect/Arith/IR/Arith.h"

using namespace mlir;

namespace nnc {

static ArrayRef<int64_t> getShape(Value value) {
  return cast<RankedTensorType>(value.getType()).getShape();
}

/// The elements of the transposed tensor.
static SmallVector<float, 0> permute(TransposeOp transpose, ArrayRef<float> source) {
  ArrayRef<int64_t> shape = getShape(transpose), from = getShape(transpose.getInput());
  SmallVector<int64_t> strides(from.size(), 1);
  for (size_t axis = from.size() - 1; axis-- > 0;)
    strides[axis] = strides[axis + 1] * from[axis + 1];
  SmallVector<float, 0> moved(source.size());
  for (auto [position, element] : llvm::enumerate(moved)) {
    int64_t rest = position, offset = 0;
    for (size_t axis = shape.size(); axis-- > 0;) {
      offset += rest % shape[axis] * strides[transpose.getPermutation()[axis]];
      rest /= shape[axis];
    }
    element = source[offset];
  }
  return moved;
}

std::optional<SmallVector<float, 0>> readWeight(Value weight) {
  if (std::optional<SmallVector<float, 0>> floats = getFloats(weight))
    return floats;
  if (auto reshape = weight.getDefiningOp<ReshapeOp>())
    return readWeight(reshape.getInput());
  auto transpose = weight.getDefiningOp<TransposeOp>();
  if (!transpose)
    return std::nullopt;
  std::optional<SmallVector<float, 0>> source = readWeight(transpose.getInput());
  if (!source)
    return std::nullopt;
  return permute(transpose, *source);
}

std::optional<TensorTrain> readTrain(ValueRange cores) {
  TensorTrain train;
  for (auto [core, extents] : llvm::zip_equal(cores, getCoreExtents(cores))) {
    std::optional<SmallVector<float, 0>> elements = readWeight(core);
    if (!elements)
      return std::nullopt;
    train.cores.push_back({extents.before, extents.input, extents.output, extents.after,
                           std::vector<double>(elements->begin(), elements->end())});
  }
  return train;
}

SmallVector<Value> writeTrain(OpBuilder &builder, Location at, const TensorTrain &train) {
  SmallVector<Value> cores;
  for (const TrainCore &core : train.cores) {
    auto type = RankedTensorType::get({core.before, core.input, core.output, core.after},
                                      builder.getF32Type());
    std::vector<float> floats(core.elements.begin(), core.elements.end());
    ArrayRef<char> bytes(reinterpret_cast<const char *>(floats.data()),
                         floats.size() * sizeof(float));
    cores.push_back(
        arith::ConstantOp::create(builder, at, type, makeConstant(type, bytes, "core")));
  }
  return cores;
}

} // namespace nnc
