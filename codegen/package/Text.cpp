// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "codegen/package/Text.h"

#include "mlir/IR/BuiltinTypes.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"

#include <array>
#include <charconv>
#include <cmath>
#include <cstring>

using namespace llvm;

namespace nnc::codegen {

//===--- Names ------------------------------------------------------------------------------===//

/// Keywords of C11 and C++20, macros of some compilers, and functions of C that standard headers
/// declare.
static constexpr StringLiteral kReserved[] = {"alignas",
                                              "alignof",
                                              "and",
                                              "and_eq",
                                              "asm",
                                              "auto",
                                              "bitand",
                                              "bitor",
                                              "bool",
                                              "break",
                                              "case",
                                              "catch",
                                              "char",
                                              "char8_t",
                                              "char16_t",
                                              "char32_t",
                                              "class",
                                              "co_await",
                                              "co_return",
                                              "co_yield",
                                              "compl",
                                              "concept",
                                              "const",
                                              "const_cast",
                                              "consteval",
                                              "constexpr",
                                              "constinit",
                                              "continue",
                                              "decltype",
                                              "default",
                                              "delete",
                                              "do",
                                              "double",
                                              "dynamic_cast",
                                              "else",
                                              "enum",
                                              "errno",
                                              "explicit",
                                              "export",
                                              "extern",
                                              "false",
                                              "float",
                                              "for",
                                              "friend",
                                              "goto",
                                              "if",
                                              "inline",
                                              "int",
                                              "linux",
                                              "long",
                                              "main",
                                              "mutable",
                                              "namespace",
                                              "new",
                                              "nnc",
                                              "noexcept",
                                              "not",
                                              "not_eq",
                                              "nullptr",
                                              "operator",
                                              "or",
                                              "or_eq",
                                              "private",
                                              "protected",
                                              "public",
                                              "register",
                                              "reinterpret_cast",
                                              "requires",
                                              "restrict",
                                              "return",
                                              "short",
                                              "signed",
                                              "sizeof",
                                              "static",
                                              "static_assert",
                                              "static_cast",
                                              "std",
                                              "struct",
                                              "switch",
                                              "template",
                                              "this",
                                              "thread_local",
                                              "throw",
                                              "true",
                                              "try",
                                              "typedef",
                                              "typeid",
                                              "typename",
                                              "union",
                                              "unix",
                                              "unsigned",
                                              "using",
                                              "virtual",
                                              "void",
                                              "volatile",
                                              "wchar_t",
                                              "while",
                                              "xor",
                                              "xor_eq",
                                              "abort",
                                              "abs",
                                              "acos",
                                              "asin",
                                              "atan",
                                              "cbrt",
                                              "ceil",
                                              "cos",
                                              "cosh",
                                              "div",
                                              "erf",
                                              "exit",
                                              "exp",
                                              "fabs",
                                              "floor",
                                              "fma",
                                              "fmax",
                                              "fmin",
                                              "fmod",
                                              "free",
                                              "gamma",
                                              "index",
                                              "j0",
                                              "j1",
                                              "jn",
                                              "labs",
                                              "log",
                                              "malloc",
                                              "memcpy",
                                              "pow",
                                              "rand",
                                              "remove",
                                              "rename",
                                              "rint",
                                              "round",
                                              "select",
                                              "signal",
                                              "sin",
                                              "sinh",
                                              "sqrt",
                                              "system",
                                              "tan",
                                              "tanh",
                                              "time",
                                              "trunc",
                                              "y0",
                                              "y1",
                                              "yn"};

std::string toIdentifier(StringRef name) {
  std::string result;
  for (char c : name)
    result += isAlnum(c) ? c : '_';
  StringRef trimmed = StringRef(result).ltrim('_');
  if (trimmed.empty())
    return "unnamed";
  if (isDigit(trimmed.front()))
    return ("n" + trimmed).str();
  return trimmed.str() + (is_contained(kReserved, trimmed) ? "_" : "");
}

bool isIdentifier(StringRef name) { return toIdentifier(name) == name; }

std::string IdentifierPool::take(StringRef name) {
  std::string base = toIdentifier(name), candidate = base;
  for (int number = 2; !taken.insert(candidate).second; ++number)
    candidate = base + "_" + std::to_string(number);
  return candidate;
}

std::string toComment(StringRef text) {
  std::string result;
  for (char c : text) {
    bool endsComment = c == '/' && StringRef(result).ends_with("*");
    bool opensComment = c == '*' && StringRef(result).ends_with("/");
    bool isTrigraph = c == '?' && StringRef(result).ends_with("?");
    bool isUnsafe = !isPrint(c) || c == '\\' || endsComment || opensComment || isTrigraph;
    result += isUnsafe ? '_' : c;
  }
  return result;
}

std::string toStringLiteral(StringRef text) {
  std::string result = "\"";
  raw_string_ostream os(result);
  for (unsigned char c : text) {
    if (isPrint(c) && c != '"' && c != '\\' && c != '?')
      os << c;
    else
      os << '\\' << static_cast<char>('0' + c / 64) << static_cast<char>('0' + c / 8 % 8)
         << static_cast<char>('0' + c % 8);
  }
  return result + "\"";
}

std::string printShape(ArrayRef<int64_t> shape) {
  return shape.empty() ? "scalar"
                       : join(map_range(shape, [](int64_t n) { return std::to_string(n); }), "x");
}

std::string printThousands(int64_t number) {
  std::string digits = std::to_string(number);
  for (int64_t at = static_cast<int64_t>(digits.size()) - 3; at > (number < 0 ? 1 : 0); at -= 3)
    digits.insert(at, ",");
  return digits;
}

//===--- Types and numbers ------------------------------------------------------------------===//

namespace {

/// What generated code calls one element type, and how it writes one number of it.
struct ElementKind {
  StringLiteral typeName;
  StringLiteral cppType;
  bool (*matches)(mlir::Type);
  std::string (*printLiteral)(const char *bytes);
};

template <unsigned width, bool isUnsigned> bool isIntegerType(mlir::Type type) {
  auto integer = dyn_cast<mlir::IntegerType>(type);
  return integer && integer.getWidth() == width && integer.isUnsigned() == isUnsigned;
}

template <typename T> T readElement(const char *bytes) {
  T value;
  std::memcpy(&value, bytes, sizeof value);
  return value;
}

std::string printBool(const char *bytes) { return *bytes ? "true" : "false"; }

template <typename T> std::string printInteger(const char *bytes) {
  T value = readElement<T>(bytes);
  if (std::is_unsigned_v<T>)
    return std::to_string(value) + (sizeof(T) < 4 ? "" : "u");
  if (sizeof(T) >= 4 && value == std::numeric_limits<T>::min()) // its magnitude has no literal
    return "(" + std::to_string(value + 1) + " - 1)";
  return std::to_string(value);
}

template <typename T> std::string printFloat(const char *bytes) {
  T value = readElement<T>(bytes);
  StringRef type = sizeof(T) == 4 ? "float" : "double";
  if (std::isnan(value))
    return ("std::numeric_limits<" + type + ">::quiet_NaN()").str();
  if (std::isinf(value))
    return ((value < 0 ? "-" : "") + ("std::numeric_limits<" + type + ">::infinity()")).str();
  std::array<char, 32> buffer;
  char *end = std::to_chars(buffer.begin(), buffer.end(), value).ptr;
  StringRef digits(buffer.data(), end - buffer.data());
  bool isWhole = digits.find_first_of(".e") == StringRef::npos;
  return (digits + (isWhole ? ".0" : "") + (sizeof(T) == 4 ? "f" : "")).str();
}

constexpr ElementKind kElementKinds[] = {
    {"float32", "float", [](mlir::Type t) { return t.isF32(); }, printFloat<float>},
    {"float64", "double", [](mlir::Type t) { return t.isF64(); }, printFloat<double>},
    {"bool", "bool", isIntegerType<1, false>, printBool},
    {"int8", "std::int8_t", isIntegerType<8, false>, printInteger<int8_t>},
    {"int16", "std::int16_t", isIntegerType<16, false>, printInteger<int16_t>},
    {"int32", "std::int32_t", isIntegerType<32, false>, printInteger<int32_t>},
    {"int64", "std::int64_t", isIntegerType<64, false>, printInteger<int64_t>},
    {"uint8", "std::uint8_t", isIntegerType<8, true>, printInteger<uint8_t>},
    {"uint16", "std::uint16_t", isIntegerType<16, true>, printInteger<uint16_t>},
    {"uint32", "std::uint32_t", isIntegerType<32, true>, printInteger<uint32_t>},
    {"uint64", "std::uint64_t", isIntegerType<64, true>, printInteger<uint64_t>},
};

const ElementKind *findElementKind(mlir::Type type) {
  const ElementKind *found = find_if(kElementKinds, [&](auto &kind) { return kind.matches(type); });
  return found == std::end(kElementKinds) ? nullptr : found;
}

} // namespace

StringRef getCppType(mlir::Type elementType) {
  const ElementKind *kind = findElementKind(elementType);
  return kind ? StringRef(kind->cppType) : "";
}

StringRef getTypeName(mlir::Type elementType) {
  const ElementKind *kind = findElementKind(elementType);
  return kind ? StringRef(kind->typeName) : "";
}

void printLiterals(raw_ostream &os, mlir::Type elementType, ArrayRef<char> bytes) {
  const ElementKind *kind = findElementKind(elementType);
  assert(kind && "callers refuse types that have no literals");
  size_t size = divideCeil(elementType.getIntOrFloatBitWidth(), 8), column = 0;
  for (size_t offset = 0; offset < bytes.size(); offset += size) {
    std::string literal = kind->printLiteral(bytes.data() + offset) + ",";
    bool startsLine = column == 0 || column + literal.size() > 99;
    os << (column == 0 ? "    " : startsLine ? "\n    " : " ") << literal;
    column = (startsLine ? 3 : column) + 1 + literal.size();
  }
}

void printFilledIn(raw_ostream &os, StringRef text, const StringMap<std::string> &values) {
  while (!text.empty()) {
    auto [before, rest] = text.split('@');
    os << before;
    auto [key, behind] = rest.split('@');
    assert((key.empty() || values.contains(key)) &&
           "a template names a value that it is not given");
    os << values.lookup(key);
    text = behind;
  }
}

} // namespace nnc::codegen
