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

/// to[i] |= from[i] for `count` booleans.
inline void joinMarks(const bool *from, std::ptrdiff_t count, bool *to) noexcept {
  std::ptrdiff_t i = 0;
  for (std::uint64_t marks[2]; i + 8 <= count; i += 8) {
    std::memcpy(&marks[0], from + i, 8);
    std::memcpy(&marks[1], to + i, 8);
    marks[1] |= marks[0];
    std::memcpy(to + i, &marks[1], 8);
  }
  for (; i < count; ++i)
    to[i] = to[i] || from[i];
}

/// Windows over images, along rows and columns.
struct ActiveWindows {
  std::ptrdiff_t images, height, width;
  std::ptrdiff_t taps[2], dilations[2], pads[2];
};

/// Which positions the windows of true positions of `active` read.
[[maybe_unused]] inline void windowMask(const bool *active, const ActiveWindows &windows,
                                        bool *read) noexcept {
  const std::ptrdiff_t width = windows.width, size = windows.height * width;
  std::memset(read, 0, static_cast<std::size_t>(windows.images * size));
  for (std::ptrdiff_t image = 0; image < windows.images; ++image, active += size, read += size)
    for (std::ptrdiff_t i = 0; i < windows.taps[0]; ++i)
      for (std::ptrdiff_t j = 0; j < windows.taps[1]; ++j) {
        const std::ptrdiff_t down = i * windows.dilations[0] - windows.pads[0],
                             right = j * windows.dilations[1] - windows.pads[1];
        const std::ptrdiff_t top = down < 0 ? -down : 0, left = right < 0 ? -right : 0;
        const std::ptrdiff_t bottom = windows.height - (down > 0 ? down : 0),
                             end = width - (right > 0 ? right : 0);
        for (std::ptrdiff_t y = top; y < bottom; ++y)
          joinMarks(active + y * width + left, end - left,
                    read + (y + down) * width + left + right);
      }
}

/// Copies the first `count` rows of a list to their positions in an image.
template <class T>
inline void updateRows(const T *rows, const std::int32_t *positions, std::ptrdiff_t count,
                       std::ptrdiff_t channels, T *image) noexcept {
  for (std::ptrdiff_t i = 0; i < count; ++i)
    std::memcpy(image + positions[i] * channels, rows + i * channels,
                static_cast<std::size_t>(channels) * sizeof(T));
}

/// Likewise of one piece, the last of which has only `left` rows.
template <class T>
inline void updatePiece(const T *rows, const std::int32_t *positions, std::ptrdiff_t left,
                        std::ptrdiff_t piece, std::ptrdiff_t channels, T *image) noexcept {
  updateRows(rows, positions, left < piece ? left : piece, channels, image);
}

} // namespace
} // namespace nnc

#endif // NNC_RUNTIME_ACTIVE_H
