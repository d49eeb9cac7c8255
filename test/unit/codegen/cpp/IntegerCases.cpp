// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "KernelCase.h"

using namespace Halide;

namespace nnc::cpp {

static Var x("x"), y("y");

static KernelCase casts() {
  ImageParam in = denseInput(Float(32), "in", {32}), bytes = denseInput(UInt(8), "bytes", {32});
  Func out("out");
  Expr scaled = clamp(round(in(x) * 100.0f), 0.0f, 255.0f);
  out(x) =
      cast<int64_t>(cast<uint8_t>(scaled)) * 1000 + cast<int64_t>(cast<float>(bytes(x)) * 1.5f);
  out.vectorize(x, 16);
  return makeCase("casts", out, {in, bytes}, {32});
}

static KernelCase quantized() {
  ImageParam a = denseInput(UInt(8), "a", {64, 4}), b = denseInput(Int(8), "b", {64, 16});
  RDom r(0, 64, "r");
  Func sum("sum"), out("out");
  sum(x, y) = 0;
  sum(x, y) += cast<int32_t>(a(r, y)) * cast<int32_t>(b(r, x));
  out(x, y) = cast<int8_t>(clamp((sum(x, y) + 64) >> 7, -128, 127));
  out.vectorize(x, 16);
  sum.compute_at(out, x).vectorize(x, 16).update().vectorize(x, 16);
  return makeCase("quantized", out, {a, b}, {16, 4});
}

static KernelCase saturating() {
  ImageParam a = denseInput(UInt(8), "a", {64}), b = denseInput(UInt(8), "b", {64});
  Func out("out");
  Expr average = cast<uint8_t>((cast<uint16_t>(a(x)) + b(x) + 1) / 2);
  Expr sum = saturating_cast<uint8_t>(cast<int16_t>(a(x)) + cast<int16_t>(b(x)));
  out(x) = average + (sum - absd(a(x), b(x)));
  out.vectorize(x, 32);
  return makeCase("saturating", out, {a, b}, {64});
}

static KernelCase wrapping() {
  ImageParam a = denseInput(UInt(8), "a", {40}), b = denseInput(UInt(16), "b", {40});
  Func bytes("bytes"), out("out");
  bytes(x) = a(x) * a(39 - x) - cast<uint8_t>(7);
  out(x) = b(x) * b(x) * b(39 - x) + cast<uint16_t>(bytes(x) << 3) + (~b(x) ^ cast<uint16_t>(x));
  bytes.compute_root();
  return makeCase("wrapping", out, {a, b}, {40});
}

/// Division rounds down, for both signs, scalars and vectors.
static KernelCase divisions(const std::string &name, int lanes) {
  ImageParam a = denseInput(Int(32), "a", {32}), b = denseInput(Int(32), "b", {32});
  Func out("out");
  out(x) = a(x) / 7 + a(x) % 7 * 100 + a(x) / 8 * 10000 + a(x) % 8 + a(x) / b(x) + a(x) % b(x) +
           a(x) / -3 + (x - 16) / 5 + x / 3 + x % 5;
  if (lanes > 1)
    out.vectorize(x, lanes);
  return makeCase(name, out, {a, b}, {32});
}

static KernelCase shifts() {
  ImageParam a = denseInput(Int(32), "a", {32}), n = denseInput(Int(32), "n", {32});
  Func out("out");
  out(x) = (a(x) << 3) + (a(x) >> 2) + (a(x) >> clamp(n(x), -4, 4)) + (a(x) & 15) + (a(x) | 8);
  out.vectorize(x, 8);
  return makeCase("shifts", out, {a, n}, {32});
}

static KernelCase bits() {
  ImageParam a = denseInput(Int(32), "a", {20});
  Func out("out");
  out(x) = popcount(a(x)) + count_leading_zeros(a(x)) * 100 + cast<int>(abs(a(x)));
  return makeCase("bits", out, {a}, {20});
}

static KernelCase wideIntegers() {
  ImageParam a = denseInput(Int(64), "a", {32});
  RDom r(0, 32, "r");
  Func sum("sum"), out("out");
  sum() += a(r) * Expr(int64_t{10000000000});
  out(x) = sum() + a(x) / 3 + max(a(x), cast<int64_t>(5));
  sum.compute_root();
  out.vectorize(x, 8);
  return makeCase("wide_integers", out, {a}, {32});
}

static KernelCase bitCasts() {
  ImageParam a = denseInput(Float(32), "a", {32});
  Func out("out");
  out(x) = reinterpret<int32_t>(a(x)) ^ reinterpret<int32_t>(cast<float>(x));
  out.vectorize(x, 8);
  return makeCase("bit_casts", out, {a}, {32});
}

std::vector<KernelCase> integerCases() {
  return {casts(),
          quantized(),
          saturating(),
          wrapping(),
          divisions("divisions_scalar", 1),
          divisions("divisions_vector", 8),
          shifts(),
          bits(),
          wideIntegers(),
          bitCasts()};
}

} // namespace nnc::cpp
