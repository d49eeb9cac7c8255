// RUN: nnc-opt %s --split-input-file --verify-diagnostics

func.func @c1_channels(%x: tensor<1x8x8x4xf32>, %a: tensor<4xf32>, %b: tensor<4xf32>, %m: tensor<5xf32>, %v: tensor<4xf32>) -> tensor<1x8x8x4xf32> {
  // expected-error@+1 {{'nnc.batch_norm' op (C1) a parameter has 5 elements, but the input has 4 channels}}
  %r = nnc.batch_norm %x scale(%a) shift(%b) mean(%m) variance(%v) {epsilon = 1.0e-5 : f32} : tensor<1x8x8x4xf32>, tensor<4xf32>, tensor<4xf32>, tensor<5xf32>, tensor<4xf32>
  return %r : tensor<1x8x8x4xf32>
}

// -----

func.func @c1_rank(%x: tensor<f32>, %a: tensor<1xf32>, %b: tensor<1xf32>, %m: tensor<1xf32>, %v: tensor<1xf32>) -> tensor<f32> {
  // expected-error@+1 {{'nnc.batch_norm' op (C1) input has no channels: its rank is 0}}
  %r = nnc.batch_norm %x scale(%a) shift(%b) mean(%m) variance(%v) {epsilon = 1.0e-5 : f32} : tensor<f32>, tensor<1xf32>, tensor<1xf32>, tensor<1xf32>, tensor<1xf32>
  return %r : tensor<f32>
}

// -----

func.func @c2_epsilon(%x: tensor<1x8x8x4xf32>, %a: tensor<4xf32>, %b: tensor<4xf32>, %m: tensor<4xf32>, %v: tensor<4xf32>) -> tensor<1x8x8x4xf32> {
  // expected-error@+1 {{'nnc.batch_norm' op (C2) epsilon is negative}}
  %r = nnc.batch_norm %x scale(%a) shift(%b) mean(%m) variance(%v) {epsilon = -1.0e-5 : f32} : tensor<1x8x8x4xf32>, tensor<4xf32>, tensor<4xf32>, tensor<4xf32>, tensor<4xf32>
  return %r : tensor<1x8x8x4xf32>
}
