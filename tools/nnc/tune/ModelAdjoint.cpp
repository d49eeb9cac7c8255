// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "tools/nnc/tune/ModelAdjoint.h"

#include "dialects/nnc/Constants.h"
#include "dialects/nnc/Nnc.h"
#include "lowering/Passes.h"

#include "mlir/Pass/PassManager.h"
#include "llvm/ADT/STLExtras.h"

#include <limits>
#include <map>

using namespace mlir;

namespace nnc::tools {
namespace {

/// The same elements in the same order.
bool isView(Operation *op) { return isa<ReshapeOp>(op); }

bool isFloat(Value value) {
  auto type = dyn_cast<RankedTensorType>(value.getType());
  return type && type.getElementType().isF32();
}

} // namespace

FailureOr<std::unique_ptr<ModelAdjoint>> ModelAdjoint::create(Session &session, ModuleOp model,
                                                              unsigned watched) {
  std::unique_ptr<ModelAdjoint> adjoint(new ModelAdjoint());
  adjoint->module = model.clone();
  if (failed(adjoint->prepare(watched)) || failed(adjoint->buildAdjoints()))
    return failure();
  adjoint->returnReadValues();
  auto engine = session.report(ReferenceEngine::create(*adjoint->module));
  if (failed(engine))
    return failure();
  adjoint->engine = std::move(*engine);
  return adjoint;
}

LogicalResult ModelAdjoint::prepare(unsigned watched) {
  PassManager manager(module->getContext());
  manager.addPass(createFormRecurrences());
  // No chains by rows, which compute a value in parts.
  manager.addPass(createFormKernels({std::numeric_limits<int64_t>::max()}));
  manager.addNestedPass<halide::KernelOp>(createNncToLinalg());
  if (failed(manager.run(*module)))
    return failure();
  main = module->lookupSymbol<func::FuncOp>("main");
  auto results = llvm::to_vector(main.getBody().front().getTerminator()->getOperands());
  outputs.assign(results.begin(), results.end() - watched);
  watchedValues.assign(results.end() - watched, results.end());
  findActive();
  return success();
}

void ModelAdjoint::findActive() {
  active.insert(watchedValues.begin(), watchedValues.end());
  for (Operation &op : main.getBody().front())
    if (llvm::any_of(op.getOperands(), [&](Value operand) { return active.contains(operand); }))
      active.insert(op.result_begin(), op.result_end());
}

/// Of launches through which a derivative passes.
LogicalResult ModelAdjoint::buildAdjoints() {
  SymbolTable symbols(*module);
  std::map<std::pair<std::string, std::vector<unsigned>>, std::shared_ptr<codegen::KernelAdjoint>>
      built;
  for (Operation &op : main.getBody().front()) {
    if (op.hasTrait<OpTrait::IsTerminator>() || isView(&op) ||
        llvm::none_of(op.getOperands(), [&](Value operand) { return active.contains(operand); }))
      continue;
    auto launch = dyn_cast<halide::LaunchOp>(op);
    if (!launch || launch.getSteps() != 0)
      return op.emitError(
          "has no adjoint: derivatives pass through launches of kernels and views, not through "
          "recurrences");
    Adjoint &adjoint = adjoints[&op];
    for (auto [index, operand] : llvm::enumerate(launch.getInputs()))
      if (isFloat(operand) && active.contains(operand))
        adjoint.wanted.push_back(index);
    std::shared_ptr<codegen::KernelAdjoint> &shared =
        built[{launch.getCallee().str(), adjoint.wanted}];
    if (!shared) {
      auto made = codegen::KernelAdjoint::create(
          symbols.lookup<halide::KernelOp>(launch.getCallee()), adjoint.wanted);
      if (failed(made))
        return failure();
      shared = std::move(*made);
    }
    adjoint.kernel = shared;
  }
  return success();
}

/// Lets @main return what adjoints read.
void ModelAdjoint::returnReadValues() {
  Operation *terminator = main.getBody().front().getTerminator();
  auto results = llvm::to_vector(terminator->getOperands());
  for (auto [index, value] : llvm::enumerate(results))
    indices.try_emplace(value, index);
  for (auto &[op, adjoint] : adjoints)
    for (Value operand : op->getOperands())
      if (!isa<BlockArgument>(operand) && !getConstant(operand) &&
          indices.try_emplace(operand, results.size()).second)
        results.push_back(operand);
  terminator->setOperands(results);
  main.setType(FunctionType::get(main.getContext(), main.getArgumentTypes(),
                                 TypeRange(ValueRange(results))));
  main.removeResAttrsAttr();
}

llvm::Expected<std::vector<Buffer>> ModelAdjoint::run(ArrayRef<Buffer> inputs) {
  auto all = engine->run(inputs);
  if (!all)
    return all.takeError();
  values = std::move(*all);
  given.assign(inputs.begin(), inputs.end());
  return std::vector<Buffer>(values.begin(),
                             values.begin() + outputs.size() + watchedValues.size());
}

const void *ModelAdjoint::getElements(Value value) {
  if (auto argument = dyn_cast<BlockArgument>(value))
    return given[argument.getArgNumber()].bytes.data();
  auto found = indices.find(value);
  if (found != indices.end())
    return values[found->second].bytes.data();
  std::vector<char> &bytes = constants[value];
  if (bytes.empty()) {
    auto content = *getConstantBytes(getConstant(value));
    bytes.assign(content.begin(), content.end());
  }
  return bytes.data();
}

void ModelAdjoint::add(Value value, ArrayRef<float> gradient) {
  std::vector<float> &sum = gradients[value];
  if (sum.empty())
    return sum.assign(gradient.begin(), gradient.end());
  for (auto [total, term] : llvm::zip_equal(sum, gradient))
    total += term;
}

LogicalResult ModelAdjoint::propagateLaunch(halide::LaunchOp launch) {
  Adjoint &adjoint = adjoints[launch];
  std::vector<const void *> arguments;
  for (Value operand : launch.getInputs())
    arguments.push_back(getElements(operand));
  std::vector<const float *> seeds;
  for (Value result : launch.getResults()) {
    auto found = gradients.find(result);
    seeds.push_back(found == gradients.end() ? nullptr : found->second.data());
  }
  auto computed = adjoint.kernel->run(arguments, seeds);
  if (failed(computed))
    return failure();
  for (auto [index, gradient] : llvm::zip_equal(adjoint.wanted, *computed))
    add(launch.getInputs()[index], gradient);
  return success();
}

LogicalResult ModelAdjoint::propagate(Operation *op) {
  if (llvm::none_of(op->getResults(), [&](Value result) { return gradients.contains(result); }))
    return success();
  if (isView(op)) {
    std::vector<float> gradient = gradients[op->getResult(0)];
    add(op->getOperand(0), gradient);
    return success();
  }
  return adjoints.contains(op) ? propagateLaunch(cast<halide::LaunchOp>(op)) : success();
}

FailureOr<std::vector<std::vector<float>>> ModelAdjoint::propagate(ArrayRef<Buffer> seeds) {
  gradients.clear();
  for (auto [output, seed] : llvm::zip_equal(outputs, seeds))
    if (isFloat(output))
      add(output, seed.as<float>());
  for (Operation &op : llvm::reverse(main.getBody().front()))
    if (failed(propagate(&op)))
      return failure();
  std::vector<std::vector<float>> result;
  for (Value value : watchedValues) {
    std::vector<float> &gradient = gradients[value];
    gradient.resize(cast<RankedTensorType>(value.getType()).getNumElements());
    result.push_back(gradient);
  }
  return result;
}

} // namespace nnc::tools
