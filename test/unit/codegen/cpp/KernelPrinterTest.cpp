// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// What the text says, and what is refused with a reason.

#include "CompiledKernels.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

using namespace Halide;
using testing::HasSubstr;
using testing::Not;

namespace nnc::cpp {
namespace {

Var x("x"), y("y");

const PrintedKernel &kernelNamed(const std::string &name) {
  for (size_t i = 0; i < allCases().size(); ++i)
    if (allCases()[i].name == name)
      return allKernels()[i];
  ADD_FAILURE() << "no case " << name;
  return allKernels().front();
}

std::string errorOf(Func output, const std::vector<Argument> &arguments) {
  Target target("x86-64-linux-no_asserts-no_bounds_query-no_runtime-avx512_skylake");
  Module module = Pipeline(output).compile_to_module(arguments, "kernel", target);
  PrintOptions options;
  options.functionName = "kernel";
  llvm::Expected<PrintedKernel> printed = printKernel(module.functions().front(), options);
  return printed ? "" : llvm::toString(printed.takeError());
}

TEST(KernelPrinter, RegisterTileIsNamedByPosition) {
  const PrintedKernel &kernel = kernelNamed("conv_auto");
  EXPECT_THAT(kernel.text, HasSubstr("f32x16 acc_0_0 = splat<f32x16>(0.0f);"));
  EXPECT_THAT(kernel.text, HasSubstr("acc_13_1 = acc_13_1 + w_1 * in_13;"));
  EXPECT_THAT(kernel.text, Not(HasSubstr("acc[")));
  EXPECT_EQ(kernel.scratchBytes, 0);
}

class RegisterTile : public testing::TestWithParam<const char *> {};

/// For these memory types Halide forgets the dimensions of a temporary.
TEST_P(RegisterTile, IsNamedVectors) {
  const PrintedKernel &kernel = kernelNamed(GetParam());
  EXPECT_THAT(kernel.text, HasSubstr("f32x16 acc_0 = splat<f32x16>(0.0f);"));
  EXPECT_THAT(kernel.text, HasSubstr("acc_27 = acc_27 + w_1 * in_13;"));
  EXPECT_THAT(kernel.text, Not(HasSubstr("acc[")));
}

INSTANTIATE_TEST_SUITE_P(MemoryTypes, RegisterTile, testing::Values("conv_register", "conv_stack"));

TEST(KernelPrinter, SignatureListsArgumentsInCallOrder) {
  const PrintedKernel &kernel = kernelNamed("conv_auto");
  ASSERT_EQ(kernel.arguments.size(), 4u);
  EXPECT_EQ(kernel.arguments[1].name, "w");
  EXPECT_FALSE(kernel.arguments[1].isOutput);
  EXPECT_EQ(kernel.arguments[3].name, "out");
  EXPECT_TRUE(kernel.arguments[3].isOutput);
  EXPECT_THAT(kernel.text, HasSubstr("// Test case conv_auto.\nstatic void conv_auto("));
  EXPECT_THAT(kernel.text, HasSubstr("float *NNC_RESTRICT out) noexcept {"));
  EXPECT_THAT(kernelNamed("chain").text,
              HasSubstr("unsigned char *NNC_RESTRICT scratch) noexcept"));
}

TEST(KernelPrinter, SaysWhatItIncludes) {
  EXPECT_EQ(kernelNamed("conv_auto").includes, std::set<std::string>{"vec.h"});
  EXPECT_EQ(kernelNamed("softmax").includes, std::set<std::string>{"math.h"});
}

TEST(KernelPrinter, LoopsKeepTheirNames) {
  const PrintedKernel &kernel = kernelNamed("conv_auto");
  EXPECT_THAT(kernel.text, HasSubstr("for (Index y = 0; y < 4; ++y) {"));
  EXPECT_THAT(kernel.text, HasSubstr("for (Index xo = 0; xo < 2; ++xo) {"));
}

TEST(KernelPrinter, TextDoesNotDependOnWhatWasPrintedBefore) {
  const KernelCase &kernel = allCases().front();
  PrintOptions options;
  options.functionName = kernel.name;
  std::string first = llvm::cantFail(printKernel(lower(kernel), options)).text;
  for (int i = 0; i < 3; ++i)
    Internal::unique_name('t');
  EXPECT_EQ(llvm::cantFail(printKernel(lower(kernel), options)).text, first);
}

TEST(KernelPrinter, LinesFitIntoHundredColumns) {
  for (const PrintedKernel &kernel : allKernels()) {
    llvm::SmallVector<llvm::StringRef> lines;
    llvm::StringRef(kernel.text).split(lines, '\n');
    for (llvm::StringRef line : lines)
      EXPECT_LE(line.size(), 100u) << line.str();
  }
}

TEST(KernelPrinter, VectorsFitTheRegisters) {
  EXPECT_THAT(kernelNamed("wide_vectors").text, Not(HasSubstr("f32x32")));
  EXPECT_THAT(kernelNamed("wide_vectors").text, HasSubstr("store(&out[x * 128 + 112], "));
  for (const PrintedKernel &kernel : allKernels(16))
    EXPECT_THAT(kernel.text, Not(HasSubstr("store(&out[x * 8], load<f32x8>")));
}

TEST(KernelPrinter, RaggedTailsAreStoresOfFewerLanes) {
  EXPECT_THAT(kernelNamed("ragged_predicated").text, HasSubstr("storeFirst<5>(&out["));
}

TEST(KernelPrinter, TemporariesThatDoNotLiveTogetherShareScratch) {
  EXPECT_EQ(kernelNamed("chain").scratchBytes, 2 * 64 * 64 * 4);
}

TEST(KernelPrinter, ScalarParametersArePassedByValue) {
  ImageParam in = denseInput(Float(32), "in", {16});
  Param<float> slope("slope");
  Param<int> shift("shift");
  Func out("out");
  out(x) = in(x)*slope + cast<float>(shift);
  out.output_buffer().dim(0).set_bounds(0, 16);
  Target target("x86-64-linux-no_asserts-no_bounds_query-no_runtime-avx512_skylake");
  Module module = Pipeline(out).compile_to_module({in, slope, shift}, "kernel", target);
  PrintOptions options;
  options.functionName = "kernel";
  auto kernel = llvm::cantFail(printKernel(module.functions().front(), options));
  EXPECT_THAT(kernel.text, HasSubstr("const float slope, const std::int32_t shift,"));
}

/// Halide moves the body of a parallel loop to a function of its own after the custom passes.
struct Capture : Internal::IRMutator {
  Internal::Stmt mutate(const Internal::Stmt &statement) override { return captured = statement; }
  using IRMutator::mutate;
  Internal::Stmt captured;
};

TEST(KernelPrinter, PrintsParallelLoopsInOrder) {
  ImageParam in = denseInput(Float(32), "in", {64, 8});
  Func out("out");
  out(x, y) = in(x, y) + 1.0f;
  out.parallel(y).vectorize(x, 16);
  out.output_buffer().dim(0).set_bounds(0, 64);
  out.output_buffer().dim(1).set_bounds(0, 8).set_stride(64);
  Capture capture;
  Pipeline pipeline(out);
  pipeline.add_custom_lowering_pass(&capture, nullptr);
  Target target("x86-64-linux-no_asserts-no_bounds_query-no_runtime-avx512_skylake");
  Module module = pipeline.compile_to_module({in}, "kernel", target);
  Internal::LoweredFunc function = module.get_function_by_name("kernel");
  PrintOptions options;
  options.functionName = "kernel";
  EXPECT_THAT(llvm::toString(printKernel(function, options).takeError()),
              HasSubstr("'parallel_closure' is a pointer"));
  function.body = capture.captured;
  std::string text = llvm::cantFail(printKernel(function, options)).text;
  EXPECT_THAT(text, HasSubstr("for (Index y = 0; y < 8; ++y) {"));
}

TEST(KernelPrinter, RefusesStridesThatAreNotConstant) {
  ImageParam in = denseInput(Float(32), "in", {16, 16});
  Func out("out");
  out(x, y) = in(x, y);
  out.bound(x, 0, 16).bound(y, 0, 16);
  EXPECT_THAT(errorOf(out, {in}), HasSubstr("stride.1' is not constant; give the buffer constant "
                                            "bounds and strides"));
}

TEST(KernelPrinter, RefusesUnknownFunctions) {
  ImageParam in = denseInput(Float(32), "in", {16});
  Func out("out");
  out(x) = Internal::Call::make(Float(32), "bessel_f32", {in(x)}, Internal::Call::PureExtern);
  out.output_buffer().dim(0).set_bounds(0, 16);
  EXPECT_EQ(errorOf(out, {in}), "kernel 'kernel': function 'bessel_f32' is not in runtime/math.h");
}

TEST(KernelPrinter, RefusesTypesWithoutCppForm) {
  ImageParam in = denseInput(Float(16), "in", {16});
  Func out("out");
  out(x) = cast<float>(in(x));
  out.output_buffer().dim(0).set_bounds(0, 16);
  EXPECT_THAT(errorOf(out, {in}), HasSubstr("parameter 'in' is of a type with no C++ form"));
}

TEST(KernelPrinter, RefusesTemporariesWithoutConstantSize) {
  ImageParam in = denseInput(Float(32), "in", {4096});
  Param<int> count("count");
  Func inner("inner"), out("out");
  RDom r(0, count, "r");
  inner(x) = in(x) * 2.0f;
  out() = 0.0f;
  out() += inner(r);
  inner.compute_root();
  EXPECT_THAT(errorOf(out, {in, count}), HasSubstr("has no constant size"));
}

} // namespace
} // namespace nnc::cpp
