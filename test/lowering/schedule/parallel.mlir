// RUN: nnc-opt %s --nnc-standard="target=x86-64-v4 threads=2" | FileCheck %s
// RUN: nnc-opt %s --nnc-standard=target=x86-64-v4 | FileCheck %s --check-prefix=ONE
// ONE-NOT: halide.parallel

// CHECK: module attributes {{.*}}nnc.threads = 2 : i64}
func.func @main(%x: tensor<1x56x56x64xf32>, %y: tensor<1x7x7x64xf32>, %z: tensor<1x2048xf32>, %t: tensor<1x8xf32>, %u: tensor<1x14x14x512xf32>)
    -> (tensor<1x56x56x64xf32>, tensor<1x7x7x64xf32>, tensor<1x1024xf32>, tensor<1x8xf32>, tensor<1x14x14x512xf32>) {

  // Blocks of one row of tiles: seven blocks of two would leave one of two threads idle for an eighth of the time.
  // CHECK: halide.kernel {{.*}}kernel_class = "winograd"
  // CHECK: halide.split %[[OUT:.*]] "yo" into "yb", "yt" by 1
  // CHECK: halide.parallel %[[OUT]] "yb"
  %w0 = arith.constant dense<1.0> : tensor<3x3x64x64xf32>
  %0 = nnc.conv2d %x, %w0 {pads = array<i64: 1, 1, 1, 1>} : tensor<1x56x56x64xf32>, tensor<3x3x64x64xf32> -> tensor<1x56x56x64xf32>

  // Seven rows again: blocks of channels are shared as well.
  // CHECK: halide.kernel {{.*}}kernel_class = "conv2d"
  // CHECK: halide.fuse %[[DIRECT:[0-9]+]] "ko", "y" into "yko"
  // CHECK: halide.parallel %[[DIRECT]] "yko"
  %w1 = arith.constant dense<1.0> : tensor<5x5x64x64xf32>
  %1 = nnc.conv2d %y, %w1 {pads = array<i64: 2, 2, 2, 2>} : tensor<1x7x7x64xf32>, tensor<5x5x64x64xf32> -> tensor<1x7x7x64xf32>

  // CHECK: halide.kernel {{.*}}kernel_class = "linear"
  // CHECK: halide.parallel %{{.*}} "ko"
  %w2 = arith.constant dense<1.0> : tensor<2048x1024xf32>
  %2 = nnc.linear %z, %w2 : tensor<1x2048xf32>, tensor<2048x1024xf32> -> tensor<1x1024xf32>

  // Over before another thread is awake.
  // CHECK: halide.kernel {{.*}}kernel_class = "elementwise"
  // CHECK-NOT: halide.parallel
  // CHECK: halide.kernel
  %3 = math.tanh %t : tensor<1x8xf32>

  // A filter beyond the cache is read for the whole image at once: the work inside the only block is shared.
  // CHECK-SAME: kernel_class = "winograd"
  // CHECK: halide.parallel %{{.*}} "t"
  // CHECK: halide.parallel %{{.*}} "i"
  // CHECK: halide.parallel %{{.*}} "ytxo"
  %w4 = arith.constant dense<1.0> : tensor<3x3x512x512xf32>
  %4 = nnc.conv2d %u, %w4 {pads = array<i64: 1, 1, 1, 1>} : tensor<1x14x14x512xf32>, tensor<3x3x512x512xf32> -> tensor<1x14x14x512xf32>
  return %0, %1, %2, %3, %4 : tensor<1x56x56x64xf32>, tensor<1x7x7x64xf32>, tensor<1x1024xf32>, tensor<1x8xf32>, tensor<1x14x14x512xf32>
}
