// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Kernels whose inputs or results lie inside a larger tensor are generated for those strides.
#include "lowering/Passes.h"
#include "lowering/program/Placement.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/Utils/IndexingUtils.h"

#include "llvm/ADT/StringMap.h"

namespace nnc {
#define GEN_PASS_DEF_SPECIALIZELAYOUTS
#include "lowering/Passes.h.inc"
} // namespace nnc

using namespace mlir;
using namespace nnc;

namespace {

bool isDense(Value value, const Place &place) {
  return place.strides == computeStrides(cast<RankedTensorType>(value.getType()).getShape());
}

/// The strides of each argument and result of a launch; empty for dense ones.
using Layouts = SmallVector<SmallVector<int64_t>>;

Layouts getLayouts(halide::LaunchOp launch, const Placement &placement) {
  Layouts layouts;
  for (ValueRange values : {ValueRange(launch.getInputs()), ValueRange(launch.getResults())})
    for (Value value : values) {
      Place place = placement.lookUp(value);
      layouts.push_back(isDense(value, place) ? SmallVector<int64_t>() : place.strides);
    }
  return layouts;
}

struct SpecializeLayouts : nnc::impl::SpecializeLayoutsBase<SpecializeLayouts> {
  void runOnOperation() override {
    auto main = getOperation().lookupSymbol<func::FuncOp>("main");
    if (!main || !main.getBody().hasOneBlock())
      return;
    SymbolTable symbols(getOperation());
    Placement placement(main.getBody().front());
    llvm::DenseSet<Operation *> original, used;
    for (auto launch : main.getBody().front().getOps<halide::LaunchOp>()) {
      auto kernel = symbols.lookup<halide::KernelOp>(launch.getCallee());
      original.insert(kernel);
      halide::KernelOp special = specialize(symbols, kernel, getLayouts(launch, placement));
      launch.setCallee(special.getSymName());
      used.insert(special);
    }
    for (Operation *kernel : original)
      if (!used.contains(kernel))
        kernel->erase();
  }

  /// The kernel for these layouts: itself if all are dense, else a copy, one for each combination.
  halide::KernelOp specialize(SymbolTable &symbols, halide::KernelOp kernel,
                              const Layouts &layouts) {
    if (llvm::all_of(layouts, [](ArrayRef<int64_t> strides) { return strides.empty(); }))
      return kernel;
    std::string key;
    llvm::raw_string_ostream stream(key);
    stream << kernel.getSymName();
    for (ArrayRef<int64_t> strides : layouts) {
      stream << ";";
      llvm::interleave(strides, stream, ",");
    }
    halide::KernelOp &special = specialized[key];
    if (special)
      return special;
    OpBuilder builder(kernel);
    builder.setInsertionPointAfter(kernel);
    special = cast<halide::KernelOp>(builder.clone(*kernel));
    unsigned arguments = kernel.getNumArguments();
    for (auto [index, strides] : llvm::enumerate(layouts)) {
      if (strides.empty())
        continue;
      Attribute attribute = builder.getDenseI64ArrayAttr(strides);
      if (index < arguments)
        special.setArgAttr(index, halide::kStridesAttr, attribute);
      else
        special.setResultAttr(index - arguments, halide::kStridesAttr, attribute);
    }
    symbols.insert(special);
    return special;
  }

  llvm::StringMap<halide::KernelOp> specialized;
};

} // namespace
