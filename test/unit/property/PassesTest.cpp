// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Every pass keeps the meaning: random networks compute the same before and after it.
#include "NetworkTest.h"

#include "lowering/Passes.h"
#include "lowering/Pipelines.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Transforms/Passes.h"

using namespace nnc;
using namespace nnc::test;

namespace {

template <std::unique_ptr<mlir::Pass> (*create)()>
void addToFunctions(mlir::OpPassManager &passes) {
  passes.addNestedPass<mlir::func::FuncOp>(create());
}

void buildFor(llvm::StringRef target, mlir::OpPassManager &passes) {
  StandardPipelineOptions options{llvm::cantFail(lookupMachine(target))};
  options.rowsAbove = 0;
  buildStandardPipeline(passes, options);
}

/// Each pass alone on the network as it came, then the stages one after the other.
const Step kSteps[] = {
    {"canonicalize", [](auto &passes) { passes.addPass(mlir::createCanonicalizerPass()); }},
    {"nnc-sink-movements", addToFunctions<createSinkMovements>},
    {"nnc-fold-normalization", addToFunctions<createFoldNormalization>},
    {"nnc-split-groups", addToFunctions<createSplitGroups>},
    {"nnc-conv-to-linear", addToFunctions<createConvToLinear>},
    {"nnc-select-trees", addToFunctions<createSelectTrees>},
    {"nnc-fold-constants", [](auto &passes) { passes.addPass(createFoldConstants()); }},
    {"nnc-compact", [](auto &passes) { passes.addPass(createCompactNetwork()); }},
    {"nnc-form-kernels", [](auto &passes) { passes.addPass(createFormKernels()); }},
    {"nnc-recognize-trains", buildRecognizedTrains},
    {"nnc-simplify", [](auto &passes) { buildSimplifiedModel(passes); }},
    {"nnc-simplify, nnc-kernels",
     [](auto &passes) {
       buildSimplifiedModel(passes);
       buildKernels(passes);
     }},
    {"nnc-standard=target=portable", [](auto &passes) { buildFor("portable", passes); }},
    {"nnc-standard=target=x86-64-v4", [](auto &passes) { buildFor("x86-64-v4", passes); }},
};

class Passes : public NetworkTest, public testing::WithParamInterface<unsigned> {};

TEST_P(Passes, KeepTheMeaning) {
  ASSERT_NO_FATAL_FAILURE(setUpNetwork(GetParam()));
  expectKept(*parse(), kSteps);
}

INSTANTIATE_TEST_SUITE_P(Network, Passes, testing::ValuesIn(listNetworks(0, 12)),
                         testing::PrintToStringParamName());

} // namespace
