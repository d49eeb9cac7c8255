// RUN: nnc-opt %s --split-input-file --verify-diagnostics

func.func @c1_no_core(%x: tensor<2x6xf32>) -> tensor<2x1xf32> {
  // expected-error@+2 {{(C1) there must be at least one core}}
  // expected-error@+1 {{'nnc.tt_linear' op failed to infer returned types}}
  %0 = "nnc.tt_linear"(%x) <{operandSegmentSizes = array<i32: 1, 0, 0>}> : (tensor<2x6xf32>) -> tensor<2x1xf32>
  return %0 : tensor<2x1xf32>
}

// -----

func.func @c2_first_rank(%x: tensor<2x6xf32>, %g: tensor<2x6x5x1xf32>) -> tensor<2x5xf32> {
  // expected-error@+2 {{(C2) core 0 begins with rank 2, but must begin with 1}}
  // expected-error@+1 {{'nnc.tt_linear' op failed to infer returned types}}
  %0 = nnc.tt_linear %x cores(%g) : tensor<2x6xf32>, (tensor<2x6x5x1xf32>) -> tensor<2x5xf32>
  return %0 : tensor<2x5xf32>
}

// -----

func.func @c2_neighbours(%x: tensor<2x6xf32>, %g1: tensor<1x2x3x4xf32>, %g2: tensor<3x3x5x1xf32>) -> tensor<2x15xf32> {
  // expected-error@+2 {{(C2) core 1 begins with rank 3, but must begin with 4}}
  // expected-error@+1 {{'nnc.tt_linear' op failed to infer returned types}}
  %0 = nnc.tt_linear %x cores(%g1, %g2) : tensor<2x6xf32>, (tensor<1x2x3x4xf32>, tensor<3x3x5x1xf32>) -> tensor<2x15xf32>
  return %0 : tensor<2x15xf32>
}

// -----

func.func @c2_last_rank(%x: tensor<2x6xf32>, %g: tensor<1x6x5x2xf32>) -> tensor<2x5xf32> {
  // expected-error@+2 {{(C2) the last core ends with rank 2, but must end with 1}}
  // expected-error@+1 {{'nnc.tt_linear' op failed to infer returned types}}
  %0 = nnc.tt_linear %x cores(%g) : tensor<2x6xf32>, (tensor<1x6x5x2xf32>) -> tensor<2x5xf32>
  return %0 : tensor<2x5xf32>
}

// -----

func.func @c3_modes(%x: tensor<2x7xf32>, %g1: tensor<1x2x3x4xf32>, %g2: tensor<4x3x5x1xf32>) -> tensor<2x15xf32> {
  // expected-error@+2 {{(C3) the input modes multiply to 6, but there are 7 input columns}}
  // expected-error@+1 {{'nnc.tt_linear' op failed to infer returned types}}
  %0 = nnc.tt_linear %x cores(%g1, %g2) : tensor<2x7xf32>, (tensor<1x2x3x4xf32>, tensor<4x3x5x1xf32>) -> tensor<2x15xf32>
  return %0 : tensor<2x15xf32>
}

// -----

func.func @c4_bias(%x: tensor<2x6xf32>, %g1: tensor<1x2x3x4xf32>, %g2: tensor<4x3x5x1xf32>, %b: tensor<14xf32>) -> tensor<2x15xf32> {
  // expected-error@+2 {{(C4) bias has 14 elements, but the output modes multiply to 15}}
  // expected-error@+1 {{'nnc.tt_linear' op failed to infer returned types}}
  %0 = nnc.tt_linear %x cores(%g1, %g2) bias(%b) : tensor<2x6xf32>, (tensor<1x2x3x4xf32>, tensor<4x3x5x1xf32>), tensor<14xf32> -> tensor<2x15xf32>
  return %0 : tensor<2x15xf32>
}

// -----

func.func @conv_c1_strides(%x: tensor<1x8x8x6xf32>, %s: tensor<3x3x4xf32>, %g: tensor<4x6x5x1xf32>) -> tensor<1x6x6x5xf32> {
  // expected-error@+2 {{(C1) strides [0, 1] and dilations [1, 1] must each be two numbers of at least 1}}
  // expected-error@+1 {{'nnc.tt_conv2d' op failed to infer returned types}}
  %0 = nnc.tt_conv2d %x spatial(%s) cores(%g) {strides = array<i64: 0, 1>} : tensor<1x8x8x6xf32>, tensor<3x3x4xf32>, (tensor<4x6x5x1xf32>) -> tensor<1x6x6x5xf32>
  return %0 : tensor<1x6x6x5xf32>
}

