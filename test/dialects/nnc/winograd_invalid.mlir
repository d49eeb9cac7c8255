// RUN: nnc-opt %s --split-input-file --verify-diagnostics

func.func @c1_filter_tile(%w: tensor<3x3x4x5xf32>) -> tensor<5x5x4x5xf32> {
  // expected-error@+2 {{(C1) tile is 3, but must be 2 or 4}}
  // expected-error@+1 {{'nnc.winograd_filter' op failed to infer returned types}}
  %r = nnc.winograd_filter %w tile = 3 : tensor<3x3x4x5xf32> -> tensor<5x5x4x5xf32>
  return %r : tensor<5x5x4x5xf32>
}

// -----

func.func @c2_filter_taps(%w: tensor<5x3x4x5xf32>) -> tensor<4x4x4x5xf32> {
  // expected-error@+2 {{(C2) the filter is 5 x 3, but must be 3 x 3}}
  // expected-error@+1 {{'nnc.winograd_filter' op failed to infer returned types}}
  %r = nnc.winograd_filter %w tile = 2 : tensor<5x3x4x5xf32> -> tensor<4x4x4x5xf32>
  return %r : tensor<4x4x4x5xf32>
}

// -----

func.func @c1_tile(%x: tensor<1x8x8x4xf32>, %w: tensor<4x4x4x5xf32>) -> tensor<1x6x6x5xf32> {
  // expected-error@+2 {{(C1) tile is 6, but must be 2 or 4}}
  // expected-error@+1 {{'nnc.winograd_conv2d' op failed to infer returned types}}
  %r = nnc.winograd_conv2d %x, %w tile = 6 : tensor<1x8x8x4xf32>, tensor<4x4x4x5xf32> -> tensor<1x6x6x5xf32>
  return %r : tensor<1x6x6x5xf32>
}

// -----

func.func @c1_pads(%x: tensor<1x8x8x4xf32>, %w: tensor<4x4x4x5xf32>) -> tensor<1x6x6x5xf32> {
  // expected-error@+2 {{(C1) pads [0, -1, 0, 0] must be four numbers of at least 0}}
  // expected-error@+1 {{'nnc.winograd_conv2d' op failed to infer returned types}}
  %r = nnc.winograd_conv2d %x, %w tile = 2 {pads = array<i64: 0, -1, 0, 0>} : tensor<1x8x8x4xf32>, tensor<4x4x4x5xf32> -> tensor<1x6x6x5xf32>
  return %r : tensor<1x6x6x5xf32>
}

// -----

func.func @c2_filter(%x: tensor<1x8x8x4xf32>, %w: tensor<4x4x3x5xf32>) -> tensor<1x6x6x5xf32> {
  // expected-error@+2 {{(C2) the filter is 4 x 4 x 3, but must be 4 x 4 x 4}}
  // expected-error@+1 {{'nnc.winograd_conv2d' op failed to infer returned types}}
  %r = nnc.winograd_conv2d %x, %w tile = 2 : tensor<1x8x8x4xf32>, tensor<4x4x3x5xf32> -> tensor<1x6x6x5xf32>
  return %r : tensor<1x6x6x5xf32>
}

// -----

func.func @c3_bias(%x: tensor<1x8x8x4xf32>, %w: tensor<4x4x4x5xf32>, %b: tensor<4xf32>) -> tensor<1x6x6x5xf32> {
  // expected-error@+2 {{(C3) bias has 4 elements, but there are 5 output channels}}
  // expected-error@+1 {{'nnc.winograd_conv2d' op failed to infer returned types}}
  %r = nnc.winograd_conv2d %x, %w bias(%b) tile = 2 : tensor<1x8x8x4xf32>, tensor<4x4x4x5xf32>, tensor<4xf32> -> tensor<1x6x6x5xf32>
  return %r : tensor<1x6x6x5xf32>
}

// -----

func.func @c4_extent(%x: tensor<1x2x8x4xf32>, %w: tensor<4x4x4x5xf32>) -> tensor<1x1x6x5xf32> {
  // expected-error@+2 {{(C4) the padded input is 2 x 8, but must be at least 3 x 3}}
  // expected-error@+1 {{'nnc.winograd_conv2d' op failed to infer returned types}}
  %r = nnc.winograd_conv2d %x, %w tile = 2 : tensor<1x2x8x4xf32>, tensor<4x4x4x5xf32> -> tensor<1x1x6x5xf32>
  return %r : tensor<1x1x6x5xf32>
}

// -----

func.func @perforated_c5_rows(%x: tensor<1x8x8x16xf32>, %w: tensor<6x6x16x16xf32>, %t: tensor<3x2xi32>) -> tensor<1x4x8x16xf32> {
  // expected-error@+2 {{(C5) tiles are 'tensor<3x2xi32>', but must be two numbers for each of whole rows of 2}}
  // expected-error@+1 {{'nnc.perforated_winograd_conv2d' op failed to infer returned types}}
  %0 = nnc.perforated_winograd_conv2d %x, %w tiles(%t) tile = 4 columns = 2 {pads = array<i64: 1, 1, 1, 1>}
    : tensor<1x8x8x16xf32>, tensor<6x6x16x16xf32>, tensor<3x2xi32> -> tensor<1x4x8x16xf32>
  return %0 : tensor<1x4x8x16xf32>
}

// -----

func.func @perforated_c5_start(%x: tensor<1x8x8x16xf32>, %w: tensor<6x6x16x16xf32>) -> tensor<1x4x8x16xf32> {
  %t = arith.constant dense<[[0, 4], [2, 0]]> : tensor<2x2xi32>
  // expected-error@+2 {{(C5) a tile begins at 2, but must at a multiple of 4 below 8}}
  // expected-error@+1 {{'nnc.perforated_winograd_conv2d' op failed to infer returned types}}
  %0 = nnc.perforated_winograd_conv2d %x, %w tiles(%t) tile = 4 columns = 2 {pads = array<i64: 1, 1, 1, 1>}
    : tensor<1x8x8x16xf32>, tensor<6x6x16x16xf32>, tensor<2x2xi32> -> tensor<1x4x8x16xf32>
  return %0 : tensor<1x4x8x16xf32>
}

// -----

func.func @perforated_c2(%x: tensor<1x8x8x16xf32>, %w: tensor<4x4x16x16xf32>, %t: tensor<2x2xi32>) -> tensor<1x4x8x16xf32> {
  // expected-error@+2 {{(C2) the filter is 4 x 4 x 16, but must be 6 x 6 x 16}}
  // expected-error@+1 {{'nnc.perforated_winograd_conv2d' op failed to infer returned types}}
  %0 = nnc.perforated_winograd_conv2d %x, %w tiles(%t) tile = 4 columns = 2 {pads = array<i64: 1, 1, 1, 1>}
    : tensor<1x8x8x16xf32>, tensor<4x4x16x16xf32>, tensor<2x2xi32> -> tensor<1x4x8x16xf32>
  return %0 : tensor<1x4x8x16xf32>
}
