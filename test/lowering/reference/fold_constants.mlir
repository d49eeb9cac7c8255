// RUN: nnc-opt %s --nnc-fold-constants --split-input-file | FileCheck %s

// Weights that arithmetic and movements make from constants are constants.
// CHECK-LABEL: @main
// CHECK-NEXT: %[[W:.*]] = arith.constant dense<{{\[\[\[\[}}2.000000e+00, 6.000000e+00], [6.000000e+00, 1.200000e+01]]]]>
// CHECK-NEXT: nnc.conv2d %arg0, %[[W]]
func.func @main(%x: tensor<1x8x8x2xf32>) -> tensor<1x8x8x2xf32> {
  %w = arith.constant dense<[[[[1.0, 3.0], [2.0, 4.0]]]]> : tensor<1x1x2x2xf32>
  %s = arith.constant dense<[2.0, 3.0]> : tensor<2xf32>
  %wt = nnc.transpose %w [0, 1, 3, 2] : tensor<1x1x2x2xf32> -> tensor<1x1x2x2xf32>
  %sb = nnc.broadcast %s : tensor<2xf32> -> tensor<1x1x2x2xf32>
  %ws = arith.mulf %wt, %sb : tensor<1x1x2x2xf32>
  %y = nnc.conv2d %x, %ws : tensor<1x8x8x2xf32>, tensor<1x1x2x2xf32> -> tensor<1x8x8x2xf32>
  return %y : tensor<1x8x8x2xf32>
}

// -----

// A broadcast to 8 MB stays.
// CHECK-LABEL: @main
// CHECK-NEXT: arith.constant dense<[1.000000e+00, 5.000000e+00]>
// CHECK-NEXT: nnc.broadcast
func.func @main(%x: tensor<1000x1000x2xf32>) -> tensor<1000x1000x2xf32> {
  %a = arith.constant dense<[0.0, 3.0]> : tensor<2xf32>
  %b = arith.constant dense<[1.0, 2.0]> : tensor<2xf32>
  %s = arith.addf %a, %b : tensor<2xf32>
  %sb = nnc.broadcast %s : tensor<2xf32> -> tensor<1000x1000x2xf32>
  %y = arith.addf %x, %sb : tensor<1000x1000x2xf32>
  return %y : tensor<1000x1000x2xf32>
}

// -----

// A division by zero stays, and traps where it did.
// CHECK-LABEL: @main
// CHECK: arith.divsi
func.func @main() -> tensor<2xi32> {
  %a = arith.constant dense<[1, 2]> : tensor<2xi32>
  %b = arith.constant dense<[0, 1]> : tensor<2xi32>
  %s = arith.divsi %a, %b : tensor<2xi32>
  return %s : tensor<2xi32>
}

// -----

// Without constants there is nothing to do.
// CHECK-LABEL: @main
// CHECK-NEXT: nnc.transpose
func.func @main(%x: tensor<2x3xf32>) -> tensor<3x2xf32> {
  %y = nnc.transpose %x [1, 0] : tensor<2x3xf32> -> tensor<3x2xf32>
  return %y : tensor<3x2xf32>
}
