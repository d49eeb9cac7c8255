// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "dialects/nnc/Approximations.h"

#include "mlir/IR/Builders.h"

using namespace mlir;

namespace nnc {

void recordApproximation(ModuleOp module, const Approximation &approximation) {
  Builder builder(module.getContext());
  auto text = [&](StringRef name, const std::string &value) {
    return builder.getNamedAttr(name, builder.getStringAttr(value));
  };
  auto number = [&](StringRef name, int64_t value) {
    return builder.getNamedAttr(name, builder.getI64IntegerAttr(value));
  };
  SmallVector<NamedAttribute> facts{
      text("layer", approximation.layer),
      text("method", approximation.method),
      text("form", approximation.form),
      number("parameters", approximation.parameters),
      number("dense_parameters", approximation.denseParameters),
      number("flops", approximation.flops),
      number("dense_flops", approximation.denseFlops),
      builder.getNamedAttr("error", builder.getF64FloatAttr(approximation.error))};
  if (approximation.indexBytes != 0)
    facts.push_back(number("index_bytes", approximation.indexBytes));
  SmallVector<Attribute> list;
  if (auto known = module->getAttrOfType<ArrayAttr>(kApproximationsAttr))
    list.assign(known.begin(), known.end());
  list.push_back(builder.getDictionaryAttr(facts));
  module->setAttr(kApproximationsAttr, builder.getArrayAttr(list));
}

SmallVector<Approximation> readApproximations(ModuleOp module) {
  SmallVector<Approximation> approximations;
  auto list = module->getAttrOfType<ArrayAttr>(kApproximationsAttr);
  if (!list)
    return approximations;
  for (auto entry : list.getAsRange<DictionaryAttr>()) {
    auto layer = entry.getAs<StringAttr>("layer"), method = entry.getAs<StringAttr>("method"),
         form = entry.getAs<StringAttr>("form");
    auto getNumber = [&](StringRef name) {
      auto number = entry.getAs<IntegerAttr>(name);
      return number ? number.getInt() : 0;
    };
    auto error = entry.getAs<FloatAttr>("error");
    if (layer && method && form && error)
      approximations.push_back({layer.str(), method.str(), form.str(), getNumber("parameters"),
                                getNumber("dense_parameters"), getNumber("flops"),
                                getNumber("dense_flops"), error.getValueAsDouble(),
                                getNumber("index_bytes")});
  }
  return approximations;
}

} // namespace nnc
