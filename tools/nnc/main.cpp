// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// nnc: trained networks to C++. Exit codes: 0 good, 1 the model or the check failed, 2 wrong usage.
#include "tools/nnc/Commands.h"

#include "llvm/Support/InitLLVM.h"

int main(int argc, char **argv) {
  llvm::InitLLVM init(argc, argv);
  return nnc::tools::runCommandLine(argc, argv);
}
