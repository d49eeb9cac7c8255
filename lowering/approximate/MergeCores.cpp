// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "lowering/approximate/MergeCores.h"

using namespace mlir;

namespace nnc {

Value mergeCores(OpBuilder &builder, Location at, ValueRange cores) {
  Value all = cores.front();
  for (Value core : cores.drop_front())
    all = TtMergeOp::create(builder, at, all, core);
  return all;
}

SmallVector<Value> mergeCoresInRuns(OpBuilder &builder, Location at, ValueRange cores,
                                    ArrayRef<int64_t> runs) {
  SmallVector<Value> merged;
  for (int64_t run : runs) {
    merged.push_back(mergeCores(builder, at, cores.take_front(run)));
    cores = cores.drop_front(run);
  }
  return merged;
}

} // namespace nnc
