// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The walk over a model's nodes.
#ifndef FRONTEND_ONNX_GRAPHIMPORTER_H
#define FRONTEND_ONNX_GRAPHIMPORTER_H

#include "frontend/onnx/Import.h"
#include "frontend/onnx/InputShapes.h"
#include "frontend/onnx/ModelFile.h"
#include "frontend/onnx/Operators.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"

namespace nnc::frontend {

/// Functions that call functions may multiply nodes; more than this is taken for an error.
inline constexpr unsigned kMaxNodes = 200'000;

/// The names that the nodes of a graph or of a function's body read and write.
struct Scope {
  using Nodes = google::protobuf::RepeatedPtrField<::onnx::NodeProto>;
  Scope(const Nodes &nodes, OpsetVersions opsets) : nodes(nodes), opsets(std::move(opsets)) {}

  const Nodes &nodes;
  OpsetVersions opsets;
  AttributeScope attributes;
  /// What has been defined. A null value is one whose node could not be imported.
  llvm::StringMap<Tensor> values;
  /// Initializers that nothing has read yet.
  llvm::StringMap<::onnx::TensorProto *> initializers;
  /// Formal inputs that a call leaves out.
  llvm::StringSet<> omitted;
  /// Names of the calls around, each with "/".
  std::string prefix;
  unsigned depth = 0;
  /// Of a graph within a node: the scope of that node, whose names it reads as well.
  Scope *outer = nullptr;

  bool defines(llvm::StringRef name) const {
    return values.contains(name) || initializers.contains(name) || omitted.contains(name);
  }
};

/// Imports one model. Goes on after errors and unsupported nodes, so that all of them are found at
/// once; what depends on them is left out.
class GraphImporter {
public:
  GraphImporter(mlir::MLIRContext &context, ModelFile &model, const ImportOptions &options);

  /// The module, or null where `isBroken` or where there are unsupported nodes. Errors are
  /// reported, unsupported nodes are not.
  mlir::OwningOpRef<mlir::ModuleOp> import();

  bool isBroken() const { return broken; }
  llvm::ArrayRef<UnsupportedNode> getUnsupported() const { return unsupported; }
  /// Reports every unsupported node.
  void reportUnsupported() const;

private:
  // The graph: arguments, initializers and results (Import.cpp).
  void defineArguments(Scope &scope);
  void defineInitializers(Scope &scope);
  void returnResults(Scope &scope);
  void checkResult(const ::onnx::ValueInfoProto &declared, const Tensor &result);
  void finishModule();

  // Nodes (GraphImporter.cpp).
  void importNodes(Scope &scope, std::optional<unsigned> callIndex);
  void importNode(Scope &scope, const ::onnx::NodeProto &proto, unsigned position, unsigned index);
  bool isTooLong() const { return numNodes >= kMaxNodes; }
  /// A null value, with a report, where the tensor cannot be read.
  Tensor readInitializer(const ::onnx::TensorProto &proto);
  std::optional<Tensor> lookUp(Scope &scope, llvm::StringRef name);
  bool resolveInputs(Scope &scope, const ::onnx::NodeProto &proto, unsigned position,
                     mlir::Location location, llvm::SmallVectorImpl<Tensor> &inputs);
  void reportUndefined(Scope &scope, llvm::StringRef name, unsigned position,
                       mlir::Location location);
  void bindOutputs(Scope &scope, const ::onnx::NodeProto &proto, llvm::ArrayRef<Tensor> outputs,
                   mlir::Location location);
  const Operator *findImport(Scope &scope, const ::onnx::NodeProto &proto, mlir::Location location,
                             unsigned index);
  /// Whether the node has as many inputs as the operator takes; else it is reported.
  bool checkKnown(const Operator &op, const ::onnx::NodeProto &proto, mlir::Location location);
  llvm::SmallVector<Tensor> emitNode(Scope &scope, const Operator &op,
                                     const ::onnx::NodeProto &proto, llvm::ArrayRef<Tensor> inputs,
                                     mlir::Location location, unsigned index);
  void addUnsupported(const ::onnx::NodeProto &proto, mlir::Location location, unsigned index,
                      std::string reason);

  // Model-local functions (Functions.cpp).
  const ::onnx::FunctionProto *findFunction(const ::onnx::NodeProto &proto) const;
  llvm::SmallVector<Tensor> callFunction(Scope &caller, const ::onnx::FunctionProto &function,
                                         const ::onnx::NodeProto &call,
                                         llvm::ArrayRef<Tensor> inputs, mlir::Location location,
                                         unsigned index);
  void bindFormals(Scope &body, const Scope &caller, const ::onnx::FunctionProto &function,
                   const ::onnx::NodeProto &call, llvm::ArrayRef<Tensor> inputs);

  // Graphs within nodes (ControlFlow.cpp).
  static bool isControlFlow(const ::onnx::NodeProto &proto);
  Scope openScope(Scope &outer, const ::onnx::GraphProto &graph, llvm::StringRef name);
  void defineConstants(Scope &scope, const ::onnx::GraphProto &graph);
  llvm::SmallVector<Tensor> importGraph(Scope &constants, const ::onnx::GraphProto &graph,
                                        llvm::ArrayRef<Tensor> inputs, mlir::Location location,
                                        llvm::StringRef name, unsigned index);
  llvm::SmallVector<Tensor> importIf(Scope &scope, const ::onnx::NodeProto &proto,
                                     llvm::ArrayRef<Tensor> inputs, mlir::Location location,
                                     unsigned index);
  llvm::SmallVector<Tensor> chooseResults(const ::onnx::NodeProto &proto, Emitter &emit,
                                          mlir::Value condition, llvm::ArrayRef<Tensor> first,
                                          llvm::ArrayRef<Tensor> second, unsigned index);
  llvm::SmallVector<Tensor> importLoop(Scope &scope, const ::onnx::NodeProto &proto,
                                       llvm::ArrayRef<Tensor> inputs, mlir::Location location,
                                       unsigned index);
  llvm::SmallVector<Tensor> unroll(Scope &constants, const ::onnx::NodeProto &proto,
                                   const ::onnx::GraphProto &graph, llvm::ArrayRef<Tensor> inputs,
                                   int64_t count, mlir::Location location, unsigned index);
  static mlir::Value stack(Emitter &emit, llvm::ArrayRef<mlir::Value> values);

  template <typename... Parts> void report(mlir::Location location, Parts &&...parts) {
    broken = true;
    mlir::InFlightDiagnostic diagnostic = mlir::emitError(location);
    (diagnostic << ... << parts);
  }

  ModelFile &model;
  const ImportOptions &options;
  mlir::Location modelLocation;
  mlir::OpBuilder builder;
  TensorReader reader;
  mlir::OwningOpRef<mlir::ModuleOp> module;
  mlir::func::FuncOp function;
  llvm::SmallVector<UnsupportedNode> unsupported;
  llvm::SmallVector<mlir::Location> unsupportedLocations;
  unsigned numNodes = 0;
  bool broken = false;
};

} // namespace nnc::frontend

#endif // FRONTEND_ONNX_GRAPHIMPORTER_H
