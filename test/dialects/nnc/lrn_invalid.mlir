// RUN: nnc-opt %s --split-input-file --verify-diagnostics

func.func @c1_size(%x: tensor<1x8x8x4xf32>) -> tensor<1x8x8x4xf32> {
  // expected-error@+1 {{'nnc.lrn' op (C1) size is 0, but must be at least 1}}
  %r = nnc.lrn %x {size = 0 : i64, alpha = 1.0 : f32, beta = 0.75 : f32, bias = 1.0 : f32} : tensor<1x8x8x4xf32>
  return %r : tensor<1x8x8x4xf32>
}
