// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Model-local functions: a call is replaced by the function's body.
#include "frontend/onnx/GraphImporter.h"

using namespace mlir;
using namespace nnc;
using namespace nnc::frontend;
using ::onnx::AttributeProto;
using ::onnx::FunctionProto;
using ::onnx::NodeProto;

static constexpr unsigned kMaxDepth = 64;

const FunctionProto *GraphImporter::findFunction(const NodeProto &proto) const {
  for (const FunctionProto &function : model.proto.functions())
    if (function.name() == proto.op_type() && function.overload() == proto.overload() &&
        getDomain(function.domain()) == getDomain(proto.domain()))
      return &function;
  return nullptr;
}

/// Binds the body's names and attributes to what the call gives, or to defaults.
void GraphImporter::bindFormals(Scope &body, const Scope &caller, const FunctionProto &function,
                                const NodeProto &call, ArrayRef<Tensor> inputs) {
  for (auto [index, name] : llvm::enumerate(function.input())) {
    bool given = static_cast<int>(index) < call.input_size() && !call.input(index).empty() &&
                 !caller.omitted.contains(call.input(index));
    if (given)
      body.values[name] = inputs[index];
    else
      body.omitted.insert(name);
  }
  for (const AttributeProto &attribute : function.attribute_proto())
    body.attributes[attribute.name()] = &attribute;
  for (const AttributeProto &attribute : call.attribute()) {
    const AttributeProto *value = &attribute;
    if (!attribute.ref_attr_name().empty())
      value = caller.attributes.lookup(attribute.ref_attr_name());
    if (value)
      body.attributes[attribute.name()] = value;
  }
}

SmallVector<Tensor> GraphImporter::callFunction(Scope &caller, const FunctionProto &function,
                                                const NodeProto &call, ArrayRef<Tensor> inputs,
                                                Location location, unsigned index) {
  if (caller.depth == kMaxDepth) {
    report(location, "function '", function.name(),
           "' calls itself, or calls are nested too deeply");
    return {};
  }
  if (call.input_size() > function.input_size() || call.output_size() > function.output_size()) {
    report(location, "function '", function.name(), "' has ", function.input_size(), " inputs and ",
           function.output_size(), " outputs, but the call has ", call.input_size(), " and ",
           call.output_size());
    return {};
  }
  FailureOr<OpsetVersions> opsets = readOpsets(location, function.opset_import());
  if (failed(opsets)) {
    broken = true;
    return {};
  }
  Scope body(function.node(), *opsets);
  body.opsets.try_emplace("", caller.opsets.lookup(""));
  body.prefix = cast<NameLoc>(location).getName().str() + "/";
  body.depth = caller.depth + 1;
  bindFormals(body, caller, function, call, inputs);
  importNodes(body, index);
  SmallVector<Tensor> outputs;
  for (int i = 0; i < call.output_size(); ++i) {
    std::optional<Tensor> output = lookUp(body, function.output(i));
    if (!output && !isTooLong())
      report(location, "function '", function.name(), "' does not define its output '",
             function.output(i), "'");
    outputs.push_back(output.value_or(Tensor()));
  }
  return outputs;
}
