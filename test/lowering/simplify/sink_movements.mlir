// RUN: nnc-opt %s --nnc-sink-movements --split-input-file | FileCheck %s

// Transposes meet their inverse behind an activation.
// CHECK-LABEL: @elementwise
// CHECK-NOT: nnc.transpose
// CHECK: %[[Y:.*]] = arith.maximumf %arg0, %{{.*}} : tensor<1x5x6x3xf32>
// CHECK-NEXT: return %[[Y]]
func.func @elementwise(%x: tensor<1x5x6x3xf32>) -> tensor<1x5x6x3xf32> {
  %zero = arith.constant dense<0.0> : tensor<1x3x5x6xf32>
  %0 = nnc.transpose %x [0, 3, 1, 2] : tensor<1x5x6x3xf32> -> tensor<1x3x5x6xf32>
  %1 = arith.maximumf %0, %zero : tensor<1x3x5x6xf32>
  %2 = nnc.transpose %1 [0, 2, 3, 1] : tensor<1x3x5x6xf32> -> tensor<1x5x6x3xf32>
  return %2 : tensor<1x5x6x3xf32>
}

// -----

// The channel vector of NCHW, 3x1x1, repeats along the last dimension of NHWC.
// CHECK-LABEL: @broadcast_constant
// CHECK: %[[V:.*]] = arith.constant {{.*}} : tensor<1x1x1x3xf32>
// CHECK: %[[B:.*]] = nnc.broadcast %[[V]] : tensor<1x1x1x3xf32> -> tensor<1x5x6x3xf32>
// CHECK: %[[P:.*]] = arith.mulf %arg0, %[[B]] : tensor<1x5x6x3xf32>
// CHECK: nnc.transpose %[[P]] [0, 3, 1, 2]
func.func @broadcast_constant(%x: tensor<1x5x6x3xf32>) -> tensor<1x3x5x6xf32> {
  %k = arith.constant dense<[[[1.0]], [[2.0]], [[3.0]]]> : tensor<3x1x1xf32>
  %b = nnc.broadcast %k : tensor<3x1x1xf32> -> tensor<1x3x5x6xf32>
  %0 = nnc.transpose %x [0, 3, 1, 2] : tensor<1x5x6x3xf32> -> tensor<1x3x5x6xf32>
  %1 = arith.mulf %0, %b : tensor<1x3x5x6xf32>
  return %1 : tensor<1x3x5x6xf32>
}

// -----

// Two branches that are transposed alike.
// CHECK-LABEL: @two_branches
// CHECK: %[[S:.*]] = arith.addf %arg0, %arg1 : tensor<1x5x6x3xf32>
// CHECK: nnc.transpose %[[S]] [0, 3, 1, 2]
func.func @two_branches(%x: tensor<1x5x6x3xf32>, %y: tensor<1x5x6x3xf32>) -> tensor<1x3x5x6xf32> {
  %0 = nnc.transpose %x [0, 3, 1, 2] : tensor<1x5x6x3xf32> -> tensor<1x3x5x6xf32>
  %1 = nnc.transpose %y [0, 3, 1, 2] : tensor<1x5x6x3xf32> -> tensor<1x3x5x6xf32>
  %2 = arith.addf %0, %1 : tensor<1x3x5x6xf32>
  return %2 : tensor<1x3x5x6xf32>
}

// -----

// A transposed operand and one that is computed: moving one transpose would make another.
// CHECK-LABEL: @not_with_a_computed_operand
// CHECK: %[[T:.*]] = nnc.transpose %arg0
// CHECK: arith.addf %[[T]], %arg1 : tensor<1x3x5x6xf32>
func.func @not_with_a_computed_operand(%x: tensor<1x5x6x3xf32>, %y: tensor<1x3x5x6xf32>) -> tensor<1x3x5x6xf32> {
  %0 = nnc.transpose %x [0, 3, 1, 2] : tensor<1x5x6x3xf32> -> tensor<1x3x5x6xf32>
  %1 = arith.addf %0, %y : tensor<1x3x5x6xf32>
  return %1 : tensor<1x3x5x6xf32>
}

