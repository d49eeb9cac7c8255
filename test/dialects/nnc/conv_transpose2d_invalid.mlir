// RUN: nnc-opt %s --split-input-file --verify-diagnostics

func.func @c1_strides(%x: tensor<1x8x8x4xf32>, %w: tensor<3x3x4x8xf32>) -> tensor<1x8x8x16xf32> {
  // expected-error@+2 {{(C1) kernel [3, 3], strides [1, 0] and dilations [1, 1] must each be two numbers of at least 1}}
  // expected-error@+1 {{'nnc.conv_transpose2d' op failed to infer returned types}}
  %r = nnc.conv_transpose2d %x, %w {strides = array<i64: 1, 0>} : tensor<1x8x8x4xf32>, tensor<3x3x4x8xf32> -> tensor<1x8x8x16xf32>
  return %r : tensor<1x8x8x16xf32>
}

// -----

func.func @c1_pads(%x: tensor<1x8x8x4xf32>, %w: tensor<3x3x4x8xf32>) -> tensor<1x8x8x16xf32> {
  // expected-error@+2 {{(C1) pads [1, 1] must be four numbers of at least 0}}
  // expected-error@+1 {{'nnc.conv_transpose2d' op failed to infer returned types}}
  %r = nnc.conv_transpose2d %x, %w {pads = array<i64: 1, 1>} : tensor<1x8x8x4xf32>, tensor<3x3x4x8xf32> -> tensor<1x8x8x16xf32>
  return %r : tensor<1x8x8x16xf32>
}

// -----

func.func @c1_output_padding(%x: tensor<1x8x8x4xf32>, %w: tensor<3x3x4x8xf32>) -> tensor<1x8x8x16xf32> {
  // expected-error@+2 {{(C1) output_padding [-1, 0] must be two numbers of at least 0}}
  // expected-error@+1 {{'nnc.conv_transpose2d' op failed to infer returned types}}
  %r = nnc.conv_transpose2d %x, %w {output_padding = array<i64: -1, 0>} : tensor<1x8x8x4xf32>, tensor<3x3x4x8xf32> -> tensor<1x8x8x16xf32>
  return %r : tensor<1x8x8x16xf32>
}

// -----

func.func @c2_groups(%x: tensor<1x8x8x4xf32>, %w: tensor<3x3x4x8xf32>) -> tensor<1x8x8x16xf32> {
  // expected-error@+2 {{(C2) groups 3 must divide 4 input channels, of which the filter has 4}}
  // expected-error@+1 {{'nnc.conv_transpose2d' op failed to infer returned types}}
  %r = nnc.conv_transpose2d %x, %w {groups = 3 : i64} : tensor<1x8x8x4xf32>, tensor<3x3x4x8xf32> -> tensor<1x8x8x16xf32>
  return %r : tensor<1x8x8x16xf32>
}

// -----

func.func @c2_filter(%x: tensor<1x8x8x4xf32>, %w: tensor<3x3x5x8xf32>) -> tensor<1x8x8x16xf32> {
  // expected-error@+2 {{(C2) groups 1 must divide 4 input channels, of which the filter has 5}}
  // expected-error@+1 {{'nnc.conv_transpose2d' op failed to infer returned types}}
  %r = nnc.conv_transpose2d %x, %w : tensor<1x8x8x4xf32>, tensor<3x3x5x8xf32> -> tensor<1x8x8x16xf32>
  return %r : tensor<1x8x8x16xf32>
}

// -----

func.func @c3_bias(%x: tensor<1x8x8x4xf32>, %w: tensor<3x3x4x8xf32>, %b: tensor<4xf32>) -> tensor<1x10x10x8xf32> {
  // expected-error@+2 {{(C3) bias has 4 elements, but there are 8 output channels}}
  // expected-error@+1 {{'nnc.conv_transpose2d' op failed to infer returned types}}
  %r = nnc.conv_transpose2d %x, %w bias(%b) : tensor<1x8x8x4xf32>, tensor<3x3x4x8xf32>, tensor<4xf32> -> tensor<1x10x10x8xf32>
  return %r : tensor<1x10x10x8xf32>
}

// -----

func.func @c4_output(%x: tensor<1x8x8x4xf32>, %w: tensor<3x3x4x8xf32>) -> tensor<1x8x8x16xf32> {
  // expected-error@+2 {{(C4) output would have 0 rows}}
  // expected-error@+1 {{'nnc.conv_transpose2d' op failed to infer returned types}}
  %r = nnc.conv_transpose2d %x, %w {pads = array<i64: 5, 0, 5, 0>} : tensor<1x8x8x4xf32>, tensor<3x3x4x8xf32> -> tensor<1x8x8x16xf32>
  return %r : tensor<1x8x8x16xf32>
}
