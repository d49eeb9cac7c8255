// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Reading trained networks from ONNX files.
#ifndef FRONTEND_ONNX_IMPORT_H
#define FRONTEND_ONNX_IMPORT_H

#include "mlir/IR/BuiltinOps.h"
#include "mlir/IR/OwningOpRef.h"
#include "llvm/ADT/StringMap.h"

#include <optional>

namespace nnc {

/// The versions of the standard operator set that can be read.
inline constexpr int64_t kOldestOpset = 6;
inline constexpr int64_t kNewestOpset = 28;

/// Numbers for the dimensions that a model leaves open. Every dimension has a number after import.
struct ImportOptions {
  /// Pins dimension 0 of every input that leaves it open; without it, that is 1. A dimension 0 that
  /// the model fixes stays: its number may be written into shapes in the graph, where nothing tells
  /// it from others. An error where no input leaves it open and none has this number.
  std::optional<int64_t> batch;
  /// Pins dimensions by their symbol, or by "INPUT:AXIS" where they have none.
  llvm::StringMap<int64_t> dims;
};

/// A node that nnc does not import.
struct UnsupportedNode {
  std::string name, opType;
  /// Position in the graph's list of nodes; that of the call for nodes inside model-local
  /// functions.
  unsigned index;
  std::string reason;
};

/// Reads the model in `path` into
///
///     module attributes {nnc.model = "<graph>", nnc.hash = "<BLAKE3 of the file, and of external
///     data after it>"} {
///       func.func @main(%arg0: tensor<1x3x224x224xf32> {nnc.name = "data_0"}) ->
///       (tensor<1x1000xf32> {nnc.name = "prob_1"})
///     }
///
/// with operations of nnc, arith, math and tensor. Shapes and layouts of arguments and results are
/// the model's. An operation's location is a NameLoc with the node's name (that of its first output
/// where it has none) around the file and the node's index as line. Unsigned integers are signless
/// with attribute `nnc.unsigned` on their argument or result. Errors are diagnostics; all
/// unsupported nodes are reported before this fails.
mlir::FailureOr<mlir::OwningOpRef<mlir::ModuleOp>>
importOnnx(mlir::MLIRContext &context, llvm::StringRef path, const ImportOptions &options);

/// The nodes of the model that `importOnnx` refuses, in order; empty where it can be imported.
/// Fails where the file is broken.
mlir::FailureOr<llvm::SmallVector<UnsupportedNode>>
findUnsupportedNodes(mlir::MLIRContext &context, llvm::StringRef path,
                     const ImportOptions &options);

} // namespace nnc

#endif // FRONTEND_ONNX_IMPORT_H
