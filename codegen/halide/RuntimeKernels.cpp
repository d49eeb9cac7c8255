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
  code.text = llvm::formatv(
      "static void {0}(const bool *active, std::int32_t *positions,\n"
      "    std::int32_t *count) noexcept {{\n"
      "  listActive(active, {1}, {2}, positions, count);\n}\n",
      kernel.getSymName(), getSize(kernel.getArgumentTypes()[0]), getPiece(kernel));
  return code;
}

/// (listed, count, taps) -> (positions, count)
KernelCode makeListRead(halide::KernelOp kernel) {
  KernelCode code;
  auto rows = kernel->getAttrOfType<IntegerAttr>(halide::kRowsAttr).getInt();
  code.text = llvm::formatv(
      "static void {0}(const std::int32_t *listed, const std::int32_t *listedCount,\n"
      "    const std::int32_t *taps, std::int32_t *positions, std::int32_t *count,\n"
      "    unsigned char *scratch) noexcept {{\n"
      "  listRead(listed, *listedCount, taps, {1}, {2}, {3}, positions, count,\n"
      "      reinterpret_cast<bool *>(scratch));\n}\n",
      kernel.getSymName(), cast<RankedTensorType>(kernel.getArgumentTypes()[2]).getDimSize(1), rows,
      getPiece(kernel));
  code.scratchBytes = static_cast<int64_t>(llvm::alignTo(rows + 1, 64));
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

} // namespace

std::optional<KernelCode> makeRuntimeKernel(halide::KernelOp kernel, const std::string &comment) {
  using Make = KernelCode (*)(halide::KernelOp);
  static constexpr std::pair<StringLiteral, Make> kFunctions[] = {
      {"list_active", makeListActive},
      {"list_read", makeListRead},
      {"update_rows", makeUpdateRows},
  };
  for (const auto &[name, make] : kFunctions)
    if (kernel.getKernelClass() == name) {
      KernelCode code = make(kernel);
      code.name = kernel.getSymName().str();
      code.text = "/// " + comment + "\n" + code.text;
      code.includes = {"active.h", "<cstdint>"};
      return code;
    }
  return std::nullopt;
}

} // namespace nnc::codegen
