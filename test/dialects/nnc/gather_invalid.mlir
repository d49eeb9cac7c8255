// RUN: nnc-opt %s --split-input-file --verify-diagnostics

func.func @c1_axis(%x: tensor<2x3xf32>, %i: tensor<4xi32>) -> tensor<2x4xf32> {
  // expected-error@+2 {{(C1) axis is 2, but the rank is 2}}
  // expected-error@+1 {{'nnc.gather' op failed to infer returned types}}
  %r = nnc.gather %x at %i axis = 2 : tensor<2x3xf32>, tensor<4xi32> -> tensor<2x4xf32>
  return %r : tensor<2x4xf32>
}

// -----

func.func @c2_indices(%x: tensor<2x3xf32>, %i: tensor<4xf32>) -> tensor<2x4xf32> {
  // expected-error@+1 {{'nnc.gather' op operand #1 must be statically shaped tensor of 32-bit signless integer or 64-bit signless integer values, but got 'tensor<4xf32>'}}
  %r = nnc.gather %x at %i axis = 1 : tensor<2x3xf32>, tensor<4xf32> -> tensor<2x4xf32>
  return %r : tensor<2x4xf32>
}
