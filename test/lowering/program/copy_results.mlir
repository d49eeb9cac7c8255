// RUN: nnc-opt %s --nnc-copy-results | FileCheck %s

// A launch's own result and a concatenation are returned as they are; the same again, an input, a constant and a slice
// are copied.
// CHECK: func.func @main(%[[X:.*]]: tensor<4x4xf32>)
// CHECK: %[[C:.*]] = arith.constant
// CHECK: %[[R:.*]] = halide.launch @k(%[[X]])
// CHECK: %[[S:.*]] = tensor.extract_slice
// CHECK: %[[A:.*]] = halide.launch @[[COPY:copy.*]](%[[R]])
// CHECK: %[[B:.*]] = halide.launch @[[COPY]](%[[X]])
// CHECK: %[[D:.*]] = halide.launch @[[COPY]](%[[C]])
// CHECK: %[[E:.*]] = halide.launch @{{copy.*}}(%[[S]])
// CHECK: return %[[R]], %[[A]], %[[B]], %[[D]], %[[E]] :
halide.kernel @k(%x: tensor<4x4xf32>) -> tensor<4x4xf32> {
  %0 = math.absf %x : tensor<4x4xf32>
  halide.yield %0 : tensor<4x4xf32>
}
func.func @main(%x: tensor<4x4xf32>) -> (tensor<4x4xf32>, tensor<4x4xf32>, tensor<4x4xf32>, tensor<4x4xf32>, tensor<4x2xf32>) {
  %c = arith.constant dense<1.0> : tensor<4x4xf32>
  %0 = halide.launch @k(%x) : (tensor<4x4xf32>) -> tensor<4x4xf32>
  %1 = tensor.extract_slice %0[0, 0] [4, 2] [1, 1] : tensor<4x4xf32> to tensor<4x2xf32>
  return %0, %0, %x, %c, %1 : tensor<4x4xf32>, tensor<4x4xf32>, tensor<4x4xf32>, tensor<4x4xf32>, tensor<4x2xf32>
}