// -----

// CHECK-LABEL: @not_two_permutations
// CHECK-COUNT-2: nnc.transpose
// CHECK: arith.addf %{{.*}} : tensor<1x3x5x5xf32>
func.func @not_two_permutations(%x: tensor<1x5x5x3xf32>) -> tensor<1x3x5x5xf32> {
  %0 = nnc.transpose %x [0, 3, 1, 2] : tensor<1x5x5x3xf32> -> tensor<1x3x5x5xf32>
  %1 = nnc.transpose %x [0, 3, 2, 1] : tensor<1x5x5x3xf32> -> tensor<1x3x5x5xf32>
  %2 = arith.addf %0, %1 : tensor<1x3x5x5xf32>
  return %2 : tensor<1x3x5x5xf32>
}

// -----

// Weights alone: a transposed constant in arithmetic with another constant comes to rest.
// CHECK-LABEL: @constants_alone
// CHECK: arith.addf
func.func @constants_alone() -> tensor<3x2xf32> {
  %a = arith.constant dense<[[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]]> : tensor<2x3xf32>
  %b = arith.constant dense<[[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]]> : tensor<3x2xf32>
  %0 = nnc.transpose %a [1, 0] : tensor<2x3xf32> -> tensor<3x2xf32>
  %1 = arith.addf %0, %b : tensor<3x2xf32>
  return %1 : tensor<3x2xf32>
}

// -----

// CHECK-LABEL: @concat
// CHECK: %[[J:.*]] = tensor.concat dim(3) %arg0, %arg1 : (tensor<1x5x6x3xf32>, tensor<1x5x6x4xf32>) -> tensor<1x5x6x7xf32>
// CHECK: nnc.transpose %[[J]] [0, 3, 1, 2]
func.func @concat(%x: tensor<1x5x6x3xf32>, %y: tensor<1x5x6x4xf32>) -> tensor<1x7x5x6xf32> {
  %0 = nnc.transpose %x [0, 3, 1, 2] : tensor<1x5x6x3xf32> -> tensor<1x3x5x6xf32>
  %1 = nnc.transpose %y [0, 3, 1, 2] : tensor<1x5x6x4xf32> -> tensor<1x4x5x6xf32>
  %2 = tensor.concat dim(1) %0, %1 : (tensor<1x3x5x6xf32>, tensor<1x4x5x6xf32>) -> tensor<1x7x5x6xf32>
  return %2 : tensor<1x7x5x6xf32>
}

// -----

// CHECK-LABEL: @not_concat_of_others
// CHECK: %[[T:.*]] = nnc.transpose %arg0
// CHECK: tensor.concat dim(1) %[[T]], %arg1
func.func @not_concat_of_others(%x: tensor<1x5x6x3xf32>, %y: tensor<1x4x5x6xf32>) -> tensor<1x7x5x6xf32> {
  %0 = nnc.transpose %x [0, 3, 1, 2] : tensor<1x5x6x3xf32> -> tensor<1x3x5x6xf32>
  %1 = tensor.concat dim(1) %0, %y : (tensor<1x3x5x6xf32>, tensor<1x4x5x6xf32>) -> tensor<1x7x5x6xf32>
  return %1 : tensor<1x7x5x6xf32>
}

// -----

// Offsets, sizes and steps move with their dimensions: every second of two channels from the first.
// CHECK-LABEL: @slice
// CHECK: %[[S:.*]] = tensor.extract_slice %arg0[0, 2, 0, 1] [1, 3, 6, 2] [1, 1, 1, 2] : tensor<1x5x6x4xf32> to tensor<1x3x6x2xf32>
// CHECK: nnc.transpose %[[S]] [0, 3, 1, 2] : tensor<1x3x6x2xf32> -> tensor<1x2x3x6xf32>
func.func @slice(%x: tensor<1x5x6x4xf32>) -> tensor<1x2x3x6xf32> {
  %0 = nnc.transpose %x [0, 3, 1, 2] : tensor<1x5x6x4xf32> -> tensor<1x4x5x6xf32>
  %1 = tensor.extract_slice %0[0, 1, 2, 0] [1, 2, 3, 6] [1, 2, 1, 1] : tensor<1x4x5x6xf32> to tensor<1x2x3x6xf32>
  return %1 : tensor<1x2x3x6xf32>
}

