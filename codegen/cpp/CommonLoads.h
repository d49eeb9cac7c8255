// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Which loads a run of stores repeats, so that each can be printed once and named.

#ifndef NNC_CODEGEN_CPP_COMMONLOADS_H
#define NNC_CODEGEN_CPP_COMMONLOADS_H

#include "codegen/cpp/Storage.h"
#include "llvm/ADT/ArrayRef.h"
#include <Halide.h>
#include <map>
#include <string>

namespace nnc::cpp {

/// The loads, and broadcasts of a load, that occur more than once in `stores`, which follow each
/// other; with empty names. Not those from local variables, from a buffer that one of the stores
/// writes, or under a condition.
std::map<Halide::Expr, std::string, Halide::Internal::IRDeepCompare>
findCommonLoads(llvm::ArrayRef<const Halide::Internal::Store *> stores,
                Halide::Internal::Scope<Storage> &storages);

} // namespace nnc::cpp

#endif // NNC_CODEGEN_CPP_COMMONLOADS_H
