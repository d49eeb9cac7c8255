// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "codegen/halide/Schedule.h"

#include "llvm/ADT/TypeSwitch.h"

using namespace mlir;
using namespace nnc::halide;
using Halide::Func;
using Halide::Stage;
using Halide::VarOrRVar;

namespace nnc::codegen {
namespace {

Halide::TailStrategy getTail(Tail tail) {
  switch (tail) {
  case Tail::Auto:
    return Halide::TailStrategy::Auto;
  case Tail::RoundUp:
    return Halide::TailStrategy::RoundUp;
  case Tail::GuardWithIf:
    return Halide::TailStrategy::GuardWithIf;
  case Tail::ShiftInwards:
    return Halide::TailStrategy::ShiftInwards;
  case Tail::Predicate:
    return Halide::TailStrategy::Predicate;
  }
  return Halide::TailStrategy::Auto;
}

class Scheduler {
public:
  explicit Scheduler(Algorithm &algorithm) : algorithm(algorithm) {}

  LogicalResult apply(Operation *op) {
    return TypeSwitch<Operation *, LogicalResult>(op)
        .Case<SplitOp, FuseOp, ReorderOp, VectorizeOp, UnrollOp, ParallelOp>(
            [&](auto directive) { return onStage(directive); })
        .Case<ComputeRootOp>([&](auto directive) {
          return onFunc(directive, [](Func &func) { func.compute_root(); });
        })
        .Case<ReorderStorageOp>([&](auto directive) { return reorderStorage(directive); })
        .Case<ComputeAtOp>([&](auto directive) { return place(directive, &Func::compute_at); })
        .Case<StoreAtOp>([&](auto directive) { return place(directive, &Func::store_at); })
        .Case<BoundExtentOp>([&](auto directive) {
          return onFunc(directive, [&](Func &func) {
            func.bound_extent(Halide::Var(directive.getLoop().str()),
                              static_cast<int>(directive.getExtent()));
          });
        })
        .Case<StoreInOp>([&](auto directive) { return storeIn(directive); })
        .Case<PrefetchOp>([&](auto directive) { return prefetch(directive); })
        .Default(success());
  }

private:
  ScheduledFunc *find(Operation *directive, Value value) {
    auto it = algorithm.funcs.find(value);
    if (it != algorithm.funcs.end())
      return &it->second;
    directive->emitOpError("schedules a value that the kernel does not compute");
    return nullptr;
  }

  VarOrRVar loop(const ScheduledFunc &scheduled, StringRef name) {
    std::string text = name.str();
    if (scheduled.reductionLoops.count(text))
      return Halide::RVar(text);
    return Halide::Var(text);
  }

  template <typename Action> LogicalResult onFunc(Operation *directive, Action action) {
    ScheduledFunc *scheduled = find(directive, directive->getOperand(0));
    if (!scheduled)
      return failure();
    action(scheduled->func);
    return success();
  }

  template <typename Directive> LogicalResult onStage(Directive directive) {
    ScheduledFunc *scheduled = find(directive, directive.getFunc());
    if (!scheduled)
      return failure();
    std::optional<uint64_t> update = directive.getUpdate();
    if (update && *update >= static_cast<uint64_t>(scheduled->func.num_update_definitions()))
      return directive.emitOpError("names update stage ")
             << *update << ", but there are " << scheduled->func.num_update_definitions();
    Stage stage =
        update ? scheduled->func.update(static_cast<int>(*update)) : Stage(scheduled->func);
    call(directive, stage, *scheduled);
    return success();
  }

  void call(SplitOp op, Stage &stage, ScheduledFunc &scheduled) {
    if (scheduled.reductionLoops.count(op.getLoop().str())) {
      scheduled.reductionLoops.insert(op.getOuter().str());
      scheduled.reductionLoops.insert(op.getInner().str());
    }
    stage.split(loop(scheduled, op.getLoop()), loop(scheduled, op.getOuter()),
                loop(scheduled, op.getInner()), static_cast<int>(op.getFactor()),
                getTail(op.getTail()));
  }

