// RUN: nnc-opt %s --split-input-file "--pass-pipeline=builtin.module(nnc-form-kernels,any(nnc-to-linalg),nnc-schedule-kernels{target=x86-64-v4})" | FileCheck %s --check-prefixes=CHECK,V4
// RUN: nnc-opt %s --split-input-file "--pass-pipeline=builtin.module(nnc-form-kernels,any(nnc-to-linalg),nnc-schedule-kernels{target=x86-64-v3})" | FileCheck %s --check-prefixes=CHECK,V3
// RUN: nnc-opt %s --split-input-file "--pass-pipeline=builtin.module(nnc-form-kernels,any(nnc-to-linalg),nnc-schedule-kernels{target=x86-64-v2})" | FileCheck %s --check-prefixes=CHECK,V2
// RUN: nnc-opt %s --split-input-file "--pass-pipeline=builtin.module(nnc-form-kernels,any(nnc-to-linalg),nnc-schedule-kernels{target=portable})" | FileCheck %s --check-prefixes=CHECK,V2

// Weights come in blocks of the tile's channels; the sums of a whole block stay in registers; a vector is one register
// of the machine. Forty channels are no whole number of registers of sixteen.
// CHECK: affine_map<(d0, d1, d2, d3, d4, d5, d6) -> (d3 floordiv [[BLOCK:[0-9]+]], d4, d5, d6, d3 mod [[BLOCK]])>
// CHECK: halide.kernel @conv2d{{.*}}(%{{.*}}: tensor<1x16x16x8xf32>, %{{.*}}: tensor<[[PACKED:[0-9]+x3x3x8x]][[BLOCK]]xf32>)
// CHECK: %[[ACC:.*]] = linalg.generic {{.*}}"reduction", "reduction", "reduction"]
// CHECK: %[[OUT:.*]] = linalg.generic
// V4: halide.split %[[OUT]] "k" into "kb", "ki" by 8 :
// V4: halide.split %[[OUT]] "kb" into "ko", "kv" by {{.*}} tail(guard_with_if)
// V3: halide.split %[[OUT]] "k" into "kb", "ki" by 8 :
// V2: halide.split %[[OUT]] "k" into "kb", "ki" by 4 :
// CHECK: halide.compute_at %[[ACC]] at %[[OUT]] "xo"
// CHECK: halide.store_in %[[ACC]] "register"
// CHECK: halide.bound_extent %[[ACC]] "k" to [[BLOCK]]
// V4: halide.split %[[ACC]] "k" into "kv", "ki" by 16 :
// V3: halide.split %[[ACC]] "k" into "kv", "ki" by 8 :
// V2: halide.split %[[ACC]] "k" into "kv", "ki" by 4 :
// CHECK: halide.reorder %[[ACC]] ["ki", "kv", "x", "c", "kx", "ky"] update(0)
// CHECK: halide.vectorize %[[ACC]] "ki" update(0)
// CHECK: halide.yield %[[OUT]]
// CHECK: func.func @main
// V4: tensor.pad
// V4: nnc.reshape %{{.*}} : tensor<3x3x8x48xf32>
// CHECK: halide.launch @conv2d{{.*}}(%arg0, %{{.*}}) {{.*}}: (tensor<1x16x16x8xf32>, tensor<[[PACKED]][[BLOCK]]xf32>)
func.func @main(%x: tensor<1x16x16x8xf32>) -> tensor<1x14x14x40xf32> {
  %w = arith.constant dense<1.0> : tensor<3x3x8x40xf32>
  %0 = nnc.conv2d %x, %w : tensor<1x16x16x8xf32>, tensor<3x3x8x40xf32> -> tensor<1x14x14x40xf32>
  return %0 : tensor<1x14x14x40xf32>
}

// -----

// Weights that are computed stay as they are: no block reaches beyond the last channel.
// CHECK-LABEL: halide.kernel @linear
// CHECK-SAME: tensor<20x24xf32>) -> tensor<12x24xf32>
// CHECK: halide.split %{{.*}} "k" into "ko", "kb" by {{8|12|16|24}} tail(shift_inwards)
// CHECK-NOT: halide.bound_extent
// CHECK: func.func @main
func.func @main(%x: tensor<12x20xf32>, %w: tensor<20x24xf32>) -> tensor<12x24xf32> {
  %0 = nnc.linear %x, %w : tensor<12x20xf32>, tensor<20x24xf32> -> tensor<12x24xf32>
  return %0 : tensor<12x24xf32>
}

