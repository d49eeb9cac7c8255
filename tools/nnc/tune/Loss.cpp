// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "tools/nnc/tune/Loss.h"

#include "frontend/onnx/Import.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"

#include <cstring>
#include <mutex>

using namespace llvm;

namespace nnc::tools {
namespace {

ArrayRef<float> getExample(const Buffer &buffer, size_t example, size_t perRun) {
  ArrayRef<float> all = buffer.as<float>();
  return all.slice(example * (all.size() / perRun), all.size() / perRun);
}

class BuiltInLoss : public Loss {
public:
  BuiltInLoss(const LossKind &kind, std::vector<size_t> reads, const LabelledData &data)
      : kind(kind), reads(std::move(reads)), data(data) {}

  bool classifies() const override { return kind.classifies; }

  Expected<Score> evaluate(ArrayRef<Buffer> outputs, size_t run) override {
    Score mean;
    size_t perRun = data.countExamplesPerRun();
    for (size_t example = 0; example < perRun; ++example) {
      const Target &target = data.getTargets()[run * perRun + example];
      std::vector<float> output = join(outputs, example);
      if (Error error = check(output, target))
        return std::move(error);
      Score score = kind.evaluate(output, target, {});
      mean.loss += score.loss / perRun;
      mean.wrong += score.wrong / perRun;
    }
    return mean;
  }

  Expected<std::vector<Buffer>> getGradient(ArrayRef<Buffer> outputs, size_t run) override {
    std::vector<Buffer> gradients;
    for (const Buffer &output : outputs)
      gradients.push_back(Buffer::zeros(output.type));
    size_t perRun = data.countExamplesPerRun();
    for (size_t example = 0; example < perRun; ++example) {
      std::vector<float> output = join(outputs, example), gradient(output.size());
      const Target &target = data.getTargets()[run * perRun + example];
      if (Error error = check(output, target))
        return std::move(error);
      kind.evaluate(output, target, gradient);
      const float *next = gradient.data();
      for (size_t index : reads) {
        size_t count = getExample(outputs[index], example, perRun).size();
        std::memcpy(gradients[index].bytes.data() + example * count * sizeof(float), next,
                    count * sizeof(float));
        next += count;
      }
    }
    return gradients;
  }

  Expected<std::vector<Target>> toTargets(ArrayRef<Buffer> outputs) override {
    std::vector<Target> targets(data.countExamplesPerRun());
    for (auto [example, target] : enumerate(targets)) {
      target.values = join(outputs, example);
      if (kind.classifies)
        target = {{max_element(target.values) - target.values.begin()}, {}};
    }
    return targets;
  }

private:
  std::vector<float> join(ArrayRef<Buffer> outputs, size_t example) const {
    std::vector<float> joined;
    for (size_t index : reads)
      append_range(joined, getExample(outputs[index], example, data.countExamplesPerRun()));
    return joined;
  }

  Error check(ArrayRef<float> output, const Target &target) const {
    if (!kind.classifies)
      return target.values.size() == output.size()
                 ? Error::success()
                 : createStringError("the loss " + kind.name + " compares " + Twine(output.size()) +
                                     " numbers of an output with " + Twine(target.values.size()) +
                                     " numbers of its label");
    size_t rows = target.classes.size();
    if (rows == 0 || output.size() % rows != 0)
      return createStringError("the loss " + kind.name +
                               " takes class numbers as labels, and an output of " +
                               Twine(output.size()) + " numbers cannot belong to " + Twine(rows));
    auto width = static_cast<int64_t>(output.size() / rows);
    for (int64_t label : target.classes)
      if (label < 0 || label >= width)
        return createStringError("label " + Twine(label) + " is none of the " + Twine(width) +
                                 " classes, 0 to " + Twine(width - 1));
    return Error::success();
  }

  const LossKind &kind;
  std::vector<size_t> reads; // outputs
  const LabelledData &data;
};

/// Runs by the reference: it is small.
class OnnxLoss : public Loss {
public:
  OnnxLoss(mlir::OwningOpRef<mlir::ModuleOp> module, std::unique_ptr<ReferenceEngine> engine,
           const Signature &model, const LabelledData &data)
      : module(std::move(module)), engine(std::move(engine)),
        inputs(readSignature(*this->module).inputs), model(model), data(data) {}

  bool classifies() const override { return false; }

