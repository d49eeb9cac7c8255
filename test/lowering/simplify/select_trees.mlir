// RUN: nnc-opt %s --nnc-select-trees --split-input-file | FileCheck %s

// CHECK-LABEL: @many_rows
// CHECK: %[[X:.*]] = nnc.transpose %arg0 {{.*}} : tensor<32x3xf32> -> tensor<3x32xf32>
// CHECK: nnc.tree_selects %[[X]] columns(%arg1) thresholds(%arg2) leaves(%arg3)
func.func @many_rows(%x: tensor<32x3xf32>, %c: tensor<4x7xi32>, %t: tensor<4x7xf32>, %l: tensor<4x8xf32>) -> tensor<32x1xf32> {
  %0 = nnc.trees %x columns(%c) thresholds(%t) leaves(%l) : tensor<32x3xf32>, tensor<4x7xi32>, tensor<4x7xf32>, tensor<4x8xf32> -> tensor<32x1xf32>
  return %0 : tensor<32x1xf32>
}

// -----

// A row alone walks, and so do rows through deep trees; tables that are no constants stay.
// CHECK-LABEL: @others
// CHECK-NOT: nnc.tree_selects
func.func @others(%x: tensor<1x3xf32>, %many: tensor<32x3xf32>, %c: tensor<4x7xi32>, %t: tensor<4x7xf32>, %l: tensor<4x8xf32>, %dc: tensor<1x255xi32>, %dt: tensor<1x255xf32>, %dl: tensor<1x256xf32>) -> (tensor<1x1xf32>, tensor<32x1xf32>) {
  %0 = nnc.trees %x columns(%c) thresholds(%t) leaves(%l) : tensor<1x3xf32>, tensor<4x7xi32>, tensor<4x7xf32>, tensor<4x8xf32> -> tensor<1x1xf32>
  %1 = nnc.trees %many columns(%dc) thresholds(%dt) leaves(%dl) : tensor<32x3xf32>, tensor<1x255xi32>, tensor<1x255xf32>, tensor<1x256xf32> -> tensor<32x1xf32>
  return %0, %1 : tensor<1x1xf32>, tensor<32x1xf32>
}

// -----

// Nodes without a choice are gone: of the second tree only a leaf is left. Leaves read the column of zeros, number 2.
// CHECK-LABEL: @one_row
// CHECK-DAG: %[[ROOTS:.*]] = arith.constant dense<{{\[\[}}0, 2], [5, 0]]> : tensor<2x2xi32>
// CHECK-DAG: %[[NODES:.*]] = arith.constant dense<{{\[\[}}1, 1], [0, 3], [2, 2], [2, 3], [2, 4], [2, 5]]> : tensor<6x2xi32>
// CHECK-DAG: %[[T:.*]] = arith.constant dense<[1.000000e+01, 2.000000e+01, 1.000000e+00, 1.000000e+00, 1.000000e+00, 1.000000e+00]> : tensor<6xf32>
// CHECK-DAG: %[[V:.*]] = arith.constant dense<{{\[\[}}0.000000e+00], [0.000000e+00], [3.000000e+00], [1.000000e+00], [2.000000e+00], [5.000000e+00]]> : tensor<6x1xf32>
// CHECK: %[[X:.*]] = tensor.concat dim(1) %arg0
// CHECK: nnc.tree_walk %[[X]] roots(%[[ROOTS]]) nodes(%[[NODES]]) thresholds(%[[T]]) values(%[[V]]) depth = 2
func.func @one_row(%x: tensor<1x2xf32>) -> tensor<1x1xf32> {
  %c = arith.constant dense<[[1, 0, 0], [0, 1, 1]]> : tensor<2x3xi32>
  %t = arith.constant dense<[[10.0, 20.0, 30.0], [1.0, 2.0, 3.0]]> : tensor<2x3xf32>
  %l = arith.constant dense<[[1.0, 2.0, 3.0, 3.0], [5.0, 5.0, 5.0, 5.0]]> : tensor<2x4xf32>
  %0 = nnc.trees %x columns(%c) thresholds(%t) leaves(%l) : tensor<1x2xf32>, tensor<2x3xi32>, tensor<2x3xf32>, tensor<2x4xf32> -> tensor<1x1xf32>
  return %0 : tensor<1x1xf32>
}
