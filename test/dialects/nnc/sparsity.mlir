// RUN: nnc-opt %s --split-input-file --nnc-to-linalg | FileCheck %s
// RUN: nnc-opt %s --split-input-file --nnc-simplify | FileCheck %s --check-prefix=FOLDED

// Log alpha of the four weights: -4, 3.6, clipped to 8, 2.4.
// CHECK-LABEL: @main
// CHECK: linalg.generic
// CHECK: ^bb0(%[[MEAN:.*]]: f32, %[[LOG:.*]]: f32, %{{.*}}: f32):
// CHECK: math.log
// CHECK: arith.cmpf olt
// CHECK: arith.select %{{.*}}, %[[MEAN]],
// FOLDED-LABEL: @main
// FOLDED: %[[W:.*]] = arith.constant dense<{{\[\[}}1.000000e+00, 0.000000e+00], [0.000000e+00, -3.000000e-01]]>
// FOLDED: nnc.linear %arg0, %[[W]]
func.func @main(%x: tensor<1x2xf32>) -> tensor<1x2xf32> {
  %m = arith.constant dense<[[1.0, 0.1], [0.0, -0.3]]> : tensor<2x2xf32>
  %s = arith.constant dense<[[-4.0, -1.0], [-3.0, 0.0]]> : tensor<2x2xf32>
  %w = nnc.variational_dropout %m, %s : tensor<2x2xf32>, tensor<2x2xf32> -> tensor<2x2xf32>
  %0 = nnc.linear %x, %w : tensor<1x2xf32>, tensor<2x2xf32> -> tensor<1x2xf32>
  return %0 : tensor<1x2xf32>
}

// -----

// CHECK-LABEL: @main
// FOLDED-LABEL: @main
// FOLDED: %[[W:.*]] = arith.constant dense<[1.000000e-01, 0.000000e+00]>
// FOLDED: return %[[W]]
func.func @main() -> tensor<2xf32> {
  %m = arith.constant dense<[0.1, 0.3]> : tensor<2xf32>
  %s = arith.constant dense<[-1.0, 4.0]> : tensor<2xf32>
  %w = nnc.variational_dropout %m, %s {threshold = 5.0 : f32} : tensor<2xf32>, tensor<2xf32> -> tensor<2xf32>
  return %w : tensor<2xf32>
}

// -----

// The factors scale the weights of the layer before; the third channel's ratio is 0.85.
// CHECK-LABEL: @main
// CHECK: arith.constant dense<[0.994646489, 0.391227245, 0.000000e+00]>
// FOLDED-LABEL: @main
// FOLDED: %[[W:.*]] = arith.constant dense<{{\[\[}}0.994646489, 0.78245449, 0.000000e+00]]>
// FOLDED: %[[Y:.*]] = nnc.linear %arg0, %[[W]]
// FOLDED-NEXT: return %[[Y]]
func.func @main(%x: tensor<2x1xf32>) -> tensor<2x3xf32> {
  %w = arith.constant dense<[[1.0, 2.0, 3.0]]> : tensor<1x3xf32>
  %0 = nnc.linear %x, %w : tensor<2x1xf32>, tensor<1x3xf32> -> tensor<2x3xf32>
  %1 = nnc.lognormal_noise %0 mu(dense<[0.0, -1.0, -3.0]> : tensor<3xf32>) log_sigma(dense<[-5.0, -1.0, 0.0]> : tensor<3xf32>)
    : tensor<2x3xf32> -> tensor<2x3xf32>
  return %1 : tensor<2x3xf32>
}
