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

// -----

halide.kernel @rows(%x: tensor<1x2x4xf32>) -> tensor<1x2x4xf32> {
  halide.yield %x : tensor<1x2x4xf32>
}
func.func @c5_alone(%x: tensor<1x6x4xf32>) {
  // expected-error@+1 {{'halide.launch' op (C5) a piece comes with a count, and a count without steps}}
  %0 = halide.launch @rows(%x) {piece = 2 : i64, lists = array<i64: 0>} : (tensor<1x6x4xf32>) -> tensor<1x6x4xf32>
  return
}

// -----

halide.kernel @rows(%x: tensor<1x2x4xf32>) -> tensor<1x2x4xf32> {
  halide.yield %x : tensor<1x2x4xf32>
}
func.func @c5_count(%x: tensor<1x2x4xf32>, %c: tensor<2xi32>) {
  // expected-error@+1 {{'halide.launch' op (C5) the count must be one number, but is 'tensor<2xi32>'}}
  %0 = halide.launch @rows(%x) count(%c : tensor<2xi32>) : (tensor<1x2x4xf32>) -> tensor<1x2x4xf32>
  return
}

// -----

halide.kernel @rows(%x: tensor<1x2x4xf32>) -> tensor<1x2x4xf32> {
  halide.yield %x : tensor<1x2x4xf32>
}
func.func @c5_whole(%x: tensor<1x5x4xf32>, %c: tensor<1xi32>) {
  // expected-error@+1 {{'halide.launch' op (C5) input 0 is no list of whole pieces}}
  %0 = halide.launch @rows(%x) count(%c : tensor<1xi32>) {piece = 2 : i64, lists = array<i64: 0>} : (tensor<1x5x4xf32>) -> tensor<1x6x4xf32>
  return
}

// -----

halide.kernel @rows(%x: tensor<1x2x4xf32>) -> tensor<1x2x4xf32> {
  halide.yield %x : tensor<1x2x4xf32>
}
func.func @c6(%x: tensor<1x2x4xf32>) {
  // expected-error@+1 {{'halide.launch' op (C6) input 1 has not the type of the only result}}
  %0 = halide.launch @rows(%x) {tied = 1 : i64} : (tensor<1x2x4xf32>) -> tensor<1x2x4xf32>
  return
}

// -----

halide.kernel @rows(%x: tensor<1x2x4xf32>) -> tensor<1x2x4xf32> {
  halide.yield %x : tensor<1x2x4xf32>
}
func.func @c7(%x: tensor<1x6x4xf32>, %n: tensor<1xi32>) {
  // expected-error@+1 {{'halide.launch' op (C7) there is no input 1 to pick rows of}}
  %0 = halide.launch @rows(%x) count(%n : tensor<1xi32>) {piece = 2 : i64, lists = array<i64: 0>, picked = array<i64: 1>} : (tensor<1x6x4xf32>) -> tensor<1x6x4xf32>
  return
}

// -----

halide.kernel @rows(%x: tensor<1x2x4xf32>) -> tensor<1x2x4xf32> {
  halide.yield %x : tensor<1x2x4xf32>
}
func.func @c7_update(%x: memref<1x6x4xf32>, %n: memref<1xi32>, %rows: memref<1x2x4xf32>, %y: memref<1x9x4xf32>) {
  // expected-error@+1 {{'halide.launch' op (C7) input 0 is no list of positions for rows and an image}}
  halide.launch @rows(%x) outs(%rows, %y : memref<1x2x4xf32>, memref<1x9x4xf32>) count(%n : memref<1xi32>) {piece = 2 : i64, lists = array<i64: 0>, update = 0 : i64} : (memref<1x6x4xf32>) -> ()
  return
}
