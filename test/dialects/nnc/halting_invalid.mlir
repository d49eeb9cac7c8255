// RUN: nnc-opt %s --split-input-file --verify-diagnostics

func.func @list_active_c1(%m: tensor<6xi1>) {
  // expected-error@+2 {{(C1) piece is 0, but must be at least 1}}
  // expected-error@+1 {{'nnc.list_active' op failed to infer returned types}}
  %0, %1 = nnc.list_active %m {piece = 0 : i64} : tensor<6xi1> -> tensor<6xi32>, tensor<1xi32>
  return
}

// -----

func.func @window_mask_c1(%m: tensor<6xi1>) {
  // expected-error@+2 {{(C1) the mask is 'tensor<6xi1>', but image needs three extents with that product, and kernel, dilations and pads two numbers each}}
  // expected-error@+1 {{'nnc.window_mask' op failed to infer returned types}}
  %0 = nnc.window_mask %m {image = array<i64: 1, 2, 2>, kernel = array<i64: 3, 3>, dilations = array<i64: 1, 1>, pads = array<i64: 1, 1>} : tensor<6xi1> -> tensor<6xi1>
  return
}

// -----

func.func @update_rows_c1(%t: tensor<1x6x4xf32>, %r: tensor<1x8x4xf32>, %p: tensor<7xi32>, %c: tensor<1xi32>) {
  // expected-error@+2 {{(C1) rows are 'tensor<1x8x4xf32>' for positions 'tensor<7xi32>' of 'tensor<1x6x4xf32>'}}
  // expected-error@+1 {{'nnc.update_rows' op failed to infer returned types}}
  %0 = nnc.update_rows %t rows(%r) at %p count(%c) : tensor<1x6x4xf32>, tensor<1x8x4xf32>, tensor<7xi32>, tensor<1xi32> -> tensor<1x6x4xf32>
  return
}

// -----

func.func @update_rows_c2(%t: tensor<1x6x4xf32>, %r: tensor<1x8x4xf32>, %p: tensor<8xi32>, %c: tensor<2xi32>) {
  // expected-error@+2 {{(C2) the count is 'tensor<2xi32>', but must be one number}}
  // expected-error@+1 {{'nnc.update_rows' op failed to infer returned types}}
  %0 = nnc.update_rows %t rows(%r) at %p count(%c) : tensor<1x6x4xf32>, tensor<1x8x4xf32>, tensor<8xi32>, tensor<2xi32> -> tensor<1x6x4xf32>
  return
}

// -----

func.func @update_all_c1(%t: tensor<1x6x4xf32>, %r: tensor<1x8x4xf32>) {
  // expected-error@+2 {{(C1) rows are 'tensor<1x8x4xf32>' of 'tensor<1x6x4xf32>'}}
  // expected-error@+1 {{'nnc.update_all' op failed to infer returned types}}
  %0 = nnc.update_all %t rows(%r) : tensor<1x6x4xf32>, tensor<1x8x4xf32> -> tensor<1x6x4xf32>
  return
}
