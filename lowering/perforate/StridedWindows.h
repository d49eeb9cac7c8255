// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Separable masks as strided loops: windows at kept positions that are evenly spaced, over pixels
// that are.
#ifndef LOWERING_PERFORATE_STRIDEDWINDOWS_H
#define LOWERING_PERFORATE_STRIDEDWINDOWS_H

#include "lowering/perforate/PixelLists.h"
#include "lowering/perforate/Taps.h"

#include <optional>

namespace nnc {

/// Windows along one axis. Window i reads, by its tap k, the kept row stride * i + offsets[k], or
/// padding where there is none. Taps that read the same row of every window share an offset.
struct StridedAxis {
  int64_t extent; // kept rows
  int64_t windows;
  int64_t stride;
  llvm::SmallVector<int64_t> offsets;

  int64_t getFirst() const { return *llvm::min_element(offsets); }
  int64_t getLast() const { return *llvm::max_element(offsets); }
  /// Between offsets; 1 where there is one.
  int64_t getDilation() const;
  /// Taps of a window that reads each offset once, evenly spaced.
  int64_t countTaps() const { return (getLast() - getFirst()) / getDilation() + 1; }
  /// Whether not all of these are among `offsets`.
  bool hasGaps() const;
  /// Zeros in front of the first row, or less than 0 where rows in front are never read; the same
  /// behind the last.
  int64_t getPadBefore() const { return -getFirst(); }
  int64_t getPadBehind() const { return stride * (windows - 1) + getLast() - extent + 1; }
};

/// The windows of a layer over an image of kept rows x kept columns.
struct StridedWindows {
  StridedAxis rows, columns;

  int64_t countTaps() const { return rows.countTaps() * columns.countTaps(); }
  bool hasGaps() const { return rows.hasGaps() || columns.hasGaps(); }
};

/// The windows at the positions `kept` of the result as strided ones over the image `input`; or
/// std::nullopt where either is no product of rows and columns, or not evenly spaced.
std::optional<StridedWindows> findStridedWindows(const Windows &windows, const PixelList &input,
                                                 llvm::ArrayRef<int64_t> kept);

/// A filter KH x KW x C x K as these windows have it: the sum of taps that read the same pixel.
/// Null where that is to be computed of what is no constant.
mlir::Value mergeTaps(mlir::OpBuilder &builder, mlir::Value filter, const StridedWindows &windows);

/// The kept pixels as an image N x rows x columns x C that windows with these `pads` (top, left,
/// bottom, right) read; rows and columns that none reads are left out.
mlir::Value makeKeptImage(mlir::OpBuilder &builder, mlir::Location at, mlir::Value pixels,
                          const StridedWindows &windows, llvm::SmallVectorImpl<int64_t> &pads);

} // namespace nnc

#endif // LOWERING_PERFORATE_STRIDEDWINDOWS_H
