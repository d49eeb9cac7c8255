// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "lowering/fuse/JoinRows.h"

#include "dialects/nnc/Constants.h"
#include "dialects/nnc/Nnc.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/IR/IRMapping.h"

using namespace mlir;

namespace nnc {
namespace {

RankedTensorType getTensorType(Value value) { return cast<RankedTensorType>(value.getType()); }

int64_t getBytes(Value value) {
  RankedTensorType type = getTensorType(value);
  return type.getNumElements() * type.getElementTypeBitWidth() / 8;
}

/// What a reshape reads, or the value itself.
Value skipReshape(Value value) {
  auto reshape = value.getDefiningOp<ReshapeOp>();
  return reshape ? reshape.getInput() : value;
}

/// The only operation that reads `value`, itself or reshaped, or null.
Operation *getOnlyReader(Value value) {
  if (!value.hasOneUse())
    return nullptr;
  Operation *reader = *value.user_begin();
  return isa<ReshapeOp>(reader) ? getOnlyReader(reader->getResult(0)) : reader;
}

/// Whether the operation is a product of each position's channels on an image already.
bool isPointwise(Operation *op) {
  auto conv = dyn_cast<Conv2dOp>(op);
  auto isOne = [](int64_t v) { return v == 1; };
  return conv && conv.getGroups() == 1 && llvm::all_of(conv.getStrides(), isOne) &&
         llvm::all_of(conv.getFilter().getType().getShape().take_front(2), isOne) &&
         llvm::all_of(conv.getPads(), [](int64_t pad) { return pad == 0; });
}

/// A group that begins with a matrix product of positions, as one on an image. A 1x1 convolution is
/// one as it is.
class ImageWriter {
public:
  /// `image` is [n, h, w, ...].
  ImageWriter(const Group &group, ArrayRef<int64_t> image) : group(group), image(image) {}

  /// What is neither a number nor of the product's shape has no counterpart.
  bool canWrite() {
    if (isPointwise(group.front()))
      return true;
    auto linear = dyn_cast<LinearOp>(group.front());
    if (!linear || getTensorType(linear.getInput()).getDimSize(0) != image[0] * image[1] * image[2])
      return false;
    return llvm::all_of(ArrayRef(group).drop_front(), [&](Operation *op) {
      return llvm::all_of(op->getOperands(), [&](Value operand) {
        return !operand.getDefiningOp<BroadcastOp>() && op->getNumRegions() == 0;
      });
    });
  }

  /// Replaces the group; what it computes is still read as a matrix.
  Group write(Value input) {
    if (isPointwise(group.front()))
      return group;
    auto linear = cast<LinearOp>(group.front());
    OpBuilder builder(linear);
    Value filter = linear.getWeight();
    ArrayRef<int64_t> shape = getTensorType(filter).getShape();
    filter = reshape(builder, filter, {1, 1, shape[0], shape[1]});
    Value conv = Conv2dOp::create(builder, linear.getLoc(), toImage(linear.getType()),
                                  input ? input : toImage(builder, linear.getInput()), filter,
                                  linear.getBias());
    mapping.map(linear.getResult(), conv);
    Group written{conv.getDefiningOp()};
    for (Operation *op : ArrayRef(group).drop_front())
      written.push_back(writeElementwise(op));
    Operation *last = group.back();
    builder.setInsertionPoint(last);
    Value result = written.back()->getResult(0);
    last->getResult(0).replaceAllUsesWith(
        ReshapeOp::create(builder, last->getLoc(), getTensorType(last->getResult(0)), result));
    for (Operation *op : llvm::reverse(group))
      op->erase();
    return written;
  }

private:
  RankedTensorType toImage(RankedTensorType type) {
    return type.clone({image[0], image[1], image[2], type.getShape().back()});
  }

  static Value reshape(OpBuilder &builder, Value value, ArrayRef<int64_t> shape) {
    return builder.createOrFold<ReshapeOp>(value.getLoc(), getTensorType(value).clone(shape),
                                           value);
  }

  Value toImage(OpBuilder &builder, Value value) {
    return reshape(builder, value, toImage(getTensorType(value)).getShape());
  }

  Operation *writeElementwise(Operation *op) {
    OpBuilder builder(op);
    SmallVector<Value> operands;
    for (Value operand : op->getOperands())
      operands.push_back(mapping.contains(operand) ? mapping.lookup(operand)
                                                   : toImage(builder, operand));
    Operation *written = clone(builder, op, {toImage(getTensorType(op->getResult(0)))}, operands);
    mapping.map(op->getResult(0), written->getResult(0));
    return written;
  }

