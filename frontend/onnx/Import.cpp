// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "frontend/onnx/Import.h"

#include "dialects/nnc/Nnc.h"
#include "frontend/onnx/GraphImporter.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/IR/Verifier.h"
#include "mlir/Interfaces/SideEffectInterfaces.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/Path.h"

using namespace mlir;
using namespace nnc;
using namespace nnc::frontend;
using ::onnx::TensorProto;
using ::onnx::ValueInfoProto;

//===--- the graph --------------------------------------------------------------------------===//

void GraphImporter::defineArguments(Scope &scope) {
  SmallVector<const ValueInfoProto *> inputs;
  for (const ValueInfoProto &input : model.proto.graph().input())
    if (!scope.initializers.contains(input.name()))
      inputs.push_back(&input);
  FailureOr<SmallVector<InputType>> types = resolveInputTypes(modelLocation, inputs, options);
  if (failed(types)) {
    broken = true;
    return;
  }
  for (auto [input, type] : llvm::zip_equal(inputs, *types)) {
    Location location = getNamedLocation(modelLocation, input->name());
    if (scope.defines(input->name()))
      report(location, "input '", input->name(), "' is already defined");
    unsigned index = function.getNumArguments();
    (void)function.insertArgument(index, type.type, {}, location);
    function.setArgAttr(index, kNameAttr, builder.getStringAttr(input->name()));
    if (type.isUnsigned)
      function.setArgAttr(index, kUnsignedAttr, builder.getUnitAttr());
    scope.values[input->name()] = {function.getArgument(index), type.isUnsigned};
  }
}

void GraphImporter::defineInitializers(Scope &scope) {
  ::onnx::GraphProto &graph = *model.proto.mutable_graph();
  for (TensorProto &initializer : *graph.mutable_initializer()) {
    if (scope.defines(initializer.name()))
      report(getNamedLocation(modelLocation, initializer.name()), "initializer '",
             initializer.name(), "' is already defined");
    scope.initializers[initializer.name()] = &initializer;
  }
  for (const auto &sparse : graph.sparse_initializer())
    report(getNamedLocation(modelLocation, sparse.values().name()),
           "sparse initializers are not supported");
}

/// Where the model states the type of a result, the computed one must be it.
void GraphImporter::checkResult(const ValueInfoProto &declared, const Tensor &result) {
  Location location = getNamedLocation(modelLocation, declared.name());
  const auto &tensor = declared.type().tensor_type();
  // Labels that are texts are known by their places.
  if (!declared.type().has_tensor_type() || tensor.elem_type() == ::onnx::TensorProto::STRING)
    return;
  FailureOr<ElementType> elementType = getElementType(location, tensor.elem_type());
  broken |= failed(elementType);
  auto type = cast<RankedTensorType>(result.value.getType());
  if (succeeded(elementType) &&
      (elementType->type != type.getElementType() || elementType->isUnsigned != result.isUnsigned))
    report(location, "output '", declared.name(), "' is declared to have elements ",
           elementType->isUnsigned ? "u" : "", elementType->type, ", but has ",
           result.isUnsigned ? "u" : "", type.getElementType());
  if (type.getNumElements() == 0)
    report(location, "output '", declared.name(), "' is empty: its shape is ",
           formatShape(type.getShape()));
  if (!tensor.has_shape())
    return;
  bool fits = tensor.shape().dim_size() == type.getRank();
  SmallVector<std::string> shape;
  for (auto [axis, dim] : llvm::enumerate(tensor.shape().dim())) {
    fits = fits && (!dim.has_dim_value() || dim.dim_value() == type.getDimSize(axis));
    shape.push_back(dim.has_dim_value() ? std::to_string(dim.dim_value()) : "?");
  }
  if (!fits)
    report(location, "output '", declared.name(), "' is declared to have shape ",
           shape.empty() ? "scalar" : llvm::join(shape, "x"), ", but has ",
           formatShape(type.getShape()));
}

