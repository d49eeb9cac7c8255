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

// Nodes without a choice are gone: of the second tree only a leaf is left. Where x[0] >= 20 the first leaf is ruled out, where x[1] >= 10 the first two are.
// CHECK-LABEL: @one_row
// CHECK-DAG: %[[STARTS:.*]] = arith.constant dense<[0, 2]> : tensor<2xi32>
// CHECK-DAG: %[[COLUMNS:.*]] = arith.constant dense<[0, 1]> : tensor<2xi32>
// CHECK-DAG: %[[T:.*]] = arith.constant dense<{{\[\[}}2.000000e+01, 0.000000e+00, {{.*}}], [1.000000e+01, 0.000000e+00, {{.*}}]]> : tensor<2x16xf32>
// CHECK-DAG: %[[M:.*]] = arith.constant dense<{{\[\[}}-2, -1, {{.*}}], [-4, -1, {{.*}}]]> : tensor<2x16xi32>
// CHECK-DAG: %[[V:.*]] = arith.constant dense<{{\[\[}}1.000000e+00, 2.000000e+00, 3.000000e+00], [5.000000e+00, 0.000000e+00, 0.000000e+00]]> : tensor<2x3xf32>
// CHECK: nnc.tree_masks %arg0 starts(%[[STARTS]]) columns(%[[COLUMNS]]) thresholds(%[[T]]) masks(%[[M]]) values(%[[V]]) longest = 2
func.func @one_row(%x: tensor<1x2xf32>) -> tensor<1x1xf32> {
  %c = arith.constant dense<[[1, 0, 0], [0, 1, 1]]> : tensor<2x3xi32>
  %t = arith.constant dense<[[10.0, 20.0, 30.0], [1.0, 2.0, 3.0]]> : tensor<2x3xf32>
  %l = arith.constant dense<[[1.0, 2.0, 3.0, 3.0], [5.0, 5.0, 5.0, 5.0]]> : tensor<2x4xf32>
  %0 = nnc.trees %x columns(%c) thresholds(%t) leaves(%l) : tensor<1x2xf32>, tensor<2x3xi32>, tensor<2x3xf32>, tensor<2x4xf32> -> tensor<1x1xf32>
  return %0 : tensor<1x1xf32>
}

// -----

// Six comparisons of trees that have no column in common are more than the four steps of two walks. Leaves read the column of zeros, number 6.
// CHECK-LABEL: @no_common_column
// CHECK-DAG: %[[ROOTS:.*]] = arith.constant dense<{{\[\[}}0, 2], [7, 2]]> : tensor<2x2xi32>
// CHECK-DAG: %[[NODES:.*]] = arith.constant dense<{{\[\[}}0, 1], [1, 3], [2, 5], [6, 3], [6, 4], {{.*}}]]> : tensor<14x2xi32>
// CHECK: %[[X:.*]] = tensor.concat dim(1) %arg0
// CHECK: nnc.tree_walk %[[X]] roots(%[[ROOTS]]) nodes(%[[NODES]]) {{.*}} depth = 2
func.func @no_common_column(%x: tensor<1x6xf32>) -> tensor<1x1xf32> {
  %c = arith.constant dense<[[0, 1, 2], [3, 4, 5]]> : tensor<2x3xi32>
  %t = arith.constant dense<[[10.0, 20.0, 30.0], [1.0, 2.0, 3.0]]> : tensor<2x3xf32>
  %l = arith.constant dense<[[1.0, 2.0, 3.0, 4.0], [5.0, 6.0, 7.0, 8.0]]> : tensor<2x4xf32>
  %0 = nnc.trees %x columns(%c) thresholds(%t) leaves(%l) : tensor<1x6xf32>, tensor<2x3xi32>, tensor<2x3xf32>, tensor<2x4xf32> -> tensor<1x1xf32>
  return %0 : tensor<1x1xf32>
}

// -----

// Rows are lanes, and trees groups of their own; the column of zeros, 2, is not copied.
// CHECK-LABEL: @walk_of_many_rows
// CHECK: %[[X:.*]] = nnc.transpose %arg0 {{.*}} : tensor<20x2xf32> -> tensor<2x20xf32>
// CHECK: nnc.tree_masks %[[X]] {{.*}} longest = 2 : {{.*}} tensor<2x1xi32>
func.func @walk_of_many_rows(%x: tensor<20x2xf32>) -> tensor<20x1xf32> {
  %zeros = arith.constant dense<0.0> : tensor<20x1xf32>
  %wider = tensor.concat dim(1) %x, %zeros : (tensor<20x2xf32>, tensor<20x1xf32>) -> tensor<20x3xf32>
  %r = arith.constant dense<[[0, 2]]> : tensor<1x2xi32>
  %n = arith.constant dense<[[1, 1], [0, 3], [2, 2], [2, 3], [2, 4]]> : tensor<5x2xi32>
  %t = arith.constant dense<[0.1, 0.2, 1.0, 1.0, 1.0]> : tensor<5xf32>
  %v = arith.constant dense<[[0.0], [0.0], [3.0], [1.0], [2.0]]> : tensor<5x1xf32>
  %0 = nnc.tree_walk %wider roots(%r) nodes(%n) thresholds(%t) values(%v) depth = 2 : tensor<20x3xf32>, tensor<1x2xi32>, tensor<5x2xi32>, tensor<5xf32>, tensor<5x1xf32> -> tensor<20x1xf32>
  return %0 : tensor<20x1xf32>
}

