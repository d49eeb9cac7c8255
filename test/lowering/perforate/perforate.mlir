// RUN: nnc-opt %s --nnc-perforate="mask=fractional-stride kept=0.25" | FileCheck %s
// RUN: nnc-opt %s --nnc-perforate="mask=fractional-stride rate=0.75 layers=nnc.max_pool2d" | FileCheck %s --check-prefix=POOL
// RUN: not nnc-opt %s --nnc-perforate="mask=stripes kept=0.5" 2>&1 | FileCheck %s --check-prefix=MASK
// RUN: not nnc-opt %s --nnc-perforate="mask=grid" 2>&1 | FileCheck %s --check-prefix=NONE
// RUN: not nnc-opt %s --nnc-perforate="kept=0.5 rate=0.5" 2>&1 | FileCheck %s --check-prefix=NONE
// RUN: not nnc-opt %s --nnc-perforate="rate=1" 2>&1 | FileCheck %s --check-prefix=NONE
// RUN: not nnc-opt %s --nnc-perforate="mask=impact kept=0.5" 2>&1 | FileCheck %s --check-prefix=IMPACT

// MASK: error: unknown mask 'stripes'; known are uniform, grid, fractional-stride, strides, pooling, impact, tiles, positions
// NONE: error: nnc-perforate takes either kept, the fraction of positions to compute, above 0 and at most 1, or rate
// IMPACT: error: the mask 'impact' needs a file of the importance of positions

// Convolutions of windows, and not those of one pixel: columns and rows 0 and 2 of four.
// CHECK: %[[C:.*]] = nnc.conv2d %arg0
// CHECK: %[[F:.*]] = arith.constant dense<{{\[\[}}0, 0, 2, 2], [0, 0, 2, 2], [8, 8, 10, 10], [8, 8, 10, 10]]> : tensor<4x4xi32>
// CHECK: nnc.perforate %[[C]] fill(%[[F]]) {nnc.mask = "fractional-stride"}
// CHECK: nnc.conv2d
// CHECK-NOT: nnc.perforate
// CHECK: return
// POOL: nnc.conv2d
// POOL-NOT: nnc.perforate
// POOL: nnc.max_pool2d
// POOL: nnc.perforate
func.func @main(%x: tensor<1x4x4x2xf32>, %w: tensor<3x3x2x2xf32>, %v: tensor<1x1x2x2xf32>) -> tensor<1x2x2x2xf32> {
  %0 = nnc.conv2d %x, %w {pads = array<i64: 1, 1, 1, 1>} : tensor<1x4x4x2xf32>, tensor<3x3x2x2xf32> -> tensor<1x4x4x2xf32>
  %1 = nnc.conv2d %0, %v : tensor<1x4x4x2xf32>, tensor<1x1x2x2xf32> -> tensor<1x4x4x2xf32>
  %2 = nnc.max_pool2d %1 {kernel = array<i64: 2, 2>, strides = array<i64: 2, 2>} : tensor<1x4x4x2xf32> -> tensor<1x2x2x2xf32>
  return %2 : tensor<1x2x2x2xf32>
}
