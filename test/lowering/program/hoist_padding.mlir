// RUN: nnc-opt %s --nnc-hoist-padding --split-input-file | FileCheck %s
// RUN: nnc-opt %s --nnc-hoist-padding --nnc-place-views --nnc-specialize-layouts --nnc-plan-program --split-input-file | FileCheck %s --check-prefix=PLAN

// The kernel takes the padded value; its borders are written by one launch. In memory, the producer writes at row 1,
// column 1 of the padded value, and the sum, which reads the value as it is, reads it there.
// CHECK: halide.kernel @window(%{{.*}}: tensor<1x6x6x2xf32>) -> tensor<1x6x6x2xf32>
// CHECK-NEXT: math.absf
// CHECK: halide.kernel @border_layer() -> (tensor<1x4x1x2xf32>, tensor<1x4x1x2xf32>, tensor<1x1x6x2xf32>, tensor<1x1x6x2xf32>) attributes {kernel_class = "border", layers = ["border"]}
// CHECK: func.func @main
// CHECK: %[[V:.*]] = halide.launch @k
// CHECK: %[[B:.*]]:4 = halide.launch @border_layer()
// CHECK: %[[R:.*]] = tensor.concat dim(2) %[[B]]#0, %[[V]], %[[B]]#1
// CHECK: %[[S:.*]] = tensor.concat dim(1) %[[B]]#2, %[[R]], %[[B]]#3
// CHECK: halide.launch @window(%[[S]])
// CHECK: halide.launch @k(%[[V]])
// PLAN: func.func @main
// PLAN: %[[I:.*]] = memref.reinterpret_cast %{{.*}} to offset: [14], sizes: [1, 4, 4, 2], strides: [1, 12, 2, 1]
// PLAN: halide.launch @k_{{.*}} outs(%[[I]]
// PLAN: reinterpret_cast %{{.*}} to offset: [12], sizes: [1, 4, 1, 2]
// PLAN: reinterpret_cast %{{.*}} to offset: [22], sizes: [1, 4, 1, 2]
// PLAN: reinterpret_cast %{{.*}} to offset: [0], sizes: [1, 1, 6, 2]
// PLAN: reinterpret_cast %{{.*}} to offset: [60], sizes: [1, 1, 6, 2]
// PLAN: halide.launch @border_layer
// PLAN-NOT: @copy
// PLAN: halide.launch @window
halide.kernel @k(%x: tensor<1x4x4x2xf32>) -> tensor<1x4x4x2xf32> {
  %0 = math.absf %x : tensor<1x4x4x2xf32>
  halide.yield %0 : tensor<1x4x4x2xf32>
}
halide.kernel @window(%x: tensor<1x4x4x2xf32>) -> tensor<1x6x6x2xf32> {
  %zero = arith.constant 0.0 : f32
  %0 = tensor.pad %x low[0, 1, 1, 0] high[0, 1, 1, 0] {
  ^bb0(%n: index, %y: index, %x_: index, %k: index):
    tensor.yield %zero : f32
  } : tensor<1x4x4x2xf32> to tensor<1x6x6x2xf32>
  %1 = math.absf %0 : tensor<1x6x6x2xf32>
  halide.yield %1 : tensor<1x6x6x2xf32>
}
func.func @main(%x: tensor<1x4x4x2xf32>) -> (tensor<1x6x6x2xf32>, tensor<1x4x4x2xf32>) {
  %0 = halide.launch @k(%x) : (tensor<1x4x4x2xf32>) -> tensor<1x4x4x2xf32>
  %1 = halide.launch @window(%0) : (tensor<1x4x4x2xf32>) -> tensor<1x6x6x2xf32>
  %2 = halide.launch @k(%0) : (tensor<1x4x4x2xf32>) -> tensor<1x4x4x2xf32>
  return %1, %2 : tensor<1x6x6x2xf32>, tensor<1x4x4x2xf32>
}

// -----

