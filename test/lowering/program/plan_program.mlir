// RUN: nnc-opt %s --nnc-place-views --nnc-specialize-layouts --nnc-plan-program --split-input-file | FileCheck %s

// Three launches in a row: two places of 64 bytes in the arena, the last result goes to the caller.
// CHECK-LABEL: module {
// CHECK: func.func @main(%[[X:.*]]: memref<4x4xf32>, %[[OUT:.*]]: memref<4x4xf32> {nnc.result}, %[[WORK:.*]]: memref<128xi8> {nnc.workspace}) attributes {nnc.arena_lower_bound = 128 : i64}
// CHECK: %[[O0:.*]] = arith.constant [[A:0|64]] : index
// CHECK: %[[V0:.*]] = memref.view %[[WORK]][%[[O0]]]
// CHECK: halide.launch @k(%[[X]]) outs(%[[V0]] : memref<4x4xf32>)
// CHECK: %[[V1:.*]] = memref.view %[[WORK]]
// CHECK: halide.launch @k(%[[V0]]) outs(%[[V1]] : memref<4x4xf32>)
// CHECK: halide.launch @k(%[[V1]]) outs(%[[OUT]] : memref<4x4xf32>)
// CHECK-NEXT: return
halide.kernel @k(%x: tensor<4x4xf32>) -> tensor<4x4xf32> {
  %0 = math.absf %x : tensor<4x4xf32>
  halide.yield %0 : tensor<4x4xf32>
}
func.func @main(%x: tensor<4x4xf32>) -> tensor<4x4xf32> {
  %0 = halide.launch @k(%x) : (tensor<4x4xf32>) -> tensor<4x4xf32>
  %1 = halide.launch @k(%0) : (tensor<4x4xf32>) -> tensor<4x4xf32>
  %2 = halide.launch @k(%1) : (tensor<4x4xf32>) -> tensor<4x4xf32>
  return %2 : tensor<4x4xf32>
}

// -----

// Both parts are written into the caller's rows of eight, side by side; no arena, no copy.
// CHECK-LABEL: module {
// CHECK: halide.kernel @k_0(%{{.*}}: tensor<4x4xf32>) -> (tensor<4x4xf32> {halide.strides = array<i64: 8, 1>})
// CHECK-NOT: halide.kernel
// CHECK: func.func @main(%[[X:.*]]: memref<4x4xf32>, %[[OUT:.*]]: memref<4x8xf32> {nnc.result}, %{{.*}}: memref<0xi8> {nnc.workspace}) attributes {nnc.arena_lower_bound = 0 : i64}
// CHECK: %[[P0:.*]] = memref.reinterpret_cast %[[OUT]] to offset: [0], sizes: [4, 4], strides: [8, 1]
// CHECK: halide.launch @k_0(%[[X]]) outs(%[[P0]]
// CHECK: %[[P1:.*]] = memref.reinterpret_cast %[[OUT]] to offset: [4], sizes: [4, 4], strides: [8, 1]
// CHECK: halide.launch @k_0(%[[X]]) outs(%[[P1]]
// CHECK-NEXT: return
halide.kernel @k(%x: tensor<4x4xf32>) -> tensor<4x4xf32> {
  %0 = math.absf %x : tensor<4x4xf32>
  halide.yield %0 : tensor<4x4xf32>
}
func.func @main(%x: tensor<4x4xf32>) -> tensor<4x8xf32> {
  %0 = halide.launch @k(%x) : (tensor<4x4xf32>) -> tensor<4x4xf32>
  %1 = halide.launch @k(%x) : (tensor<4x4xf32>) -> tensor<4x4xf32>
  %2 = tensor.concat dim(1) %0, %1 : (tensor<4x4xf32>, tensor<4x4xf32>) -> tensor<4x8xf32>
  return %2 : tensor<4x8xf32>
}

// -----

