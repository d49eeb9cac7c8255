// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Depthwise convolutions share a kernel with the 1x1 convolutions around them where the image in
// between is large: it passes through the cache row by row and never exists as a whole.
#ifndef LOWERING_FUSE_JOINROWS_H
#define LOWERING_FUSE_JOINROWS_H

#include "mlir/IR/Operation.h"

namespace nnc {

/// The operations of one kernel, in program order; the last one's result is the kernel's.
using Group = llvm::SmallVector<mlir::Operation *>;

/// The class of kernels that hold several convolutions.
constexpr llvm::StringLiteral kConvChainClass = "conv_chain";

/// Joins the group of each depthwise convolution with that of the matrix product before it (the
/// expansion) and of the one behind it (the projection), which become 1x1 convolutions again: rows
/// of an image are visible there. Joined is what an image of more than `bytes` bytes lies between
/// that nothing else reads. Returns the groups in an order in which they can be outlined.
llvm::SmallVector<Group> joinRows(llvm::SmallVector<Group> groups, int64_t bytes);

/// Whether `joinRows` made the group.
bool isConvChain(const Group &group);

} // namespace nnc

#endif // LOWERING_FUSE_JOINROWS_H
