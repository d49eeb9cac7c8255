// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "lowering/reference/ReferenceEngine.h"

#include "dialects/nnc/Constants.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/ExecutionEngine/ExecutionEngine.h"
#include "mlir/ExecutionEngine/OptUtils.h"
#include "mlir/IR/DialectResourceBlobManager.h"
#include "mlir/IR/OwningOpRef.h"
#include "llvm/ExecutionEngine/Orc/JITTargetMachineBuilder.h"
#include "llvm/Support/TargetSelect.h"
#include "llvm/Target/TargetMachine.h"

#include <deque>

using namespace mlir;
using nnc::Buffer;
using nnc::ReferenceEngine;

Buffer Buffer::zeros(RankedTensorType type) { return {type, std::vector<char>(getByteSize(type))}; }

struct ReferenceEngine::Implementation {
  SmallVector<RankedTensorType> inputs, results;
  SmallVector<const char *> constants;          // in the order of @main's arguments
  std::deque<SmallVector<char, 0>> expanded;    // constants that the context does not hold as bytes
  std::unique_ptr<llvm::TargetMachine> machine; // used by the optimizer while compiling
  std::unique_ptr<ExecutionEngine> engine;
  void (*packedMain)(void **) = nullptr;

  llvm::Error bind(ModuleOp module);
  llvm::Error takeConstants(func::FuncOp main);
  llvm::Error compile(ModuleOp module, const ReferenceOptions &options);
};

namespace {

llvm::Error makeError(const Twine &message) {
  return llvm::createStringError(llvm::inconvertibleErrorCode(), message);
}

std::string toString(Type type) {
  std::string text;
  llvm::raw_string_ostream(text) << type;
  return text;
}

/// Runs passes; the error is the first diagnostic, which also goes where diagnostics go.
llvm::Error runPasses(PassManager &passes, ModuleOp module) {
  std::string first;
  ScopedDiagnosticHandler handler(module.getContext(), [&](Diagnostic &diagnostic) {
    if (first.empty() && diagnostic.getSeverity() == DiagnosticSeverity::Error)
      first = diagnostic.str();
    return failure(); // not handled here
  });
  if (succeeded(passes.run(module)))
    return llvm::Error::success();
  return makeError(first.empty() ? "the model cannot be lowered" : first);
}

/// The bytes of a constant where they are, or null where they are not plain.
const char *getBytesInPlace(ElementsAttr attribute) {
  int64_t size = nnc::getByteSize(attribute.getShapedType());
  ArrayRef<char> bytes;
  if (auto resource = dyn_cast<DenseResourceElementsAttr>(attribute)) {
    if (AsmResourceBlob *blob = resource.getRawHandle().getBlob())
      bytes = blob->getData();
  } else if (auto dense = dyn_cast<DenseElementsAttr>(attribute)) {
    bytes = dense.getRawData();
  }
  return static_cast<int64_t>(bytes.size()) == size ? bytes.data() : nullptr;
}

func::FuncOp getMain(ModuleOp module) { return module.lookupSymbol<func::FuncOp>("main"); }

SmallVector<RankedTensorType> getTensorTypes(ArrayRef<Type> types) {
  SmallVector<RankedTensorType> tensors;
  for (Type type : types)
    tensors.push_back(cast<RankedTensorType>(type));
  return tensors;
}

void setUp(MLIRContext *context) {
  llvm::InitializeNativeTarget();
  llvm::InitializeNativeTargetAsmPrinter();
  DialectRegistry registry;
  nnc::registerReferenceDialects(registry);
  context->appendDialectRegistry(registry);
  for (StringRef name : registry.getDialectNames())
    context->getOrLoadDialect(name);
}

llvm::Expected<std::unique_ptr<llvm::TargetMachine>> createHostMachine(unsigned optimizationLevel) {
  auto builder = llvm::orc::JITTargetMachineBuilder::detectHost();
  if (!builder)
    return builder.takeError();
  auto level = llvm::CodeGenOpt::getLevel(static_cast<int>(optimizationLevel));
  builder->setCodeGenOptLevel(level.value_or(llvm::CodeGenOptLevel::Default));
  return builder->createTargetMachine();
}

} // namespace

llvm::Error ReferenceEngine::Implementation::takeConstants(func::FuncOp main) {
  for (unsigned i = 0; i < main.getNumArguments(); ++i) {
    auto constant = main.getArgAttrOfType<ElementsAttr>(i, kConstantAttr);
    if (!constant)
      continue;
    main.removeArgAttr(i, kConstantAttr);
    constants.push_back(getBytesInPlace(constant));
    if (constants.back())
      continue;
    std::optional<SmallVector<char, 0>> bytes = getConstantBytes(constant);
    if (!bytes)
      return makeError("a constant of type " + toString(constant.getType()) + " has no elements");
    constants.back() = expanded.emplace_back(std::move(*bytes)).data();
  }
  return llvm::Error::success();
}

