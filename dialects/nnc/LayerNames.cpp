// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "dialects/nnc/LayerNames.h"

#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/GlobPattern.h"

using namespace mlir;

static void collectNames(Location location, SmallVectorImpl<std::string> &names) {
  if (auto name = dyn_cast<NameLoc>(location)) {
    std::string text = name.getName().str();
    if (!llvm::is_contained(names, text))
      names.push_back(text);
    return;
  }
  if (auto fused = dyn_cast<FusedLoc>(location))
    for (Location part : fused.getLocations())
      collectNames(part, names);
}

SmallVector<std::string> nnc::getLayerNames(Location location) {
  SmallVector<std::string> names;
  collectNames(location, names);
  return names;
}

std::string nnc::getLayerTitle(Operation *op) {
  SmallVector<std::string> names = getLayerNames(op->getLoc());
  return names.empty() ? op->getName().getStringRef().str() : llvm::join(names, ", ");
}

bool nnc::isNamed(Operation *op, ArrayRef<std::string> patterns) {
  std::string title = getLayerTitle(op);
  return patterns.empty() || llvm::any_of(patterns, [&](const std::string &pattern) {
           auto glob = llvm::GlobPattern::create(pattern);
           if (glob)
             return glob->match(title);
           llvm::consumeError(glob.takeError());
           return pattern == title;
         });
}