// -----

// CHECK-LABEL: @not_slice_that_drops_dimensions
// CHECK: %[[T:.*]] = nnc.transpose %arg0
// CHECK: tensor.extract_slice %[[T]]
func.func @not_slice_that_drops_dimensions(%x: tensor<1x5x6x4xf32>) -> tensor<5x6xf32> {
  %0 = nnc.transpose %x [0, 3, 1, 2] : tensor<1x5x6x4xf32> -> tensor<1x4x5x6xf32>
  %1 = tensor.extract_slice %0[0, 1, 0, 0] [1, 1, 5, 6] [1, 1, 1, 1] : tensor<1x4x5x6xf32> to tensor<5x6xf32>
  return %1 : tensor<5x6xf32>
}

// -----

// CHECK-LABEL: @pad
// CHECK: %[[P:.*]] = tensor.pad %arg0 low[0, 3, 5, 1] high[0, 4, 6, 2]
// CHECK: } : tensor<1x5x6x4xf32> to tensor<1x12x17x7xf32>
// CHECK: nnc.transpose %[[P]] [0, 3, 1, 2]
func.func @pad(%x: tensor<1x5x6x4xf32>) -> tensor<1x7x12x17xf32> {
  %0 = nnc.transpose %x [0, 3, 1, 2] : tensor<1x5x6x4xf32> -> tensor<1x4x5x6xf32>
  %1 = tensor.pad %0 low[0, 1, 3, 5] high[0, 2, 4, 6] {
  ^bb0(%a: index, %b: index, %c: index, %d: index):
    %v = arith.constant -1.0 : f32
    tensor.yield %v : f32
  } : tensor<1x4x5x6xf32> to tensor<1x7x12x17xf32>
  return %1 : tensor<1x7x12x17xf32>
}

// -----

// The pad's value depends on where it is.
// CHECK-LABEL: @not_pad_by_position
// CHECK: %[[T:.*]] = nnc.transpose %arg0
// CHECK: tensor.pad %[[T]]
func.func @not_pad_by_position(%x: tensor<2x3xi64>) -> tensor<4x2xi64> {
  %0 = nnc.transpose %x [1, 0] : tensor<2x3xi64> -> tensor<3x2xi64>
  %1 = tensor.pad %0 low[1, 0] high[0, 0] {
  ^bb0(%a: index, %b: index):
    %v = arith.index_cast %b : index to i64
    tensor.yield %v : i64
  } : tensor<3x2xi64> to tensor<4x2xi64>
  return %1 : tensor<4x2xi64>
}

// -----

// The mean over rows and columns needs no transpose at all.
// CHECK-LABEL: @reduce_spatial
// CHECK: %[[R:.*]] = nnc.reduce mean %arg0 axes = [1, 2] : tensor<1x5x6x3xf32> -> tensor<1x3xf32>
// CHECK-NEXT: return %[[R]]
func.func @reduce_spatial(%x: tensor<1x5x6x3xf32>) -> tensor<1x3xf32> {
  %0 = nnc.transpose %x [0, 3, 1, 2] : tensor<1x5x6x3xf32> -> tensor<1x3x5x6xf32>
  %1 = nnc.reduce mean %0 axes = [2, 3] : tensor<1x3x5x6xf32> -> tensor<1x3xf32>
  return %1 : tensor<1x3xf32>
}

// -----

