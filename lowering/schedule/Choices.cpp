// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "lowering/schedule/Choices.h"

#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/FormatVariadic.h"

namespace nnc {

static llvm::StringRef getName(LoopOrder order) {
  switch (order) {
  case LoopOrder::Weights:
    return "weights";
  case LoopOrder::Rows:
    return "rows";
  case LoopOrder::Positions:
    return "positions";
  }
  return "";
}

std::string Choices::describe() const {
  llvm::SmallVector<std::string> parts;
  if (tile)
    parts.push_back(llvm::formatv("tile {0} x {1}", tile->positions, tile->vectors));
  if (order)
    parts.push_back((getName(*order) + " outermost").str());
  if (blockRows)
    parts.push_back(llvm::formatv("{0} rows of tiles", *blockRows));
  if (positions)
    parts.push_back(llvm::formatv("{0} positions", *positions));
  if (channelsOutside)
    parts.push_back(*channelsOutside ? "channels outermost" : "positions outermost");
  return llvm::join(parts, ", ");
}

} // namespace nnc
