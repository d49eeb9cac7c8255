// RUN: nnc-opt %s "--nnc-tensorize=rank=1 min-parameters=1" | FileCheck %s
// RUN: nnc-opt %s "--nnc-tensorize=error=0.001 min-parameters=1" | FileCheck %s
// RUN: nnc-opt %s "--nnc-tensorize=rank=1 min-parameters=1" --nnc-contract-trains=dense --nnc-fold-constants | FileCheck %s --check-prefix=BACK
// RUN: nnc-opt %s "--nnc-tensorize=budget=20 min-parameters=1" | FileCheck %s
// RUN: nnc-opt %s "--nnc-tensorize=compression=3 min-parameters=1 modes=2x4:2x4" | FileCheck %s --check-prefix=MODES
// RUN: nnc-opt %s "--nnc-tensorize=rank=1 min-parameters=1 layers=other*" | FileCheck %s --check-prefix=STAYS
// RUN: nnc-opt %s "--nnc-tensorize=rank=1" | FileCheck %s --check-prefix=STAYS
// RUN: not nnc-opt %s --nnc-tensorize 2>&1 | FileCheck %s --check-prefix=NONE
// RUN: not nnc-opt %s "--nnc-tensorize=rank=2 budget=10" 2>&1 | FileCheck %s --check-prefix=NONE
// RUN: not nnc-opt %s "--nnc-tensorize=rank=2 modes=2x4:8" 2>&1 | FileCheck %s --check-prefix=MISFIT

// A matrix of ones has ranks 1: the train is exact.
// CHECK: nnc.approximations = [{dense_flops = 384 : i64, dense_parameters = 64 : i64, error = {{.*}} : f64, flops = 192 : i64, form = "modes 2x4 -> 4x2, ranks 1", layer = "nnc.linear", method = "tensor train", parameters = 16 : i64}]
// CHECK: nnc.tt_linear %arg0 cores(%{{.*}}, %{{.*}}) : tensor<3x8xf32>, (tensor<1x2x4x1xf32>, tensor<1x4x2x1xf32>) -> tensor<3x8xf32>
// MODES: (tensor<1x2x2x1xf32>, tensor<1x4x4x1xf32>)
// BACK: %[[W:.*]] = arith.constant dense{{.*}} : tensor<8x8xf32>
// BACK: nnc.linear %arg0, %[[W]]
// STAYS: nnc.linear
// NONE: error: nnc-tensorize takes rank, error or both, or compression, or budget
// MISFIT: error: modes=2x4:8: wanted are as many output as input modes, such as 4x8x8:4x4x4
func.func @main(%x: tensor<3x8xf32>) -> tensor<3x8xf32> {
  %w = arith.constant dense<1.0> : tensor<8x8xf32>
  %0 = nnc.linear %x, %w : tensor<3x8xf32>, tensor<8x8xf32> -> tensor<3x8xf32>
  return %0 : tensor<3x8xf32>
}
