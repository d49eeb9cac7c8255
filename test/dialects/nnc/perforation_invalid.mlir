// RUN: nnc-opt %s --split-input-file --verify-diagnostics

func.func @perforate_c1_shape(%x: tensor<1x2x3x4xf32>, %f: tensor<3x2xi32>) -> tensor<1x2x3x4xf32> {
  // expected-error@+2 {{(C1) fill is 'tensor<3x2xi32>', but must be 2 x 3 numbers}}
  // expected-error@+1 {{'nnc.perforate' op failed to infer returned types}}
  %0 = nnc.perforate %x fill(%f) : tensor<1x2x3x4xf32>, tensor<3x2xi32> -> tensor<1x2x3x4xf32>
  return %0 : tensor<1x2x3x4xf32>
}

// -----

func.func @perforate_c1_number(%x: tensor<1x1x3x4xf32>) -> tensor<1x1x3x4xf32> {
  %f = arith.constant dense<[[0, 3, 0]]> : tensor<1x3xi32>
  // expected-error@+2 {{(C1) fill has a 3, but its numbers must be between 0 and 2}}
  // expected-error@+1 {{'nnc.perforate' op failed to infer returned types}}
  %0 = nnc.perforate %x fill(%f) : tensor<1x1x3x4xf32>, tensor<1x3xi32> -> tensor<1x1x3x4xf32>
  return %0 : tensor<1x1x3x4xf32>
}

// -----

func.func @perforate_c2(%x: tensor<1x1x3x4xf32>) -> tensor<1x1x3x4xf32> {
  %f = arith.constant dense<[[1, 2, 2]]> : tensor<1x3xi32>
  // expected-error@+2 {{(C2) position 1 is copied to another, but is itself a copy of 2}}
  // expected-error@+1 {{'nnc.perforate' op failed to infer returned types}}
  %0 = nnc.perforate %x fill(%f) : tensor<1x1x3x4xf32>, tensor<1x3xi32> -> tensor<1x1x3x4xf32>
  return %0 : tensor<1x1x3x4xf32>
}

// -----

func.func @conv_c1_shape(%x: tensor<1x9x4xf32>, %w: tensor<3x3x4x8xf32>, %t: tensor<2x8xi32>) -> tensor<1x2x8xf32> {
  // expected-error@+2 {{(C1) taps are 'tensor<2x8xi32>', but must be a matrix with a column for each of 9 taps}}
  // expected-error@+1 {{'nnc.perforated_conv2d' op failed to infer returned types}}
  %0 = nnc.perforated_conv2d %x, %w taps(%t) : tensor<1x9x4xf32>, tensor<3x3x4x8xf32>, tensor<2x8xi32> -> tensor<1x2x8xf32>
  return %0 : tensor<1x2x8xf32>
}

// -----

func.func @conv_c1_number(%x: tensor<1x3x4xf32>, %w: tensor<1x2x4x8xf32>) -> tensor<1x1x8xf32> {
  %t = arith.constant dense<[[0, 3]]> : tensor<1x2xi32>
  // expected-error@+2 {{(C1) taps has a 3, but its numbers must be between 0 and 2}}
  // expected-error@+1 {{'nnc.perforated_conv2d' op failed to infer returned types}}
  %0 = nnc.perforated_conv2d %x, %w taps(%t) : tensor<1x3x4xf32>, tensor<1x2x4x8xf32>, tensor<1x2xi32> -> tensor<1x1x8xf32>
  return %0 : tensor<1x1x8xf32>
}

// -----

func.func @conv_zero_row(%x: tensor<1x3x4xf32>, %w: tensor<1x2x4x8xf32>) -> tensor<1x1x8xf32> {
  // Pixel 3 is the row of zeros.
  %t = arith.constant dense<[[0, 3]]> : tensor<1x2xi32>
  %0 = nnc.perforated_conv2d %x, %w taps(%t) {zero_row} : tensor<1x3x4xf32>, tensor<1x2x4x8xf32>, tensor<1x2xi32> -> tensor<1x1x8xf32>
  return %0 : tensor<1x1x8xf32>
}

// -----

func.func @conv_c2(%x: tensor<1x3x4xf32>, %w: tensor<1x2x4x8xf32>, %t: tensor<1x2xi32>) -> tensor<1x1x8xf32> {
  // expected-error@+2 {{(C2) the filter is 'tensor<1x2x4x8xf32>', but the input has 4 channels}}
  // expected-error@+1 {{'nnc.perforated_conv2d' op failed to infer returned types}}
  %0 = nnc.perforated_conv2d %x, %w taps(%t) {depthwise} : tensor<1x3x4xf32>, tensor<1x2x4x8xf32>, tensor<1x2xi32> -> tensor<1x1x8xf32>
  return %0 : tensor<1x1x8xf32>
}

// -----

func.func @conv_c3(%x: tensor<1x3x4xf32>, %w: tensor<1x2x4x8xf32>, %t: tensor<1x2xi32>, %b: tensor<4xf32>) -> tensor<1x1x8xf32> {
  // expected-error@+2 {{(C3) bias has 4 elements, but there are 8 output channels}}
  // expected-error@+1 {{'nnc.perforated_conv2d' op failed to infer returned types}}
  %0 = nnc.perforated_conv2d %x, %w taps(%t) bias(%b) : tensor<1x3x4xf32>, tensor<1x2x4x8xf32>, tensor<1x2xi32>, tensor<4xf32> -> tensor<1x1x8xf32>
  return %0 : tensor<1x1x8xf32>
}

// -----

func.func @max_c1(%x: tensor<1x3x4xf32>) -> tensor<1x1x4xf32> {
  %t = arith.constant dense<[[0, -1]]> : tensor<1x2xi32>
  // expected-error@+2 {{(C1) taps has a -1, but its numbers must be between 0 and 2}}
  // expected-error@+1 {{'nnc.perforated_max_pool2d' op failed to infer returned types}}
  %0 = nnc.perforated_max_pool2d %x taps(%t) : tensor<1x3x4xf32>, tensor<1x2xi32> -> tensor<1x1x4xf32>
  return %0 : tensor<1x1x4xf32>
}

// -----

func.func @avg_c1(%x: tensor<1x3x4xf32>, %t: tensor<2x2xi32>, %w: tensor<1x2xf32>) -> tensor<1x2x4xf32> {
  // expected-error@+2 {{(C1) weights are 'tensor<1x2xf32>', but taps are 'tensor<2x2xi32>'}}
  // expected-error@+1 {{'nnc.perforated_avg_pool2d' op failed to infer returned types}}
  %0 = nnc.perforated_avg_pool2d %x taps(%t) weights(%w) : tensor<1x3x4xf32>, tensor<2x2xi32>, tensor<1x2xf32> -> tensor<1x2x4xf32>
  return %0 : tensor<1x2x4xf32>
}
