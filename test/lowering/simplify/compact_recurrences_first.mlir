// RUN: nnc-opt %s --nnc-simplify | FileCheck %s

// Two of 33 units are read. The recurrence loses the others, with zeros up to a vector, before the layer behind it picks its
// inputs: behind what picks it, all units would stay.
// CHECK: nnc.lstm {{.*}} -> tensor<5x2x1x4xf32>
func.func @main(%x: tensor<5x3xf32>) -> tensor<1x256xf32> {
  %w = arith.constant dense<1.0> : tensor<3x132xf32>
  %r = arith.constant dense<0.0> : tensor<33x4x33xf32>
  %s = arith.constant dense<0.0> : tensor<2x1x33xf32>
  %d = arith.constant dense<[[0.0], [0.0], [0.0], [7.0], [0.0], [0.0], [0.0], [0.0], [0.0], [0.0], [0.0], [0.0], [0.0], [0.0], [0.0], [0.0], [0.0], [0.0], [0.0], [0.0], [7.0], [0.0], [0.0], [0.0], [0.0], [0.0], [0.0], [0.0], [0.0], [0.0], [0.0], [0.0], [0.0]]> : tensor<33x1xf32>
  %0 = nnc.linear %x, %w : tensor<5x3xf32>, tensor<3x132xf32> -> tensor<5x132xf32>
  %1 = nnc.reshape %0 : tensor<5x132xf32> -> tensor<5x1x4x33xf32>
  %2 = nnc.lstm %1 recurrent(%r) initial(%s) : tensor<5x1x4x33xf32>, tensor<33x4x33xf32>, tensor<2x1x33xf32> -> tensor<5x2x1x33xf32>
  %3 = tensor.extract_slice %2[4, 0, 0, 0] [1, 1, 1, 33] [1, 1, 1, 1] : tensor<5x2x1x33xf32> to tensor<1x33xf32>
  %e = nnc.broadcast %d : tensor<33x1xf32> -> tensor<33x256xf32>
  %4 = nnc.linear %3, %e : tensor<1x33xf32>, tensor<33x256xf32> -> tensor<1x256xf32>
  return %4 : tensor<1x256xf32>
}
