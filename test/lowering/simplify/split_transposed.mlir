// RUN: nnc-opt %s "--pass-pipeline=builtin.module(func.func(nnc-split-transposed))" --split-input-file | FileCheck %s

// Four phases of a 4x4 filter of stride 2, each of 2x2 taps; the padding of one cuts off the first and the last row and
// column. The ReLU stays with the layer.
// CHECK-LABEL: @phases
// CHECK: nnc.gather {{.*}} axis = 0 : tensor<2x2x2x2x3x5xf32>
// CHECK: nnc.gather {{.*}} axis = 2
// CHECK: %[[W:.*]] = nnc.reshape {{.*}} -> tensor<2x2x3x20xf32>
// CHECK: %[[Y:.*]] = nnc.conv2d %arg0, %[[W]] bias({{.*}}) {pads = array<i64: 1, 1, 1, 1>} {{.*}} -> tensor<1x7x8x20xf32>
// CHECK: %[[RELU:.*]] = arith.maximumf %[[Y]], %{{.*}} : tensor<1x7x8x20xf32>
// CHECK: nnc.reshape %[[RELU]] : tensor<1x7x8x20xf32> -> tensor<1x7x8x2x2x5xf32>
// CHECK: nnc.transpose %{{.*}} [0, 1, 3, 2, 4, 5]
// CHECK: %[[ALL:.*]] = nnc.reshape {{.*}} -> tensor<1x14x16x5xf32>
// CHECK: %[[CUT:.*]] = tensor.extract_slice %[[ALL]][0, 1, 1, 0] [1, 12, 14, 5] [1, 1, 1, 1]
// CHECK: return %[[CUT]]
func.func @phases(%x: tensor<1x6x7x3xf32>) -> tensor<1x12x14x5xf32> {
  %w = arith.constant dense<1.0> : tensor<4x4x3x5xf32>
  %b = arith.constant dense<2.0> : tensor<5xf32>
  %zero = arith.constant dense<0.0> : tensor<1x12x14x5xf32>
  %0 = nnc.conv_transpose2d %x, %w bias(%b) {strides = array<i64: 2, 2>, pads = array<i64: 1, 1, 1, 1>} : tensor<1x6x7x3xf32>, tensor<4x4x3x5xf32>, tensor<5xf32> -> tensor<1x12x14x5xf32>
  %1 = arith.maximumf %0, %zero : tensor<1x12x14x5xf32>
  return %1 : tensor<1x12x14x5xf32>
}

// -----

// Three taps are two for one phase and one for the other, which a zero fills up; the last row of phases is not computed
// where nothing of it is wanted.
// CHECK-LABEL: @ragged
// CHECK: tensor.pad {{.*}} low[0, 0, 0, 0] high[1, 0, 0, 0]
// CHECK: nnc.conv2d {{.*}} {pads = array<i64: 1, 0, 0, 0>} {{.*}} -> tensor<1x5x4x8xf32>
// CHECK: tensor.extract_slice %{{.*}}[0, 1, 0, 0] [1, 9, 4, 4]
func.func @ragged(%x: tensor<1x5x4x3xf32>) -> tensor<1x9x4x4xf32> {
  %w = arith.constant dense<1.0> : tensor<3x1x3x4xf32>
  %0 = nnc.conv_transpose2d %x, %w {strides = array<i64: 2, 1>, pads = array<i64: 1, 0, 1, 0>} : tensor<1x5x4x3xf32>, tensor<3x1x3x4xf32> -> tensor<1x9x4x4xf32>
  return %0 : tensor<1x9x4x4xf32>
}

// -----

// Stride 1 is a plain convolution with the filter backwards.
// CHECK-LABEL: @flipped
// CHECK: %[[Y:.*]] = nnc.conv2d {{.*}} {pads = array<i64: 2, 2, 2, 2>}
// CHECK-NEXT: return %[[Y]]
func.func @flipped(%x: tensor<1x5x4x3xf32>) -> tensor<1x7x6x4xf32> {
  %w = arith.constant dense<1.0> : tensor<3x3x3x4xf32>
  %0 = nnc.conv_transpose2d %x, %w : tensor<1x5x4x3xf32>, tensor<3x3x3x4xf32> -> tensor<1x7x6x4xf32>
  return %0 : tensor<1x7x6x4xf32>
}

// -----

// Groups, dilation, a computed filter, and a padding that leaves out whole inputs.
// CHECK-LABEL: @not_others
// CHECK-NOT: nnc.conv2d
// CHECK-COUNT-4: nnc.conv_transpose2d
func.func @not_others(%x: tensor<1x4x4x4xf32>, %computed: tensor<3x3x4x2xf32>) -> (tensor<1x6x6x4xf32>, tensor<1x8x8x2xf32>, tensor<1x6x6x2xf32>, tensor<1x3x3x2xf32>) {
  %w = arith.constant dense<1.0> : tensor<3x3x4x2xf32>
  %0 = nnc.conv_transpose2d %x, %w {groups = 2 : i64} : tensor<1x4x4x4xf32>, tensor<3x3x4x2xf32> -> tensor<1x6x6x4xf32>
  %1 = nnc.conv_transpose2d %x, %w {dilations = array<i64: 2, 2>} : tensor<1x4x4x4xf32>, tensor<3x3x4x2xf32> -> tensor<1x8x8x2xf32>
  %2 = nnc.conv_transpose2d %x, %computed : tensor<1x4x4x4xf32>, tensor<3x3x4x2xf32> -> tensor<1x6x6x2xf32>
  %3 = nnc.conv_transpose2d %x, %w {strides = array<i64: 2, 2>, pads = array<i64: 3, 3, 3, 3>} : tensor<1x4x4x4xf32>, tensor<3x3x4x2xf32> -> tensor<1x3x3x2xf32>
  return %0, %1, %2, %3 : tensor<1x6x6x4xf32>, tensor<1x8x8x2xf32>, tensor<1x6x6x2xf32>, tensor<1x3x3x2xf32>
}
