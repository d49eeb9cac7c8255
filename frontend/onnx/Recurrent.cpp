// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Recurrent layers. What a sequence adds to the gates is one product for all steps.
#include "frontend/onnx/MatrixProducts.h"
#include "frontend/onnx/Operators.h"

#include "llvm/ADT/StringSwitch.h"

using namespace mlir;
using namespace nnc;
using namespace nnc::frontend;

namespace {

enum Input : unsigned { X, W, R, B, SequenceLens, InitialH, InitialC, P };

/// The activations f, g and h of one direction.
struct Activations {
  SmallVector<StringRef> names;
  SmallVector<float> alpha, beta;
};

/// The node's extents and what its attributes say.
struct Lstm {
  Node &node;
  Emitter &emit;
  Value x; // steps x batch x inputs
  int64_t steps = 0, batch = 0, inputs = 0, units = 0;
  SmallVector<bool> backward; // of each direction
  SmallVector<Activations> activations;
  bool isBatchFirst = false;

  explicit Lstm(Node &node) : node(node), emit(node.emit()) {}

  int64_t getDirections() const { return static_cast<int64_t>(backward.size()); }
  bool read();
  Value import();

private:
  bool refuse(const Twine &reason) { return node.unsupported(reason), false; }
  bool readShapes();
  bool checkShape(Input input, StringRef name, ArrayRef<int64_t> shape);
  bool checkLengths();
  bool readActivations();

