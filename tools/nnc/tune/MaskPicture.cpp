// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "tools/nnc/tune/MaskPicture.h"

#include "dialects/nnc/Constants.h"
#include "dialects/nnc/LayerNames.h"
#include "dialects/nnc/Nnc.h"

#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/FormatVariadic.h"

using namespace mlir;

namespace nnc::tools {
namespace {

/// In pixels of the picture.
constexpr int64_t kSide = 160, kGap = 24, kText = 34;
constexpr int64_t kColumns = 5;

struct Mask {
  std::string title;
  int64_t height, width;
  SmallVector<int64_t> fill;
};

std::vector<Mask> listMasks(ModuleOp module) {
  std::vector<Mask> masks;
  module.walk([&](PerforateOp op) {
    ElementsAttr table = getConstant(op.getFill());
    auto fill = table ? getIntegers(table) : std::nullopt;
    if (!fill)
      return;
    ArrayRef<int64_t> shape = table.getShapedType().getShape();
    masks.push_back({getLayerTitle(op), shape[0], shape[1], std::move(*fill)});
  });
  return masks;
}

std::string escape(StringRef text) {
  std::string escaped;
  llvm::raw_string_ostream stream(escaped);
  llvm::printHTMLEscaped(text.take_front(26), stream);
  return escaped;
}

void drawMask(const Mask &mask, int64_t left, int64_t top, llvm::raw_ostream &os) {
  double cell = static_cast<double>(kSide) / static_cast<double>(std::max(mask.height, mask.width));
  size_t kept = 0;
  std::string path;
  for (auto [position, source] : llvm::enumerate(mask.fill)) {
    if (source != static_cast<int64_t>(position))
      continue;
    ++kept;
    path += llvm::formatv("M{0:f2} {1:f2}h{2:f2}v{2:f2}h-{2:f2}z", cell * (position % mask.width),
                          cell * (position / mask.width), cell);
  }
  os << llvm::formatv("<g transform='translate({0} {1})'>\n", left, top)
     << llvm::formatv(
            "<text y='12'>{0}</text><text y='27' fill='#666'>{1} of {2} ({3:f2})</text>\n",
            escape(mask.title), kept, mask.fill.size(),
            static_cast<double>(kept) / mask.fill.size())
     << llvm::formatv("<g transform='translate(0 {0})'><rect width='{1:f2}' height='{2:f2}' "
                      "fill='#e4e9ee'/><path fill='#1f4e79' d='{3}'/></g></g>\n",
                      kText, cell * mask.width, cell * mask.height, path);
}

} // namespace

bool hasMasks(ModuleOp module) { return !listMasks(module).empty(); }

void drawMasks(ModuleOp module, llvm::raw_ostream &os) {
  std::vector<Mask> masks = listMasks(module);
  auto count = static_cast<int64_t>(masks.size());
  int64_t rows = (count + kColumns - 1) / kColumns, columns = std::min(count, kColumns);
  os << llvm::formatv("<svg xmlns='http://www.w3.org/2000/svg' width='{0}' height='{1}' "
                      "font-family='sans-serif' font-size='12'>\n<rect width='100%' height='100%' "
                      "fill='white'/>\n",
                      columns * (kSide + kGap) + kGap, rows * (kSide + kText + kGap) + kGap);
  for (auto [index, mask] : llvm::enumerate(masks))
    drawMask(mask, kGap + static_cast<int64_t>(index) % kColumns * (kSide + kGap),
             kGap + static_cast<int64_t>(index) / kColumns * (kSide + kText + kGap), os);
  os << "</svg>\n";
}

} // namespace nnc::tools
