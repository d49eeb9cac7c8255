// RUN: nnc-opt %s --split-input-file --verify-diagnostics

func.func @c1_strides(%x: tensor<1x8x8x4xf32>, %w: tensor<3x3x4x16xf32>) -> tensor<1x8x8x16xf32> {
  // expected-error@+2 {{(C1) kernel [3, 3], strides [0, 1] and dilations [1, 1] must each be two numbers of at least 1}}
  // expected-error@+1 {{'nnc.conv2d' op failed to infer returned types}}
  %r = nnc.conv2d %x, %w {strides = array<i64: 0, 1>} : tensor<1x8x8x4xf32>, tensor<3x3x4x16xf32> -> tensor<1x8x8x16xf32>
  return %r : tensor<1x8x8x16xf32>
}

// -----

func.func @c1_dilations(%x: tensor<1x8x8x4xf32>, %w: tensor<3x3x4x16xf32>) -> tensor<1x8x8x16xf32> {
  // expected-error@+2 {{(C1) kernel [3, 3], strides [1, 1] and dilations [1] must each be two numbers of at least 1}}
  // expected-error@+1 {{'nnc.conv2d' op failed to infer returned types}}
  %r = nnc.conv2d %x, %w {dilations = array<i64: 1>} : tensor<1x8x8x4xf32>, tensor<3x3x4x16xf32> -> tensor<1x8x8x16xf32>
  return %r : tensor<1x8x8x16xf32>
}

// -----

func.func @c1_pads(%x: tensor<1x8x8x4xf32>, %w: tensor<3x3x4x16xf32>) -> tensor<1x8x8x16xf32> {
  // expected-error@+2 {{(C1) pads [1, 1, -1, 1] must be four numbers of at least 0}}
  // expected-error@+1 {{'nnc.conv2d' op failed to infer returned types}}
  %r = nnc.conv2d %x, %w {pads = array<i64: 1, 1, -1, 1>} : tensor<1x8x8x4xf32>, tensor<3x3x4x16xf32> -> tensor<1x8x8x16xf32>
  return %r : tensor<1x8x8x16xf32>
}

// -----

func.func @c2_groups(%x: tensor<1x8x8x4xf32>, %w: tensor<3x3x4x16xf32>) -> tensor<1x8x8x16xf32> {
  // expected-error@+2 {{(C2) groups 3 must divide both 4 input channels and 16 output channels}}
  // expected-error@+1 {{'nnc.conv2d' op failed to infer returned types}}
  %r = nnc.conv2d %x, %w {groups = 3 : i64} : tensor<1x8x8x4xf32>, tensor<3x3x4x16xf32> -> tensor<1x8x8x16xf32>
  return %r : tensor<1x8x8x16xf32>
}

// -----

func.func @c2_filter(%x: tensor<1x8x8x4xf32>, %w: tensor<3x3x4x16xf32>) -> tensor<1x8x8x16xf32> {
  // expected-error@+2 {{(C2) filter has 4 input channels in each of 2 groups, but the input has 4 channels}}
  // expected-error@+1 {{'nnc.conv2d' op failed to infer returned types}}
  %r = nnc.conv2d %x, %w {groups = 2 : i64} : tensor<1x8x8x4xf32>, tensor<3x3x4x16xf32> -> tensor<1x8x8x16xf32>
  return %r : tensor<1x8x8x16xf32>
}

// -----

func.func @c3_bias(%x: tensor<1x8x8x4xf32>, %w: tensor<3x3x4x16xf32>, %b: tensor<8xf32>) -> tensor<1x6x6x16xf32> {
  // expected-error@+2 {{(C3) bias has 8 elements, but there are 16 output channels}}
  // expected-error@+1 {{'nnc.conv2d' op failed to infer returned types}}
  %r = nnc.conv2d %x, %w bias(%b) : tensor<1x8x8x4xf32>, tensor<3x3x4x16xf32>, tensor<8xf32> -> tensor<1x6x6x16xf32>
  return %r : tensor<1x6x6x16xf32>
}

// -----

func.func @c4_fits(%x: tensor<1x8x8x4xf32>, %w: tensor<3x3x4x16xf32>) -> tensor<1x8x8x16xf32> {
  // expected-error@+2 {{(C4) the dilated window of 9 rows does not fit into the padded input of 8}}
  // expected-error@+1 {{'nnc.conv2d' op failed to infer returned types}}
  %r = nnc.conv2d %x, %w {dilations = array<i64: 4, 1>} : tensor<1x8x8x4xf32>, tensor<3x3x4x16xf32> -> tensor<1x8x8x16xf32>
  return %r : tensor<1x8x8x16xf32>
}

// -----

func.func @result(%x: tensor<1x8x8x4xf32>, %w: tensor<3x3x4x16xf32>) -> tensor<1x8x8x16xf32> {
  // expected-error@+2 {{'nnc.conv2d' op inferred type(s) 'tensor<1x6x6x16xf32>' are incompatible with return type(s) of operation 'tensor<1x8x8x16xf32>'}}
  // expected-error@+1 {{'nnc.conv2d' op failed to infer returned types}}
  %r = nnc.conv2d %x, %w : tensor<1x8x8x4xf32>, tensor<3x3x4x16xf32> -> tensor<1x8x8x16xf32>
  return %r : tensor<1x8x8x16xf32>
}
