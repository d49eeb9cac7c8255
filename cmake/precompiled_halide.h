// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Halide, and the MLIR headers that codegen/ reads kernels with.
#include <Halide.h>

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/IR/BuiltinOps.h"
