// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Padding costs a copy of the whole value where a kernel does it. Where the producer can write
// between the borders, only the borders are left to write.
#include "dialects/nnc/MeaningBuilder.h"
#include "lowering/Passes.h"
#include "lowering/fuse/KernelBuilder.h"
#include "lowering/program/Placement.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/Utils/StaticValueUtils.h"

namespace nnc {
#define GEN_PASS_DEF_HOISTPADDING
#include "lowering/Passes.h.inc"
} // namespace nnc

using namespace mlir;
using namespace nnc;

namespace {

constexpr StringLiteral kBorderClass = "border";

/// Elements of `value` before and after each dimension of a tensor.
struct Padding {
  SmallVector<int64_t> low, high;
  TypedAttr value;

  void growTo(const Padding &other) {
    for (auto [mine, theirs] : llvm::zip_equal(low, other.low))
      mine = std::max(mine, theirs);
    for (auto [mine, theirs] : llvm::zip_equal(high, other.high))
      mine = std::max(mine, theirs);
  }
};

/// The only thing that a kernel does with an argument, if that is to pad it. Not along the last
/// dimension: vectors stay whole.
tensor::PadOp getPad(BlockArgument argument) {
  if (!argument.hasOneUse())
    return {};
  auto pad = dyn_cast<tensor::PadOp>(*argument.user_begin());
  if (!pad || !getConstantIntValues(pad.getMixedLowPad()) ||
      !getConstantIntValues(pad.getMixedHighPad()) || !pad.getConstantPaddingValue() ||
      pad.getStaticLow().back() != 0 || pad.getStaticHigh().back() != 0)
    return {};
  bool isYielded =
      llvm::any_of(pad->getUsers(), [](Operation *user) { return isa<halide::YieldOp>(user); });
  return isYielded ? tensor::PadOp() : pad;
}

Padding getPadding(tensor::PadOp pad) {
  TypedAttr value;
  matchPattern(pad.getConstantPaddingValue(), m_Constant(&value));
  return {SmallVector<int64_t>(pad.getStaticLow()), SmallVector<int64_t>(pad.getStaticHigh()),
          value};
}

/// A value of @main with its borders around it.
class PaddedValue {
public:
  PaddedValue(KernelBuilder &kernels, Value value, const Padding &padding)
      : padding(padding), value(value) {
    OpBuilder builder(value.getContext());
    builder.setInsertionPointAfterValue(value);
    buildBorders(kernels, builder);
    joinAll(builder);
  }

  bool isInPlace(const Placement &placement) {
    return llvm::all_of(concats, [&](tensor::ConcatOp concat) {
      return llvm::all_of(concat->getOpOperands(),
                          [&](OpOperand &operand) { return placement.isInPlace(operand); });
    });
  }

  int64_t countParts() {
    int64_t count = 0;
    for (tensor::ConcatOp concat : concats)
      count += concat->getNumOperands();
    return count;
  }

  void erase() {
    for (tensor::ConcatOp concat : llvm::reverse(concats))
      concat.erase();
    borders.erase();
  }

  /// The part of it that has this padding.
  Value take(OpBuilder &builder, const Padding &wanted, RankedTensorType type) {
    Value whole = concats.back();
    if (whole.getType() == type)
      return whole;
    SmallVector<int64_t> offsets, ones(type.getRank(), 1);
    for (auto [have, want] : llvm::zip_equal(padding.low, wanted.low))
      offsets.push_back(have - want);
    return tensor::ExtractSliceOp::create(
        builder, value.getLoc(), type, whole, getAsIndexOpFoldResult(builder.getContext(), offsets),
        getAsIndexOpFoldResult(builder.getContext(), type.getShape()),
        getAsIndexOpFoldResult(builder.getContext(), ones));
  }

private:
  /// Calls `visit` with each dimension that has borders and the shape of the value, which has
  /// borders in all later dimensions already.
  void visitDimensions(llvm::function_ref<void(int64_t, ArrayRef<int64_t>)> visit) {
    SmallVector<int64_t> shape(cast<RankedTensorType>(value.getType()).getShape());
    for (int64_t dim = static_cast<int64_t>(shape.size()) - 1; dim >= 0; --dim) {
      if (padding.low[dim] + padding.high[dim] == 0)
        continue;
      visit(dim, shape);
      shape[dim] += padding.low[dim] + padding.high[dim];
    }
  }