// An input of the model cannot be written between borders: that launch pads as before, in a kernel of its own.
// CHECK: halide.kernel @window(%{{.*}}: tensor<1x4x4x2xf32>) -> tensor<1x6x6x2xf32>
// CHECK: tensor.pad
// CHECK: halide.kernel @[[OTHER:window_.*]](%{{.*}}: tensor<1x6x6x2xf32>) -> tensor<1x6x6x2xf32>
// CHECK-NOT: tensor.pad
// CHECK: func.func @main
// CHECK: halide.launch @window(%arg0)
// CHECK: halide.launch @[[OTHER]](%{{.*}}) : (tensor<1x6x6x2xf32>)
halide.kernel @k(%x: tensor<1x4x4x2xf32>) -> tensor<1x4x4x2xf32> {
  %0 = math.absf %x : tensor<1x4x4x2xf32>
  halide.yield %0 : tensor<1x4x4x2xf32>
}
halide.kernel @window(%x: tensor<1x4x4x2xf32>) -> tensor<1x6x6x2xf32> {
  %zero = arith.constant 0.0 : f32
  %0 = tensor.pad %x low[0, 1, 1, 0] high[0, 1, 1, 0] {
  ^bb0(%n: index, %y: index, %x_: index, %k: index):
    tensor.yield %zero : f32
  } : tensor<1x4x4x2xf32> to tensor<1x6x6x2xf32>
  %1 = math.absf %0 : tensor<1x6x6x2xf32>
  halide.yield %1 : tensor<1x6x6x2xf32>
}
func.func @main(%x: tensor<1x4x4x2xf32>) -> (tensor<1x6x6x2xf32>, tensor<1x6x6x2xf32>) {
  %0 = halide.launch @window(%x) : (tensor<1x4x4x2xf32>) -> tensor<1x6x6x2xf32>
  %1 = halide.launch @k(%x) : (tensor<1x4x4x2xf32>) -> tensor<1x4x4x2xf32>
  %2 = halide.launch @window(%1) : (tensor<1x4x4x2xf32>) -> tensor<1x6x6x2xf32>
  return %0, %2 : tensor<1x6x6x2xf32>, tensor<1x6x6x2xf32>
}

// -----

// Several readers: the widest borders that any of them wants, of which each takes its part; one that wants other numbers pads itself.
// CHECK: halide.kernel @border_layer() -> (tensor<5x2xf32>, tensor<1x2xf32>)
// CHECK: func.func @main
// CHECK: %[[S:.*]] = tensor.concat dim(0) {{.*}} -> tensor<10x2xf32>
// CHECK: %[[W:.*]] = tensor.extract_slice %[[S]][0, 0] [9, 2] [1, 1]
// CHECK: halide.launch @wide(%[[W]])
// CHECK: %[[T:.*]] = tensor.extract_slice %[[S]][4, 0] [6, 2] [1, 1]
// CHECK: halide.launch @narrow(%[[T]])
// CHECK: halide.launch @ones(%{{.*}}) : (tensor<4x2xf32>)
halide.kernel @k(%x: tensor<4x2xf32>) -> tensor<4x2xf32> {
  %0 = math.absf %x : tensor<4x2xf32>
  halide.yield %0 : tensor<4x2xf32>
}
halide.kernel @wide(%x: tensor<4x2xf32>) -> tensor<9x2xf32> {
  %zero = arith.constant 0.0 : f32
  %0 = tensor.pad %x low[5, 0] high[0, 0] {
  ^bb0(%y: index, %x_: index):
    tensor.yield %zero : f32
  } : tensor<4x2xf32> to tensor<9x2xf32>
  %1 = math.absf %0 : tensor<9x2xf32>
  halide.yield %1 : tensor<9x2xf32>
}
halide.kernel @narrow(%x: tensor<4x2xf32>) -> tensor<6x2xf32> {
  %zero = arith.constant 0.0 : f32
  %0 = tensor.pad %x low[1, 0] high[1, 0] {
  ^bb0(%y: index, %x_: index):
    tensor.yield %zero : f32
  } : tensor<4x2xf32> to tensor<6x2xf32>
  %1 = math.absf %0 : tensor<6x2xf32>
  halide.yield %1 : tensor<6x2xf32>
}
halide.kernel @ones(%x: tensor<4x2xf32>) -> tensor<6x2xf32> {
  %one = arith.constant 1.0 : f32
  %0 = tensor.pad %x low[1, 0] high[1, 0] {
  ^bb0(%y: index, %x_: index):
    tensor.yield %one : f32
  } : tensor<4x2xf32> to tensor<6x2xf32>
  %1 = math.absf %0 : tensor<6x2xf32>
  halide.yield %1 : tensor<6x2xf32>
}
func.func @main(%x: tensor<4x2xf32>) -> (tensor<9x2xf32>, tensor<6x2xf32>, tensor<6x2xf32>) {
  %0 = halide.launch @k(%x) : (tensor<4x2xf32>) -> tensor<4x2xf32>
  %1 = halide.launch @wide(%0) : (tensor<4x2xf32>) -> tensor<9x2xf32>
  %2 = halide.launch @narrow(%0) : (tensor<4x2xf32>) -> tensor<6x2xf32>
  %3 = halide.launch @ones(%0) : (tensor<4x2xf32>) -> tensor<6x2xf32>
  return %1, %2, %3 : tensor<9x2xf32>, tensor<6x2xf32>, tensor<6x2xf32>
}