// What remains is renumbered without the reduced dimension.
// CHECK-LABEL: @reduce_rows
// CHECK: %[[R:.*]] = nnc.reduce max %arg0 axes = [1] : tensor<2x5x6x3xf32> -> tensor<2x6x3xf32>
// CHECK: nnc.transpose %[[R]] [0, 2, 1] : tensor<2x6x3xf32> -> tensor<2x3x6xf32>
func.func @reduce_rows(%x: tensor<2x5x6x3xf32>) -> tensor<2x3x6xf32> {
  %0 = nnc.transpose %x [0, 3, 1, 2] : tensor<2x5x6x3xf32> -> tensor<2x3x5x6xf32>
  %1 = nnc.reduce max %0 axes = [2] : tensor<2x3x5x6xf32> -> tensor<2x3x6xf32>
  return %1 : tensor<2x3x6xf32>
}

// -----

// CHECK-LABEL: @softmax
// CHECK: %[[S:.*]] = nnc.softmax %arg0 axis = 3 : tensor<1x5x6x3xf32>
// CHECK: nnc.transpose %[[S]] [0, 3, 1, 2]
func.func @softmax(%x: tensor<1x5x6x3xf32>) -> tensor<1x3x5x6xf32> {
  %0 = nnc.transpose %x [0, 3, 1, 2] : tensor<1x5x6x3xf32> -> tensor<1x3x5x6xf32>
  %1 = nnc.softmax %0 axis = 1 : tensor<1x3x5x6xf32>
  return %1 : tensor<1x3x5x6xf32>
}

// -----

// A channel shuffle splits the last dimension, where the channels are; one transpose remains.
// CHECK-LABEL: @channel_shuffle
// CHECK: %[[S:.*]] = nnc.reshape %arg0 : tensor<1x5x6x8xf32> -> tensor<1x5x6x2x4xf32>
// CHECK-NEXT: %[[T:.*]] = nnc.transpose %[[S]] [0, 4, 3, 1, 2] : tensor<1x5x6x2x4xf32> -> tensor<1x4x2x5x6xf32>
// CHECK-NEXT: return %[[T]]
func.func @channel_shuffle(%x: tensor<1x5x6x8xf32>) -> tensor<1x4x2x5x6xf32> {
  %0 = nnc.transpose %x [0, 3, 1, 2] : tensor<1x5x6x8xf32> -> tensor<1x8x5x6xf32>
  %1 = nnc.reshape %0 : tensor<1x8x5x6xf32> -> tensor<1x2x4x5x6xf32>
  %2 = nnc.transpose %1 [0, 2, 1, 3, 4] : tensor<1x2x4x5x6xf32> -> tensor<1x4x2x5x6xf32>
  return %2 : tensor<1x4x2x5x6xf32>
}

// -----

// Rows and columns stay side by side: they merge below the transpose.
// CHECK-LABEL: @merge
// CHECK: %[[M:.*]] = nnc.reshape %arg0 : tensor<2x5x6x3xf32> -> tensor<2x30x3xf32>
// CHECK-NEXT: nnc.transpose %[[M]] [0, 2, 1] : tensor<2x30x3xf32> -> tensor<2x3x30xf32>
func.func @merge(%x: tensor<2x5x6x3xf32>) -> tensor<2x3x30xf32> {
  %0 = nnc.transpose %x [0, 3, 1, 2] : tensor<2x5x6x3xf32> -> tensor<2x3x5x6xf32>
  %1 = nnc.reshape %0 : tensor<2x3x5x6xf32> -> tensor<2x3x30xf32>
  return %1 : tensor<2x3x30xf32>
}

// -----

// A flatten observes the order of the elements.
// CHECK-LABEL: @not_flatten
// CHECK: %[[T:.*]] = nnc.transpose %arg0 [0, 3, 1, 2]
// CHECK: nnc.reshape %[[T]]
func.func @not_flatten(%x: tensor<1x5x6x3xf32>) -> tensor<1x90xf32> {
  %0 = nnc.transpose %x [0, 3, 1, 2] : tensor<1x5x6x3xf32> -> tensor<1x3x5x6xf32>
  %1 = nnc.reshape %0 : tensor<1x3x5x6xf32> -> tensor<1x90xf32>
  return %1 : tensor<1x90xf32>
}

// -----

