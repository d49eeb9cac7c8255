// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "tools/nnc/LoadModel.h"

#include "dialects/nnc/Nnc.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Parser/Parser.h"
#include "mlir/Pass/PassManager.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/MemoryBuffer.h"
#include "llvm/Support/Path.h"
#include "llvm/Support/SHA256.h"

using namespace mlir;

namespace nnc::tools {

/// Whether `@main` takes and gives statically shaped tensors; says so where it does not.
static LogicalResult checkMain(ModuleOp module) {
  auto main = module.lookupSymbol<func::FuncOp>("main");
  if (!main || main.isExternal())
    return module.emitError("has no function @main, which is where a model begins");
  for (Type type : llvm::concat<const Type>(main.getArgumentTypes(), main.getResultTypes())) {
    auto tensor = dyn_cast<RankedTensorType>(type);
    if (!tensor || !tensor.hasStaticShape())
      return main.emitError("takes or gives ")
             << type << ", but a model has statically shaped tensors";
  }
  return success();
}

/// Names the model after its file, and its digest, where the text does not.
static void describe(ModuleOp module, StringRef path, StringRef content) {
  Builder builder(module.getContext());
  if (!module->hasAttr("nnc.model"))
    module->setAttr("nnc.model", builder.getStringAttr(llvm::sys::path::stem(path)));
  if (module->hasAttr("nnc.hash"))
    return;
  auto digest = llvm::SHA256::hash(llvm::arrayRefFromStringRef(content));
  module->setAttr("nnc.hash", builder.getStringAttr(llvm::toHex(digest, /*LowerCase=*/true)));
}

static FailureOr<OwningOpRef<ModuleOp>> parseText(Session &session, StringRef path) {
  auto file = llvm::MemoryBuffer::getFile(path, /*IsText=*/true);
  if (!file) {
    session.reportError("'" + path + "': " + file.getError().message());
    return failure();
  }
  std::string content = (*file)->getBuffer().str();
  llvm::SourceMgr sources;
  sources.AddNewSourceBuffer(std::move(*file), llvm::SMLoc());
  OwningOpRef<ModuleOp> module = parseSourceFile<ModuleOp>(sources, &session.getContext());
  if (!module || failed(checkMain(*module)))
    return failure();
  describe(*module, path, content);
  return module;
}

static LogicalResult runPasses(ModuleOp module, StringRef passes) {
  PassManager manager(module.getContext());
  if (failed(parsePasses(passes, manager, llvm::errs())) || failed(manager.run(module)))
    return failure();
  return checkMain(module);
}

/// Records how many numbers the model comes with, and how many batch normalizations it has, before
/// any of them are folded or padded.
static void countParameters(ModuleOp module) {
  int64_t count = 0, normalizations = 0;
  module.walk([&](Operation *op) {
    normalizations += isa<BatchNormOp>(op);
    if (op->hasTrait<OpTrait::ConstantLike>() && isa<RankedTensorType>(op->getResult(0).getType()))
      count += cast<RankedTensorType>(op->getResult(0).getType()).getNumElements();
  });
  Builder builder(module.getContext());
  module->setAttr("nnc.parameters", builder.getI64IntegerAttr(count));
  module->setAttr("nnc.normalizations", builder.getI64IntegerAttr(normalizations));
}

/// Makes the model, which is of one sample, one of several.
static LogicalResult setSamples(ModuleOp module, int64_t samples) {
  if (samples == 1)
    return success();
  auto main = module.lookupSymbol<func::FuncOp>("main");
  for (Type type : llvm::concat<const Type>(main.getArgumentTypes(), main.getResultTypes())) {
    ArrayRef<int64_t> shape = cast<RankedTensorType>(type).getShape();
    if (shape.empty() || shape.front() != 1)
      return main.emitError("takes or gives ")
             << type
             << ", but --samples and --steps are for models whose tensors have one, in dimension 0";
  }
  module->setAttr(kSamplesAttr, Builder(module.getContext()).getI64IntegerAttr(samples));
  return success();
}

/// The number of the argument or result with that name.
static std::optional<unsigned> findByName(func::FuncOp main, StringRef name, bool isResult) {
  unsigned count = isResult ? main.getNumResults() : main.getNumArguments();
  for (unsigned index = 0; index < count; ++index) {
    auto known = isResult ? main.getResultAttrOfType<StringAttr>(index, kNameAttr)
                          : main.getArgAttrOfType<StringAttr>(index, kNameAttr);
    if (known && known.getValue() == name)
      return index;
  }
  return std::nullopt;
}

/// Makes an input the output of the step before.
static LogicalResult setState(ModuleOp module, StringRef input, StringRef output) {
  auto main = module.lookupSymbol<func::FuncOp>("main");
  std::optional<unsigned> argument = findByName(main, input, /*isResult=*/false),
                          result = findByName(main, output, /*isResult=*/true);
  if (!argument || !result)
    return main.emitError("--state=")
           << input << ":" << output << ": the model has no "
           << (argument ? "output '" + output : "input '" + input) << "'";
  if (main.getArgumentTypes()[*argument] != main.getResultTypes()[*result])
    return main.emitError("--state=") << input << ":" << output << ": '" << input << "' has type "
                                      << main.getArgumentTypes()[*argument] << ", but '" << output
                                      << "' " << main.getResultTypes()[*result];
  main.setArgAttr(*argument, kStateAttr, Builder(module.getContext()).getI64IntegerAttr(*result));
  return success();
}

FailureOr<OwningOpRef<ModuleOp>> loadModel(Session &session, const ModelOptions &options) {
  session.beginStage("read " + options.path +
                     (options.passes.empty() ? "" : ", run " + options.passes));
  FailureOr<OwningOpRef<ModuleOp>> module =
      options.isOnnx() ? importOnnx(session.getContext(), options.path, options.import)
                       : parseText(session, options.path);
  if (failed(module))
    return failure();
  if (!options.passes.empty() && failed(runPasses(**module, options.passes)))
    return failure();
  countParameters(**module);
  if (failed(setSamples(**module, options.samples)))
    return failure();
  for (const auto &[input, output] : options.states)
    if (failed(setState(**module, input, output)))
      return failure();
  return module;
}

} // namespace nnc::tools