// -----

// Left alone: a value that the model returns, one whose rows another reader takes as a matrix, one that a concatenation
// has already placed, and padding that is all of a kernel.
// CHECK: halide.kernel @pad
// CHECK-NOT: @border_layer
// CHECK: func.func @main
// CHECK-NOT: @border_layer
// CHECK: return
halide.kernel @k(%x: tensor<1x4x4x2xf32>) -> tensor<1x4x4x2xf32> {
  %0 = math.absf %x : tensor<1x4x4x2xf32>
  halide.yield %0 : tensor<1x4x4x2xf32>
}
halide.kernel @flat(%x: tensor<16x2xf32>) -> tensor<16x2xf32> {
  %0 = math.absf %x : tensor<16x2xf32>
  halide.yield %0 : tensor<16x2xf32>
}
halide.kernel @pad(%x: tensor<1x4x4x2xf32>) -> tensor<1x6x4x2xf32> {
  %zero = arith.constant 0.0 : f32
  %0 = tensor.pad %x low[0, 1, 0, 0] high[0, 1, 0, 0] {
  ^bb0(%n: index, %y: index, %x_: index, %k: index):
    tensor.yield %zero : f32
  } : tensor<1x4x4x2xf32> to tensor<1x6x4x2xf32>
  halide.yield %0 : tensor<1x6x4x2xf32>
}
halide.kernel @window(%x: tensor<1x4x4x2xf32>) -> tensor<1x6x4x2xf32> {
  %zero = arith.constant 0.0 : f32
  %0 = tensor.pad %x low[0, 1, 0, 0] high[0, 1, 0, 0] {
  ^bb0(%n: index, %y: index, %x_: index, %k: index):
    tensor.yield %zero : f32
  } : tensor<1x4x4x2xf32> to tensor<1x6x4x2xf32>
  %1 = math.absf %0 : tensor<1x6x4x2xf32>
  halide.yield %1 : tensor<1x6x4x2xf32>
}
func.func @main(%x: tensor<1x4x4x2xf32>) -> (tensor<1x4x4x2xf32>, tensor<1x6x4x2xf32>, tensor<16x2xf32>, tensor<1x6x4x2xf32>, tensor<1x4x4x4xf32>, tensor<1x6x4x2xf32>, tensor<1x6x4x2xf32>) {
  %returned = halide.launch @k(%x) : (tensor<1x4x4x2xf32>) -> tensor<1x4x4x2xf32>
  %0 = halide.launch @window(%returned) : (tensor<1x4x4x2xf32>) -> tensor<1x6x4x2xf32>
  %rows = nnc.reshape %x : tensor<1x4x4x2xf32> -> tensor<16x2xf32>
  %matrix = halide.launch @flat(%rows) : (tensor<16x2xf32>) -> tensor<16x2xf32>
  %1 = nnc.reshape %matrix : tensor<16x2xf32> -> tensor<1x4x4x2xf32>
  %2 = halide.launch @window(%1) : (tensor<1x4x4x2xf32>) -> tensor<1x6x4x2xf32>
  %part = halide.launch @k(%x) : (tensor<1x4x4x2xf32>) -> tensor<1x4x4x2xf32>
  %other = halide.launch @k(%x) : (tensor<1x4x4x2xf32>) -> tensor<1x4x4x2xf32>
  %whole = tensor.concat dim(3) %part, %other : (tensor<1x4x4x2xf32>, tensor<1x4x4x2xf32>) -> tensor<1x4x4x4xf32>
  %3 = halide.launch @window(%part) : (tensor<1x4x4x2xf32>) -> tensor<1x6x4x2xf32>
  %free = halide.launch @k(%x) : (tensor<1x4x4x2xf32>) -> tensor<1x4x4x2xf32>
  %4 = halide.launch @pad(%free) : (tensor<1x4x4x2xf32>) -> tensor<1x6x4x2xf32>
  return %returned, %0, %matrix, %2, %whole, %3, %4 : tensor<1x4x4x2xf32>, tensor<1x6x4x2xf32>, tensor<16x2xf32>, tensor<1x6x4x2xf32>, tensor<1x4x4x4xf32>, tensor<1x6x4x2xf32>, tensor<1x6x4x2xf32>
}
