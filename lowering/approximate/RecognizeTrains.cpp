// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Layers that exporters wrote as products with the cores of a tensor train. What a chain of
// products and movements computes is described as a tensor network, however it is written; it is a
// train where the constants are a path: each shares indices with its neighbours alone.
#include "dialects/nnc/Constants.h"
#include "lowering/Passes.h"
#include "lowering/approximate/TensorNetwork.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "llvm/ADT/DenseSet.h"

namespace nnc {
#define GEN_PASS_DEF_RECOGNIZETRAINS
#include "lowering/Passes.h.inc"
} // namespace nnc

using namespace mlir;
using namespace nnc;

namespace {

/// Operations between a layer's input and its result; longer chains are cut.
constexpr size_t kMostSteps = 64;

ArrayRef<int64_t> getShape(Value value) {
  return cast<RankedTensorType>(value.getType()).getShape();
}

NetworkIndices flatten(ArrayRef<NetworkIndices> lists) {
  NetworkIndices flat;
  for (const NetworkIndices &list : lists)
    llvm::append_range(flat, list);
  return flat;
}

/// Those of `indices` that are in `others` too, in the order of `indices`.
NetworkIndices intersect(ArrayRef<NetworkIndex> indices, ArrayRef<NetworkIndex> others) {
  return llvm::filter_to_vector<6>(
      indices, [&](NetworkIndex index) { return llvm::is_contained(others, index); });
}

/// The indices of a train; all lists of cores go from the first core to the last one.
struct Train {
  SmallVector<TensorNetwork::Tensor> cores;
  NetworkIndices rows;
  SmallVector<NetworkIndices> inputs, outputs;
  /// ranks[k] is between cores k - 1 and k; the first and the last one are empty.
  SmallVector<NetworkIndices> ranks;

  NetworkIndices listInputs() const {
    NetworkIndices all = rows;
    llvm::append_range(all, flatten(inputs));
    return all;
  }
  NetworkIndices listOutputs() const {
    NetworkIndices all = rows;
    llvm::append_range(all, flatten(outputs));
    return all;
  }
  /// Transposes that the layer needs around it.
  size_t countMoves(const TensorNetwork &network) const {
    return (listInputs() != network.activation.indices) +
           (listOutputs() != flatten(network.result));
  }
};

/// The constants of a network in the order of the path that they are; none where they are not.
SmallVector<TensorNetwork::Tensor> orderCores(const TensorNetwork &network) {
  ArrayRef<TensorNetwork::Tensor> cores = network.constants;
  auto listNeighbours = [&](size_t core) {
    SmallVector<size_t> neighbours;
    for (size_t other = 0; other < cores.size(); ++other)
      if (other != core && !intersect(cores[core].indices, cores[other].indices).empty())
        neighbours.push_back(other);
    return neighbours;
  };
  SmallVector<size_t> path;
  for (size_t core = 0; core < cores.size(); ++core) {
    size_t neighbours = listNeighbours(core).size();
    if (neighbours == 0 || neighbours > 2)
      return {};
    if (neighbours == 1 && path.empty())
      path.push_back(core);
  }
  for (size_t next = 0; next < path.size(); ++next)
    for (size_t neighbour : listNeighbours(path[next]))
      if (!llvm::is_contained(path, neighbour))
        path.push_back(neighbour);
  if (path.size() != cores.size())
    return {};
  return llvm::map_to_vector<6>(path, [&](size_t core) { return cores[core]; });
}

Train makeTrain(const TensorNetwork &network, ArrayRef<TensorNetwork::Tensor> cores) {
  NetworkIndices result = flatten(network.result);
  Train train{SmallVector<TensorNetwork::Tensor>(cores),
              intersect(network.activation.indices, result),
              {},
              {},
              {{}}};
  for (auto [k, core] : llvm::enumerate(cores)) {
    train.inputs.push_back(intersect(network.activation.indices, core.indices));
    train.outputs.push_back(intersect(result, core.indices));
    train.ranks.push_back(k + 1 < cores.size() ? intersect(core.indices, cores[k + 1].indices)
                                               : NetworkIndices());
  }
  return train;
}

/// The train that a network is. Only with input modes at two cores or more, else dense layers in a
/// row would be trains, and with no more transposes around it than the network has inside.
std::optional<Train> findTrain(TensorNetwork network) {
  llvm::erase_if(network.constants, [](const TensorNetwork::Tensor &tensor) {
    return tensor.indices.empty() && getSplatNumber(tensor.value) == 1;
  });
  SmallVector<TensorNetwork::Tensor> cores = orderCores(network);
  if (cores.empty())
    return std::nullopt;
  Train train = makeTrain(network, cores);
  std::reverse(cores.begin(), cores.end());
  Train backwards = makeTrain(network, cores);
  if (backwards.countMoves(network) < train.countMoves(network))
    train = backwards;
  auto isThere = [](const NetworkIndices &modes) { return !modes.empty(); };
  auto moves = llvm::count_if(network.steps, [](Operation *op) { return isa<TransposeOp>(op); });
  if (llvm::count_if(train.inputs, isThere) < 2 ||
      train.countMoves(network) > static_cast<size_t>(moves))
    return std::nullopt;
  return train;
}

/// Writes a train in the place of a value that a network computes.
class Writer {
public:
  /// `last` is the end of the chain, or the addition of a bias behind it.
  Writer(Operation *last, const TensorNetwork &network)
      : network(network), builder(last), at(last->getLoc()) {
    SmallVector<Location> places;
    for (Operation *step : llvm::reverse(network.steps))
      places.push_back(step->getLoc());
    if (last != network.steps.front())
      places.push_back(last->getLoc());
    at = builder.getFusedLoc(places);
  }

