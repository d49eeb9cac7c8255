// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// A folder of files that appear together, or not at all.
#ifndef CODEGEN_PACKAGE_OUTPUTFOLDER_H
#define CODEGEN_PACKAGE_OUTPUTFOLDER_H

#include "llvm/ADT/STLFunctionalExtras.h"
#include "llvm/Support/Error.h"
#include "llvm/Support/raw_ostream.h"

#include <memory>
#include <string>
#include <vector>

namespace nnc::codegen {

/// Files are written to a folder beside `path` and renamed into place by `commit`; without it they
/// are removed.
class OutputFolder {
public:
  /// Makes the temporary folder, and the parents of `path`. `path` may exist, and keeps its other
  /// files.
  static llvm::Expected<std::unique_ptr<OutputFolder>> create(llvm::StringRef path);
  ~OutputFolder();
  OutputFolder(const OutputFolder &) = delete;
  OutputFolder &operator=(const OutputFolder &) = delete;

  /// Writes one file. \returns its size in bytes, or an error that names the file.
  llvm::Expected<uint64_t> write(llvm::StringRef name,
                                 llvm::function_ref<void(llvm::raw_ostream &)> print);

  /// Gives the files their final place, replacing those of the same names.
  llvm::Error commit();

private:
  OutputFolder(std::string path, std::string temporary)
      : path(std::move(path)), temporary(std::move(temporary)) {}

  std::string path;
  std::string temporary;
  std::vector<std::string> names;
};

} // namespace nnc::codegen

#endif // CODEGEN_PACKAGE_OUTPUTFOLDER_H
