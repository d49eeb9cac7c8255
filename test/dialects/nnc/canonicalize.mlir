// RUN: nnc-opt %s --canonicalize | FileCheck %s

// CHECK-LABEL: @transposes_merge
// CHECK-NEXT: %[[T:.*]] = nnc.transpose %arg0 [1, 2, 0]
// CHECK-NEXT: return %[[T]]
func.func @transposes_merge(%x: tensor<2x3x4xf32>) -> tensor<3x4x2xf32> {
  %0 = nnc.transpose %x [2, 0, 1] : tensor<2x3x4xf32> -> tensor<4x2x3xf32>
  %1 = nnc.transpose %0 [2, 0, 1] : tensor<4x2x3xf32> -> tensor<3x4x2xf32>
  return %1 : tensor<3x4x2xf32>
}

// CHECK-LABEL: @transposes_cancel
// CHECK-NEXT: return %arg0
func.func @transposes_cancel(%x: tensor<2x3x4xf32>) -> tensor<2x3x4xf32> {
  %0 = nnc.transpose %x [2, 0, 1] : tensor<2x3x4xf32> -> tensor<4x2x3xf32>
  %1 = nnc.transpose %0 [1, 2, 0] : tensor<4x2x3xf32> -> tensor<2x3x4xf32>
  return %1 : tensor<2x3x4xf32>
}

// CHECK-LABEL: @transpose_of_ones_is_a_reshape
// CHECK-NEXT: nnc.reshape %arg0 : tensor<1x3x1x4xf32> -> tensor<3x1x4x1xf32>
func.func @transpose_of_ones_is_a_reshape(%x: tensor<1x3x1x4xf32>) -> tensor<3x1x4x1xf32> {
  %0 = nnc.transpose %x [1, 0, 3, 2] : tensor<1x3x1x4xf32> -> tensor<3x1x4x1xf32>
  return %0 : tensor<3x1x4x1xf32>
}

// CHECK-LABEL: @reshapes_merge
// CHECK-NEXT: nnc.reshape %arg0 : tensor<2x3x4xf32> -> tensor<4x6xf32>
func.func @reshapes_merge(%x: tensor<2x3x4xf32>) -> tensor<4x6xf32> {
  %0 = nnc.reshape %x : tensor<2x3x4xf32> -> tensor<24xf32>
  %1 = nnc.reshape %0 : tensor<24xf32> -> tensor<4x6xf32>
  return %1 : tensor<4x6xf32>
}

// CHECK-LABEL: @nothing_to_do
// CHECK-NEXT: return %arg0, %arg0, %arg0
func.func @nothing_to_do(%x: tensor<2x3xf32>) -> (tensor<2x3xf32>, tensor<2x3xf32>, tensor<2x3xf32>) {
  %0 = nnc.transpose %x [0, 1] : tensor<2x3xf32> -> tensor<2x3xf32>
  %1 = nnc.reshape %x : tensor<2x3xf32> -> tensor<2x3xf32>
  %2 = nnc.broadcast %x : tensor<2x3xf32> -> tensor<2x3xf32>
  return %0, %1, %2 : tensor<2x3xf32>, tensor<2x3xf32>, tensor<2x3xf32>
}

// CHECK-LABEL: @splats_keep_their_value
// CHECK: %[[A:.*]] = arith.constant dense<1.000000e+00> : tensor<3x2xf32>
// CHECK: %[[B:.*]] = arith.constant dense<1.000000e+00> : tensor<6xf32>
// CHECK: %[[C:.*]] = arith.constant dense<1.000000e+00> : tensor<5x2x3xf32>
// CHECK: return
func.func @splats_keep_their_value() -> (tensor<5x2x3xf32>, tensor<6xf32>, tensor<3x2xf32>) {
  %x = arith.constant dense<1.0> : tensor<2x3xf32>
  %0 = nnc.transpose %x [1, 0] : tensor<2x3xf32> -> tensor<3x2xf32>
  %1 = nnc.reshape %x : tensor<2x3xf32> -> tensor<6xf32>
  %2 = nnc.broadcast %x : tensor<2x3xf32> -> tensor<5x2x3xf32>
  return %2, %1, %0 : tensor<5x2x3xf32>, tensor<6xf32>, tensor<3x2xf32>
}
