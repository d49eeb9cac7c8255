// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The operations that formulas are made of; Formula.h says what each computes.
#ifndef FRONTEND_FIT_OPERATIONS_H
#define FRONTEND_FIT_OPERATIONS_H

#include "frontend/fit/Formula.h"

namespace nnc::fit {

using OperationPointer = std::shared_ptr<const Operation>;

OperationPointer makeColumns(std::vector<int> columns);
OperationPointer makeAffine(const RowVector &scale, const RowVector &shift);
OperationPointer makeLinear(const Matrix &weight, const RowVector &bias);
OperationPointer makeDistances(const Matrix &points, double power);
OperationPointer makeOneHot(Eigen::Index categories);
OperationPointer makeTrees(const Trees &trees);
OperationPointer makeUnary(Unary kind);
OperationPointer makeSum();
OperationPointer makeProduct();
OperationPointer makeAtLeast(double least);
OperationPointer makeRowSum();
OperationPointer makeContraction();
OperationPointer makeSoftmax();
OperationPointer makeAtLargest();
OperationPointer makeJoin();

} // namespace nnc::fit

#endif // FRONTEND_FIT_OPERATIONS_H
