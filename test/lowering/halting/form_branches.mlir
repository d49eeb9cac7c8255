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

// -----

// The second value's layers run where the condition does not hold.
// CHECK-LABEL: @main
// CHECK: %[[NOT:.*]] = halide.launch @{{.*}}(%arg1)
// CHECK: %[[N:.*]] = halide.launch @linear_layer(%arg0, %arg2) count(%[[NOT]] : tensor<1xi1>)
// CHECK: %[[U:.*]] = halide.launch @update_layer(%{{.*}}, %[[N]]) count(%[[NOT]] : tensor<1xi1>) {layers = ["update"], tied = 0 : i64}
// CHECK: halide.launch @{{.*}}(%arg1, %arg0, %[[U]])
func.func @main(%x: tensor<1x4xf32>, %s: tensor<1xi1>, %w: tensor<4x4xf32>) -> tensor<1x4xf32> {
  %b = nnc.broadcast %s : tensor<1xi1> -> tensor<1x4xi1>
  %0 = nnc.linear %x, %w : tensor<1x4xf32>, tensor<4x4xf32> -> tensor<1x4xf32>
  %1 = arith.select %b, %x, %0 : tensor<1x4xi1>, tensor<1x4xf32>
  return %1 : tensor<1x4xf32>
}

// -----

// An exit behind an exit: the second condition implies the first one, so what both stages and their heads read runs under that; a
// concatenation between launches hides nothing.
// CHECK-LABEL: @main
// CHECK: %[[A:.*]] = halide.launch @linear_layer(%arg0, %arg2) count(%arg1 : tensor<1xi1>)
// CHECK: halide.launch @{{.*}}(%[[A]]) count(%arg1 : tensor<1xi1>)
// CHECK: halide.launch @linear_layer{{.*}} count(%[[BOTH:.*]] : tensor<1xi1>)
// CHECK: halide.launch @update_layer{{.*}} count(%[[BOTH]] : tensor<1xi1>)
func.func @main(%x: tensor<1x4xf32>, %s: tensor<1xi1>, %w: tensor<4x4xf32>, %v: tensor<8x4xf32>) -> tensor<1x4xf32> {
  %t = arith.constant dense<0.5> : tensor<1xf32>
  %b = nnc.broadcast %s : tensor<1xi1> -> tensor<1x4xi1>
  %0 = nnc.linear %x, %w : tensor<1x4xf32>, tensor<4x4xf32> -> tensor<1x4xf32>
  %1 = arith.select %b, %0, %x : tensor<1x4xi1>, tensor<1x4xf32>
  %m = nnc.reduce max %0 axes = [1] : tensor<1x4xf32> -> tensor<1xf32>
  %c = arith.cmpf olt, %m, %t : tensor<1xf32>
  %both = arith.andi %s, %c : tensor<1xi1>
  %n = math.absf %0 : tensor<1x4xf32>
  %j = tensor.concat dim(1) %0, %n : (tensor<1x4xf32>, tensor<1x4xf32>) -> tensor<1x8xf32>
  %2 = nnc.linear %j, %v : tensor<1x8xf32>, tensor<8x4xf32> -> tensor<1x4xf32>
  %d = nnc.broadcast %both : tensor<1xi1> -> tensor<1x4xi1>
  %3 = arith.select %d, %2, %1 : tensor<1x4xi1>, tensor<1x4xf32>
  return %3 : tensor<1x4xf32>
}
