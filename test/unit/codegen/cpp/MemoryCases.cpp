// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "KernelCase.h"

using namespace Halide;

namespace nnc::cpp {

static Var x("x"), y("y"), xo("xo"), xi("xi"), yo("yo"), yi("yi");

static KernelCase strided(int stride) {
  ImageParam in = denseInput(Float(32), "in", {16 * stride + 1});
  Func out("out");
  out(x) = in(x * stride) - in(x * stride + 1);
  out.vectorize(x, 8);
  return makeCase("strided_" + std::to_string(stride), out, {in}, {16});
}

static KernelCase reversed() {
  ImageParam in = denseInput(Float(32), "in", {32});
  Func out("out");
  out(x) = in(31 - x);
  out.vectorize(x, 16);
  return makeCase("reversed", out, {in}, {32});
}

static KernelCase gather() {
  ImageParam in = denseInput(Float(32), "in", {201}), index = denseInput(Int(32), "index", {48});
  Func out("out");
  out(x) = in(unsafe_promise_clamped(index(x) + 100, 0, 200));
  out.vectorize(x, 16);
  return makeCase("gather", out, {in, index}, {48});
}

static KernelCase gatherRows() {
  ImageParam in = denseInput(Float(32), "in", {16, 201}),
             index = denseInput(UInt(8), "index", {12});
  Func out("out");
  out(x, y) = in(x, unsafe_promise_clamped(cast<int>(index(y)), 0, 200));
  out.vectorize(x, 16);
  return makeCase("gather_rows", out, {in, index}, {16, 12});
}

static KernelCase scatter() {
  ImageParam in = denseInput(Float(32), "in", {16});
  RDom r(0, 16, "r");
  Func out("out");
  out(x) = 0.0f;
  out(r * 3 % 16) = in(r);
  out.vectorize(x, 16);
  out.update().allow_race_conditions().vectorize(r, 8);
  return makeCase("scatter", out, {in}, {16});
}

static KernelCase transpose(bool byTiles) {
  ImageParam in = denseInput(Float(32), "in", {32, 32});
  Func out("out"), tile("tile");
  tile(x, y) = in(y, x);
  out(x, y) = tile(x, y);
  out.tile(x, y, xo, yo, xi, yi, 8, 8).vectorize(xi);
  if (byTiles) {
    out.unroll(yi);
    tile.compute_at(out, xo).reorder_storage(y, x).vectorize(y).unroll(x);
  }
  return makeCase(byTiles ? "transpose_tiles" : "transpose", out, {in}, {32, 32});
}

static KernelCase padded(const std::string &name, bool byRows) {
  ImageParam in = denseInput(Float(32), "in", {30, 12});
  Func pad("pad"), out("out");
  Expr inside = x >= 1 && x < 31 && y >= 1 && y < 13;
  pad(x, y) = select(inside, in(clamp(likely(x) - 1, 0, 29), clamp(likely(y) - 1, 0, 11)), -1.0f);
  out(x, y) = pad(x, y) + pad(x + 1, y + 1) + pad(x + 2, y + 2);
  out.vectorize(x, 8);
  if (byRows)
    pad.store_root().compute_at(out, y).vectorize(x, 8);
  else
    pad.compute_root().vectorize(x, 16);
  return makeCase(name, out, {in}, {30, 12}, 1e-6);
}

static KernelCase interleaved() {
  ImageParam in = denseInput(Float(32), "in", {16, 2});
  Func out("out");
  out(x) = select(x % 2 == 0, in(x / 2, 0), in(x / 2, 1) * 2.0f);
  out.vectorize(x, 16);
  return makeCase("interleaved", out, {in}, {32});
}

/// Stages of 16 KiB each, of which two live at a time.
static KernelCase chain() {
  ImageParam in = denseInput(Float(32), "in", {64, 64});
  std::vector<Func> stages;
  for (int i = 0; i < 5; ++i) {
    Func stage("stage");
    Expr before = i == 0 ? Expr(in(x, y)) : Expr(stages.back()(x, y));
    Expr mirrored = i == 0 ? Expr(in(63 - x, y)) : Expr(stages.back()(63 - x, y));
    stage(x, y) = before * 0.5f + mirrored;
    stage.vectorize(x, 16);
    if (i < 4)
      stage.compute_root();
    stages.push_back(stage);
  }
  return makeCase("chain", stages.back(), {in}, {64, 64}, 1e-6);
}

static KernelCase slidingWindow() {
  ImageParam in = denseInput(Float(32), "in", {64, 34});
  Func rows("rows"), out("out");
  rows(x, y) = in(x, y) * 2.0f;
  out(x, y) = rows(x, y) + rows(x, y + 1) + rows(x, y + 2);
  out.vectorize(x, 16);
  rows.store_root().compute_at(out, y).vectorize(x, 16);
  return makeCase("sliding_window", out, {in}, {64, 32}, 1e-6);
}

static KernelCase prefetched() {
  ImageParam in = denseInput(Float(32), "in", {64, 32});
  Func out("out");
  out(x, y) = in(x, y) + 1.0f;
  out.vectorize(x, 16).prefetch(in, y, y, 2);
  return makeCase("prefetched", out, {in}, {64, 32});
}

/// The tail of a split makes Halide repeat the temporary, once with an extent that varies.
static KernelCase repeatedTemporary() {
  ImageParam in = denseInput(Float(32), "in", {16, 20});
  Func acc("acc"), out("out");
  acc(x, y) = in(x, y) * 3.0f;
  out(x, y) = acc(x, y) + 1.0f;
  out.split(y, yo, yi, 8, TailStrategy::GuardWithIf).reorder(x, yi, yo).vectorize(x, 16);
  acc.compute_at(out, yo).vectorize(x, 16);
  return makeCase("repeated_temporary", out, {in}, {16, 20}, 1e-6);
}

static KernelCase lanesOfRegisters() {
  ImageParam in = denseInput(Float(32), "in", {8, 16});
  Func block("block"), out("out");
  block(x, y) = in(x, y) * 2.0f;
  out(x, y) = block(0, y) + block(7, y) * block(x, y);
  out.vectorize(x, 8);
  block.compute_at(out, y).vectorize(x, 8);
  return makeCase("lanes_of_registers", out, {in}, {8, 16}, 1e-6);
}

std::vector<KernelCase> memoryCases() {
  return {strided(2),
          strided(3),
          reversed(),
          gather(),
          gatherRows(),
          scatter(),
          transpose(false),
          transpose(true),
          padded("padded_root", false),
          padded("padded_rows", true),
          interleaved(),
          chain(),
          slidingWindow(),
          prefetched(),
          repeatedTemporary(),
          lanesOfRegisters()};
}

} // namespace nnc::cpp
