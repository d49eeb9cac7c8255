// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// What the engine accepts, refuses and promises.
#include "ReferenceModel.h"

#include "mlir/IR/Diagnostics.h"

#include <cmath>

using namespace nnc::test;

namespace {

class Engine : public ReferenceModel {
protected:
  /// The message of the error, which must come.
  std::string getError(const std::string &text) {
    mlir::ScopedDiagnosticHandler silence(&context,
                                          [](mlir::Diagnostic &) { return mlir::success(); });
    auto engine = compile(text);
    return engine ? "no error" : llvm::toString(engine.takeError());
  }
};

TEST_F(Engine, ElementwiseArithmetic) {
  Array x = Array::random({2, 19}), y = Array::random({2, 19}), expected(x.shape);
  for (size_t i = 0; i < x.elements.size(); ++i)
    expected.elements[i] = std::max(x.elements[i] * y.elements[i] + 0.5f, 0.0f);
  std::vector<nnc::Buffer> outputs = run(R"(
    func.func @main(%x: tensor<2x19xf32>, %y: tensor<2x19xf32>) -> tensor<2x19xf32> {
      %half = arith.constant dense<0.5> : tensor<2x19xf32>
      %zero = arith.constant dense<0.0> : tensor<2x19xf32>
      %0 = arith.mulf %x, %y : tensor<2x19xf32>
      %1 = arith.addf %0, %half : tensor<2x19xf32>
      %2 = arith.maximumf %1, %zero : tensor<2x19xf32>
      return %2 : tensor<2x19xf32>
    })",
                                         {toBuffer(x), toBuffer(y)});
  ASSERT_EQ(outputs.size(), 1u);
  Array actual(x.shape);
  actual.elements = outputs[0].as<float>().vec();
  expectEqual(actual, expected);
}

TEST_F(Engine, MathematicalFunctions) {
  Array x = Array::random({37});
  const std::pair<const char *, float (*)(float)> functions[] = {
      {"math.exp", std::exp},   {"math.tanh", std::tanh},   {"math.erf", std::erf},
      {"math.sin", std::sin},   {"math.ceil", std::ceil},   {"math.absf", std::fabs},
      {"math.atan", std::atan}, {"math.floor", std::floor}, {"math.roundeven", std::nearbyint}};
  for (auto [name, function] : functions) {
    Array expected(x.shape);
    std::transform(x.elements.begin(), x.elements.end(), expected.elements.begin(), function);
    expectNear(runOp(std::string(name) + " %0", {x}, x.shape, tensorType(x.shape)), expected,
               1e-6f);
  }
}

TEST_F(Engine, IntegersAndBooleans) {
  auto type = mlir::RankedTensorType::get({20}, mlir::IntegerType::get(&context, 32));
  std::vector<int32_t> a(20), b(20), expected(20);
  for (int i = 0; i < 20; ++i) {
    a[i] = i - 7;
    b[i] = 5 - i;
    expected[i] = a[i] < b[i] ? a[i] : b[i] * 3;
  }
  std::vector<nnc::Buffer> outputs =
      run(R"(
    func.func @main(%a: tensor<20xi32>, %b: tensor<20xi32>) -> (tensor<20xi32>, tensor<20xi1>) {
      %three = arith.constant dense<3> : tensor<20xi32>
      %less = arith.cmpi slt, %a, %b : tensor<20xi32>
      %tripled = arith.muli %b, %three : tensor<20xi32>
      %r = arith.select %less, %a, %tripled : tensor<20xi1>, tensor<20xi32>
      return %r, %less : tensor<20xi32>, tensor<20xi1>
    })",
          {nnc::Buffer::copyOf<int32_t>(type, a), nnc::Buffer::copyOf<int32_t>(type, b)});
  ASSERT_EQ(outputs.size(), 2u);
  EXPECT_EQ(outputs[0].as<int32_t>().vec(), expected);
  for (int i = 0; i < 20; ++i)
    EXPECT_EQ(outputs[1].bytes[i], a[i] < b[i]);
}

TEST_F(Engine, ResultsMayBeInputsConstantsAndEachOther) {
  Array x = Array::random({2, 2});
  std::vector<nnc::Buffer> outputs = run(R"(
    func.func @main(%x: tensor<2x2xf32>) -> (tensor<2x2xf32>, tensor<2x2xf32>, tensor<2x2xf32>, tensor<2x2xf32>) {
      %c = arith.constant dense<[[1.0, 2.0], [3.0, 4.0]]> : tensor<2x2xf32>
      %y = arith.addf %x, %c : tensor<2x2xf32>
      return %x, %y, %y, %c : tensor<2x2xf32>, tensor<2x2xf32>, tensor<2x2xf32>, tensor<2x2xf32>
    })",
                                         {toBuffer(x)});
  ASSERT_EQ(outputs.size(), 4u);
  for (int i = 0; i < 4; ++i) {
    EXPECT_EQ(outputs[0].as<float>()[i], x.elements[i]);
    EXPECT_EQ(outputs[1].as<float>()[i], x.elements[i] + i + 1);
    EXPECT_EQ(outputs[2].as<float>()[i], x.elements[i] + i + 1);
    EXPECT_EQ(outputs[3].as<float>()[i], i + 1);
  }
}

