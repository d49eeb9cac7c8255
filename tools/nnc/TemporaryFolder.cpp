// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "tools/nnc/TemporaryFolder.h"

#include "llvm/Support/FileSystem.h"
#include "llvm/Support/Path.h"

#include <tuple>

using namespace llvm;

namespace nnc::tools {

Expected<std::unique_ptr<TemporaryFolder>> TemporaryFolder::create() {
  SmallString<128> path;
  if (std::error_code error = sys::fs::createUniqueDirectory("nnc", path))
    return createStringError(error, "cannot make a temporary folder: " + error.message());
  return std::unique_ptr<TemporaryFolder>(new TemporaryFolder(path.str().str()));
}

TemporaryFolder::~TemporaryFolder() {
  std::ignore = sys::fs::remove_directories(path); // a destructor has nobody to tell
}

std::string TemporaryFolder::getPath(StringRef name) const {
  SmallString<128> result(path);
  sys::path::append(result, name);
  return result.str().str();
}

} // namespace nnc::tools
