// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "lowering/halting/ActiveRows.h"

#include "dialects/nnc/LayerNames.h"

using namespace mlir;

namespace nnc {
namespace {

RankedTensorType getTensorType(Value value) { return cast<RankedTensorType>(value.getType()); }

ArrayAttr getLayers(Builder &builder, Location at) {
  SmallVector<std::string> layers = getLayerNames(at);
  SmallVector<StringRef> names(layers.begin(), layers.end());
  return builder.getStrArrayAttr(names);
}

} // namespace

unsigned ActiveRows::Arguments::add(Value value, Access access) {
  auto *found = llvm::find(values, value);
  auto number = static_cast<unsigned>(found - values.begin());
  if (found == values.end()) {
    values.push_back(value);
    if (access == Access::Listed)
      lists.push_back(number);
    if (access == Access::Picked)
      picked.push_back(number);
  }
  if (access == Access::Whole)
    llvm::erase(picked, number);
  return number;
}

halide::LaunchOp ActiveRows::launchFunction(Location at, ValueRange operands,
                                            ArrayRef<NamedAttribute> attributes,
                                            BuildFunction build) {
  halide::KernelOp kernel =
      kernels.start(at, builder.getFunctionType(TypeRange(operands), {}), "function");
  Block &body = kernel.getBody().front();
  OpBuilder inside = OpBuilder::atBlockEnd(&body);
  Operation *op = build(inside, body.getArguments());
  StringRef kernelClass = cast<MeaningOpInterface>(op).getKernelClass();
  halide::YieldOp::create(inside, at, op->getResults());
  kernel.setFunctionType(builder.getFunctionType(TypeRange(operands), op->getResultTypes()));
  kernel.setKernelClass(kernelClass);
  for (NamedAttribute attribute : attributes)
    kernel->setAttr(attribute.getName(), attribute.getValue());
  SmallVector<Type> results(op->getResultTypes());
  kernel = kernels.finish(kernel, {kernelClass.str()});
  return halide::LaunchOp::create(builder, at, results, kernel.getSymName(), operands,
                                  builder.getStrArrayAttr({kernelClass}));
}

RowList ActiveRows::listActive(Location at, Value mask, Value condition) {
  auto attribute = builder.getNamedAttr(halide::kPieceAttr, builder.getI64IntegerAttr(piece));
  auto launch = launchFunction(
      at, mask, attribute, [&](OpBuilder &inside, ValueRange arguments) -> Operation * {
        return ListActiveOp::create(inside, at, arguments[0], static_cast<uint64_t>(piece));
      });
  if (condition)
    launch.getCountMutable().assign(condition);
  return {mask, launch.getResult(0), launch.getResult(1)};
}

RowList ActiveRows::listRead(Conv2dOp conv, const RowList &list, Value condition) {
  ArrayRef<int64_t> image = getTensorType(conv.getInput()).getShape().take_front(3),
                    taps = conv.getFilter().getType().getShape().take_front(2),
                    dilations = conv.getDilations(), pads = conv.getPads().take_front(2);
  SmallVector<int64_t> numbers(image);
  for (ArrayRef<int64_t> pair : {taps, dilations, pads})
    llvm::append_range(numbers, pair);
  auto attribute =
      builder.getNamedAttr(halide::kWindowsAttr, builder.getDenseI64ArrayAttr(numbers));
  auto launch = launchFunction(conv.getLoc(), list.mask, attribute,
                               [&](OpBuilder &inside, ValueRange arguments) -> Operation * {
                                 return WindowMaskOp::create(inside, conv.getLoc(), arguments[0],
                                                             image, taps, dilations, pads);
                               });
  if (condition)
    launch.getCountMutable().assign(condition);
  return listActive(conv.getLoc(), launch.getResult(0), condition);
}

Value ActiveRows::update(Location at, Value image, Value listed, const RowList &list) {
  auto launch = launchFunction(at, {image, listed, list.positions, list.count}, {},
                               [&](OpBuilder &inside, ValueRange arguments) -> Operation * {
                                 return UpdateRowsOp::create(inside, at, arguments[0], arguments[1],
                                                             arguments[2], arguments[3]);
                               });
  launch.setTied(0);
  return launch.getResult(0);
}

Value ActiveRows::updateAll(Location at, Value image, Value all, Value condition) {
  auto launch = launchFunction(at, {image, all}, {},
                               [&](OpBuilder &inside, ValueRange arguments) -> Operation * {
                                 return UpdateAllOp::create(inside, at, arguments[0], arguments[1]);
                               });
  launch.setTied(0);
  launch.getCountMutable().assign(condition);
  return launch.getResult(0);
}

Value ActiveRows::launch(Location at, const RowList &list, const Arguments &arguments,
                         int64_t channels, Type element, StringRef kernelClass, int64_t flops,
                         Body body) {
  SmallVector<Type> types;
  for (auto [index, value] : llvm::enumerate(arguments.values)) {
    RankedTensorType type = getTensorType(value);
    SmallVector<int64_t> shape(type.getShape());
    if (llvm::is_contained(arguments.lists, static_cast<int64_t>(index)))
      shape[shape.size() == 1 ? 0 : 1] = piece;
    types.push_back(type.clone(shape));
  }
  auto result = RankedTensorType::get({1, piece, channels}, element);
  halide::KernelOp kernel = kernels.start(at, builder.getFunctionType(types, result), kernelClass);
  Block &block = kernel.getBody().front();
  OpBuilder inside = OpBuilder::atBlockEnd(&block);
  Value computed = body(inside, block.getArguments());
  halide::YieldOp::create(inside, at, computed);
  kernel->setAttr("nnc.flops", builder.getI64IntegerAttr(flops / rows * piece));
  kernel = kernels.finish(kernel, getLayerNames(at));
  int64_t room = getTensorType(list.positions).getNumElements();
  auto launch =
      halide::LaunchOp::create(builder, at, TypeRange{result.clone({1, room, channels})},
                               kernel.getSymName(), arguments.values, getLayers(builder, at));
  launch.getCountMutable().assign(list.count);
  launch.setPiece(piece);
  launch.setLists(arguments.lists);
  launch.setPicked(arguments.picked);
  return launch.getResult(0);
}

} // namespace nnc
