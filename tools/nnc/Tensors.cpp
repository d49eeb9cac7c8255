// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "tools/nnc/Tensors.h"

#include "codegen/package/Text.h"
#include "dialects/nnc/Nnc.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "llvm/ADT/StringExtras.h"

#include <cstring>
#include <random>

using namespace mlir;

namespace nnc::tools {

std::string TensorSpec::getTypeName() const {
  Type element = type.getElementType();
  if (isUnsigned)
    element = IntegerType::get(element.getContext(), element.getIntOrFloatBitWidth(),
                               IntegerType::Unsigned);
  return codegen::getTypeName(element).str();
}

int64_t getSamples(ModuleOp module) {
  auto samples = module->getAttrOfType<IntegerAttr>(kSamplesAttr);
  return samples ? samples.getInt() : 1;
}

/// A tensor of one sample as that of several.
static RankedTensorType withSamples(Type type, int64_t samples) {
  auto tensor = cast<RankedTensorType>(type);
  SmallVector<int64_t> shape(tensor.getShape());
  if (samples > 1)
    shape.front() = samples;
  return tensor.clone(shape);
}

static TensorSpec makeSpec(Type type, DictionaryAttr attributes, const std::string &fallback) {
  auto name = attributes ? attributes.getAs<StringAttr>("nnc.name") : StringAttr();
  bool isUnsigned = attributes && attributes.contains("nnc.unsigned");
  return {name ? name.str() : fallback, cast<RankedTensorType>(type), isUnsigned};
}

Signature readSignature(ModuleOp module) {
  auto main = module.lookupSymbol<func::FuncOp>("main");
  int64_t samples = getSamples(module);
  Signature signature;
  for (auto [index, type] : llvm::enumerate(main.getArgumentTypes())) {
    auto state = main.getArgAttrOfType<IntegerAttr>(index, kStateAttr); // given for one sample
    signature.inputs.push_back(makeSpec(withSamples(type, state ? 1 : samples),
                                        main.getArgAttrDict(index),
                                        "input" + std::to_string(index)));
    if (state)
      signature.inputs.back().state = state.getInt();
  }
  for (auto [index, type] : llvm::enumerate(main.getResultTypes()))
    signature.outputs.push_back(makeSpec(withSamples(type, samples), main.getResultAttrDict(index),
                                         "output" + std::to_string(index)));
  return signature;
}

//===--- Random values ----------------------------------------------------------------------===//

template <typename T> static void fill(Buffer &buffer, llvm::function_ref<T()> next) {
  for (size_t offset = 0; offset < buffer.bytes.size(); offset += sizeof(T)) {
    T value = next();
    std::memcpy(buffer.bytes.data() + offset, &value, sizeof value);
  }
}

/// Small numbers: the first byte of each element.
static void fillIntegers(Buffer &buffer, std::mt19937_64 &random) {
  int64_t count = buffer.type.getNumElements();
  unsigned range = buffer.type.getElementType().isInteger(1) ? 2 : 4;
  for (int64_t i = 0; i < count; ++i)
    buffer.bytes[i * (buffer.bytes.size() / count)] = static_cast<char>(random() % range);
}

std::vector<Buffer> makeRandomValues(ArrayRef<TensorSpec> specs) {
  // NOLINTNEXTLINE(bugprone-random-generator-seed): the same values in every run
  std::mt19937_64 random(20240229);
  std::normal_distribution<double> normal;
  std::vector<Buffer> values;
  for (const TensorSpec &spec : specs) {
    Buffer &buffer = values.emplace_back(Buffer::zeros(spec.type));
    if (spec.type.getElementType().isF32())
      fill<float>(buffer, [&] { return static_cast<float>(normal(random)); });
    else if (spec.type.getElementType().isF64())
      fill<double>(buffer, [&] { return normal(random); });
    else
      fillIntegers(buffer, random);
  }
  return values;
}

//===--- Files ------------------------------------------------------------------------------===//

const npz::Array *findArray(const npz::NamedArrays &arrays, const TensorSpec &spec,
                            StringRef prefix) {
  auto find = [&](const std::string &name) -> const npz::Array * {
    auto found = llvm::find_if(arrays, [&](const auto &entry) { return entry.first == name; });
    return found == arrays.end() ? nullptr : &found->second;
  };
  const npz::Array *prefixed = find(prefix.str() + spec.name);
  return prefixed ? prefixed : find(spec.name);
}

llvm::Expected<Buffer> toBuffer(const TensorSpec &spec, const npz::Array &array) {
  if (array.type != spec.getTypeName() || llvm::ArrayRef(array.shape) != spec.type.getShape())
    return llvm::createStringError("'" + spec.name + "' is " + array.type + " " +
                                   codegen::printShape(array.shape) + ", but the model has " +
                                   spec.getTypeName() + " " +
                                   codegen::printShape(spec.type.getShape()));
  return Buffer{spec.type, array.bytes};
}

static std::string listNames(const npz::NamedArrays &arrays) {
  auto names = llvm::map_range(arrays, [](const auto &entry) { return "'" + entry.first + "'"; });
  return arrays.empty() ? "nothing" : llvm::join(names, ", ");
}

llvm::Expected<std::vector<Buffer>> readInputs(StringRef path, ArrayRef<TensorSpec> specs) {
  llvm::Expected<npz::NamedArrays> arrays = npz::readNpz(path);
  if (!arrays)
    return arrays.takeError();
  std::vector<Buffer> values;
  for (const TensorSpec &spec : specs) {
    const npz::Array *array = findArray(*arrays, spec, "in__");
    if (!array)
      return llvm::createStringError("'" + path + "' has no array '" + spec.name +
                                     "' for that input; it has " + listNames(*arrays));
    llvm::Expected<Buffer> value = toBuffer(spec, *array);
    if (!value)
      return llvm::createStringError("'" + path + "': " + llvm::toString(value.takeError()));
    values.push_back(std::move(*value));
  }
  return values;
}

npz::NamedArrays toArrays(ArrayRef<TensorSpec> specs, ArrayRef<Buffer> values) {
  npz::NamedArrays arrays;
  for (auto [spec, value] : llvm::zip_equal(specs, values))
    arrays.push_back({spec.name, {spec.getTypeName(), spec.type.getShape().vec(), value.bytes}});
  return arrays;
}

} // namespace nnc::tools