llvm::Error ReferenceEngine::Implementation::bind(ModuleOp module) {
  auto main = getMain(module);
  FunctionType before = main ? main.getFunctionType() : FunctionType();
  PassManager passes(module.getContext());
  buildReferenceBinding(passes);
  if (llvm::Error error = runPasses(passes, module))
    return error;
  // Binding has checked that they are tensors.
  inputs = getTensorTypes(before.getInputs());
  results = getTensorTypes(before.getResults());
  return takeConstants(getMain(module));
}

llvm::Error ReferenceEngine::Implementation::compile(ModuleOp module,
                                                     const ReferenceOptions &options) {
  PassManager passes(module.getContext());
  buildReferenceLowering(passes, options);
  if (llvm::Error error = runPasses(passes, module))
    return error;
  auto host = createHostMachine(options.optimizationLevel),
       other = createHostMachine(options.optimizationLevel);
  if (!host)
    return host.takeError();
  if (!other)
    return other.takeError();
  machine = std::move(*host);
  ExecutionEngineOptions engineOptions;
  auto optimize =
      makeOptimizingTransformer(options.optimizationLevel, /*sizeLevel=*/0, machine.get());
  engineOptions.transformer = optimize;
  engineOptions.jitCodeGenOptLevel = machine->getOptLevel();
  engineOptions.enableGDBNotificationListener = false;
  engineOptions.enablePerfNotificationListener = false;
  auto created = ExecutionEngine::create(module, engineOptions, std::move(*other));
  if (!created)
    return created.takeError();
  engine = std::move(*created);
  auto found = engine->lookupPacked("main");
  if (!found)
    return found.takeError();
  packedMain = *found;
  return llvm::Error::success();
}

ReferenceEngine::ReferenceEngine(std::unique_ptr<Implementation> implementation)
    : implementation(std::move(implementation)) {}

ReferenceEngine::~ReferenceEngine() = default;

/// Names say nothing to LLVM, which would warn of them.
static void dropNames(ModuleOp module) {
  auto main = module.lookupSymbol<FunctionOpInterface>("main");
  if (!main)
    return;
  for (StringRef name : {"nnc.name", "nnc.unsigned"}) {
    auto attribute = StringAttr::get(module.getContext(), name);
    for (unsigned i = 0; i < main.getNumArguments(); ++i)
      main.removeArgAttr(i, attribute);
    for (unsigned i = 0; i < main.getNumResults(); ++i)
      main.removeResultAttr(i, attribute);
  }
}

llvm::Expected<std::unique_ptr<ReferenceEngine>>
ReferenceEngine::create(ModuleOp module, const ReferenceOptions &options) {
  setUp(module.getContext());
  OwningOpRef<ModuleOp> copy = module.clone();
  dropNames(*copy);
  auto implementation = std::make_unique<Implementation>();
  if (llvm::Error error = implementation->bind(*copy))
    return error;
  if (llvm::Error error = implementation->compile(*copy, options))
    return error;
  return std::unique_ptr<ReferenceEngine>(new ReferenceEngine(std::move(implementation)));
}

ArrayRef<RankedTensorType> ReferenceEngine::getInputTypes() const { return implementation->inputs; }

ArrayRef<RankedTensorType> ReferenceEngine::getResultTypes() const {
  return implementation->results;
}

static llvm::Error checkInputs(ArrayRef<Buffer> inputs, ArrayRef<RankedTensorType> types) {
  if (inputs.size() != types.size())
    return makeError("the model takes " + Twine(types.size()) + " inputs, but " +
                     Twine(inputs.size()) + " are given");
  for (auto [index, input, type] : llvm::enumerate(inputs, types)) {
    if (input.type != type)
      return makeError("input " + Twine(index) + " is " + toString(input.type) +
                       ", but the model takes " + toString(type));
    if (static_cast<int64_t>(input.bytes.size()) != nnc::getByteSize(type))
      return makeError("input " + Twine(index) + " has " + Twine(input.bytes.size()) +
                       " bytes, but " + toString(type) + " takes " + Twine(nnc::getByteSize(type)));
  }
  return llvm::Error::success();
}

llvm::Expected<std::vector<Buffer>> ReferenceEngine::run(ArrayRef<Buffer> inputs) const {
  if (llvm::Error error = checkInputs(inputs, getInputTypes()))
    return error;
  std::vector<Buffer> outputs;
  for (RankedTensorType type : getResultTypes())
    outputs.push_back(Buffer::zeros(type));
  SmallVector<const char *> buffers;
  for (const Buffer &input : inputs)
    buffers.push_back(input.bytes.data());
  llvm::append_range(buffers, implementation->constants);
  for (const Buffer &output : outputs)
    buffers.push_back(output.bytes.data());
  // A packed function takes the address of each argument.
  SmallVector<void *> arguments;
  for (const char *&buffer : buffers)
    arguments.push_back(static_cast<void *>(&buffer));
  implementation->packedMain(arguments.data());
  return outputs;
}
