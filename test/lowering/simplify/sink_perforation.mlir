// RUN: nnc-opt %s --split-input-file --nnc-sink-movements | FileCheck %s

// A mask moves below what computes each pixel from the same one, so that a normalization meets its convolution.
// CHECK-LABEL: @main
// CHECK: %[[C:.*]] = nnc.conv2d %arg0
// CHECK: %[[N:.*]] = nnc.batch_norm %[[C]]
// CHECK: %[[R:.*]] = arith.maximumf %[[N]]
// CHECK: %[[P:.*]] = nnc.perforate %[[R]] {{.*}} {nnc.mask = "grid"}
// CHECK: return %[[P]]
func.func @main(%x: tensor<1x1x4x2xf32>, %w: tensor<1x1x2x2xf32>, %s: tensor<2xf32>) -> tensor<1x1x4x2xf32> {
  %f = arith.constant dense<[[0, 0, 3, 3]]> : tensor<1x4xi32>
  %zero = arith.constant dense<0.0> : tensor<1x1x4x2xf32>
  %0 = nnc.conv2d %x, %w : tensor<1x1x4x2xf32>, tensor<1x1x2x2xf32> -> tensor<1x1x4x2xf32>
  %1 = nnc.perforate %0 fill(%f) {nnc.mask = "grid"} : tensor<1x1x4x2xf32>, tensor<1x4xi32> -> tensor<1x1x4x2xf32>
  %2 = nnc.batch_norm %1 scale(%s) shift(%s) mean(%s) variance(%s) {epsilon = 1.0e-5 : f32}
    : tensor<1x1x4x2xf32>, tensor<2xf32>, tensor<2xf32>, tensor<2xf32>, tensor<2xf32>
  %3 = arith.maximumf %2, %zero : tensor<1x1x4x2xf32>
  return %3 : tensor<1x1x4x2xf32>
}

// -----

// A sum of images of one mask has it; one with a whole image has not, nor one with numbers that differ by position.
// CHECK-LABEL: @main
// CHECK: %[[P:.*]] = nnc.perforate %arg0
// CHECK: %[[S:.*]] = arith.addf %arg0, %arg1
// CHECK: nnc.perforate %[[S]]
// CHECK: arith.addf %[[P]], %arg1
// CHECK: %[[B:.*]] = nnc.broadcast %arg2
// CHECK: arith.mulf %[[P]], %[[B]]
func.func @main(%x: tensor<1x1x4x2xf32>, %y: tensor<1x1x4x2xf32>, %z: tensor<4x1xf32>)
    -> (tensor<1x1x4x2xf32>, tensor<1x1x4x2xf32>, tensor<1x1x4x2xf32>) {
  %f = arith.constant dense<[[0, 0, 3, 3]]> : tensor<1x4xi32>
  %0 = nnc.perforate %x fill(%f) : tensor<1x1x4x2xf32>, tensor<1x4xi32> -> tensor<1x1x4x2xf32>
  %1 = nnc.perforate %y fill(%f) : tensor<1x1x4x2xf32>, tensor<1x4xi32> -> tensor<1x1x4x2xf32>
  %2 = arith.addf %0, %1 : tensor<1x1x4x2xf32>
  %3 = arith.addf %0, %y : tensor<1x1x4x2xf32>
  %b = nnc.broadcast %z : tensor<4x1xf32> -> tensor<1x1x4x2xf32>
  %4 = arith.mulf %0, %b : tensor<1x1x4x2xf32>
  return %2, %3, %4 : tensor<1x1x4x2xf32>, tensor<1x1x4x2xf32>, tensor<1x1x4x2xf32>
}
