// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "KernelCase.h"

using namespace Halide;

namespace nnc::cpp {

static Var c("c"), x("x"), y("y"), co("co"), ci("ci"), xo("xo"), xi("xi");

/// A register-tiled 3x3 convolution: 14 positions x 2 vectors of outputs.
static KernelCase convolution(const std::string &name, MemoryType accumulatorIn) {
  ImageParam in = denseInput(Float(32), "in", {8, 30, 6}), b = denseInput(Float(32), "b", {64});
  ImageParam w = denseInput(Float(32), "w", {64, 8, 3, 3});
  RDom r(0, 8, 0, 3, 0, 3, "r");
  Func acc("acc"), out("out");
  acc(c, x, y) = 0.0f;
  acc(c, x, y) += in(r.x, x + r.y, y + r.z) * w(c, r.x, r.y, r.z);
  out(c, x, y) = max(acc(c, x, y) + b(c), 0.0f);
  out.split(x, xo, xi, 14).split(c, co, ci, 32).reorder(ci, xi, xo, co, y);
  out.vectorize(ci, 16).unroll(ci).unroll(xi);
  acc.compute_at(out, xo).store_in(accumulatorIn).vectorize(c, 16).unroll(c).unroll(x);
  acc.update().reorder(c, x, r.x, r.y, r.z).vectorize(c, 16).unroll(c).unroll(x);
  return makeCase(name, out, {in, w, b}, {64, 28, 4}, 1e-5);
}

static KernelCase maxPool() {
  ImageParam in = denseInput(Float(32), "in", {16, 12, 12});
  RDom r(0, 3, 0, 3, "r");
  Func best("best"), out("out");
  best(c, x, y) = Float(32).min();
  best(c, x, y) = max(best(c, x, y), in(c, 2 * x + r.x, 2 * y + r.y));
  out(c, x, y) = best(c, x, y);
  out.vectorize(c, 16);
  best.compute_at(out, x).vectorize(c, 16).update().vectorize(c, 16).unroll(r.x);
  return makeCase("max_pool", out, {in}, {16, 5, 5});
}

static KernelCase argmax() {
  ImageParam in = denseInput(Float(32), "in", {20, 9});
  RDom r(0, 20, "r");
  Func out("out");
  out(y) = Tuple(0, Float(32).min());
  Expr isBetter = in(r, y) > out(y)[1];
  out(y) = Tuple(select(isBetter, r, out(y)[0]), select(isBetter, in(r, y), out(y)[1]));
  return makeCase("argmax", out, {in}, {9});
}

static KernelCase argmaxByVectors() {
  ImageParam in = denseInput(Float(32), "in", {16, 20});
  RDom r(0, 20, "r");
  Func best("best"), out("out");
  best(x) = Tuple(0, Float(32).min());
  Expr isBetter = in(x, r) > best(x)[1];
  best(x) = Tuple(select(isBetter, r, best(x)[0]), select(isBetter, in(x, r), best(x)[1]));
  out(x) = best(x)[0];
  out.vectorize(x, 8);
  best.compute_at(out, x).vectorize(x, 8).update().vectorize(x, 8);
  return makeCase("argmax_by_vectors", out, {in}, {16});
}

static KernelCase softmax() {
  ImageParam in = denseInput(Float(32), "in", {1000, 3});
  RDom r(0, 1000, "r");
  RVar ro("ro"), ri("ri");
  Func largest("largest"), e("e"), sum("sum"), out("out");
  largest(y) = in(0, y);
  largest(y) = max(largest(y), in(r, y));
  e(x, y) = exp(in(x, y) - largest(y));
  sum(y) += e(r, y);
  out(x, y) = e(x, y) / sum(y);
  out.vectorize(x, 16);
  largest.compute_at(out, y).update().atomic().vectorize(r, 8);
  e.compute_at(out, y).vectorize(x, 16);
  sum.compute_at(out, y).update().atomic().split(r, ro, ri, 8).vectorize(ri);
  return makeCase("softmax", out, {in}, {1000, 3}, 1e-5);
}

static KernelCase vectorReductions() {
  ImageParam in = denseInput(Float(32), "in", {64, 4});
  RDom r(0, 64, "r");
  Func sum("sum"), product("product"), any("any"), all("all"), out("out");
  sum(y) += in(r, y);
  product(y) = 1.0f;
  product(y) *= in(r, y) * 0.01f + 1.0f;
  any(y) = cast<bool>(false);
  any(y) = any(y) || in(r, y) > 1.99f;
  all(y) = cast<bool>(true);
  all(y) = all(y) && in(r, y) > -5.0f;
  out(y) = sum(y) + product(y) + select(any(y), 10.0f, 20.0f) + select(all(y), 100.0f, 200.0f);
  for (Func f : {sum, product, any, all}) {
    f.compute_root();
    f.update().atomic().vectorize(r, 16);
  }
  return makeCase("vector_reductions", out, {in}, {4}, 1e-5);
}

/// Adjacent lanes summed in groups: a reduction of a vector to a narrower one.
static KernelCase groupedReduction() {
  ImageParam in = denseInput(Float(32), "in", {4, 32});
  RDom r(0, 4, "r");
  Func sum("sum"), out("out");
  sum(x) += in(r, x);
  out(x) = sum(x);
  sum.compute_root().vectorize(x, 8).update().reorder(r, x).atomic().vectorize(r).vectorize(x, 8);
  return makeCase("grouped_reduction", out, {in}, {32}, 1e-5);
}

static KernelCase factoredSum() {
  ImageParam in = denseInput(Float(32), "in", {128});
  RDom r(0, 128, "r");
  RVar ro("ro"), ri("ri");
  Var u("u");
  Func sum("sum"), out("out");
  sum() += in(r);
  out(x) = sum() + in(x);
  Func partial = sum.update().split(r, ro, ri, 16).rfactor(ri, u);
  partial.compute_root().vectorize(u).update().vectorize(u);
  sum.compute_root();
  return makeCase("factored_sum", out, {in}, {128}, 1e-5);
}

static KernelCase scanInPlace() {
  ImageParam in = denseInput(Float(32), "in", {40});
  RDom r(1, 39, "r");
  Func out("out");
  out(x) = in(x);
  out(r) = out(r - 1) * 0.5f + out(r);
  return makeCase("scan_in_place", out, {in}, {40}, 1e-6);
}

std::vector<KernelCase> reductionCases() {
  return {convolution("conv_auto", MemoryType::Auto),
          convolution("conv_register", MemoryType::Register),
          convolution("conv_stack", MemoryType::Stack),
          maxPool(),
          argmax(),
          argmaxByVectors(),
          softmax(),
          vectorReductions(),
          groupedReduction(),
          factoredSum(),
          scanInPlace()};
}

} // namespace nnc::cpp
