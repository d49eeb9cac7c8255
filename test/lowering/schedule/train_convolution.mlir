// RUN: nnc-opt %s --split-input-file "--pass-pipeline=builtin.module(nnc-form-kernels,any(nnc-to-linalg),nnc-schedule-kernels{target=x86-64-v4})" | FileCheck %s --check-prefixes=CHECK,V4
// RUN: nnc-opt %s --split-input-file "--pass-pipeline=builtin.module(nnc-form-kernels,any(nnc-to-linalg),nnc-schedule-kernels{target=x86-64-v3})" | FileCheck %s --check-prefixes=CHECK,V3

// The filters first: eight pixels of a padded row by both of them, vectors of channels, then the cores for these pixels.
// Rows are padded one by one as filters come to them.
// CHECK-LABEL: halide.kernel
// CHECK: %[[PAD:.*]] = tensor.pad
// CHECK: %[[FILTER:.*]] = linalg.generic {{.*}}nnc.iterators = ["n", "y", "x", "r", "c", "ky", "kx"]
// CHECK: %[[FILTERED:.*]] = linalg.generic {{.*}}nnc.iterators = ["n", "y", "x", "r", "c"]
// CHECK: linalg.generic {{.*}}nnc.iterators = ["n", "y", "x", "q", "i", "c", "r"]
// CHECK: %[[STATE:.*]] = linalg.generic {{.*}}nnc.iterators = ["n", "y", "x", "q", "i"]
// CHECK: linalg.generic {{.*}}nnc.iterators = ["n", "y", "x", "j", "q", "c", "r"]
// CHECK: %[[LAST:.*]] = linalg.generic {{.*}}nnc.iterators = ["n", "y", "x", "j", "q"]
// CHECK: %[[OUT:.*]] = linalg.generic {{.*}}nnc.iterators = ["n", "y", "x", "k"]
// CHECK: halide.split %[[OUT]] "x" into "xo", "xi" by 8 :
// CHECK: halide.compute_at %[[PAD]] at %[[OUT]] "y"
// CHECK: halide.store_at %[[PAD]] at %[[OUT]] "n"
// V4: halide.split %[[FILTERED]] "c" into "co", "cl" by 16 :
// V3: halide.split %[[FILTERED]] "c" into "co", "cl" by 8 :
// CHECK: halide.unroll %[[FILTERED]] "rt"
// CHECK: halide.unroll %[[FILTERED]] "xt"
// CHECK: halide.compute_at %[[FILTERED]] at %[[OUT]] "xo"
// CHECK: halide.compute_at %[[FILTER]] at %[[FILTERED]] "ro"
// CHECK: halide.store_in %[[FILTER]] "register"
// CHECK: halide.vectorize %[[STATE]] "il"
// CHECK: halide.compute_at %[[STATE]] at %[[OUT]] "xo"
// CHECK: halide.vectorize %[[LAST]] "ql"
// CHECK: halide.compute_at %[[LAST]] at %[[OUT]] "xo"
func.func @main(%x: tensor<1x16x16x64xf32>) -> tensor<1x16x16x64xf32> {
  %s = arith.constant dense<1.0> : tensor<3x3x2xf32>
  %g1 = arith.constant dense<1.0> : tensor<2x4x4x2xf32>
  %g2 = arith.constant dense<1.0> : tensor<2x16x16x1xf32>
  %0 = nnc.tt_conv2d %x spatial(%s) cores(%g1, %g2) {pads = array<i64: 1, 1, 1, 1>} : tensor<1x16x16x64xf32>, tensor<3x3x2xf32>,
    (tensor<2x4x4x2xf32>, tensor<2x16x16x1xf32>) -> tensor<1x16x16x64xf32>
  return %0 : tensor<1x16x16x64xf32>
}

// -----

// The filters last: rows of contracted pixels, and the same rows padded, stay while filters read them; the first state is
// computed for the pixels of one tile.
// CHECK-LABEL: halide.kernel
// CHECK: linalg.generic {{.*}}nnc.iterators = ["n", "y", "x", "i", "q", "c", "r"]
// CHECK: %[[STATE:.*]] = linalg.generic {{.*}}nnc.iterators = ["n", "y", "x", "i", "q"]
// CHECK: linalg.generic {{.*}}nnc.iterators = ["n", "y", "x", "q", "j", "c", "r"]
// CHECK: %[[ROWS:.*]] = linalg.generic {{.*}}nnc.iterators = ["n", "y", "x", "q", "j"]
// CHECK: %[[PAD:.*]] = tensor.pad
// CHECK: %[[FILTER:.*]] = linalg.generic {{.*}}nnc.iterators = ["n", "y", "x", "k", "ky", "kx", "r"]
// CHECK: %[[LANDING:.*]] = linalg.generic
// CHECK: %[[OUT:.*]] = linalg.generic
// CHECK: halide.compute_at %[[LANDING]] at %[[OUT]] "xo"
// CHECK: halide.store_in %[[FILTER]] "register"
// V4: halide.vectorize %[[ROWS]] "jl"
// CHECK: halide.compute_at %[[STATE]] at %[[ROWS]] "x
// CHECK: halide.compute_at %[[ROWS]] at %[[OUT]] "y"
// CHECK: halide.store_at %[[ROWS]] at %[[OUT]] "n"
// CHECK: halide.compute_at %[[PAD]] at %[[OUT]] "y"
// CHECK: halide.store_at %[[PAD]] at %[[OUT]] "n"
func.func @main(%x: tensor<1x16x16x64xf32>) -> tensor<1x16x16x64xf32> {
  %s = arith.constant dense<1.0> : tensor<3x3x2xf32>
  %g1 = arith.constant dense<1.0> : tensor<2x4x4x2xf32>
  %g2 = arith.constant dense<1.0> : tensor<2x16x16x1xf32>
  %0 = nnc.tt_conv2d %x spatial(%s) cores(%g1, %g2) order(last_to_first) {pads = array<i64: 1, 1, 1, 1>} : tensor<1x16x16x64xf32>, tensor<3x3x2xf32>,
    (tensor<2x4x4x2xf32>, tensor<2x16x16x1xf32>) -> tensor<1x16x16x64xf32>
  return %0 : tensor<1x16x16x64xf32>
}
