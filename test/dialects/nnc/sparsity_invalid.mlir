// RUN: nnc-opt %s --split-input-file --verify-diagnostics

func.func @c1_element_type(%m: tensor<2x3xf64>) -> tensor<2x3xf64> {
  // expected-error@+2 {{(C1) mean has elements of 'f64', but they must be f32}}
  // expected-error@+1 {{'nnc.variational_dropout' op failed to infer returned types}}
  %0 = nnc.variational_dropout %m, %m : tensor<2x3xf64>, tensor<2x3xf64> -> tensor<2x3xf64>
  return %0 : tensor<2x3xf64>
}

// -----

func.func @c1_shapes(%m: tensor<2x3xf32>, %s: tensor<3x2xf32>) -> tensor<2x3xf32> {
  // expected-error@+2 {{(C1) mean is 'tensor<2x3xf32>', but log_sigma2 is 'tensor<3x2xf32>'}}
  // expected-error@+1 {{'nnc.variational_dropout' op failed to infer returned types}}
  %0 = nnc.variational_dropout %m, %s : tensor<2x3xf32>, tensor<3x2xf32> -> tensor<2x3xf32>
  return %0 : tensor<2x3xf32>
}

// -----

func.func @c2_threshold(%m: tensor<2x3xf32>) -> tensor<2x3xf32> {
  // expected-error@+2 {{(C2) threshold must be a number}}
  // expected-error@+1 {{'nnc.variational_dropout' op failed to infer returned types}}
  %0 = nnc.variational_dropout %m, %m {threshold = 0x7FC00000 : f32} : tensor<2x3xf32>, tensor<2x3xf32> -> tensor<2x3xf32>
  return %0 : tensor<2x3xf32>
}

// -----

func.func @c1_channels(%x: tensor<2x3xf32>) -> tensor<2x3xf32> {
  // expected-error@+2 {{(C1) mu has 2 elements, but there are 3 channels}}
  // expected-error@+1 {{'nnc.lognormal_noise' op failed to infer returned types}}
  %0 = nnc.lognormal_noise %x mu(dense<0.0> : tensor<2xf32>) log_sigma(dense<0.0> : tensor<3xf32>) : tensor<2x3xf32> -> tensor<2x3xf32>
  return %0 : tensor<2x3xf32>
}

// -----

func.func @c1_vector(%x: tensor<2x3xf32>) -> tensor<2x3xf32> {
  // expected-error@+2 {{(C1) log_sigma must be a vector of f32, but is 'tensor<1x3xf32>'}}
  // expected-error@+1 {{'nnc.lognormal_noise' op failed to infer returned types}}
  %0 = nnc.lognormal_noise %x mu(dense<0.0> : tensor<3xf32>) log_sigma(dense<0.0> : tensor<1x3xf32>) : tensor<2x3xf32> -> tensor<2x3xf32>
  return %0 : tensor<2x3xf32>
}

// -----

func.func @c1_input(%x: tensor<f32>) -> tensor<f32> {
  // expected-error@+2 {{(C1) the input must have channels of f32, but is 'tensor<f32>'}}
  // expected-error@+1 {{'nnc.lognormal_noise' op failed to infer returned types}}
  %0 = nnc.lognormal_noise %x mu(dense<0.0> : tensor<1xf32>) log_sigma(dense<0.0> : tensor<1xf32>) : tensor<f32> -> tensor<f32>
  return %0 : tensor<f32>
}

// -----

func.func @c2_snr(%x: tensor<2x3xf32>) -> tensor<2x3xf32> {
  // expected-error@+2 {{(C2) snr must not be negative, but is -1}}
  // expected-error@+1 {{'nnc.lognormal_noise' op failed to infer returned types}}
  %0 = nnc.lognormal_noise %x mu(dense<0.0> : tensor<3xf32>) log_sigma(dense<0.0> : tensor<3xf32>) {snr = -1.0 : f32} : tensor<2x3xf32> -> tensor<2x3xf32>
  return %0 : tensor<2x3xf32>
}

// -----

func.func @c1_lists(%x: tensor<1x4xf32>, %v: tensor<2x16xf32>, %c: tensor<2x8xi16>, %s: tensor<2xi32>, %p: tensor<3xi32>) -> tensor<1x3xf32> {
  // expected-error@+2 {{(C1) values are 'tensor<2x16xf32>', but columns are 'tensor<2x8xi16>'}}
  // expected-error@+1 {{'nnc.sparse_linear' op failed to infer returned types}}
  %0 = nnc.sparse_linear %x values(%v) columns(%c) starts(%s) positions(%p) longest = 2
    : tensor<1x4xf32>, tensor<2x16xf32>, tensor<2x8xi16>, tensor<2xi32>, tensor<3xi32> -> tensor<1x3xf32>
  return %0 : tensor<1x3xf32>
}

// -----

