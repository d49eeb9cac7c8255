// RUN: nnc-opt %s --split-input-file --verify-diagnostics

func.func @c1_order(%x: tensor<2x3x4xf32>) -> tensor<4xf32> {
  // expected-error@+2 {{(C1) axes [1, 0] must be strictly increasing and below the rank 3}}
  // expected-error@+1 {{'nnc.reduce' op failed to infer returned types}}
  %r = nnc.reduce sum %x axes = [1, 0] : tensor<2x3x4xf32> -> tensor<4xf32>
  return %r : tensor<4xf32>
}

// -----

func.func @c1_range(%x: tensor<2x3x4xf32>) -> tensor<2x3xf32> {
  // expected-error@+2 {{(C1) axes [3] must be strictly increasing and below the rank 3}}
  // expected-error@+1 {{'nnc.reduce' op failed to infer returned types}}
  %r = nnc.reduce sum %x axes = [3] : tensor<2x3x4xf32> -> tensor<2x3xf32>
  return %r : tensor<2x3xf32>
}

// -----

func.func @c1_none(%x: tensor<2x3xf32>) -> tensor<2x3xf32> {
  // expected-error@+2 {{(C1) axes [] must be strictly increasing and below the rank 2}}
  // expected-error@+1 {{'nnc.reduce' op failed to infer returned types}}
  %r = nnc.reduce max %x axes = [] : tensor<2x3xf32> -> tensor<2x3xf32>
  return %r : tensor<2x3xf32>
}

// -----

func.func @c2_mean(%x: tensor<2x3xi32>) -> tensor<2xi32> {
  // expected-error@+2 {{(C2) the mean of 'i32' is not defined here}}
  // expected-error@+1 {{'nnc.reduce' op failed to infer returned types}}
  %r = nnc.reduce mean %x axes = [1] : tensor<2x3xi32> -> tensor<2xi32>
  return %r : tensor<2xi32>
}
