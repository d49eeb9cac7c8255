// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Halide statements as C++ statements.

#ifndef NNC_CODEGEN_CPP_STATEMENTPRINTER_H
#define NNC_CODEGEN_CPP_STATEMENTPRINTER_H

#include "codegen/cpp/Context.h"
#include "codegen/cpp/ExpressionPrinter.h"
#include "llvm/ADT/ArrayRef.h"
#include <Halide.h>

namespace nnc::cpp {

/// Writes statements to the context, one construct per method.
class StatementPrinter : private Halide::Internal::IRVisitor {
public:
  StatementPrinter(Context &context, int64_t stackBytes, int threads)
      : context(context), expressions(context), stackBytes(stackBytes), threads(threads) {}

  void print(const Halide::Internal::Stmt &statement) { statement.accept(this); }

private:
  void openBlock(const llvm::Twine &head);
  void closeBlock(const llvm::Twine &tail = "");

  bool becomesTasks(const Halide::Internal::For *op) const;
  void printTasks(const Halide::Internal::For *op);
  void printIteration(const Halide::Internal::For *op, const std::string &name);
  Halide::Internal::ConstantInterval boundsOf(const Halide::Internal::For *op);

  void printStores(llvm::ArrayRef<const Halide::Internal::Store *> stores);
  void printStore(const Halide::Internal::Store *store);
  void printSlotStore(Slot &slot, const Halide::Internal::Store *store);
  void printScalarStore(const std::string &buffer, const Halide::Internal::Store *store);
  void printVectorStore(const std::string &buffer, const Halide::Internal::Store *store);

  void declareSlots(Storage &storage, const Halide::Internal::Allocate *allocate);
  void declareMemory(Storage &storage, const Halide::Internal::Allocate *allocate, int64_t bytes);
  bool isSharedByTasks(const Halide::Internal::Allocate *allocate) const;
  int64_t bytesOf(const Halide::Internal::Allocate *allocate);
  void printPrefetch(const Halide::Internal::Call *call);

  void visit(const Halide::Internal::Block *op) override;
  void visit(const Halide::Internal::LetStmt *op) override;
  void visit(const Halide::Internal::For *op) override;
  void visit(const Halide::Internal::IfThenElse *op) override;
  void visit(const Halide::Internal::Store *op) override;
  void visit(const Halide::Internal::Allocate *op) override;
  void visit(const Halide::Internal::Free *op) override;
  void visit(const Halide::Internal::ProducerConsumer *op) override;
  void visit(const Halide::Internal::Evaluate *op) override;
  void visit(const Halide::Internal::AssertStmt *op) override;
  void visit(const Halide::Internal::Provide *op) override;
  void visit(const Halide::Internal::Realize *op) override;
  void visit(const Halide::Internal::Fork *op) override;
  void visit(const Halide::Internal::Acquire *op) override;
  void visit(const Halide::Internal::Prefetch *op) override;
  void visit(const Halide::Internal::HoistedStorage *op) override;
  void visit(const Halide::Internal::Atomic *op) override;

  Context &context;
  ExpressionPrinter expressions;
  int64_t stackBytes;
  int threads;
};

} // namespace nnc::cpp

#endif // NNC_CODEGEN_CPP_STATEMENTPRINTER_H