// A 1x1 convolution's positions are regrouped after the ReLU and the residual sum.
// CHECK-LABEL: @rows_of_a_product
// CHECK: %[[L:.*]] = nnc.linear
// CHECK: %[[O:.*]] = nnc.reshape %arg2 : tensor<1x5x6x4xf32> -> tensor<30x4xf32>
// CHECK: %[[A:.*]] = arith.addf %[[L]], %[[O]] : tensor<30x4xf32>
// CHECK: %[[B:.*]] = arith.mulf %[[A]], %{{.*}} : tensor<30x4xf32>
// CHECK: nnc.reshape %[[B]] : tensor<30x4xf32> -> tensor<1x5x6x4xf32>
func.func @rows_of_a_product(%x: tensor<30x3xf32>, %w: tensor<3x4xf32>, %other: tensor<1x5x6x4xf32>, %v: tensor<4xf32>) -> tensor<1x5x6x4xf32> {
  %0 = nnc.linear %x, %w : tensor<30x3xf32>, tensor<3x4xf32> -> tensor<30x4xf32>
  %1 = nnc.reshape %0 : tensor<30x4xf32> -> tensor<1x5x6x4xf32>
  %2 = arith.addf %1, %other : tensor<1x5x6x4xf32>
  %b = nnc.broadcast %v : tensor<4xf32> -> tensor<1x5x6x4xf32>
  %3 = arith.mulf %2, %b : tensor<1x5x6x4xf32>
  return %3 : tensor<1x5x6x4xf32>
}

// -----

// A reshape that changes the last dimension stays in front.
// CHECK-LABEL: @not_other_channels
// CHECK: %[[R:.*]] = nnc.reshape
// CHECK: arith.maximumf %[[R]]
func.func @not_other_channels(%x: tensor<30x4xf32>, %w: tensor<4x4xf32>) -> tensor<1x30x2x2xf32> {
  %zero = arith.constant dense<0.0> : tensor<1x30x2x2xf32>
  %0 = nnc.linear %x, %w : tensor<30x4xf32>, tensor<4x4xf32> -> tensor<30x4xf32>
  %1 = nnc.reshape %0 : tensor<30x4xf32> -> tensor<1x30x2x2xf32>
  %2 = arith.maximumf %1, %zero : tensor<1x30x2x2xf32>
  return %2 : tensor<1x30x2x2xf32>
}

// -----

// A channel shuffle between layers of an NHWC model: the two transposes around the merge are one.
// CHECK-LABEL: @channel_shuffle
// CHECK: %[[S:.*]] = nnc.reshape %arg0 : tensor<1x5x6x12xf32> -> tensor<1x5x6x4x3xf32>
// CHECK: %[[T:.*]] = nnc.transpose %[[S]] [0, 1, 2, 4, 3] : tensor<1x5x6x4x3xf32> -> tensor<1x5x6x3x4xf32>
// CHECK: %[[M:.*]] = nnc.reshape %[[T]] : tensor<1x5x6x3x4xf32> -> tensor<1x5x6x12xf32>
// CHECK: nnc.conv2d %[[M]]
func.func @channel_shuffle(%x: tensor<1x5x6x12xf32>, %w: tensor<3x3x12x8xf32>) -> tensor<1x3x4x8xf32> {
  %0 = nnc.transpose %x [0, 3, 1, 2] : tensor<1x5x6x12xf32> -> tensor<1x12x5x6xf32>
  %1 = nnc.reshape %0 : tensor<1x12x5x6xf32> -> tensor<1x4x3x5x6xf32>
  %2 = nnc.transpose %1 [0, 2, 1, 3, 4] : tensor<1x4x3x5x6xf32> -> tensor<1x3x4x5x6xf32>
  %3 = nnc.reshape %2 : tensor<1x3x4x5x6xf32> -> tensor<1x12x5x6xf32>
  %4 = nnc.transpose %3 [0, 2, 3, 1] : tensor<1x12x5x6xf32> -> tensor<1x5x6x12xf32>
  %5 = nnc.conv2d %4, %w : tensor<1x5x6x12xf32>, tensor<3x3x12x8xf32> -> tensor<1x3x4x8xf32>
  return %5 : tensor<1x3x4x8xf32>
}
