// RUN: nnc-opt %s "--nnc-sparsify=magnitude=0.5 min-parameters=1" | FileCheck %s
// RUN: nnc-opt %s --nnc-sparsify=alpha=-1 | FileCheck %s --check-prefix=ALPHA
// RUN: not nnc-opt %s --nnc-sparsify 2>&1 | FileCheck %s --check-prefix=WRONG
// RUN: not nnc-opt %s "--nnc-sparsify=magnitude=0.5 alpha=3" 2>&1 | FileCheck %s --check-prefix=WRONG
// RUN: not nnc-opt %s --nnc-sparsify=magnitude=2 2>&1 | FileCheck %s --check-prefix=WRONG

// WRONG: nnc-sparsify takes either magnitude, a share of zeros from 0 to 1, or alpha, a threshold on log alpha

// Of squares 1, 16, 4, 9 the smaller two are lost: the root of 5/30.
// CHECK: error = 0.40824829046386302 : f64
// CHECK-SAME: form = "50.0 % zeros, the smallest magnitudes"
// CHECK-SAME: parameters = 2 : i64
// CHECK: %[[W:.*]] = arith.constant dense<{{\[\[}}0.000000e+00, -4.000000e+00], [0.000000e+00, 3.000000e+00]]>
// CHECK: nnc.linear %arg0, %[[W]]
// ALPHA: nnc.variational_dropout {{.*}} {threshold = -1.000000e+00 : f32}
func.func @main(%x: tensor<1x2xf32>) -> (tensor<1x2xf32>, tensor<1x2xf32>) {
  %w = arith.constant dense<[[1.0, -4.0], [-2.0, 3.0]]> : tensor<2x2xf32>
  %0 = nnc.linear %x, %w : tensor<1x2xf32>, tensor<2x2xf32> -> tensor<1x2xf32>
  %s = arith.constant dense<0.0> : tensor<2x2xf32>
  %v = nnc.variational_dropout %w, %s : tensor<2x2xf32>, tensor<2x2xf32> -> tensor<2x2xf32>
  %1 = nnc.linear %x, %v : tensor<1x2xf32>, tensor<2x2xf32> -> tensor<1x2xf32>
  return %0, %1 : tensor<1x2xf32>, tensor<1x2xf32>
}
