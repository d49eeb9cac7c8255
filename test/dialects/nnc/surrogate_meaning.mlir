// RUN: nnc-opt %s --nnc-to-linalg | FileCheck %s
// RUN: nnc-opt %s | nnc-opt | FileCheck %s --check-prefix=TEXT

// CHECK-LABEL: @distances
// CHECK: iterator_types = ["parallel", "parallel", "reduction"]
// CHECK: arith.subf
// CHECK: arith.mulf
// CHECK: arith.addf
// TEXT: nnc.distances %arg0 to %arg1 {power = 2.000000e+00 : f64} : tensor<2x3xf64>, tensor<3x5xf64> -> tensor<2x5xf64>
func.func @distances(%x: tensor<2x3xf64>, %p: tensor<3x5xf64>) -> tensor<2x5xf64> {
  %0 = nnc.distances %x to %p {power = 2.0 : f64} : tensor<2x3xf64>, tensor<3x5xf64> -> tensor<2x5xf64>
  return %0 : tensor<2x5xf64>
}

// CHECK-LABEL: @any_power
// CHECK: math.absf
// CHECK: math.powf
func.func @any_power(%x: tensor<2x3xf64>, %p: tensor<3x5xf64>) -> tensor<2x5xf64> {
  %0 = nnc.distances %x to %p {power = 1.5 : f64} : tensor<2x3xf64>, tensor<3x5xf64> -> tensor<2x5xf64>
  return %0 : tensor<2x5xf64>
}

// CHECK-LABEL: @distances_gradient
// CHECK: linalg.generic
// CHECK: arith.subf
// TEXT: nnc.distances_gradient %arg0 of %arg1 to %arg2
func.func @distances_gradient(%w: tensor<2x5xf64>, %x: tensor<2x3xf64>, %p: tensor<3x5xf64>) -> tensor<2x3xf64> {
  %0 = nnc.distances_gradient %w of %x to %p {power = 2.0 : f64} : tensor<2x5xf64>, tensor<2x3xf64>, tensor<3x5xf64> -> tensor<2x3xf64>
  return %0 : tensor<2x3xf64>
}

// Two levels, then the leaf; then the sum over trees.
// CHECK-LABEL: @trees
// CHECK: linalg.generic
// CHECK-COUNT-2: arith.cmpf olt
// CHECK: linalg.generic
// CHECK: arith.addf
// TEXT: nnc.trees %arg0 columns(%arg1) thresholds(%arg2) leaves(%arg3)
func.func @trees(%x: tensor<2x3xf64>, %c: tensor<4x3xi32>, %t: tensor<4x3xf64>, %l: tensor<4x4xf64>) -> tensor<2x1xf64> {
  %0 = nnc.trees %x columns(%c) thresholds(%t) leaves(%l) : tensor<2x3xf64>, tensor<4x3xi32>, tensor<4x3xf64>, tensor<4x4xf64> -> tensor<2x1xf64>
  return %0 : tensor<2x1xf64>
}

// All three nodes from the last to the first, summed in one loop over trees.
// CHECK-LABEL: @tree_selects
// CHECK: linalg.generic
// CHECK: linalg.generic
// CHECK-COUNT-3: arith.select
// CHECK: arith.addf
// TEXT: nnc.tree_selects %arg0 columns(%arg1) thresholds(%arg2) leaves(%arg3)
func.func @tree_selects(%x: tensor<3x2xf64>, %c: tensor<4x3xi32>, %t: tensor<4x3xf64>, %l: tensor<4x4xf64>) -> tensor<2x1xf64> {
  %0 = nnc.tree_selects %x columns(%c) thresholds(%t) leaves(%l) : tensor<3x2xf64>, tensor<4x3xi32>, tensor<4x3xf64>, tensor<4x4xf64> -> tensor<2x1xf64>
  return %0 : tensor<2x1xf64>
}

// A step for each level, then sums of what the last nodes say.
// CHECK-LABEL: @tree_walk
// CHECK: linalg.generic
// CHECK-COUNT-2: arith.cmpf olt
// CHECK: linalg.generic
// CHECK: arith.addf
// TEXT: nnc.tree_walk %arg0 roots(%arg1) nodes(%arg3) thresholds(%arg2) values(%arg4) depth = 2
func.func @tree_walk(%x: tensor<2x3xf64>, %r: tensor<4x2xi32>, %t: tensor<9xf64>, %n: tensor<9x2xi32>, %v: tensor<9x2xf64>) -> tensor<2x2xf64> {
  %0 = nnc.tree_walk %x roots(%r) nodes(%n) thresholds(%t) values(%v) depth = 2 : tensor<2x3xf64>, tensor<4x2xi32>, tensor<9x2xi32>, tensor<9xf64>, tensor<9x2xf64> -> tensor<2x2xf64>
  return %0 : tensor<2x2xf64>
}

// Bits that comparisons leave, then sums of the values of the lowest ones.
// CHECK-LABEL: @tree_masks
// CHECK: linalg.generic
// CHECK: arith.cmpf olt
// CHECK: arith.andi
// CHECK: linalg.generic
// CHECK: math.cttz
// CHECK: arith.addf
// TEXT: nnc.tree_masks %arg0 starts(%arg1) columns(%arg2) thresholds(%arg3) masks(%arg4) values(%arg5) longest = 9
func.func @tree_masks(%x: tensor<2x3xf64>, %s: tensor<3xi32>, %c: tensor<9xi32>, %t: tensor<9x16xf64>, %m: tensor<9x16xi64>, %v: tensor<17x4xf64>) -> tensor<2x1xf64> {
  %0 = nnc.tree_masks %x starts(%s) columns(%c) thresholds(%t) masks(%m) values(%v) longest = 9 : tensor<2x3xf64>, tensor<3xi32>, tensor<9xi32>, tensor<9x16xf64>, tensor<9x16xi64>, tensor<17x4xf64> -> tensor<2x1xf64>
  return %0 : tensor<2x1xf64>
}

// A tree to a group: the input is transposed.
// CHECK-LABEL: @tree_masks_of_rows
// TEXT: nnc.tree_masks {{.*}} : tensor<3x20xf32>{{.*}} -> tensor<20x1xf32>
func.func @tree_masks_of_rows(%x: tensor<3x20xf32>, %s: tensor<3xi32>, %c: tensor<9xi32>, %t: tensor<9x1xf32>, %m: tensor<9x1xi32>, %v: tensor<2x4xf32>) -> tensor<20x1xf32> {
  %0 = nnc.tree_masks %x starts(%s) columns(%c) thresholds(%t) masks(%m) values(%v) longest = 9 : tensor<3x20xf32>, tensor<3xi32>, tensor<9xi32>, tensor<9x1xf32>, tensor<9x1xi32>, tensor<2x4xf32> -> tensor<20x1xf32>
  return %0 : tensor<20x1xf32>
}
