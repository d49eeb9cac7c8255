// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The table of ONNX operators that nnc reads. To add one: a function in the file of its family, and
// a line in that file's table.
#ifndef FRONTEND_ONNX_OPERATORS_H
#define FRONTEND_ONNX_OPERATORS_H

#include "frontend/onnx/Node.h"

namespace nnc::frontend {

inline constexpr unsigned kAnyNumber = ~0u;

struct Operator {
  llvm::StringLiteral name;
  /// The first version of the operator set that has it.
  int64_t since;
  /// How many inputs it takes; those before `minInputs` are never left out.
  unsigned minInputs, maxInputs;
  /// Emits the node and returns its first output, the others through `setOutput`. Null after a
  /// report or `unsupported`.
  mlir::Value (*import)(Node &node);
};

/// The operator with this name, or null; the standard domain is "".
const Operator *findOperator(llvm::StringRef domain, llvm::StringRef name);
/// Whether nnc reads operators of this domain.
bool isKnownDomain(llvm::StringRef domain);

/// The domain of functions whose meaning nnc knows by name.
inline constexpr llvm::StringLiteral kNncDomain = "nnc";

/// The import of a function of that domain, or null: then its body is imported.
const Operator *findNncFunction(llvm::StringRef domain, llvm::StringRef name);

/// Why an operator of the standard domain is not in the table.
llvm::StringRef explainAbsence(llvm::StringRef name);

// The families.
llvm::ArrayRef<Operator> getActivations();
llvm::ArrayRef<Operator> getComparisons();
llvm::ArrayRef<Operator> getConvolutions();
llvm::ArrayRef<Operator> getCreation();
llvm::ArrayRef<Operator> getDistances();
llvm::ArrayRef<Operator> getEinsum();
llvm::ArrayRef<Operator> getElementwise();
llvm::ArrayRef<Operator> getLinearModels();
llvm::ArrayRef<Operator> getMatrixProducts();
llvm::ArrayRef<Operator> getMovements();
llvm::ArrayRef<Operator> getNormalization();
llvm::ArrayRef<Operator> getPadding();
llvm::ArrayRef<Operator> getPooling();
llvm::ArrayRef<Operator> getRecurrent();
llvm::ArrayRef<Operator> getReductions();
llvm::ArrayRef<Operator> getResize();
llvm::ArrayRef<Operator> getScans();
llvm::ArrayRef<Operator> getSlices();
llvm::ArrayRef<Operator> getSupportVectors();
llvm::ArrayRef<Operator> getTreeEnsembles();

} // namespace nnc::frontend

#endif // FRONTEND_ONNX_OPERATORS_H