  /// One launch that writes all borders.
  void buildBorders(KernelBuilder &kernels, OpBuilder &builder) {
    SmallVector<Type> types;
    visitDimensions([&](int64_t dim, ArrayRef<int64_t> shape) {
      for (int64_t extent : {padding.low[dim], padding.high[dim]}) {
        SmallVector<int64_t> border(shape);
        border[dim] = extent;
        if (extent != 0)
          types.push_back(RankedTensorType::get(border, padding.value.getType()));
      }
    });
    halide::KernelOp kernel =
        kernels.start(value.getLoc(), builder.getFunctionType({}, types), kBorderClass);
    OpBuilder inside = OpBuilder::atBlockEnd(&kernel.getBody().front());
    MeaningBuilder b(inside, value.getLoc());
    Value element = arith::ConstantOp::create(b, padding.value);
    SmallVector<Value> filled;
    for (Type type : types)
      filled.push_back(b.fill(cast<RankedTensorType>(type).getShape(), element));
    halide::YieldOp::create(inside, value.getLoc(), filled);
    kernel = kernels.finish(kernel, {"border"});
    borders = halide::LaunchOp::create(builder, value.getLoc(), types, kernel.getSymName(),
                                       ValueRange(), builder.getStrArrayAttr({"border"}));
  }

  /// Puts the value between its borders, the last dimension first: rows become whole.
  void joinAll(OpBuilder &builder) {
    unsigned next = 0;
    Value joined = value;
    visitDimensions([&](int64_t dim, ArrayRef<int64_t>) {
      SmallVector<Value> parts;
      if (padding.low[dim] != 0)
        parts.push_back(borders.getResult(next++));
      parts.push_back(joined);
      if (padding.high[dim] != 0)
        parts.push_back(borders.getResult(next++));
      concats.push_back(tensor::ConcatOp::create(builder, value.getLoc(), dim, parts));
      joined = concats.back();
    });
  }

  Padding padding;
  Value value;
  halide::LaunchOp borders;
  SmallVector<tensor::ConcatOp> concats;
};

/// Operands of concatenations that need no copy.
int64_t countInPlace(Block &block, const Placement &placement) {
  int64_t count = 0;
  for (auto concat : block.getOps<tensor::ConcatOp>())
    count += llvm::count_if(concat->getOpOperands(),
                            [&](OpOperand &operand) { return placement.isInPlace(operand); });
  return count;
}

/// A launch whose kernel pads operand `index`.
struct Reader {
  halide::LaunchOp launch;
  unsigned index;
  tensor::PadOp pad;
};

/// Makes a kernel take these arguments as they are after its padding.
void takePadded(halide::KernelOp kernel, ArrayRef<unsigned> indices) {
  SmallVector<Type> types(kernel.getArgumentTypes());
  for (unsigned index : indices) {
    BlockArgument argument = kernel.getBody().getArgument(index);
    tensor::PadOp pad = getPad(argument);
    Operation *number = pad.getConstantPaddingValue().getDefiningOp();
    bool isOutside = !pad->isAncestor(number);
    types[index] = pad.getResultType();
    argument.setType(pad.getResultType());
    pad.getResult().replaceAllUsesWith(argument);
    pad.erase();
    if (isOutside && number->use_empty())
      number->erase();
  }
  kernel.setFunctionType(FunctionType::get(kernel.getContext(), types, kernel.getResultTypes()));
}

struct HoistPadding : nnc::impl::HoistPaddingBase<HoistPadding> {
  void runOnOperation() override {
    auto main = getOperation().lookupSymbol<func::FuncOp>("main");
    if (!main || !main.getBody().hasOneBlock())
      return;
    Block &block = main.getBody().front();
    KernelBuilder kernels(getOperation());
    auto allReaders = collectReaders(block);
    for (auto &[value, readers] : allReaders)
      hoist(kernels, block, value, readers);
    rewriteKernels(block);
  }

private:
  llvm::MapVector<Value, SmallVector<Reader>> collectReaders(Block &block) {
    SymbolTable symbols(getOperation());
    llvm::MapVector<Value, SmallVector<Reader>> readers;
    for (auto launch : block.getOps<halide::LaunchOp>()) {
      auto kernel = symbols.lookup<halide::KernelOp>(launch.getCallee());
      for (auto [index, value] : llvm::enumerate(launch.getInputs()))
        if (tensor::PadOp pad = getPad(kernel.getBody().getArgument(index)))
          readers[value].push_back({launch, static_cast<unsigned>(index), pad});
    }
    return readers;
  }

