// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "codegen/package/OutputFolder.h"

#include "llvm/Support/FileSystem.h"
#include "llvm/Support/Path.h"

#include <tuple>

using namespace llvm;

namespace nnc::codegen {

static Error makeError(StringRef path, std::error_code error) {
  return createStringError(error, "cannot write '" + path + "': " + error.message());
}

static std::string inFolder(StringRef folder, StringRef name) {
  SmallString<128> path(folder);
  sys::path::append(path, name);
  return path.str().str();
}

Expected<std::unique_ptr<OutputFolder>> OutputFolder::create(StringRef folder) {
  SmallString<128> path(folder);
  if (std::error_code error = sys::fs::make_absolute(path))
    return makeError(folder, error);
  sys::path::remove_dots(path, /*remove_dot_dot=*/true);
  if (sys::fs::exists(path) && !sys::fs::is_directory(path))
    return makeError(folder, make_error_code(std::errc::not_a_directory));
  if (std::error_code error = sys::fs::create_directories(
          sys::path::parent_path(path), /*IgnoreExisting=*/true, sys::fs::all_all))
    return makeError(folder, error);
  if (sys::fs::is_directory(path) && sys::fs::access(path, sys::fs::AccessMode::Write))
    return makeError(folder, make_error_code(std::errc::permission_denied));
  SmallString<128> temporary;
  sys::fs::createUniquePath(path + ".partial-%%%%%%%%", temporary, /*MakeAbsolute=*/false);
  if (std::error_code error =
          sys::fs::create_directory(temporary, /*IgnoreExisting=*/false, sys::fs::all_all))
    return makeError(folder, error);
  return std::unique_ptr<OutputFolder>(new OutputFolder(path.str().str(), temporary.str().str()));
}

OutputFolder::~OutputFolder() {
  std::ignore = sys::fs::remove_directories(temporary); // a destructor has nobody to tell
}

Expected<uint64_t> OutputFolder::write(StringRef name, function_ref<void(raw_ostream &)> print) {
  std::error_code error;
  raw_fd_ostream os(inFolder(temporary, name), error);
  if (!error) {
    print(os);
    os.close();
    error = os.error();
  }
  os.clear_error();
  if (error)
    return makeError(inFolder(path, name), error);
  names.push_back(name.str());
  return os.tell();
}

Error OutputFolder::commit() {
  if (!sys::fs::exists(path)) {
    std::error_code error = sys::fs::rename(temporary, path);
    return error ? makeError(path, error) : Error::success();
  }
  for (const std::string &name : names)
    if (std::error_code error = sys::fs::rename(inFolder(temporary, name), inFolder(path, name)))
      return makeError(inFolder(path, name), error);
  return Error::success();
}

} // namespace nnc::codegen
