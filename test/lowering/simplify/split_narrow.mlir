// RUN: nnc-opt %s --split-input-file --pass-pipeline='builtin.module(func.func(nnc-split-narrow))' | FileCheck %s

// A pixel's products with the weights of all nine taps, then what each window needs of them.
// CHECK-LABEL: @score
// CHECK: %[[P:.*]] = nnc.conv2d %arg0, %{{.*}} : tensor<1x6x6x64xf32>, tensor<1x1x64x16xf32> -> tensor<1x6x6x16xf32>
// CHECK: nnc.conv2d %[[P]], %{{.*}} bias(%arg1) {{.*}}pads = array<i64: 1, 1, 1, 1>
// CHECK-SAME: tensor<1x6x6x16xf32>, tensor<3x3x16x1xf32>, tensor<1xf32> -> tensor<1x6x6x1xf32>
func.func @score(%x: tensor<1x6x6x64xf32>, %b: tensor<1xf32>) -> tensor<1x6x6x1xf32> {
  %w = arith.constant dense<0.5> : tensor<3x3x64x1xf32>
  %0 = nnc.conv2d %x, %w bias(%b) {pads = array<i64: 1, 1, 1, 1>} : tensor<1x6x6x64xf32>, tensor<3x3x64x1xf32>, tensor<1xf32> -> tensor<1x6x6x1xf32>
  return %0 : tensor<1x6x6x1xf32>
}

// -----

// Two outputs with nine taps, few channels, a stride, unknown weights: as they were.
// CHECK-LABEL: @others
// CHECK-NOT: x16xf32>
// CHECK: return
func.func @others(%x: tensor<1x6x6x64xf32>, %few: tensor<1x6x6x32xf32>, %v: tensor<3x3x64x1xf32>)
    -> (tensor<1x6x6x2xf32>, tensor<1x6x6x1xf32>, tensor<1x3x3x1xf32>, tensor<1x6x6x1xf32>) {
  %w = arith.constant dense<0.5> : tensor<3x3x64x2xf32>
  %u = arith.constant dense<0.5> : tensor<3x3x32x1xf32>
  %s = arith.constant dense<0.5> : tensor<3x3x64x1xf32>
  %0 = nnc.conv2d %x, %w {pads = array<i64: 1, 1, 1, 1>} : tensor<1x6x6x64xf32>, tensor<3x3x64x2xf32> -> tensor<1x6x6x2xf32>
  %1 = nnc.conv2d %few, %u {pads = array<i64: 1, 1, 1, 1>} : tensor<1x6x6x32xf32>, tensor<3x3x32x1xf32> -> tensor<1x6x6x1xf32>
  %2 = nnc.conv2d %x, %s {pads = array<i64: 1, 1, 1, 1>, strides = array<i64: 2, 2>} : tensor<1x6x6x64xf32>, tensor<3x3x64x1xf32> -> tensor<1x3x3x1xf32>
  %3 = nnc.conv2d %x, %v {pads = array<i64: 1, 1, 1, 1>} : tensor<1x6x6x64xf32>, tensor<3x3x64x1xf32> -> tensor<1x6x6x1xf32>
  return %0, %1, %2, %3 : tensor<1x6x6x2xf32>, tensor<1x6x6x1xf32>, tensor<1x3x3x1xf32>, tensor<1x6x6x1xf32>
}