// -----

// The last block of channels reaches beyond the 50th: the bias has zeros there, as the weights do.
// CHECK-LABEL: halide.kernel @conv2d
// CHECK-SAME: tensor<[[BIAS:[0-9]+x[0-9]+]]xf32>) -> tensor<1x4x4x50xf32>
// CHECK: halide.bound_extent
// CHECK: func.func @main
// CHECK: tensor<[[BIAS]]xf32>) -> tensor<1x4x4x50xf32>
func.func @main(%x: tensor<1x6x6x3xf32>) -> tensor<1x4x4x50xf32> {
  %w = arith.constant dense<1.0> : tensor<3x3x3x50xf32>
  %b = arith.constant dense<2.0> : tensor<50xf32>
  %0 = nnc.conv2d %x, %w bias(%b) : tensor<1x6x6x3xf32>, tensor<3x3x3x50xf32>, tensor<50xf32> -> tensor<1x4x4x50xf32>
  return %0 : tensor<1x4x4x50xf32>
}

// -----

// A bias that is computed cannot have zeros behind it: nothing is packed, no block reaches beyond.
// CHECK-LABEL: halide.kernel @conv2d
// CHECK-SAME: tensor<3x3x3x50xf32>, %{{.*}}: tensor<50xf32>)
// CHECK-NOT: halide.bound_extent
// CHECK: func.func @main
func.func @main(%x: tensor<1x6x6x3xf32>, %b: tensor<50xf32>) -> tensor<1x4x4x50xf32> {
  %w = arith.constant dense<1.0> : tensor<3x3x3x50xf32>
  %0 = nnc.conv2d %x, %w bias(%b) : tensor<1x6x6x3xf32>, tensor<3x3x3x50xf32>, tensor<50xf32> -> tensor<1x4x4x50xf32>
  return %0 : tensor<1x4x4x50xf32>
}

// -----

// One input channel: the loop along the row, which reads what the tile's positions read, is not the innermost. Six
// channels are one vector of eight lanes, and are stored at once.
// CHECK-LABEL: halide.kernel @conv2d
// CHECK: %[[ACC:.*]] = linalg.generic {{.*}}"reduction", "reduction", "reduction"]
// CHECK: %[[OUT:.*]] = linalg.generic
// V4: halide.split %[[OUT]] "k" into "kb", "ki" by 6 :
// V4: halide.split %[[OUT]] "kb" into "ko", "kv" by 1 :
// V3: halide.split %[[OUT]] "k" into "kb", "ki" by 6 :
// V2: halide.split %[[OUT]] "k" into "kb", "ki" by 2 :
// CHECK: halide.reorder %[[ACC]] ["ki", "kv", "x", "c", "ky", "kx"] update(0)
func.func @main(%x: tensor<1x32x32x1xf32>) -> tensor<1x28x28x6xf32> {
  %w = arith.constant dense<1.0> : tensor<5x5x1x6xf32>
  %0 = nnc.conv2d %x, %w : tensor<1x32x32x1xf32>, tensor<5x5x1x6xf32> -> tensor<1x28x28x6xf32>
  return %0 : tensor<1x28x28x6xf32>
}

// -----

// Rows that are a multiple of 4 KiB apart share a set of the first cache: no more of them than it has ways.
// CHECK-LABEL: halide.kernel @linear
// V4: halide.split %{{.*}} "m" into "xo", "xi" by {{[4-8]}} tail(shift_inwards)
// CHECK: func.func @main
func.func @main(%x: tensor<196x1024xf32>) -> tensor<196x256xf32> {
  %w = arith.constant dense<1.0> : tensor<1024x256xf32>
  %0 = nnc.linear %x, %w : tensor<196x1024xf32>, tensor<1024x256xf32> -> tensor<196x256xf32>
  return %0 : tensor<196x256xf32>
}
