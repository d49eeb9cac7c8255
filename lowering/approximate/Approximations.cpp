// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "lowering/approximate/Approximations.h"

#include "mlir/IR/Builders.h"

#include "llvm/ADT/StringExtras.h"

using namespace mlir;

namespace nnc {

static void collectNames(Location location, SmallVectorImpl<std::string> &names) {
  if (auto name = dyn_cast<NameLoc>(location)) {
    std::string text = name.getName().str();
    if (!llvm::is_contained(names, text))
      names.push_back(text);
  } else if (auto fused = dyn_cast<FusedLoc>(location)) {
    for (Location part : fused.getLocations())
      collectNames(part, names);
  }
}

std::string getLayerTitle(Operation *op) {
  SmallVector<std::string> names;
  collectNames(op->getLoc(), names);
  return names.empty() ? op->getName().getStringRef().str() : llvm::join(names, ", ");
}

void recordApproximation(Operation *layer, const Approximation &approximation) {
  Builder builder(layer->getContext());
  auto attribute = [&](StringRef name, Attribute value) {
    return builder.getNamedAttr(name, value);
  };
  DictionaryAttr entry = builder.getDictionaryAttr(
      {attribute("layer", builder.getStringAttr(getLayerTitle(layer))),
       attribute("method", builder.getStringAttr(approximation.method)),
       attribute("form", builder.getStringAttr(approximation.form)),
       attribute("parameters", builder.getI64IntegerAttr(approximation.parameters)),
       attribute("dense_parameters", builder.getI64IntegerAttr(approximation.denseParameters)),
       attribute("error", builder.getF64FloatAttr(approximation.error))});
  auto module = layer->getParentOfType<ModuleOp>();
  SmallVector<Attribute> list;
  if (auto known = module->getAttrOfType<ArrayAttr>(kApproximationsAttr))
    list.assign(known.begin(), known.end());
  list.push_back(entry);
  module->setAttr(kApproximationsAttr, builder.getArrayAttr(list));
}

} // namespace nnc