  Value getDirection(Input input, int64_t direction);
  Value emitGates(int64_t direction);
  Value emitInitial(int64_t direction);
  Value emitStates(int64_t direction);
  Value emitLast(ArrayRef<Value> states, int64_t which);
};

//===--- what the node says -----------------------------------------------------------------===//

bool Lstm::checkShape(Input input, StringRef name, ArrayRef<int64_t> shape) {
  Value value = node.getInput(input);
  if (!value || getShape(value) == shape)
    return true;
  emit.reject(name, " has shape ", formatShape(getShape(value)), ", but must have ",
              formatShape(shape));
  return false;
}

bool Lstm::readShapes() {
  x = node.getInput(X);
  Value weights = node.getInput(W), recurrent = node.getInput(R);
  for (auto [value, name] : {std::pair(x, "X"), {weights, "W"}, {recurrent, "R"}})
    if (getRank(value) != 3)
      return emit.reject(name, " has shape ", formatShape(getShape(value)),
                         ", but must have three dimensions"),
             false;
  if (!isFloat(x))
    return emit.reject("X of type ", x.getType(), " is not floating-point"), false;
  steps = getShape(x)[isBatchFirst ? 1 : 0];
  batch = getShape(x)[isBatchFirst ? 0 : 1];
  inputs = getShape(x)[2];
  units = node.getInteger("hidden_size", getShape(recurrent)[2]);
  int64_t directions = getDirections();
  if (steps < 1 || batch < 1 || inputs < 1 || units < 1)
    return emit.reject("X has shape ", formatShape(getShape(x)), " and there are ", units,
                       " hidden units, but steps, batch, inputs and units must be at least 1"),
           false;
  SmallVector<int64_t> initial{directions, batch, units};
  if (isBatchFirst)
    std::swap(initial[0], initial[1]);
  if (!checkShape(W, "W", {directions, 4 * units, inputs}) ||
      !checkShape(R, "R", {directions, 4 * units, units}) ||
      !checkShape(B, "B", {directions, 8 * units}) || !checkShape(InitialH, "initial_h", initial) ||
      !checkShape(InitialC, "initial_c", initial))
    return false;
  for (Input input : {W, R, B, InitialH, InitialC})
    if (Value value = node.getInput(input);
        value && getTensorType(value).getElementType() != getTensorType(x).getElementType())
      return emit.reject("operands have types ", x.getType(), " and ", value.getType()), false;
  x = isBatchFirst ? emit.transpose(x, {1, 0, 2}) : x;
  return true;
}

/// Sequences shorter than X would keep their last state.
bool Lstm::checkLengths() {
  if (!node.hasInput(SequenceLens))
    return true;
  auto lengths = node.getIntegers(SequenceLens, "the lengths of sequences");
  if (!lengths)
    return false;
  if (!llvm::all_of(*lengths, [&](int64_t length) { return length == steps; }))
    return refuse(
        "sequences of different lengths (sequence_lens) are not supported; each must have "
        "all " +
        Twine(steps) + " steps");
  return true;
}

bool Lstm::readActivations() {
  SmallVector<StringRef> names = node.getStrings("activations");
  size_t count = 3 * backward.size();
  if (names.empty())
    for (size_t i = 0; i < count; ++i)
      names.push_back(i % 3 == 0 ? "Sigmoid" : "Tanh");
  if (names.size() != count)
    return emit.reject("attribute 'activations' has ", names.size(), " elements, but must have ",
                       count),
           false;
  ArrayRef<float> alpha = node.getFloats("activation_alpha"),
                  beta = node.getFloats("activation_beta");
  auto take = [](ArrayRef<float> &list, float otherwise) {
    float value = list.empty() ? otherwise : list.front();
    list = list.drop_front(list.empty() ? 0 : 1);
    return value;
  };
  activations.resize(backward.size());
  for (auto [index, name] : llvm::enumerate(names)) {
    auto known = llvm::StringSwitch<StringRef>(name.lower())
                     .Case("sigmoid", "sigmoid")
                     .Case("tanh", "tanh")
                     .Case("hardsigmoid", "hard_sigmoid")
                     .Default("");
    if (known.empty())
      return refuse("activation '" + name +
                    "' is not supported; Sigmoid, Tanh and HardSigmoid are");
    Activations &of = activations[index / 3];
    bool takesNumbers = known == "hard_sigmoid"; // the lists name those alone that take some
    of.names.push_back(known);
    of.alpha.push_back(takesNumbers ? take(alpha, 0.2f) : 0.2f);
    of.beta.push_back(takesNumbers ? take(beta, 0.5f) : 0.5f);
  }
  return true;
}

bool Lstm::read() {
  StringRef direction = node.getChoice("direction", {"forward", "reverse", "bidirectional"});
  backward = llvm::StringSwitch<SmallVector<bool>>(direction)
                 .Case("forward", {false})
                 .Case("reverse", {true})
                 .Default({false, true});
  isBatchFirst = node.getOpset() >= 14 && node.getFlag("layout", false);
  if (node.hasInput(P))
    return refuse("peepholes (input P) are not supported");
  if (node.hasAttribute("clip"))
    return refuse("clipped gates (attribute 'clip') are not supported");
  if (node.getFlag("input_forget", false))
    return refuse("coupled input and forget gates (attribute 'input_forget') are not supported");
  if (!readShapes() || !checkLengths() || !readActivations())
    return false;
  if (!isWeight(node.getInput(W)) || !isWeight(node.getInput(R)))
    return refuse("weights that are computed from the model's input are not supported");
  return true;
}

//===--- what it computes -------------------------------------------------------------------===//

/// Input `input` of one direction, without the dimension of directions.
Value Lstm::getDirection(Input input, int64_t direction) {
  Value value = node.getInput(input);
  int64_t axis = isBatchFirst && (input == InitialH || input == InitialC) ? 1 : 0;
  value = emit.sliceAxis(value, axis, direction, 1);
  SmallVector<int64_t> shape(getShape(value));
  shape.erase(shape.begin() + axis);
  return emit.reshape(value, shape);
}

/// steps x batch x 4 x units.
Value Lstm::emitGates(int64_t direction) {
  Value rows = emit.reshape(x, {steps * batch, inputs});
  SmallVector<Value> operands{rows, emit.transpose(getDirection(W, direction), {1, 0})};
  if (node.hasInput(B)) {
    Value biases = getDirection(B, direction);
    operands.push_back(emit.add(emit.sliceAxis(biases, 0, 0, 4 * units),
                                emit.sliceAxis(biases, 0, 4 * units, 4 * units)));
  }
  return emit.reshape(emit.checked<LinearOp>(operands, {}), {steps, batch, 4, units});
}

/// 2 x batch x units.
Value Lstm::emitInitial(int64_t direction) {
  Type element = getTensorType(x).getElementType();
  if (!node.hasInput(InitialH) && !node.hasInput(InitialC))
    return emit.splat({2, batch, units}, element, 0);
  SmallVector<Value> parts;
  for (Input input : {InitialH, InitialC})
    parts.push_back(node.hasInput(input)
                        ? emit.reshape(getDirection(input, direction), {1, batch, units})
                        : emit.splat({1, batch, units}, element, 0));
  return emit.concat(parts, 0);
}

/// steps x 2 x batch x units.
Value Lstm::emitStates(int64_t direction) {
  Builder &builder = emit.getBuilder();
  const Activations &of = activations[direction];
  SmallVector<NamedAttribute> attributes{
      builder.getNamedAttr("activations", builder.getStrArrayAttr(of.names)),
      builder.getNamedAttr("alpha", builder.getDenseF32ArrayAttr(of.alpha)),
      builder.getNamedAttr("beta", builder.getDenseF32ArrayAttr(of.beta))};
  if (backward[direction])
    attributes.push_back(builder.getNamedAttr("reverse", builder.getUnitAttr()));
  Value recurrent =
      emit.reshape(emit.transpose(getDirection(R, direction), {1, 0}), {units, 4, units});
  return emit.checked<LstmOp>({emitGates(direction), recurrent, emitInitial(direction)},
                              attributes);
}

/// The hidden states (0) or the cell states (1) after the last step, directions x batch x units.
Value Lstm::emitLast(ArrayRef<Value> states, int64_t which) {
  SmallVector<Value> parts;
  for (auto [direction, sequence] : llvm::enumerate(states)) {
    int64_t last = backward[direction] ? 0 : steps - 1;
    Value state = emit.slice(sequence, {last, which, 0, 0}, {1, 1, batch, units}, {1, 1, 1, 1});
    parts.push_back(emit.reshape(state, {1, batch, units}));
  }
  Value joined = parts.size() == 1 ? parts.front() : emit.concat(parts, 0);
  return isBatchFirst ? emit.transpose(joined, {1, 0, 2}) : joined;
}

Value Lstm::import() {
  SmallVector<Value> states, hidden;
  for (int64_t direction = 0; direction < getDirections(); ++direction) {
    states.push_back(emitStates(direction));
    if (!states.back())
      return {};
    hidden.push_back(
        emit.slice(states.back(), {0, 0, 0, 0}, {steps, 1, batch, units}, {1, 1, 1, 1}));
  }
  Value all = hidden.size() == 1 ? hidden.front() : emit.concat(hidden, 1);
  if (node.hasOutput(1))
    node.setOutput(1, emitLast(states, 0));
  if (node.hasOutput(2))
    node.setOutput(2, emitLast(states, 1));
  return isBatchFirst ? emit.transpose(all, {2, 0, 1, 3}) : all;
}

Value importLstm(Node &node) {
  Lstm lstm(node);
  return lstm.read() ? lstm.import() : Value();
}

const Operator kOperators[] = {
    {"LSTM", 7, 3, 8, importLstm},
};

} // namespace

ArrayRef<Operator> frontend::getRecurrent() { return kOperators; }