  /// The layer, of rows x outputs.
  Value writeLayer(const Train &train, Value bias) {
    int64_t rows = network.multiplyExtents(train.rows);
    int64_t outputs = network.multiplyExtents(flatten(train.outputs));
    const TensorNetwork::Tensor &source = network.activation;
    Value input = move(source.value, source.indices, train.listInputs(),
                       {rows, network.multiplyExtents(flatten(train.inputs))});
    SmallVector<Value> cores;
    for (size_t k = 0; k < train.cores.size(); ++k)
      cores.push_back(writeCore(train, k));
    auto type = cast<RankedTensorType>(input.getType()).clone({rows, outputs});
    return TtLinearOp::create(builder, at, type, input, cores, bias, ContractionOrder::LastToFirst);
  }

  /// The layer's result as the value it stands for.
  Value writeResult(const Train &train, Value layer, ArrayRef<int64_t> shape) {
    return move(layer, train.listOutputs(), flatten(network.result), shape);
  }

  Value reshape(Value value, ArrayRef<int64_t> shape) {
    auto type = cast<RankedTensorType>(value.getType());
    return builder.createOrFold<ReshapeOp>(at, type.clone(shape), value);
  }

private:
  Value writeCore(const Train &train, size_t k) {
    SmallVector<int64_t> shape;
    NetworkIndices order;
    for (const NetworkIndices *part :
         {&train.ranks[k], &train.inputs[k], &train.outputs[k], &train.ranks[k + 1]}) {
      shape.push_back(network.multiplyExtents(*part));
      llvm::append_range(order, *part);
    }
    return move(train.cores[k].value, train.cores[k].indices, order, shape);
  }

  /// `value` with indices in another order, as a tensor of this shape.
  Value move(Value value, ArrayRef<NetworkIndex> from, ArrayRef<NetworkIndex> to,
             ArrayRef<int64_t> shape) {
    if (from != to) {
      auto extents =
          llvm::map_to_vector(from, [&](NetworkIndex index) { return network.extents[index]; });
      auto order = llvm::map_to_vector(to, [&](NetworkIndex index) -> int64_t {
        return llvm::find(from, index) - from.begin();
      });
      value = builder.createOrFold<TransposeOp>(at, reshape(value, extents), order);
    }
    return reshape(value, shape);
  }

  const TensorNetwork &network;
  OpBuilder builder;
  Location at;
};

/// Recognizes trains in one function.
class Recognizer {
public:
  explicit Recognizer(func::FuncOp function) : function(function) {}

