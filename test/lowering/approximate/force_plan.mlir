// RUN: nnc-opt %s "--nnc-contract-trains=runs=2,1 order=first_to_last" | FileCheck %s
// RUN: nnc-opt %s "--nnc-contract-trains=runs=1,2" | FileCheck %s --check-prefix=LAST
// RUN: nnc-opt %s "--nnc-contract-trains=runs=3" | FileCheck %s --check-prefix=DENSE
// RUN: nnc-opt %s "--nnc-contract-trains=runs=2,1 layers=nnc.tt_linear" | FileCheck %s --check-prefix=LINEAR

// CHECK: %[[M:.*]] = nnc.tt_merge %arg2, %arg3
// CHECK: nnc.tt_linear %arg0 cores(%[[M]], %arg4) order(first_to_last) {nnc.contracted} :
// LAST: %[[M:.*]] = nnc.tt_merge %arg3, %arg4
// LAST: nnc.tt_linear %arg0 cores(%arg2, %[[M]]) {nnc.contracted} :
// DENSE: nnc.linear %arg0
// The cores of a convolution; all of them as one, with the filters, are the dense one.
// CHECK: %[[C:.*]] = nnc.tt_merge %arg6, %arg3
// CHECK: nnc.tt_conv2d %arg1 spatial(%arg5) cores(%[[C]], %arg4) {nnc.contracted}
// DENSE: nnc.conv2d %arg1
// LINEAR: nnc.tt_linear
// LINEAR: nnc.tt_conv2d
func.func @main(%x: tensor<5x12xf32>, %image: tensor<1x8x8x12xf32>, %g1: tensor<1x2x2x3xf32>, %g2: tensor<3x3x1x2xf32>, %g3: tensor<2x2x3x1xf32>,
                %s: tensor<3x3x2xf32>, %h1: tensor<2x2x2x3xf32>) -> (tensor<5x6xf32>, tensor<1x6x6x6xf32>) {
  %0 = nnc.tt_linear %x cores(%g1, %g2, %g3) : tensor<5x12xf32>, (tensor<1x2x2x3xf32>, tensor<3x3x1x2xf32>, tensor<2x2x3x1xf32>) -> tensor<5x6xf32>
  %1 = nnc.tt_conv2d %image spatial(%s) cores(%h1, %g2, %g3) : tensor<1x8x8x12xf32>, tensor<3x3x2xf32>,
    (tensor<2x2x2x3xf32>, tensor<3x3x1x2xf32>, tensor<2x2x3x1xf32>) -> tensor<1x6x6x6xf32>
  return %0, %1 : tensor<5x6xf32>, tensor<1x6x6x6xf32>
}
