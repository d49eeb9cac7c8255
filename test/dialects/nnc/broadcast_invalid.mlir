// RUN: nnc-opt %s --split-input-file --verify-diagnostics

func.func @c1_rank(%x: tensor<1x3xf32>) -> tensor<3xf32> {
  // expected-error@+1 {{'nnc.broadcast' op (C1) input has rank 2, but output only 1}}
  %r = nnc.broadcast %x : tensor<1x3xf32> -> tensor<3xf32>
  return %r : tensor<3xf32>
}

// -----

func.func @c2_extent(%x: tensor<2x3xf32>) -> tensor<4x3xf32> {
  // expected-error@+1 {{'nnc.broadcast' op (C2) input dimension 0 is 2, but the output has 4}}
  %r = nnc.broadcast %x : tensor<2x3xf32> -> tensor<4x3xf32>
  return %r : tensor<4x3xf32>
}

// -----

func.func @c3_type(%x: tensor<3xf32>) -> tensor<2x3xi32> {
  // expected-error@+1 {{'nnc.broadcast' op (C3) element types are 'f32' and 'i32'}}
  %r = nnc.broadcast %x : tensor<3xf32> -> tensor<2x3xi32>
  return %r : tensor<2x3xi32>
}
