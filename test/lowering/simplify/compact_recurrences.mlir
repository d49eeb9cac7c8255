// RUN: nnc-opt %s -split-input-file -pass-pipeline="builtin.module(func.func(nnc-compact-recurrences))" | FileCheck %s

// Nothing reads unit 0 but, with weights of zero, itself: unit 1 is left, and three of zeros fill the vector.
// CHECK-LABEL: @main
// CHECK: nnc.linear %arg0, %{{.*}} : tensor<5x3xf32>, tensor<3x16xf32> -> tensor<5x16xf32>
// CHECK: arith.constant dense<{{\[\[\[}}2.000000e+00, 0.000000e+00, 0.000000e+00, 0.000000e+00], [3.0
// CHECK: nnc.lstm {{.*}} -> tensor<5x2x1x4xf32>
// CHECK: arith.constant dense<{{\[\[}}7.000000e+00], [0.000000e+00], [0.000000e+00], [0.000000e+00]]>
// CHECK: nnc.linear {{.*}} : tensor<1x4xf32>, tensor<4x1xf32> -> tensor<1x1xf32>
func.func @main(%x: tensor<5x3xf32>) -> tensor<1x1xf32> {
  %w = arith.constant dense<1.0> : tensor<3x8xf32>
  %r = arith.constant dense<[[[0.0, 0.0], [0.0, 0.0], [0.0, 0.0], [0.0, 0.0]], [[0.0, 2.0], [0.0, 3.0], [0.0, 4.0], [0.0, 5.0]]]> : tensor<2x4x2xf32>
  %s = arith.constant dense<0.0> : tensor<2x1x2xf32>
  %d = arith.constant dense<[[0.0], [7.0]]> : tensor<2x1xf32>
  %0 = nnc.linear %x, %w : tensor<5x3xf32>, tensor<3x8xf32> -> tensor<5x8xf32>
  %1 = nnc.reshape %0 : tensor<5x8xf32> -> tensor<5x1x4x2xf32>
  %2 = nnc.lstm %1 recurrent(%r) initial(%s) : tensor<5x1x4x2xf32>, tensor<2x4x2xf32>, tensor<2x1x2xf32> -> tensor<5x2x1x2xf32>
  %3 = tensor.extract_slice %2[4, 0, 0, 0] [1, 1, 1, 2] [1, 1, 1, 1] : tensor<5x2x1x2xf32> to tensor<1x2xf32>
  %4 = nnc.linear %3, %d : tensor<1x2xf32>, tensor<2x1xf32> -> tensor<1x1xf32>
  return %4 : tensor<1x1xf32>
}

// -----

// The model returns the states of five units: eight are computed. Two of six inputs have weights: they alone come out of the table.
// CHECK-LABEL: @main
// CHECK: %[[TABLE:.*]] = arith.constant dense<{{\[\[}}1.000000e+00, 3.000000e+00], [7.000000e+00, 9.000000e+00]]> : tensor<2x2xf32>
// CHECK: %[[WORDS:.*]] = nnc.gather %[[TABLE]] at %arg0 axis = 0 : tensor<2x2xf32>, tensor<3xi64> -> tensor<3x2xf32>
// CHECK: nnc.linear %[[WORDS]], %{{.*}} : tensor<3x2xf32>, tensor<2x32xf32>
// CHECK: %[[STATES:.*]] = nnc.lstm {{.*}} -> tensor<3x2x1x8xf32>
// CHECK: tensor.extract_slice %[[STATES]][0, 0, 0, 0] [3, 2, 1, 5] [1, 1, 1, 1]
func.func @main(%words: tensor<3xi64>) -> tensor<3x2x1x5xf32> {
  %table = arith.constant dense<[[0.0, 1.0, 2.0, 3.0, 4.0, 5.0], [6.0, 7.0, 8.0, 9.0, 10.0, 11.0]]> : tensor<2x6xf32>
  %w = arith.constant dense<[[0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0],
                             [1.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0],
                             [0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0],
                             [0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 2.0],
                             [0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0],
                             [0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0]]> : tensor<6x20xf32>
  %r = arith.constant dense<0.5> : tensor<5x4x5xf32>
  %s = arith.constant dense<0.0> : tensor<2x1x5xf32>
  %x = nnc.gather %table at %words axis = 0 : tensor<2x6xf32>, tensor<3xi64> -> tensor<3x6xf32>
  %0 = nnc.linear %x, %w : tensor<3x6xf32>, tensor<6x20xf32> -> tensor<3x20xf32>
  %1 = nnc.reshape %0 : tensor<3x20xf32> -> tensor<3x1x4x5xf32>
  %2 = nnc.lstm %1 recurrent(%r) initial(%s) : tensor<3x1x4x5xf32>, tensor<5x4x5xf32>, tensor<2x1x5xf32> -> tensor<3x2x1x5xf32>
  return %2 : tensor<3x2x1x5xf32>
}