void GraphImporter::returnResults(Scope &scope) {
  SmallVector<Tensor> results;
  for (const ValueInfoProto &output : model.proto.graph().output()) {
    std::optional<Tensor> result = lookUp(scope, output.name());
    if (!result && !isTooLong())
      report(getNamedLocation(modelLocation, output.name()), "nothing computes output '",
             output.name(), "'");
    else if (result && result->value)
      checkResult(output, *result);
    results.push_back(result.value_or(Tensor()));
  }
  if (results.empty())
    report(modelLocation, "the model has no outputs");
  if (broken || !unsupported.empty())
    return;
  auto values = llvm::map_to_vector(results, [](const Tensor &result) { return result.value; });
  func::ReturnOp::create(builder, modelLocation, values);
  function.setFunctionType(
      builder.getFunctionType(function.getArgumentTypes(), ValueRange(values).getTypes()));
  for (auto [index, output] : llvm::enumerate(model.proto.graph().output())) {
    function.setResultAttr(index, kNameAttr, builder.getStringAttr(output.name()));
    if (results[index].isUnsigned)
      function.setResultAttr(index, kUnsignedAttr, builder.getUnitAttr());
  }
}

/// Labels the module, and drops what only computed shapes.
void GraphImporter::finishModule() {
  StringRef name = model.proto.graph().name();
  if (name.empty())
    name = llvm::sys::path::stem(model.path);
  (*module)->setAttr(kModelAttr, builder.getStringAttr(name));
  (*module)->setAttr(kHashAttr,
                     builder.getStringAttr(llvm::toHex(model.hash.final(), /*LowerCase=*/true)));
  for (Operation &op : llvm::make_early_inc_range(llvm::reverse(function.front())))
    if (isOpTriviallyDead(&op))
      op.erase();
  broken |= failed(verify(*module));
}

OwningOpRef<ModuleOp> GraphImporter::import() {
  module = ModuleOp::create(modelLocation);
  builder.setInsertionPointToEnd(module->getBody());
  function = func::FuncOp::create(builder, modelLocation, "main", builder.getFunctionType({}, {}));
  builder.setInsertionPointToEnd(function.addEntryBlock());
  Scope scope(model.proto.graph().node(), model.opsets);
  defineInitializers(scope);
  defineArguments(scope);
  if (broken)
    return nullptr;
  importNodes(scope, std::nullopt);
  returnResults(scope);
  if (broken || !unsupported.empty())
    return nullptr;
  finishModule();
  return broken ? nullptr : std::move(module);
}

//===--- the interface ----------------------------------------------------------------------===//

static void loadDialects(MLIRContext &context) {
  context.loadDialect<NncDialect, arith::ArithDialect, func::FuncDialect, math::MathDialect,
                      tensor::TensorDialect>();
}

FailureOr<OwningOpRef<ModuleOp>> nnc::importOnnx(MLIRContext &context, StringRef path,
                                                 const ImportOptions &options) {
  loadDialects(context);
  FailureOr<std::unique_ptr<ModelFile>> model = readModelFile(context, path);
  if (failed(model))
    return failure();
  GraphImporter importer(context, **model, options);
  OwningOpRef<ModuleOp> module = importer.import();
  importer.reportUnsupported();
  if (!module)
    return failure();
  return module;
}

FailureOr<SmallVector<UnsupportedNode>>
nnc::findUnsupportedNodes(MLIRContext &context, StringRef path, const ImportOptions &options) {
  loadDialects(context);
  FailureOr<std::unique_ptr<ModelFile>> model = readModelFile(context, path);
  if (failed(model))
    return failure();
  GraphImporter importer(context, **model, options);
  OwningOpRef<ModuleOp> module = importer.import();
  if (importer.isBroken())
    return failure();
  return SmallVector<UnsupportedNode>(importer.getUnsupported());
}
