// RUN: nnc-opt %s --split-input-file --verify-diagnostics

// expected-error@+1 {{'halide.kernel' op (C1) body must end in halide.yield}}
halide.kernel @c1_terminator(%x: tensor<4xf32>) -> tensor<4xf32> {
  func.return %x : tensor<4xf32>
}

// -----

halide.kernel @c1_yield(%x: tensor<4xf32>) -> tensor<4xf32> {
  // expected-error@+1 {{(C1) yields values of types}}
  halide.yield %x, %x : tensor<4xf32>, tensor<4xf32>
}

// -----

// expected-error@+1 {{'halide.kernel' op (C2) has 'tensor<?xf32>' in its signature, but kernels take and give statically shaped tensors}}
halide.kernel @c2_static(%x: tensor<?xf32>) -> tensor<?xf32> {
  halide.yield %x : tensor<?xf32>
}

// -----

func.func @c1_callee(%x: tensor<4xf32>) -> tensor<4xf32> {
  // expected-error@+1 {{'halide.launch' op (C1) there is no halide.kernel @absent}}
  %0 = halide.launch @absent(%x) : (tensor<4xf32>) -> tensor<4xf32>
  return %0 : tensor<4xf32>
}

// -----

halide.kernel @k(%x: tensor<4xf32>) -> tensor<4xf32> {
  halide.yield %x : tensor<4xf32>
}
func.func @c2_count(%x: tensor<4xf32>) -> tensor<4xf32> {
  // expected-error@+1 {{'halide.launch' op (C2) has 2 inputs, but the kernel has 1}}
  %0 = halide.launch @k(%x, %x) : (tensor<4xf32>, tensor<4xf32>) -> tensor<4xf32>
  return %0 : tensor<4xf32>
}

// -----

halide.kernel @k(%x: tensor<4xf32>) -> tensor<4xf32> {
  halide.yield %x : tensor<4xf32>
}
func.func @c2_shape(%x: tensor<4xf32>) -> tensor<5xf32> {
  // expected-error@+1 {{'halide.launch' op (C2) results 0 is 'tensor<5xf32>', but the kernel has 'tensor<4xf32>'}}
  %0 = halide.launch @k(%x) : (tensor<4xf32>) -> tensor<5xf32>
  return %0 : tensor<5xf32>
}

// -----

halide.kernel @k(%x: tensor<4xf32>) -> tensor<4xf32> {
  halide.yield %x : tensor<4xf32>
}
func.func @c3_both(%x: tensor<4xf32>, %y: memref<4xf32>) -> tensor<4xf32> {
  // expected-error@+1 {{'halide.launch' op (C3) has both results and outs}}
  %0 = halide.launch @k(%x) outs(%y : memref<4xf32>) : (tensor<4xf32>) -> tensor<4xf32>
  return %0 : tensor<4xf32>
}

// -----

halide.kernel @step(%x: tensor<4xf32>, %s: tensor<2xf32>) -> tensor<4xf32> {
  %y = arith.addf %x, %x : tensor<4xf32>
  halide.yield %y : tensor<4xf32>
}
func.func @c4(%x: tensor<3x4xf32>, %s: tensor<2xf32>) {
  // expected-error@+1 {{'halide.launch' op (C4) cannot repeat '(tensor<4xf32>, tensor<2xf32>) -> tensor<4xf32>' 3 times}}
  %0 = halide.launch @step(%x, %s) {steps = 3 : i64} : (tensor<3x4xf32>, tensor<2xf32>) -> tensor<3x4xf32>
  return
}

// -----

halide.kernel @step(%x: tensor<4xf32>, %s: tensor<4xf32>) -> tensor<4xf32> {
  %y = arith.addf %x, %s : tensor<4xf32>
  halide.yield %y : tensor<4xf32>
}
func.func @c2_sequence(%x: tensor<3x4xf32>, %s: tensor<4xf32>) {
  // expected-error@+1 {{'halide.launch' op (C2) inputs 0 is 'tensor<3x4xf32>', but the kernel has 'tensor<5x4xf32>'}}
  %0 = halide.launch @step(%x, %s) {steps = 5 : i64} : (tensor<3x4xf32>, tensor<4xf32>) -> tensor<5x4xf32>
  return
}
