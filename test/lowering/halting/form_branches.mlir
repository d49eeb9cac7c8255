// RUN: nnc-opt %s --split-input-file --nnc-form-branches --nnc-form-kernels --nnc-guard-launches | FileCheck %s

// A layer, and what is behind it, that only the new value needs; the score that decides is always computed.
// CHECK-LABEL: @main
// CHECK: %[[S:.*]] = halide.launch @{{.*}}(%arg1) {
// CHECK: %[[N:.*]] = halide.launch @linear_layer(%arg0, %arg2) count(%[[S]] : tensor<1xi1>)
// CHECK: halide.launch @update_layer(%arg0, %[[N]]) count(%[[S]] : tensor<1xi1>) {layers = ["update"], tied = 0 : i64}
func.func @main(%x: tensor<1x4xf32>, %s: tensor<1xf32>, %w: tensor<4x4xf32>) -> tensor<1x4xf32> {
  %t = arith.constant dense<0.5> : tensor<1xf32>
  %c = arith.cmpf olt, %s, %t : tensor<1xf32>
  %b = nnc.broadcast %c : tensor<1xi1> -> tensor<1x4xi1>
  %0 = nnc.linear %x, %w : tensor<1x4xf32>, tensor<4x4xf32> -> tensor<1x4xf32>
  %1 = math.absf %0 : tensor<1x4xf32>
  %2 = arith.select %b, %1, %x : tensor<1x4xi1>, tensor<1x4xf32>
  return %2 : tensor<1x4xf32>
}

// -----

// A layer that somebody else reads is computed; so are choices without layers.
// CHECK-LABEL: @main
// CHECK-NOT: count(
func.func @main(%x: tensor<1x4xf32>, %s: tensor<1xi1>, %w: tensor<4x4xf32>) -> (tensor<1x4xf32>, tensor<1x4xf32>, tensor<1x4xf32>) {
  %b = nnc.broadcast %s : tensor<1xi1> -> tensor<1x4xi1>
  %0 = nnc.linear %x, %w : tensor<1x4xf32>, tensor<4x4xf32> -> tensor<1x4xf32>
  %1 = arith.select %b, %0, %x : tensor<1x4xi1>, tensor<1x4xf32>
  %2 = math.absf %x : tensor<1x4xf32>
  %3 = arith.select %b, %2, %x : tensor<1x4xi1>, tensor<1x4xf32>
  return %0, %1, %3 : tensor<1x4xf32>, tensor<1x4xf32>, tensor<1x4xf32>
}

// -----

// Two choices by one condition share what leads to both.
// CHECK-LABEL: @main
// CHECK: %[[N:.*]] = halide.launch @linear_layer(%arg0, %arg2) count(%arg1 : tensor<1xi1>)
// CHECK: halide.launch @update_layer(%arg0, %[[N]]) count(%arg1 : tensor<1xi1>)
// CHECK: %[[M:.*]] = halide.launch @{{.*}}(%[[N]]) count(%arg1 : tensor<1xi1>)
// CHECK: halide.launch @update_layer(%arg0, %[[M]]) count(%arg1 : tensor<1xi1>)
func.func @main(%x: tensor<1x4xf32>, %s: tensor<1xi1>, %w: tensor<4x4xf32>) -> (tensor<1x4xf32>, tensor<1x4xf32>) {
  %b = nnc.broadcast %s : tensor<1xi1> -> tensor<1x4xi1>
  %0 = nnc.linear %x, %w : tensor<1x4xf32>, tensor<4x4xf32> -> tensor<1x4xf32>
  %1 = arith.select %b, %0, %x : tensor<1x4xi1>, tensor<1x4xf32>
  %2 = math.absf %0 : tensor<1x4xf32>
  %3 = arith.select %b, %2, %x : tensor<1x4xi1>, tensor<1x4xf32>
  return %1, %3 : tensor<1x4xf32>, tensor<1x4xf32>
}
