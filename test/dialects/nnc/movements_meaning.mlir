// RUN: nnc-opt %s --nnc-to-linalg | FileCheck %s

// CHECK-DAG: #[[PERMUTED:.*]] = affine_map<(d0, d1, d2, d3) -> (d0, d3, d1, d2)>
// CHECK-DAG: #[[ONES:.*]] = affine_map<(d0, d1, d2) -> (d1, 0)>

// CHECK-LABEL: @transpose
// CHECK: linalg.generic {indexing_maps = [#[[PERMUTED]], {{.*}}nnc.iterators = ["n", "y", "x", "k"]
func.func @transpose(%x: tensor<2x3x4x5xf32>) -> tensor<2x4x5x3xf32> {
  %0 = nnc.transpose %x [0, 2, 3, 1] : tensor<2x3x4x5xf32> -> tensor<2x4x5x3xf32>
  return %0 : tensor<2x4x5x3xf32>
}

// CHECK-LABEL: @reshape_collapses
// CHECK-NEXT: tensor.collapse_shape %arg0 {{\[}}[0, 1], [2]] : tensor<2x3x4xf32> into tensor<6x4xf32>
// CHECK-NEXT: return
func.func @reshape_collapses(%x: tensor<2x3x4xf32>) -> tensor<6x4xf32> {
  %0 = nnc.reshape %x : tensor<2x3x4xf32> -> tensor<6x4xf32>
  return %0 : tensor<6x4xf32>
}

// CHECK-LABEL: @reshape_expands
// CHECK-NEXT: tensor.expand_shape %arg0 {{\[}}[0, 1], [2]] output_shape [2, 3, 4] : tensor<6x4xf32> into tensor<2x3x4xf32>
// CHECK-NEXT: return
func.func @reshape_expands(%x: tensor<6x4xf32>) -> tensor<2x3x4xf32> {
  %0 = nnc.reshape %x : tensor<6x4xf32> -> tensor<2x3x4xf32>
  return %0 : tensor<2x3x4xf32>
}

// CHECK-LABEL: @reshape_by_one_dimension
// CHECK-NEXT: %[[FLAT:.*]] = tensor.collapse_shape %arg0 {{\[}}[0, 1]] : tensor<4x6xf32> into tensor<24xf32>
// CHECK-NEXT: tensor.expand_shape %[[FLAT]] {{\[}}[0, 1]] output_shape [3, 8] : tensor<24xf32> into tensor<3x8xf32>
func.func @reshape_by_one_dimension(%x: tensor<4x6xf32>) -> tensor<3x8xf32> {
  %0 = nnc.reshape %x : tensor<4x6xf32> -> tensor<3x8xf32>
  return %0 : tensor<3x8xf32>
}

// CHECK-LABEL: @broadcast
// CHECK: linalg.generic {indexing_maps = [#[[ONES]], {{.*}}nnc.iterators = ["d0", "d1", "d2"]
func.func @broadcast(%x: tensor<3x1xf32>) -> tensor<2x3x4xf32> {
  %0 = nnc.broadcast %x : tensor<3x1xf32> -> tensor<2x3x4xf32>
  return %0 : tensor<2x3x4xf32>
}

// CHECK-LABEL: @gather
// CHECK: linalg.generic {{.*}} ins(%arg1 : tensor<6xi64>)
// CHECK: %[[PICK:.*]] = arith.index_cast
// CHECK: %[[LEAST:.*]] = arith.maxsi %[[PICK]]
// CHECK: %[[CLAMPED:.*]] = arith.minsi %[[LEAST]]
// CHECK: tensor.extract %arg0[%{{.*}}, %[[CLAMPED]], %{{.*}}]
func.func @gather(%x: tensor<3x4x5xf32>, %i: tensor<6xi64>) -> tensor<3x6x5xf32> {
  %0 = nnc.gather %x at %i axis = 1 : tensor<3x4x5xf32>, tensor<6xi64> -> tensor<3x6x5xf32>
  return %0 : tensor<3x6x5xf32>
}
