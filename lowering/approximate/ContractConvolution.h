// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// In which form a convolution whose filter is a tensor train is computed.
#ifndef LOWERING_APPROXIMATE_CONTRACTCONVOLUTION_H
#define LOWERING_APPROXIMATE_CONTRACTCONVOLUTION_H

#include "lowering/approximate/ContractionPlan.h"

#include <string>

namespace nnc {

/// What a convolution has become.
struct ContractedConvolution {
  /// Of the type of the operation's output.
  mlir::Value output;
  /// For people: "cores of 4->4 32->32, first to last".
  std::string form;
  /// Of the weights that are left after merging, and of one execution.
  int64_t parameters, flops;
};

/// Writes the cheapest form of `op` in front of it, by a count of time: the train in one kernel in
/// either order, a convolution to the ranks behind the cores that hold all input channels with the
/// rest of the train after it, or the dense layer. `runs`, if there are any, say which cores are
/// merged; all of them as one are the dense layer. `op` stays.
ContractedConvolution contractConvolution(TtConv2dOp op, llvm::ArrayRef<int64_t> runs,
                                          const PlanLimits &limits);

} // namespace nnc

#endif // LOWERING_APPROXIMATE_CONTRACTCONVOLUTION_H
