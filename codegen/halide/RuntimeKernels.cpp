// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "codegen/halide/RuntimeKernels.h"

#include "codegen/cpp/Types.h"
#include "codegen/halide/Algorithm.h"

#include "llvm/Support/FormatVariadic.h"

using namespace mlir;

namespace nnc::codegen {
namespace {

int64_t getSize(Type type) { return cast<RankedTensorType>(type).getNumElements(); }

/// Lists go on up to whole pieces; where nothing is said, in steps of one.
int64_t getPiece(halide::KernelOp kernel) {
  auto piece = kernel->getAttrOfType<IntegerAttr>(halide::kPieceAttr);
  return piece ? piece.getInt() : 1;
}

/// (active) -> (positions, count)
KernelCode makeListActive(halide::KernelOp kernel) {
  KernelCode code;
  code.text =
      llvm::formatv("static void {0}(const bool *active, std::int32_t *positions,\n"
                    "    std::int32_t *count) noexcept {{\n"
                    "  listActive(active, {1}, {2}, positions, count);\n}\n",
                    kernel.getSymName(), getSize(kernel.getArgumentTypes()[0]), getPiece(kernel));
  return code;
}

/// (active) -> (read)
KernelCode makeWindowMask(halide::KernelOp kernel) {
  auto numbers = kernel->getAttrOfType<DenseI64ArrayAttr>(halide::kWindowsAttr).asArrayRef();
  KernelCode code;
  llvm::raw_string_ostream text(code.text);
  text << "static void " << kernel.getSymName() << "(const bool *active, bool *read) noexcept {\n"
       << "  windowMask(active, {" << numbers[0] << ", " << numbers[1] << ", " << numbers[2];
  for (size_t pair : {3, 5, 7})
    text << ", {" << numbers[pair] << ", " << numbers[pair + 1] << "}";
  text << "}, read);\n}\n";
  return code;
}

/// (target, rows, positions, count) -> (target, changed in place)
KernelCode makeUpdateRows(halide::KernelOp kernel) {
  auto rows = cast<RankedTensorType>(kernel.getArgumentTypes()[1]);
  std::string element = cpp::elementName(*getHalideType(kernel, rows.getElementType()));
  KernelCode code;
  code.text = llvm::formatv(
      "static void {0}(const {1} * /*target*/, const {1} *rows, const std::int32_t *positions,\n"
      "    const std::int32_t *count, {1} *image) noexcept {{\n"
      "  updateRows(rows, positions, *count, {2}, image);\n}\n",
      kernel.getSymName(), element, rows.getShape().back());
  return code;
}

/// (target, rows) -> (target, changed in place). Not a kernel of Halide's: target and result are
/// the same memory, which its parameters must not be.
KernelCode makeUpdateAll(halide::KernelOp kernel) {
  auto rows = cast<RankedTensorType>(kernel.getArgumentTypes()[1]);
  std::string element = cpp::elementName(*getHalideType(kernel, rows.getElementType()));
  KernelCode code;
  code.text = llvm::formatv(
      "static void {0}(const {1} * /*target*/, const {1} *rows, {1} *image) noexcept {{\n"
      "  std::memcpy(image, rows, {2} * sizeof({1}));\n}\n",
      kernel.getSymName(), element, rows.getNumElements());
  return code;
}

/// From one row to the next of an argument or result that may lie inside a larger tensor.
int64_t getRowStride(Attribute strides, Type type) {
  auto numbers = dyn_cast_or_null<DenseI64ArrayAttr>(strides);
  return numbers ? numbers[0] : cast<RankedTensorType>(type).getDimSize(1);
}

/// (input, roots, nodes, thresholds, values) -> (sums)
KernelCode makeTreeWalk(halide::KernelOp kernel) {
  auto type = [&](unsigned index) {
    return cast<RankedTensorType>(kernel.getArgumentTypes()[index]);
  };
  std::string element = cpp::elementName(*getHalideType(kernel, type(0).getElementType()));
  KernelCode code;
  code.text = llvm::formatv(
      "static void {0}(const {1} *x, const std::int32_t *roots, const std::int32_t *nodes,\n"
      "    const {1} *thresholds, const {1} *values, {1} *out) noexcept {{\n"
      "  sumTrees<{1}>({{roots, nodes, thresholds, values, {2}, {3}}, {{x, out, {4}, {5}}, "
      "{6});\n}\n",
      kernel.getSymName(), element, type(1).getDimSize(0), type(4).getDimSize(1),
      getRowStride(kernel.getArgAttr(0, halide::kStridesAttr), type(0)),
      getRowStride(kernel.getResultAttr(0, halide::kStridesAttr), kernel.getResultTypes()[0]),
      type(0).getDimSize(0));
  code.includes = {"trees.h", "<cstdint>"};
  return code;
}

/// (input, starts, columns, thresholds, masks, values) -> (sums)
KernelCode makeTreeMasks(halide::KernelOp kernel) {
  auto type = [&](unsigned index) {
    return cast<RankedTensorType>(kernel.getArgumentTypes()[index]);
  };
  auto name = [&](Type element) { return cpp::elementName(*getHalideType(kernel, element)); };
  int64_t width = type(3).getDimSize(1);
  int64_t rows = cast<RankedTensorType>(kernel.getResultTypes()[0]).getDimSize(0);
  int64_t stride = getRowStride(kernel.getArgAttr(0, halide::kStridesAttr), type(0));
  int64_t outStride =
      getRowStride(kernel.getResultAttr(0, halide::kStridesAttr), kernel.getResultTypes()[0]);
  KernelCode code;
  llvm::raw_string_ostream text(code.text);
  text << llvm::formatv(
      "static void {0}(const {1} *x, const std::int32_t *starts, const std::int32_t *columns,\n"
      "    const {1} *thresholds, const {2} *masks, const {1} *values, {1} *out) noexcept {{\n"
      "  const TreeMasks<{1}> trees{{starts, columns, thresholds, masks, values, {3}, {4}};\n",
      kernel.getSymName(), name(type(0).getElementType()), name(type(4).getElementType()),
      type(5).getDimSize(0), type(5).getDimSize(1));
  if (width == 1)
    text << llvm::formatv("  sumTreesOfAllRows<NNC_MASK_BYTES>(trees, x, {0}, out, {1}, {2});\n",
                          stride, outStride, rows);
  else if (rows == 1)
    text << llvm::formatv("  *out = sumTreesOfRow<{0}, NNC_MASK_BYTES>(trees, x);\n", width);
  else
    text << llvm::formatv("  for (Index row = 0; row < {0}; ++row)\n"
                          "    out[{1} * row] = sumTreesOfRow<{2}, NNC_MASK_BYTES>(trees, x + "
                          "{3} * row);\n",
                          rows, outStride, width, stride);
  text << "}\n";
  code.includes = {"tree_masks.h", "<cstdint>"};
  return code;
}

} // namespace

std::optional<KernelCode> makeRuntimeKernel(halide::KernelOp kernel, const std::string &comment) {
  using Make = KernelCode (*)(halide::KernelOp);
  static constexpr std::pair<StringLiteral, Make> kFunctions[] = {
      {"list_active", makeListActive}, {"window_mask", makeWindowMask},
      {"update_rows", makeUpdateRows}, {"update_all", makeUpdateAll},
      {"update", makeUpdateAll},       {"tree_walk", makeTreeWalk},
      {"tree_masks", makeTreeMasks},
  };
  for (const auto &[name, make] : kFunctions)
    if (kernel.getKernelClass() == name) {
      KernelCode code = make(kernel);
      code.name = kernel.getSymName().str();
      code.text = "/// " + comment + "\n" + code.text;
      if (code.includes.empty())
        code.includes = {"active.h", "<cstdint>"};
      return code;
    }
  return std::nullopt;
}

} // namespace nnc::codegen
