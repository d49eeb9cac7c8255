// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// What a program's numbers owe to rounding.
#ifndef CODEGEN_PACKAGE_NUMBERS_H
#define CODEGEN_PACKAGE_NUMBERS_H

#include "codegen/package/Package.h"

#include <string>
#include <vector>

namespace nnc::codegen {

/// What rounds differently from the reference, and how far: the table of docs/generated-code.md, as
/// far as it concerns the package. `normalizations`: batch normalizations of the model.
std::vector<std::string> describeNumbers(const Package &package, int64_t normalizations);

} // namespace nnc::codegen

#endif // CODEGEN_PACKAGE_NUMBERS_H
