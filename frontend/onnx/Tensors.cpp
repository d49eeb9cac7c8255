// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "frontend/onnx/Tensors.h"

#include "dialects/nnc/Constants.h"
#include "frontend/onnx/Emitter.h"

#include "mlir/IR/Diagnostics.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/Path.h"

using namespace mlir;
using namespace nnc;
using namespace nnc::frontend;
using ::onnx::TensorProto;

static Type getMlirType(MLIRContext *context, int32_t dataType) {
  Builder builder(context);
  switch (dataType) {
  case TensorProto::FLOAT:
    return builder.getF32Type();
  case TensorProto::DOUBLE:
    return builder.getF64Type();
  case TensorProto::FLOAT16:
    return builder.getF16Type();
  case TensorProto::BFLOAT16:
    return builder.getBF16Type();
  case TensorProto::BOOL:
    return builder.getI1Type();
  case TensorProto::INT8:
  case TensorProto::UINT8:
    return builder.getI8Type();
  case TensorProto::INT16:
  case TensorProto::UINT16:
    return builder.getI16Type();
  case TensorProto::INT32:
  case TensorProto::UINT32:
    return builder.getI32Type();
  case TensorProto::INT64:
  case TensorProto::UINT64:
    return builder.getI64Type();
  default:
    return {};
  }
}

static bool isUnsignedType(int32_t dataType) {
  return dataType == TensorProto::UINT8 || dataType == TensorProto::UINT16 ||
         dataType == TensorProto::UINT32 || dataType == TensorProto::UINT64;
}

FailureOr<ElementType> frontend::getElementType(Location location, int32_t dataType) {
  if (Type type = getMlirType(location.getContext(), dataType))
    return ElementType{type, isUnsignedType(dataType)};
  if (dataType != TensorProto::UNDEFINED && TensorProto::DataType_IsValid(dataType))
    return emitError(location) << "element type "
                               << TensorProto::DataType_Name(
                                      static_cast<TensorProto::DataType>(dataType))
                               << " is not supported";
  return emitError(location) << "element type number " << dataType << " is unknown";
}

//===--- data in the model file -------------------------------------------------------------===//

/// The elements of a typed field as packed bytes of `Element`.
template <typename Element, typename Field>
static SmallVector<char, 0> packField(const Field &field) {
  SmallVector<char, 0> bytes(field.size() * sizeof(Element));
  char *next = bytes.data();
  for (auto number : field) {
    auto element = static_cast<Element>(number);
    std::memcpy(next, &element, sizeof(Element));
    next += sizeof(Element);
  }
  return bytes;
}

/// The data of a tensor that has no raw data: each element type has a field of its own or shares
/// one.
static SmallVector<char, 0> packFields(const TensorProto &proto) {
  switch (proto.data_type()) {
  case TensorProto::FLOAT:
    return packField<float>(proto.float_data());
  case TensorProto::DOUBLE:
    return packField<double>(proto.double_data());
  case TensorProto::INT64:
    return packField<int64_t>(proto.int64_data());
  case TensorProto::UINT64:
    return packField<uint64_t>(proto.uint64_data());
  case TensorProto::UINT32:
    return packField<uint32_t>(proto.uint64_data());
  case TensorProto::INT32:
    return packField<int32_t>(proto.int32_data());
  case TensorProto::INT16:
  case TensorProto::UINT16:
  case TensorProto::FLOAT16:
  case TensorProto::BFLOAT16:
    return packField<uint16_t>(proto.int32_data());
  default:
    return packField<uint8_t>(proto.int32_data());
  }
}

