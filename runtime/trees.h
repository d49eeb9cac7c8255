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

/// Trees as tables: of node n, nodes[2 n] is the column it compares, nodes[2 n + 1] its lower child;
/// the other one is behind it. A leaf is its own child and has `targets` values.
template <class T> struct TreeTables {
  const std::int32_t *roots, *nodes;
  const T *thresholds, *values;
  std::ptrdiff_t trees, targets;
};

/// Goes one node down; 0 where it stays.
template <class T>
inline std::int32_t descend(const TreeTables<T> &tables, const T *x, std::int32_t &node) noexcept {
  const std::int32_t *const entry = tables.nodes + 2 * static_cast<std::ptrdiff_t>(node);
  const std::int32_t lower = entry[1];
  const std::int32_t next = lower + (x[entry[0]] < tables.thresholds[node] ? 0 : 1);
  const std::int32_t from = node;
  node = lower == from ? from : next;
  return node ^ from;
}

/// Goes down to the leaves from all nodes at once: while one waits for memory, the others go on.
template <class T, std::size_t... lane>
inline void descendAll(const TreeTables<T> &tables, const T *const *x, std::int32_t *nodes,
                       std::index_sequence<lane...>) noexcept {
  const T *const rows[] = {x[lane]...};
  std::int32_t at[] = {nodes[lane]...};
  while ((descend(tables, rows[lane], at[lane]) | ...) != 0) {
  }
  ((nodes[lane] = at[lane]), ...);
}

template <class T>
inline void addLeaf(const TreeTables<T> &tables, std::int32_t node, T *out) noexcept {
  const T *const values = tables.values + node * tables.targets;
  for (std::ptrdiff_t target = 0; target < tables.targets; ++target)
    out[target] += values[target];
}

/// Sums over all trees, in their order, of each row of x.
template <class T>
inline void sumTrees(const TreeTables<T> &tables, const T *x, std::ptrdiff_t rows,
                     std::ptrdiff_t columns, T *out) noexcept {
  constexpr std::ptrdiff_t kLanes = 8;
  using Lanes = std::make_index_sequence<kLanes>;
  for (std::ptrdiff_t i = 0; i < rows * tables.targets; ++i)
    out[i] = T(0);
  const T *from[kLanes];
  std::int32_t nodes[kLanes];
  std::ptrdiff_t row = 0;
  // Eight rows go through a tree together; of fewer rows each goes through eight trees.
  for (; row + kLanes <= rows; row += kLanes)
    for (std::ptrdiff_t tree = 0; tree < tables.trees; ++tree) {
      for (std::ptrdiff_t lane = 0; lane < kLanes; ++lane) {
        from[lane] = x + (row + lane) * columns;
        nodes[lane] = tables.roots[tree];
      }
      descendAll(tables, from, nodes, Lanes());
      for (std::ptrdiff_t lane = 0; lane < kLanes; ++lane)
        addLeaf(tables, nodes[lane], out + (row + lane) * tables.targets);
    }
  for (; row < rows; ++row)
    for (std::ptrdiff_t tree = 0; tree < tables.trees; tree += kLanes) {
      const std::ptrdiff_t left = tables.trees - tree, count = left < kLanes ? left : kLanes;
      for (std::ptrdiff_t lane = 0; lane < kLanes; ++lane) {
        from[lane] = x + row * columns;
        nodes[lane] = tables.roots[lane < count ? tree + lane : tree];
      }
      descendAll(tables, from, nodes, Lanes());
      for (std::ptrdiff_t lane = 0; lane < count; ++lane)
        addLeaf(tables, nodes[lane], out + row * tables.targets);
    }
}

} // namespace
} // namespace nnc

#endif // NNC_RUNTIME_TREES_H
