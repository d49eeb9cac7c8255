// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "frontend/npz/Npy.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/CheckedArithmetic.h"
#include "llvm/Support/Endian.h"
#include "llvm/Support/MathExtras.h"

#include <optional>

using namespace llvm;

namespace nnc::npz {

namespace {

struct ElementType {
  StringLiteral name;
  StringLiteral code; ///< As in a header, behind the byte order.
  int64_t size;
};

constexpr ElementType kTypes[] = {
    {"float32", "f4", 4}, {"float64", "f8", 8}, {"float16", "f2", 2}, {"bool", "b1", 1},
    {"int8", "i1", 1},    {"int16", "i2", 2},   {"int32", "i4", 4},   {"int64", "i8", 8},
    {"uint8", "u1", 1},   {"uint16", "u2", 2},  {"uint32", "u4", 4},  {"uint64", "u8", 8},
};

constexpr StringLiteral kMagic = "\x93NUMPY";
constexpr uint64_t kLongestHeader = 1 << 16;
constexpr size_t kHighestRank = 32;

const ElementType *findType(StringRef name) {
  const ElementType *found =
      find_if(kTypes, [&](const ElementType &type) { return type.name == name; });
  return found == std::end(kTypes) ? nullptr : found;
}

/// The text between the magic number and the elements: a Python dictionary.
struct Header {
  std::string descr;
  bool isColumnMajor = false;
  std::vector<int64_t> shape;
};

/// Reads {'descr': '<f4', 'fortran_order': False, 'shape': (2, 3), }, with the keys in any order.
class HeaderParser {
public:
  explicit HeaderParser(StringRef text) : rest(text) {}

  Expected<Header> parse() {
    if (!consume("{"))
      return fail("a dictionary");
    while (!consume("}")) {
      if (Error error = parseEntry())
        return std::move(error);
      if (!consume(",") && !StringRef(rest).ltrim().starts_with("}"))
        return fail("',' or '}'");
    }
    if (!hasType || !hasOrder || !hasShape)
      return fail("the keys 'descr', 'fortran_order' and 'shape'");
    return std::move(header);
  }

private:
  bool consume(StringRef token) {
    rest = rest.ltrim();
    return rest.consume_front(token);
  }

  Error fail(const Twine &expected) const {
    return createStringError("its header has no " + expected + " at '" + rest.take_front(20) + "'");
  }

  Expected<std::string> parseString() {
    char quote = consume("'") ? '\'' : consume("\"") ? '"' : 0;
    size_t end = quote ? rest.find(quote) : StringRef::npos;
    if (end == StringRef::npos)
      return fail("quoted string");
    std::string text = rest.take_front(end).str();
    rest = rest.drop_front(end + 1);
    return text;
  }

  Error parseEntry() {
    Expected<std::string> key = parseString();
    if (!key)
      return key.takeError();
    if (!consume(":"))
      return fail("':'");
    if (*key == "descr")
      return parseType();
    if (*key == "fortran_order")
      return parseOrder();
    if (*key == "shape")
      return parseShape();
    return createStringError("its header has an unknown key '" + StringRef(*key).take_front(20) +
                             "'");
  }

  Error parseType() {
    hasType = true;
    if (StringRef(rest).ltrim().starts_with("["))
      return createStringError("it holds records, which cannot be read");
    Expected<std::string> type = parseString();
    if (!type)
      return type.takeError();
    header.descr = *type;
    return Error::success();
  }

  Error parseOrder() {
    hasOrder = true;
    header.isColumnMajor = consume("True");
    if (!header.isColumnMajor && !consume("False"))
      return fail("True or False");
    return Error::success();
  }

  Error parseShape() {
    hasShape = true;
    if (!consume("("))
      return fail("'('");
    while (!consume(")")) {
      uint64_t extent = 0;
      rest = rest.ltrim();
      if (rest.consumeInteger(10, extent) || extent > static_cast<uint64_t>(INT64_MAX))
        return fail("extent of a dimension");
      header.shape.push_back(extent);
      if (!consume(",") && !StringRef(rest).ltrim().starts_with(")"))
        return fail("',' or ')'");
    }
    return Error::success();
  }

