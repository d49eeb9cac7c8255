// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "lowering/program/MergeUpdates.h"

using namespace mlir;

namespace nnc {
namespace {

/// Operands of a launch of nnc.update_rows.
enum Operand : unsigned { Image, Rows, Positions, Count };

class Merger {
public:
  Merger(ArrayRef<halide::LaunchOp> launches, const Placement &placement, SymbolTable &symbols)
      : launches(launches), placement(placement), symbols(symbols) {}

  bool mayMerge(halide::LaunchOp pieces, size_t first, size_t update) {
    halide::LaunchOp last = launches[update];
    Value root = getRoot(last.getInputs()[Image]);
    for (auto [index, input] : llvm::enumerate(pieces.getInputs()))
      if (getRoot(input) == root && !llvm::is_contained(pieces.getPicked(), index))
        return false;
    return llvm::none_of(launches.slice(first + 1, update - first - 1), [&](halide::LaunchOp it) {
      return llvm::any_of(it->getOperands(), [&](Value value) { return getRoot(value) == root; }) ||
             llvm::any_of(it.getResults(), [&](Value value) { return getRoot(value) == root; });
    });
  }

  /// The launch whose rows this one puts into an image, and its list of their positions; or null.
  std::pair<halide::LaunchOp, int64_t> getPieces(halide::LaunchOp update) {
    auto kernel = symbols.lookup<halide::KernelOp>(update.getCallee());
    if (kernel.getKernelClass() != "update_rows" || update.getCount())
      return {};
    Value rows = update.getInputs()[Rows];
    auto pieces = rows.getDefiningOp<halide::LaunchOp>();
    if (!pieces || pieces.getPiece() == 0 || !rows.hasOneUse() ||
        pieces.getCount() != update.getInputs()[Count])
      return {};
    for (int64_t list : pieces.getLists())
      if (pieces.getInputs()[list] == update.getInputs()[Positions])
        return {pieces, list};
    return {};
  }

private:
  Value getRoot(Value value) const { return placement.lookUp(value).root; }

  ArrayRef<halide::LaunchOp> launches;
  const Placement &placement;
  SymbolTable &symbols;
};

} // namespace

llvm::MapVector<halide::LaunchOp, MergedUpdate>
findMergedUpdates(ArrayRef<halide::LaunchOp> launches, const Placement &placement,
                  SymbolTable &symbols) {
  Merger merger(launches, placement, symbols);
  llvm::MapVector<halide::LaunchOp, MergedUpdate> merged;
  for (auto [index, update] : llvm::enumerate(launches)) {
    auto [pieces, list] = merger.getPieces(update);
    if (!pieces)
      continue;
    size_t first = llvm::find(launches, pieces) - launches.begin();
    if (merger.mayMerge(pieces, first, index))
      merged[pieces] = {update, list};
  }
  return merged;
}

} // namespace nnc