  Expected<Score> evaluate(ArrayRef<Buffer> outputs, size_t run) override {
    std::vector<Buffer> values;
    for (const TensorSpec &spec : inputs) {
      auto found = find_if(model.outputs,
                           [&](const TensorSpec &output) { return output.name == spec.name; });
      if (found != model.outputs.end())
        values.push_back(outputs[found - model.outputs.begin()]);
      else
        values.push_back(makeLabels(spec, run));
      if (values.back().bytes.size() != Buffer::zeros(spec.type).bytes.size())
        return createStringError("the loss takes '" + spec.name + "' in another size than it has");
    }
    std::scoped_lock lock(mutex);
    Expected<std::vector<Buffer>> result = engine->run(values);
    if (!result)
      return result.takeError();
    ArrayRef<float> losses = result->front().as<float>();
    return Score{std::accumulate(losses.begin(), losses.end(), 0.0) / losses.size(), 0};
  }

  Expected<std::vector<Buffer>> getGradient(ArrayRef<Buffer>, size_t) override {
    return createStringError("impact needs the gradient of a built-in loss");
  }
  Expected<std::vector<Target>> toTargets(ArrayRef<Buffer>) override {
    return createStringError("a loss in ONNX needs an array 'labels' in the data");
  }

private:
  Buffer makeLabels(const TensorSpec &spec, size_t run) const {
    std::vector<char> bytes;
    auto append = [&](auto number) {
      const char *begin = reinterpret_cast<const char *>(&number);
      bytes.insert(bytes.end(), begin, begin + sizeof number);
    };
    size_t perRun = data.countExamplesPerRun();
    for (const Target &target : ArrayRef(data.getTargets()).slice(run * perRun, perRun)) {
      for (float value : target.values)
        append(value);
      for (int64_t label : target.classes)
        spec.type.getElementType().isInteger(32) ? append(static_cast<int32_t>(label))
                                                 : append(label);
    }
    return {spec.type, std::move(bytes)};
  }

  mlir::OwningOpRef<mlir::ModuleOp> module;
  std::unique_ptr<ReferenceEngine> engine;
  std::vector<TensorSpec> inputs;
  const Signature &model;
  const LabelledData &data;
  std::mutex mutex;
};

Expected<std::unique_ptr<Loss>> readOnnxLoss(Session &session, StringRef path,
                                             const Signature &signature, const LabelledData &data) {
  ImportOptions options;
  options.batch = data.countExamplesPerRun();
  auto module = importOnnx(session.getContext(), path, options);
  if (mlir::failed(module))
    return createStringError("'" + path + "' is no loss");
  Signature loss = readSignature(**module);
  for (const TensorSpec &spec : loss.inputs)
    if (spec.name != "labels" && none_of(signature.outputs, [&](const TensorSpec &output) {
          return output.name == spec.name;
        }))
      return createStringError("'" + path + "' takes '" + spec.name +
                               "'; a loss takes outputs of the model by their names, and 'labels'");
  if (loss.outputs.size() != 1 || !loss.outputs[0].type.getElementType().isF32())
    return createStringError(
        "'" + path + "' gives more than one float32 tensor, the losses of examples or their mean");
  auto engine = ReferenceEngine::create(**module);
  if (!engine)
    return engine.takeError();
  return std::make_unique<OnnxLoss>(std::move(*module), std::move(*engine), signature, data);
}

/// The outputs that a built-in loss reads.
Expected<std::vector<size_t>> chooseOutputs(StringRef name, const Signature &signature,
                                            bool wantsAll) {
  std::vector<size_t> chosen;
  for (auto [index, output] : enumerate(signature.outputs))
    if (output.type.getElementType().isF32() &&
        (name.empty() ? wantsAll || chosen.empty() : output.name == name))
      chosen.push_back(index);
  if (!chosen.empty())
    return chosen;
  auto names = map_range(signature.outputs, [](const TensorSpec &output) { return output.name; });
  return createStringError("--output=" + name + ": no such output of float32; the model has " +
                           join(names, ", "));
}

} // namespace

Expected<std::unique_ptr<Loss>> Loss::create(Session &session, StringRef name, StringRef output,
                                             const Signature &signature, const LabelledData &data) {
  if (name.ends_with(".onnx"))
    return readOnnxLoss(session, name, signature, data);
  Expected<const LossKind *> kind = lookupLossKind(!name.empty()       ? name
                                                   : data.hasClasses() ? "cross-entropy"
                                                                       : "squared-error");
  if (!kind)
    return kind.takeError();
  bool wantsAll = data.getTargets().empty() && !(*kind)->classifies;
  Expected<std::vector<size_t>> reads = chooseOutputs(output, signature, wantsAll);
  if (!reads)
    return reads.takeError();
  return std::make_unique<BuiltInLoss>(**kind, std::move(*reads), data);
}

} // namespace nnc::tools
