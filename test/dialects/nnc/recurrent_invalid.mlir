// RUN: nnc-opt %s -split-input-file -verify-diagnostics

func.func @c1(%gates: tensor<5x1x3x8xf32>, %recurrent: tensor<8x4x8xf32>, %initial: tensor<2x1x8xf32>) {
  // expected-error@+2 {{(C1) gates is 'tensor<5x1x3x8xf32>', but must be steps x batch x 4 x units of a floating-point type}}
  // expected-error@+1 {{'nnc.lstm' op failed to infer returned types}}
  %0 = nnc.lstm %gates recurrent(%recurrent) initial(%initial) : tensor<5x1x3x8xf32>, tensor<8x4x8xf32>, tensor<2x1x8xf32> -> tensor<5x2x1x8xf32>
  return
}

// -----

func.func @c1_types(%gates: tensor<5x1x4x8xf32>, %recurrent: tensor<8x4x8xf64>, %initial: tensor<2x1x8xf32>) {
  // expected-error@+2 {{(C1) gates has elements of 'f32', but an operand has 'f64'}}
  // expected-error@+1 {{'nnc.lstm' op failed to infer returned types}}
  %0 = nnc.lstm %gates recurrent(%recurrent) initial(%initial) : tensor<5x1x4x8xf32>, tensor<8x4x8xf64>, tensor<2x1x8xf32> -> tensor<5x2x1x8xf32>
  return
}

// -----

func.func @c2(%gates: tensor<5x1x4x8xf32>, %recurrent: tensor<8x4x9xf32>, %initial: tensor<2x1x8xf32>) {
  // expected-error@+2 {{(C2) recurrent is 'tensor<8x4x9xf32>', but must be 8 x 4 x 8}}
  // expected-error@+1 {{'nnc.lstm' op failed to infer returned types}}
  %0 = nnc.lstm %gates recurrent(%recurrent) initial(%initial) : tensor<5x1x4x8xf32>, tensor<8x4x9xf32>, tensor<2x1x8xf32> -> tensor<5x2x1x8xf32>
  return
}

// -----

func.func @c3(%gates: tensor<5x1x4x8xf32>, %recurrent: tensor<8x4x8xf32>, %initial: tensor<1x1x8xf32>) {
  // expected-error@+2 {{(C3) initial is 'tensor<1x1x8xf32>', but must be 2 x 1 x 8}}
  // expected-error@+1 {{'nnc.lstm' op failed to infer returned types}}
  %0 = nnc.lstm %gates recurrent(%recurrent) initial(%initial) : tensor<5x1x4x8xf32>, tensor<8x4x8xf32>, tensor<1x1x8xf32> -> tensor<5x2x1x8xf32>
  return
}

// -----

func.func @c4(%gates: tensor<5x1x4x8xf32>, %recurrent: tensor<8x4x8xf32>, %initial: tensor<2x1x8xf32>) {
  // expected-error@+2 {{(C4) activation "relu" is none of sigmoid, tanh and hard_sigmoid}}
  // expected-error@+1 {{'nnc.lstm' op failed to infer returned types}}
  %0 = nnc.lstm %gates recurrent(%recurrent) initial(%initial) {activations = ["relu", "tanh", "tanh"]} : tensor<5x1x4x8xf32>, tensor<8x4x8xf32>, tensor<2x1x8xf32> -> tensor<5x2x1x8xf32>
  return
}

// -----

func.func @c4_count(%gates: tensor<5x1x4x8xf32>, %recurrent: tensor<8x4x8xf32>, %initial: tensor<2x1x8xf32>) {
  // expected-error@+2 {{(C4) there are 2 activations, 3 alphas and 3 betas, but there must be 3 of each}}
  // expected-error@+1 {{'nnc.lstm' op failed to infer returned types}}
  %0 = nnc.lstm %gates recurrent(%recurrent) initial(%initial) {activations = ["tanh", "tanh"]} : tensor<5x1x4x8xf32>, tensor<8x4x8xf32>, tensor<2x1x8xf32> -> tensor<5x2x1x8xf32>
  return
}

// -----

func.func @c2_sparse(%gates: tensor<5x1x4x8xf32>, %values: tensor<3x16xf32>, %columns: tensor<2x16xi16>, %starts: tensor<3xi32>, %positions: tensor<32xi32>, %initial: tensor<2x1x8xf32>) {
  // expected-error@+2 {{(C2) values is 'tensor<3x16xf32>', but columns is 'tensor<2x16xi16>'}}
  // expected-error@+1 {{'nnc.sparse_lstm' op failed to infer returned types}}
  %0 = nnc.sparse_lstm %gates values(%values) columns(%columns) starts(%starts) positions(%positions) initial(%initial) longest = 2
    : tensor<5x1x4x8xf32>, tensor<3x16xf32>, tensor<2x16xi16>, tensor<3xi32>, tensor<32xi32>, tensor<2x1x8xf32> -> tensor<5x2x1x8xf32>
  return
}

// -----

func.func @c5_sparse(%gates: tensor<5x1x4x8xf32>, %values: tensor<3x16xf32>, %columns: tensor<3x16xi16>, %starts: tensor<3xi32>, %positions: tensor<32xi32>, %initial: tensor<2x1x8xf32>) {
  // expected-error@+2 {{(C5) longest is 0, but must be at least 1}}
  // expected-error@+1 {{'nnc.sparse_lstm' op failed to infer returned types}}
  %0 = nnc.sparse_lstm %gates values(%values) columns(%columns) starts(%starts) positions(%positions) initial(%initial) longest = 0
    : tensor<5x1x4x8xf32>, tensor<3x16xf32>, tensor<3x16xi16>, tensor<3xi32>, tensor<32xi32>, tensor<2x1x8xf32> -> tensor<5x2x1x8xf32>
  return
}
