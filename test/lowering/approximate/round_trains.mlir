// RUN: nnc-opt %s "--nnc-round-trains=rank=1" | FileCheck %s
// RUN: nnc-opt %s "--nnc-round-trains=error=0.001" | FileCheck %s
// RUN: nnc-opt %s "--nnc-round-trains=rank=1 layers=nnc.tt_conv*" | FileCheck %s --check-prefix=CONV
// RUN: nnc-opt %s "--nnc-round-trains=rank=1 layers=other*" | FileCheck %s --check-prefix=STAYS
// RUN: not nnc-opt %s --nnc-round-trains 2>&1 | FileCheck %s --check-prefix=NONE

// Cores of equal elements: ranks of 1 lose nothing. The last train's cores are no constants.
// CHECK: nnc.approximations = [{dense_flops = 216 : i64, dense_parameters = 36 : i64, error = {{.*}}E-{{[0-9]+}} : f64, flops = {{[0-9]+}} : i64, form = "ranks 2 -> 1", layer = "nnc.tt_linear", method = "rounding", parameters = 12 : i64},
// CHECK-SAME: {dense_flops = 10368 : i64, dense_parameters = 324 : i64, error = {{.*}}, form = "ranks 2 2 -> 1 1", layer = "nnc.tt_conv2d", method = "rounding", parameters = 21 : i64}]
// CHECK: nnc.tt_linear %arg0 cores({{.*}}) : tensor<3x6xf32>, (tensor<1x2x3x1xf32>, tensor<1x3x2x1xf32>)
// CHECK: nnc.tt_conv2d %arg1 {{.*}}, tensor<3x3x1xf32>, (tensor<1x2x3x1xf32>, tensor<1x3x2x1xf32>)
// CHECK: nnc.tt_linear %arg0 cores(%arg2, %{{.*}}) : tensor<3x6xf32>, (tensor<1x2x3x2xf32>, tensor<2x3x2x1xf32>)
// CONV: form = "ranks 2 2 -> 1 1"
// CONV: nnc.tt_linear %arg0 {{.*}}(tensor<1x2x3x2xf32>
// STAYS-NOT: nnc.approximations
// NONE: error: nnc-round-trains takes rank, error or both
func.func @main(%x: tensor<3x6xf32>, %image: tensor<1x6x6x6xf32>, %g: tensor<1x2x3x2xf32>) -> (tensor<3x6xf32>, tensor<1x4x4x6xf32>, tensor<3x6xf32>) {
  %g1 = arith.constant dense<0.5> : tensor<1x2x3x2xf32>
  %g2 = arith.constant dense<2.0> : tensor<2x3x2x1xf32>
  %h1 = arith.constant dense<0.5> : tensor<2x2x3x2xf32>
  %s = arith.constant dense<1.0> : tensor<3x3x2xf32>
  %0 = nnc.tt_linear %x cores(%g1, %g2) : tensor<3x6xf32>, (tensor<1x2x3x2xf32>, tensor<2x3x2x1xf32>) -> tensor<3x6xf32>
  %1 = nnc.tt_conv2d %image spatial(%s) cores(%h1, %g2) : tensor<1x6x6x6xf32>, tensor<3x3x2xf32>, (tensor<2x2x3x2xf32>, tensor<2x3x2x1xf32>) -> tensor<1x4x4x6xf32>
  %2 = nnc.tt_linear %x cores(%g, %g2) : tensor<3x6xf32>, (tensor<1x2x3x2xf32>, tensor<2x3x2x1xf32>) -> tensor<3x6xf32>
  return %0, %1, %2 : tensor<3x6xf32>, tensor<1x4x4x6xf32>, tensor<3x6xf32>
}
