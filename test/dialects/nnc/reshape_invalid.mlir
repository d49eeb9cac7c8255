// RUN: nnc-opt %s --split-input-file --verify-diagnostics

func.func @c1_elements(%x: tensor<2x3xf32>) -> tensor<7xf32> {
  // expected-error@+1 {{'nnc.reshape' op (C1) input has 6 elements, but output has 7}}
  %r = nnc.reshape %x : tensor<2x3xf32> -> tensor<7xf32>
  return %r : tensor<7xf32>
}

// -----

func.func @c1_type(%x: tensor<2x3xf32>) -> tensor<6xi32> {
  // expected-error@+1 {{'nnc.reshape' op (C1) element types are 'f32' and 'i32'}}
  %r = nnc.reshape %x : tensor<2x3xf32> -> tensor<6xi32>
  return %r : tensor<6xi32>
}
