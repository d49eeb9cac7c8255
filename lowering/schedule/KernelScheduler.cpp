// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "lowering/schedule/KernelScheduler.h"

#include "dialects/nnc/MeaningBuilder.h"
#include "dialects/nnc/Nnc.h"

#include "mlir/Dialect/Math/IR/Math.h"

using namespace mlir;

namespace nnc {

KernelScheduler::KernelScheduler(halide::KernelOp kernel, const Machine &machine,
                                 const Choices &choices)
    : kernel(kernel), machine(machine), choices(choices),
      builder(kernel.getBody().front().getTerminator()) {}

int64_t KernelScheduler::getThreads() {
  return halide::getThreads(kernel->getParentOfType<ModuleOp>());
}

int64_t KernelScheduler::getLanes(Value value) const {
  Type element = cast<RankedTensorType>(value.getType()).getElementType();
  return machine.getLanes(std::max<int64_t>(element.getIntOrFloatBitWidth() / 8, 1));
}

Value KernelScheduler::getOutput() { return kernel.getYielded().front(); }

SmallVector<std::string> KernelScheduler::getLoops(Value value) {
  SmallVector<std::string> names;
  Operation *op = value.getDefiningOp();
  if (auto given = op->getAttrOfType<ArrayAttr>(kIteratorsAttr)) {
    for (auto name : given.getAsRange<StringAttr>())
      names.push_back(name.str());
    return names;
  }
  for (int64_t i = 0, rank = cast<RankedTensorType>(value.getType()).getRank(); i < rank; ++i)
    names.push_back("d" + std::to_string(i));
  return names;
}

linalg::GenericOp KernelScheduler::getOnlyReduction() {
  linalg::GenericOp found;
  for (auto generic : kernel.getBody().front().getOps<linalg::GenericOp>()) {
    if (generic.getNumReductionLoops() == 0)
      continue;
    if (found)
      return {};
    found = generic;
  }
  return found;
}

void KernelScheduler::separateFromOutput(Value value) {
  if (getOutput() == value)
    insertCopy(value);
}

Value KernelScheduler::insertCopy(Value value) {
  auto type = cast<RankedTensorType>(value.getType());
  OpBuilder::InsertionGuard guard(builder);
  builder.setInsertionPointAfterValue(value);
  MeaningBuilder b(builder, value.getLoc());
  Value copy =
      b.generic(type.getShape(), type.getElementType(), {{value, b.loopRange(0, type.getRank())}},
                [](MeaningBuilder &, ValueRange elements) { return elements[0]; });
  value.replaceAllUsesExcept(copy, copy.getDefiningOp());
  return copy;
}

void KernelScheduler::nameLoops(Value value, ArrayRef<StringRef> names) {
  value.getDefiningOp()->setDiscardableAttr(kIteratorsAttr, builder.getStrArrayAttr(names));
}

bool KernelScheduler::hasExpensiveConsumers(Value value, Value last) {
  Operation *end = last ? last.getDefiningOp()->getNextNode() : nullptr;
  for (Operation *op = value.getDefiningOp()->getNextNode(); op != end; op = op->getNextNode()) {
    WalkResult found = op->walk([](Operation *inner) {
      bool isCall = isa<math::MathDialect>(inner->getDialect()) &&
                    !isa<math::AbsFOp, math::SqrtOp, math::FloorOp, math::CeilOp>(inner);
      return isCall ? WalkResult::interrupt() : WalkResult::advance();
    });
    if (found.wasInterrupted())
      return true;
  }
  return false;
}

static IntegerAttr getUpdate(OpBuilder &builder, Stage stage) {
  return stage.update ? builder.getI64IntegerAttr(*stage.update) : IntegerAttr();
}

void KernelScheduler::split(Stage stage, StringRef loop, StringRef outer, StringRef inner,
                            int64_t factor, halide::Tail tail) {
  auto op = halide::SplitOp::create(builder, kernel.getLoc(), stage.func, loop, outer, inner,
                                    factor, tail, getUpdate(builder, stage));
  (void)op;
}

void KernelScheduler::fuse(Stage stage, StringRef inner, StringRef outer, StringRef fused) {
  halide::FuseOp::create(builder, kernel.getLoc(), stage.func, inner, outer, fused,
                         getUpdate(builder, stage));
}

void KernelScheduler::reorder(Stage stage, ArrayRef<std::string> loops) {
  SmallVector<StringRef> names(loops.begin(), loops.end());
  halide::ReorderOp::create(builder, kernel.getLoc(), stage.func, builder.getStrArrayAttr(names),
                            getUpdate(builder, stage));
}

void KernelScheduler::vectorize(Stage stage, StringRef loop) {
  halide::VectorizeOp::create(builder, kernel.getLoc(), stage.func, loop,
                              getUpdate(builder, stage));
}

void KernelScheduler::unroll(Stage stage, StringRef loop) {
  halide::UnrollOp::create(builder, kernel.getLoc(), stage.func, loop, getUpdate(builder, stage));
}

void KernelScheduler::parallel(Stage stage, StringRef loop) {
  halide::ParallelOp::create(builder, kernel.getLoc(), stage.func, loop, getUpdate(builder, stage));
}

void KernelScheduler::computeRoot(Value func) {
  halide::ComputeRootOp::create(builder, kernel.getLoc(), func, IntegerAttr());
}

void KernelScheduler::computeAt(Value func, Value consumer, StringRef loop) {
  halide::ComputeAtOp::create(builder, kernel.getLoc(), func, consumer, loop);
}

void KernelScheduler::storeAt(Value func, Value consumer, StringRef loop) {
  halide::StoreAtOp::create(builder, kernel.getLoc(), func, consumer, loop);
}

void KernelScheduler::storeInRegisters(Value func) {
  halide::StoreInOp::create(builder, kernel.getLoc(), func, "register");
}

void KernelScheduler::reorderStorage(Value func, ArrayRef<std::string> loops) {
  SmallVector<StringRef> names(loops.begin(), loops.end());
  halide::ReorderStorageOp::create(builder, kernel.getLoc(), func, builder.getStrArrayAttr(names));
}

void KernelScheduler::boundExtent(Value func, StringRef loop, int64_t extent) {
  halide::BoundExtentOp::create(builder, kernel.getLoc(), func, loop, extent);
}

void KernelScheduler::vectorizeInnermost(Stage stage, StringRef loop, int64_t extent) {
  int64_t lanes = getLanes(stage.func);
  bool isLong = extent >= lanes && !stage.update;
  while (!isLong && lanes > 1 && extent % lanes != 0)
    lanes /= 2;
  if (lanes == 1)
    return;
  std::string outer = (loop + "o").str(), inner = (loop + "i").str();
  split(stage, loop, outer, inner, lanes,
        extent % lanes == 0 ? halide::Tail::Auto : halide::Tail::ShiftInwards);
  vectorize(stage, inner);
}

} // namespace nnc
