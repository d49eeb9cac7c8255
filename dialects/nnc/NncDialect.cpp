// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "dialects/nnc/Nnc.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/IR/Builders.h"
#include "mlir/IR/DialectImplementation.h"

using namespace mlir;
using namespace nnc;

#include "dialects/nnc/NncDialect.cpp.inc"
#include "dialects/nnc/NncEnums.cpp.inc"
#include "dialects/nnc/NncInterfaces.cpp.inc"

#define GET_OP_CLASSES
#include "dialects/nnc/NncOps.cpp.inc"

void NncDialect::initialize() {
  addOperations<
#define GET_OP_LIST
#include "dialects/nnc/NncOps.cpp.inc"
      >();
}

Operation *NncDialect::materializeConstant(OpBuilder &builder, Attribute value, Type type,
                                           Location location) {
  return arith::ConstantOp::materialize(builder, value, type, location);
}
