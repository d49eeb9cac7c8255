// SPDX-License-Identifier: 0BSD
//
// Ensembles of small decision trees: every node rules out leaves, and the first leaf that is left
// is the one (Lucchese et al., QuickScorer, SIGIR 2015). No comparison waits for another one.

#ifndef NNC_RUNTIME_TREE_MASKS_H
#define NNC_RUNTIME_TREE_MASKS_H

#include "vec.h"

/// Bytes of a register where it is expanded: a file may have its kernels for several levels.
#define NNC_MASK_BYTES (NNC_X86_LEVEL >= 4 ? 64 : NNC_X86_LEVEL == 3 ? 32 : 16)

namespace nnc {
namespace {

/// Trees in groups; comparisons starts[g] ... starts[g + 1] - 1 are those of group g. Comparison p
/// reads one column and has a threshold and a mask for each tree of the group; where the column is
/// not less, a tree keeps the leaves whose bits are set. A tree has `leaves` values.
template <class T> struct TreeMasks {
  const std::int32_t *starts, *columns;
  const T *thresholds;
  const SignedOfSize<sizeof(T)> *masks;
  const T *values;
  Index trees, leaves;
};

NNC_INLINE Index lowestBit(std::int32_t bits) {
#ifdef __GNUC__
  return __builtin_ctz(static_cast<unsigned>(bits));
#else
  Index place = 0;
  for (; (bits >> place & 1) == 0; ++place)
    ;
  return place;
#endif
}
NNC_INLINE Index lowestBit(std::int64_t bits) {
  const auto low = static_cast<std::int32_t>(bits & 0xffffffff);
  return low != 0 ? lowestBit(low) : 32 + lowestBit(static_cast<std::int32_t>(bits >> 32));
}

/// The sum over all trees, in their order, of one row: trees of a group are lanes.
template <int width, int bytes, class T>
NNC_INLINE T sumTreesOfRow(const TreeMasks<T> &trees, const T *x) {
  using Mask = SignedOfSize<sizeof(T)>;
  constexpr int n = bytes / static_cast<int>(sizeof(T)), parts = width / n;
  T sum = 0;
  for (Index group = 0; group * width < trees.trees; ++group) {
    Vec<Mask, n> left[parts];
    for (Vec<Mask, n> &part : left)
      part = splat<Vec<Mask, n>>(-1);
    for (Index at = trees.starts[group]; at < trees.starts[group + 1]; ++at) {
      const auto value = splat<Vec<T, n>>(x[trees.columns[at]]);
      for (Index part = 0; part < parts; ++part) {
        const Index entry = at * width + part * n;
        const auto isLess = value < load<Vec<T, n>>(trees.thresholds + entry);
        left[part] =
            left[part] & (convert<Vec<Mask, n>>(isLess) | load<Vec<Mask, n>>(trees.masks + entry));
      }
    }
    Mask masks[width];
    for (Index part = 0; part < parts; ++part)
      store(masks + part * n, left[part]);
    const Index first = group * width;
    for (Index tree = first; tree < trees.trees && tree < first + width; ++tree)
      sum += trees.values[tree * trees.leaves + lowestBit(masks[tree - first])];
  }
  return sum;
}

/// The sums of bytes / sizeof(T) * parts rows, which are lanes: row i of column c is x[c stride +
/// i].
template <int parts, int bytes, class T>
NNC_INLINE void sumTreesOfRows(const TreeMasks<T> &trees, const T *x, Index stride, T *out,
                               Index outStride) {
  using Mask = SignedOfSize<sizeof(T)>;
  constexpr int n = bytes / static_cast<int>(sizeof(T)), rows = n * parts;
  T sums[rows] = {};
  for (Index tree = 0; tree < trees.trees; ++tree) {
    Vec<Mask, n> left[parts];
    for (Vec<Mask, n> &part : left)
      part = splat<Vec<Mask, n>>(-1);
    for (Index at = trees.starts[tree]; at < trees.starts[tree + 1]; ++at) {
      const T *const column = x + trees.columns[at] * stride;
      const auto threshold = splat<Vec<T, n>>(trees.thresholds[at]);
      const auto mask = splat<Vec<Mask, n>>(trees.masks[at]);
      for (Index part = 0; part < parts; ++part) {
        const auto isLess = load<Vec<T, n>>(column + part * n) < threshold;
        left[part] = left[part] & (convert<Vec<Mask, n>>(isLess) | mask);
      }
    }
    Mask masks[rows];
    for (Index part = 0; part < parts; ++part)
      store(masks + part * n, left[part]);
    for (Index row = 0; row < rows; ++row)
      sums[row] += trees.values[tree * trees.leaves + lowestBit(masks[row])];
  }
  for (Index row = 0; row < rows; ++row)
    out[row * outStride] = sums[row];
}

/// Sums of `rows` rows, at least as many as a register has lanes.
template <int bytes, class T>
NNC_INLINE void sumTreesOfAllRows(const TreeMasks<T> &trees, const T *x, Index stride, T *out,
                                  Index outStride, Index rows) {
  constexpr Index n = bytes / static_cast<Index>(sizeof(T));
  Index row = 0;
  for (; row + 8 * n <= rows; row += 8 * n)
    sumTreesOfRows<8, bytes>(trees, x + row, stride, out + row * outStride, outStride);
  for (; row < rows; row += n) {
    // The last rows once more, where a register has more of them.
    const Index first = row + n <= rows ? row : rows - n;
    sumTreesOfRows<1, bytes>(trees, x + first, stride, out + first * outStride, outStride);
  }
}

} // namespace
} // namespace nnc

#endif // NNC_RUNTIME_TREE_MASKS_H
