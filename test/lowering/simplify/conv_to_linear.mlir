// RUN: nnc-opt %s --nnc-conv-to-linear --split-input-file | FileCheck %s

// CHECK-LABEL: @pointwise
// CHECK: %[[X:.*]] = nnc.reshape %arg0 : tensor<2x4x5x3xf32> -> tensor<40x3xf32>
// CHECK: %[[W:.*]] = nnc.reshape %arg1 : tensor<1x1x3x7xf32> -> tensor<3x7xf32>
// CHECK: %[[Y:.*]] = nnc.linear %[[X]], %[[W]] bias(%arg2)
// CHECK: nnc.reshape %[[Y]] : tensor<40x7xf32> -> tensor<2x4x5x7xf32>
func.func @pointwise(%x: tensor<2x4x5x3xf32>, %w: tensor<1x1x3x7xf32>, %b: tensor<7xf32>) -> tensor<2x4x5x7xf32> {
  %0 = nnc.conv2d %x, %w bias(%b) : tensor<2x4x5x3xf32>, tensor<1x1x3x7xf32>, tensor<7xf32> -> tensor<2x4x5x7xf32>
  return %0 : tensor<2x4x5x7xf32>
}

// -----

// CHECK-LABEL: @not_others
// CHECK-NOT: nnc.linear
// CHECK-COUNT-4: nnc.conv2d
func.func @not_others(%x: tensor<1x4x4x4xf32>, %w: tensor<1x1x4x4xf32>, %wide: tensor<1x3x4x4xf32>, %grouped: tensor<1x1x2x4xf32>) -> (tensor<1x2x2x4xf32>, tensor<1x5x4x4xf32>, tensor<1x4x2x4xf32>, tensor<1x4x4x4xf32>) {
  %0 = nnc.conv2d %x, %w {strides = array<i64: 2, 2>} : tensor<1x4x4x4xf32>, tensor<1x1x4x4xf32> -> tensor<1x2x2x4xf32>
  %1 = nnc.conv2d %x, %w {pads = array<i64: 0, 0, 1, 0>} : tensor<1x4x4x4xf32>, tensor<1x1x4x4xf32> -> tensor<1x5x4x4xf32>
  %2 = nnc.conv2d %x, %wide : tensor<1x4x4x4xf32>, tensor<1x3x4x4xf32> -> tensor<1x4x2x4xf32>
  %3 = nnc.conv2d %x, %grouped {groups = 2 : i64} : tensor<1x4x4x4xf32>, tensor<1x1x2x4xf32> -> tensor<1x4x4x4xf32>
  return %0, %1, %2, %3 : tensor<1x2x2x4xf32>, tensor<1x5x4x4xf32>, tensor<1x4x2x4xf32>, tensor<1x4x4x4xf32>
}

// -----

// What a layer reads with padding stays an image: the result of the first convolution, after its epilogue and as a part
// of a concatenation, and so the input of the second. The last one has nothing to do with it.
// CHECK-LABEL: @between_borders
// CHECK: nnc.conv2d %arg0, %arg1
// CHECK: nnc.conv2d %{{.*}}, %arg2
// CHECK: nnc.max_pool2d
// CHECK: nnc.linear
// CHECK-NOT: nnc.conv2d
func.func @between_borders(%x: tensor<1x4x4x3xf32>, %w: tensor<1x1x3x3xf32>, %v: tensor<1x1x6x3xf32>) -> (tensor<1x4x4x3xf32>, tensor<1x4x4x6xf32>, tensor<1x4x4x3xf32>) {
  %0 = nnc.conv2d %x, %w : tensor<1x4x4x3xf32>, tensor<1x1x3x3xf32> -> tensor<1x4x4x3xf32>
  %1 = math.absf %0 : tensor<1x4x4x3xf32>
  %2 = tensor.concat dim(3) %1, %x : (tensor<1x4x4x3xf32>, tensor<1x4x4x3xf32>) -> tensor<1x4x4x6xf32>
  %3 = nnc.conv2d %2, %v : tensor<1x4x4x6xf32>, tensor<1x1x6x3xf32> -> tensor<1x4x4x3xf32>
  %4 = nnc.max_pool2d %2 {kernel = array<i64: 3, 3>, pads = array<i64: 1, 1, 1, 1>} : tensor<1x4x4x6xf32> -> tensor<1x4x4x6xf32>
  %5 = nnc.conv2d %3, %w : tensor<1x4x4x3xf32>, tensor<1x1x3x3xf32> -> tensor<1x4x4x3xf32>
  return %3, %4, %5 : tensor<1x4x4x3xf32>, tensor<1x4x4x6xf32>, tensor<1x4x4x3xf32>
}
