// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "KernelCase.h"

using namespace Halide;

namespace nnc::cpp {

static Var x("x"), y("y");

static KernelCase relu() {
  ImageParam in = denseInput(Float(32), "in", {64, 5});
  Func out("out");
  out(x, y) = max(in(x, y), 0.0f);
  out.vectorize(x, 16);
  return makeCase("relu", out, {in}, {64, 5});
}

/// One function of math.h on a vector and on the scalars behind it.
static KernelCase function(const std::string &name, Expr (*apply)(Expr)) {
  ImageParam in = denseInput(Float(32), "in", {40});
  Func vectors("vectors"), out("out");
  vectors(x) = apply(in(x));
  out(x) = vectors(x) + apply(in(36 - x));
  vectors.compute_root().vectorize(x, 8, TailStrategy::RoundUp);
  return makeCase("function_" + name, out, {in}, {37}, 3e-6);
}

static KernelCase powers() {
  ImageParam in = denseInput(Float(32), "in", {32}), exponent = denseInput(Float(32), "e", {32});
  Func out("out");
  out(x) = pow(abs(in(x)), exponent(x)) + pow(in(x), 3);
  out.vectorize(x, 16);
  return makeCase("powers", out, {in, exponent}, {32}, 1e-5);
}

static KernelCase selects() {
  ImageParam in = denseInput(Float(32), "in", {48}), level = denseInput(Int(32), "level", {48});
  Func out("out");
  Expr inside = (in(x) > -1.0f && in(x) < 1.0f) || level(x) == 3;
  out(x) = select(is_nan(in(x)) || !inside, -in(x), select(level(x) % 2 == 0, 1.0f, in(x)));
  out.vectorize(x, 16);
  return makeCase("selects", out, {in, level}, {48});
}

static KernelCase mixedWidthConditions() {
  ImageParam in = denseInput(Float(64), "in", {32}), bytes = denseInput(UInt(8), "bytes", {32});
  Func out("out");
  out(x) = select(in(x) > 0 && bytes(x) > 100, cast<int16_t>(bytes(x)), cast<int16_t>(-1));
  out.vectorize(x, 8);
  return makeCase("mixed_width_conditions", out, {in, bytes}, {32});
}

static KernelCase booleans() {
  ImageParam in = denseInput(Float(32), "in", {32}), mask = denseInput(Bool(), "mask", {32});
  Func out("out"), inner("inner");
  inner(x) = in(x) > 0.5f;
  out(x) = select(in(x) < -1.0f, !mask(x), (mask(x) && inner(x)) || in(x) < 0.1f);
  inner.compute_root().vectorize(x, 16);
  out.vectorize(x, 16);
  return makeCase("booleans", out, {in, mask}, {32});
}

static KernelCase doubles() {
  ImageParam in = denseInput(Float(64), "in", {24});
  Func out("out");
  out(x) = exp(in(x)) + sqrt(abs(in(x))) * floor(in(x)) + cast<double>(cast<float>(in(x)));
  out.vectorize(x, 8);
  return makeCase("doubles", out, {in}, {24}, 1e-12);
}

static KernelCase raggedPredicated() {
  ImageParam in = denseInput(Float(32), "in", {21, 3});
  Func out("out");
  out(x, y) = in(x, y) * 2.0f + in(20 - x, y);
  out.vectorize(x, 8, TailStrategy::GuardWithIf);
  return makeCase("ragged_predicated", out, {in}, {21, 3});
}

static KernelCase raggedPredicatedLoads() {
  ImageParam in = denseInput(Float(32), "in", {21, 3});
  Func out("out");
  out(x, y) = in(x, y) * 2.0f;
  out.vectorize(x, 8, TailStrategy::Predicate);
  return makeCase("ragged_predicate_loads", out, {in}, {21, 3});
}

static KernelCase raggedShifted() {
  ImageParam in = denseInput(Float(32), "in", {21, 3});
  Func out("out"), twice("twice");
  twice(x, y) = in(x, y) * 2.0f;
  out(x, y) = twice(x, y) + 1.0f;
  out.vectorize(x, 8, TailStrategy::ShiftInwards);
  twice.compute_at(out, y).vectorize(x, 16, TailStrategy::RoundUp);
  in.dim(0).set_bounds(0, 32);
  in.dim(1).set_stride(32);
  return makeCase("ragged_shifted", out, {in}, {21, 3});
}

static KernelCase unusualLanes() {
  ImageParam in = denseInput(Float(32), "in", {36});
  Func out("out"), inner("inner");
  inner(x) = in(x) + cast<float>(x);
  out(x) = inner(x) * inner(35 - x);
  inner.compute_root().vectorize(x, 12);
  out.vectorize(x, 12);
  return makeCase("unusual_lanes", out, {in}, {36});
}

static KernelCase wideVectors() {
  ImageParam in = denseInput(Float(32), "in", {256});
  Func out("out");
  out(x) = in(x) * 3.0f + in(255 - x);
  out.vectorize(x, 128);
  return makeCase("wide_vectors", out, {in}, {256}, 1e-6);
}

std::vector<KernelCase> elementwiseCases() {
  return {relu(),
          function("exp", [](Expr v) { return exp(v); }),
          function("log", [](Expr v) { return log(abs(v) + 0.1f); }),
          function("tanh", [](Expr v) { return tanh(v); }),
          function("sin", [](Expr v) { return sin(v * 3.0f); }),
          function("cos", [](Expr v) { return cos(v * 3.0f); }),
          function("sqrt", [](Expr v) { return sqrt(abs(v)); }),
          function("floor", [](Expr v) { return floor(v * 3.0f); }),
          function("ceil", [](Expr v) { return ceil(v * 3.0f); }),
          function("round", [](Expr v) { return round(v * 4.0f); }),
          function("trunc", [](Expr v) { return trunc(v * 3.0f); }),
          function("atan2", [](Expr v) { return atan2(v, v + 3.0f); }),
          function("fast_inverse", [](Expr v) { return abs(v) + 1.0f / (v * v + 1.0f); }),
          powers(),
          selects(),
          mixedWidthConditions(),
          booleans(),
          doubles(),
          raggedPredicated(),
          raggedPredicatedLoads(),
          raggedShifted(),
          unusualLanes(),
          wideVectors()};
}

} // namespace nnc::cpp
