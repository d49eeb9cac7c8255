// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "lowering/perforate/MaskFile.h"

#include "llvm/Support/MemoryBuffer.h"

#include <cstring>

using namespace llvm;

namespace nnc {
namespace {

Expected<npz::Array> readNpyFile(StringRef path) {
  ErrorOr<std::unique_ptr<MemoryBuffer>> file = MemoryBuffer::getFile(path);
  if (!file)
    return createStringError(file.getError(),
                             "'" + path + "' cannot be read: " + file.getError().message());
  StringRef rest = (*file)->getBuffer();
  return npz::readNpy([&](uint64_t count) -> Expected<std::vector<char>> {
    StringRef bytes = rest.take_front(count);
    rest = rest.drop_front(bytes.size());
    return std::vector<char>(bytes.begin(), bytes.end());
  });
}

template <typename T> SmallVector<T, 0> getElements(const npz::Array &array) {
  SmallVector<T, 0> elements(array.bytes.size() / sizeof(T));
  std::memcpy(elements.data(), array.bytes.data(), elements.size() * sizeof(T));
  return elements;
}

/// Positions of an array of booleans, or of integers as they are.
std::optional<Positions> getPositions(const npz::Array &array, bool isImage) {
  Positions positions;
  if (array.type == "int64" && array.shape.size() == 1)
    positions = getElements<int64_t>(array);
  else if (array.type == "int32" && array.shape.size() == 1)
    llvm::append_range(positions, getElements<int32_t>(array));
  else if (array.type == "bool" && isImage)
    for (auto [position, isKept] : llvm::enumerate(array.bytes)) {
      if (isKept)
        positions.push_back(static_cast<int64_t>(position));
    }
  else
    return std::nullopt;
  llvm::sort(positions);
  positions.erase(llvm::unique(positions), positions.end());
  return positions;
}

} // namespace

Expected<MaskFile> MaskFile::read(StringRef path) {
  MaskFile file;
  file.path = path.str();
  if (path.ends_with(".npy")) {
    Expected<npz::Array> array = readNpyFile(path);
    if (!array)
      return createStringError("'" + path + "': " + toString(array.takeError()));
    file.arrays.emplace_back("", std::move(*array));
    return file;
  }
  Expected<npz::NamedArrays> arrays = npz::readNpz(path);
  if (!arrays)
    return arrays.takeError();
  file.arrays = std::move(*arrays);
  return file;
}

Error MaskFile::add(StringRef layer, MaskRequest &request) const {
  auto found = llvm::find_if(
      arrays, [&](const auto &entry) { return entry.first == layer || entry.first.empty(); });
  if (found == arrays.end())
    return createStringError("'" + path + "' has no array for '" + layer + "'");
  const npz::Array &array = found->second;
  std::vector<int64_t> shape{request.height, request.width};
  if (array.type == "float32" && array.shape == shape) {
    request.importance = getElements<float>(array);
    return Error::success();
  }
  if (array.type == "float64" && array.shape == shape) {
    request.importance.clear();
    llvm::append_range(request.importance, getElements<double>(array));
    return Error::success();
  }
  request.given = getPositions(array, array.shape == shape);
  if (!request.given)
    return createStringError("the array for '" + layer + "' in '" + path + "' is of " + array.type +
                             "; wanted are floats or booleans, " + Twine(request.height) + " x " +
                             Twine(request.width) + ", or a list of integers");
  if (request.given->empty() || request.given->front() < 0 ||
      request.given->back() >= request.height * request.width)
    return createStringError("positions for '" + layer + "' in '" + path +
                             "' must be some between 0 and " +
                             Twine(request.height * request.width - 1));
  return Error::success();
}

} // namespace nnc
