// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "lowering/fuse/KernelBuilder.h"

#include "dialects/nnc/MeaningBuilder.h"

#include "mlir/IR/AsmState.h"
#include "mlir/IR/Builders.h"

#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/Regex.h"

using namespace mlir;

namespace nnc {
namespace {

/// The text of a kernel without what does not matter for equality: its name and where it came from.
std::string getKey(halide::KernelOp kernel) {
  std::string text;
  llvm::raw_string_ostream stream(text);
  kernel->print(stream, OpPrintingFlags().useLocalScope());
  return text;
}

/// Whether an identifier may already mean something in generated code: a keyword (and, new,
/// const_cast, wchar_t), a function of the runtime (max, loadStrided) or one of its vector types
/// (f32x16).
bool mayBeTaken(StringRef identifier) {
  static const llvm::Regex vectorType("^[fiu][0-9]+x[0-9]+$");
  bool isOneWord = llvm::all_of(identifier, llvm::isAlpha);
  bool looksReserved = false;
  for (StringRef end : {"_t", "_cast", "_eq", "_assert", "_local"})
    looksReserved |= identifier.ends_with(end);
  return isOneWord || looksReserved || identifier.starts_with("co_") ||
         vectorType.match(identifier);
}

/// A C++ identifier that resembles the name.
std::string makeIdentifier(StringRef name) {
  std::string identifier;
  for (char c : name) {
    bool keep = llvm::isAlnum(c);
    if (keep || (!identifier.empty() && identifier.back() != '_'))
      identifier.push_back(keep ? c : '_');
  }
  while (!identifier.empty() && identifier.back() == '_')
    identifier.pop_back();
  if (identifier.empty() || llvm::isDigit(identifier.front()))
    identifier.insert(0, "k");
  return identifier.substr(0, 48) + (mayBeTaken(identifier) ? "_layer" : "");
}

} // namespace

KernelBuilder::KernelBuilder(ModuleOp module) : module(module) {
  for (auto kernel : module.getOps<halide::KernelOp>())
    names.insert(kernel.getSymName());
}

halide::KernelOp KernelBuilder::start(Location location, FunctionType type, StringRef kernelClass) {
  OpBuilder builder = OpBuilder::atBlockBegin(module.getBody());
  auto kernel = halide::KernelOp::create(builder, location, "kernel", type,
                                         builder.getStringAttr(kernelClass), nullptr, nullptr,
                                         nullptr, nullptr);
  Block &block = kernel.getBody().emplaceBlock();
  for (Type argument : type.getInputs())
    block.addArgument(argument, location);
  return kernel;
}

halide::KernelOp KernelBuilder::finish(halide::KernelOp kernel, ArrayRef<std::string> layers) {
  auto [entry, isNew] = kernelsByText.try_emplace(getKey(kernel), kernel);
  if (!isNew) {
    kernel.erase();
    return entry->second;
  }
  kernel.setSymName(makeName(layers, kernel.getKernelClass().value_or("kernel")));
  SmallVector<StringRef> texts(layers.begin(), layers.end());
  kernel.setLayersAttr(Builder(module.getContext()).getStrArrayAttr(texts));
  // Kernels stand in the order of their first launch, before @main.
  Operation *main = &*llvm::find_if(*module.getBody(), [](Operation &op) {
    return isa<FunctionOpInterface>(op) && !isa<halide::KernelOp>(op);
  });
  kernel->moveBefore(main);
  return kernel;
}

Value KernelBuilder::buildCopy(OpBuilder &inside, Location at, Value value) {
  auto type = cast<RankedTensorType>(value.getType());
  MeaningBuilder b(inside, at);
  return b.generic(type.getShape(), type.getElementType(),
                   {{value, b.loopRange(0, type.getRank())}},
                   [](MeaningBuilder &, ValueRange elements) { return elements[0]; });
}

Value KernelBuilder::copy(OpBuilder &builder, Value value) {
  auto type = cast<RankedTensorType>(value.getType());
  halide::KernelOp kernel =
      start(value.getLoc(), FunctionType::get(type.getContext(), {type}, {type}), "copy");
  OpBuilder inside = OpBuilder::atBlockEnd(&kernel.getBody().front());
  Value copied = buildCopy(inside, value.getLoc(), kernel.getBody().getArgument(0));
  halide::YieldOp::create(inside, value.getLoc(), copied);
  kernel = finish(kernel, {"copy"});
  auto launch =
      halide::LaunchOp::create(builder, value.getLoc(), TypeRange{type}, kernel.getSymName(),
                               ValueRange{value}, builder.getStrArrayAttr({"copy"}));
  return launch.getResult(0);
}

std::string KernelBuilder::makeName(ArrayRef<std::string> layers, StringRef kernelClass) {
  std::string base = makeIdentifier(layers.empty() ? kernelClass : StringRef(layers.front()));
  std::string name = base;
  for (int suffix = 2; !names.insert(name).second; ++suffix)
    name = base + "_" + std::to_string(suffix);
  return name;
}

} // namespace nnc
