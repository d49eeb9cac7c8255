// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "lowering/compact/KnownElements.h"

#include "llvm/ADT/STLExtras.h"

#include <functional>
#include <numeric>

using namespace llvm;

namespace nnc {

static int64_t multiply(ArrayRef<int64_t> extents) {
  return std::accumulate(extents.begin(), extents.end(), int64_t{1}, std::multiplies<>());
}

/// The next index in row-major order.
static void advance(MutableArrayRef<int64_t> index, ArrayRef<int64_t> shape) {
  for (size_t axis = shape.size(); axis-- > 0;) {
    if (++index[axis] < shape[axis])
      return;
    index[axis] = 0;
  }
}

KnownElements::KnownElements(ArrayRef<int64_t> shape, std::vector<Number> numbers)
    : shape(shape), numbers(std::move(numbers)) {
  forgetIfNothing();
}

KnownElements KnownElements::generate(ArrayRef<int64_t> shape,
                                      function_ref<Number(ArrayRef<int64_t>)> get) {
  int64_t count = multiply(shape);
  if (count > kMost)
    return KnownElements(shape.size());
  std::vector<Number> numbers;
  SmallVector<int64_t> index(shape.size(), 0);
  for (int64_t i = 0; i < count; ++i, advance(index, shape))
    numbers.push_back(get(index));
  return {shape, std::move(numbers)};
}

bool KnownElements::isAnyKnown() const {
  return any_of(numbers, [](Number number) { return number.has_value(); });
}

bool KnownElements::areAllKnown() const {
  return all_of(numbers, [](Number number) { return number.has_value(); });
}

KnownElements::Number KnownElements::at(ArrayRef<int64_t> index) const {
  int64_t offset = 0;
  for (auto [extent, position] : zip_equal(shape, index))
    offset = offset * extent + (extent == 1 ? 0 : position);
  return numbers[offset];
}

KnownElements::Number KnownElements::getUniform(int64_t axis, int64_t position) const {
  int64_t extent = shape[axis], inner = multiply(ArrayRef(shape).drop_front(axis + 1));
  int64_t outer = static_cast<int64_t>(numbers.size()) / extent / inner;
  int64_t first = (extent == 1 ? 0 : position) * inner;
  for (int64_t i = 0; i < outer; ++i)
    for (int64_t k = 0; k < inner; ++k)
      if (numbers[first + i * extent * inner + k] != numbers[first])
        return std::nullopt;
  return numbers[first];
}

KnownElements KnownElements::reshape(ArrayRef<int64_t> from, ArrayRef<int64_t> to) const {
  // Groups of dimensions that nothing depends on stay 1; the others are spread out.
  SmallVector<int64_t> source(from.size(), 1), target(to.size(), 1);
  for (const ReshapeGroup &group : getReshapeGroups(from, to)) {
    if (all_of(group.from, [&](int64_t axis) { return shape[axis] == 1; }))
      continue;
    for (int64_t axis : group.from)
      source[axis] = from[axis];
    for (int64_t axis : group.to)
      target[axis] = to[axis];
  }
  KnownElements wide = generate(source, [&](ArrayRef<int64_t> index) { return at(index); });
  return wide.isAnyKnown() ? KnownElements(target, std::move(wide.numbers))
                           : KnownElements(to.size());
}

void KnownElements::forgetIfNothing() {
  if (isAnyKnown())
    return;
  shape.assign(shape.size(), 1);
  numbers.assign(1, std::nullopt);
}

SmallVector<ReshapeGroup> getReshapeGroups(ArrayRef<int64_t> from, ArrayRef<int64_t> to) {
  SmallVector<ReshapeGroup> groups;
  size_t i = 0, k = 0;
  while (i < from.size() || k < to.size()) {
    ReshapeGroup group;
    int64_t left = 1, right = 1;
    do {
      if (k == to.size() || (i < from.size() && left <= right)) {
        left *= from[i];
        group.from.push_back(i++);
      } else {
        right *= to[k];
        group.to.push_back(k++);
      }
    } while (left != right);
    groups.push_back(std::move(group));
  }
  return groups;
}

} // namespace nnc
