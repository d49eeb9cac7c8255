// RUN: nnc-opt %s --split-input-file --verify-diagnostics

func.func @c1_kernel(%x: tensor<1x8x8x4xf32>) -> tensor<1x8x8x4xf32> {
  // expected-error@+2 {{(C1) kernel [0, 2], strides [1, 1] and dilations [1, 1] must each be two numbers of at least 1}}
  // expected-error@+1 {{'nnc.avg_pool2d' op failed to infer returned types}}
  %r = nnc.avg_pool2d %x {kernel = array<i64: 0, 2>} : tensor<1x8x8x4xf32> -> tensor<1x8x8x4xf32>
  return %r : tensor<1x8x8x4xf32>
}

// -----

func.func @c1_strides(%x: tensor<1x8x8x4xf32>) -> tensor<1x8x8x4xf32> {
  // expected-error@+2 {{(C1) kernel [2, 2], strides [2] and dilations [1, 1] must each be two numbers of at least 1}}
  // expected-error@+1 {{'nnc.avg_pool2d' op failed to infer returned types}}
  %r = nnc.avg_pool2d %x {kernel = array<i64: 2, 2>, strides = array<i64: 2>} : tensor<1x8x8x4xf32> -> tensor<1x8x8x4xf32>
  return %r : tensor<1x8x8x4xf32>
}

// -----

func.func @c1_pads(%x: tensor<1x8x8x4xf32>) -> tensor<1x8x8x4xf32> {
  // expected-error@+2 {{(C1) pads [0, 0, 0] must be four numbers of at least 0}}
  // expected-error@+1 {{'nnc.avg_pool2d' op failed to infer returned types}}
  %r = nnc.avg_pool2d %x {kernel = array<i64: 2, 2>, pads = array<i64: 0, 0, 0>} : tensor<1x8x8x4xf32> -> tensor<1x8x8x4xf32>
  return %r : tensor<1x8x8x4xf32>
}

// -----

func.func @c2_fits(%x: tensor<1x8x8x4xf32>) -> tensor<1x8x8x4xf32> {
  // expected-error@+2 {{(C2) the dilated window of 9 columns does not fit into the padded input of 8}}
  // expected-error@+1 {{'nnc.avg_pool2d' op failed to infer returned types}}
  %r = nnc.avg_pool2d %x {kernel = array<i64: 2, 9>} : tensor<1x8x8x4xf32> -> tensor<1x8x8x4xf32>
  return %r : tensor<1x8x8x4xf32>
}

// -----

func.func @c3_pad(%x: tensor<1x8x8x4xf32>) -> tensor<1x8x8x4xf32> {
  // expected-error@+2 {{(C3) pad 2 is not smaller than the window of 2}}
  // expected-error@+1 {{'nnc.avg_pool2d' op failed to infer returned types}}
  %r = nnc.avg_pool2d %x {kernel = array<i64: 3, 2>, pads = array<i64: 1, 2, 1, 1>} : tensor<1x8x8x4xf32> -> tensor<1x8x8x4xf32>
  return %r : tensor<1x8x8x4xf32>
}