// -----

func.func @conv_c1_dilations(%x: tensor<1x8x8x6xf32>, %s: tensor<3x3x4xf32>, %g: tensor<4x6x5x1xf32>) -> tensor<1x6x6x5xf32> {
  // expected-error@+2 {{(C1) strides [1, 1] and dilations [1, 0] must each be two numbers of at least 1}}
  // expected-error@+1 {{'nnc.tt_conv2d' op failed to infer returned types}}
  %0 = nnc.tt_conv2d %x spatial(%s) cores(%g) {dilations = array<i64: 1, 0>} : tensor<1x8x8x6xf32>, tensor<3x3x4xf32>, (tensor<4x6x5x1xf32>) -> tensor<1x6x6x5xf32>
  return %0 : tensor<1x6x6x5xf32>
}

// -----

func.func @conv_c1_pads(%x: tensor<1x8x8x6xf32>, %s: tensor<3x3x4xf32>, %g: tensor<4x6x5x1xf32>) -> tensor<1x6x6x5xf32> {
  // expected-error@+2 {{(C1) pads [0, 0, -1, 0] must be four numbers of at least 0}}
  // expected-error@+1 {{'nnc.tt_conv2d' op failed to infer returned types}}
  %0 = nnc.tt_conv2d %x spatial(%s) cores(%g) {pads = array<i64: 0, 0, -1, 0>} : tensor<1x8x8x6xf32>, tensor<3x3x4xf32>, (tensor<4x6x5x1xf32>) -> tensor<1x6x6x5xf32>
  return %0 : tensor<1x6x6x5xf32>
}

// -----

func.func @conv_c2_spatial_rank(%x: tensor<1x8x8x6xf32>, %s: tensor<3x3x4xf32>, %g: tensor<3x6x5x1xf32>) -> tensor<1x6x6x5xf32> {
  // expected-error@+2 {{(C2) core 0 begins with rank 3, but must begin with 4}}
  // expected-error@+1 {{'nnc.tt_conv2d' op failed to infer returned types}}
  %0 = nnc.tt_conv2d %x spatial(%s) cores(%g) : tensor<1x8x8x6xf32>, tensor<3x3x4xf32>, (tensor<3x6x5x1xf32>) -> tensor<1x6x6x5xf32>
  return %0 : tensor<1x6x6x5xf32>
}

// -----

func.func @conv_c2_no_core(%x: tensor<1x8x8x6xf32>, %s: tensor<3x3x1xf32>) -> tensor<1x6x6x1xf32> {
  // expected-error@+2 {{(C2) there must be at least one core}}
  // expected-error@+1 {{'nnc.tt_conv2d' op failed to infer returned types}}
  %0 = "nnc.tt_conv2d"(%x, %s) <{operandSegmentSizes = array<i32: 1, 1, 0, 0>}> : (tensor<1x8x8x6xf32>, tensor<3x3x1xf32>) -> tensor<1x6x6x1xf32>
  return %0 : tensor<1x6x6x1xf32>
}

// -----

func.func @conv_c2_neighbours(%x: tensor<1x8x8x6xf32>, %s: tensor<3x3x4xf32>, %g1: tensor<4x2x5x3xf32>, %g2: tensor<2x3x1x1xf32>) -> tensor<1x6x6x5xf32> {
  // expected-error@+2 {{(C2) core 1 begins with rank 2, but must begin with 3}}
  // expected-error@+1 {{'nnc.tt_conv2d' op failed to infer returned types}}
  %0 = nnc.tt_conv2d %x spatial(%s) cores(%g1, %g2) : tensor<1x8x8x6xf32>, tensor<3x3x4xf32>, (tensor<4x2x5x3xf32>, tensor<2x3x1x1xf32>) -> tensor<1x6x6x5xf32>
  return %0 : tensor<1x6x6x5xf32>
}

// -----

