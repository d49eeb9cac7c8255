// RUN: nnc-opt %s --nnc-select-trees --split-input-file | FileCheck %s

// CHECK-LABEL: @many_rows
// CHECK: %[[X:.*]] = nnc.transpose %arg0 {{.*}} : tensor<32x3xf32> -> tensor<3x32xf32>
// CHECK: nnc.tree_selects %[[X]] columns(%arg1) thresholds(%arg2) leaves(%arg3)
func.func @many_rows(%x: tensor<32x3xf32>, %c: tensor<4x7xi32>, %t: tensor<4x7xf32>, %l: tensor<4x8xf32>) -> tensor<32x1xf32> {
  %0 = nnc.trees %x columns(%c) thresholds(%t) leaves(%l) : tensor<32x3xf32>, tensor<4x7xi32>, tensor<4x7xf32>, tensor<4x8xf32> -> tensor<32x1xf32>
  return %0 : tensor<32x1xf32>
}

// -----

// A row alone walks, and so do rows through deep trees.
// CHECK-LABEL: @others
// CHECK-NOT: nnc.tree_selects
func.func @others(%x: tensor<1x3xf32>, %many: tensor<32x3xf32>, %c: tensor<4x7xi32>, %t: tensor<4x7xf32>, %l: tensor<4x8xf32>, %dc: tensor<1x255xi32>, %dt: tensor<1x255xf32>, %dl: tensor<1x256xf32>) -> (tensor<1x1xf32>, tensor<32x1xf32>) {
  %0 = nnc.trees %x columns(%c) thresholds(%t) leaves(%l) : tensor<1x3xf32>, tensor<4x7xi32>, tensor<4x7xf32>, tensor<4x8xf32> -> tensor<1x1xf32>
  %1 = nnc.trees %many columns(%dc) thresholds(%dt) leaves(%dl) : tensor<32x3xf32>, tensor<1x255xi32>, tensor<1x255xf32>, tensor<1x256xf32> -> tensor<32x1xf32>
  return %0, %1 : tensor<1x1xf32>, tensor<32x1xf32>
}
