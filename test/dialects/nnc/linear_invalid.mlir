// RUN: nnc-opt %s --split-input-file --verify-diagnostics

func.func @c1_features(%x: tensor<2x3xf32>, %w: tensor<4x5xf32>) -> tensor<2x5xf32> {
  // expected-error@+2 {{(C1) input has 3 features, but the weight takes 4}}
  // expected-error@+1 {{'nnc.linear' op failed to infer returned types}}
  %r = nnc.linear %x, %w : tensor<2x3xf32>, tensor<4x5xf32> -> tensor<2x5xf32>
  return %r : tensor<2x5xf32>
}

// -----

func.func @c2_bias(%x: tensor<2x3xf32>, %w: tensor<3x5xf32>, %b: tensor<4xf32>) -> tensor<2x5xf32> {
  // expected-error@+2 {{(C2) bias has 4 elements, but there are 5 output channels}}
  // expected-error@+1 {{'nnc.linear' op failed to infer returned types}}
  %r = nnc.linear %x, %w bias(%b) : tensor<2x3xf32>, tensor<3x5xf32>, tensor<4xf32> -> tensor<2x5xf32>
  return %r : tensor<2x5xf32>
}
