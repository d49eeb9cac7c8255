// RUN: nnc-opt %s --nnc-form-kernels --split-input-file | FileCheck %s

// A layer takes along what follows element by element.
// CHECK-LABEL: module {
// CHECK: halide.kernel @linear_layer(%arg0: tensor<2x3xf32>, %arg1: tensor<3x4xf32>) -> tensor<2x4xf32>
// CHECK-SAME: kernel_class = "linear"
// CHECK: %[[L:.*]] = nnc.linear %arg0, %arg1
// CHECK: %[[ZERO:.*]] = arith.constant dense<0.0
// CHECK: %[[A:.*]] = arith.maximumf %[[L]], %[[ZERO]]
// CHECK: %[[T:.*]] = math.tanh %[[A]]
// CHECK: halide.yield %[[T]]
// CHECK: func.func @main
// CHECK: halide.launch @linear_layer(%arg0, %arg1)
// CHECK-NOT: math.tanh
func.func @main(%x: tensor<2x3xf32>, %w: tensor<3x4xf32>) -> tensor<2x4xf32> attributes {test = "chain"} {
  %zero = arith.constant dense<0.0> : tensor<2x4xf32>
  %0 = nnc.linear %x, %w : tensor<2x3xf32>, tensor<3x4xf32> -> tensor<2x4xf32>
  %1 = arith.maximumf %0, %zero : tensor<2x4xf32>
  %2 = math.tanh %1 : tensor<2x4xf32>
  return %2 : tensor<2x4xf32>
}

// -----

// x * tanh(x): both ways from the layer to the product are inside.
// CHECK-LABEL: module {
// CHECK: halide.kernel
// CHECK: %[[L:.*]] = nnc.linear
// CHECK: %[[T:.*]] = math.tanh %[[L]]
// CHECK: %[[M:.*]] = arith.mulf %[[L]], %[[T]]
// CHECK: halide.yield %[[M]]
// CHECK-NOT: halide.kernel
// CHECK: func.func @main
// CHECK-COUNT-1: halide.launch
func.func @main(%x: tensor<2x3xf32>, %w: tensor<3x4xf32>) -> tensor<2x4xf32> attributes {test = "diamond"} {
  %0 = nnc.linear %x, %w : tensor<2x3xf32>, tensor<3x4xf32> -> tensor<2x4xf32>
  %1 = math.tanh %0 : tensor<2x4xf32>
  %2 = arith.mulf %0, %1 : tensor<2x4xf32>
  return %2 : tensor<2x4xf32>
}

// -----

// A sum of two layers belongs to one of them and reads the other.
// CHECK-LABEL: module {
// CHECK: halide.kernel
// CHECK: arith.addf
// CHECK: halide.kernel
// CHECK-NOT: arith.addf
// CHECK: func.func @main
// CHECK: %[[B:.*]] = halide.launch @[[SECOND:.*]](%arg0, %arg2)
// CHECK: %[[S:.*]] = halide.launch @{{.*}}(%arg0, %arg1, %[[B]])
// CHECK: return %[[S]]
func.func @main(%x: tensor<2x3xf32>, %w: tensor<3x4xf32>, %v: tensor<3x4xf32>) -> tensor<2x4xf32> attributes {test = "residual"} {
  %0 = nnc.linear %x, %w : tensor<2x3xf32>, tensor<3x4xf32> -> tensor<2x4xf32>
  %1 = nnc.linear %x, %v : tensor<2x3xf32>, tensor<3x4xf32> -> tensor<2x4xf32>
  %2 = arith.addf %0, %1 : tensor<2x4xf32>
  return %2 : tensor<2x4xf32>
}

// -----

// What somebody else reads leaves its kernel: the ReLU inside, the other function on its own.
// CHECK-LABEL: module {
// CHECK: halide.kernel @linear_layer
// CHECK: arith.maximumf
// CHECK-NOT: math.tanh
// CHECK: halide.kernel @elementwise_layer
// CHECK: math.tanh
// CHECK: func.func @main
// CHECK: %[[R:.*]] = halide.launch @linear_layer
// CHECK: %[[T:.*]] = halide.launch @elementwise_layer(%[[R]])
// CHECK: return %[[R]], %[[T]]
func.func @main(%x: tensor<2x3xf32>, %w: tensor<3x4xf32>) -> (tensor<2x4xf32>, tensor<2x4xf32>) attributes {test = "two readers"} {
  %zero = arith.constant dense<0.0> : tensor<2x4xf32>
  %0 = nnc.linear %x, %w : tensor<2x3xf32>, tensor<3x4xf32> -> tensor<2x4xf32>
  %1 = arith.maximumf %0, %zero : tensor<2x4xf32>
  %2 = math.tanh %1 : tensor<2x4xf32>
  return %1, %2 : tensor<2x4xf32>, tensor<2x4xf32>
}

// -----

// Two equal layers are one kernel with two launches; weights that are all equal stay arguments.
// CHECK-LABEL: module {
// CHECK: halide.kernel @linear_layer(%arg0: tensor<2x3xf32>, %arg1: tensor<3x3xf32>)
// CHECK-NOT: halide.kernel
// CHECK: func.func @main
// CHECK-DAG: %[[ONES:.*]] = arith.constant dense<1.0
// CHECK-DAG: %[[TWOS:.*]] = arith.constant dense<2.0
// CHECK: %[[A:.*]] = halide.launch @linear_layer(%arg0, %[[ONES]])
// CHECK: halide.launch @linear_layer(%[[A]], %[[TWOS]])
func.func @main(%x: tensor<2x3xf32>) -> tensor<2x3xf32> attributes {test = "equal kernels"} {
  %w = arith.constant dense<1.0> : tensor<3x3xf32>
  %v = arith.constant dense<2.0> : tensor<3x3xf32>
  %0 = nnc.linear %x, %w : tensor<2x3xf32>, tensor<3x3xf32> -> tensor<2x3xf32>
  %1 = nnc.linear %0, %v : tensor<2x3xf32>, tensor<3x3xf32> -> tensor<2x3xf32>
  return %1 : tensor<2x3xf32>
}

// -----

// The value of a padding is cloned into the kernel.
// CHECK-LABEL: module {
// CHECK: halide.kernel
// CHECK: %[[V:.*]] = arith.constant -1.0
// CHECK: tensor.pad %arg0
// CHECK: tensor.yield %[[V]]
// CHECK: func.func @main
// CHECK: halide.launch @{{.*}}(%arg0)
func.func @main(%x: tensor<3x4xf32>) -> tensor<5x4xf32> attributes {test = "captured"} {
  %v = arith.constant -1.0 : f32
  %0 = tensor.pad %x low[1, 0] high[1, 0] {
  ^bb0(%a: index, %b: index):
    tensor.yield %v : f32
  } : tensor<3x4xf32> to tensor<5x4xf32>
  return %0 : tensor<5x4xf32>
}

// -----

// A repeated vector is read where it is used: the kernel takes the small one.
// CHECK-LABEL: module {
// CHECK: halide.kernel
// CHECK-SAME: (%arg0: tensor<5x4xf32>, %arg1: tensor<4xf32>)
// CHECK: nnc.broadcast %arg1
// CHECK: func.func @main
// CHECK-NOT: nnc.broadcast
func.func @main(%x: tensor<5x4xf32>, %v: tensor<4xf32>) -> tensor<5x4xf32> attributes {test = "broadcast"} {
  %b = nnc.broadcast %v : tensor<4xf32> -> tensor<5x4xf32>
  %0 = arith.mulf %x, %b : tensor<5x4xf32>
  return %0 : tensor<5x4xf32>
}
