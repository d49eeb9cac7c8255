// RUN: nnc-opt %s "--pass-pipeline=builtin.module(nnc-form-kernels{rows-above=0},any(nnc-to-linalg),nnc-schedule-kernels{target=x86-64-v4})" | FileCheck %s --check-prefixes=CHECK,V4
// RUN: nnc-opt %s "--pass-pipeline=builtin.module(nnc-form-kernels{rows-above=0},any(nnc-to-linalg),nnc-schedule-kernels{target=x86-64-v2})" | FileCheck %s --check-prefixes=CHECK,V2
// RUN: nnc-opt %s "--pass-pipeline=builtin.module(nnc-form-kernels{rows-above=0},any(nnc-to-linalg),nnc-schedule-kernels{target=x86-64-v4 threads=3})" | FileCheck %s --check-prefix=THREADS

// Rows of the expanded image are kept in blocks of one register of channels and computed when the first window reads them;
// 13 columns are no whole number of tiles of 8, nor of 4.
// CHECK: halide.kernel {{.*}}kernel_class = "conv_chain"
// V4: %[[ROW:[0-9]+]] = linalg.generic {{.*}}outs({{.*}} : tensor<1x3x12x13x16xf32>)
// V4: %[[RING:[0-9]+]] = linalg.generic {{.*}}outs({{.*}} : tensor<1x3x14x15x16xf32>)
// V2: %[[ROW:[0-9]+]] = linalg.generic {{.*}}outs({{.*}} : tensor<1x12x12x13x4xf32>)
// V2: %[[RING:[0-9]+]] = linalg.generic {{.*}}outs({{.*}} : tensor<1x12x14x15x4xf32>)
// V4: halide.split %[[D:.*]] "k" into "kb", "kr" by 16
// V2: halide.split %[[D:.*]] "k" into "kb", "kr" by 4
// CHECK: halide.split %[[D]] "x" into "xo", "xi" by 4 tail(shift_inwards)
// CHECK: halide.compute_at %[[D]] at %[[OUT:.*]] "y"
// CHECK: halide.compute_at %[[RING]] at %[[D]] "kb"
// CHECK: halide.store_at %[[RING]] at %[[OUT]] "n"
// CHECK: halide.compute_at %[[ROW]] at %[[RING]] "y"
// CHECK: halide.split %[[ROW]] "x" into "xo", "xi" by 8 tail(shift_inwards)
// CHECK: halide.compute_at %[[E:.*]] at %[[ROW]] "xo"
// CHECK: halide.store_in %[[E]] "register"
// CHECK: halide.yield %[[OUT]]

// Each strip of rows has a ring of its own.
// THREADS: halide.split %[[OUT:.*]] "y" into "ys", "yr" by 4
// THREADS: halide.parallel %[[OUT]] "ys"
// THREADS: halide.compute_at %[[D:.*]] at %[[OUT]] "yr"
// THREADS: halide.store_at %{{.*}} at %[[OUT]] "ys"
func.func @main(%x: tensor<156x96xf32>) -> tensor<156x96xf32> {
  %e = arith.constant dense<0.1> : tensor<96x48xf32>
  %d = arith.constant dense<0.2> : tensor<3x3x1x48xf32>
  %p = arith.constant dense<0.3> : tensor<48x96xf32>
  %0 = nnc.linear %x, %e : tensor<156x96xf32>, tensor<96x48xf32> -> tensor<156x48xf32>
  %1 = nnc.reshape %0 : tensor<156x48xf32> -> tensor<1x12x13x48xf32>
  %2 = nnc.conv2d %1, %d {groups = 48 : i64, pads = array<i64: 1, 1, 1, 1>} : tensor<1x12x13x48xf32>, tensor<3x3x1x48xf32> -> tensor<1x12x13x48xf32>
  %3 = nnc.reshape %2 : tensor<1x12x13x48xf32> -> tensor<156x48xf32>
  %4 = nnc.linear %3, %p : tensor<156x48xf32>, tensor<48x96xf32> -> tensor<156x96xf32>
  return %4 : tensor<156x96xf32>
}
