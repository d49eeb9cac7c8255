// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "codegen/halide/Adjoint.h"

#include "codegen/halide/Algorithm.h"

#include "mlir/IR/BuiltinTypes.h"
#include "llvm/ADT/STLExtras.h"

using namespace mlir;
using Halide::Func;

namespace nnc::codegen {
namespace {

/// Lanes of a vector.
constexpr int kLanes = 8;

RankedTensorType getTensorType(Type type) { return cast<RankedTensorType>(type); }

/// Extents in Halide's order: innermost first.
std::vector<int> getExtents(RankedTensorType type) {
  ArrayRef<int64_t> shape = type.getShape();
  return {shape.rbegin(), shape.rend()};
}

/// A buffer over memory that is only read.
Halide::Buffer<> wrap(const void *elements, Halide::Type type, const std::vector<int> &extents) {
  return Halide::Buffer<>(type, const_cast<void *>(elements), extents);
}

bool isVar(const Halide::Expr &expr, const std::string &name) {
  auto *variable = expr.as<Halide::Internal::Variable>();
  return variable && variable->name == name;
}

/// What sums is computed on its own, with vectors along the innermost dimension where that is no
/// reduction's.
void schedule(const Func &output) {
  for (const auto &[name, function] : Halide::Internal::find_transitive_calls(output.function())) {
    Func func(function);
    if (!func.has_update_definition())
      continue;
    func.compute_root();
    if (func.args().empty())
      continue;
    Halide::Var innermost = func.args().front();
    func.vectorize(innermost, kLanes, Halide::TailStrategy::GuardWithIf);
    for (int i = 0; i < func.num_update_definitions(); ++i)
      if (isVar(func.update_args(i).front(), innermost.name()))
        func.update(i).vectorize(innermost, kLanes, Halide::TailStrategy::GuardWithIf);
      else
        func.update(i).unscheduled();
  }
}

/// This machine. Assertions stay: what is read and written is inferred, not written by us.
Halide::Target getTarget() { return Halide::get_jit_target_from_environment(); }

/// d L / d one argument by the way of one result.
struct Derivative {
  unsigned result;
  size_t wanted;
  Halide::ImageParam seed;
  Halide::Pipeline pipeline;
};

} // namespace

struct KernelAdjoint::Implementation {
  halide::KernelOp kernel;
  Algorithm algorithm;
  std::vector<unsigned> wanted;
  std::vector<Derivative> derivatives;

  void differentiate(unsigned result);
  std::vector<std::vector<float>> run(ArrayRef<const void *> arguments,
                                      ArrayRef<const float *> seeds);
};

void KernelAdjoint::Implementation::differentiate(unsigned result) {
  Func output = algorithm.outputs[result];
  std::vector<int> extents = getExtents(getTensorType(kernel.getYielded()[result].getType()));
  Halide::ImageParam seed(Halide::Float(32), static_cast<int>(extents.size()),
                          "seed" + std::to_string(result));
  Halide::Region bounds;
  for (int extent : extents)
    bounds.emplace_back(0, extent);
  // A result's buffer has bounds of its own, which the adjoint's reads of it need not keep.
  Func whole(output.name() + "_whole"), adjoint("adjoint" + std::to_string(result));
  std::vector<Halide::Var> vars = output.args();
  whole(vars) = output(vars);
  adjoint(vars) = Halide::BoundaryConditions::constant_exterior(seed, 0.0F, bounds)(vars);
  adjoint.compute_root();
  Halide::Derivative derivative = Halide::propagate_adjoints(whole, adjoint, bounds);
  for (auto [index, argument] : llvm::enumerate(wanted)) {
    Func func = derivative(algorithm.funcs[kernel.getBody().getArgument(argument)].func);
    if (!func.defined())
      continue;
    // A scatter may write beyond the argument: what is asked for is cut out.
    Func inside(func.name() + "_inside");
    std::vector<Halide::Var> dimensions = func.args();
    inside(dimensions) = func(dimensions);
    schedule(inside);
    derivatives.push_back({result, index, seed, Halide::Pipeline(inside)});
    derivatives.back().pipeline.compile_jit(getTarget());
  }
}

std::vector<std::vector<float>> KernelAdjoint::Implementation::run(ArrayRef<const void *> arguments,
                                                                   ArrayRef<const float *> seeds) {
  for (auto [parameter, elements, argument] :
       llvm::zip_equal(algorithm.inputs, arguments, kernel.getBody().getArguments()))
    parameter.set(wrap(elements, parameter.type(), getExtents(getTensorType(argument.getType()))));
  std::vector<std::vector<float>> gradients;
  for (unsigned argument : wanted)
    gradients.emplace_back(
        getTensorType(kernel.getBody().getArgument(argument).getType()).getNumElements());
  for (Derivative &derivative : derivatives) {
    if (!seeds[derivative.result])
      continue;
    Type seeded = kernel.getYielded()[derivative.result].getType();
    Type type = kernel.getBody().getArgument(wanted[derivative.wanted]).getType();
    derivative.seed.set(
        wrap(seeds[derivative.result], Halide::Float(32), getExtents(getTensorType(seeded))));
    std::vector<float> part(gradients[derivative.wanted].size());
    Halide::Buffer<> out = wrap(part.data(), Halide::Float(32), getExtents(getTensorType(type)));
    derivative.pipeline.realize(out, getTarget());
    for (auto [sum, term] : llvm::zip_equal(gradients[derivative.wanted], part))
      sum += term;
  }
  return gradients;
}

KernelAdjoint::KernelAdjoint(std::unique_ptr<Implementation> implementation)
    : implementation(std::move(implementation)) {}
KernelAdjoint::~KernelAdjoint() = default;

FailureOr<std::unique_ptr<KernelAdjoint>> KernelAdjoint::create(halide::KernelOp kernel,
                                                                ArrayRef<unsigned> wanted) {
  try {
    FailureOr<Algorithm> algorithm = buildAlgorithm(kernel, AlgorithmForm::Differentiable);
    if (failed(algorithm))
      return failure();
    auto made = std::make_unique<Implementation>();
    made->kernel = kernel;
    made->algorithm = std::move(*algorithm);
    made->wanted.assign(wanted.begin(), wanted.end());
    for (Value argument : kernel.getBody().getArguments())
      made->algorithm.funcs[argument].func.compute_root();
    for (unsigned result = 0; result < made->algorithm.outputs.size(); ++result)
      made->differentiate(result);
    return std::unique_ptr<KernelAdjoint>(new KernelAdjoint(std::move(made)));
  } catch (const Halide::Error &error) {
    return kernel.emitError("has no adjoint: ") << error.what();
  }
}

FailureOr<std::vector<std::vector<float>>> KernelAdjoint::run(ArrayRef<const void *> arguments,
                                                              ArrayRef<const float *> seeds) {
  try {
    return implementation->run(arguments, seeds);
  } catch (const Halide::Error &error) {
    return implementation->kernel.emitError("its adjoint cannot run: ") << error.what();
  }
}

} // namespace nnc::codegen
