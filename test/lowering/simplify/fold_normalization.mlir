// RUN: nnc-opt %s --nnc-fold-normalization --nnc-fold-constants --canonicalize --split-input-file | FileCheck %s

// variance + epsilon is 4: the factor is scale / 2, the offset shift - mean * factor.
// CHECK-LABEL: @after_conv
// CHECK-DAG: %[[W:.*]] = arith.constant dense<{{\[\[\[\[}}5.000000e-01, 6.000000e+00]]]]> : tensor<1x1x1x2xf32>
// CHECK-DAG: %[[B:.*]] = arith.constant dense<[9.500000e+00, 1.600000e+01]> : tensor<2xf32>
// CHECK: %[[Y:.*]] = nnc.conv2d %arg0, %[[W]] bias(%[[B]])
// CHECK-NEXT: return %[[Y]]
func.func @main(%x: tensor<1x4x4x1xf32>) -> tensor<1x4x4x2xf32> attributes {test = "@after_conv"} {
  %w = arith.constant dense<[[[[1.0, 3.0]]]]> : tensor<1x1x1x2xf32>
  %scale = arith.constant dense<[1.0, 4.0]> : tensor<2xf32>
  %shift = arith.constant dense<[10.0, 20.0]> : tensor<2xf32>
  %mean = arith.constant dense<[1.0, 2.0]> : tensor<2xf32>
  %variance = arith.constant dense<4.0> : tensor<2xf32>
  %0 = nnc.conv2d %x, %w : tensor<1x4x4x1xf32>, tensor<1x1x1x2xf32> -> tensor<1x4x4x2xf32>
  %1 = nnc.batch_norm %0 scale(%scale) shift(%shift) mean(%mean) variance(%variance) {epsilon = 0.0 : f32} : tensor<1x4x4x2xf32>, tensor<2xf32>, tensor<2xf32>, tensor<2xf32>, tensor<2xf32>
  return %1 : tensor<1x4x4x2xf32>
}

// -----

// The bias is scaled too: 2 * 0.5 + 9.5 and 1 * 2 + 16.
// CHECK-LABEL: @after_conv_with_bias
// CHECK: arith.constant dense<[1.050000e+01, 1.800000e+01]> : tensor<2xf32>
// CHECK-NOT: arith.mulf
// CHECK-NOT: arith.addf
func.func @main(%x: tensor<1x4x4x1xf32>) -> tensor<1x4x4x2xf32> attributes {test = "@after_conv_with_bias"} {
  %w = arith.constant dense<[[[[1.0, 3.0]]]]> : tensor<1x1x1x2xf32>
  %b = arith.constant dense<[2.0, 1.0]> : tensor<2xf32>
  %scale = arith.constant dense<[1.0, 4.0]> : tensor<2xf32>
  %shift = arith.constant dense<[10.0, 20.0]> : tensor<2xf32>
  %mean = arith.constant dense<[1.0, 2.0]> : tensor<2xf32>
  %variance = arith.constant dense<4.0> : tensor<2xf32>
  %0 = nnc.conv2d %x, %w bias(%b) : tensor<1x4x4x1xf32>, tensor<1x1x1x2xf32>, tensor<2xf32> -> tensor<1x4x4x2xf32>
  %1 = nnc.batch_norm %0 scale(%scale) shift(%shift) mean(%mean) variance(%variance) {epsilon = 0.0 : f32} : tensor<1x4x4x2xf32>, tensor<2xf32>, tensor<2xf32>, tensor<2xf32>, tensor<2xf32>
  return %1 : tensor<1x4x4x2xf32>
}

// -----

// CHECK-LABEL: @after_linear
// CHECK-DAG: %[[W:.*]] = arith.constant dense<{{\[\[}}2.000000e+00, 9.000000e+00]]> : tensor<1x2xf32>
// CHECK-DAG: %[[B:.*]] = arith.constant dense<[5.000000e+00, 6.000000e+00]> : tensor<2xf32>
// CHECK: nnc.linear %arg0, %[[W]] bias(%[[B]])
// CHECK-NOT: arith.mulf
// CHECK-NOT: arith.addf
func.func @main(%x: tensor<4x1xf32>) -> tensor<4x2xf32> attributes {test = "@after_linear"} {
  %w = arith.constant dense<[[1.0, 3.0]]> : tensor<1x2xf32>
  %f = arith.constant dense<[2.0, 3.0]> : tensor<2xf32>
  %s = arith.constant dense<[[5.0, 6.0]]> : tensor<1x2xf32>
  %0 = nnc.linear %x, %w : tensor<4x1xf32>, tensor<1x2xf32> -> tensor<4x2xf32>
  %bf = nnc.broadcast %f : tensor<2xf32> -> tensor<4x2xf32>
  %1 = arith.mulf %bf, %0 : tensor<4x2xf32>
  %bs = nnc.broadcast %s : tensor<1x2xf32> -> tensor<4x2xf32>
  %2 = arith.addf %1, %bs : tensor<4x2xf32>
  return %2 : tensor<4x2xf32>
}

// -----