FailureOr<ElementsAttr> TensorReader::read(Location location, const TensorProto &proto) {
  FailureOr<ElementType> elementType = getElementType(location, proto.data_type());
  if (failed(elementType))
    return failure();
  ArrayRef<int64_t> shape(proto.dims().data(), proto.dims().size());
  std::optional<int64_t> count = countElements(shape);
  if (!count)
    return emitError(location) << "dimensions [" << shape << "] are negative or too large";
  if (proto.has_segment())
    return emitError(location) << "tensors in segments are not supported";
  auto type = RankedTensorType::get(shape, elementType->type);
  uint64_t expected = getByteSize(type);
  SmallVector<char, 0> packed;
  StringRef bytes = proto.raw_data();
  if (proto.data_location() == TensorProto::EXTERNAL) {
    FailureOr<StringRef> external = readExternal(location, proto, expected);
    if (failed(external))
      return failure();
    bytes = *external;
  } else if (!proto.has_raw_data()) {
    packed = packFields(proto);
    bytes = StringRef(packed.data(), packed.size());
  }
  if (bytes.size() != expected)
    return emitError(location) << "dimensions [" << shape << "] need " << expected
                               << " bytes, but there are " << bytes.size();
  return makeConstant(type, ArrayRef<char>(bytes.data(), bytes.size()), proto.name());
}

//===--- data in other files ----------------------------------------------------------------===//

/// The real path of `name` in the model's folder; fails where it is not a regular file in that
/// folder.
static FailureOr<std::string> findExternal(Location location, StringRef modelPath, StringRef name) {
  SmallString<256> folder = llvm::sys::path::parent_path(modelPath), realFolder, realPath;
  if (folder.empty())
    folder = ".";
  SmallString<256> path = folder;
  llvm::sys::path::append(path, name);
  bool leaves =
      name.empty() || name.contains('\0') || llvm::sys::path::is_absolute(name) ||
      llvm::is_contained(llvm::make_range(llvm::sys::path::begin(name), llvm::sys::path::end(name)),
                         "..");
  if (leaves)
    return emitError(location) << "external data '" << name
                               << "' are not inside the model's folder";
  if (llvm::sys::fs::real_path(path, realPath) || llvm::sys::fs::real_path(folder, realFolder))
    return emitError(location) << "external data file '" << name << "' does not exist";
  StringRef rest = realPath;
  if (!rest.consume_front(realFolder) || !(rest.starts_with("/") || realFolder == "/"))
    return emitError(location) << "external data '" << name
                               << "' are not inside the model's folder";
  if (!llvm::sys::fs::is_regular_file(realPath))
    return emitError(location) << "external data '" << name << "' are not a regular file";
  return std::string(realPath);
}

FailureOr<StringRef> TensorReader::openExternal(Location location, StringRef name) {
  std::unique_ptr<llvm::MemoryBuffer> &file = files[name];
  if (file)
    return file->getBuffer();
  FailureOr<std::string> path = findExternal(location, modelPath, name);
  if (failed(path))
    return failure();
  auto buffer =
      llvm::MemoryBuffer::getFile(*path, /*IsText=*/false, /*RequiresNullTerminator=*/false);
  if (!buffer)
    return emitError(location) << "external data file '" << name
                               << "' cannot be read: " << buffer.getError().message();
  file = std::move(*buffer);
  return file->getBuffer();
}

FailureOr<StringRef> TensorReader::readExternal(Location location, const TensorProto &proto,
                                                uint64_t expected) {
  StringRef name;
  uint64_t offset = 0, length = expected;
  for (const auto &entry : proto.external_data()) {
    StringRef key = entry.key(), value = entry.value();
    if (key == "location")
      name = value;
    if ((key == "offset" && value.getAsInteger(10, offset)) ||
        (key == "length" && value.getAsInteger(10, length)))
      return emitError(location) << "external data " << key << " '" << value << "' is not a number";
  }
  FailureOr<StringRef> file = openExternal(location, name);
  if (failed(file))
    return failure();
  if (offset > file->size() || length > file->size() - offset)
    return emitError(location) << "external data need " << length << " bytes from " << offset
                               << " on, but file '" << name << "' has only " << file->size();
  StringRef bytes = file->substr(offset, length);
  hash.update(bytes);
  return bytes;
}
