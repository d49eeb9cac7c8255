// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "codegen/package/Numbers.h"

#include "llvm/ADT/STLExtras.h"

using namespace llvm;

namespace nnc::codegen {

namespace {

/// The functions of runtime/math.h that are approximations, and their errors in units in the last
/// place.
struct Approximation {
  StringRef name;
  StringRef ulps;
};
constexpr Approximation kApproximations[] = {{"exp", "1.2"}, {"log", "0.9"},     {"tanh", "1.4"},
                                             {"erf", "1.6"}, {"sigmoid", "2.5"}, {"pow", "0.6"}};

bool isCalled(const Package &package, StringRef function) {
  std::string call = ("math::" + function + "(").str();
  return any_of(package.variants, [&](const Variant &variant) {
    return any_of(variant.kernels,
                  [&](const KernelCode &kernel) { return StringRef(kernel.text).contains(call); });
  });
}

} // namespace

std::vector<std::string> describeNumbers(const Package &package, int64_t normalizations) {
  std::vector<std::string> notes{
      "floats are float32; sums are float32, in the order of the model's layers"};
  int64_t winograd = count_if(package.getProgram().launches, [](const Launch &launch) {
    return launch.kernelClass == "winograd";
  });
  if (any_of(package.variants, [](const Variant &variant) { return variant.machine.hasFma; }))
    notes.push_back("fused multiply-add: about 3e-7 of the largest output of a layer");
  if (winograd > 0)
    notes.push_back(std::to_string(winograd) +
                    " of the convolutions are Winograd's: about 1e-5 of the "
                    "largest output of a layer; none with --exact");
  if (normalizations > 0)
    notes.push_back(std::to_string(normalizations) +
                    " batch normalizations are in weights or one multiply-add: one rounding of "
                    "each of these");
  for (const Approximation &function : kApproximations)
    if (isCalled(package, function.name))
      notes.push_back((function.name + ": within " + function.ulps + " ulp").str());
  return notes;
}

} // namespace nnc::codegen
