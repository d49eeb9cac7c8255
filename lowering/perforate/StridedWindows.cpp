// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "lowering/perforate/StridedWindows.h"

#include "dialects/nnc/Constants.h"
#include "dialects/nnc/Nnc.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"

#include "llvm/ADT/SetVector.h"

#include <numeric>

using namespace mlir;

namespace nnc {
namespace {

using Coordinates = SmallVector<int64_t, 0>;

/// Positions that are all of some rows x some columns.
struct Product {
  Coordinates rows, columns;

  int64_t countPositions() const { return static_cast<int64_t>(rows.size() * columns.size()); }
};

std::optional<Product> findProduct(ArrayRef<int64_t> positions, int64_t width) {
  Product product;
  for (int64_t position : positions) {
    if (product.rows.empty() || product.rows.back() < position / width)
      product.rows.push_back(position / width);
    if (position / width == positions.front() / width)
      product.columns.push_back(position % width);
  }
  if (product.countPositions() != static_cast<int64_t>(positions.size()))
    return std::nullopt;
  const int64_t *next = positions.begin();
  for (int64_t row : product.rows)
    for (int64_t column : product.columns)
      if (*next++ != row * width + column)
        return std::nullopt;
  return product;
}

/// Which kept row and column each row and column of the image has; or std::nullopt.
std::optional<Product> findCopies(const PixelList &input, const Windows &windows) {
  std::optional<Product> kept = findProduct(input.kept, windows.width);
  if (!kept || static_cast<int64_t>(input.at.size()) != windows.height * windows.width)
    return std::nullopt;
  auto columns = static_cast<int64_t>(kept->columns.size());
  Product copies;
  for (int64_t row = 0; row < windows.height; ++row)
    copies.rows.push_back(input.at[row * windows.width] / columns);
  for (int64_t column = 0; column < windows.width; ++column)
    copies.columns.push_back(input.at[column] % columns);
  for (auto [position, pixel] : llvm::enumerate(input.at))
    if (pixel !=
        copies.rows[position / windows.width] * columns + copies.columns[position % windows.width])
      return std::nullopt;
  return copies;
}

/// What tap k of window i reads, reads[i][k]; -1 in the padding.
using Reads = SmallVector<SmallVector<int64_t>>;

Reads listReads(const Windows &windows, int axis, ArrayRef<int64_t> kept,
                ArrayRef<int64_t> copies) {
  int64_t taps = axis == 0 ? windows.tapRows : windows.tapColumns;
  auto extent = static_cast<int64_t>(copies.size());
  Reads reads;
  for (int64_t window : kept) {
    SmallVector<int64_t> &row = reads.emplace_back();
    for (int64_t tap = 0; tap < taps; ++tap) {
      int64_t at =
          window * windows.strides[axis] - windows.pads[axis] + tap * windows.dilations[axis];
      row.push_back(at >= 0 && at < extent ? copies[at] : -1);
    }
  }
  return reads;
}

/// By how much neighbouring windows differ; 1 where they are one.
int64_t findStride(const Reads &reads) {
  for (size_t i = 1; i < reads.size(); ++i)
    for (auto [before, now] : llvm::zip_equal(reads[i - 1], reads[i]))
      if (before >= 0 && now >= 0)
        return now - before;
  return 1;
}

std::optional<StridedAxis> findAxis(const Reads &reads, int64_t extent) {
  StridedAxis axis{extent, static_cast<int64_t>(reads.size()), findStride(reads), {}};
  if (axis.stride < 1)
    return std::nullopt;
  for (size_t tap = 0; tap < reads.front().size(); ++tap) {
    const auto *inside = llvm::find_if(reads, [&](const auto &row) { return row[tap] >= 0; });
    if (inside == reads.end())
      return std::nullopt;
    axis.offsets.push_back((*inside)[tap] - axis.stride * (inside - reads.begin()));
  }
  for (auto [window, row] : llvm::enumerate(reads))
    for (auto [tap, read] : llvm::enumerate(row)) {
      int64_t at = axis.stride * static_cast<int64_t>(window) + axis.offsets[tap];
      if (read != (at >= 0 && at < extent ? at : -1))
        return std::nullopt;
    }
  return axis;
}

RankedTensorType getTensorType(Value value) { return cast<RankedTensorType>(value.getType()); }

bool isMerged(const StridedAxis &axis) {
  return axis.countTaps() != static_cast<int64_t>(axis.offsets.size());
}

} // namespace

int64_t StridedAxis::getDilation() const {
  int64_t step = 0;
  for (int64_t offset : offsets)
    step = std::gcd(step, offset - getFirst());
  return std::max<int64_t>(step, 1);
}

bool StridedAxis::hasGaps() const {
  llvm::SmallSetVector<int64_t, 8> distinct(offsets.begin(), offsets.end());
  return static_cast<int64_t>(distinct.size()) != countTaps();
}

std::optional<StridedWindows> findStridedWindows(const Windows &windows, const PixelList &input,
                                                 ArrayRef<int64_t> kept) {
  std::optional<Product> results = findProduct(kept, windows.outputColumns),
                         pixels = findProduct(input.kept, windows.width),
                         copies = findCopies(input, windows);
  if (!results || !copies)
    return std::nullopt;
  std::optional<StridedAxis> rows = findAxis(listReads(windows, 0, results->rows, copies->rows),
                                             static_cast<int64_t>(pixels->rows.size()));
  std::optional<StridedAxis> columns =
      findAxis(listReads(windows, 1, results->columns, copies->columns),
               static_cast<int64_t>(pixels->columns.size()));
  if (!rows || !columns)
    return std::nullopt;
  return StridedWindows{*rows, *columns};
}

Value mergeTaps(OpBuilder &builder, Value filter, const StridedWindows &windows) {
  const StridedAxis &rows = windows.rows, &columns = windows.columns;
  if (!isMerged(rows) && !isMerged(columns))
    return filter;
  std::optional<SmallVector<float, 0>> weights = getFloats(filter);
  if (!weights)
    return {};
  RankedTensorType type = getTensorType(filter);
  int64_t tapRows = type.getDimSize(0), tapColumns = type.getDimSize(1),
          size = type.getDimSize(2) * type.getDimSize(3);
  SmallVector<float, 0> merged(windows.countTaps() * size, 0);
  for (int64_t row = 0; row < tapRows; ++row)
    for (int64_t column = 0; column < tapColumns; ++column) {
      int64_t y = (rows.offsets[row] - rows.getFirst()) / rows.getDilation();
      int64_t x = (columns.offsets[column] - columns.getFirst()) / columns.getDilation();
      const float *from = weights->data() + (row * tapColumns + column) * size;
      float *to = merged.data() + (y * columns.countTaps() + x) * size;
      std::transform(from, from + size, to, to, std::plus<>());
    }
  ArrayRef<char> bytes(reinterpret_cast<const char *>(merged.data()),
                       merged.size() * sizeof(float));
  type =
      type.clone({rows.countTaps(), columns.countTaps(), type.getDimSize(2), type.getDimSize(3)});
  return arith::ConstantOp::create(builder, filter.getLoc(),
                                   cast<TypedAttr>(makeConstant(type, bytes, "weights")));
}

Value makeKeptImage(OpBuilder &builder, Location at, Value pixels, const StridedWindows &windows,
                    SmallVectorImpl<int64_t> &pads) {
  const StridedAxis &rows = windows.rows, &columns = windows.columns;
  RankedTensorType type = getTensorType(pixels);
  SmallVector<int64_t> shape{type.getDimSize(0), rows.extent, columns.extent, type.getDimSize(2)};
  Value image = builder.createOrFold<ReshapeOp>(at, type.clone(shape), pixels);
  SmallVector<int64_t> wanted{rows.getPadBefore(), columns.getPadBefore(), rows.getPadBehind(),
                              columns.getPadBehind()};
  SmallVector<OpFoldResult> offsets(4, builder.getIndexAttr(0)), sizes,
      strides(4, builder.getIndexAttr(1));
  for (int64_t pad : wanted)
    pads.push_back(std::max<int64_t>(pad, 0));
  for (int axis : {0, 1}) {
    int64_t before = std::max<int64_t>(-wanted[axis], 0),
            behind = std::max<int64_t>(-wanted[axis + 2], 0);
    if (behind < (axis == 0 ? rows : columns).stride) // too few for one more window
      behind = 0;
    offsets[axis + 1] = builder.getIndexAttr(before);
    shape[axis + 1] -= before + behind;
  }
  if (shape == getTensorType(image).getShape())
    return image;
  for (int64_t extent : shape)
    sizes.push_back(builder.getIndexAttr(extent));
  return tensor::ExtractSliceOp::create(builder, at, image, offsets, sizes, strides);
}

} // namespace nnc
