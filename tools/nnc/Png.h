// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef TOOLS_NNC_PNG_H
#define TOOLS_NNC_PNG_H

#include "llvm/Support/Error.h"

#include <array>
#include <cstdint>
#include <vector>

namespace nnc::tools {

/// Pixels row by row, red, green and blue.
struct Picture {
  Picture(size_t width, size_t height) : width(width), height(height), pixels(width * height) {}

  std::array<uint8_t, 3> &at(size_t x, size_t y) { return pixels[y * width + x]; }

  size_t width, height;
  std::vector<std::array<uint8_t, 3>> pixels;
};

llvm::Error writePng(llvm::StringRef path, const Picture &picture);

} // namespace nnc::tools

#endif // TOOLS_NNC_PNG_H
