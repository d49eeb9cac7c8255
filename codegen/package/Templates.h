// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The files of templates/ and of runtime/, which nnc carries in itself.
#ifndef CODEGEN_PACKAGE_TEMPLATES_H
#define CODEGEN_PACKAGE_TEMPLATES_H

#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/StringRef.h"

#include <optional>
#include <set>
#include <string>

namespace nnc::codegen {

/// The text of a file in templates/ ("header.h.in"), which exists.
llvm::StringRef getTemplate(llvm::StringRef name);

/// The text of a header in runtime/ ("vec.h"), or std::nullopt.
std::optional<llvm::StringRef> findRuntimeHeader(llvm::StringRef name);

/// The text of these headers of runtime/ with those that they include in their place, each once.
/// Headers of the standard library that are included unconditionally ("<cmath>") are left out and
/// added to `system`; those that are there already are left out. Without `guarded`, the text may
/// stand in a file several times, in different namespaces; what is in `elsewhere` is left out.
std::string inlineRuntime(const std::set<std::string> &headers, std::set<std::string> &system,
                          bool guarded, const std::set<std::string> &elsewhere = {});

} // namespace nnc::codegen

#endif // CODEGEN_PACKAGE_TEMPLATES_H