// -----

// Two values to a leaf, nodes that lead up, a walk that ends above leaves, and a last column that may not be zeros stay a walk.
// CHECK-LABEL: @stay
// CHECK-NOT: nnc.tree_masks
func.func @stay(%x: tensor<1x2xf32>, %any: tensor<1x3xf32>) -> (tensor<1x2xf32>, tensor<1x1xf32>, tensor<1x1xf32>, tensor<1x1xf32>) {
  %zero = arith.constant dense<0.0> : tensor<1x1xf32>
  %wider = tensor.concat dim(1) %x, %zero : (tensor<1x2xf32>, tensor<1x1xf32>) -> tensor<1x3xf32>
  %r = arith.constant dense<[[0, 1]]> : tensor<1x2xi32>
  %n = arith.constant dense<[[1, 1], [2, 1], [2, 2]]> : tensor<3x2xi32>
  %up = arith.constant dense<[[1, 1], [2, 0], [2, 2]]> : tensor<3x2xi32>
  %deep = arith.constant dense<[[1, 1], [0, 3], [2, 2], [2, 3], [2, 4]]> : tensor<5x2xi32>
  %t = arith.constant dense<[0.1, 1.0, 1.0]> : tensor<3xf32>
  %td = arith.constant dense<[0.1, 0.2, 1.0, 1.0, 1.0]> : tensor<5xf32>
  %v2 = arith.constant dense<[[0.0, 0.0], [3.0, 4.0], [5.0, 6.0]]> : tensor<3x2xf32>
  %v1 = arith.constant dense<[[0.0], [3.0], [5.0]]> : tensor<3x1xf32>
  %vd = arith.constant dense<[[0.0], [7.0], [3.0], [1.0], [2.0]]> : tensor<5x1xf32>
  %0 = nnc.tree_walk %wider roots(%r) nodes(%n) thresholds(%t) values(%v2) depth = 1 : tensor<1x3xf32>, tensor<1x2xi32>, tensor<3x2xi32>, tensor<3xf32>, tensor<3x2xf32> -> tensor<1x2xf32>
  %1 = nnc.tree_walk %wider roots(%r) nodes(%up) thresholds(%t) values(%v1) depth = 1 : tensor<1x3xf32>, tensor<1x2xi32>, tensor<3x2xi32>, tensor<3xf32>, tensor<3x1xf32> -> tensor<1x1xf32>
  %2 = nnc.tree_walk %wider roots(%r) nodes(%deep) thresholds(%td) values(%vd) depth = 1 : tensor<1x3xf32>, tensor<1x2xi32>, tensor<5x2xi32>, tensor<5xf32>, tensor<5x1xf32> -> tensor<1x1xf32>
  %3 = nnc.tree_walk %any roots(%r) nodes(%n) thresholds(%t) values(%v1) depth = 1 : tensor<1x3xf32>, tensor<1x2xi32>, tensor<3x2xi32>, tensor<3xf32>, tensor<3x1xf32> -> tensor<1x1xf32>
  return %0, %1, %2, %3 : tensor<1x2xf32>, tensor<1x1xf32>, tensor<1x1xf32>, tensor<1x1xf32>
}

// -----

// The same walk, whose last column is zeros, does not stay.
// CHECK-LABEL: @does_not_stay
// CHECK: nnc.tree_masks
func.func @does_not_stay(%x: tensor<1x2xf32>) -> tensor<1x1xf32> {
  %zero = arith.constant dense<0.0> : tensor<1x1xf32>
  %wider = tensor.concat dim(1) %x, %zero : (tensor<1x2xf32>, tensor<1x1xf32>) -> tensor<1x3xf32>
  %r = arith.constant dense<[[0, 1]]> : tensor<1x2xi32>
  %n = arith.constant dense<[[1, 1], [2, 1], [2, 2]]> : tensor<3x2xi32>
  %t = arith.constant dense<[0.1, 1.0, 1.0]> : tensor<3xf32>
  %v = arith.constant dense<[[0.0], [3.0], [5.0]]> : tensor<3x1xf32>
  %0 = nnc.tree_walk %wider roots(%r) nodes(%n) thresholds(%t) values(%v) depth = 1 : tensor<1x3xf32>, tensor<1x2xi32>, tensor<3x2xi32>, tensor<3xf32>, tensor<3x1xf32> -> tensor<1x1xf32>
  return %0 : tensor<1x1xf32>
}
