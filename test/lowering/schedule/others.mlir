// RUN: nnc-opt %s --split-input-file "--pass-pipeline=builtin.module(nnc-form-kernels,any(nnc-to-linalg),nnc-schedule-kernels{target=x86-64-v4})" | FileCheck %s

// A product of two computed tensors: nothing to pack, a tile over rows and columns.
// CHECK-LABEL: halide.kernel @matmul
// CHECK-SAME: tensor<2x20x24xf32>)
// CHECK: halide.split %[[OUT:.*]] "d2" into "ko", "kb" by 16 tail(shift_inwards)
// CHECK: halide.compute_at %[[ACC:.*]] at %[[OUT]] "xo"
// CHECK: halide.store_in %[[ACC]] "register"
// CHECK-NOT: halide.bound_extent
// CHECK: func.func @main
func.func @main(%x: tensor<2x12x20xf32>, %y: tensor<2x20x24xf32>) -> tensor<2x12x24xf32> {
  %0 = nnc.matmul %x, %y : tensor<2x12x20xf32>, tensor<2x20x24xf32> -> tensor<2x12x24xf32>
  return %0 : tensor<2x12x24xf32>
}

// -----

// Vectors of channels that divide the 24, the window inside; the padded input is computed once.
// CHECK-LABEL: halide.kernel @depthwise
// CHECK: halide.compute_root %padded
// CHECK: halide.split %[[OUT:.*]] "k" into "ko", "ki" by 8 :
// CHECK: halide.vectorize %[[OUT]] "ki"
// CHECK: halide.compute_at %[[ACC:.*]] at %[[OUT]] "ko"
// CHECK: halide.store_in %[[ACC]] "register"
// CHECK: halide.reorder %[[ACC]] ["k", "x", "kx", "ky"] update(0)
func.func @main(%x: tensor<1x9x9x24xf32>) -> tensor<1x9x9x24xf32> {
  %w = arith.constant dense<1.0> : tensor<3x3x1x24xf32>
  %0 = nnc.conv2d %x, %w {groups = 24 : i64, pads = array<i64: 1, 1, 1, 1>} : tensor<1x9x9x24xf32>, tensor<3x3x1x24xf32> -> tensor<1x9x9x24xf32>
  return %0 : tensor<1x9x9x24xf32>
}

// -----

// CHECK-LABEL: halide.kernel @pool
// CHECK: halide.split %[[OUT:.*]] "k" into "ko", "ki" by 16 :
// CHECK: halide.compute_at %[[ACC:.*]] at %[[OUT]] "ko"
// CHECK: halide.vectorize %[[ACC]] "k" update(0)
func.func @main(%x: tensor<1x8x8x16xf32>) -> tensor<1x4x4x16xf32> {
  %0 = nnc.max_pool2d %x {kernel = array<i64: 2, 2>, strides = array<i64: 2, 2>} : tensor<1x8x8x16xf32> -> tensor<1x4x4x16xf32>
  return %0 : tensor<1x4x4x16xf32>
}

// -----

// The default: reductions on their own, rows in vectors.
// CHECK-LABEL: halide.kernel @softmax
// CHECK: halide.compute_root %[[MAX:.*]] : tensor<4xf32>
// CHECK: halide.compute_root %{{.*}} : tensor<4x20xf32>
// CHECK: halide.compute_root %[[SUM:.*]] : tensor<4xf32>
// CHECK: halide.split %[[OUT:.*]] "k" into "ko", "ki" by 16 tail(shift_inwards) : tensor<4x20xf32>
// CHECK: halide.vectorize %[[OUT]] "ki"
// CHECK: halide.yield %[[OUT]]
func.func @main(%x: tensor<4x20xf32>) -> tensor<4x20xf32> {
  %0 = nnc.softmax %x axis = 1 : tensor<4x20xf32>
  return %0 : tensor<4x20xf32>
}
