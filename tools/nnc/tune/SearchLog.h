// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// What a search has measured, in a file from which it can go on.
#ifndef TOOLS_NNC_TUNE_SEARCHLOG_H
#define TOOLS_NNC_TUNE_SEARCHLOG_H

#include "tools/nnc/tune/Knobs.h"
#include "tools/nnc/tune/LayerTimes.h"
#include "tools/nnc/tune/Losses.h"

#include <map>
#include <optional>

namespace nnc::tools {

/// Lines of JSON. The first says what was searched; each other is a measurement. What is taken up
/// again measures nothing twice.
class SearchLog {
public:
  /// Opens or begins the file. `subject` is the model, the data and the options; an error where the
  /// file is of another.
  static llvm::Expected<SearchLog> open(std::string path, const std::string &subject);

  std::optional<Score> findScore(const Levels &levels) const;
  std::optional<LayerTimes> findTimes(unsigned level) const;
  llvm::Error addScore(const Levels &levels, const Score &score);
  llvm::Error addTimes(unsigned level, const LayerTimes &times);
  size_t countScores() const { return scores.size(); }

private:
  explicit SearchLog(std::string path) : path(std::move(path)) {}
  llvm::Error append(const std::string &line) const;
  bool readLine(llvm::StringRef line);

  std::string path;
  std::map<Levels, Score> scores;
  std::map<unsigned, LayerTimes> times;
};

} // namespace nnc::tools

#endif // TOOLS_NNC_TUNE_SEARCHLOG_H
