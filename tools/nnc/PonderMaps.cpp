// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "tools/nnc/PonderMaps.h"

#include "codegen/package/Text.h"
#include "tools/nnc/Png.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/FormatVariadic.h"

#include <cmath>
#include <numeric>

using namespace mlir;

namespace nnc::tools {
namespace {

/// Pictures are at least this wide.
constexpr size_t kLeastWidth = 192;

template <typename T> ArrayRef<T> getElements(const Buffer &buffer) {
  return {reinterpret_cast<const T *>(buffer.bytes.data()), buffer.bytes.size() / sizeof(T)};
}

/// Images among the inputs, between 0 and 1.
struct Images {
  size_t count = 0, height = 0, width = 0, channels = 0;
  bool channelsLast = false;
  ArrayRef<float> elements;
  float low = 0, high = 1;

  float get(size_t n, size_t y, size_t x, size_t c) const {
    c = std::min(c, channels - 1);
    size_t index = channelsLast ? ((n * height + y) * width + x) * channels + c
                                : ((n * channels + c) * height + y) * width + x;
    return (elements[index] - low) / std::max(high - low, 1e-6f);
  }
};

std::optional<Images> findImages(const Signature &signature, ArrayRef<Buffer> inputs) {
  auto isColour = [](int64_t channels) { return channels == 1 || channels == 3; };
  for (auto [spec, buffer] : llvm::zip_equal(signature.inputs, inputs)) {
    ArrayRef<int64_t> shape = spec.type.getShape();
    if (shape.size() != 4 || !spec.type.getElementType().isF32() ||
        (!isColour(shape[1]) && !isColour(shape[3])))
      continue;
    Images images;
    images.channelsLast = !isColour(shape[1]);
    auto at = [&](size_t axis) { return static_cast<size_t>(shape[axis]); };
    images.count = at(0);
    images.channels = at(images.channelsLast ? 3 : 1);
    images.height = at(images.channelsLast ? 1 : 2);
    images.width = at(images.channelsLast ? 2 : 3);
    images.elements = getElements<float>(buffer);
    auto [low, high] = std::minmax_element(images.elements.begin(), images.elements.end());
    images.low = *low, images.high = *high;
    return images;
  }
  return std::nullopt;
}

/// How many units each position of each sample ran.
struct Units {
  std::string name;
  size_t count, height, width;
  ArrayRef<int32_t> elements;

  int32_t get(size_t n, size_t y, size_t x) const { return elements[(n * height + y) * width + x]; }
};

std::vector<Units> findUnits(const Signature &signature, ArrayRef<Buffer> outputs) {
  std::vector<Units> found;
  for (auto [spec, buffer] : llvm::zip_equal(signature.outputs, outputs)) {
    ArrayRef<int64_t> shape = spec.type.getShape();
    if (!StringRef(spec.name).starts_with("units") || !spec.type.getElementType().isInteger(32))
      continue;
    bool isMap = shape.size() == 4; // of one channel
    size_t count = shape.empty() ? 1 : static_cast<size_t>(shape[0]);
    size_t width = isMap ? static_cast<size_t>(shape[1] == 1 ? shape[3] : shape[2]) : 1;
    ArrayRef<int32_t> elements = getElements<int32_t>(buffer);
    found.push_back({spec.name, count, elements.size() / count / width, width, elements});
  }
  return found;
}

/// From blue over green and yellow to red.
std::array<float, 3> getColour(float share) {
  auto ramp = [&](float centre) {
    return std::clamp(1.5f - std::abs(4 * share - centre), 0.0f, 1.0f);
  };
  return {ramp(3), ramp(2), ramp(1)};
}

Picture draw(const Images &images, const Units &units, size_t sample) {
  size_t scale = (kLeastWidth + images.width - 1) / images.width;
  size_t width = images.width * scale, height = images.height * scale;
  auto largest = static_cast<float>(std::max(*llvm::max_element(units.elements), 2));
  Picture picture(2 * width, height);
  for (size_t row = 0; row < height; ++row)
    for (size_t column = 0; column < width; ++column) {
      size_t y = row / scale, x = column / scale;
      int32_t ran = units.get(sample, row * units.height / height, column * units.width / width);
      std::array<float, 3> colour = getColour(static_cast<float>(ran - 1) / (largest - 1));
      float gray = 0;
      for (size_t c = 0; c < 3; ++c)
        gray += images.get(sample, y, x, c) / 3;
      for (size_t c = 0; c < 3; ++c) {
        picture.at(column, row)[c] = static_cast<uint8_t>(255 * images.get(sample, y, x, c));
        picture.at(width + column, row)[c] =
            static_cast<uint8_t>(255 * (0.4f * gray + 0.6f * colour[c]));
      }
    }
  return picture;
}

double getMean(ArrayRef<int32_t> values) {
  return std::accumulate(values.begin(), values.end(), 0.0) / static_cast<double>(values.size());
}

} // namespace

llvm::Expected<unsigned> writePonderMaps(const Signature &signature, ArrayRef<Buffer> inputs,
                                         ArrayRef<Buffer> outputs, StringRef folder) {
  if (std::error_code code = llvm::sys::fs::create_directories(folder))
    return llvm::createStringError("'" + folder + "': " + code.message());
  std::optional<Images> images = findImages(signature, inputs);
  unsigned written = 0;
  for (const Units &units : findUnits(signature, outputs)) {
    if (!images || units.height * units.width == 1)
      continue;
    for (size_t sample = 0; sample < units.count; ++sample) {
      std::string path = llvm::formatv("{0}/{1}_{2}.png", folder, units.name, sample);
      if (llvm::Error error = writePng(path, draw(*images, units, sample)))
        return std::move(error);
      ++written;
    }
  }
  return written;
}

void printCounts(llvm::raw_ostream &os, const Signature &signature, ArrayRef<Buffer> outputs,
                 double allFlops) {
  for (const Units &units : findUnits(signature, outputs))
    os << llvm::formatv("{0,-10} {1} x {2} positions: mean {3:f2}, from {4} to {5}\n", units.name,
                        units.height, units.width, getMean(units.elements),
                        *llvm::min_element(units.elements), *llvm::max_element(units.elements));
  for (auto [spec, buffer] : llvm::zip_equal(signature.outputs, outputs)) {
    if (spec.name != "flops")
      continue;
    ArrayRef<float> flops = getElements<float>(buffer);
    double mean = std::accumulate(flops.begin(), flops.end(), 0.0) / flops.size();
    os << llvm::formatv(
        "FLOPs      {0} of {1} ({2:f1} %)\n", codegen::printThousands(static_cast<int64_t>(mean)),
        codegen::printThousands(static_cast<int64_t>(allFlops)), 100 * mean / allFlops);
  }
}

} // namespace nnc::tools
