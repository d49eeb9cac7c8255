// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "frontend/onnx/GraphImporter.h"

#include "llvm/ADT/Sequence.h"
#include "llvm/ADT/StringSet.h"

using namespace mlir;
using namespace nnc;
using namespace nnc::frontend;
using ::onnx::NodeProto;

GraphImporter::GraphImporter(MLIRContext &context, ModelFile &model, const ImportOptions &options)
    : model(model), options(options),
      modelLocation(FileLineColLoc::get(&context, model.path, 0, 0)), builder(&context),
      reader(model.path, model.hash) {}

void GraphImporter::reportUnsupported() const {
  for (auto [node, location] : llvm::zip_equal(unsupported, unsupportedLocations))
    emitError(location) << "unsupported operator " << node.opType << ": " << node.reason;
}

void GraphImporter::addUnsupported(const NodeProto &proto, Location location, unsigned index,
                                   std::string reason) {
  StringRef name = cast<NameLoc>(location).getName();
  unsupported.push_back({name.str(), proto.op_type(), index, std::move(reason)});
  unsupportedLocations.push_back(location);
}

//===--- names ------------------------------------------------------------------------------===//

/// Whether a constant is a list of labels that are texts, no two alike.
static bool isListOfLabels(const ::onnx::TensorProto &proto) {
  llvm::StringSet<> texts;
  for (const std::string &text : proto.string_data())
    texts.insert(text);
  return proto.data_type() == ::onnx::TensorProto::STRING && proto.dims_size() == 1 &&
         proto.string_data_size() > 1 && texts.size() == static_cast<size_t>(proto.dims(0));
}

Tensor GraphImporter::readInitializer(const ::onnx::TensorProto &proto) {
  Location location = getNamedLocation(modelLocation, proto.name());
  // Labels are known by their places.
  if (isListOfLabels(proto)) {
    auto places = llvm::to_vector(llvm::seq<int64_t>(0, proto.dims(0)));
    return {Emitter(builder, location).integers(places), false};
  }
  FailureOr<ElementType> type = getElementType(location, proto.data_type());
  FailureOr<ElementsAttr> constant = failure();
  if (succeeded(type))
    constant = reader.read(location, proto);
  broken |= failed(constant);
  if (failed(constant))
    return {};
  return {Emitter(builder, location).constant(*constant), type->isUnsigned};
}

std::optional<Tensor> GraphImporter::lookUp(Scope &scope, StringRef name) {
  auto value = scope.values.find(name);
  if (value != scope.values.end())
    return value->second;
  auto initializer = scope.initializers.find(name);
  if (initializer == scope.initializers.end())
    return scope.outer ? lookUp(*scope.outer, name) : std::nullopt;
  ::onnx::TensorProto &proto = *initializer->second;
  scope.initializers.erase(initializer);
  Tensor tensor = readInitializer(proto);
  delete proto.release_raw_data();
  scope.values[name] = tensor;
  return tensor;
}

void GraphImporter::reportUndefined(Scope &scope, StringRef name, unsigned position,
                                    Location location) {
  for (int later = position; later < scope.nodes.size(); ++later)
    if (llvm::is_contained(scope.nodes[later].output(), name))
      return report(location, "reads '", name, "', which node ", later,
                    " computes only afterwards: nodes are out of order, or form a cycle");
  report(location, "reads '", name, "', which nothing defines");
}

bool GraphImporter::resolveInputs(Scope &scope, const NodeProto &proto, unsigned position,
                                  Location location, SmallVectorImpl<Tensor> &inputs) {
  bool available = true;
  for (const std::string &name : proto.input()) {
    inputs.emplace_back();
    if (name.empty() || scope.omitted.contains(name))
      continue;
    std::optional<Tensor> tensor = lookUp(scope, name);
    if (!tensor)
      reportUndefined(scope, name, position, location);
    inputs.back() = tensor.value_or(Tensor());
    available &= inputs.back().value != nullptr;
  }
  return available;
}

void GraphImporter::bindOutputs(Scope &scope, const NodeProto &proto, ArrayRef<Tensor> outputs,
                                Location location) {
  for (auto [index, name] : llvm::enumerate(proto.output())) {
    if (name.empty())
      continue;
    if (scope.defines(name))
      report(location, "defines '", name, "', which is already defined");
    scope.values[name] = index < outputs.size() ? outputs[index] : Tensor();
  }
}

//===--- nodes ------------------------------------------------------------------------------===//

static Location getNodeLocation(const Scope &scope, const NodeProto &proto, Location modelLocation,
                                unsigned index) {
  auto file = cast<FileLineColLoc>(modelLocation);
  std::string name = proto.name();
  if (name.empty() && proto.output_size() > 0)
    name = proto.output(0);
  MLIRContext *context = modelLocation.getContext();
  return NameLoc::get(StringAttr::get(context, scope.prefix + name),
                      FileLineColLoc::get(file.getFilename(), index, 0));
}

