// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Kernels that cannot be generated are refused with a diagnostic.
#include "codegen/halide/GenerateKernels.h"
#include "dialects/halide/Halide.h"
#include "dialects/nnc/Nnc.h"
#include "lowering/reference/Pipeline.h"

#include "mlir/IR/Diagnostics.h"
#include "mlir/Parser/Parser.h"
#include <gmock/gmock.h>
#include <gtest/gtest.h>

using namespace mlir;
using testing::HasSubstr;

namespace {

/// Doubles eight numbers; `schedule` stands behind it, `element` is their type.
std::string makeKernel(const std::string &schedule, const std::string &element = "f32",
                       const std::string &body = "arith.addf %a, %a") {
  std::string type = "tensor<8x" + element + ">";
  return "halide.kernel @double(%x: " + type + ") -> " + type +
         " {\n  %e = tensor.empty() : " + type +
         "\n  %y = linalg.generic {indexing_maps = [affine_map<(i) -> (i)>, affine_map<(i) "
         "-> (i)>], iterator_types = [\"parallel\"]} ins(%x : " +
         type + ") outs(%e : " + type +
         ") attrs = {nnc.iterators = [\"k\"]} {\n  ^bb0(%a: " + element + ", %b: " + element +
         "):\n    %c = " + body + " : " + element + "\n    linalg.yield %c : " + element +
         "\n  } -> " + type + "\n" + schedule + "\n  halide.yield %y : " + type + "\n}\n";
}

class GenerateKernels : public testing::Test {
protected:
  GenerateKernels() {
    DialectRegistry registry;
    nnc::registerReferenceDialects(registry);
    registry.insert<nnc::NncDialect, nnc::halide::HalideDialect>();
    context.appendDialectRegistry(registry);
  }

  /// Whether kernels were generated; what was said about it is in `messages`.
  bool generate(const std::string &text) {
    ScopedDiagnosticHandler handler(&context, [&](Diagnostic &diagnostic) {
      messages += diagnostic.str() + "\n";
      return success();
    });
    auto module = parseSourceString<ModuleOp>(text, &context);
    if (!module) {
      ADD_FAILURE() << messages << text;
      return false;
    }
    nnc::Machine machine = llvm::cantFail(nnc::lookupMachine("portable"));
    return succeeded(nnc::codegen::generateKernels(*module, machine));
  }

  MLIRContext context;
  std::string messages;
};

TEST_F(GenerateKernels, TakesASchedule) {
  EXPECT_TRUE(generate(makeKernel("  halide.vectorize %y \"k\" : tensor<8xf32>"))) << messages;
}

TEST_F(GenerateKernels, RefusesALoopThatIsNotThere) {
  EXPECT_FALSE(generate(makeKernel("  halide.vectorize %y \"z\" : tensor<8xf32>")));
  EXPECT_THAT(messages, HasSubstr("z"));
  EXPECT_THAT(messages, HasSubstr("'halide.vectorize' op is refused by Halide"));
}

TEST_F(GenerateKernels, RefusesASplitThatIsNotThere) {
  EXPECT_FALSE(
      generate(makeKernel("  halide.split %y \"z\" into \"a\", \"b\" by 4 : tensor<8xf32>")));
  EXPECT_THAT(messages, HasSubstr("is refused by Halide"));
}

TEST_F(GenerateKernels, RefusesAnUpdateStageThatIsNotThere) {
  EXPECT_FALSE(generate(makeKernel("  halide.vectorize %y \"k\" update(1) : tensor<8xf32>")));
  EXPECT_THAT(messages, HasSubstr("names update stage 1, but there are 0"));
}

TEST_F(GenerateKernels, RefusesToScheduleAnArgument) {
  EXPECT_FALSE(generate(makeKernel("  halide.vectorize %x \"k\" : tensor<8xf32>")));
  EXPECT_THAT(messages, HasSubstr("schedules a value that the kernel does not compute"));
}

TEST_F(GenerateKernels, RefusesUnknownMemory) {
  EXPECT_FALSE(generate(makeKernel("  halide.store_in %y \"attic\" : tensor<8xf32>")));
  EXPECT_THAT(messages, HasSubstr("stores in \"attic\"; known are register and stack"));
}

TEST_F(GenerateKernels, RefusesAnArgumentAsResult) {
  EXPECT_FALSE(generate("halide.kernel @k(%x: tensor<8xf32>) -> tensor<8xf32> {\n"
                        "  halide.yield %x : tensor<8xf32>\n}\n"));
  EXPECT_THAT(messages, HasSubstr("yields an argument unchanged as result 0"));
}

TEST_F(GenerateKernels, RefusesAnUnknownOperationInABody) {
  EXPECT_FALSE(generate(makeKernel("", "f32", "math.cbrt %a")));
  EXPECT_THAT(messages, HasSubstr("'math.cbrt' op has no translation to Halide"));
}

TEST_F(GenerateKernels, RefusesAnOperationWithoutMeaningHere) {
  EXPECT_FALSE(
      generate("halide.kernel @k(%x: tensor<8xf32>) -> tensor<8xf32> {\n"
               "  %0 = math.absf %x : tensor<8xf32>\n  halide.yield %0 : tensor<8xf32>\n}\n"));
  EXPECT_THAT(messages, HasSubstr("'math.absf' op has no translation to Halide"));
}

TEST_F(GenerateKernels, RefusesHalfPrecision) {
  EXPECT_FALSE(generate(makeKernel("", "f16")));
  EXPECT_THAT(messages, HasSubstr("has elements of type 'f16', but kernels take f32, f64"));
}

} // namespace
