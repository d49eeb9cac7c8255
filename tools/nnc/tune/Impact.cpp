// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "tools/nnc/tune/Impact.h"

#include "dialects/nnc/LayerNames.h"
#include "dialects/nnc/Nnc.h"
#include "tools/nnc/tune/ModelAdjoint.h"

#include "llvm/ADT/STLExtras.h"

#include <cmath>
#include <cstring>

using namespace mlir;

namespace nnc::tools {
namespace {

/// The result of the layer of that title, behind its mask if it has one; null where there is none.
Value findImage(ModuleOp model, StringRef title) {
  Value image;
  model.walk([&](Operation *op) {
    if (isa<Conv2dOp, MaxPool2dOp, AvgPool2dOp, PerforateOp>(op) && getLayerTitle(op) == title)
      image = op->getResult(0);
  });
  return image;
}

/// @main returns the values as well.
void returnValues(ModuleOp model, ArrayRef<Value> values) {
  auto main = model.lookupSymbol<func::FuncOp>("main");
  Operation *terminator = main.getBody().front().getTerminator();
  terminator->insertOperands(terminator->getNumOperands(), values);
  main.setType(FunctionType::get(model.getContext(), main.getArgumentTypes(),
                                 TypeRange(terminator->getOperands())));
  main.removeResAttrsAttr();
}

/// Adds to each position the sum over images and channels of |gradient value|.
void addImpact(const Buffer &value, ArrayRef<float> gradient, std::vector<double> &impact) {
  ArrayRef<float> numbers = value.as<float>();
  int64_t channels = value.type.getDimSize(3), positions = static_cast<int64_t>(impact.size());
  for (auto [index, number] : llvm::enumerate(numbers))
    impact[static_cast<int64_t>(index) / channels % positions] +=
        std::abs(static_cast<double>(number) * gradient[index]);
}

npz::Array toArray(RankedTensorType type, const std::vector<double> &impact, int64_t examples) {
  npz::Array array{"float32", {type.getDimSize(1), type.getDimSize(2)}, {}};
  for (double sum : impact) {
    auto mean = static_cast<float>(sum / static_cast<double>(examples));
    const char *begin = reinterpret_cast<const char *>(&mean);
    array.bytes.insert(array.bytes.end(), begin, begin + sizeof mean);
  }
  return array;
}

} // namespace

FailureOr<npz::NamedArrays> measureImpact(Session &session, ModuleOp model,
                                          ArrayRef<std::string> layers, const LabelledData &data,
                                          Loss &loss) {
  OwningOpRef<ModuleOp> copy = model.clone();
  SmallVector<Value> images;
  std::vector<RankedTensorType> types;
  std::vector<std::vector<double>> impacts;
  for (const std::string &title : layers) {
    Value image = findImage(*copy, title);
    if (!image)
      return session.reportError("layer '" + title + "' is no convolution and no pooling"),
             failure();
    images.push_back(image);
    types.push_back(cast<RankedTensorType>(image.getType()));
    impacts.emplace_back(types.back().getDimSize(1) * types.back().getDimSize(2));
  }
  returnValues(*copy, images);
  auto adjoint = ModelAdjoint::create(session, *copy, images.size());
  if (failed(adjoint))
    return failure();
  for (auto [run, inputs] : llvm::enumerate(data.getRuns())) {
    auto values = session.report((*adjoint)->run(inputs));
    if (failed(values))
      return failure();
    ArrayRef<Buffer> outputs = ArrayRef(*values).drop_back(images.size());
    auto seeds = session.report(loss.getGradient(outputs, run));
    if (failed(seeds))
      return failure();
    auto gradients = (*adjoint)->propagate(*seeds);
    if (failed(gradients))
      return failure();
    for (auto [value, gradient, impact] :
         llvm::zip_equal(ArrayRef(*values).take_back(images.size()), *gradients, impacts))
      addImpact(value, gradient, impact);
  }
  npz::NamedArrays arrays;
  for (auto [title, type, impact] : llvm::zip_equal(layers, types, impacts))
    arrays.push_back({title, toArray(type, impact, data.countExamples())});
  return arrays;
}

} // namespace nnc::tools
