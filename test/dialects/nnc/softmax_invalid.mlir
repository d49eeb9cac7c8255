// RUN: nnc-opt %s --split-input-file --verify-diagnostics

func.func @c1_axis(%x: tensor<2x3xf32>) -> tensor<2x3xf32> {
  // expected-error@+1 {{'nnc.softmax' op (C1) axis is 2, but the rank is 2}}
  %r = nnc.softmax %x axis = 2 : tensor<2x3xf32>
  return %r : tensor<2x3xf32>
}
