// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// One node of an ONNX graph, as an operator's import function sees it.
#ifndef FRONTEND_ONNX_NODE_H
#define FRONTEND_ONNX_NODE_H

#include "frontend/onnx/Emitter.h"
#include "frontend/onnx/Tensors.h"

#include "llvm/ADT/SmallBitVector.h"
#include "llvm/ADT/StringSet.h"

namespace nnc::frontend {

/// The attributes that a call gives to a model-local function, by name.
using AttributeScope = llvm::StringMap<const ::onnx::AttributeProto *>;

/// Checked access to a node's inputs and attributes. Getters report what is missing, of a wrong
/// type or out of range, and then return a harmless value; the importer looks at the reports, so
/// import functions read attributes without tests.
class Node {
public:
  Node(const ::onnx::NodeProto &proto, int64_t opset, llvm::ArrayRef<Tensor> inputs,
       const AttributeScope &scope, TensorReader &reader, Emitter &emitter)
      : proto(proto), opset(opset), inputs(inputs), scope(scope), reader(reader), emitter(emitter),
        outputs(proto.output_size()), usedInputs(inputs.size()) {}
  Node(const Node &) = delete;

  Emitter &emit() { return emitter; }
  /// The version of the operator set that the model imports.
  int64_t getOpset() const { return opset; }
  llvm::StringRef getOperator() const { return proto.op_type(); }

  // Inputs.
  unsigned getNumInputs() const { return inputs.size(); }
  /// Null where an optional input is left out.
  mlir::Value getInput(unsigned index);
  llvm::SmallVector<mlir::Value> getInputs();
  bool hasInput(unsigned index) { return getInput(index) != nullptr; }
  /// Marks an input as having no effect on what nnc computes.
  void ignoreInput(unsigned index) { getInput(index); }
  bool isUnsigned(unsigned index) const;
  /// The elements of an integer input that must be known now; std::nullopt after `unsupported`
  /// otherwise. `what` names it.
  std::optional<llvm::SmallVector<int64_t>> getIntegers(unsigned index, llvm::StringRef what);
  /// The same for an input of floats.
  std::optional<llvm::SmallVector<float>> getFloats(unsigned index, llvm::StringRef what);

  // Attributes.
  bool hasAttribute(llvm::StringRef name) { return findAttribute(name) != nullptr; }
  int64_t getInteger(llvm::StringRef name, int64_t otherwise);
  int64_t requireInteger(llvm::StringRef name);
  bool getFlag(llvm::StringRef name, bool otherwise) { return getInteger(name, otherwise) != 0; }
  float getFloat(llvm::StringRef name, float otherwise);
  llvm::ArrayRef<int64_t> getIntegers(llvm::StringRef name);
  llvm::ArrayRef<float> getFloats(llvm::StringRef name);
  llvm::SmallVector<llvm::StringRef> getStrings(llvm::StringRef name);
  llvm::StringRef requireString(llvm::StringRef name);
  /// One of `choices`; the first where the attribute is absent.
  llvm::StringRef getChoice(llvm::StringRef name, llvm::ArrayRef<llvm::StringRef> choices);
  /// Null where it is absent.
  const ::onnx::GraphProto *getGraph(llvm::StringRef name);
  /// Null, with a report where it cannot be read; null without one where it is absent. `isUnsigned`
  /// tells the element type.
  mlir::ElementsAttr getTensor(llvm::StringRef name, bool &isUnsigned);
  /// Marks an attribute as having no effect on what nnc computes.
  void ignoreAttribute(llvm::StringRef name) { findAttribute(name); }

  /// `axis` as a number from 0 on, counted from the end where negative; std::nullopt, with a
  /// report, where out of range.
  std::optional<int64_t> normalizeAxis(int64_t axis, int64_t rank);
  /// The same for several, sorted; each may be there once.
  std::optional<llvm::SmallVector<int64_t>> normalizeAxes(llvm::ArrayRef<int64_t> axes,
                                                          int64_t rank);

  // Results.
  /// Whether a consumer may read output `index`.
  bool hasOutput(unsigned index) const;
  unsigned getNumOutputs() const { return outputs.size(); }
  void setOutput(unsigned index, mlir::Value value) { outputs[index].value = value; }
  /// Says whether integer outputs are unsigned; else they are as the inputs of the same element
  /// type.
  void setUnsigned(bool isUnsigned) { outputsAreUnsigned = isUnsigned; }
  /// The outputs after the import, with their signs.
  llvm::SmallVector<Tensor> takeOutputs();

  /// Reports inputs and attributes that nobody has asked for: the operator does not have them in
  /// this version.
  void checkAllRead();

  /// Records why nnc does not have this form of the operator; null, so that it can be returned.
  mlir::Value unsupported(const llvm::Twine &reason);
  const std::optional<std::string> &getUnsupportedReason() const { return unsupportedReason; }
  mlir::FailureOr<ElementType> getElementType(int32_t dataType) {
    return frontend::getElementType(emitter.getLocation(), dataType);
  }

private:
  const ::onnx::AttributeProto *findAttribute(llvm::StringRef name);
  const ::onnx::AttributeProto *findAttribute(llvm::StringRef name,
                                              ::onnx::AttributeProto::AttributeType type);

  const ::onnx::NodeProto &proto;
  int64_t opset;
  llvm::ArrayRef<Tensor> inputs;
  const AttributeScope &scope;
  TensorReader &reader;
  Emitter &emitter;
  llvm::SmallVector<Tensor> outputs;
  std::optional<bool> outputsAreUnsigned;
  llvm::StringSet<> known;
  llvm::SmallBitVector usedInputs;
  std::optional<std::string> unsupportedReason;
};

} // namespace nnc::frontend

#endif // FRONTEND_ONNX_NODE_H
