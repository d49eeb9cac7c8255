// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "dialects/nnc/Results.h"

#include "dialects/nnc/Nnc.h"

using namespace mlir;

void nnc::addResult(func::FuncOp main, Value value, StringRef name) {
  Operation *terminator = main.getBody().front().getTerminator();
  unsigned index = main.getNumResults();
  terminator->insertOperands(index, value);
  main.setType(
      FunctionType::get(main.getContext(), main.getArgumentTypes(), terminator->getOperandTypes()));
  main.setResultAttr(index, kNameAttr, StringAttr::get(main.getContext(), name));
}
