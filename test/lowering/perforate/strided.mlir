// RUN: nnc-opt %s --split-input-file --nnc-form-perforated=form=strided | FileCheck %s

// Every other pixel of a row: a convolution with stride 2; then one whose last two taps read the same pixel of its input.
// CHECK: form = "2 of 4 positions, strided"
// CHECK-SAME: form = "2 of 4 positions, strided, 2 of 3 taps"
// CHECK-LABEL: @main
// CHECK-NOT: nnc.perforated
// CHECK: nnc.conv2d %{{.*}}, %{{.*}} {pads = array<i64: 0, 1, 0, 0>, strides = array<i64: 1, 2>} : tensor<1x1x4x1xf32>, tensor<1x3x1x1xf32> -> tensor<1x1x2x1xf32>
// CHECK: math.absf
// CHECK: %[[W:.*]] = arith.constant dense<{{\[\[\[\[}}1.000000e+00]], {{\[\[}}5.000000e+00]]]]> : tensor<1x2x1x1xf32>
// CHECK: nnc.conv2d %{{.*}}, %[[W]] {pads = array<i64: 0, 1, 0, 0>} : tensor<1x1x2x1xf32>, tensor<1x2x1x1xf32> -> tensor<1x1x2x1xf32>
func.func @main(%x: tensor<1x1x4x1xf32>) -> tensor<1x1x4x1xf32> {
  %w = arith.constant dense<[[[[1.0]], [[2.0]], [[3.0]]]]> : tensor<1x3x1x1xf32>
  %f = arith.constant dense<[[0, 0, 2, 2]]> : tensor<1x4xi32>
  %0 = nnc.conv2d %x, %w {pads = array<i64: 0, 1, 0, 1>} : tensor<1x1x4x1xf32>, tensor<1x3x1x1xf32> -> tensor<1x1x4x1xf32>
  %1 = nnc.perforate %0 fill(%f) : tensor<1x1x4x1xf32>, tensor<1x4xi32> -> tensor<1x1x4x1xf32>
  %2 = math.absf %1 : tensor<1x1x4x1xf32>
  %3 = nnc.conv2d %2, %w {pads = array<i64: 0, 1, 0, 1>} : tensor<1x1x4x1xf32>, tensor<1x3x1x1xf32> -> tensor<1x1x4x1xf32>
  %4 = nnc.perforate %3 fill(%f) : tensor<1x1x4x1xf32>, tensor<1x4xi32> -> tensor<1x1x4x1xf32>
  return %4 : tensor<1x1x4x1xf32>
}

// -----

// The first pixels are never read: they are left out.
// CHECK-LABEL: @main
// CHECK: tensor.extract_slice %{{.*}}[0, 0, 2, 0] [1, 1, 4, 1]
// CHECK: nnc.conv2d %{{.*}} {strides = array<i64: 1, 3>}
func.func @main(%x: tensor<1x1x6x1xf32>, %w: tensor<1x1x1x1xf32>) -> tensor<1x1x6x1xf32> {
  %f = arith.constant dense<[[2, 2, 2, 2, 5, 5]]> : tensor<1x6xi32>
  %0 = nnc.conv2d %x, %w : tensor<1x1x6x1xf32>, tensor<1x1x1x1xf32> -> tensor<1x1x6x1xf32>
  %1 = nnc.perforate %0 fill(%f) : tensor<1x1x6x1xf32>, tensor<1x6xi32> -> tensor<1x1x6x1xf32>
  return %1 : tensor<1x1x6x1xf32>
}

// -----

// A pooling of pixels that are kept: its second and third tap are one.
// CHECK-LABEL: @main
// CHECK: nnc.max_pool2d %{{.*}} {kernel = array<i64: 1, 2>, pads = array<i64: 0, 1, 0, 0>} : tensor<1x1x2x1xf32> -> tensor<1x1x2x1xf32>
func.func @main(%x: tensor<1x1x4x1xf32>, %w: tensor<1x1x1x1xf32>) -> tensor<1x1x2x1xf32> {
  %f = arith.constant dense<[[0, 0, 2, 2]]> : tensor<1x4xi32>
  %0 = nnc.conv2d %x, %w : tensor<1x1x4x1xf32>, tensor<1x1x1x1xf32> -> tensor<1x1x4x1xf32>
  %1 = nnc.perforate %0 fill(%f) : tensor<1x1x4x1xf32>, tensor<1x4xi32> -> tensor<1x1x4x1xf32>
  %2 = nnc.max_pool2d %1 {kernel = array<i64: 1, 3>, strides = array<i64: 1, 2>, pads = array<i64: 0, 1, 0, 0>} : tensor<1x1x4x1xf32> -> tensor<1x1x2x1xf32>
  return %2 : tensor<1x1x2x1xf32>
}