// The whole of the inner concatenation is a part of the outer one: offsets 0, 4 and 8 of rows of twelve.
// CHECK-LABEL: module {
// CHECK: func.func @main
// CHECK: reinterpret_cast %{{.*}} to offset: [0], sizes: [4, 4], strides: [12, 1]
// CHECK: reinterpret_cast %{{.*}} to offset: [4], sizes: [4, 4], strides: [12, 1]
// CHECK: reinterpret_cast %{{.*}} to offset: [8], sizes: [4, 4], strides: [12, 1]
// CHECK-NOT: @copy
halide.kernel @k(%x: tensor<4x4xf32>) -> tensor<4x4xf32> {
  %0 = math.absf %x : tensor<4x4xf32>
  halide.yield %0 : tensor<4x4xf32>
}
func.func @main(%x: tensor<4x4xf32>) -> tensor<4x12xf32> {
  %0 = halide.launch @k(%x) : (tensor<4x4xf32>) -> tensor<4x4xf32>
  %1 = halide.launch @k(%x) : (tensor<4x4xf32>) -> tensor<4x4xf32>
  %2 = tensor.concat dim(1) %0, %1 : (tensor<4x4xf32>, tensor<4x4xf32>) -> tensor<4x8xf32>
  %3 = halide.launch @k(%0) : (tensor<4x4xf32>) -> tensor<4x4xf32>
  %4 = tensor.concat dim(1) %2, %3 : (tensor<4x8xf32>, tensor<4x4xf32>) -> tensor<4x12xf32>
  return %4 : tensor<4x12xf32>
}

// -----

// An input of the model and a part that is there twice are copied.
// CHECK-LABEL: module {
// CHECK: func.func @main
// CHECK: %[[P0:.*]] = memref.reinterpret_cast %{{.*}} to offset: [0]
// CHECK: halide.launch @k_{{.*}} outs(%[[P0]]
// CHECK: %[[P4:.*]] = memref.reinterpret_cast %{{.*}} to offset: [4]
// CHECK: halide.launch @copy{{.*}} outs(%[[P4]]
// CHECK: %[[P8:.*]] = memref.reinterpret_cast %{{.*}} to offset: [8]
// CHECK: halide.launch @copy{{.*}} outs(%[[P8]]
halide.kernel @k(%x: tensor<4x4xf32>) -> tensor<4x4xf32> {
  %0 = math.absf %x : tensor<4x4xf32>
  halide.yield %0 : tensor<4x4xf32>
}
func.func @main(%x: tensor<4x4xf32>) -> tensor<4x12xf32> {
  %0 = halide.launch @k(%x) : (tensor<4x4xf32>) -> tensor<4x4xf32>
  %1 = tensor.concat dim(1) %0, %0, %x : (tensor<4x4xf32>, tensor<4x4xf32>, tensor<4x4xf32>) -> tensor<4x12xf32>
  return %1 : tensor<4x12xf32>
}

// -----

// A slice is read where it is: two of four columns, from the second on.
// CHECK-LABEL: module {
// CHECK: halide.kernel @half_0(%{{.*}}: tensor<4x2xf32> {halide.strides = array<i64: 4, 1>})
// CHECK: func.func @main
// CHECK: %[[S:.*]] = memref.reinterpret_cast %{{.*}} to offset: [1], sizes: [4, 2], strides: [4, 1]
// CHECK: halide.launch @half_0(%[[S]])
halide.kernel @half(%x: tensor<4x2xf32>) -> tensor<4x2xf32> {
  %0 = math.absf %x : tensor<4x2xf32>
  halide.yield %0 : tensor<4x2xf32>
}
func.func @main(%x: tensor<4x4xf32>) -> tensor<4x2xf32> {
  %0 = tensor.extract_slice %x[0, 1] [4, 2] [1, 1] : tensor<4x4xf32> to tensor<4x2xf32>
  %1 = halide.launch @half(%0) : (tensor<4x2xf32>) -> tensor<4x2xf32>
  return %1 : tensor<4x2xf32>
}

// -----

// A slice has no other shape in place: it is copied before it is reshaped.
// CHECK-LABEL: module {
// CHECK: func.func @main
// CHECK: %[[S:.*]] = memref.reinterpret_cast %{{.*}} to offset: [1], sizes: [4, 2], strides: [4, 1]
// CHECK: halide.launch @copy{{.*}}(%[[S]]) outs(%[[C:.*]] : memref<4x2xf32>)
// CHECK: %[[R:.*]] = memref.reinterpret_cast %[[C]] to offset: [0], sizes: [8]
// CHECK: halide.launch @flat(%[[R]])
halide.kernel @flat(%x: tensor<8xf32>) -> tensor<8xf32> {
  %0 = math.absf %x : tensor<8xf32>
  halide.yield %0 : tensor<8xf32>
}
func.func @main(%x: tensor<4x4xf32>) -> tensor<8xf32> {
  %0 = tensor.extract_slice %x[0, 1] [4, 2] [1, 1] : tensor<4x4xf32> to tensor<4x2xf32>
  %1 = nnc.reshape %0 : tensor<4x2xf32> -> tensor<8xf32>
  %2 = halide.launch @flat(%1) : (tensor<8xf32>) -> tensor<8xf32>
  return %2 : tensor<8xf32>
}