func.func @c2_longest(%x: tensor<1x4xf32>, %v: tensor<3x16xf32>, %c: tensor<3x16xi16>, %p: tensor<3xi32>) -> tensor<1x3xf32> {
  %s = arith.constant dense<[0, 3]> : tensor<2xi32>
  // expected-error@+2 {{(C2) starts has a list from 0 to 3, but lists have at most 2 of 3 entries}}
  // expected-error@+1 {{'nnc.sparse_linear' op failed to infer returned types}}
  %0 = nnc.sparse_linear %x values(%v) columns(%c) starts(%s) positions(%p) longest = 2
    : tensor<1x4xf32>, tensor<3x16xf32>, tensor<3x16xi16>, tensor<2xi32>, tensor<3xi32> -> tensor<1x3xf32>
  return %0 : tensor<1x3xf32>
}

// -----

func.func @c3_bias(%x: tensor<1x4xf32>, %v: tensor<2x16xf32>, %c: tensor<2x16xi16>, %s: tensor<2xi32>, %p: tensor<3xi32>, %b: tensor<4xf32>) -> tensor<1x3xf32> {
  // expected-error@+2 {{(C3) bias has 4 elements, but there are 3 positions}}
  // expected-error@+1 {{'nnc.sparse_linear' op failed to infer returned types}}
  %0 = nnc.sparse_linear %x values(%v) columns(%c) starts(%s) positions(%p) bias(%b) longest = 2
    : tensor<1x4xf32>, tensor<2x16xf32>, tensor<2x16xi16>, tensor<2xi32>, tensor<3xi32>, tensor<4xf32> -> tensor<1x3xf32>
  return %0 : tensor<1x3xf32>
}

// -----

func.func @c1_extents(%x: tensor<1x2x4x4xf32>) -> tensor<1x2x1x1x4x0xf32> {
  // expected-error@+2 {{(C1) strides [1, 1] and extents [4, 0] must each be two numbers of at least 1, low [0, 0] two of at least 0}}
  // expected-error@+1 {{'nnc.phase_planes' op failed to infer returned types}}
  %0 = nnc.phase_planes %x strides = [1, 1] low = [0, 0] extents = [4, 0] : tensor<1x2x4x4xf32> -> tensor<1x2x1x1x4x0xf32>
  return %0 : tensor<1x2x1x1x4x0xf32>
}

// -----

func.func @c1_pitch(%x: tensor<1x64xf32>, %v: tensor<3xf32>, %o: tensor<3xi32>, %s: tensor<3xi32>) -> tensor<1x2x2x4xf32> {
  // expected-error@+2 {{(C1) extents [2, 4] must be two numbers of at least 1, and pitch 3 at least the second of them}}
  // expected-error@+1 {{'nnc.sparse_conv2d' op failed to infer returned types}}
  %0 = nnc.sparse_conv2d %x values(%v) offsets(%o) starts(%s) extents = [2, 4] pitch = 3 longest = 2
    : tensor<1x64xf32>, tensor<3xf32>, tensor<3xi32>, tensor<3xi32> -> tensor<1x2x2x4xf32>
  return %0 : tensor<1x2x2x4xf32>
}

// -----

func.func @c2_offsets(%x: tensor<1x64xf32>, %v: tensor<3xf32>, %o: tensor<2xi32>, %s: tensor<3xi32>) -> tensor<1x2x2x4xf32> {
  // expected-error@+2 {{(C2) offsets are 'tensor<2xi32>', but there are 3 values and offsets must be integers}}
  // expected-error@+1 {{'nnc.sparse_conv2d' op failed to infer returned types}}
  %0 = nnc.sparse_conv2d %x values(%v) offsets(%o) starts(%s) extents = [2, 4] pitch = 4 longest = 2
    : tensor<1x64xf32>, tensor<3xf32>, tensor<2xi32>, tensor<3xi32> -> tensor<1x2x2x4xf32>
  return %0 : tensor<1x2x2x4xf32>
}

// -----

func.func @c3_longest(%x: tensor<1x64xf32>, %v: tensor<3xf32>, %o: tensor<3xi32>, %s: tensor<3xi32>) -> tensor<1x2x2x4xf32> {
  // expected-error@+2 {{(C3) longest is 0, but must be at least 1}}
  // expected-error@+1 {{'nnc.sparse_conv2d' op failed to infer returned types}}
  %0 = nnc.sparse_conv2d %x values(%v) offsets(%o) starts(%s) extents = [2, 4] pitch = 4 longest = 0
    : tensor<1x64xf32>, tensor<3xf32>, tensor<3xi32>, tensor<3xi32> -> tensor<1x2x2x4xf32>
  return %0 : tensor<1x2x2x4xf32>
}

// -----

func.func @c3_blocks(%x: tensor<1x64xf32>, %v: tensor<3xf32>, %o: tensor<3xi32>, %s: tensor<4xi32>) -> tensor<1x2x2x4xf32> {
  // expected-error@+2 {{(C3) there are 3 lists, which 2 blocks cannot share}}
  // expected-error@+1 {{'nnc.sparse_conv2d' op failed to infer returned types}}
  %0 = nnc.sparse_conv2d %x values(%v) offsets(%o) starts(%s) extents = [2, 4] pitch = 4 longest = 2 {blocks = 2 : i64}
    : tensor<1x64xf32>, tensor<3xf32>, tensor<3xi32>, tensor<4xi32> -> tensor<1x2x2x4xf32>
  return %0 : tensor<1x2x2x4xf32>
}