TEST_F(Engine, RunsAreRepeatableAndLeaveInputsAlone) {
  Array x = Array::random({1, 9, 9, 4});
  auto engine = compile(R"(
    func.func @main(%x: tensor<1x9x9x4xf32>) -> tensor<1x9x9x4xf32> {
      %c = arith.constant dense<0.25> : tensor<3x3x4x4xf32>
      %0 = nnc.conv2d %x, %c {pads = array<i64: 1, 1, 1, 1>} : tensor<1x9x9x4xf32>, tensor<3x3x4x4xf32> -> tensor<1x9x9x4xf32>
      %1 = arith.addf %0, %x : tensor<1x9x9x4xf32>
      return %1 : tensor<1x9x9x4xf32>
    })");
  ASSERT_TRUE(bool(engine));
  nnc::Buffer input = toBuffer(x), before = input;
  auto first = (*engine)->run(input), second = (*engine)->run(input);
  ASSERT_TRUE(first && second);
  EXPECT_EQ(first->front().bytes, second->front().bytes);
  EXPECT_EQ(input.bytes, before.bytes);
}

TEST_F(Engine, LaunchesRunWithoutTheirSchedule) {
  Array x = Array::random({4, 8}), expected(x.shape);
  for (size_t i = 0; i < x.elements.size(); ++i)
    expected.elements[i] = x.elements[i] + x.elements[i];
  Array actual(x.shape);
  std::vector<nnc::Buffer> outputs = run(R"(
    halide.kernel @double(%x: tensor<4x8xf32>) -> tensor<4x8xf32> {
      %y = arith.addf %x, %x : tensor<4x8xf32>
      halide.vectorize %y "k" : tensor<4x8xf32>
      halide.yield %y : tensor<4x8xf32>
    }
    func.func @main(%x: tensor<4x8xf32>) -> tensor<4x8xf32> {
      %y = halide.launch @double(%x) : (tensor<4x8xf32>) -> tensor<4x8xf32>
      return %y : tensor<4x8xf32>
    })",
                                         {toBuffer(x)});
  ASSERT_EQ(outputs.size(), 1u);
  actual.elements = outputs[0].as<float>().vec();
  expectEqual(actual, expected);
}

TEST_F(Engine, LoopsAndConditionsOfTheProgramRun) {
  Array x = Array::random({3});
  std::vector<nnc::Buffer> outputs = run(R"(
    func.func @main(%x: tensor<3xf32>) -> tensor<3xf32> {
      %zero = arith.constant 0 : index
      %one = arith.constant 1 : index
      %five = arith.constant 5 : index
      %y = scf.for %i = %zero to %five step %one iter_args(%a = %x) -> tensor<3xf32> {
        %b = arith.addf %a, %x : tensor<3xf32>
        scf.yield %b : tensor<3xf32>
      }
      return %y : tensor<3xf32>
    })",
                                         {toBuffer(x)});
  ASSERT_EQ(outputs.size(), 1u);
  for (int i = 0; i < 3; ++i)
    EXPECT_NEAR(outputs[0].as<float>()[i], 6 * x.elements[i], 1e-5);
}

TEST_F(Engine, RefusesWrongInputs) {
  auto engine = compile(
      R"(func.func @main(%x: tensor<3xf32>) -> tensor<3xf32> { return %x : tensor<3xf32> })");
  ASSERT_TRUE(bool(engine));
  auto none = (*engine)->run({});
  ASSERT_FALSE(bool(none));
  EXPECT_EQ(llvm::toString(none.takeError()), "the model takes 1 inputs, but 0 are given");
  auto shape = (*engine)->run(toBuffer(Array({4})));
  ASSERT_FALSE(bool(shape));
  EXPECT_EQ(llvm::toString(shape.takeError()),
            "input 0 is tensor<4xf32>, but the model takes tensor<3xf32>");
  nnc::Buffer few = toBuffer(Array({3}));
  few.bytes.resize(8);
  auto bytes = (*engine)->run(few);
  ASSERT_FALSE(bool(bytes));
  EXPECT_EQ(llvm::toString(bytes.takeError()), "input 0 has 8 bytes, but tensor<3xf32> takes 12");
}

TEST_F(Engine, RefusesWhatItCannotRun) {
  EXPECT_EQ(getError("module {}"), "there is no function @main to run");
  EXPECT_EQ(
      getError("func.func @main(%x: tensor<?xf32>) -> tensor<?xf32> { return %x : tensor<?xf32> }"),
      "'func.func' op has 'tensor<?xf32>' in its signature, but the reference runs only statically "
      "shaped "
      "tensors of numbers");
  EXPECT_NE(
      getError(
          "func.func private @f(tensor<2xf32>) -> tensor<2xf32>\n"
          "func.func @main(%x: tensor<2xf32>) -> tensor<2xf32> {\n"
          "  %y = call @f(%x) : (tensor<2xf32>) -> tensor<2xf32>\n  return %y : tensor<2xf32>\n}"),
      "no error");
}

TEST_F(Engine, RefusesConstantsWithoutElements) {
  EXPECT_EQ(getError("func.func @main() -> tensor<100xf32> {\n"
                     "  %c = arith.constant dense_resource<absent> : tensor<100xf32>\n"
                     "  return %c : tensor<100xf32>\n}"),
            "a constant of type tensor<100xf32> has no elements");
}

} // namespace
