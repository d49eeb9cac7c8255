// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "frontend/onnx/InputShapes.h"

#include "frontend/onnx/Emitter.h"

#include "mlir/IR/Diagnostics.h"
#include "llvm/ADT/StringSet.h"

#include <limits>

using namespace mlir;
using namespace nnc;
using namespace nnc::frontend;
using ::onnx::TensorShapeProto;
using ::onnx::ValueInfoProto;

Location frontend::getNamedLocation(Location modelLocation, StringRef name) {
  return NameLoc::get(StringAttr::get(modelLocation.getContext(), name), modelLocation);
}

namespace {

/// How an open dimension is called: its symbol, or INPUT:AXIS.
std::string getSymbol(const ValueInfoProto &input, int axis) {
  const TensorShapeProto::Dimension &dim = input.type().tensor_type().shape().dim(axis);
  return dim.dim_param().empty() ? input.name() + ":" + std::to_string(axis) : dim.dim_param();
}

bool isOpen(const ValueInfoProto &input, int axis) {
  return !input.type().tensor_type().shape().dim(axis).has_dim_value();
}

class Resolver {
public:
  Resolver(Location modelLocation, const ImportOptions &options)
      : modelLocation(modelLocation), options(options) {}

  FailureOr<SmallVector<InputType>> resolve(ArrayRef<const ValueInfoProto *> inputs);

private:
  Location locate(const ValueInfoProto &input) {
    return getNamedLocation(modelLocation, input.name());
  }
  LogicalResult checkOptions();
  LogicalResult pinBatch(ArrayRef<const ValueInfoProto *> inputs);
  LogicalResult checkUse();
  LogicalResult checkIsTensor(const ValueInfoProto &input);
  std::optional<int64_t> resolveDimension(const ValueInfoProto &input, int axis);
  FailureOr<InputType> resolveInput(const ValueInfoProto &input);

  Location modelLocation;
  const ImportOptions &options;
  llvm::StringMap<int64_t> numbers;
  llvm::StringSet<> asked;
};

bool isExtent(int64_t number) {
  return number >= 1 && number <= std::numeric_limits<int32_t>::max();
}

LogicalResult Resolver::checkOptions() {
  if (options.batch && !isExtent(*options.batch))
    return emitError(modelLocation) << "a batch of " << *options.batch << " is out of range";
  for (const auto &dim : options.dims) {
    if (!isExtent(dim.second))
      return emitError(modelLocation)
             << "dimension " << dim.first() << " = " << dim.second << " is out of range";
    numbers[dim.first()] = dim.second;
  }
  return success();
}

/// Leading open dimensions share the batch, wherever else their symbols appear.
LogicalResult Resolver::pinBatch(ArrayRef<const ValueInfoProto *> inputs) {
  bool fits = !options.batch;
  for (const ValueInfoProto *input : inputs) {
    const TensorShapeProto &shape = input->type().tensor_type().shape();
    if (shape.dim_size() == 0)
      continue;
    if (!isOpen(*input, 0)) {
      fits |= shape.dim(0).dim_value() == options.batch;
      continue;
    }
    fits = true;
    int64_t batch = options.batch.value_or(1);
    int64_t pinned = numbers.try_emplace(getSymbol(*input, 0), batch).first->second;
    if (options.batch && pinned != batch)
      return emitError(locate(*input)) << "dimension " << getSymbol(*input, 0) << " is " << pinned
                                       << ", but the batch is " << batch;
  }
  if (fits)
    return success();
  return emitError(modelLocation) << "no input leaves dimension 0 open to make it "
                                  << *options.batch;
}

LogicalResult Resolver::checkUse() {
  for (const auto &dim : options.dims)
    if (!asked.contains(dim.first()))
      return emitError(modelLocation) << "no input has a dimension '" << dim.first() << "'";
  return success();
}

std::optional<int64_t> Resolver::resolveDimension(const ValueInfoProto &input, int axis) {
  const TensorShapeProto::Dimension &dim = input.type().tensor_type().shape().dim(axis);
  if (!isOpen(input, axis)) {
    if (isExtent(dim.dim_value()))
      return dim.dim_value();
    emitError(locate(input)) << "dimension " << axis << " of input '" << input.name() << "' is "
                             << dim.dim_value() << ", which is out of range";
    return std::nullopt;
  }
  std::string symbol = getSymbol(input, axis);
  asked.insert(symbol);
  auto number = numbers.find(symbol);
  if (number != numbers.end())
    return number->second;
  emitError(locate(input)) << "dimension " << axis << " of input '" << input.name()
                           << "' is open ('" << symbol << "'); give it a number: --dim " << symbol
                           << "=N";
  return std::nullopt;
}

LogicalResult Resolver::checkIsTensor(const ValueInfoProto &input) {
  if (!input.type().has_tensor_type())
    return emitError(locate(input)) << "input '" << input.name() << "' is not a tensor";
  if (!input.type().tensor_type().has_shape())
    return emitError(locate(input)) << "input '" << input.name() << "' has no shape";
  return success();
}

FailureOr<InputType> Resolver::resolveInput(const ValueInfoProto &input) {
  const auto &tensor = input.type().tensor_type();
  FailureOr<ElementType> elementType = getElementType(locate(input), tensor.elem_type());
  bool valid = succeeded(elementType);
  SmallVector<int64_t> shape;
  for (int axis = 0; axis < tensor.shape().dim_size(); ++axis) {
    std::optional<int64_t> extent = resolveDimension(input, axis);
    valid &= extent.has_value();
    shape.push_back(extent.value_or(1));
  }
  if (!valid)
    return failure();
  if (!countElements(shape))
    return emitError(locate(input))
           << "input '" << input.name() << "' of shape " << formatShape(shape) << " is too large";
  return InputType{RankedTensorType::get(shape, elementType->type), elementType->isUnsigned};
}

FailureOr<SmallVector<InputType>> Resolver::resolve(ArrayRef<const ValueInfoProto *> inputs) {
  for (const ValueInfoProto *input : inputs)
    if (failed(checkIsTensor(*input)))
      return failure();
  if (failed(checkOptions()) || failed(pinBatch(inputs)))
    return failure();
  bool valid = true;
  SmallVector<InputType> types;
  for (const ValueInfoProto *input : inputs) {
    FailureOr<InputType> type = resolveInput(*input);
    valid &= succeeded(type);
    types.push_back(valid ? *type : InputType());
  }
  if (!valid || failed(checkUse()))
    return failure();
  return types;
}

} // namespace

FailureOr<SmallVector<InputType>>
frontend::resolveInputTypes(Location modelLocation, ArrayRef<const ValueInfoProto *> inputs,
                            const ImportOptions &options) {
  return Resolver(modelLocation, options).resolve(inputs);
}
