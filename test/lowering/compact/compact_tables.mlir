// RUN: nnc-opt %s --nnc-compact-tables --split-input-file | FileCheck %s

// Three of five words are zeros: two rows and one of zeros are left.
// CHECK: form = "3 of 5 rows of the table", index_bytes = 20
// CHECK-LABEL: @main
// CHECK-DAG: %[[N:.*]] = arith.constant dense<[0, 1, 0, 0, 2]> : tensor<5xi32>
// CHECK-DAG: %[[T:.*]] = arith.constant dense<{{\[}}[0.000000e+00, 0.000000e+00, 0.000000e+00, 0.000000e+00, 0.000000e+00, 0.000000e+00, 0.000000e+00, 0.000000e+00], [1.000000e+00, 0.000000e+00, 0.000000e+00, 0.000000e+00, 0.000000e+00, 0.000000e+00, 0.000000e+00, 2.000000e+00], [3.000000e+00, 4.000000e+00, 5.000000e+00, 6.000000e+00, 7.000000e+00, 8.000000e+00, 9.000000e+00, 1.000000e+01]]> : tensor<3x8xf32>
// CHECK: %[[I:.*]] = nnc.gather %[[N]] at %arg0 axis = 0 : tensor<5xi32>, tensor<7xi64> -> tensor<7xi32>
// CHECK: nnc.gather %[[T]] at %[[I]] axis = 0 : tensor<3x8xf32>, tensor<7xi32> -> tensor<7x8xf32>
func.func @main(%x: tensor<7xi64>) -> tensor<7x8xf32> {
  %t = arith.constant dense<[[0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0], [1.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 2.0], [0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0], [0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0], [3.0, 4.0, 5.0, 6.0, 7.0, 8.0, 9.0, 10.0]]> : tensor<5x8xf32>
  %0 = nnc.gather %t at %x axis = 0 : tensor<5x8xf32>, tensor<7xi64> -> tensor<7x8xf32>
  return %0 : tensor<7x8xf32>
}

// -----

// Numbers would take more than rows of one element; columns are not rows.
// CHECK-LABEL: @main
// CHECK: nnc.gather %{{.*}} at %arg0 axis = 0 : tensor<5x1xf32>
// CHECK: nnc.gather %{{.*}} at %arg0 axis = 1 : tensor<2x2xf32>
func.func @main(%x: tensor<7xi64>) -> (tensor<7x1xf32>, tensor<2x7xf32>) {
  %t = arith.constant dense<[[0.0], [1.0], [0.0], [0.0], [3.0]]> : tensor<5x1xf32>
  %0 = nnc.gather %t at %x axis = 0 : tensor<5x1xf32>, tensor<7xi64> -> tensor<7x1xf32>
  %u = arith.constant dense<0.0> : tensor<2x2xf32>
  %1 = nnc.gather %u at %x axis = 1 : tensor<2x2xf32>, tensor<7xi64> -> tensor<2x7xf32>
  return %0, %1 : tensor<7x1xf32>, tensor<2x7xf32>
}
