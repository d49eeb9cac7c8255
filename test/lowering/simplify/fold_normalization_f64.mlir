// RUN: nnc-opt %s --nnc-fold-normalization | FileCheck %s

// The stored epsilon takes the element type of the model.
// CHECK-LABEL: func.func @main
// CHECK-DAG: arith.constant dense<{{9.99999974737875[0-9]+E-6}}> : tensor<3xf64>
// CHECK-NOT: nnc.batch_norm
func.func @main(%x: tensor<2x3xf64>, %p: tensor<3xf64>) -> tensor<2x3xf64> {
  %y = nnc.batch_norm %x scale(%p) shift(%p) mean(%p) variance(%p) {epsilon = 1.0e-5 : f32}
    : tensor<2x3xf64>, tensor<3xf64>, tensor<3xf64>, tensor<3xf64>, tensor<3xf64>
  return %y : tensor<2x3xf64>
}