  const Group &group;
  SmallVector<int64_t> image;
  IRMapping mapping;
};

/// Rows of fewer positions fill no register tile; a matrix of all positions does.
constexpr int64_t kFewestColumns = 8;

void eraseDeadReshapes(Value value) {
  while (auto reshape = value.getDefiningOp<ReshapeOp>()) {
    if (!reshape->use_empty())
      return;
    value = reshape.getInput();
    reshape.erase();
  }
}

/// Joins what is around depthwise convolutions.
class Joiner {
public:
  Joiner(SmallVector<Group> groups, int64_t bytes) : groups(std::move(groups)), bytes(bytes) {
    for (auto [place, group] : llvm::enumerate(this->groups)) {
      byFirst[group.front()] = place;
      byLast[group.back()] = place;
    }
  }

  SmallVector<Group> run() {
    for (size_t place = 0; place < groups.size(); ++place)
      if (!groups[place].empty() && isWindow(groups[place].front()))
        join(place);
    llvm::erase_if(groups, [](const Group &group) { return group.empty(); });
    return std::move(groups);
  }

private:
  static bool isWindow(Operation *op) {
    auto conv = dyn_cast<Conv2dOp>(op);
    return conv && conv.isDepthwise() && conv.getOutput().getType().getElementType().isF32() &&
           conv.getOutput().getType().getDimSize(3) == conv.getInput().getType().getDimSize(3) &&
           conv.getOutput().getType().getDimSize(2) >= kFewestColumns;
  }

  /// Whether windows reach the last column: tiles of the expansion cover whole rows.
  static bool readsAllColumns(Conv2dOp op) {
    int64_t last = (op.getOutput().getType().getDimSize(2) - 1) * op.getStrides()[1] +
                   (op.getFilter().getType().getDimSize(1) - 1) * op.getDilations()[1] -
                   op.getPads()[1];
    return last + 1 >= op.getInput().getType().getDimSize(2);
  }

  void join(size_t place) {
    auto depthwise = cast<Conv2dOp>(groups[place].front());
    Group joined;
    if (Group *expansion = findExpansion(depthwise)) {
      Value matrix = depthwise.getInput();
      joined = ImageWriter(*expansion, depthwise.getInput().getType().getShape()).write({});
      depthwise.getInputMutable().set(joined.back()->getResult(0));
      eraseDeadReshapes(matrix);
      expansion->clear();
    }
    llvm::append_range(joined, groups[place]);
    Value filtered = joined.back()->getResult(0);
    if (Group *projection = findProjection(filtered)) {
      Value matrix = projection->front()->getOperand(0);
      llvm::append_range(
          joined, ImageWriter(*projection, getTensorType(filtered).getShape()).write(filtered));
      eraseDeadReshapes(matrix);
      projection->clear();
    }
    groups[place] = std::move(joined);
  }

  Group *findExpansion(Conv2dOp depthwise) {
    Value matrix = skipReshape(depthwise.getInput());
    auto found = byLast.find(matrix.getDefiningOp());
    if (found == byLast.end() || getBytes(matrix) <= bytes || getOnlyReader(matrix) != depthwise ||
        !readsAllColumns(depthwise))
      return nullptr;
    return checkProduct(found->second, depthwise.getInput().getType().getShape());
  }

  Group *findProjection(Value filtered) {
    auto found = byFirst.find(getOnlyReader(filtered));
    if (found == byFirst.end() || getBytes(filtered) <= bytes)
      return nullptr;
    Group *group = checkProduct(found->second, getTensorType(filtered).getShape());
    bool isInput = group && skipReshape(group->front()->getOperand(0)) == filtered;
    return isInput ? group : nullptr;
  }

  Group *checkProduct(size_t place, ArrayRef<int64_t> image) {
    Group &group = groups[place];
    // A chain joins no other one: its last layer would compute the first ones again and again.
    bool isProduct = !group.empty() && !isConvChain(group);
    return isProduct && ImageWriter(group, image).canWrite() ? &group : nullptr;
  }

  SmallVector<Group> groups;
  int64_t bytes;
  llvm::DenseMap<Operation *, size_t> byFirst, byLast;
};

} // namespace

SmallVector<Group> joinRows(SmallVector<Group> groups, int64_t bytes) {
  return Joiner(std::move(groups), bytes).run();
}

bool isConvChain(const Group &group) {
  return llvm::count_if(group, [](Operation *op) { return isa<Conv2dOp>(op); }) > 1;
}

} // namespace nnc
