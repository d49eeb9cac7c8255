// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "codegen/package/Report.h"
#include "codegen/package/Text.h"
#include "codegen/package/Weights.h"
#include "tools/nnc/Commands.h"
#include "tools/nnc/CompileToCpp.h"
#include "tools/nnc/LoadModel.h"

#include "llvm/ADT/SmallVectorExtras.h"
#include "llvm/Support/FormatVariadic.h"

#include <map>

using namespace mlir;
namespace cl = llvm::cl;

namespace nnc::tools {

static cl::opt<bool> asJson("json", cl::desc("print JSON"), cl::sub(getInfoCommand()));

namespace {

/// How often each operation occurs in the model as it was read.
std::map<std::string, int64_t> countOperations(ModuleOp module) {
  std::map<std::string, int64_t> counts;
  module.walk([&](Operation *op) {
    bool isStructure =
        isa<ModuleOp>(op) || isa<FunctionOpInterface>(op) || op->hasTrait<OpTrait::IsTerminator>();
    if (!isStructure && !op->hasTrait<OpTrait::ConstantLike>())
      ++counts[op->getName().getStringRef().str()];
  });
  return counts;
}

struct Facts {
  std::vector<CppModule> modules; // which the program points into
  std::map<std::string, int64_t> operations;
  codegen::Program program;
  int64_t weightsBytes;
};

void printFacts(const Facts &facts) {
  llvm::raw_ostream &os = llvm::outs();
  auto list = [&](StringRef what, ArrayRef<codegen::Tensor> tensors) {
    for (const codegen::Tensor &tensor : tensors)
      os << llvm::formatv("{0,-15}{1}: {2} {3}\n", what, codegen::toComment(tensor.name),
                          codegen::getTypeName(tensor.elementType),
                          codegen::printShape(tensor.shape));
  };
  os << llvm::formatv("{0,-15}{1}\n", "model", codegen::toComment(facts.program.model));
  list("input", facts.program.inputs);
  list("output", facts.program.outputs);
  os << llvm::formatv("{0,-15}{1} bytes\n", "weights", codegen::printThousands(facts.weightsBytes));
  codegen::printSummary(os, facts.program, "");
  os << "\noperations\n";
  for (const auto &[name, count] : facts.operations)
    os << llvm::formatv("{0,6}  {1}\n", count, name);
  os << "\n";
  codegen::printLaunchTable(os, facts.program, "");
  os << (facts.program.approximations.empty() ? "" : "\n");
  codegen::printApproximations(os, facts.program, "");
}

void printUnsupported(llvm::json::OStream &json, ArrayRef<UnsupportedNode> nodes) {
  for (const UnsupportedNode &node : nodes)
    json.object([&] {
      json.attribute("name", llvm::json::fixUTF8(node.name));
      json.attribute("operator", llvm::json::fixUTF8(node.opType));
      json.attribute("number", node.index);
      json.attribute("reason", llvm::json::fixUTF8(node.reason));
    });
}

void printJson(ArrayRef<UnsupportedNode> unsupported, const Facts *facts) {
  llvm::json::OStream json(llvm::outs(), /*IndentSize=*/2);
  json.object([&] {
    json.attributeArray("unsupported", [&] { printUnsupported(json, unsupported); });
    if (!facts)
      return;
    json.attributeObject("operations", [&] {
      for (const auto &[name, count] : facts->operations)
        json.attribute(name, count);
    });
    json.attribute("weights", facts->weightsBytes);
    codegen::printReport(json, facts->program);
  });
  llvm::outs() << "\n";
}

void printTable(ArrayRef<UnsupportedNode> nodes) {
  constexpr const char *format = "{0,6}  {1,-24} {2,-32} {3}\n";
  llvm::outs() << nodes.size() << " unsupported nodes\n"
               << llvm::formatv(format, "number", "operator", "name", "reason");
  for (const UnsupportedNode &node : nodes)
    llvm::outs() << llvm::formatv(format, node.index, codegen::toComment(node.opType),
                                  codegen::toComment(node.name), node.reason);
}

/// The nodes that stop the import, before anything else.
FailureOr<SmallVector<UnsupportedNode>> findUnsupported(Session &session,
                                                        const ModelOptions &options) {
  session.beginStage("look for unsupported nodes");
  if (!options.isOnnx())
    return SmallVector<UnsupportedNode>();
  return findUnsupportedNodes(session.getContext(), options.path, options.import);
}

/// The most demanding variant's program, and the weights of all.
LogicalResult readPrograms(Facts &facts) {
  std::vector<codegen::Program> programs;
  for (const CppModule &variant : facts.modules) {
    auto program = codegen::readProgram(*variant.module);
    if (failed(program))
      return failure();
    programs.push_back(std::move(*program));
  }
  auto constants = codegen::collectConstants(
      llvm::map_to_vector(programs, [](const codegen::Program &program) { return &program; }));
  auto layout = codegen::layOutWeights(*facts.modules.back().module, constants);
  if (failed(layout))
    return failure();
  facts.weightsBytes = layout->dataBytes;
  facts.program = std::move(programs.back());
  return success();
}

FailureOr<Facts> collectFacts(Session &session, const ModelOptions &options) {
  auto module = loadModel(session, options);
  if (failed(module))
    return failure();
  Facts facts;
  facts.operations = countOperations(**module);
  auto modules = compileToCpp(session, **module, options.getPipeline());
  if (failed(modules))
    return failure();
  facts.modules = std::move(*modules);
  if (failed(readPrograms(facts)))
    return failure();
  session.finish();
  return std::move(facts);
}

} // namespace

ExitCode runInfo() {
  llvm::Expected<ModelOptions> options = readModelOptions();
  if (!options)
    return printUsageError(options.takeError()), WrongUsage;
  Session session(2 + kScheduleStages + kPlanStages);
  auto unsupported = findUnsupported(session, *options);
  if (failed(unsupported))
    return Failed;
  if (!unsupported->empty()) {
    session.finish();
    asJson ? printJson(*unsupported, nullptr) : printTable(*unsupported);
    return Failed;
  }
  FailureOr<Facts> facts = collectFacts(session, *options);
  if (failed(facts))
    return Failed;
  asJson ? printJson({}, &*facts) : printFacts(*facts);
  return Good;
}

} // namespace nnc::tools
