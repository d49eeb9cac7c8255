// SPDX-License-Identifier: 0BSD
//
// Lists of the rows of an image that are still computed.

#ifndef NNC_RUNTIME_ACTIVE_H
#define NNC_RUNTIME_ACTIVE_H

#include <cstddef>
#include <cstdint>
#include <cstring>

namespace nnc {
namespace {

/// The numbers of the true elements of `active`, in order, and zeros up to the next multiple of
/// `piece`. `positions` has room for all elements, in whole pieces.
[[maybe_unused]] inline void listActive(const bool *active, std::ptrdiff_t rows,
                                        std::ptrdiff_t piece, std::int32_t *positions,
                                        std::int32_t *count) noexcept {
  std::ptrdiff_t found = 0;
  for (std::ptrdiff_t row = 0; row < rows; ++row) {
    // Written where the next one belongs, whether or not the row is one: no branch to mispredict.
    positions[found] = static_cast<std::int32_t>(row);
    found += active[row] ? 1 : 0;
  }
  *count = static_cast<std::int32_t>(found);
  for (; found % piece != 0; ++found)
    positions[found] = 0;
}

/// As `listActive`, of the rows that windows at the first `listedCount` positions of `listed` read:
/// `taps` numbers a window; those that are no less than `rows` are padding. `marks` has room for
/// `rows` elements.
[[maybe_unused]] inline void listRead(const std::int32_t *listed, std::int32_t listedCount,
                                      const std::int32_t *taps, std::ptrdiff_t windowTaps,
                                      std::ptrdiff_t rows, std::ptrdiff_t piece,
                                      std::int32_t *positions, std::int32_t *count,
                                      bool *marks) noexcept {
  std::memset(marks, 0, static_cast<std::size_t>(rows) + 1);
  for (std::int32_t i = 0; i < listedCount; ++i) {
    const std::int32_t *window = taps + listed[i] * windowTaps;
    for (std::ptrdiff_t tap = 0; tap < windowTaps; ++tap)
      marks[window[tap] < rows ? window[tap] : rows] = true;
  }
  listActive(marks, rows, piece, positions, count);
}

/// Copies the first `count` rows of a list to their positions in an image.
template <class T>
inline void updateRows(const T *rows, const std::int32_t *positions, std::int32_t count,
                       std::ptrdiff_t channels, T *image) noexcept {
  for (std::int32_t i = 0; i < count; ++i)
    std::memcpy(image + positions[i] * channels, rows + i * channels,
                static_cast<std::size_t>(channels) * sizeof(T));
}

} // namespace
} // namespace nnc

#endif // NNC_RUNTIME_ACTIVE_H
