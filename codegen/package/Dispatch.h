// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Kernels for several machines in one source file, and the choice among them when it runs.
//
// The file is compiled without -march. Each variant stands in a namespace of its own, within
// pragmas that let its functions use more instructions; its copy of the runtime stands there as
// well, because a function is only inlined into one that may use the same instructions. Headers of
// the standard library stay outside: their inline functions are shared by the whole program. So do
// threads and their pool, which a run brings for whichever variant it takes.
#ifndef CODEGEN_PACKAGE_DISPATCH_H
#define CODEGEN_PACKAGE_DISPATCH_H

#include "codegen/package/Package.h"

#include <string>

namespace nnc::codegen {

/// The namespace of a variant: "x86_64_v3".
std::string getNamespace(const Variant &variant);

/// "2, 3, 4": what the macro N_VARIANT may be.
std::string printLevels(const Package &package);

/// `text` in the variant's namespace, left out where another variant is chosen by macro.
std::string printInNamespace(const Package &package, const Variant &variant, llvm::StringRef text);

/// `text` compiled for the variant's instructions.
std::string printForFeatures(const Variant &variant, llvm::StringRef text);

/// Refuses other processors and other values of N_VARIANT, for the start of the file.
std::string printRequirements(const Package &package);

/// Functions that choose a variant, name it, and launch its kernels.
std::string printChoice(const Package &package);

} // namespace nnc::codegen

#endif // CODEGEN_PACKAGE_DISPATCH_H