// Without a layer a normalization is a multiplication and an addition.
// CHECK-LABEL: @no_layer
// CHECK-NOT: nnc.batch_norm
// CHECK: %[[P:.*]] = arith.mulf %arg0
// CHECK: arith.addf %[[P]]
func.func @main(%x: tensor<1x4x4x2xf32>) -> tensor<1x4x4x2xf32> attributes {test = "@no_layer"} {
  %v = arith.constant dense<[1.0, 4.0]> : tensor<2xf32>
  %0 = nnc.batch_norm %x scale(%v) shift(%v) mean(%v) variance(%v) {epsilon = 1.0e-5 : f32} : tensor<1x4x4x2xf32>, tensor<2xf32>, tensor<2xf32>, tensor<2xf32>, tensor<2xf32>
  return %0 : tensor<1x4x4x2xf32>
}

// -----

// Somebody else reads the layer as it is.
// CHECK-LABEL: @not_with_two_readers
// CHECK: %[[L:.*]] = nnc.linear %arg0, %{{.*}} : tensor<4x1xf32>
// CHECK: %[[M:.*]] = arith.mulf %[[L]]
// CHECK: return %[[L]], %[[M]]
func.func @main(%x: tensor<4x1xf32>) -> (tensor<4x2xf32>, tensor<4x2xf32>) attributes {test = "@not_with_two_readers"} {
  %w = arith.constant dense<[[1.0, 3.0]]> : tensor<1x2xf32>
  %f = arith.constant dense<[2.0, 3.0]> : tensor<2xf32>
  %0 = nnc.linear %x, %w : tensor<4x1xf32>, tensor<1x2xf32> -> tensor<4x2xf32>
  %bf = nnc.broadcast %f : tensor<2xf32> -> tensor<4x2xf32>
  %1 = arith.mulf %0, %bf : tensor<4x2xf32>
  return %0, %1 : tensor<4x2xf32>, tensor<4x2xf32>
}

// -----

// One number a row is no number a channel.
// CHECK-LABEL: @not_per_row
// CHECK: %[[L:.*]] = nnc.linear
// CHECK: arith.mulf %[[L]]
func.func @main(%x: tensor<2x1xf32>) -> tensor<2x2xf32> attributes {test = "@not_per_row"} {
  %w = arith.constant dense<[[1.0, 3.0]]> : tensor<1x2xf32>
  %f = arith.constant dense<[[2.0], [3.0]]> : tensor<2x1xf32>
  %0 = nnc.linear %x, %w : tensor<2x1xf32>, tensor<1x2xf32> -> tensor<2x2xf32>
  %bf = nnc.broadcast %f : tensor<2x1xf32> -> tensor<2x2xf32>
  %1 = arith.mulf %0, %bf : tensor<2x2xf32>
  return %1 : tensor<2x2xf32>
}

// -----

// Weights that are computed stay as they are: a product of them at run time would cost more.
// CHECK-LABEL: @not_computed_weights
// CHECK: %[[L:.*]] = nnc.linear %arg0, %arg1 :
// CHECK: arith.mulf %[[L]]
func.func @main(%x: tensor<4x1xf32>, %w: tensor<1x2xf32>) -> tensor<4x2xf32> attributes {test = "@not_computed_weights"} {
  %f = arith.constant dense<[2.0, 3.0]> : tensor<2xf32>
  %0 = nnc.linear %x, %w : tensor<4x1xf32>, tensor<1x2xf32> -> tensor<4x2xf32>
  %bf = nnc.broadcast %f : tensor<2xf32> -> tensor<4x2xf32>
  %1 = arith.mulf %0, %bf : tensor<4x2xf32>
  return %1 : tensor<4x2xf32>
}

// -----

// The filter of a transposed convolution has the output channel last too, unless it has groups.
// CHECK-LABEL: @transposed
// CHECK: %[[W:.*]] = arith.mulf {{.*}} : tensor<2x2x4x4xf32>
// CHECK: nnc.conv_transpose2d %arg0, %[[W]]
// CHECK: %[[GROUPED:.*]] = nnc.conv_transpose2d
// CHECK: arith.mulf %[[GROUPED]]
func.func @transposed(%x: tensor<1x3x3x4xf32>) -> (tensor<1x4x4x4xf32>, tensor<1x4x4x4xf32>) {
  %w = arith.constant dense<2.0> : tensor<2x2x4x4xf32>
  %g = arith.constant dense<2.0> : tensor<2x2x4x2xf32>
  %s = arith.constant dense<[1.0, 2.0, 3.0, 4.0]> : tensor<4xf32>
  %scale = nnc.broadcast %s : tensor<4xf32> -> tensor<1x4x4x4xf32>
  %0 = nnc.conv_transpose2d %x, %w : tensor<1x3x3x4xf32>, tensor<2x2x4x4xf32> -> tensor<1x4x4x4xf32>
  %1 = arith.mulf %0, %scale : tensor<1x4x4x4xf32>
  %2 = nnc.conv_transpose2d %x, %g {groups = 2 : i64} : tensor<1x3x3x4xf32>, tensor<2x2x4x2xf32> -> tensor<1x4x4x4xf32>
  %3 = arith.mulf %2, %scale : tensor<1x4x4x4xf32>
  return %1, %3 : tensor<1x4x4x4xf32>, tensor<1x4x4x4xf32>
}
