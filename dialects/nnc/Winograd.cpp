// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Types and constraints of Winograd's convolution; the labels are those of Winograd.td.
#include "dialects/nnc/Constants.h"
#include "dialects/nnc/InferenceDiagnostics.h"
#include "dialects/nnc/Nnc.h"

using namespace mlir;
using namespace nnc;

static bool isTile(int64_t tile) { return tile == 2 || tile == 4; }

LogicalResult WinogradFilterOp::inferReturnTypes(MLIRContext *, std::optional<Location> location,
                                                 Adaptor adaptor, SmallVectorImpl<Type> &types) {
  auto filter = cast<RankedTensorType>(adaptor.getFilter().getType());
  auto tile = static_cast<int64_t>(adaptor.getTile());
  if (!isTile(tile))
    return reject(location, "(C1) tile is ", tile, ", but must be 2 or 4");
  ArrayRef<int64_t> taps = filter.getShape();
  if (taps[0] != 3 || taps[1] != 3)
    return reject(location, "(C2) the filter is ", taps[0], " x ", taps[1], ", but must be 3 x 3");
  types.push_back(filter.clone({tile + 2, tile + 2, taps[2], taps[3]}));
  return success();
}

/// Checks (C1) to (C4) of both convolutions; the shape of the whole output.
template <typename Adaptor>
static FailureOr<SmallVector<int64_t>> checkConvolution(std::optional<Location> location,
                                                        Adaptor adaptor) {
  auto input = cast<RankedTensorType>(adaptor.getInput().getType());
  ArrayRef<int64_t> shape = input.getShape(), pads = adaptor.getPads();
  ArrayRef<int64_t> taps = cast<RankedTensorType>(adaptor.getFilter().getType()).getShape();
  auto tile = static_cast<int64_t>(adaptor.getTile());
  if (!isTile(tile))
    return reject(location, "(C1) tile is ", tile, ", but must be 2 or 4");
  if (pads.size() != 4 || llvm::any_of(pads, [](int64_t pad) { return pad < 0; }))
    return reject(location, "(C1) pads [", pads, "] must be four numbers of at least 0");
  if (taps[0] != tile + 2 || taps[1] != tile + 2 || taps[2] != shape[3])
    return reject(location, "(C2) the filter is ", taps[0], " x ", taps[1], " x ", taps[2],
                  ", but must be ", tile + 2, " x ", tile + 2, " x ", shape[3]);
  if (Value bias = adaptor.getBias()) {
    int64_t given = cast<RankedTensorType>(bias.getType()).getDimSize(0);
    if (given != taps[3])
      return reject(location, "(C3) bias has ", given, " elements, but there are ", taps[3],
                    " output channels");
  }
  int64_t rows = shape[1] + pads[0] + pads[2], columns = shape[2] + pads[1] + pads[3];
  if (rows < 3 || columns < 3)
    return reject(location, "(C4) the padded input is ", rows, " x ", columns,
                  ", but must be at least 3 x 3");
  return SmallVector<int64_t>{shape[0], rows - 2, columns - 2, taps[3]};
}

LogicalResult WinogradConv2dOp::inferReturnTypes(MLIRContext *, std::optional<Location> location,
                                                 Adaptor adaptor, SmallVectorImpl<Type> &types) {
  FailureOr<SmallVector<int64_t>> shape = checkConvolution(location, adaptor);
  if (failed(shape))
    return failure();
  types.push_back(cast<RankedTensorType>(adaptor.getInput().getType()).clone(*shape));
  return success();
}

/// (C5).
static LogicalResult checkTiles(std::optional<Location> location,
                                PerforatedWinogradConv2dOp::Adaptor adaptor,
                                ArrayRef<int64_t> output) {
  ArrayRef<int64_t> shape = cast<RankedTensorType>(adaptor.getTiles().getType()).getShape();
  auto columns = static_cast<int64_t>(adaptor.getColumns()),
       tile = static_cast<int64_t>(adaptor.getTile());
  if (columns < 1 || shape[0] < columns || shape[0] % columns != 0 || shape[1] != 2)
    return reject(location, "(C5) tiles are ", adaptor.getTiles().getType(),
                  ", but must be two numbers for each of whole rows of ", columns);
  ElementsAttr constant = getConstant(adaptor.getTiles());
  std::optional<SmallVector<int64_t>> numbers = constant ? getIntegers(constant) : std::nullopt;
  for (auto [index, start] : llvm::enumerate(numbers.value_or(SmallVector<int64_t>())))
    if (start < 0 || start >= output[1 + index % 2] || start % tile != 0)
      return reject(location, "(C5) a tile begins at ", start, ", but must at a multiple of ", tile,
                    " below ", output[1 + index % 2]);
  return success();
}

LogicalResult PerforatedWinogradConv2dOp::inferReturnTypes(MLIRContext *,
                                                           std::optional<Location> location,
                                                           Adaptor adaptor,
                                                           SmallVectorImpl<Type> &types) {
  FailureOr<SmallVector<int64_t>> output = checkConvolution(location, adaptor);
  if (failed(output) || failed(checkTiles(location, adaptor, *output)))
    return failure();
  auto tile = static_cast<int64_t>(adaptor.getTile()),
       columns = static_cast<int64_t>(adaptor.getColumns());
  int64_t count = cast<RankedTensorType>(adaptor.getTiles().getType()).getDimSize(0);
  types.push_back(cast<RankedTensorType>(adaptor.getInput().getType())
                      .clone({(*output)[0], count / columns * tile, columns * tile, (*output)[3]}));
  return success();
}
