// RUN: nnc-opt %s --split-input-file --nnc-form-kernels=rows-above=4000 | FileCheck %s
// RUN: nnc-opt %s --split-input-file --nnc-form-kernels=rows-above=9999 | FileCheck %s --check-prefix=SMALL
// RUN: nnc-opt %s --split-input-file --nnc-form-kernels | FileCheck %s --check-prefix=SMALL
// SMALL-NOT: conv_chain

// Expansion, depthwise convolution and projection with the sum behind it: one kernel, in which matrices are images. The
// images in between have 9 * 8 * 16 * 4 = 4608 bytes.
// CHECK-LABEL: module {
// CHECK: halide.kernel @{{.*}} -> tensor<1x9x8x4xf32>
// CHECK-SAME: kernel_class = "conv_chain"
// CHECK-SAME: nnc.flops = 40608 : i64
// CHECK: %[[E:.*]] = nnc.conv2d %arg0, %{{.*}} : tensor<1x9x8x4xf32>, tensor<1x1x4x16xf32> -> tensor<1x9x8x16xf32>
// CHECK: %[[A:.*]] = arith.maximumf %[[E]]
// CHECK: %[[D:.*]] = nnc.conv2d %[[A]], %{{.*}}groups = 16
// CHECK: %[[P:.*]] = nnc.conv2d %[[D]], %{{.*}} : tensor<1x9x8x16xf32>, tensor<1x1x16x4xf32> -> tensor<1x9x8x4xf32>
// CHECK: arith.addf %[[P]], %arg{{[0-9]}} : tensor<1x9x8x4xf32>
// CHECK-NOT: halide.kernel
// CHECK: func.func @main
// CHECK-COUNT-1: halide.launch
// CHECK: nnc.reshape %{{.*}} : tensor<1x9x8x4xf32> -> tensor<72x4xf32>
func.func @main(%x: tensor<72x4xf32>, %e: tensor<4x16xf32>, %d: tensor<3x3x1x16xf32>, %p: tensor<16x4xf32>) -> tensor<72x4xf32> {
  %zero = arith.constant dense<0.0> : tensor<72x16xf32>
  %0 = nnc.linear %x, %e : tensor<72x4xf32>, tensor<4x16xf32> -> tensor<72x16xf32>
  %1 = arith.maximumf %0, %zero : tensor<72x16xf32>
  %2 = nnc.reshape %1 : tensor<72x16xf32> -> tensor<1x9x8x16xf32>
  %3 = nnc.conv2d %2, %d {groups = 16 : i64, pads = array<i64: 1, 1, 1, 1>} : tensor<1x9x8x16xf32>, tensor<3x3x1x16xf32> -> tensor<1x9x8x16xf32>
  %4 = nnc.reshape %3 : tensor<1x9x8x16xf32> -> tensor<72x16xf32>
  %5 = nnc.linear %4, %p : tensor<72x16xf32>, tensor<16x4xf32> -> tensor<72x4xf32>
  %6 = arith.addf %5, %x : tensor<72x4xf32>
  return %6 : tensor<72x4xf32>
}

// -----

// With a stride the projection reads a small image: it stays alone.
// CHECK-LABEL: module {
// CHECK: halide.kernel {{.*}}kernel_class = "conv_chain"
// CHECK: halide.kernel {{.*}}kernel_class = "linear"
// CHECK: func.func @main
// CHECK-COUNT-2: halide.launch
func.func @main(%x: tensor<144x4xf32>, %e: tensor<4x16xf32>, %d: tensor<3x3x1x16xf32>, %p: tensor<16x4xf32>) -> tensor<40x4xf32> {
  %0 = nnc.linear %x, %e : tensor<144x4xf32>, tensor<4x16xf32> -> tensor<144x16xf32>
  %2 = nnc.reshape %0 : tensor<144x16xf32> -> tensor<1x9x16x16xf32>
  %3 = nnc.conv2d %2, %d {groups = 16 : i64, pads = array<i64: 1, 1, 1, 1>, strides = array<i64: 2, 2>} : tensor<1x9x16x16xf32>, tensor<3x3x1x16xf32> -> tensor<1x5x8x16xf32>
  %4 = nnc.reshape %3 : tensor<1x5x8x16xf32> -> tensor<40x16xf32>
  %5 = nnc.linear %4, %p : tensor<40x16xf32>, tensor<16x4xf32> -> tensor<40x4xf32>
  return %5 : tensor<40x4xf32>
}

// -----