func.func @conv_c2_last_rank(%x: tensor<1x8x8x6xf32>, %s: tensor<3x3x4xf32>, %g: tensor<4x6x5x2xf32>) -> tensor<1x6x6x5xf32> {
  // expected-error@+2 {{(C2) the last core ends with rank 2, but must end with 1}}
  // expected-error@+1 {{'nnc.tt_conv2d' op failed to infer returned types}}
  %0 = nnc.tt_conv2d %x spatial(%s) cores(%g) : tensor<1x8x8x6xf32>, tensor<3x3x4xf32>, (tensor<4x6x5x2xf32>) -> tensor<1x6x6x5xf32>
  return %0 : tensor<1x6x6x5xf32>
}

// -----

func.func @conv_c3_modes(%x: tensor<1x8x8x7xf32>, %s: tensor<3x3x4xf32>, %g: tensor<4x6x5x1xf32>) -> tensor<1x6x6x5xf32> {
  // expected-error@+2 {{(C3) the input modes multiply to 6, but there are 7 input channels}}
  // expected-error@+1 {{'nnc.tt_conv2d' op failed to infer returned types}}
  %0 = nnc.tt_conv2d %x spatial(%s) cores(%g) : tensor<1x8x8x7xf32>, tensor<3x3x4xf32>, (tensor<4x6x5x1xf32>) -> tensor<1x6x6x5xf32>
  return %0 : tensor<1x6x6x5xf32>
}

// -----

func.func @conv_c4_bias(%x: tensor<1x8x8x6xf32>, %s: tensor<3x3x4xf32>, %g: tensor<4x6x5x1xf32>, %b: tensor<6xf32>) -> tensor<1x6x6x5xf32> {
  // expected-error@+2 {{(C4) bias has 6 elements, but the output modes multiply to 5}}
  // expected-error@+1 {{'nnc.tt_conv2d' op failed to infer returned types}}
  %0 = nnc.tt_conv2d %x spatial(%s) cores(%g) bias(%b) : tensor<1x8x8x6xf32>, tensor<3x3x4xf32>, (tensor<4x6x5x1xf32>), tensor<6xf32> -> tensor<1x6x6x5xf32>
  return %0 : tensor<1x6x6x5xf32>
}

// -----

func.func @conv_c5_columns(%x: tensor<1x8x4x6xf32>, %s: tensor<3x3x4xf32>, %g: tensor<4x6x5x1xf32>) -> tensor<1x6x1x5xf32> {
  // expected-error@+2 {{(C5) the dilated window of 5 columns does not fit into the padded input of 4}}
  // expected-error@+1 {{'nnc.tt_conv2d' op failed to infer returned types}}
  %0 = nnc.tt_conv2d %x spatial(%s) cores(%g) {dilations = array<i64: 1, 2>} : tensor<1x8x4x6xf32>, tensor<3x3x4xf32>, (tensor<4x6x5x1xf32>) -> tensor<1x6x1x5xf32>
  return %0 : tensor<1x6x1x5xf32>
}

// -----

func.func @conv_c5_window(%x: tensor<1x2x8x6xf32>, %s: tensor<3x3x4xf32>, %g: tensor<4x6x5x1xf32>) -> tensor<1x1x6x5xf32> {
  // expected-error@+2 {{(C5) the dilated window of 3 rows does not fit into the padded input of 2}}
  // expected-error@+1 {{'nnc.tt_conv2d' op failed to infer returned types}}
  %0 = nnc.tt_conv2d %x spatial(%s) cores(%g) : tensor<1x2x8x6xf32>, tensor<3x3x4xf32>, (tensor<4x6x5x1xf32>) -> tensor<1x1x6x5xf32>
  return %0 : tensor<1x1x6x5xf32>
}

// -----

func.func @merge_c1(%a: tensor<1x2x3x4xf32>, %b: tensor<3x2x2x1xf32>) -> tensor<1x4x6x1xf32> {
  // expected-error@+2 {{(C1) the first core ends with rank 4, but the second begins with 3}}
  // expected-error@+1 {{'nnc.tt_merge' op failed to infer returned types}}
  %0 = nnc.tt_merge %a, %b : tensor<1x2x3x4xf32>, tensor<3x2x2x1xf32> -> tensor<1x4x6x1xf32>
  return %0 : tensor<1x4x6x1xf32>
}
