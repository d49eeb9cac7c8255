// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "dialects/nnc/TrainContraction.h"

using namespace mlir;

namespace nnc {

SmallVector<CoreExtents> getCoreExtents(ValueRange cores) {
  SmallVector<CoreExtents> extents;
  for (Value core : cores) {
    ArrayRef<int64_t> shape = cast<RankedTensorType>(core.getType()).getShape();
    extents.push_back({shape[0], shape[1], shape[2], shape[3]});
  }
  return extents;
}

CoreExtents merge(const CoreExtents &first, const CoreExtents &second) {
  return {first.before, first.input * second.input, first.output * second.output, second.after};
}

SmallVector<CoreExtents> mergeRuns(ArrayRef<CoreExtents> cores, ArrayRef<int64_t> runs) {
  SmallVector<CoreExtents> merged;
  for (int64_t run : runs) {
    CoreExtents all = cores.front();
    for (const CoreExtents &core : cores.slice(1, run - 1))
      all = merge(all, core);
    merged.push_back(all);
    cores = cores.drop_front(run);
  }
  return merged;
}

int64_t countElements(ArrayRef<CoreExtents> cores) {
  int64_t elements = 0;
  for (const CoreExtents &core : cores)
    elements += core.countElements();
  return elements;
}

ContractionStep getStep(ArrayRef<CoreExtents> cores, size_t k, ContractionOrder order) {
  bool isForward = order == ContractionOrder::FirstToLast;
  const CoreExtents &core = cores[k];
  ContractionStep step{1, core.output * (isForward ? core.after : core.before), 1, core.input,
                       isForward ? core.before : core.after};
  for (const CoreExtents &other : cores.take_front(k))
    step.outer *= isForward ? other.output : other.input;
  for (const CoreExtents &other : cores.drop_front(k + 1))
    step.inner *= isForward ? other.input : other.output;
  return step;
}

size_t getCoreOfStep(size_t cores, size_t n, ContractionOrder order) {
  return order == ContractionOrder::FirstToLast ? n : cores - 1 - n;
}

SmallVector<ContractionStep> listSteps(ArrayRef<CoreExtents> cores, ContractionOrder order) {
  SmallVector<ContractionStep> steps;
  for (size_t n = 0; n < cores.size(); ++n)
    steps.push_back(getStep(cores, getCoreOfStep(cores.size(), n, order), order));
  return steps;
}

int64_t countProducts(ArrayRef<CoreExtents> cores, ContractionOrder order) {
  int64_t products = 0;
  for (const ContractionStep &step : listSteps(cores, order))
    products += step.countProducts();
  return products;
}

int64_t getLargestState(ArrayRef<CoreExtents> cores, ContractionOrder order) {
  int64_t largest = 0;
  for (const ContractionStep &step : ArrayRef(listSteps(cores, order)).drop_back())
    largest = std::max(largest, step.countResults());
  return largest;
}

} // namespace nnc