  /// Gives the value the borders that its readers want, the largest of each, unless it or something
  /// else had to be copied then. Readers that want other numbers there pad as before.
  void hoist(KernelBuilder &kernels, Block &block, Value value, ArrayRef<Reader> readers) {
    if (!getRoot(value).getDefiningOp<halide::LaunchOp>() &&
        !getRoot(value).getDefiningOp<tensor::ConcatOp>())
      return;
    Padding padding = getPadding(readers.front().pad);
    SmallVector<Reader> alike =
        llvm::to_vector(llvm::make_filter_range(readers, [&](const Reader &reader) {
          return getPadding(reader.pad).value == padding.value;
        }));
    for (const Reader &reader : alike)
      padding.growTo(getPadding(reader.pad));
    int64_t before = countInPlace(block, Placement(block));
    PaddedValue padded(kernels, value, padding);
    Placement placement(block);
    if (!padded.isInPlace(placement) ||
        countInPlace(block, placement) != before + padded.countParts()) {
      padded.erase();
      return;
    }
    for (Reader reader : alike) {
      OpBuilder builder(reader.launch);
      reader.launch->setOperand(
          reader.index, padded.take(builder, getPadding(reader.pad), reader.pad.getResultType()));
      hoisted[reader.launch].push_back(reader.index);
    }
  }

  /// One version of a kernel for each set of arguments that launches give it padded.
  void rewriteKernels(Block &block) {
    SymbolTable symbols(getOperation());
    llvm::MapVector<Operation *, SmallVector<halide::LaunchOp>> launches;
    for (auto launch : block.getOps<halide::LaunchOp>())
      launches[symbols.lookup(launch.getCallee())].push_back(launch);
    eraseBordersExcept(launches);
    for (auto &[kernel, users] : launches) {
      SmallVector<SmallVector<unsigned>> sets;
      SmallVector<halide::KernelOp> versions;
      for (halide::LaunchOp launch : users) {
        SmallVector<unsigned> &set = hoisted[launch];
        llvm::sort(set);
        if (llvm::is_contained(sets, set))
          continue;
        sets.push_back(set);
        versions.push_back(cast<halide::KernelOp>(versions.empty() ? kernel : clone(kernel)));
        if (versions.size() > 1)
          symbols.insert(versions.back());
      }
      for (halide::LaunchOp launch : users)
        launch.setCallee(versions[llvm::find(sets, hoisted[launch]) - sets.begin()].getSymName());
      for (auto [version, set] : llvm::zip_equal(versions, sets))
        takePadded(version, set);
    }
  }

  /// Borders of values that could not be written between them.
  void eraseBordersExcept(const llvm::MapVector<Operation *, SmallVector<halide::LaunchOp>> &used) {
    for (auto kernel : llvm::make_early_inc_range(getOperation().getOps<halide::KernelOp>()))
      if (kernel.getKernelClass() == kBorderClass && !used.contains(kernel))
        kernel.erase();
  }

  static Operation *clone(Operation *kernel) {
    OpBuilder builder(kernel->getContext());
    builder.setInsertionPointAfter(kernel);
    return builder.clone(*kernel);
  }

  /// The operands that a launch takes padded.
  llvm::DenseMap<Operation *, SmallVector<unsigned>> hoisted;
};

} // namespace