// -----

// Temporaries of a kernel live for its launch.
// CHECK-LABEL: module {
// CHECK: func.func @main
// CHECK-SAME: memref<128xi8> {nnc.workspace}) attributes {nnc.arena_lower_bound = 128 : i64}
// CHECK: halide.launch @k(%{{.*}}) outs(%{{.*}} : memref<4x4xf32>) scratch(%{{.*}} : memref<100xi8>)
halide.kernel @k(%x: tensor<4x4xf32>) -> tensor<4x4xf32> attributes {nnc.scratch_bytes = 100 : i64} {
  %0 = math.absf %x : tensor<4x4xf32>
  halide.yield %0 : tensor<4x4xf32>
}
func.func @main(%x: tensor<4x4xf32>) -> tensor<4x4xf32> {
  %0 = halide.launch @k(%x) : (tensor<4x4xf32>) -> tensor<4x4xf32>
  return %0 : tensor<4x4xf32>
}

// -----

// Rows go to an image piece by piece where only such rows are read of it; where the pieces read it as a whole, they are a list first.
// CHECK-LABEL: module {
// CHECK: func.func @main(
// CHECK: halide.launch @image
// CHECK: halide.launch @pick(%[[L:.*]], %[[I:.*]]) outs(%{{.*}}, %[[I]] : memref<1x2x4xf32>, memref<1x5x4xf32>) count(%[[N:.*]] : memref<1xi32>) {lists = array<i64: 0>, picked = array<i64: 1>, piece = 2 : i64, update = 0 : i64}
// CHECK: halide.launch @pick(%[[L]], %[[I]]) outs(%[[R:.*]] : memref<1x6x4xf32>) count(%[[N]] : memref<1xi32>) {lists = array<i64: 0>, piece = 2 : i64}
// CHECK-NEXT: halide.launch @update(%[[I]], %[[R]], %[[L]], %[[N]]) outs(%[[I]]
halide.kernel @image() -> tensor<1x5x4xf32> {
  %0 = arith.constant dense<1.0> : tensor<1x5x4xf32>
  halide.yield %0 : tensor<1x5x4xf32>
}
halide.kernel @pick(%l: tensor<2xi32>, %x: tensor<1x5x4xf32>) -> tensor<1x2x4xf32> {
  %0 = nnc.gather %x at %l axis = 1 : tensor<1x5x4xf32>, tensor<2xi32> -> tensor<1x2x4xf32>
  halide.yield %0 : tensor<1x2x4xf32>
}
halide.kernel @update(%x: tensor<1x5x4xf32>, %r: tensor<1x6x4xf32>, %l: tensor<6xi32>, %n: tensor<1xi32>) -> tensor<1x5x4xf32> attributes {kernel_class = "update_rows"} {
  %0 = nnc.update_rows %x rows(%r) at %l count(%n) : tensor<1x5x4xf32>, tensor<1x6x4xf32>, tensor<6xi32>, tensor<1xi32> -> tensor<1x5x4xf32>
  halide.yield %0 : tensor<1x5x4xf32>
}
func.func @main(%l: tensor<6xi32>, %n: tensor<1xi32>) -> tensor<1x5x4xf32> {
  %x = halide.launch @image() : () -> tensor<1x5x4xf32>
  %r = halide.launch @pick(%l, %x) count(%n : tensor<1xi32>) {piece = 2 : i64, lists = array<i64: 0>, picked = array<i64: 1>} : (tensor<6xi32>, tensor<1x5x4xf32>) -> tensor<1x6x4xf32>
  %y = halide.launch @update(%x, %r, %l, %n) {tied = 0 : i64} : (tensor<1x5x4xf32>, tensor<1x6x4xf32>, tensor<6xi32>, tensor<1xi32>) -> tensor<1x5x4xf32>
  %s = halide.launch @pick(%l, %y) count(%n : tensor<1xi32>) {piece = 2 : i64, lists = array<i64: 0>} : (tensor<6xi32>, tensor<1x5x4xf32>) -> tensor<1x6x4xf32>
  %z = halide.launch @update(%y, %s, %l, %n) {tied = 0 : i64} : (tensor<1x5x4xf32>, tensor<1x6x4xf32>, tensor<6xi32>, tensor<1xi32>) -> tensor<1x5x4xf32>
  return %z : tensor<1x5x4xf32>
}
