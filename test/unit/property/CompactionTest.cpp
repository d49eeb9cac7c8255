// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Random networks, random outputs and inputs of whose layers are zeros, compute the same when what
// is constant or unread is gone, and when layers list their non-zeros.
#include "NetworkTest.h"

#include "dialects/nnc/Constants.h"
#include "dialects/nnc/Nnc.h"
#include "lowering/Passes.h"
#include "lowering/Pipelines.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"

using namespace nnc;
using namespace nnc::test;

namespace {

/// Zeros in the constants of a network.
class Pruner {
public:
  explicit Pruner(unsigned seed) : random(seed) {}

  void prune(mlir::ModuleOp module) {
    module->walk([&](mlir::Operation *op) {
      if (auto linear = llvm::dyn_cast<LinearOp>(op))
        pruneLayer(linear.getWeightMutable(),
                   linear.getBias() ? &linear.getBiasMutable()[0] : nullptr);
      if (auto conv = llvm::dyn_cast<Conv2dOp>(op))
        pruneLayer(conv.getFilterMutable(), conv.getBias() ? &conv.getBiasMutable()[0] : nullptr);
      if (auto norm = llvm::dyn_cast<BatchNormOp>(op); norm && random.chance(30))
        pruneAlong(norm.getScaleMutable(), 0, 40);
    });
  }

private:
  /// Outputs, inputs, both or none; now and then what is added to zero is zero too.
  void pruneLayer(mlir::OpOperand &weight, mlir::OpOperand *bias) {
    int64_t rank = llvm::cast<mlir::RankedTensorType>(weight.get().getType()).getRank();
    if (random.chance(70))
      pruneAlong(weight, rank - 1, random.pickFrom<int64_t>({10, 50, 80, 100}));
    if (random.chance(40))
      pruneAlong(weight, rank - 2, random.pickFrom<int64_t>({10, 50, 80}));
    if (bias && random.chance(40))
      pruneAlong(*bias, 0, 60);
  }

  /// Makes each index of `axis` of a constant zero with a chance of `percent`.
  void pruneAlong(mlir::OpOperand &constant, int64_t axis, int64_t percent) {
    std::optional<llvm::SmallVector<float, 0>> floats = getFloats(constant.get());
    if (!floats)
      return;
    auto type = llvm::cast<mlir::RankedTensorType>(constant.get().getType());
    int64_t extent = type.getDimSize(axis), inner = 1;
    for (int64_t size : type.getShape().drop_front(axis + 1))
      inner *= size;
    std::vector<bool> isGone;
    for (int64_t i = 0; i < extent; ++i)
      isGone.push_back(random.chance(percent));
    for (size_t i = 0; i < floats->size(); ++i)
      if (isGone[i / static_cast<size_t>(inner) % static_cast<size_t>(extent)])
        (*floats)[i] = 0;
    mlir::OpBuilder builder(constant.getOwner());
    llvm::ArrayRef<char> bytes(reinterpret_cast<const char *>(floats->data()),
                               floats->size() * sizeof(float));
    constant.set(mlir::arith::ConstantOp::create(
        builder, constant.getOwner()->getLoc(),
        llvm::cast<mlir::TypedAttr>(makeConstant(type, bytes, "pruned"))));
  }

  NetworkWriter random;
};

/// Every sparse layer in this form, before anything is compacted.
template <const char *Form> void buildForm(mlir::OpPassManager &passes) {
  passes.addPass(createMarkSparse());
  FormSparseOptions options;
  options.form = Form;
  passes.addPass(createFormSparse(options));
  passes.addNestedPass<mlir::func::FuncOp>(createSinkMovements());
}

constexpr char kUnrolled[] = "unrolled", kGathers[] = "gathers", kBlocks[] = "blocks",
               kShifts[] = "shifts";

const Step kSteps[] = {
    {"unrolled", buildForm<kUnrolled>},
    {"gathers", buildForm<kGathers>},
    {"blocks", buildForm<kBlocks>},
    {"shifts", buildForm<kShifts>},
    {"nnc-compact", [](auto &passes) { passes.addPass(createCompactNetwork()); }},
    {"nnc-simplify", [](auto &passes) { buildSimplifiedModel(passes); }},
    {"nnc-standard=target=x86-64-v4",
     [](auto &passes) {
       buildStandardPipeline(passes, {llvm::cantFail(lookupMachine("x86-64-v4"))});
     }},
};

class Compaction : public NetworkTest, public testing::WithParamInterface<unsigned> {};

TEST_P(Compaction, KeepsWhatIsComputed) {
  ASSERT_NO_FATAL_FAILURE(setUpNetwork(GetParam()));
  mlir::OwningOpRef<mlir::ModuleOp> pruned = parse();
  ASSERT_NO_FATAL_FAILURE(
      runPasses(*pruned, [](auto &passes) { passes.addPass(createFoldConstants()); }));
  Pruner(GetParam() + 2).prune(*pruned);
  expected = runReference(*pruned);
  expectKept(*pruned, kSteps);
}

INSTANTIATE_TEST_SUITE_P(Network, Compaction, testing::ValuesIn(listNetworks(9000, 24)),
                         testing::PrintToStringParamName());

} // namespace
