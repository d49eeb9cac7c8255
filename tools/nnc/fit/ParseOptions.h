// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Options of `nnc fit` that are more than a word.
#ifndef TOOLS_NNC_FIT_PARSEOPTIONS_H
#define TOOLS_NNC_FIT_PARSEOPTIONS_H

#include "frontend/fit/Technique.h"

namespace nnc::tools {

/// "90", "90s", "5m" or "1h": seconds, more than 0.
llvm::Expected<double> parseDuration(llvm::StringRef option, llvm::StringRef text);

/// NAME=NUMBER each.
llvm::Expected<std::map<std::string, double>> parseNumbers(llvm::StringRef option,
                                                           llvm::ArrayRef<std::string> texts);

/// TECHNIQUE.SETTING=NUMBER each: settings that the techniques have, in their ranges.
llvm::Expected<std::map<std::string, std::map<std::string, double>>>
parseSettings(llvm::StringRef option, llvm::ArrayRef<std::string> texts);

} // namespace nnc::tools

#endif // TOOLS_NNC_FIT_PARSEOPTIONS_H
