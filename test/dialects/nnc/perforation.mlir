// RUN: nnc-opt %s --split-input-file --canonicalize | FileCheck %s
// RUN: nnc-opt %s --split-input-file --nnc-to-linalg | FileCheck %s --check-prefix=LINALG

// What keeps everything is nothing; twice alike is once.
// CHECK-LABEL: @whole
// CHECK-NEXT: return %arg0
func.func @whole(%x: tensor<1x1x3x4xf32>) -> tensor<1x1x3x4xf32> {
  %f = arith.constant dense<[[0, 1, 2]]> : tensor<1x3xi32>
  %0 = nnc.perforate %x fill(%f) : tensor<1x1x3x4xf32>, tensor<1x3xi32> -> tensor<1x1x3x4xf32>
  return %0 : tensor<1x1x3x4xf32>
}

// -----

// CHECK-LABEL: @twice
// CHECK: nnc.perforate %arg0
// CHECK-NOT: nnc.perforate
// LINALG-LABEL: @twice
// LINALG: linalg.generic
// LINALG: arith.divsi
// LINALG: arith.remsi
// LINALG: tensor.extract %arg0
func.func @twice(%x: tensor<1x1x3x4xf32>) -> tensor<1x1x3x4xf32> {
  %f = arith.constant dense<[[0, 0, 2]]> : tensor<1x3xi32>
  %0 = nnc.perforate %x fill(%f) : tensor<1x1x3x4xf32>, tensor<1x3xi32> -> tensor<1x1x3x4xf32>
  %1 = nnc.perforate %0 fill(%f) : tensor<1x1x3x4xf32>, tensor<1x3xi32> -> tensor<1x1x3x4xf32>
  return %1 : tensor<1x1x3x4xf32>
}

// -----

// CHECK-LABEL: @conv
// CHECK: nnc.perforated_conv2d %arg0, %arg1 taps(%arg2) bias(%arg3) {zero_row}
// LINALG-LABEL: @conv
// LINALG: tensor.pad %arg0 low[0, 0, 0] high[0, 1, 0]
// LINALG: linalg.generic {{.*}}iterator_types = ["parallel", "parallel", "parallel", "reduction", "reduction", "reduction"]{{.*}} ins(%arg2, %arg1
// LINALG: tensor.extract
func.func @conv(%x: tensor<1x9x4xf32>, %w: tensor<1x2x4x8xf32>, %t: tensor<5x2xi32>, %b: tensor<8xf32>) -> tensor<1x5x8xf32> {
  %0 = nnc.perforated_conv2d %x, %w taps(%t) bias(%b) {zero_row}
    : tensor<1x9x4xf32>, tensor<1x2x4x8xf32>, tensor<5x2xi32>, tensor<8xf32> -> tensor<1x5x8xf32>
  return %0 : tensor<1x5x8xf32>
}

// -----

// CHECK-LABEL: @pools
// CHECK: nnc.perforated_max_pool2d %arg0 taps(%arg1)
// CHECK: nnc.perforated_avg_pool2d %{{.*}} taps(%arg1) weights(%arg2)
// LINALG-LABEL: @pools
// LINALG: arith.maximumf
// LINALG: arith.mulf
// LINALG: arith.addf
func.func @pools(%x: tensor<1x5x4xf32>, %t: tensor<5x2xi32>, %w: tensor<5x2xf32>) -> tensor<1x5x4xf32> {
  %0 = nnc.perforated_max_pool2d %x taps(%t) : tensor<1x5x4xf32>, tensor<5x2xi32> -> tensor<1x5x4xf32>
  %1 = nnc.perforated_avg_pool2d %0 taps(%t) weights(%w) : tensor<1x5x4xf32>, tensor<5x2xi32>, tensor<5x2xf32> -> tensor<1x5x4xf32>
  return %1 : tensor<1x5x4xf32>
}
