// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "frontend/onnx/Node.h"

#include "dialects/nnc/Constants.h"

using namespace mlir;
using namespace nnc;
using namespace nnc::frontend;
using ::onnx::AttributeProto;

//===--- inputs and results -----------------------------------------------------------------===//

Value Node::getInput(unsigned index) {
  if (index >= inputs.size())
    return {};
  usedInputs.set(index);
  return inputs[index].value;
}

SmallVector<Value> Node::getInputs() {
  usedInputs.set();
  return llvm::map_to_vector(inputs, [](const Tensor &input) { return input.value; });
}

bool Node::isUnsigned(unsigned index) const {
  return index < inputs.size() && inputs[index].isUnsigned;
}

std::optional<SmallVector<int64_t>> Node::getIntegers(unsigned index, StringRef what) {
  Value input = getInput(index);
  if (!input) {
    emitter.reject("input ", index, " is left out: ", what);
    return std::nullopt;
  }
  ElementsAttr constant = getConstant(input);
  if (!constant) {
    unsupported(what + " are computed from the model's input; nnc needs them when it compiles");
    return std::nullopt;
  }
  if (constant.getNumElements() > kMaxTableLength) {
    emitter.reject(what, " are ", constant.getNumElements(), " numbers: too many");
    return std::nullopt;
  }
  std::optional<SmallVector<int64_t>> integers = nnc::getIntegers(constant);
  if (!integers)
    emitter.reject(what, " must be integers");
  return integers;
}

std::optional<SmallVector<float>> Node::getFloats(unsigned index, StringRef what) {
  Value input = getInput(index);
  if (!input) {
    emitter.reject("input ", index, " is left out: ", what);
    return std::nullopt;
  }
  if (!getConstant(input)) {
    unsupported(what + " are computed from the model's input; nnc needs them when it compiles");
    return std::nullopt;
  }
  std::optional<SmallVector<float, 0>> floats;
  if (getTensorType(input).getNumElements() <= kMaxTableLength)
    floats = nnc::getFloats(input);
  if (!floats) {
    emitter.reject(what, " must be a few floats");
    return std::nullopt;
  }
  return SmallVector<float>(floats->begin(), floats->end());
}

bool Node::hasOutput(unsigned index) const {
  return index < outputs.size() && !proto.output(index).empty();
}

SmallVector<Tensor> Node::takeOutputs() {
  for (Tensor &output : outputs) {
    if (!output.value || isFloat(output.value) || isBoolean(output.value))
      continue;
    Type type = getTensorType(output.value).getElementType();
    bool inherits = llvm::any_of(inputs, [&](const Tensor &input) {
      return input.isUnsigned && getTensorType(input.value).getElementType() == type;
    });
    output.isUnsigned = outputsAreUnsigned.value_or(inherits);
  }
  return std::move(outputs);
}

Value Node::unsupported(const Twine &reason) {
  if (!unsupportedReason)
    unsupportedReason = reason.str();
  return {};
}

//===--- attributes -------------------------------------------------------------------------===//

const AttributeProto *Node::findAttribute(StringRef name) {
  known.insert(name);
  for (const AttributeProto &attribute : proto.attribute()) {
    if (attribute.name() != name)
      continue;
    return attribute.ref_attr_name().empty() ? &attribute : scope.lookup(attribute.ref_attr_name());
  }
  return nullptr;
}

const AttributeProto *Node::findAttribute(StringRef name, AttributeProto::AttributeType type) {
  const AttributeProto *attribute = findAttribute(name);
  if (!attribute || attribute->type() == type)
    return attribute;
  emitter.reject("attribute '", name, "' must be of type ",
                 AttributeProto::AttributeType_Name(type), ", but is ",
                 AttributeProto::AttributeType_Name(attribute->type()));
  return nullptr;
}

int64_t Node::getInteger(StringRef name, int64_t otherwise) {
  const AttributeProto *attribute = findAttribute(name, AttributeProto::INT);
  return attribute ? attribute->i() : otherwise;
}

