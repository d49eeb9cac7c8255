// RUN: nnc-opt %s --nnc-standard=target=x86-64-v4 | FileCheck %s

// Two rows of 14 tiles are a block: transformed, multiplied in tiles of 14 x 2 vectors, transformed back.
// CHECK: halide.kernel
// CHECK: halide.split %[[OUT:.*]] "y" into "yo", "yi" by 4
// CHECK: halide.split %[[OUT]] "yo" into "yb", "yt" by 2
// CHECK: halide.compute_at %[[STORED:.*]] at %[[OUT]] "yb"
// CHECK: halide.split %[[STORED]] "t" into "to", "ti" by 14
// CHECK: halide.compute_at %[[SUM:.*]] at %[[STORED]] "to"
// CHECK: halide.store_in %[[SUM]] "register"
// CHECK: halide.compute_at %[[INPUT:.*]] at %[[OUT]] "yb"
// CHECK: halide.compute_at %{{.*}} at %[[INPUT]] "co"
func.func @main(%x: tensor<1x56x56x64xf32>) -> tensor<1x56x56x64xf32> {
  %w = arith.constant dense<1.0> : tensor<3x3x64x64xf32>
  %0 = nnc.conv2d %x, %w {pads = array<i64: 1, 1, 1, 1>} : tensor<1x56x56x64xf32>, tensor<3x3x64x64xf32> -> tensor<1x56x56x64xf32>
  return %0 : tensor<1x56x56x64xf32>
}

// RUN: nnc-opt %s --nnc-standard="target=x86-64-v4 exact=true" | FileCheck %s --check-prefix=EXACT
// EXACT: halide.kernel
// EXACT-NOT: winograd
