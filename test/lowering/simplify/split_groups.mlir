// RUN: nnc-opt %s --nnc-split-groups --split-input-file | FileCheck %s

// Groups read slices of channels and of filters, and take along the ReLU and the residual sum.
// CHECK-LABEL: @relu_and_residual
// CHECK: %[[X0:.*]] = tensor.extract_slice %arg0[0, 0, 0, 0] [1, 4, 4, 3]
// CHECK: %[[W0:.*]] = tensor.extract_slice %arg1[0, 0, 0, 0] [3, 3, 3, 4]
// CHECK: %[[B0:.*]] = tensor.extract_slice %arg2[0] [4] [1]
// CHECK: %[[Y0:.*]] = nnc.conv2d %[[X0]], %[[W0]] bias(%[[B0]]) {pads = array<i64: 1, 1, 1, 1>}
// CHECK: %[[X1:.*]] = tensor.extract_slice %arg0[0, 0, 0, 3] [1, 4, 4, 3]
// CHECK: %[[W1:.*]] = tensor.extract_slice %arg1[0, 0, 0, 4] [3, 3, 3, 4]
// CHECK: %[[B1:.*]] = tensor.extract_slice %arg2[4] [4] [1]
// CHECK: %[[Y1:.*]] = nnc.conv2d %[[X1]], %[[W1]] bias(%[[B1]]) {pads = array<i64: 1, 1, 1, 1>}
// CHECK: %[[R0:.*]] = arith.maximumf %[[Y0]], %{{.*}} : tensor<1x4x4x4xf32>
// CHECK: %[[R1:.*]] = arith.maximumf %[[Y1]], %{{.*}} : tensor<1x4x4x4xf32>
// CHECK: %[[O0:.*]] = tensor.extract_slice %arg3[0, 0, 0, 0] [1, 4, 4, 4]
// CHECK: %[[S0:.*]] = arith.addf %[[O0]], %[[R0]]
// CHECK: %[[O1:.*]] = tensor.extract_slice %arg3[0, 0, 0, 4] [1, 4, 4, 4]
// CHECK: %[[S1:.*]] = arith.addf %[[O1]], %[[R1]]
// CHECK: %[[J:.*]] = tensor.concat dim(3) %[[S0]], %[[S1]]
// CHECK: return %[[J]]
func.func @relu_and_residual(%x: tensor<1x4x4x6xf32>, %w: tensor<3x3x3x8xf32>, %b: tensor<8xf32>, %other: tensor<1x4x4x8xf32>) -> tensor<1x4x4x8xf32> {
  %zero = arith.constant dense<0.0> : tensor<1x4x4x8xf32>
  %0 = nnc.conv2d %x, %w bias(%b) {pads = array<i64: 1, 1, 1, 1>, groups = 2 : i64} : tensor<1x4x4x6xf32>, tensor<3x3x3x8xf32>, tensor<8xf32> -> tensor<1x4x4x8xf32>
  %1 = arith.maximumf %0, %zero : tensor<1x4x4x8xf32>
  %2 = arith.addf %other, %1 : tensor<1x4x4x8xf32>
  return %2 : tensor<1x4x4x8xf32>
}

// -----

// A channel vector is cut with the channels; one number is not.
// CHECK-LABEL: @broadcasts
// CHECK: %[[V:.*]] = tensor.extract_slice %arg2[1] [1] [1] : tensor<2xf32> to tensor<1xf32>
// CHECK: nnc.broadcast %[[V]] : tensor<1xf32> -> tensor<1x4x4x1xf32>
// CHECK: nnc.broadcast %arg3 : tensor<1x4x4x1xf32> -> tensor<1x4x4x1xf32>
func.func @broadcasts(%x: tensor<1x4x4x4xf32>, %w: tensor<1x1x2x2xf32>, %v: tensor<2xf32>, %rows: tensor<1x4x4x1xf32>) -> tensor<1x4x4x2xf32> {
  %0 = nnc.conv2d %x, %w {groups = 2 : i64} : tensor<1x4x4x4xf32>, tensor<1x1x2x2xf32> -> tensor<1x4x4x2xf32>
  %b = nnc.broadcast %v : tensor<2xf32> -> tensor<1x4x4x2xf32>
  %1 = arith.mulf %0, %b : tensor<1x4x4x2xf32>
  %c = nnc.broadcast %rows : tensor<1x4x4x1xf32> -> tensor<1x4x4x2xf32>
  %2 = arith.addf %1, %c : tensor<1x4x4x2xf32>
  return %2 : tensor<1x4x4x2xf32>
}

// -----

// Two readers: the sum and the result keep the whole.
// CHECK-LABEL: @two_readers
// CHECK: %[[J:.*]] = tensor.concat dim(3)
// CHECK: %[[S:.*]] = math.absf %[[J]] : tensor<1x4x4x2xf32>
// CHECK: return %[[J]], %[[S]]
func.func @two_readers(%x: tensor<1x4x4x4xf32>, %w: tensor<1x1x2x2xf32>) -> (tensor<1x4x4x2xf32>, tensor<1x4x4x2xf32>) {
  %0 = nnc.conv2d %x, %w {groups = 2 : i64} : tensor<1x4x4x4xf32>, tensor<1x1x2x2xf32> -> tensor<1x4x4x2xf32>
  %1 = math.absf %0 : tensor<1x4x4x2xf32>
  return %0, %1 : tensor<1x4x4x2xf32>, tensor<1x4x4x2xf32>
}

// -----

// CHECK-LABEL: @not_depthwise
// CHECK: nnc.conv2d %arg0, %arg1 {groups = 4 : i64}
// CHECK-NOT: tensor.concat
func.func @not_depthwise(%x: tensor<1x4x4x4xf32>, %w: tensor<3x3x1x8xf32>) -> tensor<1x2x2x8xf32> {
  %0 = nnc.conv2d %x, %w {groups = 4 : i64} : tensor<1x4x4x4xf32>, tensor<3x3x1x8xf32> -> tensor<1x2x2x8xf32>
  return %0 : tensor<1x2x2x8xf32>
}
