// RUN: nnc-opt %s --split-input-file --verify-diagnostics

func.func @c1_batch(%a: tensor<2x3x4xf32>, %b: tensor<3x4x5xf32>) -> tensor<2x3x5xf32> {
  // expected-error@+2 {{(C1) batch dimensions are 2 and 3}}
  // expected-error@+1 {{'nnc.matmul' op failed to infer returned types}}
  %r = nnc.matmul %a, %b : tensor<2x3x4xf32>, tensor<3x4x5xf32> -> tensor<2x3x5xf32>
  return %r : tensor<2x3x5xf32>
}

// -----

func.func @c2_inner(%a: tensor<2x3x4xf32>, %b: tensor<2x5x6xf32>) -> tensor<2x3x6xf32> {
  // expected-error@+2 {{(C2) lhs has 4 columns, but rhs has 5 rows}}
  // expected-error@+1 {{'nnc.matmul' op failed to infer returned types}}
  %r = nnc.matmul %a, %b : tensor<2x3x4xf32>, tensor<2x5x6xf32> -> tensor<2x3x6xf32>
  return %r : tensor<2x3x6xf32>
}
