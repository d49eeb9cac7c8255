// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "tools/nnc/Png.h"

#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/SmallVector.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/CRC.h"
#include "llvm/Support/Compression.h"
#include "llvm/Support/Endian.h"
#include "llvm/Support/FileSystem.h"

using namespace llvm;

namespace nnc::tools {

static void appendNumber(std::string &bytes, uint32_t number) {
  char buffer[4];
  support::endian::write32be(buffer, number);
  bytes.append(buffer, 4);
}

/// Length, kind, content, and the checksum of the last two.
static std::string makeChunk(StringRef kind, StringRef content) {
  std::string chunk, covered = (kind + content).str();
  appendNumber(chunk, static_cast<uint32_t>(content.size()));
  chunk += covered;
  appendNumber(chunk, crc32(arrayRefFromStringRef(covered)));
  return chunk;
}

Error writePng(StringRef path, const Picture &picture) {
  if (!compression::zlib::isAvailable())
    return createStringError("'" + path + "': this build of LLVM has no zlib, which PNG needs");
  std::string header, rows;
  appendNumber(header, static_cast<uint32_t>(picture.width));
  appendNumber(header, static_cast<uint32_t>(picture.height));
  // Eight bits, true colour, and the one method each of compression, filtering and interlacing.
  header += StringRef("\x08\x02\x00\x00\x00", 5);
  for (size_t y = 0; y < picture.height; ++y) {
    rows += '\0'; // not filtered
    for (size_t x = 0; x < picture.width; ++x)
      for (uint8_t level : picture.pixels[y * picture.width + x])
        rows += static_cast<char>(level);
  }
  SmallVector<uint8_t, 0> packed;
  compression::zlib::compress(arrayRefFromStringRef(rows), packed);
  std::error_code code;
  raw_fd_ostream file(path, code);
  if (code)
    return createStringError("'" + path + "': " + code.message());
  file << StringRef("\x89PNG\r\n\x1a\n", 8) << makeChunk("IHDR", header)
       << makeChunk("IDAT", toStringRef(packed)) << makeChunk("IEND", "");
  file.close();
  return file.has_error() ? createStringError("'" + path + "': " + file.error().message())
                          : Error::success();
}

} // namespace nnc::tools
