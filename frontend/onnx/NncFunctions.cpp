// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Functions of the domain `nnc`: layers that the operator set does not have. Their bodies, of
// standard operators, are for other engines; here the name says what they compute. Digits at the
// end of a name count the cores of a train.
#include "dialects/nnc/Constants.h"
#include "frontend/onnx/Operators.h"

using namespace mlir;
using namespace nnc;
using namespace nnc::frontend;

namespace {

/// Inputs between the first ones and the bias, which is the last.
SmallVector<Value> getCores(Node &node, unsigned first) {
  SmallVector<Value> cores;
  for (unsigned i = first; i + 1 < node.getNumInputs(); ++i)
    cores.push_back(node.getInput(i));
  return cores;
}

/// False, with a report, where a core is none.
bool checkCores(Node &node, ArrayRef<Value> cores) {
  for (auto [index, core] : llvm::enumerate(cores))
    if (!core || getRank(core) != 4)
      return node.emit().reject("core ", index + 1,
                                " must be a tensor of four dimensions (rank, input mode, output "
                                "mode, rank)"),
             false;
  Value bias = node.getInput(node.getNumInputs() - 1);
  if (!bias || getRank(bias) != 1)
    return node.emit().reject("the last input must be the bias, a vector"), false;
  return true;
}

/// How many operands each of the operation's groups has; the bias is the last.
NamedAttribute getSegments(Emitter &emit, unsigned before, unsigned cores) {
  SmallVector<int32_t> sizes(before, 1);
  sizes.append({static_cast<int32_t>(cores), 1});
  Builder &builder = emit.getBuilder();
  return builder.getNamedAttr("operandSegmentSizes", builder.getDenseI32ArrayAttr(sizes));
}

/// x [..., K], cores, bias [N]: [..., N].
Value importTtLinear(Node &node) {
  Emitter &emit = node.emit();
  SmallVector<Value> cores = getCores(node, 1);
  Value input = node.getInput(0), bias = node.getInput(node.getNumInputs() - 1);
  if (!checkCores(node, cores))
    return {};
  if (getRank(input) == 0)
    return emit.reject("the input must have at least one dimension");
  SmallVector<int64_t> shape(getShape(input));
  SmallVector<Value> operands{
      emit.reshape(input, {product(ArrayRef<int64_t>(shape).drop_back()), shape.back()})};
  llvm::append_range(operands, cores);
  operands.push_back(bias);
  Value result = emit.checked<TtLinearOp>(operands, {getSegments(emit, 1, cores.size())});
  shape.back() = getShape(bias)[0];
  return result ? emit.reshape(result, shape) : Value();
}

/// Two or four numbers of an attribute, or those that the operator stands for without it.
SmallVector<int64_t> getNumbers(Node &node, StringRef name, ArrayRef<int64_t> otherwise) {
  ArrayRef<int64_t> given = node.getIntegers(name);
  return SmallVector<int64_t>(given.empty() ? otherwise : given);
}

/// x N x C x H x W, spatial KH x KW x r0, cores, bias [S]: N x S x H' x W'.
Value importTtConv2d(Node &node) {
  Emitter &emit = node.emit();
  SmallVector<Value> cores = getCores(node, 2);
  Value input = node.getInput(0), spatial = node.getInput(1);
  if (!checkCores(node, cores))
    return {};
  if (getRank(input) != 4 || getRank(spatial) != 3)
    return emit.reject("operands of shapes ", formatShape(getShape(input)), " and ",
                       formatShape(getShape(spatial)),
                       " are not an image and its spatial filters (rows, columns, rank)");
  SmallVector<Value> operands{emit.toChannelsLast(input), spatial};
  llvm::append_range(operands, cores);
  operands.push_back(node.getInput(node.getNumInputs() - 1));
  SmallVector<int64_t> strides = getNumbers(node, "strides", {1, 1}),
                       pads = getNumbers(node, "pads", {0, 0, 0, 0}),
                       dilations = getNumbers(node, "dilations", {1, 1});
  Value result =
      emit.checked<TtConv2dOp>(operands, {emit.attribute("strides", ArrayRef<int64_t>(strides)),
                                          emit.attribute("pads", ArrayRef<int64_t>(pads)),
                                          emit.attribute("dilations", ArrayRef<int64_t>(dilations)),
                                          getSegments(emit, 2, cores.size())});
  return emit.toChannelsFirst(result);
}

/// mean and log sigma^2 of the weights of a layer: the weights that are kept.
Value importVariationalDropout(Node &node) {
  Emitter &emit = node.emit();
  return emit.checked<VariationalDropoutOp>(
      {node.getInput(0), node.getInput(1)},
      {emit.attribute("threshold", node.getFloat("threshold", 3))});
}

/// x N x C x ..., mu [C], log sigma [C]: x times one factor a channel.
Value importLogNormalNoise(Node &node) {
  Emitter &emit = node.emit();
  Builder &builder = emit.getBuilder();
  Value input = node.getInput(0);
  ElementsAttr mu = getConstant(node.getInput(1)), logSigma = getConstant(node.getInput(2));
  if (!mu || !logSigma)
    return node.unsupported("mu and log sigma must be constants");
  if (getRank(input) < 2)
    return emit.reject("the input must have a batch and a channel dimension, but is ",
                       formatShape(getShape(input)));
  Value result = emit.checked<LognormalNoiseOp>({emit.toChannelsLast(input)},
                                                {builder.getNamedAttr("mu", mu),
                                                 builder.getNamedAttr("log_sigma", logSigma),
                                                 emit.attribute("snr", node.getFloat("snr", 1))});
  return emit.toChannelsFirst(result);
}

/// x N x C x H x W, fill H x W: which position each one copies.
Value importPerforate(Node &node) {
  Emitter &emit = node.emit();
  Value input = node.getInput(0);
  ElementsAttr fill = getConstant(node.getInput(1));
  std::optional<SmallVector<int64_t>> numbers = fill ? getIntegers(fill) : std::nullopt;
  if (!numbers || fill.getShapedType().getRank() != 2)
    return node.unsupported("fill must be a constant matrix of integers");
  if (getRank(input) != 4)
    return emit.reject("the input must be an image, but is ", formatShape(getShape(input)));
  SmallVector<int32_t, 0> narrow;
  for (int64_t number : *numbers) // What does not fit stays out of range.
    narrow.push_back(static_cast<int32_t>(std::clamp<int64_t>(number, -1, INT32_MAX)));
  ArrayRef<char> bytes(reinterpret_cast<const char *>(narrow.data()), narrow.size() * 4);
  auto type =
      RankedTensorType::get(fill.getShapedType().getShape(), emit.getBuilder().getI32Type());
  Value table = emit.constant(makeConstant(type, bytes, "fill"));
  return emit.toChannelsFirst(emit.checked<PerforateOp>({emit.toChannelsLast(input), table}, {}));
}

const Operator kFunctions[] = {
    {"LogNormalNoise", 1, 3, 3, importLogNormalNoise},
    {"Perforate", 1, 2, 2, importPerforate},
    {"TTConv2d", 1, 4, kAnyNumber, importTtConv2d},
    {"TTLinear", 1, 3, kAnyNumber, importTtLinear},
    {"VariationalDropout", 1, 2, 2, importVariationalDropout},
};

} // namespace

const Operator *frontend::findNncFunction(StringRef domain, StringRef name) {
  if (domain != kNncDomain)
    return nullptr;
  StringRef family = name.rtrim("0123456789");
  const Operator *found =
      llvm::find_if(kFunctions, [&](const Operator &op) { return op.name == family; });
  return found == std::end(kFunctions) ? nullptr : found;
}
