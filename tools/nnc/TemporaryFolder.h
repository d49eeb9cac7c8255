// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// A folder that goes away with its owner.
#ifndef TOOLS_NNC_TEMPORARYFOLDER_H
#define TOOLS_NNC_TEMPORARYFOLDER_H

#include "llvm/Support/Error.h"

#include <memory>
#include <string>

namespace nnc::tools {

class TemporaryFolder {
public:
  /// A new folder in $TMPDIR, or where the system has such.
  static llvm::Expected<std::unique_ptr<TemporaryFolder>> create();
  ~TemporaryFolder();
  TemporaryFolder(const TemporaryFolder &) = delete;
  TemporaryFolder &operator=(const TemporaryFolder &) = delete;

  /// The path of a file in it; of the folder for an empty name.
  std::string getPath(llvm::StringRef name = "") const;

private:
  explicit TemporaryFolder(std::string path) : path(std::move(path)) {}
  std::string path;
};

} // namespace nnc::tools

#endif // TOOLS_NNC_TEMPORARYFOLDER_H
