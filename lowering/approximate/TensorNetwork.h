// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// A computed tensor as a tensor network: one activation and constants, contracted with each other.
#ifndef LOWERING_APPROXIMATE_TENSORNETWORK_H
#define LOWERING_APPROXIMATE_TENSORNETWORK_H

#include "mlir/IR/Operation.h"

#include <optional>

namespace nnc {

/// An index of a network, a number from 0 on. Dimensions are rows of indices: the first is the most
/// significant one, and none has extent 1.
using NetworkIndex = unsigned;
using NetworkIndices = llvm::SmallVector<NetworkIndex>;

/// The sum over all indices that are not in `result` of the products of all tensors. An index is
/// either in two tensors, or in one and in the result.
struct TensorNetwork {
  struct Tensor {
    mlir::Value value;
    NetworkIndices indices;
  };

  Tensor activation;
  llvm::SmallVector<Tensor> constants;
  /// By dimension of the described value.
  llvm::SmallVector<NetworkIndices> result;
  /// Of every index.
  llvm::SmallVector<int64_t> extents;
  /// What computes the value from the activation: the last one first.
  llvm::SmallVector<mlir::Operation *> steps;

  int64_t multiplyExtents(llvm::ArrayRef<NetworkIndex> indices) const;
};

/// Describes what reshapes, transposes and products with constants make of `activation`; other
/// operations on constants alone are constants of the network. A bias of the operation that
/// computes `value` is left out. std::nullopt where `value` is something else, where anything in
/// between has other users, and where dimensions are cut at places that do not divide each other.
std::optional<TensorNetwork> describeNetwork(mlir::Value value, mlir::Value activation,
                                             llvm::function_ref<bool(mlir::Value)> isConstant);

/// The operand from which a network goes on towards its activation, or null at an operation that
/// networks do not describe.
mlir::Value getNetworkOperand(mlir::Operation *op,
                              llvm::function_ref<bool(mlir::Value)> isConstant);

} // namespace nnc

#endif // LOWERING_APPROXIMATE_TENSORNETWORK_H
