// RUN: nnc-opt %s --nnc-mark-sparse --nnc-sparsify-recurrences | FileCheck %s

// No weights at all: every list is empty, and a table has at least one row.
// CHECK-LABEL: @empty
// CHECK: nnc.sparse_lstm %arg0 values({{.*}}) columns({{.*}}) starts({{.*}}) positions({{.*}}) initial(%arg1) longest = 1 {reverse}
// CHECK-SAME: tensor<5x1x4x32xf32>, tensor<1x16xf32>, tensor<1x16xi16>, tensor<9xi32>, tensor<128xi32>, tensor<2x1x32xf32> -> tensor<5x2x1x32xf32>
func.func @empty(%gates: tensor<5x1x4x32xf32>, %s: tensor<2x1x32xf32>) -> tensor<5x2x1x32xf32> {
  %r = arith.constant dense<0.0> : tensor<32x4x32xf32>
  %0 = nnc.lstm %gates recurrent(%r) initial(%s) {reverse} : tensor<5x1x4x32xf32>, tensor<32x4x32xf32>, tensor<2x1x32xf32> -> tensor<5x2x1x32xf32>
  return %0 : tensor<5x2x1x32xf32>
}

// CHECK-LABEL: @dense
// CHECK: nnc.lstm
func.func @dense(%gates: tensor<5x1x4x32xf32>, %s: tensor<2x1x32xf32>) -> tensor<5x2x1x32xf32> {
  %r = arith.constant dense<0.5> : tensor<32x4x32xf32>
  %0 = nnc.lstm %gates recurrent(%r) initial(%s) : tensor<5x1x4x32xf32>, tensor<32x4x32xf32>, tensor<2x1x32xf32> -> tensor<5x2x1x32xf32>
  return %0 : tensor<5x2x1x32xf32>
}
