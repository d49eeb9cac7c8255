// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "lowering/compact/KeptIndices.h"

#include "llvm/ADT/STLExtras.h"

using namespace llvm;
using namespace mlir;

namespace nnc {

IndexSets &KeptIndices::find(Value value) const {
  std::unique_ptr<IndexSets> &entry = sets[value];
  if (!entry) {
    entry = std::make_unique<IndexSets>();
    for (int64_t extent : cast<RankedTensorType>(value.getType()).getShape())
      entry->emplace_back(extent);
  }
  return *entry;
}

ArrayRef<BitVector> KeptIndices::get(Value value) const { return find(value); }

bool KeptIndices::isKept(Value value) const {
  ArrayRef<BitVector> of = get(value);
  return all_of(of, [](const BitVector &set) { return set.any(); });
}

bool KeptIndices::isWhole(Value value) const {
  ArrayRef<BitVector> of = get(value);
  return all_of(of, [](const BitVector &set) { return set.all(); });
}

void KeptIndices::add(Value value, int64_t axis, const BitVector &indices) {
  BitVector &set = find(value)[axis];
  if (!indices.test(set)) // all of them are in the set
    return;
  set |= indices;
  grown = true;
}

void KeptIndices::add(Value value, int64_t axis, int64_t index) {
  BitVector &set = find(value)[axis];
  grown |= !set.test(index);
  set.set(index);
}

void KeptIndices::addWhole(Value value, int64_t axis) {
  BitVector &set = find(value)[axis];
  grown |= !set.all();
  set.set();
}

void KeptIndices::addWhole(Value value) {
  for (int64_t axis = 0, rank = find(value).size(); axis < rank; ++axis)
    addWhole(value, axis);
}

void KeptIndices::unite(Value a, int64_t axisOfA, Value b, int64_t axisOfB) {
  BitVector ofB = find(b)[axisOfB];
  add(b, axisOfB, find(a)[axisOfA]);
  add(a, axisOfA, ofB);
}

SmallVector<int64_t> countKept(ArrayRef<BitVector> sets) {
  return map_to_vector(sets,
                       [](const BitVector &set) { return static_cast<int64_t>(set.count()); });
}

} // namespace nnc
