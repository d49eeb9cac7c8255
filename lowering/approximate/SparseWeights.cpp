// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "lowering/approximate/SparseWeights.h"

#include "dialects/nnc/Constants.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/SparseTensor/IR/SparseTensor.h"
#include "mlir/IR/DialectResourceBlobManager.h"

using namespace mlir;

namespace nnc {
namespace {

RankedTensorType getTensorType(Value value) { return cast<RankedTensorType>(value.getType()); }

/// The same elements under a type of the same shape; null for attributes of other kinds.
ElementsAttr withType(ElementsAttr elements, RankedTensorType type) {
  if (auto dense = dyn_cast<DenseElementsAttr>(elements))
    return dense.reshape(type);
  if (auto resource = dyn_cast<DenseResourceElementsAttr>(elements))
    return DenseResourceElementsAttr::get(type, resource.getRawHandle());
  return {};
}

Value createConstant(OpBuilder &builder, Value like, RankedTensorType type) {
  ElementsAttr constant = getConstant(like);
  ElementsAttr elements = constant ? withType(constant, type) : ElementsAttr();
  if (!elements)
    return like;
  return arith::ConstantOp::create(builder, like.getLoc(), cast<TypedAttr>(elements));
}

sparse_tensor::SparseTensorEncodingAttr makeEncoding(MLIRContext *context,
                                                     ArrayRef<unsigned> order) {
  SmallVector<sparse_tensor::LevelType> levels(order.size(), sparse_tensor::LevelFormat::Dense);
  levels.back() = sparse_tensor::LevelFormat::Compressed;
  AffineMap map = AffineMap::getPermutationMap(order, context);
  return sparse_tensor::SparseTensorEncodingAttr::get(context, levels, map,
                                                      inversePermutation(map));
}

} // namespace

bool isMarkedSparse(Value weight) {
  return sparse_tensor::getSparseTensorEncoding(weight.getType()) != nullptr;
}

Value markSparse(OpBuilder &builder, Value weight, ArrayRef<unsigned> order) {
  RankedTensorType type = getTensorType(weight);
  return createConstant(builder, weight,
                        RankedTensorType::get(type.getShape(), type.getElementType(),
                                              makeEncoding(builder.getContext(), order)));
}

void unmarkSparse(Operation *root) {
  root->walk([](arith::ConstantOp constant) {
    if (!isMarkedSparse(constant))
      return;
    OpBuilder builder(constant);
    RankedTensorType type = getTensorType(constant);
    constant.replaceAllUsesWith(createConstant(
        builder, constant, RankedTensorType::get(type.getShape(), type.getElementType())));
    constant.erase();
  });
}

} // namespace nnc