int64_t Node::requireInteger(StringRef name) {
  if (!hasAttribute(name))
    emitter.reject("attribute '", name, "' is missing");
  return getInteger(name, 1);
}

float Node::getFloat(StringRef name, float otherwise) {
  const AttributeProto *attribute = findAttribute(name, AttributeProto::FLOAT);
  return attribute ? attribute->f() : otherwise;
}

ArrayRef<int64_t> Node::getIntegers(StringRef name) {
  const AttributeProto *attribute = findAttribute(name, AttributeProto::INTS);
  if (!attribute)
    return {};
  return {attribute->ints().data(), static_cast<size_t>(attribute->ints_size())};
}

ArrayRef<float> Node::getFloats(StringRef name) {
  const AttributeProto *attribute = findAttribute(name, AttributeProto::FLOATS);
  if (!attribute)
    return {};
  return {attribute->floats().data(), static_cast<size_t>(attribute->floats_size())};
}

SmallVector<StringRef> Node::getStrings(StringRef name) {
  const AttributeProto *attribute = findAttribute(name, AttributeProto::STRINGS);
  if (!attribute)
    return {};
  return SmallVector<StringRef>(attribute->strings().begin(), attribute->strings().end());
}

const ::onnx::GraphProto *Node::getGraph(StringRef name) {
  const AttributeProto *attribute = findAttribute(name, AttributeProto::GRAPH);
  return attribute ? &attribute->g() : nullptr;
}

StringRef Node::requireString(StringRef name) {
  if (!hasAttribute(name))
    emitter.reject("attribute '", name, "' is missing");
  const AttributeProto *attribute = findAttribute(name, AttributeProto::STRING);
  return attribute ? StringRef(attribute->s()) : StringRef();
}

StringRef Node::getChoice(StringRef name, ArrayRef<StringRef> choices) {
  const AttributeProto *attribute = findAttribute(name, AttributeProto::STRING);
  if (!attribute)
    return choices.front();
  const auto *choice = llvm::find(choices, attribute->s());
  if (choice != choices.end())
    return *choice;
  emitter.reject("attribute '", name, "' is '", attribute->s(), "', but must be one of ",
                 llvm::join(choices, ", "));
  return choices.front();
}

ElementsAttr Node::getTensor(StringRef name, bool &isUnsigned) {
  const AttributeProto *attribute = findAttribute(name, AttributeProto::TENSOR);
  if (!attribute)
    return {};
  FailureOr<ElementType> type = getElementType(attribute->t().data_type());
  FailureOr<ElementsAttr> tensor = failure();
  if (succeeded(type))
    tensor = reader.read(emitter.getLocation(), attribute->t());
  if (failed(tensor))
    return {};
  isUnsigned = type->isUnsigned;
  return *tensor;
}

void Node::checkAllRead() {
  if (unsupportedReason)
    return;
  for (const AttributeProto &attribute : proto.attribute())
    if (!known.contains(attribute.name()))
      emitter.reject("attribute '", attribute.name(), "' is not known in operator set ", opset);
  for (auto [index, input] : llvm::enumerate(inputs))
    if (input.value && !usedInputs.test(index))
      emitter.reject("input ", index, " is not known in operator set ", opset);
}

//===--- axes -------------------------------------------------------------------------------===//

std::optional<int64_t> Node::normalizeAxis(int64_t axis, int64_t rank) {
  if (axis >= -rank && axis < rank)
    return axis < 0 ? axis + rank : axis;
  emitter.reject("axis ", axis, " is out of range for ", rank, " dimensions");
  return std::nullopt;
}

std::optional<SmallVector<int64_t>> Node::normalizeAxes(ArrayRef<int64_t> axes, int64_t rank) {
  SmallVector<int64_t> result;
  for (int64_t given : axes) {
    std::optional<int64_t> axis = normalizeAxis(given, rank);
    if (!axis)
      return std::nullopt;
    result.push_back(*axis);
  }
  llvm::sort(result);
  if (std::adjacent_find(result.begin(), result.end()) == result.end())
    return result;
  emitter.reject("axes [", axes, "] name one dimension twice");
  return std::nullopt;
}
