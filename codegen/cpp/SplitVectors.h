// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Makes vectors fit the registers of the machine before they are printed.

#ifndef NNC_CODEGEN_CPP_SPLITVECTORS_H
#define NNC_CODEGEN_CPP_SPLITVECTORS_H

#include <Halide.h>

namespace nnc::cpp {

/// Splits each store whose value needs vectors of more than `registerBytes` bytes into stores of
/// fewer lanes, where its lanes are independent. Compilers accept wider vectors, but GCC computes
/// with them lane by lane.
Halide::Internal::Stmt splitWideVectors(const Halide::Internal::Stmt &statement, int registerBytes);

} // namespace nnc::cpp

#endif // NNC_CODEGEN_CPP_SPLITVECTORS_H
