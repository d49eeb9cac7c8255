// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "codegen/cpp/StatementPrinter.h"
#include "codegen/cpp/CommonLoads.h"
#include "codegen/cpp/Types.h"

using namespace Halide::Internal;
using Halide::Expr;

namespace nnc::cpp {

void StatementPrinter::openBlock(const llvm::Twine &head) {
  context.out.open(head);
  context.names.openScope();
}

void StatementPrinter::closeBlock(const llvm::Twine &tail) {
  context.names.closeScope();
  context.out.close(tail);
}

//===--- Sequence and scope
//-----------------------------------------------------------------------===

/// " + 64" for an offset of 64 bytes, nothing for none.
static std::string printShift(int64_t bytes) {
  return bytes == 0 ? "" : " + " + std::to_string(bytes);
}

/// The statements of nested blocks, in order.
static void flatten(const Stmt &statement, std::vector<Stmt> &statements) {
  const Block *block = statement.as<Block>();
  if (!block)
    return statements.push_back(statement);
  flatten(block->first, statements);
  flatten(block->rest, statements);
}

void StatementPrinter::visit(const Block *op) {
  std::vector<Stmt> statements;
  flatten(op, statements);
  std::vector<const Store *> run; // stores that follow each other
  for (const Stmt &statement : statements) {
    if (const Store *store = statement.as<Store>()) {
      run.push_back(store);
      continue;
    }
    printStores(run);
    run.clear();
    statement.accept(this);
  }
  printStores(run);
}

void StatementPrinter::visit(const LetStmt *op) {
  if (op->value.type().is_handle()) {
    // The pointer behind a buffer parameter is the parameter itself.
    const Call *call = op->value.as<Call>();
    if (!call || call->name != Call::buffer_get_host)
      return context.fail("'" + llvm::Twine(op->name) + "' is a pointer that has no C++ form");
    return op->body.accept(this);
  }
  const Call *call = op->value.as<Call>();
  if (call && call->is_extern() && llvm::StringRef(call->name).starts_with("_halide_buffer_get_"))
    return op->body.accept(this); // an error where the variable is used
  if (!stmt_uses_var(op->body, op->name))
    return op->body.accept(this);
  std::string type = isMask(op->value.type()) ? "auto" : valueName(op->value.type());
  std::string value = expressions.print(op->value);
  std::string name = context.names.takeBuffer(op->name);
  context.out.line("const " + type + " " + name + " = " + value + ";");
  ScopedBinding<std::string> variable(context.variables, op->name, name);
  ScopedBinding<ConstantInterval> bounds(context.bounds, op->name, expressions.boundsOf(op->value));
  op->body.accept(this);
}

ConstantInterval StatementPrinter::boundsOf(const For *op) {
  ConstantInterval first = expressions.boundsOf(op->min);
  ConstantInterval range = first + (expressions.boundsOf(op->extent) - 1);
  range.min = first.min;
  range.min_defined = first.min_defined;
  return range;
}

void StatementPrinter::visit(const For *op) {
  if (op->for_type != ForType::Serial && op->for_type != ForType::Parallel)
    return context.fail("loop '" + llvm::Twine(op->name) + "' is neither serial nor parallel");
  if (becomesTasks(op))
    return printTasks(op);
  std::string begin = expressions.print(op->min);
  std::string end = expressions.print(simplify(op->min + op->extent), Level::Additive);
  context.names.openScope();
  std::string name = context.names.takeLoop(op->name);
  openBlock("for (Index " + name + " = " + begin + "; " + name + " < " + end + "; ++" + name + ")");
  printIteration(op, name);
  closeBlock();
  context.names.closeScope();
}

void StatementPrinter::printIteration(const For *op, const std::string &name) {
  ScopedBinding<std::string> variable(context.variables, op->name, name);
  ScopedBinding<ConstantInterval> bounds(context.bounds, op->name, boundsOf(op));
  op->body.accept(this);
}

/// Loops inside a parallel one run in order.
bool StatementPrinter::becomesTasks(const For *op) const {
  return op->for_type == ForType::Parallel && threads > 1 && !context.isInTask;
}

/// The body comes first: the head says how much scratch memory a task needs.
void StatementPrinter::printTasks(const For *op) {
  if (!is_const_zero(op->min))
    return context.fail("parallel loop '" + llvm::Twine(op->name) + "' does not start at 0");
  context.isParallel = context.isInTask = true;
  std::string count = expressions.print(op->extent);
  Writer outer = std::exchange(context.out, Writer(context.out.depth()));
  ScratchSpace shared = std::exchange(context.scratch, ScratchSpace());
  context.names.openScope();
  std::string name = context.names.takeLoop(op->name);
  context.out.indent();
  context.names.openScope();
  printIteration(op, name);
  context.names.closeScope();
  context.names.closeScope();
  std::string body = std::exchange(context.out, std::move(outer)).take();
  int64_t bytes = std::exchange(context.scratch, std::move(shared)).size();
  context.isInTask = false;

  int64_t offset = bytes == 0 ? 0 : context.scratch.take(bytes * threads);
  std::string memory = bytes == 0 ? "nullptr" : "scratch" + printShift(offset);
  std::string own = bytes == 0 ? "unsigned char *" : "unsigned char *own";
  context.out.open("forEach<" + llvm::Twine(threads) + ">(threads, " + count + ", " + memory +
                   ", " + llvm::Twine(bytes) + ", [=](Index " + name + ", " + own + ")");
  context.out.append(body);
  context.out.close(");");
  if (bytes != 0)
    context.scratch.release(offset);
}

void StatementPrinter::visit(const IfThenElse *op) {
  openBlock("if (" + expressions.print(op->condition) + ")");
  op->then_case.accept(this);
  if (op->else_case.defined()) {
    closeBlock(" else {");
    context.out.indent();
    context.names.openScope();
    op->else_case.accept(this);
  }
  closeBlock();
}

void StatementPrinter::visit(const ProducerConsumer *op) {
  const Storage *storage = context.storages.find(op->name);
  if (op->is_producer && storage && storage->scratchOffset >= 0)
    context.out.comment(storage->name);
  op->body.accept(this);
}

void StatementPrinter::visit(const Atomic *op) { op->body.accept(this); }

void StatementPrinter::visit(const Evaluate *op) {
  const Call *call = op->value.as<Call>();
  if (call && call->is_intrinsic(Call::prefetch))
    return printPrefetch(call);
  if (!is_const(op->value))
    context.fail("an expression with a side effect has no C++ form");
}

/// Arguments: buffer, element offset, then extent and stride of each dimension.
void StatementPrinter::printPrefetch(const Call *call) {
  const Variable *buffer = call->args[0].as<Variable>();
  if (!buffer || !context.storages.contains(buffer->name) ||
      context.storages.get(buffer->name).isInSlots())
    return context.fail("a prefetch of what is not a buffer has no C++ form");
  Expr offset = call->args[1];
  int loops = 0;
  for (size_t i = 2; i + 1 < call->args.size(); i += 2) {
    if (is_const_one(call->args[i]))
      continue;
    std::string name = context.names.takeLoop("ahead");
    openBlock("for (Index " + name + " = 0; " + name + " < " +
              expressions.print(call->args[i], Level::Additive) + "; ++" + name + ")");
    context.variables.push(name, name);
    offset = simplify(offset + Variable::make(Halide::Int(32), name) * call->args[i + 1]);
    ++loops;
  }
  std::string address = expressions.printAddress(context.storages.get(buffer->name).name, offset);
  context.out.line("NNC_PREFETCH(" + address + ");");
  for (; loops > 0; --loops)
    closeBlock();
}

//===--- Stores
//-----------------------------------------------------------------------------------===

void StatementPrinter::visit(const Store *op) { printStores({op}); }

void StatementPrinter::printStores(llvm::ArrayRef<const Store *> stores) {
  context.common = findCommonLoads(stores, context.storages);
  for (const Store *store : stores)
    printStore(store);
  context.common.clear();
}

void StatementPrinter::printStore(const Store *op) {
  if (!context.storages.contains(op->name))
    return context.fail("buffer '" + llvm::Twine(op->name) +
                        "' is neither a parameter nor a temporary");
  Storage &storage = context.storages.ref(op->name);
  if (storage.isInSlots())
    return printSlotStore(*storage.findSlot(slotRange(op->index).begin), op);
  if (op->value.type().is_vector())
    return printVectorStore(storage.name, op);
  printScalarStore(storage.name, op);
}

void StatementPrinter::printSlotStore(Slot &slot, const Store *op) {
  std::string value = expressions.print(op->value);
  std::string type = slot.isDeclared ? "" : valueName(slot.type) + " ";
  if (!slot.isDeclared && !slot.isRead)
    type = "[[maybe_unused]] " + type;
  slot.isDeclared = true;
  context.out.line(type + slot.name + " = " + value + ";");
}

void StatementPrinter::printScalarStore(const std::string &buffer, const Store *op) {
  std::string value = expressions.printForMemory(op->value);
  std::string assignment = buffer + "[" + expressions.print(op->index) + "] = " + value + ";";
  if (is_const_one(op->predicate))
    return context.out.line(assignment);
  openBlock("if (" + expressions.print(op->predicate) + ")");
  context.out.line(assignment);
  closeBlock();
}

void StatementPrinter::printVectorStore(const std::string &buffer, const Store *op) {
  int lanes = op->value.type().lanes();
  bool isWhole = lanes == paddedLanes(lanes);
  std::string count = "<" + std::to_string(lanes) + ">";
  std::string value = expressions.print(op->value);
  if (isMask(op->value.type()))
    value = "bytesOfMask(" + value + ")";
  const Ramp *ramp = op->index.as<Ramp>();
  bool isRamp = ramp && ramp->base.type().is_scalar();
  bool isDense = isRamp && is_const_one(ramp->stride);
  std::string address = isRamp ? expressions.printAddress(buffer, ramp->base) : buffer;
  if (auto prefix = constantPrefix(op->predicate); prefix && isDense)
    return context.out.line("storeFirst<" + llvm::Twine(*prefix) + ">(" + address + ", " + value +
                            ");");
  if (!is_const_one(op->predicate)) {
    std::string mask = expressions.print(op->predicate);
    if (isDense)
      return context.out.line("storeIf" + count + "(" + mask + ", " + address + ", " + value +
                              ");");
    return context.out.line("scatterIf" + count + "(" + mask + ", " + buffer + ", " +
                            expressions.print(op->index) + ", " + value + ");");
  }
  if (isDense)
    return context.out.line((isWhole ? "store" : "storeFirst" + count) + "(" + address + ", " +
                            value + ");");
  if (isRamp)
    return context.out.line("storeStrided" + count + "(" + address + ", " +
                            expressions.print(ramp->stride) + ", " + value + ");");
  context.out.line("scatter" + count + "(" + buffer + ", " + expressions.print(op->index) + ", " +
                   value + ");");
}

//===--- Temporaries
//------------------------------------------------------------------------------===

int64_t StatementPrinter::bytesOf(const Allocate *op) {
  int64_t elements = 1;
  for (const Expr &extent : op->extents) {
    ConstantInterval range = expressions.boundsOf(simplify(extent));
    bool isBounded = range.max_defined && range.max >= 0 && range.max < INT32_MAX;
    if (!isBounded || llvm::MulOverflow(elements, std::max<int64_t>(range.max, 1), elements)) {
      context.fail("temporary '" + llvm::Twine(op->name) + "' has no constant size");
      return 0;
    }
  }
  return (elements + op->padding) * op->type.bytes();
}

namespace {

class ParallelLoopFinder : public IRVisitor {
public:
  bool found = false;

private:
  using IRVisitor::visit;
  void visit(const For *op) override {
    found |= op->for_type == ForType::Parallel;
    IRVisitor::visit(op);
  }
};

} // namespace

/// Tasks copy what they use of the local variables around them: arrays have to be elsewhere.
bool StatementPrinter::isSharedByTasks(const Allocate *op) const {
  ParallelLoopFinder loops;
  op->body.accept(&loops);
  return loops.found && threads > 1 && !context.isInTask;
}

void StatementPrinter::visit(const Allocate *op) {
  if (op->new_expr.defined() || !isPrintable(op->type))
    return context.fail("temporary '" + llvm::Twine(op->name) + "' is of a kind with no C++ form");
  Storage storage;
  storage.type = op->type;
  int64_t bytes = bytesOf(op);
  storage.isShared = isSharedByTasks(op);
  bool isSmall = bytes <= stackBytes && !storage.isShared;
  if (isSmall || op->memory_type == Halide::MemoryType::Register)
    storage.slots = findSlots(op);
  if (storage.isInSlots())
    declareSlots(storage, op);
  else
    declareMemory(storage, op, bytes);
  context.storages.push(op->name, storage);
  op->body.accept(this);
  const Storage &after = context.storages.ref(op->name);
  if (after.scratchOffset >= 0 && after.scratchBytes > 0)
    context.scratch.release(after.scratchOffset);
  context.storages.pop(op->name);
}

void StatementPrinter::declareSlots(Storage &storage, const Allocate *op) {
  std::string base = Names::sanitize(op->name);
  for (Slot &slot : storage.slots)
    slot.name = context.names.take(slotName(base, op, storage.slots, slot));
  for (Slot *slot : findSlotsToDeclareAhead(op->name, storage, op->body)) {
    std::string unused = slot->isRead ? "" : "[[maybe_unused]] ";
    context.out.line(unused + valueName(slot->type) + " " + slot->name + "{};");
    slot->isDeclared = true;
  }
}

void StatementPrinter::declareMemory(Storage &storage, const Allocate *op, int64_t bytes) {
  storage.name = context.names.takeBuffer(op->name);
  storage.depth = context.out.depth();
  std::string type = elementName(op->type);
  if (bytes <= stackBytes && !storage.isShared) {
    int64_t elements = std::max<int64_t>(bytes / op->type.bytes(), 1);
    return context.out.line("alignas(64) " + type + " " + storage.name + "[" +
                            llvm::Twine(elements) + "];");
  }
  storage.scratchBytes = bytes;
  storage.scratchOffset = context.scratch.take(bytes);
  std::string memory = (context.isInTask ? "own" : "scratch") + printShift(storage.scratchOffset);
  context.out.line(type + " *const " + storage.name + " = reinterpret_cast<" + type + " *>(" +
                   memory + ");");
}

void StatementPrinter::visit(const Free *op) {
  if (!context.storages.contains(op->name))
    return;
  Storage &storage = context.storages.ref(op->name);
  // Inside a loop or a branch, another path may still need the memory.
  if (storage.scratchBytes > 0 && storage.depth == context.out.depth()) {
    context.scratch.release(storage.scratchOffset);
    storage.scratchBytes = 0;
  }
}

//===--- What lowering leaves none of
//-------------------------------------------------------------===

void StatementPrinter::visit(const AssertStmt *) {
  context.fail("an assertion has no C++ form; lower with no_asserts");
}
void StatementPrinter::visit(const Provide *) { context.fail("the statement is not lowered"); }
void StatementPrinter::visit(const Realize *) { context.fail("the statement is not lowered"); }
void StatementPrinter::visit(const Fork *) { context.fail("asynchronous stages have no C++ form"); }
void StatementPrinter::visit(const Acquire *) { context.fail("semaphores have no C++ form"); }
void StatementPrinter::visit(const Prefetch *) { context.fail("the statement is not lowered"); }
void StatementPrinter::visit(const HoistedStorage *) {
  context.fail("the statement is not lowered");
}

} // namespace nnc::cpp
