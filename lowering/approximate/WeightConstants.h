// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Weights that are constants, as numbers and back.
#ifndef LOWERING_APPROXIMATE_WEIGHTCONSTANTS_H
#define LOWERING_APPROXIMATE_WEIGHTCONSTANTS_H

#include "lowering/approximate/TensorTrain.h"

#include "mlir/IR/Builders.h"

#include <optional>

namespace nnc {

/// The elements of a constant of floats, row-major, also behind transposes and reshapes; or
/// std::nullopt.
std::optional<llvm::SmallVector<float, 0>> readWeight(mlir::Value weight);

/// The train whose cores are these constants of four dimensions, or std::nullopt.
std::optional<TensorTrain> readTrain(mlir::ValueRange cores);

/// The cores as constants of floats.
llvm::SmallVector<mlir::Value> writeTrain(mlir::OpBuilder &builder, mlir::Location at,
                                          const TensorTrain &train);

} // namespace nnc

#endif // LOWERING_APPROXIMATE_WEIGHTCONSTANTS_H
