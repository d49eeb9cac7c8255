// RUN: nnc-opt %s --split-input-file --nnc-fold-constants --nnc-mark-sparse | FileCheck %s --check-prefixes=CHECK,MARKED
// RUN: nnc-opt %s --split-input-file --nnc-fold-constants --nnc-mark-sparse --nnc-sparsify-recurrences --nnc-form-sparse | FileCheck %s --check-prefixes=CHECK,PLAIN

// Encodings have outputs first, and what these read compressed.

// A posterior: log alpha of the first two means is 6, above the threshold.
// PLAIN-NOT: #sparse_tensor
// MARKED: #[[LINEAR:.*]] = #sparse_tensor.encoding<{ map = (d0, d1) -> (d1 : dense, d0 : compressed) }>
// CHECK-LABEL: @main
// MARKED: %[[W:.*]] = arith.constant dense<{{\[}}[0.000000e+00, 1.000000e+00], [0.000000e+00, 1.000000e+00]]> : tensor<2x2xf32, #[[LINEAR]]>
// MARKED: nnc.linear %arg0, %[[W]] : tensor<1x2xf32>, tensor<2x2xf32, #[[LINEAR]]> -> tensor<1x2xf32>
// PLAIN: nnc.linear %arg0, %{{.*}} : tensor<1x2xf32>, tensor<2x2xf32> -> tensor<1x2xf32>
func.func @main(%x: tensor<1x2xf32>) -> tensor<1x2xf32> {
  %m = arith.constant dense<[[0.04978707, 1.0], [0.04978707, 1.0]]> : tensor<2x2xf32>
  %s = arith.constant dense<[[0.0, -4.0], [0.0, -4.0]]> : tensor<2x2xf32>
  %w = nnc.variational_dropout %m, %s : tensor<2x2xf32>, tensor<2x2xf32> -> tensor<2x2xf32>
  %0 = nnc.linear %x, %w : tensor<1x2xf32>, tensor<2x2xf32> -> tensor<1x2xf32>
  return %0 : tensor<1x2xf32>
}

// -----

// Zeros of the model's own, in a convolution and a recurrence; a weight that only another operation has is none.
// PLAIN-NOT: #sparse_tensor
// MARKED: #[[CONV:.*]] = #sparse_tensor.encoding<{ map = (d0, d1, d2, d3) -> (d3 : dense, d0 : dense, d1 : dense, d2 : compressed) }>
// MARKED: #[[LSTM:.*]] = #sparse_tensor.encoding<{ map = (d0, d1, d2) -> (d1 : dense, d2 : dense, d0 : compressed) }>
// CHECK-LABEL: @main
// MARKED: nnc.conv2d %arg0, %{{.*}} : tensor<1x4x4x1xf32>, tensor<1x1x1x2xf32, #[[CONV]]> -> tensor<1x4x4x2xf32>
// MARKED: nnc.lstm %arg1 recurrent(%{{.*}}) initial(%arg2) : tensor<5x1x4x16xf32>, tensor<16x4x16xf32, #[[LSTM]]>, tensor<2x1x16xf32>
// PLAIN: nnc.sparse_lstm
// CHECK: arith.addf %{{.*}}, %{{.*}} : tensor<2x2xf32>
func.func @main(%x: tensor<1x4x4x1xf32>, %g: tensor<5x1x4x16xf32>, %i: tensor<2x1x16xf32>, %y: tensor<2x2xf32>)
    -> (tensor<1x4x4x2xf32>, tensor<5x2x1x16xf32>, tensor<2x2xf32>) {
  %f = arith.constant dense<[[[[0.0, 2.0]]]]> : tensor<1x1x1x2xf32>
  %r = arith.constant dense<0.0> : tensor<16x4x16xf32>
  %c = arith.constant dense<[[0.0, 2.0], [0.0, 3.0]]> : tensor<2x2xf32>
  %0 = nnc.conv2d %x, %f : tensor<1x4x4x1xf32>, tensor<1x1x1x2xf32> -> tensor<1x4x4x2xf32>
  %1 = nnc.lstm %g recurrent(%r) initial(%i) : tensor<5x1x4x16xf32>, tensor<16x4x16xf32>, tensor<2x1x16xf32> -> tensor<5x2x1x16xf32>
  %2 = arith.addf %y, %c : tensor<2x2xf32>
  return %0, %1, %2 : tensor<1x4x4x2xf32>, tensor<5x2x1x16xf32>, tensor<2x2xf32>
}

// -----

// Fewer than 30 % zeros are no sparsity.
// CHECK-NOT: #sparse_tensor
// CHECK-LABEL: @main
// CHECK: nnc.linear %arg0, %{{.*}} : tensor<1x2xf32>, tensor<2x2xf32> -> tensor<1x2xf32>
func.func @main(%x: tensor<1x2xf32>) -> tensor<1x2xf32> {
  %w = arith.constant dense<[[0.0, 2.0], [1.0, 3.0]]> : tensor<2x2xf32>
  %0 = nnc.linear %x, %w : tensor<1x2xf32>, tensor<2x2xf32> -> tensor<1x2xf32>
  return %0 : tensor<1x2xf32>
}
