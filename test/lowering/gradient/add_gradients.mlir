// RUN: nnc-opt %s --split-input-file --nnc-add-gradients --verify-diagnostics | FileCheck %s

// CHECK-LABEL: @main
// CHECK-SAME: tensor<2x1xf64> {nnc.name = "y"}, tensor<2x1x3xf64> {nnc.name = "y_gradient"})
// CHECK: %[[S:.*]] = nnc.distances
// CHECK: %[[E:.*]] = math.exp
// CHECK: nnc.linear
// CHECK: nnc.transpose
// CHECK: %[[G:.*]] = nnc.linear
// CHECK: %[[M:.*]] = arith.mulf %[[G]], %[[E]]
// CHECK: %[[D:.*]] = nnc.distances_gradient {{.*}} of %arg0
func.func @main(%x: tensor<2x3xf64> {nnc.name = "x"}) -> (tensor<2x1xf64> {nnc.name = "y"}) {
  %p = arith.constant dense<0.5> : tensor<3x4xf64>
  %w = arith.constant dense<[[1.0], [2.0], [3.0], [4.0]]> : tensor<4x1xf64>
  %0 = nnc.distances %x to %p {power = 2.0 : f64} : tensor<2x3xf64>, tensor<3x4xf64> -> tensor<2x4xf64>
  %1 = arith.negf %0 : tensor<2x4xf64>
  %2 = math.exp %1 : tensor<2x4xf64>
  %3 = nnc.linear %2, %w : tensor<2x4xf64>, tensor<4x1xf64> -> tensor<2x1xf64>
  return %3 : tensor<2x1xf64>
}

// -----

func.func @main(%x: tensor<2x3xf64>) -> tensor<2x1xf64> {
  %c = arith.constant dense<0> : tensor<4x3xi32>
  %t = arith.constant dense<0.5> : tensor<4x3xf64>
  %l = arith.constant dense<1.0> : tensor<4x4xf64>
  // expected-error@+1 {{'nnc.trees' op has no gradient: a sum of trees is constant between its steps, and its gradient is 0 or undefined}}
  %0 = nnc.trees %x columns(%c) thresholds(%t) leaves(%l) : tensor<2x3xf64>, tensor<4x3xi32>, tensor<4x3xf64>, tensor<4x4xf64> -> tensor<2x1xf64>
  return %0 : tensor<2x1xf64>
}

// -----

func.func @main(%x: tensor<2x3xf64>) -> tensor<2x3xf64> {
  // expected-error@+1 {{'math.erf' op has no gradient: nnc knows no derivative of it}}
  %0 = math.erf %x : tensor<2x3xf64>
  return %0 : tensor<2x3xf64>
}

// -----

// expected-error@+1 {{takes 'tensor<3xf64>', but gradients are of points, a matrix of numbers}}
func.func @main(%x: tensor<3xf64>) -> tensor<3xf64> {
  return %x : tensor<3xf64>
}
