// SPDX-License-Identifier: 0BSD
//
// Ensembles of decision trees.

#ifndef NNC_RUNTIME_TREES_H
#define NNC_RUNTIME_TREES_H

#include <cstddef>
#include <cstdint>
#include <utility>

namespace nnc {
namespace {

/// Trees as tables: roots and depths in turn; of node n, nodes[2 n] is the column it compares,
/// nodes[2 n + 1] its lower child; the other one is behind it. A leaf is its own lower child,
/// compares so that it stays, and has `targets` values.
template <class T> struct TreeTables {
  const std::int32_t *roots, *nodes;
  const T *thresholds, *values;
  std::ptrdiff_t trees, targets;
};

template <class T>
inline std::ptrdiff_t descend(const TreeTables<T> &tables, const T *x,
                              std::ptrdiff_t node) noexcept {
  const std::int32_t *const entry = tables.nodes + 2 * node;
  return entry[1] + static_cast<std::ptrdiff_t>(!(x[entry[0]] < tables.thresholds[node]));
}

template <class T>
inline void addLeaf(const TreeTables<T> &tables, std::ptrdiff_t node, T *out) noexcept {
  const T *const values = tables.values + node * tables.targets;
  for (std::ptrdiff_t target = 0; target < tables.targets; ++target)
    out[target] += values[target];
}

/// One row through some trees at once: while one waits for memory, the others go on.
template <class T, std::size_t... lane>
inline void addTrees(const TreeTables<T> &tables, std::ptrdiff_t tree, const T *x, T *out,
                     std::index_sequence<lane...>) noexcept {
  const std::int32_t *const roots = tables.roots + 2 * tree;
  std::ptrdiff_t nodes[] = {roots[2 * lane]...};
  std::int32_t depth = 0;
  ((depth = roots[2 * lane + 1] > depth ? roots[2 * lane + 1] : depth), ...);
  for (std::int32_t level = 0; level < depth; ++level)
    ((nodes[lane] = descend(tables, x, nodes[lane])), ...);
  (addLeaf(tables, nodes[lane], out), ...);
}

/// Rows and their places in memory.
template <class T> struct TreeRows {
  const T *x;
  T *out;
  std::ptrdiff_t stride, outStride;
};

/// Some rows through one tree at once.
template <class T, std::size_t... lane>
inline void addRows(const TreeTables<T> &tables, std::ptrdiff_t tree, const TreeRows<T> &rows,
                    std::index_sequence<lane...>) noexcept {
  const std::int32_t *const root = tables.roots + 2 * tree;
  std::ptrdiff_t nodes[] = {(static_cast<void>(lane), root[0])...};
  for (std::int32_t level = 0; level < root[1]; ++level)
    ((nodes[lane] =
          descend(tables, rows.x + static_cast<std::ptrdiff_t>(lane) * rows.stride, nodes[lane])),
     ...);
  (addLeaf(tables, nodes[lane], rows.out + static_cast<std::ptrdiff_t>(lane) * rows.outStride),
   ...);
}

/// Sums over all trees, in their order, of `count` rows.
template <class T>
inline void sumTrees(const TreeTables<T> &tables, TreeRows<T> rows, std::ptrdiff_t count) noexcept {
  constexpr std::ptrdiff_t kLanes = 8;
  using Lanes = std::make_index_sequence<kLanes>;
  for (std::ptrdiff_t row = 0; row < count; ++row)
    for (std::ptrdiff_t target = 0; target < tables.targets; ++target)
      rows.out[row * rows.outStride + target] = T(0);
  for (; count >= kLanes; count -= kLanes) {
    for (std::ptrdiff_t tree = 0; tree < tables.trees; ++tree)
      addRows(tables, tree, rows, Lanes());
    rows.x += kLanes * rows.stride;
    rows.out += kLanes * rows.outStride;
  }
  for (std::ptrdiff_t row = 0; row < count; ++row) {
    const T *const x = rows.x + row * rows.stride;
    T *const out = rows.out + row * rows.outStride;
    std::ptrdiff_t tree = 0;
    for (; tree + kLanes <= tables.trees; tree += kLanes)
      addTrees(tables, tree, x, out, Lanes());
    for (; tree < tables.trees; ++tree)
      addTrees(tables, tree, x, out, std::make_index_sequence<1>());
  }
}

} // namespace
} // namespace nnc

#endif // NNC_RUNTIME_TREES_H
