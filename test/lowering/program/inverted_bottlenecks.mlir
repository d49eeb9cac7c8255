// RUN: nnc-opt %s --nnc-simplify --nnc-kernels | FileCheck %s
// RUN: nnc-opt %s --nnc-standard=target=x86-64-v4 | FileCheck %s --check-prefix=SCHEDULED

// Two blocks as in MobileNetV2: no kernel pads its input but the first, which reads the model's. The 1x1 convolutions
// before the depthwise ones write rows between borders; the others are matrix products.
// CHECK: halide.kernel @first
// CHECK: tensor.pad
// CHECK-NOT: tensor.pad
// CHECK: func.func @main
// CHECK-NOT: tensor.pad
// CHECK: halide.launch @first
// CHECK: halide.launch @expand{{.*}}-> tensor<1x8x8x32xf32>
// CHECK: halide.launch @border
// CHECK: halide.launch @depthwise{{.*}}(tensor<1x10x10x32xf32>
// CHECK: halide.launch @project{{.*}}-> tensor<64x16xf32>
// CHECK: halide.launch @expand{{.*}}-> tensor<1x8x8x32xf32>
// CHECK: halide.launch @border
// CHECK: halide.launch @depthwise{{.*}}(tensor<1x10x10x32xf32>
// CHECK: halide.launch @project{{.*}}-> tensor<64x16xf32>
// CHECK-NOT: halide.launch
// CHECK: return

// The producer has a version for these strides, and nothing is left to compute at root.
// SCHEDULED: halide.compute_root
// SCHEDULED-NOT: halide.compute_root
// SCHEDULED: halide.kernel @expand{{.*}} -> (tensor<1x8x8x32xf32> {halide.strides = array<i64: 1, 320, 32, 1>})
// SCHEDULED-NOT: halide.compute_root
// SCHEDULED: func.func @main
func.func @main(%x: tensor<1x8x8x16xf32>) -> tensor<1x8x8x16xf32> {
  %stem = arith.constant dense<0.1> : tensor<3x3x16x16xf32>
  %wide = arith.constant dense<0.2> : tensor<1x1x16x32xf32>
  %taps = arith.constant dense<0.3> : tensor<3x3x1x32xf32>
  %thin = arith.constant dense<0.4> : tensor<1x1x32x16xf32>
  %zero = arith.constant dense<0.0> : tensor<1x8x8x32xf32>
  %0 = nnc.conv2d %x, %stem {strides = array<i64: 1, 1>, pads = array<i64: 1, 1, 1, 1>} : tensor<1x8x8x16xf32>, tensor<3x3x16x16xf32> -> tensor<1x8x8x16xf32> loc("first")
  %1 = nnc.conv2d %0, %wide : tensor<1x8x8x16xf32>, tensor<1x1x16x32xf32> -> tensor<1x8x8x32xf32> loc("expand1")
  %2 = arith.maximumf %1, %zero : tensor<1x8x8x32xf32>
  %3 = nnc.conv2d %2, %taps {pads = array<i64: 1, 1, 1, 1>, groups = 32 : i64} : tensor<1x8x8x32xf32>, tensor<3x3x1x32xf32> -> tensor<1x8x8x32xf32> loc("depthwise1")
  %4 = arith.maximumf %3, %zero : tensor<1x8x8x32xf32>
  %5 = nnc.conv2d %4, %thin : tensor<1x8x8x32xf32>, tensor<1x1x32x16xf32> -> tensor<1x8x8x16xf32> loc("project1")
  %6 = arith.addf %5, %0 : tensor<1x8x8x16xf32>
  %7 = nnc.conv2d %6, %wide : tensor<1x8x8x16xf32>, tensor<1x1x16x32xf32> -> tensor<1x8x8x32xf32> loc("expand2")
  %8 = arith.maximumf %7, %zero : tensor<1x8x8x32xf32>
  %9 = nnc.conv2d %8, %taps {pads = array<i64: 1, 1, 1, 1>, groups = 32 : i64} : tensor<1x8x8x32xf32>, tensor<3x3x1x32xf32> -> tensor<1x8x8x32xf32> loc("depthwise2")
  %10 = arith.maximumf %9, %zero : tensor<1x8x8x32xf32>
  %11 = nnc.conv2d %10, %thin : tensor<1x8x8x32xf32>, tensor<1x1x32x16xf32> -> tensor<1x8x8x16xf32> loc("project2")
  %12 = arith.addf %11, %6 : tensor<1x8x8x16xf32>
  return %12 : tensor<1x8x8x16xf32>
}
