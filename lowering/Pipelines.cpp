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

void buildRecognizedTrains(OpPassManager &manager) {
  // Chains of movements are one.
  manager.addPass(createCanonicalizerPass());
  manager.addNestedPass<func::FuncOp>(createRecognizeTrains());
}

void buildSimplifiedModel(OpPassManager &manager, bool trainsAsWritten) {
  manager.addPass(createCanonicalizerPass());
  // Trains become layers that everything below knows; merged cores are folded at the end.
  if (!trainsAsWritten)
    manager.addPass(createContractTrains());
  // First layouts, so that a normalization meets the convolution it follows.
  manager.addNestedPass<func::FuncOp>(createSinkMovements());
  manager.addNestedPass<func::FuncOp>(createFoldNormalization());
  // Groups before 1x1 convolutions, which they may be.
  manager.addNestedPass<func::FuncOp>(createSplitGroups());
  // Transposed convolutions with what is folded into them; 2x2 of stride 2 becomes 1x1.
  manager.addNestedPass<func::FuncOp>(createSplitTransposed());
  // Then 1x1 convolutions, whose reshapes sink below what follows them.
  manager.addNestedPass<func::FuncOp>(createConvToLinear());
  manager.addNestedPass<func::FuncOp>(createSelectTrees());
  manager.addNestedPass<func::FuncOp>(createSinkMovements());
  manager.addNestedPass<func::FuncOp>(createFoldNormalization());
  // What the folds built on constants is evaluated last, in one go.
  manager.addPass(createFoldConstants());
  // Where weights are numbers, and groups and layouts are what remains of them. Recurrences first:
  // they follow their units to layers that read them, which may pick their inputs afterwards.
  manager.addNestedPass<func::FuncOp>(createCompactRecurrences());
  manager.addPass(createCompactNetwork());
  // Columns that nobody reads are gone: a row may be zeros without them.
  manager.addPass(createCompactTables());
  manager.addPass(createCanonicalizerPass());
  manager.addPass(createCSEPass());
}

void buildSparseForms(OpPassManager &manager, const Machine &machine) {
  // Of what is left, whose weights may not be worth lists.
  manager.addPass(createMarkSparse());
  manager.addPass(createSparsifyRecurrences({machine.gatherCost, machine.farWeightCost}));
  FormSparseOptions options;
  options.gatherCost = machine.gatherCost;
  options.farWeightCost = machine.farWeightCost;
  options.straightLineCost = machine.straightLineCost;
  manager.addPass(createFormSparse(options));
  // Sparse convolutions have channels first; between two of them nothing is transposed.
  manager.addNestedPass<func::FuncOp>(createSinkMovements());
}

void buildFasterArithmetic(OpPassManager &manager) {
  manager.addPass(createFormWinograd());
  // Transforms filters.
  manager.addPass(createFoldConstants());
}

void buildKernels(OpPassManager &manager, bool exposeLayers, int64_t rowsAbove) {
  // Recurrent layers first, which are repeated launches.
  manager.addPass(createFormRecurrences());
  manager.addPass(createFormKernels({rowsAbove}));
  manager.addPass(createGuardLaunches());
  manager.addNestedPass<halide::KernelOp>(createNncToLinalg());
  // Sees which values the model returns, and those alone.
  manager.addPass(createHoistPadding());
  // Before results are placed, after it is settled what shares a kernel.
  if (exposeLayers)
    manager.addPass(createExposeLayers());
  manager.addPass(createCopyResults());
  manager.addPass(createPlaceViews());
}

void buildLayouts(OpPassManager &manager) {
  manager.addPass(createSpecializeLayouts());
  // Packing is a movement of constants.
  manager.addPass(createFoldConstants());
}

void buildSchedules(OpPassManager &manager, const StandardPipelineOptions &options) {
  ScheduleKernelsOptions passOptions;
  passOptions.target = options.machine.name.str();
  passOptions.threads = options.threads;
  passOptions.schedules = options.schedules;
  manager.addPass(createScheduleKernels(passOptions));
  // After scheduling, which lays out the weights of all launches of a kernel alike.
  buildLayouts(manager);
}

void buildUnscheduledKernels(OpPassManager &manager, const StandardPipelineOptions &options) {
  // Before constants are folded, which cores may be that are multiplied with each other.
  if (!options.exact)
    buildRecognizedTrains(manager);
  buildSimplifiedModel(manager, options.trainsAsWritten);
  manager.addPass(createFormPerforated({/*form=*/"", options.exact}));
  buildSparseForms(manager, options.machine);
  manager.addNestedPass<func::FuncOp>(createSplitNarrow());
  manager.addPass(createFormActive({/*lists=*/options.exact}));
  manager.addPass(createFormBranches());
  if (!options.exact)
    buildFasterArithmetic(manager);
  buildKernels(manager, options.exposeLayers, options.rowsAbove);
}

void buildStandardPipeline(OpPassManager &manager, const StandardPipelineOptions &options) {
  buildUnscheduledKernels(manager, options);
  buildSchedules(manager, options);
}

namespace {

struct TextOptions : PassPipelineOptions<TextOptions> {
  Option<std::string> target{*this, "target", llvm::cl::desc("the machine to schedule for"),
                             llvm::cl::init("native")};
  Option<bool> exact{*this, "exact", llvm::cl::desc("sums in the order of the model's layers"),
                     llvm::cl::init(false)};
  Option<int64_t> threads{*this, "threads", llvm::cl::desc("threads that share a kernel's work"),
                          llvm::cl::init(1)};
  Option<std::string> schedules{*this, "schedules", llvm::cl::desc("a file of schedules"),
                                llvm::cl::init("")};
  Option<int64_t> rowsAbove{*this, "rows-above", llvm::cl::desc("as nnc-form-kernels takes it"),
                            llvm::cl::init(kLargeImageBytes)};
};

} // namespace

void registerPipelines() {
  PassPipelineRegistration<>("nnc-simplify", "the same model with less in it",
                             [](OpPassManager &manager) { buildSimplifiedModel(manager); });
  PassPipelineRegistration<>("nnc-kernels", "launches of kernels that hold linalg",
                             [](OpPassManager &manager) { buildKernels(manager); });
  PassPipelineRegistration<TextOptions>(
      "nnc-standard", "from a model to scheduled kernels",
      [](OpPassManager &manager, const TextOptions &options) {
        llvm::Expected<Machine> machine = lookupMachine(options.target);
        if (machine)
          return buildStandardPipeline(manager, {*machine, options.threads, options.exact,
                                                 /*exposeLayers=*/false, options.schedules,
                                                 options.rowsAbove});
        llvm::errs() << "error: " << llvm::toString(machine.takeError()) << "\n";
        std::exit(2);
      });
}

} // namespace nnc
