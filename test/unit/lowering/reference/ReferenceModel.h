// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Running models given as text, and arrays to compare them with.
#ifndef TEST_UNIT_LOWERING_REFERENCE_REFERENCEMODEL_H
#define TEST_UNIT_LOWERING_REFERENCE_REFERENCEMODEL_H

#include "lowering/reference/ReferenceEngine.h"

#include "mlir/IR/MLIRContext.h"
#include "mlir/Parser/Parser.h"
#include "llvm/Support/FormatVariadic.h"
#include <gtest/gtest.h>

#include <random>

namespace nnc::test {

using Shape = std::vector<int64_t>;

/// "1x8x8x3xf32" in angle brackets.
inline std::string tensorType(const Shape &shape, const std::string &element = "f32") {
  std::string text = "tensor<";
  for (int64_t extent : shape)
    text += std::to_string(extent) + "x";
  return text + element + ">";
}

/// "array<i64: 1, 2>".
inline std::string arrayAttribute(const Shape &values) {
  std::string text = "array<i64: ";
  for (size_t i = 0; i < values.size(); ++i)
    text += (i == 0 ? "" : ", ") + std::to_string(values[i]);
  return text + ">";
}

/// A row-major array that is indexed by position; images outside of their borders are zero.
struct Array {
  Shape shape;
  std::vector<float> elements;

  explicit Array(Shape shape) : shape(std::move(shape)), elements(getCount()) {}

  /// Different numbers in [-1, 1) on each call of a test.
  static Array random(Shape shape) {
    // NOLINTNEXTLINE(bugprone-random-generator-seed): the same numbers on every run
    static std::mt19937 generator(1);
    std::uniform_real_distribution<float> uniform(-1, 1);
    Array array(std::move(shape));
    for (float &element : array.elements)
      element = uniform(generator);
    return array;
  }

  size_t getCount() const {
    size_t count = 1;
    for (int64_t extent : shape)
      count *= extent;
    return count;
  }

  float &operator()(std::initializer_list<int64_t> position) {
    size_t offset = 0, axis = 0;
    for (int64_t index : position)
      offset = offset * shape[axis++] + index;
    return elements[offset];
  }
  float operator()(std::initializer_list<int64_t> position) const {
    return const_cast<Array &>(*this)(position);
  }

  /// A pixel, or `outside` beyond the rows and columns.
  float getPixel(int64_t n, int64_t y, int64_t x, int64_t c, float outside = 0) const {
    if (y < 0 || x < 0 || y >= shape[1] || x >= shape[2])
      return outside;
    return (*this)({n, y, x, c});
  }
};

/// Parses and runs `@main`; expectations fail where that fails.
class ReferenceModel : public testing::Test {
protected:
  ReferenceModel() {
    mlir::DialectRegistry registry;
    registerReferenceDialects(registry);
    context.appendDialectRegistry(registry);
  }

  Buffer toBuffer(const Array &array) {
    auto type = mlir::RankedTensorType::get(array.shape, mlir::Float32Type::get(&context));
    return Buffer::copyOf<float>(type, array.elements);
  }

  llvm::Expected<std::unique_ptr<ReferenceEngine>> compile(const std::string &text,
                                                           const ReferenceOptions &options = {}) {
    module = mlir::parseSourceString<mlir::ModuleOp>(text, &context);
    EXPECT_TRUE(module) << text;
    return ReferenceEngine::create(*module, options);
  }

  std::vector<Buffer> run(const std::string &text, llvm::ArrayRef<Buffer> inputs,
                          const ReferenceOptions &options = {}) {
    auto engine = compile(text, options);
    if (!engine) {
      ADD_FAILURE() << llvm::toString(engine.takeError()) << text;
      return {};
    }
    auto outputs = (*engine)->run(inputs);
    if (!outputs) {
      ADD_FAILURE() << llvm::toString(outputs.takeError());
      return {};
    }
    return std::move(*outputs);
  }

  /// Runs one operation on f32 tensors: `op` reads %0, %1, ... and ends before its colon.
  Array runOp(const std::string &op, const std::vector<Array> &inputs, const Shape &result,
              const std::string &types = "", const ReferenceOptions &options = {}) {
    std::string arguments, operandTypes;
    std::vector<Buffer> buffers;
    for (size_t i = 0; i < inputs.size(); ++i) {
      std::string comma = i == 0 ? "" : ", ", type = tensorType(inputs[i].shape);
      arguments += comma + llvm::formatv("%{0}: {1}", i, type).str();
      operandTypes += comma + type;
      buffers.push_back(toBuffer(inputs[i]));
    }
    std::string text = llvm::formatv(
        "func.func @main({0}) -> {1} {{\n  %r = {2} : {3}\n  return %r : {1}\n}\n", arguments,
        tensorType(result), op, types.empty() ? operandTypes + " -> " + tensorType(result) : types);
    Array output(result);
    std::vector<Buffer> outputs = run(text, buffers, options);
    if (outputs.size() == 1)
      output.elements = outputs[0].as<float>().vec();
    return output;
  }

  mlir::MLIRContext context;
  mlir::OwningOpRef<mlir::ModuleOp> module;
};

/// Bit for bit.
inline void expectEqual(const Array &actual, const Array &expected) {
  ASSERT_EQ(actual.shape, expected.shape);
  for (size_t i = 0; i < expected.elements.size(); ++i)
    ASSERT_EQ(actual.elements[i], expected.elements[i]) << "element " << i;
}

/// Up to rounding of sums in another order, or of another mathematical library.
inline void expectNear(const Array &actual, const Array &expected, float tolerance = 1e-5f) {
  ASSERT_EQ(actual.shape, expected.shape);
  for (size_t i = 0; i < expected.elements.size(); ++i)
    ASSERT_NEAR(actual.elements[i], expected.elements[i], tolerance) << "element " << i;
}

} // namespace nnc::test

#endif // TEST_UNIT_LOWERING_REFERENCE_REFERENCEMODEL_H
