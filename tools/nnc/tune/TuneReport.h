// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// What a search for levels came to: report.json, and the same for people.
#ifndef TOOLS_NNC_TUNE_TUNEREPORT_H
#define TOOLS_NNC_TUNE_TUNEREPORT_H

#include "tools/nnc/tune/GreedySearch.h"
#include "tools/nnc/tune/Knobs.h"

#include "llvm/Support/JSON.h"

namespace nnc::tools {

/// "loss 0.1234, wrong 5.60 %", or of numbers the loss alone.
std::string describeScore(const Score &score, bool classifies);

struct TuneReport {
  const KnobbedModel &model;
  const SearchResult &result;
  Score dense;
  double drop; // as SearchCallbacks::getDrop has it
  double denseSeconds, tunedSeconds;
  bool classifies;
  size_t evaluations;
  int64_t examples;
  /// Of what the search did not see, dense and tuned, and the name of that file.
  std::optional<std::pair<Score, Score>> tested;
  std::string testFile;

  double getSpeedup() const { return denseSeconds / tunedSeconds; }
  llvm::json::Object makeJson() const;
  void print(llvm::raw_ostream &os) const;
};

} // namespace nnc::tools

#endif // TOOLS_NNC_TUNE_TUNEREPORT_H
