// RUN: nnc-opt %s --split-input-file --verify-diagnostics

func.func @distances_c1(%x: tensor<2x3xf64>, %p: tensor<4x5xf64>) {
  // expected-error@+2 {{(C1) the input is 'tensor<2x3xf64>', but points are 'tensor<4x5xf64>': D x N is wanted, of the same elements}}
  // expected-error@+1 {{'nnc.distances' op failed to infer returned types}}
  %0 = nnc.distances %x to %p {power = 2.0 : f64} : tensor<2x3xf64>, tensor<4x5xf64> -> tensor<2x5xf64>
  return
}

// -----

func.func @distances_c2(%x: tensor<2x3xf64>, %p: tensor<3x5xf64>) {
  // expected-error@+2 {{(C2) power is 0}}
  // expected-error@+1 {{'nnc.distances' op failed to infer returned types}}
  %0 = nnc.distances %x to %p {power = 0.0 : f64} : tensor<2x3xf64>, tensor<3x5xf64> -> tensor<2x5xf64>
  return
}

// -----

func.func @distances_gradient_c1(%w: tensor<2x4xf64>, %x: tensor<2x3xf64>, %p: tensor<3x5xf64>) {
  // expected-error@+2 {{and weights 'tensor<2x4xf64>': M x D, D x N and M x N are wanted, of the same elements}}
  // expected-error@+1 {{'nnc.distances_gradient' op failed to infer returned types}}
  %0 = nnc.distances_gradient %w of %x to %p {power = 2.0 : f64} : tensor<2x4xf64>, tensor<2x3xf64>, tensor<3x5xf64> -> tensor<2x3xf64>
  return
}

// -----

func.func @distances_gradient_c2(%w: tensor<2x5xf64>, %x: tensor<2x3xf64>, %p: tensor<3x5xf64>) {
  // expected-error@+2 {{(C2) power is 5}}
  // expected-error@+1 {{'nnc.distances_gradient' op failed to infer returned types}}
  %0 = nnc.distances_gradient %w of %x to %p {power = 0.5 : f64} : tensor<2x5xf64>, tensor<2x3xf64>, tensor<3x5xf64> -> tensor<2x3xf64>
  return
}

// -----

func.func @trees_c1(%x: tensor<2x3xf64>, %c: tensor<4x3xi32>, %t: tensor<4x3xf64>, %l: tensor<4x8xf64>) {
  // expected-error@+2 {{T x 2^L and twice T x (2^L - 1) are wanted, L at most 16, of the input's elements}}
  // expected-error@+1 {{'nnc.trees' op failed to infer returned types}}
  %0 = nnc.trees %x columns(%c) thresholds(%t) leaves(%l) : tensor<2x3xf64>, tensor<4x3xi32>, tensor<4x3xf64>, tensor<4x8xf64> -> tensor<2x1xf64>
  return
}

// -----

func.func @tree_selects_c1(%x: tensor<3x2xf64>, %c: tensor<1x511xi32>, %t: tensor<1x511xf64>, %l: tensor<1x512xf64>) {
  // expected-error@+2 {{T x 2^L and twice T x (2^L - 1) are wanted, L at most 8, of the input's elements}}
  // expected-error@+1 {{'nnc.tree_selects' op failed to infer returned types}}
  %0 = nnc.tree_selects %x columns(%c) thresholds(%t) leaves(%l) : tensor<3x2xf64>, tensor<1x511xi32>, tensor<1x511xf64>, tensor<1x512xf64> -> tensor<2x1xf64>
  return
}

// -----

func.func @tree_walk_c1(%x: tensor<2x3xf64>, %r: tensor<4x2xi32>, %t: tensor<8xf64>, %n: tensor<9x2xi32>, %v: tensor<9x2xf64>) {
  // expected-error@+2 {{T x 2, N x 2, N and N x K are wanted, of the input's elements}}
  // expected-error@+1 {{'nnc.tree_walk' op failed to infer returned types}}
  %0 = nnc.tree_walk %x roots(%r) nodes(%n) thresholds(%t) values(%v) depth = 2 : tensor<2x3xf64>, tensor<4x2xi32>, tensor<9x2xi32>, tensor<8xf64>, tensor<9x2xf64> -> tensor<2x2xf64>
  return
}

// -----

func.func @tree_walk_c2(%x: tensor<2x3xf64>, %r: tensor<4x2xi32>, %t: tensor<9xf64>, %n: tensor<9x2xi32>, %v: tensor<9x2xf64>) {
  // expected-error@+2 {{(C2) depth is 0, but must be from 1 to 100}}
  // expected-error@+1 {{'nnc.tree_walk' op failed to infer returned types}}
  %0 = nnc.tree_walk %x roots(%r) nodes(%n) thresholds(%t) values(%v) depth = 0 : tensor<2x3xf64>, tensor<4x2xi32>, tensor<9x2xi32>, tensor<9xf64>, tensor<9x2xf64> -> tensor<2x2xf64>
  return
}

// -----

func.func @tree_masks_c1(%x: tensor<2x3xf64>, %s: tensor<2xi32>, %c: tensor<9xi32>, %t: tensor<9x16xf64>, %m: tensor<9x16xi64>, %v: tensor<17x4xf64>) {
  // expected-error@+2 {{G + 1, P, twice P x W and T x L for T trees in G groups of W are wanted, of the input's elements, and masks of as many bits, which are at least L}}
  // expected-error@+1 {{'nnc.tree_masks' op failed to infer returned types}}
  %0 = nnc.tree_masks %x starts(%s) columns(%c) thresholds(%t) masks(%m) values(%v) longest = 9 : tensor<2x3xf64>, tensor<2xi32>, tensor<9xi32>, tensor<9x16xf64>, tensor<9x16xi64>, tensor<17x4xf64> -> tensor<2x1xf64>
  return
}

// -----

func.func @tree_masks_c1_bits(%x: tensor<2x3xf32>, %s: tensor<2xi32>, %c: tensor<9xi32>, %t: tensor<9x16xf32>, %m: tensor<9x16xi64>, %v: tensor<16x4xf32>) {
  // expected-error@+2 {{masks 'tensor<9x16xi64>'}}
  // expected-error@+1 {{'nnc.tree_masks' op failed to infer returned types}}
  %0 = nnc.tree_masks %x starts(%s) columns(%c) thresholds(%t) masks(%m) values(%v) longest = 9 : tensor<2x3xf32>, tensor<2xi32>, tensor<9xi32>, tensor<9x16xf32>, tensor<9x16xi64>, tensor<16x4xf32> -> tensor<2x1xf32>
  return
}

// -----

func.func @tree_masks_c2(%x: tensor<2x3xf64>, %s: tensor<2xi32>, %c: tensor<9xi32>, %t: tensor<9x16xf64>, %m: tensor<9x16xi64>, %v: tensor<16x4xf64>) {
  // expected-error@+2 {{(C2) longest is 10, but must be from 1 to 9}}
  // expected-error@+1 {{'nnc.tree_masks' op failed to infer returned types}}
  %0 = nnc.tree_masks %x starts(%s) columns(%c) thresholds(%t) masks(%m) values(%v) longest = 10 : tensor<2x3xf64>, tensor<2xi32>, tensor<9xi32>, tensor<9x16xf64>, tensor<9x16xi64>, tensor<16x4xf64> -> tensor<2x1xf64>
  return
}
