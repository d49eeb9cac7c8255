// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "tools/nnc/tune/LabelledData.h"

#include "codegen/package/Text.h"

#include "llvm/ADT/STLExtras.h"

#include <cstring>

using namespace llvm;

namespace nnc::tools {
namespace {

/// Where an array's examples are: in dimension 0 of the model's input, or before it.
struct Layout {
  int64_t examples, perRun;
};

Expected<Layout> getLayout(const TensorSpec &spec, const npz::Array &array) {
  ArrayRef<int64_t> wanted = spec.type.getShape(), given = array.shape;
  if (array.type == spec.getTypeName() && !given.empty()) {
    if (!wanted.empty() && given.size() == wanted.size() &&
        given.drop_front() == wanted.drop_front())
      return Layout{given[0], wanted[0]};
    if (given.drop_front() == wanted)
      return Layout{given[0], 1};
  }
  return createStringError("'" + spec.name + "' is " + array.type + " " +
                           codegen::printShape(given) + ", but the model takes " +
                           spec.getTypeName() + " " + codegen::printShape(wanted) +
                           ", of which there may be many in dimension 0");
}

template <typename T, typename Out>
void convert(const std::vector<char> &bytes, std::vector<Out> &out) {
  for (size_t at = 0; at < bytes.size(); at += sizeof(T)) {
    T value;
    std::memcpy(&value, bytes.data() + at, sizeof value);
    out.push_back(static_cast<Out>(value));
  }
}

/// Whether the array is of integers, which are appended to `out`.
bool readIntegers(const npz::Array &array, std::vector<int64_t> &out) {
  if (array.type == "int64")
    convert<int64_t>(array.bytes, out);
  else if (array.type == "int32")
    convert<int32_t>(array.bytes, out);
  else if (array.type == "uint8")
    convert<uint8_t>(array.bytes, out);
  else
    return false;
  return true;
}

bool readFloats(const npz::Array &array, std::vector<float> &out) {
  if (array.type == "float32")
    convert<float>(array.bytes, out);
  else if (array.type == "float64")
    convert<double>(array.bytes, out);
  else
    return false;
  return true;
}

const npz::Array *findLabels(const npz::NamedArrays &arrays) {
  auto found = find_if(arrays, [](const auto &entry) { return entry.first == "labels"; });
  return found == arrays.end() ? nullptr : &found->second;
}

} // namespace

Error LabelledData::readLabels(const npz::Array &array) {
  auto count = static_cast<size_t>(countExamples());
  std::vector<int64_t> classes;
  std::vector<float> values;
  if (!readIntegers(array, classes) && !readFloats(array, values))
    return createStringError(
        "'labels' is " + array.type +
        "; accepted are int64, int32 and uint8 for class numbers, float32 and float64");
  if (array.shape.empty() || array.shape[0] < static_cast<int64_t>(count))
    return createStringError("'labels' is " + codegen::printShape(array.shape) +
                             ", but there are " + Twine(count) + " examples");
  size_t classesEach = classes.size() / array.shape[0], valuesEach = values.size() / array.shape[0];
  for (size_t i = 0; i < count; ++i) {
    auto take = [&](const auto &all, size_t each) {
      return std::decay_t<decltype(all)>(all.begin() + i * each, all.begin() + (i + 1) * each);
    };
    targets.push_back({take(classes, classesEach), take(values, valuesEach)});
  }
  return Error::success();
}

Expected<LabelledData> LabelledData::read(StringRef path, const Signature &signature,
                                          int64_t limit) {
  Expected<npz::NamedArrays> arrays = npz::readNpz(path);
  if (!arrays)
    return arrays.takeError();
  auto fail = [&](const Twine &message) { return createStringError("'" + path + "': " + message); };
  LabelledData data;
  int64_t examples = 0;
  std::vector<const npz::Array *> given;
  for (const TensorSpec &spec : signature.inputs) {
    given.push_back(findArray(*arrays, spec, "in__"));
    if (!given.back())
      return fail("no array '" + spec.name + "' for that input");
    Expected<Layout> layout = getLayout(spec, *given.back());
    if (!layout)
      return fail(toString(layout.takeError()));
    if (given.size() > 1 && (layout->examples != examples || layout->perRun != data.examplesPerRun))
      return fail("'" + spec.name + "' has " + Twine(layout->examples) + " examples, but '" +
                  signature.inputs[0].name + "' has " + Twine(examples));
    examples = layout->examples;
    data.examplesPerRun = layout->perRun;
  }
  if (limit > 0)
    examples = std::min(examples, limit);
  for (int64_t run = 0; run < examples / data.examplesPerRun; ++run) {
    std::vector<Buffer> &inputs = data.runs.emplace_back();
    for (auto [spec, array] : zip_equal(signature.inputs, given)) {
      Buffer buffer = Buffer::zeros(spec.type);
      std::memcpy(buffer.bytes.data(), array->bytes.data() + run * buffer.bytes.size(),
                  buffer.bytes.size());
      inputs.push_back(std::move(buffer));
    }
  }
  if (data.runs.empty())
    return fail(Twine(examples) + " examples are fewer than the " + Twine(data.examplesPerRun) +
                " of one run");
  if (const npz::Array *labels = findLabels(*arrays))
    if (Error error = data.readLabels(*labels))
      return fail(toString(std::move(error)));
  return data;
}

} // namespace nnc::tools
