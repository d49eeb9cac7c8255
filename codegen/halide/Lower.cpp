// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "codegen/halide/Lower.h"

#include "codegen/halide/Algorithm.h"
#include "codegen/halide/Schedule.h"

using namespace mlir;

namespace nnc::codegen {
namespace {

/// Halide reports through one global hook; a warning (ShiftInwards on too small an extent) means
/// wrong code.
class StrictReporter : public Halide::CompileTimeErrorReporter {
public:
  void warning(const char *message) override { throw Halide::CompileError(message); }
  void error(const char *message) override { throw Halide::CompileError(message); }
};

Halide::Target getTarget(const Machine &machine) {
  Halide::Target target(machine.halideTarget.str());
  target.set_feature(Halide::Target::NoAsserts);
  target.set_feature(Halide::Target::NoBoundsQuery);
  target.set_feature(Halide::Target::NoRuntime);
  return target;
}

/// Keeps the statement as it is before the bodies of parallel loops become functions of their own,
/// which have no C++ form.
class StatementKeeper : public Halide::Internal::IRMutator {
public:
  using IRMutator::mutate;
  Halide::Internal::Stmt mutate(const Halide::Internal::Stmt &whole) override {
    return statement = whole;
  }
  Halide::Internal::Stmt statement;
};

Halide::Internal::LoweredFunc lower(halide::KernelOp kernel, Algorithm &algorithm,
                                    const Machine &machine) {
  static StrictReporter reporter;
  Halide::set_custom_compile_time_error_reporter(&reporter);
  std::vector<Halide::Argument> arguments(algorithm.inputs.begin(), algorithm.inputs.end());
  Halide::Pipeline pipeline(algorithm.outputs);
  StatementKeeper keeper;
  pipeline.add_custom_lowering_pass(&keeper, nullptr);
  std::string name = kernel.getSymName().str();
  Halide::Module module = pipeline.compile_to_module(arguments, name, getTarget(machine));
  Halide::Internal::LoweredFunc function = module.get_function_by_name(name);
  function.body = keeper.statement;
  return function;
}

} // namespace

FailureOr<Halide::Internal::LoweredFunc> lowerKernel(halide::KernelOp kernel,
                                                     const Machine &machine) {
  try {
    FailureOr<Algorithm> algorithm = buildAlgorithm(kernel);
    if (failed(algorithm) || failed(applySchedule(kernel, *algorithm)))
      return failure();
    return lower(kernel, *algorithm, machine);
  } catch (const Halide::Error &error) {
    return kernel.emitOpError("is refused by Halide: ") << error.what();
  }
}

} // namespace nnc::codegen