// The expanded image is a result as well: it has to exist. What is behind the depthwise convolution may join it.
// CHECK-LABEL: module {
// CHECK: halide.kernel {{.*}}kernel_class = "linear"
// CHECK: halide.kernel {{.*}}kernel_class = "conv_chain"
// CHECK: %[[D:.*]] = nnc.conv2d %{{.*}}groups = 16
// CHECK: nnc.conv2d %[[D]]
func.func @main(%x: tensor<72x4xf32>, %e: tensor<4x16xf32>, %d: tensor<3x3x1x16xf32>, %p: tensor<16x4xf32>) -> (tensor<72x4xf32>, tensor<72x16xf32>) {
  %0 = nnc.linear %x, %e : tensor<72x4xf32>, tensor<4x16xf32> -> tensor<72x16xf32>
  %2 = nnc.reshape %0 : tensor<72x16xf32> -> tensor<1x9x8x16xf32>
  %3 = nnc.conv2d %2, %d {groups = 16 : i64, pads = array<i64: 1, 1, 1, 1>} : tensor<1x9x8x16xf32>, tensor<3x3x1x16xf32> -> tensor<1x9x8x16xf32>
  %4 = nnc.reshape %3 : tensor<1x9x8x16xf32> -> tensor<72x16xf32>
  %5 = nnc.linear %4, %p : tensor<72x16xf32>, tensor<16x4xf32> -> tensor<72x4xf32>
  return %5, %0 : tensor<72x4xf32>, tensor<72x16xf32>
}

// -----

// Windows that leave out the last column, rows of fewer than eight positions: no chain.
// CHECK-LABEL: module {
// CHECK-NOT: conv_chain
// CHECK: func.func @main
func.func @main(%x: tensor<180x4xf32>, %e: tensor<4x16xf32>, %d: tensor<3x3x1x16xf32>, %f: tensor<3x3x1x16xf32>) -> (tensor<1x4x8x16xf32>, tensor<1x30x6x16xf32>) {
  %0 = nnc.linear %x, %e : tensor<180x4xf32>, tensor<4x16xf32> -> tensor<180x16xf32>
  %1 = nnc.reshape %0 : tensor<180x16xf32> -> tensor<1x10x18x16xf32>
  %2 = nnc.conv2d %1, %d {groups = 16 : i64, strides = array<i64: 2, 2>} : tensor<1x10x18x16xf32>, tensor<3x3x1x16xf32> -> tensor<1x4x8x16xf32>
  %3 = nnc.linear %x, %e : tensor<180x4xf32>, tensor<4x16xf32> -> tensor<180x16xf32>
  %4 = nnc.reshape %3 : tensor<180x16xf32> -> tensor<1x30x6x16xf32>
  %5 = nnc.conv2d %4, %f {groups = 16 : i64, pads = array<i64: 1, 1, 1, 1>} : tensor<1x30x6x16xf32>, tensor<3x3x1x16xf32> -> tensor<1x30x6x16xf32>
  return %2, %5 : tensor<1x4x8x16xf32>, tensor<1x30x6x16xf32>
}

// -----

// The first is a 1x1 convolution that was never a matrix; a depthwise convolution behind the chain is a kernel of its own.
// CHECK-LABEL: module {
// CHECK: halide.kernel
// CHECK-SAME: kernel_class = "conv_chain"
// CHECK: nnc.conv2d %arg0
// CHECK: nnc.conv2d {{.*}}groups = 16
// CHECK-NOT: nnc.conv2d
// CHECK: halide.kernel
// CHECK-SAME: kernel_class = "depthwise"
// CHECK: func.func @main
func.func @main(%x: tensor<1x9x8x4xf32>, %e: tensor<1x1x4x16xf32>, %d: tensor<3x3x1x16xf32>, %f: tensor<3x3x1x16xf32>) -> tensor<1x9x8x16xf32> {
  %0 = nnc.conv2d %x, %e : tensor<1x9x8x4xf32>, tensor<1x1x4x16xf32> -> tensor<1x9x8x16xf32>
  %1 = nnc.conv2d %0, %d {groups = 16 : i64, pads = array<i64: 1, 1, 1, 1>} : tensor<1x9x8x16xf32>, tensor<3x3x1x16xf32> -> tensor<1x9x8x16xf32>
  %2 = nnc.conv2d %1, %f {groups = 16 : i64, pads = array<i64: 1, 1, 1, 1>} : tensor<1x9x8x16xf32>, tensor<3x3x1x16xf32> -> tensor<1x9x8x16xf32>
  return %2 : tensor<1x9x8x16xf32>
}
