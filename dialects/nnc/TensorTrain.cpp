// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Types and constraints of layers whose weights are tensor trains; the labels are those of
// TensorTrain.td.
#include "dialects/nnc/InferenceDiagnostics.h"
#include "dialects/nnc/Nnc.h"

using namespace mlir;
using namespace nnc;

namespace {

ArrayRef<int64_t> getShape(Value value) {
  return cast<RankedTensorType>(value.getType()).getShape();
}

/// The product of one dimension of all cores: 1 of the input modes, 2 of the output modes.
int64_t multiplyModes(ValueRange cores, unsigned dimension) {
  int64_t product = 1;
  for (Value core : cores)
    product *= getShape(core)[dimension];
  return product;
}

/// Whether the cores are a train that begins with `firstRank` and ends with 1.
LogicalResult checkRanks(std::optional<Location> location, StringRef label, ValueRange cores,
                         int64_t firstRank) {
  int64_t rank = firstRank;
  for (auto [index, core] : llvm::enumerate(cores)) {
    ArrayRef<int64_t> shape = getShape(core);
    if (shape[0] != rank)
      return reject(location, label, " core ", index, " begins with rank ", shape[0],
                    ", but must begin with ", rank);
    rank = shape[3];
  }
  if (rank != 1)
    return reject(location, label, " the last core ends with rank ", rank, ", but must end with 1");
  return success();
}

LogicalResult checkInput(std::optional<Location> location, ValueRange cores, int64_t channels,
                         StringRef what) {
  int64_t product = multiplyModes(cores, 1);
  if (product == channels)
    return success();
  return reject(location, "(C3) the input modes multiply to ", product, ", but there are ",
                channels, " ", what);
}

LogicalResult checkBias(std::optional<Location> location, Value bias, int64_t outputs) {
  if (!bias || getShape(bias)[0] == outputs)
    return success();
  return reject(location, "(C4) bias has ", getShape(bias)[0],
                " elements, but the output modes multiply to ", outputs);
}

bool allAtLeast(ArrayRef<int64_t> values, size_t count, int64_t least) {
  return values.size() == count && llvm::all_of(values, [&](int64_t v) { return v >= least; });
}

/// The extent of a convolution's output along an axis of the image; an error where the window does
/// not fit.
FailureOr<int64_t> inferExtent(std::optional<Location> location, TtConv2dOp::Adaptor adaptor,
                               int axis) {
  int64_t padded = getShape(adaptor.getInput())[axis + 1] + adaptor.getPads()[axis] +
                   adaptor.getPads()[axis + 2];
  int64_t window = adaptor.getDilations()[axis] * (getShape(adaptor.getSpatial())[axis] - 1) + 1;
  if (window > padded)
    return reject(location, "(C5) the dilated window of ", window, axis == 0 ? " rows" : " columns",
                  " does not fit into the padded input of ", padded);
  return (padded - window) / adaptor.getStrides()[axis] + 1;
}

} // namespace

LogicalResult TtLinearOp::inferReturnTypes(MLIRContext *, std::optional<Location> location,
                                           Adaptor adaptor, SmallVectorImpl<Type> &types) {
  auto input = cast<RankedTensorType>(adaptor.getInput().getType());
  ValueRange cores = adaptor.getCores();
  if (cores.empty())
    return reject(location, "(C1) there must be at least one core");
  int64_t outputs = multiplyModes(cores, 2);
  if (failed(checkRanks(location, "(C2)", cores, 1)) ||
      failed(checkInput(location, cores, input.getDimSize(1), "input columns")) ||
      failed(checkBias(location, adaptor.getBias(), outputs)))
    return failure();
  types.push_back(input.clone({input.getDimSize(0), outputs}));
  return success();
}

LogicalResult TtConv2dOp::inferReturnTypes(MLIRContext *, std::optional<Location> location,
                                           Adaptor adaptor, SmallVectorImpl<Type> &types) {
  auto input = cast<RankedTensorType>(adaptor.getInput().getType());
  ValueRange cores = adaptor.getCores();
  if (!allAtLeast(adaptor.getStrides(), 2, 1) || !allAtLeast(adaptor.getDilations(), 2, 1))
    return reject(location, "(C1) strides [", adaptor.getStrides(), "] and dilations [",
                  adaptor.getDilations(), "] must each be two numbers of at least 1");
  if (!allAtLeast(adaptor.getPads(), 4, 0))
    return reject(location, "(C1) pads [", adaptor.getPads(),
                  "] must be four numbers of at least 0");
  if (cores.empty())
    return reject(location, "(C2) there must be at least one core");
  int64_t outputs = multiplyModes(cores, 2);
  if (failed(checkRanks(location, "(C2)", cores, getShape(adaptor.getSpatial())[2])) ||
      failed(checkInput(location, cores, input.getDimSize(3), "input channels")) ||
      failed(checkBias(location, adaptor.getBias(), outputs)))
    return failure();
  FailureOr<int64_t> rows = inferExtent(location, adaptor, 0);
  FailureOr<int64_t> columns = failed(rows) ? rows : inferExtent(location, adaptor, 1);
  if (failed(columns))
    return failure();
  types.push_back(input.clone({input.getDimSize(0), *rows, *columns, outputs}));
  return success();
}

LogicalResult TtMergeOp::inferReturnTypes(MLIRContext *, std::optional<Location> location,
                                          Adaptor adaptor, SmallVectorImpl<Type> &types) {
  auto first = cast<RankedTensorType>(adaptor.getFirst().getType());
  ArrayRef<int64_t> a = first.getShape(), b = getShape(adaptor.getSecond());
  if (a[3] != b[0])
    return reject(location, "(C1) the first core ends with rank ", a[3],
                  ", but the second begins with ", b[0]);
  types.push_back(first.clone({a[0], a[1] * b[1], a[2] * b[2], b[3]}));
  return success();
}