  void run() {
    findConstants();
    SmallVector<Operation *> ops;
    for (Operation &op : function.getOps())
      if (op.getNumResults() == 1 && !isConstant(op.getResult(0)) && getOperand(&op))
        ops.push_back(&op);
    // The last one first, so that a chain is taken as a whole.
    for (Operation *op : llvm::reverse(ops))
      if (!erased.contains(op))
        recognize(op);
  }

private:
  bool isConstant(Value value) const { return constants.contains(value); }

  Value getOperand(Operation *op) const {
    return getNetworkOperand(op, [this](Value value) { return isConstant(value); });
  }

  void findConstants() {
    for (Operation &op : function.getOps())
      if (op.getNumRegions() == 0 && op.getNumResults() == 1 &&
          llvm::all_of(op.getOperands(), [&](Value operand) { return isConstant(operand); }))
        constants.insert(op.getResult(0));
  }

  void recognize(Operation *op) {
    SmallVector<Value> activations;
    for (Operation *step = op; step && activations.size() < kMostSteps;
         step = activations.back().getDefiningOp()) {
      Value operand = getOperand(step);
      if (!operand)
        break;
      activations.push_back(operand);
    }
    // The longest chain first.
    for (Value activation : llvm::reverse(activations)) {
      auto network = describeNetwork(op->getResult(0), activation,
                                     [this](Value value) { return isConstant(value); });
      std::optional<Train> train = network ? findTrain(*network) : std::nullopt;
      if (train && rewrite(op, *network, *train))
        return eraseSteps(*network);
    }
  }

  void eraseSteps(const TensorNetwork &network) {
    for (Operation *step : network.steps) {
      erased.insert(step);
      step->erase();
    }
  }

  /// Whether the described value has a train's outputs as last dimension, and its rows before that.
  static bool isLayer(const TensorNetwork &network, const Train &train) {
    ArrayRef<NetworkIndices> result = network.result;
    return result.size() >= 2 && flatten(result.drop_back()) == train.rows &&
           result.back() == flatten(train.outputs);
  }

  /// The sum of a layer and a constant row, where it is the layer's only user; null otherwise.
  arith::AddFOp findAddition(Value layer) const {
    auto add = layer.hasOneUse() ? dyn_cast<arith::AddFOp>(*layer.user_begin()) : arith::AddFOp();
    return add && findRow(add, layer) ? add : arith::AddFOp();
  }

  /// What a sum adds to every row of a layer: a constant with an element for each output, or null.
  Value findRow(arith::AddFOp add, Value layer) const {
    Value other = add.getLhs() == layer ? add.getRhs() : add.getLhs();
    auto broadcast = other.getDefiningOp<BroadcastOp>();
    if (!broadcast || !isConstant(broadcast))
      return {};
    ArrayRef<int64_t> shape = getShape(broadcast.getInput());
    int64_t outputs = getShape(layer).back();
    bool isRow = !shape.empty() && shape.back() == outputs &&
                 llvm::all_of(shape.drop_back(), [](int64_t extent) { return extent == 1; });
    return isRow ? broadcast.getInput() : Value();
  }

  /// False where the bias of the last product is not the layer's.
  bool rewrite(Operation *op, const TensorNetwork &network, const Train &train) {
    Value end = op->getResult(0);
    auto linear = dyn_cast<LinearOp>(op);
    Value bias = linear ? linear.getBias() : Value();
    if (bias && !isLayer(network, train))
      return false;
    auto addition = !bias && isLayer(network, train) ? findAddition(end) : arith::AddFOp();
    if (addition)
      bias = findRow(addition, end);
    Operation *last = addition ? addition.getOperation() : op;
    Writer writer(last, network);
    if (bias)
      bias = writer.reshape(bias, {getShape(end).back()});
    Value layer = writer.writeLayer(train, bias);
    last->getResult(0).replaceAllUsesWith(writer.writeResult(train, layer, getShape(end)));
    if (addition)
      addition.erase();
    return true;
  }

  func::FuncOp function;
  DenseSet<Value> constants;
  DenseSet<Operation *> erased;
};

struct RecognizeTrains : nnc::impl::RecognizeTrainsBase<RecognizeTrains> {
  void runOnOperation() override { Recognizer(getOperation()).run(); }
};

} // namespace
