// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Random networks whose layers have random masks: what is computed at kept positions alone, on
// lists, between whole images or in strided loops, is what the masks mean.
#include "NetworkTest.h"

#include "lowering/Passes.h"
#include "lowering/Pipelines.h"

using namespace nnc;
using namespace nnc::test;

namespace {

template <const char *Form> void buildForm(mlir::OpPassManager &passes) {
  FormPerforatedOptions options;
  options.form = Form;
  passes.addPass(createFormPerforated(options));
}

constexpr char kImplicit[] = "implicit", kExplicit[] = "explicit", kStrided[] = "strided";

const Step kSteps[] = {
    {"implicit", buildForm<kImplicit>},
    {"explicit", buildForm<kExplicit>},
    {"strided", buildForm<kStrided>},
    {"nnc-simplify, implicit",
     [](auto &passes) {
       buildSimplifiedModel(passes);
       buildForm<kImplicit>(passes);
     }},
    {"nnc-standard=target=x86-64-v4",
     [](auto &passes) {
       buildStandardPipeline(passes, {llvm::cantFail(lookupMachine("x86-64-v4"))});
     }},
};

class Perforation : public NetworkTest, public testing::WithParamInterface<unsigned> {
protected:
  /// Every layer that can be, now and then twice.
  void perforate(mlir::ModuleOp module) {
    NetworkWriter random(GetParam() + 3);
    mlir::PassManager passes(&context);
    for (int64_t times = random.chance(30) ? 2 : 1; times > 0; --times) {
      PerforateOptions options;
      options.mask =
          random.pickFrom<const char *>({"uniform", "grid", "strides", "strides", "tiles"});
      options.kept = random.pickFrom<double>({0.05, 0.3, 0.6});
      options.seed = random.pickFrom<int64_t>({1, 2, 3});
      options.layers = {"*"};
      passes.addPass(createPerforate(options));
    }
    ASSERT_TRUE(mlir::succeeded(passes.run(module)));
  }
};

TEST_P(Perforation, KeepsWhatMasksMean) {
  ASSERT_NO_FATAL_FAILURE(setUpNetwork(GetParam()));
  mlir::OwningOpRef<mlir::ModuleOp> perforated = parse();
  ASSERT_NO_FATAL_FAILURE(perforate(*perforated));
  expected = runReference(*perforated);
  expectKept(*perforated, kSteps);
}

INSTANTIATE_TEST_SUITE_P(Network, Perforation, testing::ValuesIn(listNetworks(13000, 24)),
                         testing::PrintToStringParamName());

} // namespace
