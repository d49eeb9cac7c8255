// Generated code computes what the reference does: nodes of one row that rule out leaves, and of 21 rows, which are no whole number of registers.
// RUN: nnc check %s --passes nnc-select-trees
// RUN: nnc check %s --passes nnc-select-trees --target portable
// RUN: nnc-opt %s --nnc-select-trees | FileCheck %s
// CHECK-COUNT-3: nnc.tree_masks
func.func @main(%x: tensor<1x2xf32> {nnc.name = "x"}, %d: tensor<3x2xf64> {nnc.name = "d"}, %m: tensor<21x2xf32> {nnc.name = "m"}) -> (tensor<1x1xf32>, tensor<3x1xf64>, tensor<21x1xf32>) {
  %c = arith.constant dense<[[1, 0, 0], [0, 1, 1], [1, 1, 0]]> : tensor<3x3xi32>
  %t = arith.constant dense<[[0.1, 0.2, -0.3], [-0.1, 0.3, -0.6], [0.5, -0.5, 0.0]]> : tensor<3x3xf32>
  %l = arith.constant dense<[[1.0, 2.0, 3.0, 3.0], [5.0, 7.0, 11.0, 13.0], [0.5, 0.25, 0.125, 2.5]]> : tensor<3x4xf32>
  %0 = nnc.trees %x columns(%c) thresholds(%t) leaves(%l) : tensor<1x2xf32>, tensor<3x3xi32>, tensor<3x3xf32>, tensor<3x4xf32> -> tensor<1x1xf32>
  %c1 = arith.constant dense<[[0], [0], [0]]> : tensor<3x1xi32>
  %t64 = arith.constant dense<[[0.1], [-0.1], [0.5]]> : tensor<3x1xf64>
  %l64 = arith.constant dense<[[1.0, 2.0], [5.0, 7.0], [0.5, 0.25]]> : tensor<3x2xf64>
  %1 = nnc.trees %d columns(%c1) thresholds(%t64) leaves(%l64) : tensor<3x2xf64>, tensor<3x1xi32>, tensor<3x1xf64>, tensor<3x2xf64> -> tensor<3x1xf64>
  %zeros = arith.constant dense<0.0> : tensor<21x1xf32>
  %wider = tensor.concat dim(1) %m, %zeros : (tensor<21x2xf32>, tensor<21x1xf32>) -> tensor<21x3xf32>
  %r = arith.constant dense<[[0, 2], [1, 1]]> : tensor<2x2xi32>
  %n = arith.constant dense<[[1, 1], [0, 3], [2, 2], [2, 3], [2, 4]]> : tensor<5x2xi32>
  %w = arith.constant dense<[0.1, 0.2, 1.0, 1.0, 1.0]> : tensor<5xf32>
  %v = arith.constant dense<[[0.0], [0.0], [3.0], [1.0], [2.0]]> : tensor<5x1xf32>
  %2 = nnc.tree_walk %wider roots(%r) nodes(%n) thresholds(%w) values(%v) depth = 2 : tensor<21x3xf32>, tensor<2x2xi32>, tensor<5x2xi32>, tensor<5xf32>, tensor<5x1xf32> -> tensor<21x1xf32>
  return %0, %1, %2 : tensor<1x1xf32>, tensor<3x1xf64>, tensor<21x1xf32>
}
