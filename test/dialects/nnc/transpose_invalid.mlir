// RUN: nnc-opt %s --split-input-file --verify-diagnostics

func.func @c1_twice(%x: tensor<2x3xf32>) -> tensor<2x2xf32> {
  // expected-error@+2 {{(C1) [0, 0] is not a permutation of 2 dimensions}}
  // expected-error@+1 {{'nnc.transpose' op failed to infer returned types}}
  %r = nnc.transpose %x [0, 0] : tensor<2x3xf32> -> tensor<2x2xf32>
  return %r : tensor<2x2xf32>
}

// -----

func.func @c1_count(%x: tensor<2x3xf32>) -> tensor<2x3xf32> {
  // expected-error@+2 {{(C1) [0, 1, 2] is not a permutation of 2 dimensions}}
  // expected-error@+1 {{'nnc.transpose' op failed to infer returned types}}
  %r = nnc.transpose %x [0, 1, 2] : tensor<2x3xf32> -> tensor<2x3xf32>
  return %r : tensor<2x3xf32>
}
