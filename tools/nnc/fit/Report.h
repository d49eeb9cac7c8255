// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// What a fit says about itself: numbers as JSON, and a page with pictures.
#ifndef TOOLS_NNC_FIT_REPORT_H
#define TOOLS_NNC_FIT_REPORT_H

#include "frontend/fit/Surrogate.h"

namespace nnc::tools {

/// Inputs, outputs, what was tried and its errors, what was left out, and errors on other rows if
/// there are any.
std::string writeJsonReport(const fit::Surrogate &surrogate, llvm::StringRef name,
                            llvm::ArrayRef<fit::TestResult> results);

/// The same as one page of HTML: predictions of held-out points, residuals, their profile, slices
/// through the middle of the sample with error bars.
std::string writeHtmlReport(const fit::Surrogate &surrogate, llvm::StringRef name);

} // namespace nnc::tools

#endif // TOOLS_NNC_FIT_REPORT_H