  void call(FuseOp op, Stage &stage, ScheduledFunc &scheduled) {
    if (scheduled.reductionLoops.count(op.getInner().str()))
      scheduled.reductionLoops.insert(op.getFused().str());
    stage.fuse(loop(scheduled, op.getInner()), loop(scheduled, op.getOuter()),
               loop(scheduled, op.getFused()));
  }

  void call(ReorderOp op, Stage &stage, ScheduledFunc &scheduled) {
    std::vector<VarOrRVar> order;
    for (auto name : op.getLoops().getAsRange<StringAttr>())
      order.push_back(loop(scheduled, name.getValue()));
    stage.reorder(order);
  }

  void call(VectorizeOp op, Stage &stage, ScheduledFunc &scheduled) {
    stage.vectorize(loop(scheduled, op.getLoop()));
  }
  void call(UnrollOp op, Stage &stage, ScheduledFunc &scheduled) {
    stage.unroll(loop(scheduled, op.getLoop()));
  }
  void call(ParallelOp op, Stage &stage, ScheduledFunc &scheduled) {
    stage.parallel(loop(scheduled, op.getLoop()));
  }

  template <typename Directive>
  LogicalResult place(Directive directive, Func &(Func::*at)(const Func &, const Halide::Var &)) {
    ScheduledFunc *func = find(directive, directive.getFunc());
    ScheduledFunc *consumer = find(directive, directive.getConsumer());
    if (!func || !consumer)
      return failure();
    VarOrRVar where = loop(*consumer, directive.getLoop());
    if (!where.is_rvar)
      (func->func.*at)(consumer->func, where.var);
    else if (isa<ComputeAtOp>(directive))
      func->func.compute_at(consumer->func, where.rvar);
    else
      func->func.store_at(consumer->func, where.rvar);
    return success();
  }

  LogicalResult reorderStorage(ReorderStorageOp directive) {
    std::vector<Halide::Var> order;
    for (auto name : directive.getLoops().getAsRange<StringAttr>())
      order.emplace_back(name.str());
    return onFunc(directive, [&](Func &func) { func.reorder_storage(order); });
  }

  LogicalResult storeIn(StoreInOp directive) {
    StringRef memory = directive.getMemory();
    if (memory != "register" && memory != "stack")
      return directive.emitOpError("stores in \"") << memory << "\"; known are register and stack";
    auto type = memory == "register" ? Halide::MemoryType::Register : Halide::MemoryType::Stack;
    return onFunc(directive, [&](Func &func) { func.store_in(type); });
  }

  LogicalResult prefetch(PrefetchOp directive) {
    ScheduledFunc *scheduled = find(directive, directive.getFunc());
    auto parameter = algorithm.parameters.find(directive.getData());
    if (!scheduled || parameter == algorithm.parameters.end())
      return directive.emitOpError("prefetches a value that is not an argument of the kernel");
    VarOrRVar at = loop(*scheduled, directive.getLoop());
    auto distance = static_cast<int>(directive.getDistance());
    if (std::optional<uint64_t> update = directive.getUpdate())
      scheduled->func.update(static_cast<int>(*update))
          .prefetch(parameter->second, at, at, distance);
    else
      scheduled->func.prefetch(parameter->second, at, at, distance);
    return success();
  }

  Algorithm &algorithm;
};

} // namespace

/// Halide refuses some directives at once, such as one for a loop that is not there.
static LogicalResult applyDirective(Scheduler &scheduler, Operation *directive) {
  try {
    return scheduler.apply(directive);
  } catch (const Halide::Error &error) {
    return directive->emitOpError("is refused by Halide: ") << error.what();
  }
}

LogicalResult applySchedule(KernelOp kernel, Algorithm &algorithm) {
  Scheduler scheduler(algorithm);
  for (Operation &op : kernel.getBody().front().without_terminator())
    if (isa<HalideDialect>(op.getDialect()) && failed(applyDirective(scheduler, &op)))
      return failure();
  return success();
}

} // namespace nnc::codegen
