// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "dialects/halide/Halide.h"
#include "dialects/nnc/Results.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Pass/Pass.h"
#include "llvm/ADT/StringExtras.h"

namespace nnc {
#define GEN_PASS_DEF_EXPOSELAYERS
#include "lowering/Passes.h.inc"
} // namespace nnc

using namespace mlir;
using namespace nnc;

namespace {

/// "conv1, relu1", or the kernel's name.
std::string getTitle(halide::LaunchOp launch) {
  if (ArrayAttr layers = launch.getLayers().value_or(ArrayAttr()); layers && !layers.empty())
    return llvm::join(layers.getAsValueRange<StringAttr>(), ", ");
  return launch.getCallee().str();
}

struct ExposeLayers : nnc::impl::ExposeLayersBase<ExposeLayers> {
  void runOnOperation() override {
    auto main = getOperation().lookupSymbol<func::FuncOp>("main");
    if (!main || !main.getBody().hasOneBlock())
      return;
    Operation *terminator = main.getBody().front().getTerminator();
    SmallVector<std::pair<Value, std::string>> results;
    for (auto launch : main.getOps<halide::LaunchOp>()) {
      if (launch.getInputs().empty())
        continue;
      for (Value result : launch.getResults())
        if (!llvm::is_contained(terminator->getOperands(), result))
          results.emplace_back(result, getTitle(launch));
    }
    for (const auto &[value, name] : results)
      addResult(main, value, name);
  }
};

} // namespace
