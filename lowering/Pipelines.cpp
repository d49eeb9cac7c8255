// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The story, in order, with the reason for the order.
#include "lowering/Pipelines.h"

#include "lowering/Passes.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Pass/PassRegistry.h"
#include "mlir/Transforms/Passes.h"

using namespace mlir;

namespace nnc {

void buildSimplifiedModel(OpPassManager &manager) {
  manager.addPass(createCanonicalizerPass());
  // Trains become layers that everything below knows; merged cores are folded at the end.
  manager.addPass(createContractTrains());
  // First layouts, so that a normalization meets the convolution it follows.
  manager.addNestedPass<func::FuncOp>(createSinkMovements());
  manager.addNestedPass<func::FuncOp>(createFoldNormalization());
  // Groups before 1x1 convolutions, which they may be.
  manager.addNestedPass<func::FuncOp>(createSplitGroups());
  // Then 1x1 convolutions, whose reshapes sink below what follows them.
  manager.addNestedPass<func::FuncOp>(createConvToLinear());
  manager.addNestedPass<func::FuncOp>(createSinkMovements());
  manager.addNestedPass<func::FuncOp>(createFoldNormalization());
  // What the folds built on constants is evaluated last, in one go.
  manager.addPass(createFoldConstants());
  manager.addPass(createCanonicalizerPass());
  manager.addPass(createCSEPass());
}

void buildFasterArithmetic(OpPassManager &manager) {
  manager.addNestedPass<func::FuncOp>(createFormWinograd());
  // Transforms filters.
  manager.addPass(createFoldConstants());
}

void buildKernels(OpPassManager &manager, bool exposeLayers) {
  manager.addPass(createFormKernels());
  manager.addNestedPass<halide::KernelOp>(createNncToLinalg());
  // Before results are placed, after it is settled what shares a kernel.
  if (exposeLayers)
    manager.addPass(createExposeLayers());
  manager.addPass(createCopyResults());
  manager.addPass(createPlaceViews());
}

void buildSchedules(OpPassManager &manager, const Machine &machine, int64_t threads) {
  ScheduleKernelsOptions options;
  options.target = machine.name.str();
  options.threads = threads;
  manager.addPass(createScheduleKernels(options));
  // After scheduling, which lays out the weights of all launches of a kernel alike.
  manager.addPass(createSpecializeLayouts());
  // Packing is a movement of constants.
  manager.addPass(createFoldConstants());
}

void buildUnscheduledKernels(OpPassManager &manager, const StandardPipelineOptions &options) {
  buildSimplifiedModel(manager);
  if (!options.exact)
    buildFasterArithmetic(manager);
  buildKernels(manager, options.exposeLayers);
}

void buildStandardPipeline(OpPassManager &manager, const StandardPipelineOptions &options) {
  buildUnscheduledKernels(manager, options);
  buildSchedules(manager, options.machine, options.threads);
}

namespace {

struct TextOptions : PassPipelineOptions<TextOptions> {
  Option<std::string> target{*this, "target", llvm::cl::desc("the machine to schedule for"),
                             llvm::cl::init("native")};
  Option<bool> exact{*this, "exact", llvm::cl::desc("sums in the order of the model's layers"),
                     llvm::cl::init(false)};
  Option<int64_t> threads{*this, "threads", llvm::cl::desc("threads that share a kernel's work"),
                          llvm::cl::init(1)};
};

} // namespace

void registerPipelines() {
  PassPipelineRegistration<>("nnc-simplify", "the same model with less in it",
                             buildSimplifiedModel);
  PassPipelineRegistration<>("nnc-kernels", "launches of kernels that hold linalg",
                             [](OpPassManager &manager) { buildKernels(manager); });
  PassPipelineRegistration<TextOptions>(
      "nnc-standard", "from a model to scheduled kernels",
      [](OpPassManager &manager, const TextOptions &options) {
        llvm::Expected<Machine> machine = lookupMachine(options.target);
        if (machine)
          return buildStandardPipeline(manager, {*machine, options.threads, options.exact});
        llvm::errs() << "error: " << llvm::toString(machine.takeError()) << "\n";
        std::exit(2);
      });
}

} // namespace nnc
