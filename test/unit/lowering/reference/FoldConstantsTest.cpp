// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// A model computes the same, bit for bit, after its constants are folded.
#include "ReferenceModel.h"

#include "dialects/nnc/Constants.h"
#include "lowering/Passes.h"

#include "mlir/Pass/PassManager.h"

using namespace nnc::test;

namespace {

class FoldConstants : public ReferenceModel {
protected:
  /// A constant of random numbers, as text that refers to a resource of the context.
  void bindRandom(const std::string &placeholder, const Shape &shape) {
    Array array = Array::random(shape);
    nnc::Buffer buffer = toBuffer(array);
    mlir::ElementsAttr constant = nnc::makeConstant(buffer.type, buffer.bytes, placeholder);
    // Arguments of @main become constants in front of it.
    auto main = module->lookupSymbol<mlir::func::FuncOp>("main");
    mlir::OpBuilder builder(main.getBody());
    unsigned last = main.getNumArguments() - 1;
    main.getArgument(last).replaceAllUsesWith(mlir::arith::ConstantOp::create(
        builder, main.getLoc(), mlir::cast<mlir::TypedAttr>(constant)));
    ASSERT_TRUE(mlir::succeeded(main.eraseArgument(last)));
  }

  std::vector<nnc::Buffer> runModule(llvm::ArrayRef<nnc::Buffer> inputs) {
    auto engine = nnc::ReferenceEngine::create(*module);
    EXPECT_TRUE(bool(engine));
    auto outputs = (*engine)->run(inputs);
    EXPECT_TRUE(bool(outputs));
    return std::move(*outputs);
  }

  int64_t countOps(llvm::StringRef name) {
    int64_t count = 0;
    module->walk([&](mlir::Operation *op) { count += op->getName().getStringRef() == name; });
    return count;
  }
};

TEST_F(FoldConstants, KeepsResults) {
  module = mlir::parseSourceString<mlir::ModuleOp>(R"(
    func.func @main(%x: tensor<1x8x8x24xf32>, %w: tensor<40x24x3x3xf32>, %scale: tensor<40xf32>) -> tensor<1x6x6x40xf32> {
      %hwio = nnc.transpose %w [2, 3, 1, 0] : tensor<40x24x3x3xf32> -> tensor<3x3x24x40xf32>
      %s = nnc.broadcast %scale : tensor<40xf32> -> tensor<3x3x24x40xf32>
      %scaled = arith.mulf %hwio, %s : tensor<3x3x24x40xf32>
      %bias = math.exp %scale : tensor<40xf32>
      %y = nnc.conv2d %x, %scaled bias(%bias) : tensor<1x8x8x24xf32>, tensor<3x3x24x40xf32>, tensor<40xf32> -> tensor<1x6x6x40xf32>
      return %y : tensor<1x6x6x40xf32>
    })",
                                                   &context);
  ASSERT_TRUE(module);
  bindRandom("scale", {40});
  bindRandom("weights", {40, 24, 3, 3});
  nnc::Buffer input = toBuffer(Array::random({1, 8, 8, 24}));
  std::vector<nnc::Buffer> before = runModule(input);

  mlir::PassManager passes(&context);
  passes.addPass(nnc::createFoldConstants());
  ASSERT_TRUE(mlir::succeeded(passes.run(*module)));
  EXPECT_EQ(countOps("arith.constant"), 2);
  EXPECT_EQ(countOps("nnc.transpose") + countOps("nnc.broadcast") + countOps("math.exp"), 0);
  std::vector<nnc::Buffer> after = runModule(input);
  ASSERT_EQ(before.size(), 1u);
  EXPECT_EQ(before[0].bytes, after[0].bytes);
}

TEST_F(FoldConstants, FoldsIntegersAndBooleans) {
  module = mlir::parseSourceString<mlir::ModuleOp>(R"(
    func.func @main() -> (tensor<3xi64>, tensor<3xi1>) {
      %a = arith.constant dense<[5, -2, 7]> : tensor<3xi64>
      %order = arith.constant dense<[2, 0, 1]> : tensor<3xi32>
      %picked = nnc.gather %a at %order axis = 0 : tensor<3xi64>, tensor<3xi32> -> tensor<3xi64>
      %less = arith.cmpi slt, %picked, %a : tensor<3xi64>
      return %picked, %less : tensor<3xi64>, tensor<3xi1>
    })",
                                                   &context);
  ASSERT_TRUE(module);
  mlir::PassManager passes(&context);
  passes.addPass(nnc::createFoldConstants());
  ASSERT_TRUE(mlir::succeeded(passes.run(*module)));
  EXPECT_EQ(countOps("nnc.gather") + countOps("arith.cmpi"), 0);
  std::vector<nnc::Buffer> outputs = runModule({});
  ASSERT_EQ(outputs.size(), 2u);
  EXPECT_EQ(outputs[0].as<int64_t>().vec(), (std::vector<int64_t>{7, 5, -2}));
  EXPECT_EQ(outputs[1].bytes, (std::vector<char>{0, 0, 1}));
}

} // namespace
