// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "lowering/perforate/TileList.h"

#include "mlir/Dialect/Arith/IR/Arith.h"

using namespace mlir;

namespace nnc {
namespace {

/// Tiles in a row of the image, at most: those of a register tile.
constexpr int64_t kMostColumns = 14;
/// Fewer channels fill no vectors.
constexpr int64_t kFewestChannels = 16;

ArrayRef<int64_t> getShape(Value value) {
  return cast<RankedTensorType>(value.getType()).getShape();
}

bool isWinograd(Conv2dOp conv) {
  auto isOne = [](int64_t n) { return n == 1; };
  ArrayRef<int64_t> filter = getShape(conv.getFilter());
  return conv.getGroups() == 1 && filter[0] == 3 && filter[1] == 3 &&
         std::min(filter[2], filter[3]) >= kFewestChannels &&
         llvm::all_of(conv.getStrides(), isOne) && llvm::all_of(conv.getDilations(), isOne) &&
         conv.getInput().getType().getElementType().isF32() &&
         conv.getFilter().getDefiningOp<arith::ConstantOp>();
}

/// Where the tiles begin that `kept` fills, or std::nullopt.
std::optional<SmallVector<int64_t, 0>> listStarts(ArrayRef<int64_t> kept, int64_t tile,
                                                  int64_t height, int64_t width) {
  SmallVector<int64_t, 0> starts;
  int64_t positions = 0;
  for (int64_t position : kept) {
    int64_t y = position / width, x = position % width;
    if (!llvm::binary_search(kept, y / tile * tile * width + x / tile * tile))
      return std::nullopt;
    if (y % tile != 0 || x % tile != 0)
      continue;
    starts.append({y, x});
    positions += std::min(tile, height - y) * std::min(tile, width - x);
  }
  if (positions != static_cast<int64_t>(kept.size()))
    return std::nullopt;
  return starts;
}

/// All in one row, or rows of so many that the fewest are missing in the last; between equals the
/// longest.
int64_t chooseColumns(int64_t tiles) {
  if (tiles <= kMostColumns)
    return tiles;
  int64_t best = kMostColumns;
  for (int64_t columns = kMostColumns - 1; columns > kMostColumns / 2; --columns)
    if (llvm::alignTo(tiles, columns) < llvm::alignTo(tiles, best))
      best = columns;
  return best;
}

} // namespace

PixelList TileList::makePixels(ArrayRef<int64_t> fill, int64_t height, int64_t width) const {
  PixelList list;
  list.kept.resize(countTiles() * tile * tile);
  SmallVector<int64_t, 0> pixels(height * width, -1);
  for (int64_t t = 0; t < countTiles(); ++t)
    for (int64_t y = 0; y < tile; ++y)
      for (int64_t x = 0; x < tile; ++x) {
        int64_t pixel = ((t / columns * tile + y) * columns + t % columns) * tile + x;
        int64_t row = starts[2 * t] + y, column = starts[2 * t + 1] + x;
        list.kept[pixel] = std::min(row, height - 1) * width + std::min(column, width - 1);
        if (row < height && column < width)
          pixels[row * width + column] = pixel;
      }
  for (int64_t position : fill)
    list.at.push_back(pixels[position]);
  return list;
}

std::optional<TileList> findTiles(Conv2dOp conv, ArrayRef<int64_t> kept) {
  if (!isWinograd(conv))
    return std::nullopt;
  ArrayRef<int64_t> output = getShape(conv.getOutput());
  for (int64_t tile : {4, 2}) {
    std::optional<SmallVector<int64_t, 0>> starts = listStarts(kept, tile, output[1], output[2]);
    if (!starts)
      continue;
    auto count = static_cast<int64_t>(starts->size()) / 2;
    TileList list{tile, 0, chooseColumns(count), std::move(*starts)};
    list.rows = llvm::divideCeilSigned(count, list.columns);
    while (static_cast<int64_t>(list.starts.size()) < 2 * list.countTiles())
      list.starts.append({list.starts[2 * count - 2], list.starts[2 * count - 1]});
    return list;
  }
  return std::nullopt;
}

Value buildTiles(OpBuilder &builder, Conv2dOp conv, Value image, const TileList &tiles) {
  Location at = conv.getLoc();
  RankedTensorType type = conv.getFilter().getType();
  ArrayRef<int64_t> taps = type.getShape();
  auto tile = static_cast<uint64_t>(tiles.tile);
  Value filter = WinogradFilterOp::create(
      builder, at, type.clone({tiles.tile + 2, tiles.tile + 2, taps[2], taps[3]}), conv.getFilter(),
      tile);
  Value table = makeTable(builder, at, tiles.starts, {tiles.countTiles(), 2}, "tiles");
  auto result =
      PerforatedWinogradConv2dOp::create(builder, at, image, filter, table, conv.getBias(), tile,
                                         static_cast<uint64_t>(tiles.columns), conv.getPads());
  int64_t pixels = tiles.countTiles() * tiles.tile * tiles.tile;
  return builder.createOrFold<ReshapeOp>(
      at, result.getType().clone({result.getType().getDimSize(0), pixels, taps[3]}), result);
}

} // namespace nnc
