// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "codegen/package/Weights.h"
#include "codegen/package/Text.h"
#include "dialects/nnc/Constants.h"

#include "mlir/IR/AsmState.h"
#include "mlir/IR/DialectResourceBlobManager.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/xxhash.h"

#include <map>

using namespace mlir;

namespace nnc::codegen {

namespace {

/// The packed bytes of a constant: those of the module where they lie there as they are stored,
/// else a copy.
class ConstantBytes {
public:
  explicit ConstantBytes(ElementsAttr value) {
    auto resource = dyn_cast<DenseResourceElementsAttr>(value);
    if (resource && resource.getRawHandle().getBlob())
      bytes = resource.getRawHandle().getBlob()->getData();
    else if (auto expanded = getConstantBytes(value))
      bytes = copy = std::move(*expanded);
    isComplete = static_cast<int64_t>(bytes.size()) == getByteSize(value.getShapedType());
  }
  ConstantBytes(const ConstantBytes &) = delete;
  ConstantBytes &operator=(const ConstantBytes &) = delete;

  ArrayRef<char> get() const { return bytes; }
  bool areComplete() const { return isComplete; }

private:
  SmallVector<char, 0> copy;
  ArrayRef<char> bytes;
  bool isComplete;
};

using Digest = std::pair<uint64_t, uint64_t>;

Digest computeDigest(ArrayRef<char> bytes) {
  llvm::XXH128_hash_t hash =
      llvm::xxh3_128bits(ArrayRef(reinterpret_cast<const uint8_t *>(bytes.data()), bytes.size()));
  return {hash.high64, hash.low64};
}

/// Collects constants in order, each new content at the next free offset.
class LayoutBuilder {
public:
  void add(size_t constant, ArrayRef<char> bytes) {
    Digest digest = computeDigest(bytes);
    auto [known, isNew] = stored.insert({{bytes.size(), digest}, constant});
    if (isNew)
      place(bytes, digest);
    else
      layout.offsets.push_back(layout.offsets[known->second]);
    layout.storedAs.push_back(known->second);
  }

  WeightsLayout finish() {
    constexpr StringLiteral magic = "nnc-weights-1";
    Digest digest = computeDigest(ArrayRef(reinterpret_cast<const char *>(summary.data()),
                                           summary.size() * sizeof(uint64_t)));
    std::string hex =
        llvm::utohexstr(digest.first, true, 16) + llvm::utohexstr(digest.second, true, 16);
    layout.head.fill(0);
    llvm::copy(magic, layout.head.begin());
    llvm::copy(hex, layout.head.begin() + 16);
    return std::move(layout);
  }

private:
  void place(ArrayRef<char> bytes, Digest digest) {
    int64_t offset = llvm::alignTo(layout.fileBytes, kWeightsAlignment);
    layout.offsets.push_back(offset);
    layout.fileBytes = offset + bytes.size();
    layout.dataBytes += bytes.size();
    summary.insert(summary.end(), {static_cast<uint64_t>(offset), digest.first, digest.second});
  }

  WeightsLayout layout{{}, {}, kWeightsHeadBytes, 0, {}};
  std::map<std::pair<size_t, Digest>, size_t> stored;
  std::vector<uint64_t> summary;
};

} // namespace

FailureOr<WeightsLayout> layOutWeights(ModuleOp module, ArrayRef<Constant> constants) {
  LayoutBuilder builder;
  for (auto [index, constant] : llvm::enumerate(constants)) {
    ConstantBytes bytes(constant.value);
    if (!bytes.areComplete())
      return module.emitError("the numbers of constant '")
             << constant.name << "' are not in the module: " << bytes.get().size() << " bytes of "
             << constant.bytes;
    builder.add(index, bytes.get());
  }
  return builder.finish();
}

FailureOr<WeightsForm> chooseWeightsForm(ModuleOp module, WeightsForm asked, int64_t dataBytes) {
  if (asked == WeightsForm::Auto)
    return dataBytes <= kEmbedByDefault ? WeightsForm::Embed : WeightsForm::Object;
  if (asked == WeightsForm::Embed && dataBytes > kEmbedAtMost)
    return module.emitError("the weights have ")
           << dataBytes << " bytes, and at most " << kEmbedAtMost
           << " can be embedded as text; take --weights=object or file";
  return asked;
}

void writeWeights(raw_ostream &os, ArrayRef<Constant> constants, const WeightsLayout &layout) {
  os.write(layout.head.data(), layout.head.size());
  int64_t written = layout.head.size();
  for (auto [index, constant] : llvm::enumerate(constants)) {
    if (layout.storedAs[index] != index)
      continue;
    ConstantBytes bytes(constant.value);
    os.write_zeros(layout.offsets[index] - written);
    os.write(bytes.get().data(), bytes.get().size());
    written = layout.offsets[index] + bytes.get().size();
  }
}

void printEmbeddedWeights(raw_ostream &os, ArrayRef<Constant> constants,
                          const WeightsLayout &layout, StringRef attribute) {
  for (auto [index, constant] : llvm::enumerate(constants)) {
    if (layout.storedAs[index] != index || constant.bytes == 0)
      continue;
    ShapedType type = constant.value.getShapedType();
    os << attribute << "alignas(" << kWeightsAlignment << ") constexpr "
       << getCppType(type.getElementType()) << " " << constant.name << "[] = { // "
       << printShape(type.getShape()) << "\n";
    printLiterals(os, type.getElementType(), ConstantBytes(constant.value).get());
    os << "\n};\n";
  }
}

} // namespace nnc::codegen
