// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "tools/nnc/Compare.h"

#include "codegen/package/Text.h"

#include "llvm/Support/Format.h"
#include "llvm/Support/FormatVariadic.h"

#include <cmath>
#include <cstring>
#include <limits>

using namespace llvm;

namespace nnc::tools {

/// A number as printf's `format` writes it.
static std::string print(const char *format, double number) {
  std::string text;
  raw_string_ostream(text) << llvm::format(format, number);
  return text;
}

std::string Tolerance::describe() const {
  if (maxUlps)
    return print("at most %.0f ulp; integers equal", *maxUlps);
  return print("|a - b| <= %g", absolute) +
         print(" + %g * max |expected|; integers equal", relative);
}

namespace {

template <typename T> double countUlps(T a, T b) {
  using Bits = std::conditional_t<sizeof(T) == 4, int32_t, int64_t>;
  auto order = [](T number) {
    Bits bits;
    std::memcpy(&bits, &number, sizeof bits);
    return static_cast<double>(bits < 0 ? std::numeric_limits<Bits>::min() - bits : bits);
  };
  return std::isnan(a) || std::isnan(b) ? INFINITY : std::fabs(order(a) - order(b));
}

template <typename T> double measure(T a, T b) {
  if (a == b || (a != a && b != b))
    return 0;
  double distance = std::fabs(static_cast<double>(a) - static_cast<double>(b));
  return std::isnan(distance) ? INFINITY : distance;
}

template <typename T> Difference compareAs(const Buffer &actual, const Buffer &expected) {
  Difference result;
  double largest = 0;
  for (auto [index, a, b] : enumerate(actual.as<T>(), expected.as<T>())) {
    if (double magnitude = std::fabs(static_cast<double>(b)); std::isfinite(magnitude))
      largest = std::max(largest, magnitude);
    double distance = measure(a, b);
    if (distance == 0)
      continue;
    if (distance > result.absolute)
      result.position = index;
    result.absolute = std::max(result.absolute, distance);
    if constexpr (std::is_floating_point_v<T>)
      result.ulps = std::max(result.ulps, countUlps(a, b));
    else
      result.ulps = result.absolute;
  }
  result.relative = result.absolute == 0 ? 0 : result.absolute / largest;
  return result;
}

Difference dispatch(const Buffer &actual, const Buffer &expected) {
  mlir::Type type = expected.type.getElementType();
  if (type.isF32())
    return compareAs<float>(actual, expected);
  if (type.isF64())
    return compareAs<double>(actual, expected);
  switch (type.getIntOrFloatBitWidth()) {
  case 16:
    return compareAs<int16_t>(actual, expected);
  case 32:
    return compareAs<int32_t>(actual, expected);
  case 64:
    return compareAs<int64_t>(actual, expected);
  default:
    return compareAs<int8_t>(actual, expected);
  }
}

} // namespace

Difference compare(const Buffer &actual, const Buffer &expected, const Tolerance &tolerance) {
  Difference result = dispatch(actual, expected);
  if (!isa<mlir::FloatType>(expected.type.getElementType()))
    result.agrees = result.absolute == 0;
  else if (tolerance.maxUlps)
    result.agrees = result.ulps <= *tolerance.maxUlps;
  else if (result.absolute > 0) {
    double largest = result.absolute / result.relative;
    result.agrees = result.absolute <= tolerance.absolute + tolerance.relative * largest;
  }
  return result;
}

/// The name, or its start and "...".
static std::string shorten(const std::string &name, size_t width) {
  return name.size() <= width ? name : name.substr(0, width - 3) + "...";
}

bool printComparison(raw_ostream &os, StringRef title, ArrayRef<TensorSpec> specs,
                     ArrayRef<Buffer> actual, ArrayRef<Buffer> expected,
                     const Tolerance &tolerance) {
  constexpr const char *format = "{0,-4}  {1,-48} {2,12} {3,12} {4,12}  {5}\n";
  os << title << "\n"
     << formatv(format, "", "output", "max abs", "max rel", "max ulp", "worst element");
  bool agree = true;
  for (auto [spec, a, b] : zip_equal(specs, actual, expected)) {
    Difference difference = compare(a, b, tolerance);
    agree &= difference.agrees;
    std::string worst = difference.absolute == 0 ? "" : std::to_string(difference.position);
    os << formatv(format, difference.agrees ? "PASS" : "FAIL",
                  shorten(codegen::toComment(spec.name), 48), print("%.3g", difference.absolute),
                  print("%.3g", difference.relative), print("%.0f", difference.ulps), worst);
  }
  return agree;
}

} // namespace nnc::tools
