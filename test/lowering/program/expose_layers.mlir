// RUN: nnc-opt %s --nnc-expose-layers | FileCheck %s

// What @main did not return follows what it did, named by its layers; what it returns already is not repeated.
// CHECK: func.func @main(%[[X:.*]]: tensor<4xf32>)
// CHECK-SAME: -> (tensor<4xf32> {nnc.name = "y"}, tensor<4xf32> {nnc.name = "conv1, relu1"}, tensor<4xf32> {nnc.name = "copy"})
// CHECK: %[[A:.*]] = halide.launch
// CHECK: %[[B:.*]] = halide.launch
// CHECK: %[[Y:.*]] = halide.launch
// CHECK: return %[[Y]], %[[A]], %[[B]]
halide.kernel @copy(%a: tensor<4xf32>) -> tensor<4xf32> {
  halide.yield %a : tensor<4xf32>
}
func.func @main(%x: tensor<4xf32>) -> (tensor<4xf32> {nnc.name = "y"}) {
  %a = halide.launch @copy(%x) {layers = ["conv1", "relu1"]} : (tensor<4xf32>) -> tensor<4xf32>
  %b = halide.launch @copy(%a) : (tensor<4xf32>) -> tensor<4xf32>
  %y = halide.launch @copy(%b) {layers = ["last"]} : (tensor<4xf32>) -> tensor<4xf32>
  return %y : tensor<4xf32>
}
