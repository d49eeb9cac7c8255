// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "frontend/npz/Npz.h"

#include "llvm/ADT/StringSet.h"

#include <memory>
#include <zip.h>

using namespace llvm;

namespace nnc::npz {

namespace {

struct DiscardArchive {
  void operator()(zip_t *archive) const { zip_discard(archive); }
};
struct CloseFile {
  void operator()(zip_file_t *file) const { zip_fclose(file); }
};
using Archive = std::unique_ptr<zip_t, DiscardArchive>;

Error makeError(StringRef path, const Twine &reason) {
  return createStringError("'" + path + "': " + reason);
}

Expected<Archive> openArchive(StringRef path, int flags) {
  int code = 0;
  Archive archive(zip_open(path.str().c_str(), flags, &code));
  if (archive)
    return std::move(archive);
  zip_error_t error;
  zip_error_init_with_code(&error, code);
  std::string reason = zip_error_strerror(&error);
  zip_error_fini(&error);
  return makeError(path, reason);
}

/// Grows with the bytes that come, so that a wrong count in the file costs nothing.
Expected<std::vector<char>> readBytes(zip_file_t *file, uint64_t count) {
  constexpr uint64_t chunk = 16 << 20;
  std::vector<char> bytes;
  while (bytes.size() < count) {
    size_t start = bytes.size();
    bytes.resize(std::min(count, start + std::max(chunk, start)));
    int64_t got = zip_fread(file, bytes.data() + start, bytes.size() - start);
    if (got < 0)
      return createStringError(zip_file_strerror(file));
    bool isEnd = got == 0;
    bytes.resize(start + got);
    if (isEnd)
      break;
  }
  return bytes;
}

Expected<Array> readEntry(zip_t *archive, uint64_t index) {
  std::unique_ptr<zip_file_t, CloseFile> file(zip_fopen_index(archive, index, 0));
  if (!file)
    return createStringError(zip_strerror(archive));
  return readNpy([&](uint64_t count) { return readBytes(file.get(), count); });
}

Error addEntry(zip_t *archive, StringRef name, const std::string &content) {
  zip_source_t *source = zip_source_buffer(archive, content.data(), content.size(), 0);
  if (!source)
    return createStringError(zip_strerror(archive));
  int64_t index = zip_file_add(archive, (name + ".npy").str().c_str(), source, ZIP_FL_ENC_UTF_8);
  if (index < 0) {
    zip_source_free(source);
    return createStringError(zip_strerror(archive));
  }
  constexpr time_t firstDayOfZip =
      315532800; // 1980-01-01: no time, so that equal arrays give equal files
  zip_file_set_mtime(archive, index, firstDayOfZip, 0);
  zip_set_file_compression(archive, index, ZIP_CM_STORE, 0);
  return Error::success();
}

} // namespace

Expected<NamedArrays> readNpz(StringRef path) {
  Expected<Archive> archive = openArchive(path, ZIP_RDONLY);
  if (!archive)
    return archive.takeError();
  NamedArrays arrays;
  StringSet<> names;
  for (int64_t index = 0, count = zip_get_num_entries(archive->get(), 0); index < count; ++index) {
    const char *entry = zip_get_name(archive->get(), index, 0);
    StringRef name = entry ? entry : "";
    name.consume_back(".npy");
    Expected<Array> array = readEntry(archive->get(), index);
    if (!array)
      return makeError(path, "array '" + name + "': " + toString(array.takeError()));
    if (!names.insert(name).second)
      return makeError(path, "there are two arrays '" + name + "'");
    arrays.emplace_back(name.str(), std::move(*array));
  }
  return arrays;
}

Error writeNpz(StringRef path, const NamedArrays &arrays) {
  Expected<Archive> archive = openArchive(path, ZIP_CREATE | ZIP_TRUNCATE);
  if (!archive)
    return archive.takeError();
  std::vector<std::string> contents;
  contents.reserve(arrays.size());
  for (const auto &[name, array] : arrays) {
    contents.push_back(writeNpy(array));
    if (Error error = addEntry(archive->get(), name, contents.back()))
      return makeError(path, "array '" + name + "': " + toString(std::move(error)));
  }
  zip_t *written = archive->release(); // which zip_close frees where it succeeds
  if (zip_close(written) == 0)
    return Error::success();
  Error error = makeError(path, zip_strerror(written));
  zip_discard(written);
  return error;
}

} // namespace nnc::npz