  StringRef rest;
  Header header;
  bool hasType = false, hasOrder = false, hasShape = false;
};

Expected<std::vector<char>> readExactly(Read read, uint64_t count, const Twine &what) {
  Expected<std::vector<char>> bytes = read(count);
  if (bytes && bytes->size() != count)
    return createStringError("it ends within " + what + ": " + Twine(bytes->size()) + " bytes of " +
                             Twine(count));
  return bytes;
}

Expected<uint64_t> readHeaderLength(Read read) {
  Expected<std::vector<char>> start = readExactly(read, kMagic.size() + 2, "its head");
  if (!start)
    return start.takeError();
  if (StringRef(start->data(), kMagic.size()) != kMagic)
    return createStringError("it is no .npy array");
  int version = static_cast<unsigned char>((*start)[kMagic.size()]);
  if (version < 1 || version > 3)
    return createStringError("it has .npy version " + Twine(version) + "; 1, 2 and 3 can be read");
  Expected<std::vector<char>> length = readExactly(read, version == 1 ? 2 : 4, "its head");
  if (!length)
    return length.takeError();
  return version == 1 ? support::endian::read16le(length->data())
                      : support::endian::read32le(length->data());
}

Expected<Header> readHeader(Read read) {
  Expected<uint64_t> length = readHeaderLength(read);
  if (!length)
    return length.takeError();
  if (*length > kLongestHeader)
    return createStringError("its header has " + Twine(*length) + " bytes; at most " +
                             Twine(kLongestHeader) + " are read");
  Expected<std::vector<char>> text = readExactly(read, *length, "its header");
  if (!text)
    return text.takeError();
  return HeaderParser(StringRef(text->data(), text->size())).parse();
}

Expected<const ElementType *> findDescribedType(StringRef descr) {
  StringRef code = descr;
  bool isBigEndian = code.consume_front(">");
  if (!isBigEndian && !code.consume_front("<") && !code.consume_front("|"))
    code.consume_front("=");
  const ElementType *type = find_if(kTypes, [&](const ElementType &t) { return t.code == code; });
  if (type == std::end(kTypes) || (isBigEndian && type->size > 1))
    return createStringError("its elements are '" + descr.take_front(20) +
                             "'; known are little-endian " + join(listTypes(), ", "));
  return type;
}

/// The elements in row-major order, from column-major ones.
std::vector<char> toRowMajor(const std::vector<char> &bytes, ArrayRef<int64_t> shape,
                             int64_t size) {
  if (bytes.empty())
    return bytes;
  std::vector<char> result(bytes.size());
  std::vector<int64_t> index(shape.size(), 0), strides(shape.size(), size);
  for (size_t i = 1; i < shape.size(); ++i)
    strides[i] = strides[i - 1] * shape[i - 1];
  for (size_t to = 0; to < result.size(); to += size) {
    int64_t from = 0;
    for (size_t i = 0; i < shape.size(); ++i)
      from += index[i] * strides[i];
    std::copy_n(bytes.begin() + from, size, result.begin() + to);
    for (size_t i = shape.size(); i > 0; --i) {
      index[i - 1] = (index[i - 1] + 1) % shape[i - 1];
      if (index[i - 1] != 0)
        break;
    }
  }
  return result;
}

} // namespace

std::vector<StringRef> listTypes() {
  auto names = map_range(kTypes, [](const ElementType &type) -> StringRef { return type.name; });
  return {names.begin(), names.end()};
}

int64_t getElementSize(StringRef type) {
  const ElementType *found = findType(type);
  assert(found && "callers use types of listTypes");
  return found->size;
}

Expected<int64_t> countElements(ArrayRef<int64_t> shape, int64_t elementSize) {
  std::optional<int64_t> bytes = elementSize;
  for (int64_t extent : shape)
    bytes = extent < 0 || !bytes ? std::nullopt : checkedMul(*bytes, extent);
  if (!bytes)
    return createStringError("its shape stands for more bytes than any memory has");
  return *bytes / elementSize;
}

Expected<Array> readNpy(Read read) {
  Expected<Header> header = readHeader(read);
  if (!header)
    return header.takeError();
  Expected<const ElementType *> type = findDescribedType(header->descr);
  if (!type)
    return type.takeError();
  if (header->shape.size() > kHighestRank)
    return createStringError("it has " + Twine(header->shape.size()) + " dimensions; at most " +
                             Twine(kHighestRank) + " are read");
  Expected<int64_t> elements = countElements(header->shape, (*type)->size);
  if (!elements)
    return elements.takeError();
  Expected<std::vector<char>> bytes = readExactly(read, *elements * (*type)->size, "its elements");
  if (!bytes)
    return bytes.takeError();
  Expected<std::vector<char>> behind = read(1);
  if (!behind)
    return behind.takeError();
  if (!behind->empty())
    return createStringError("it has more bytes than its shape says");
  if (header->isColumnMajor)
    *bytes = toRowMajor(*bytes, header->shape, (*type)->size);
  return Array{(*type)->name.str(), std::move(header->shape), std::move(*bytes)};
}

std::string writeNpy(const Array &array) {
  const ElementType *type = findType(array.type);
  assert(type && "callers use types of listTypes");
  std::string shape;
  for (int64_t extent : array.shape)
    shape += std::to_string(extent) + ", ";
  std::string header = std::string("{'descr': '") + (type->size == 1 ? "|" : "<") +
                       type->code.str() + "', 'fortran_order': False, 'shape': (" +
                       StringRef(shape).rtrim(' ').str() + "), }";
  size_t start = kMagic.size() + 4;
  header.resize(alignTo(start + header.size() + 1, 64) - start - 1, ' ');
  header += '\n';
  std::string file = kMagic.str() + std::string("\x01\x00", 2);
  file += static_cast<char>(header.size() % 256);
  file += static_cast<char>(header.size() / 256);
  return file + header + std::string(array.bytes.begin(), array.bytes.end());
}

} // namespace nnc::npz