void GraphImporter::importNodes(Scope &scope, std::optional<unsigned> callIndex) {
  for (auto [position, proto] : llvm::enumerate(scope.nodes)) {
    if (++numNodes == kMaxNodes)
      report(modelLocation, "the model has more than ", kMaxNodes, " nodes");
    if (isTooLong())
      return;
    importNode(scope, proto, position, callIndex.value_or(position));
  }
}

void GraphImporter::importNode(Scope &scope, const NodeProto &proto, unsigned position,
                               unsigned index) {
  Location location = getNodeLocation(scope, proto, modelLocation, index);
  SmallVector<Tensor> inputs, outputs;
  bool available = resolveInputs(scope, proto, position, location, inputs);
  if (proto.output_size() == 0)
    report(location, proto.op_type(), ": the node has no outputs");
  else if (const Operator *known = findNncFunction(proto.domain(), proto.op_type()))
    outputs = available && checkKnown(*known, proto, location)
                  ? emitNode(scope, *known, proto, inputs, location, index)
                  : SmallVector<Tensor>();
  else if (isControlFlow(proto) && available)
    outputs = proto.op_type() == "If" ? importIf(scope, proto, inputs, location, index)
                                      : importLoop(scope, proto, inputs, location, index);
  else if (const ::onnx::FunctionProto *function = findFunction(proto))
    outputs = callFunction(scope, *function, proto, inputs, location, index);
  else if (isControlFlow(proto))
    ; // of values that could not be imported
  else if (const Operator *op = findImport(scope, proto, location, index); op && available)
    outputs = emitNode(scope, *op, proto, inputs, location, index);
  bindOutputs(scope, proto, outputs, location);
}

/// Whether `inputs` are as many as the operator takes, those that it cannot do without among them.
static bool checkInputs(const Operator &op, const NodeProto &proto) {
  unsigned count = proto.input_size();
  if (count < op.minInputs || count > op.maxInputs)
    return false;
  unsigned required = op.maxInputs == kAnyNumber ? count : op.minInputs;
  return llvm::none_of(llvm::seq<unsigned>(0, required),
                       [&](unsigned i) { return proto.input(i).empty(); });
}

const Operator *GraphImporter::findImport(Scope &scope, const NodeProto &proto, Location location,
                                          unsigned index) {
  StringRef domain = getDomain(proto.domain());
  if (!isKnownDomain(domain)) {
    addUnsupported(proto, location, index,
                   "operators of domain '" + domain.str() + "' are not known");
    return nullptr;
  }
  const Operator *op = findOperator(domain, proto.op_type());
  if (!op) {
    addUnsupported(proto, location, index, explainAbsence(proto.op_type()).str());
    return nullptr;
  }
  if (scope.opsets.lookup(domain) < op->since) {
    report(location, proto.op_type(), ": the operator is there from operator set ", op->since,
           " on, but the model imports ", scope.opsets.lookup(domain));
    return nullptr;
  }
  return checkKnown(*op, proto, location) ? op : nullptr;
}

bool GraphImporter::checkKnown(const Operator &op, const NodeProto &proto, Location location) {
  if (checkInputs(op, proto))
    return true;
  std::string count = std::to_string(op.minInputs);
  if (op.maxInputs != op.minInputs)
    count += op.maxInputs == kAnyNumber ? " or more" : " to " + std::to_string(op.maxInputs);
  report(location, proto.op_type(), ": the operator takes ", count, " inputs; there are ",
         proto.input_size(), ", or a required one is left out");
  return false;
}

SmallVector<Tensor> GraphImporter::emitNode(Scope &scope, const Operator &op,
                                            const NodeProto &proto, ArrayRef<Tensor> inputs,
                                            Location location, unsigned index) {
  Emitter emitter(builder, location);
  Node node(proto, scope.opsets.lookup(""), inputs, scope.attributes, reader, emitter);
  std::string error;
  {
    ScopedDiagnosticHandler collect(builder.getContext(), [&](Diagnostic &diagnostic) {
      if (error.empty() && diagnostic.getSeverity() == DiagnosticSeverity::Error)
        error = diagnostic.str();
    });
    node.setOutput(0, op.import(node));
    node.checkAllRead();
  }
  const std::optional<std::string> &reason = node.getUnsupportedReason();
  if (error.empty() && reason) {
    addUnsupported(proto, location, index, *reason);
    return {};
  }
  SmallVector<Tensor> outputs = node.takeOutputs();
  for (auto [position, output] : llvm::enumerate(outputs))
    if (error.empty() && !output.value && !proto.output(position).empty())
      error = "output " + std::to_string(position) + " is not known";
  if (error.empty())
    return outputs;
  report(location, proto.op_type(), ": ", error);
  return {};
}
