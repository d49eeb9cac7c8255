// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// onnxruntime as something to compare with: a Python process that runs the same model when asked.
#ifndef TOOLS_NNC_ONNXRUNTIME_H
#define TOOLS_NNC_ONNXRUNTIME_H

#include "llvm/Support/Error.h"

#include <cstdio>
#include <memory>
#include <string>
#include <vector>

namespace nnc::tools {

class OnnxRuntime {
public:
  /// Starts the first of $NNC_PYTHON, the build's virtual environment and python3 that has
  /// onnxruntime. The error says why none runs the model.
  static llvm::Expected<std::unique_ptr<OnnxRuntime>>
  start(llvm::StringRef model, llvm::StringRef inputs, unsigned threads);
  ~OnnxRuntime();
  OnnxRuntime(const OnnxRuntime &) = delete;
  OnnxRuntime &operator=(const OnnxRuntime &) = delete;

  const std::string &getVersion() const { return version; }
  /// The seconds of `count` runs; empty when the process has ended.
  std::vector<double> run(unsigned count);

private:
  OnnxRuntime() = default;
  /// Starts the process; whether it says that it is ready, else `version` is its reason.
  bool spawn(const std::string &python, const std::vector<std::string> &arguments);
  std::string readLine();

  int process = -1;
  FILE *toProcess = nullptr;
  FILE *fromProcess = nullptr;
  std::string version;
};

} // namespace nnc::tools

#endif // TOOLS_NNC_ONNXRUNTIME_H