// -----

func.func @c4_bias(%x: tensor<1x64xf32>, %v: tensor<3xf32>, %o: tensor<3xi32>, %s: tensor<3xi32>, %b: tensor<3xf32>) -> tensor<1x2x2x4xf32> {
  // expected-error@+2 {{(C4) bias has 3 elements, but there are 2 output channels}}
  // expected-error@+1 {{'nnc.sparse_conv2d' op failed to infer returned types}}
  %0 = nnc.sparse_conv2d %x values(%v) offsets(%o) starts(%s) bias(%b) extents = [2, 4] pitch = 4 longest = 2
    : tensor<1x64xf32>, tensor<3xf32>, tensor<3xi32>, tensor<3xi32>, tensor<3xf32> -> tensor<1x2x2x4xf32>
  return %0 : tensor<1x2x2x4xf32>
}

// -----

func.func @c5_offset(%x: tensor<1x64xf32>, %v: tensor<3xf32>, %s: tensor<3xi32>) -> tensor<1x2x2x4xf32> {
  %o = arith.constant dense<[0, 40, 41]> : tensor<3xi32>
  // expected-error@+2 {{(C5) an offset is 41, but with 24 positions behind it must lie in planes of 64 elements}}
  // expected-error@+1 {{'nnc.sparse_conv2d' op failed to infer returned types}}
  %0 = nnc.sparse_conv2d %x values(%v) offsets(%o) starts(%s) extents = [2, 4] pitch = 4 longest = 2
    : tensor<1x64xf32>, tensor<3xf32>, tensor<3xi32>, tensor<3xi32> -> tensor<1x2x2x4xf32>
  return %0 : tensor<1x2x2x4xf32>
}

// -----

func.func @unrolled_c1_element(%x: tensor<1x4xf64>) -> tensor<1x2xf32> {
  // expected-error@+2 {{(C1) the input has elements of 'f64', but they must be f32}}
  // expected-error@+1 {{'nnc.unrolled_linear' op failed to infer returned types}}
  %0 = nnc.unrolled_linear %x values = [1.0, 2.0] columns = [0, 3] starts = [0, 1, 2] : tensor<1x4xf64> -> tensor<1x2xf32>
  return %0 : tensor<1x2xf32>
}

// -----

func.func @unrolled_c2_count(%x: tensor<1x4xf32>) -> tensor<1x2xf32> {
  // expected-error@+2 {{(C2) there are 2 values, but 1 columns}}
  // expected-error@+1 {{'nnc.unrolled_linear' op failed to infer returned types}}
  %0 = nnc.unrolled_linear %x values = [1.0, 2.0] columns = [0] starts = [0, 1, 2] : tensor<1x4xf32> -> tensor<1x2xf32>
  return %0 : tensor<1x2xf32>
}

// -----

func.func @unrolled_c2_column(%x: tensor<1x4xf32>) -> tensor<1x2xf32> {
  // expected-error@+2 {{(C2) a column is 4, but there are 4 inputs}}
  // expected-error@+1 {{'nnc.unrolled_linear' op failed to infer returned types}}
  %0 = nnc.unrolled_linear %x values = [1.0, 2.0] columns = [0, 4] starts = [0, 1, 2] : tensor<1x4xf32> -> tensor<1x2xf32>
  return %0 : tensor<1x2xf32>
}

// -----

func.func @unrolled_c3_falls(%x: tensor<1x4xf32>) -> tensor<1x2xf32> {
  // expected-error@+2 {{(C3) starts are [0, 3, 2], but must rise from 0 to 2, the number of values}}
  // expected-error@+1 {{'nnc.unrolled_linear' op failed to infer returned types}}
  %0 = nnc.unrolled_linear %x values = [1.0, 2.0] columns = [0, 3] starts = [0, 3, 2] : tensor<1x4xf32> -> tensor<1x2xf32>
  return %0 : tensor<1x2xf32>
}

// -----

func.func @unrolled_c3_none(%x: tensor<1x4xf32>) -> tensor<1x2xf32> {
  // expected-error@+2 {{(C3) starts are [0], but must rise from 0 to 2, the number of values}}
  // expected-error@+1 {{'nnc.unrolled_linear' op failed to infer returned types}}
  %0 = nnc.unrolled_linear %x values = [1.0, 2.0] columns = [0, 3] starts = [0] : tensor<1x4xf32> -> tensor<1x2xf32>
  return %0 : tensor<1x2xf32>
}

// -----

func.func @unrolled_c4_bias(%x: tensor<1x4xf32>, %b: tensor<3xf32>) -> tensor<1x2xf32> {
  // expected-error@+2 {{(C4) bias has 3 elements, but there are 2 outputs}}
  // expected-error@+1 {{'nnc.unrolled_linear' op failed to infer returned types}}
  %0 = nnc.unrolled_linear %x values = [1.0, 2.0] columns = [0, 3] starts = [0, 1, 2] bias(%b) : tensor<1x4xf32>, tensor<3xf32> -> tensor<1x2xf32>
  return %0 : tensor<1x2xf32>
}
