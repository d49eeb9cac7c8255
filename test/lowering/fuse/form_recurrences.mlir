// A recurrent layer is one kernel for one step, launched with steps.
// RUN: nnc-opt %s -nnc-form-recurrences | FileCheck %s

// CHECK-LABEL: halide.kernel @lstm_layer
// CHECK-SAME: (%[[GATES:.*]]: tensor<1x4x8xf32>, %[[RECURRENT:.*]]: tensor<8x4x8xf32>, %[[STATE:.*]]: tensor<2x1x8xf32>) -> tensor<2x1x8xf32>
// CHECK-SAME: kernel_class = "lstm"
// CHECK-SAME: nnc.flops = 624
// CHECK: linalg.generic {{.*}} ins(%[[STATE]], %[[RECURRENT]] : tensor<2x1x8xf32>, tensor<8x4x8xf32>)
// CHECK: halide.yield

// CHECK-LABEL: func.func @main
// CHECK: halide.launch @lstm_layer({{.*}}) {layers = [], reverse, steps = 200 : i64} : (tensor<200x1x4x8xf32>, tensor<8x4x8xf32>, tensor<2x1x8xf32>) -> tensor<200x2x1x8xf32>
func.func @main(%gates: tensor<200x1x4x8xf32>, %recurrent: tensor<8x4x8xf32>, %initial: tensor<2x1x8xf32>) -> tensor<200x2x1x8xf32> {
  %0 = nnc.lstm %gates recurrent(%recurrent) initial(%initial) {reverse} : tensor<200x1x4x8xf32>, tensor<8x4x8xf32>, tensor<2x1x8xf32> -> tensor<200x2x1x8xf32>
  return %0 : tensor<200x2x1x8xf32>
}
