// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Embeddings that keep live words only: rows of zeros, which a pruned vocabulary has many of, are
// one row.
#include "dialects/nnc/Approximations.h"
#include "dialects/nnc/Constants.h"
#include "dialects/nnc/LayerNames.h"
#include "dialects/nnc/Nnc.h"
#include "lowering/Passes.h"

#include "mlir/Dialect/Arith/IR/Arith.h"

#include "llvm/Support/FormatVariadic.h"

namespace nnc {
#define GEN_PASS_DEF_COMPACTTABLES
#include "lowering/Passes.h.inc"
} // namespace nnc

using namespace mlir;
using namespace nnc;

namespace {

/// A table without all rows of zeros but one, and the new number of each row.
struct LiveRows {
  SmallVector<float, 0> rows;
  SmallVector<int32_t, 0> numbers;
  int64_t width, count = 0;

  LiveRows(ArrayRef<float> table, int64_t width) : width(width) {
    std::optional<int32_t> zeros;
    for (; !table.empty(); table = table.drop_front(width)) {
      ArrayRef<float> row = table.take_front(width);
      bool isZero = llvm::all_of(row, [](float element) { return element == 0; });
      numbers.push_back(isZero && zeros ? *zeros : static_cast<int32_t>(count));
      if (isZero && zeros)
        continue;
      if (isZero)
        zeros = static_cast<int32_t>(count);
      llvm::append_range(rows, row);
      ++count;
    }
  }

  int64_t countSavedBytes() const {
    auto all = static_cast<int64_t>(numbers.size());
    return 4 * ((all - count) * width - all);
  }
};

struct CompactTables : nnc::impl::CompactTablesBase<CompactTables> {
  void runOnOperation() override {
    SmallVector<GatherOp> gathers;
    getOperation()->walk([&](GatherOp op) { gathers.push_back(op); });
    for (GatherOp op : gathers)
      rewrite(op);
  }

private:
  /// Less is not worth another look-up.
  static constexpr double kLeastSaving = 0.25;

  void rewrite(GatherOp op) {
    auto type = cast<RankedTensorType>(op.getInput().getType());
    std::optional<SmallVector<float, 0>> table = getFloats(op.getInput());
    if (!table || op.getAxis() != 0 || type.getRank() < 2 || table->empty())
      return;
    int64_t all = type.getDimSize(0);
    LiveRows live(*table, static_cast<int64_t>(table->size()) / all);
    if (static_cast<double>(live.countSavedBytes()) <
        kLeastSaving * 4 * static_cast<double>(table->size()))
      return;
    OpBuilder builder(op);
    SmallVector<int64_t> shape(type.getShape());
    shape[0] = live.count;
    Value numbers = createTable<int32_t>(builder, op, {all}, live.numbers, builder.getI32Type());
    Value rows = createTable<float>(builder, op, shape, live.rows, builder.getF32Type());
    Value number = GatherOp::create(builder, op.getLoc(), numbers, op.getIndices(), 0);
    Value picked = GatherOp::create(builder, op.getLoc(), rows, number, 0);
    record(op, live);
    op.replaceAllUsesWith(picked);
    op.erase();
  }

  template <typename T>
  static Value createTable(OpBuilder &builder, Operation *op, ArrayRef<int64_t> shape,
                           ArrayRef<T> elements, Type elementType) {
    ArrayRef<char> bytes(reinterpret_cast<const char *>(elements.data()),
                         elements.size() * sizeof(T));
    return arith::ConstantOp::create(
        builder, op->getLoc(),
        cast<TypedAttr>(makeConstant(RankedTensorType::get(shape, elementType), bytes, "rows")));
  }

  void record(GatherOp op, const LiveRows &live) {
    auto all = static_cast<int64_t>(live.numbers.size());
    std::string text = llvm::formatv("{0} of {1} rows of the table", live.count, all);
    recordApproximation(getOperation(),
                        {getLayerTitle(op), "compaction", text, live.count * live.width,
                         all * live.width, 0, 0, 0, 4 * all});
  }
};

} // namespace
