// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "lowering/halting/ActiveDemands.h"

#include "dialects/nnc/Constants.h"
#include "dialects/nnc/Nnc.h"
#include "lowering/perforate/Pixelwise.h"

using namespace mlir;

namespace nnc {

static RankedTensorType getTensorType(Value value) {
  return cast<RankedTensorType>(value.getType());
}
static ArrayRef<int64_t> getShape(Value value) { return getTensorType(value).getShape(); }

int64_t countElements(Value value) { return getTensorType(value).getNumElements(); }

int64_t getChannels(Value value, int64_t rows) {
  ArrayRef<int64_t> shape = getShape(value);
  int64_t elements = countElements(value);
  bool hasRows = elements == rows || (!shape.empty() && elements == rows * shape.back());
  return hasRows ? elements / rows : 0;
}

Choice matchChoice(Operation *op) {
  auto select = dyn_cast<arith::SelectOp>(op);
  if (!select || !isa<RankedTensorType>(select.getCondition().getType()))
    return {};
  Value mask = select.getCondition();
  if (auto broadcast = mask.getDefiningOp<BroadcastOp>())
    mask = broadcast.getInput();
  if (getShape(mask).empty() || getShape(select).empty())
    return {};
  int64_t rows = countElements(mask);
  bool isByRow =
      mask == select.getCondition() || getShape(mask).drop_back() == getShape(select).drop_back();
  while (auto reshape = mask.getDefiningOp<ReshapeOp>())
    mask = reshape.getInput(); // of the same positions
  if (getShape(mask).size() != 4)
    return {};
  // Images, or all their positions as rows.
  ArrayRef<int64_t> shape = getShape(select);
  bool isImage = shape.size() == 4 && shape[0] == getShape(mask).front();
  bool isSpatial =
      rows > getShape(mask)[0] && (isImage || shape.size() == 2) && getChannels(select, rows) > 0;
  return isSpatial && isByRow ? Choice{select, mask} : Choice{};
}

Spread getSpread(Value operand, int64_t rows, int64_t channels) {
  if (getSplatNumber(operand))
    return Spread::Number;
  auto broadcast = operand.getDefiningOp<BroadcastOp>();
  if (!broadcast)
    return Spread::None;
  ArrayRef<int64_t> shape = getShape(broadcast.getInput());
  int64_t elements = countElements(broadcast.getInput());
  if (elements == 1 || (!shape.empty() && shape.back() == channels && elements == channels))
    return Spread::Channels;
  bool isByRow = !shape.empty() && shape.back() == 1 && elements == rows;
  return isByRow ? Spread::Positions : Spread::None;
}

namespace {

/// Whether a layer computes the rows of its result from those of its input.
bool isLayerOfRows(Operation *op, int64_t rows) {
  if (!isa<Conv2dOp, LinearOp>(op) ||
      countElements(op->getResult(0)) != rows * getShape(op->getResult(0)).back())
    return false;
  auto conv = dyn_cast<Conv2dOp>(op);
  if (!conv)
    return true;
  bool isDepthwise =
      conv.isDepthwise() && getShape(conv.getInput()).back() == getShape(conv.getOutput()).back();
  return getShape(conv.getInput()).drop_back() == getShape(conv.getOutput()).drop_back() &&
         (conv.getGroups() == 1 || isDepthwise);
}

/// Whether rows of `op`'s result can be computed from rows of its operands.
bool isRowwise(Operation *op, int64_t rows) {
  if (isa<Conv2dOp, LinearOp>(op))
    return isLayerOfRows(op, rows);
  if (op->getNumResults() != 1 || matchChoice(op))
    return false;
  Value result = op->getResult(0);
  int64_t channels = getChannels(result, rows);
  if (isa<ReshapeOp>(op))
    return channels > 0 && getChannels(op->getOperand(0), rows) == channels;
  return isPointwise(op) && channels > 0 && llvm::all_of(op->getOperands(), [&](Value operand) {
           auto type = dyn_cast<RankedTensorType>(operand.getType());
           bool isByChannel = isa<BatchNormOp>(op) && type && type.getRank() == 1;
           return type && (isByChannel || getSpread(operand, rows, channels) != Spread::None ||
                           getChannels(operand, rows) == channels);
         });
}

bool haveSameWindows(Conv2dOp a, Conv2dOp b) {
  if (!a || !b)
    return !a && !b;
  return getShape(a.getFilter()).take_front(2) == getShape(b.getFilter()).take_front(2) &&
         a.getPads() == b.getPads() && a.getDilations() == b.getDilations();
}

} // namespace

Value ActiveDemands::get(Value value) {
  auto [found, isNew] = masks.try_emplace(value, Value());
  if (!isNew)
    return found->second;
  Value mask = compute(value);
  return masks[value] = mask;
}

Value ActiveDemands::compute(Value value) {
  Value mask;
  Conv2dOp reader;
  for (OpOperand &use : value.getUses()) {
    Value wanted = getOfUse(use);
    if (!wanted || (mask && wanted != mask))
      return {};
    mask = wanted;
    // Windows read other rows than those that are asked for: all readers must read the same.
    auto conv = dyn_cast<Conv2dOp>(use.getOwner());
    if (&use != &*value.getUses().begin() && !haveSameWindows(conv, reader))
      return {};
    reader = conv;
  }
  bool isComputed =
      mask && value.getDefiningOp() && isRowwise(value.getDefiningOp(), countElements(mask));
  return isComputed ? mask : Value();
}

Value ActiveDemands::getOfUse(OpOperand &use) {
  Operation *user = use.getOwner();
  if (Choice choice = matchChoice(user))
    return use.getOperandNumber() == 1 ? choice.mask : Value();
  if (user->getNumResults() != 1 || !isa<RankedTensorType>(user->getResult(0).getType()))
    return {};
  bool isInput = isPointwise(user) || use.getOperandNumber() == 0;
  Value mask = isInput ? get(user->getResult(0)) : Value();
  return mask && isRowwise(user, countElements(mask)) ? mask : Value();
}

bool ActiveDemands::hasLayer(Value value, Value mask) {
  if (get(value) != mask)
    return false;
  Operation *op = value.getDefiningOp();
  return isa<Conv2dOp, LinearOp>(op) ||
         llvm::any_of(op->getOperands(), [&](Value operand) { return hasLayer(operand, mask); });
}

} // namespace nnc
