// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Which techniques are tried for a sample, and which model is taken.
#ifndef FRONTEND_FIT_CHOOSE_H
#define FRONTEND_FIT_CHOOSE_H

#include "frontend/fit/Technique.h"

namespace nnc::fit {

/// Which techniques come into question.
enum class Among { Automatic, All };

/// Those that meet the requirements, by the size of the sample and its dimension (the decision tree
/// of GTApprox, arXiv:1609.01088, section 5): on a grid tensor products; up to 2 D + 2 points a
/// linear surface; one input: a spline; up to 4,000 points a Gaussian process, more: one on
/// inducing points; trees and sigmoids beside them. `names` limits the choice. Errors: two
/// requirements that no technique meets, a name that is none, a technique that does not meet a
/// requirement, needs more points or points of another kind.
llvm::Expected<std::vector<const Technique *>> chooseTechniques(const Sample &sample,
                                                                Property required,
                                                                llvm::ArrayRef<std::string> names,
                                                                Among among = Among::Automatic);

} // namespace nnc::fit

#endif // FRONTEND_FIT_CHOOSE_H
