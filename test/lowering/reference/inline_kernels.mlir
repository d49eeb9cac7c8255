// RUN: nnc-opt %s --nnc-inline-kernels --split-input-file --verify-diagnostics | FileCheck %s

// CHECK-NOT: halide
// CHECK-LABEL: @main
// CHECK-NEXT: %[[A:.*]] = arith.addf %arg0, %arg0
// CHECK-NEXT: %[[B:.*]] = arith.addf %[[A]], %[[A]]
// CHECK-NEXT: return %[[B]], %arg0
halide.kernel @double(%x: tensor<4xf32>) -> (tensor<4xf32>, tensor<4xf32>) {
  %y = arith.addf %x, %x : tensor<4xf32>
  halide.vectorize %y "d0" : tensor<4xf32>
  halide.yield %y, %x : tensor<4xf32>, tensor<4xf32>
}
func.func @main(%x: tensor<4xf32>) -> (tensor<4xf32>, tensor<4xf32>) {
  %a, %same = halide.launch @double(%x) : (tensor<4xf32>) -> (tensor<4xf32>, tensor<4xf32>)
  %b, %again = halide.launch @double(%a) : (tensor<4xf32>) -> (tensor<4xf32>, tensor<4xf32>)
  return %b, %same : tensor<4xf32>, tensor<4xf32>
}

// -----

halide.kernel @double(%x: tensor<4xf32>) -> tensor<4xf32> {
  %y = arith.addf %x, %x : tensor<4xf32>
  halide.yield %y : tensor<4xf32>
}
func.func @main(%x: memref<4xf32>, %y: memref<4xf32>) {
  // expected-error@+1 {{writes memrefs, but only launches on tensors can be inlined}}
  halide.launch @double(%x) outs(%y : memref<4xf32>) : (memref<4xf32>) -> ()
  return
}

// -----

// A launch with steps is a loop that carries the state.
// CHECK-LABEL: @main
// CHECK: %[[ALL:.*]] = tensor.empty() : tensor<5x4xf32>
// CHECK: %[[LOOP:.*]]:2 = scf.for %[[T:.*]] = {{.*}} iter_args(%[[SO_FAR:.*]] = %[[ALL]], %[[STATE:.*]] = %arg1)
// CHECK: %[[LAST:.*]] = arith.subi %{{.*}}, %[[T]]
// CHECK: %[[X:.*]] = tensor.extract_slice %arg0[%[[LAST]], 0] [1, 4] [1, 1]
// CHECK: %[[NEXT:.*]] = arith.addf %[[X]], %[[STATE]]
// CHECK: %[[WITH:.*]] = tensor.insert_slice %[[NEXT]] into %[[SO_FAR]][%[[LAST]], 0] [1, 4] [1, 1]
// CHECK: scf.yield %[[WITH]], %[[NEXT]]
// CHECK: return %[[LOOP]]#0
halide.kernel @add(%x: tensor<4xf32>, %s: tensor<4xf32>) -> tensor<4xf32> {
  %y = arith.addf %x, %s : tensor<4xf32>
  halide.yield %y : tensor<4xf32>
}
func.func @main(%x: tensor<5x4xf32>, %s: tensor<4xf32>) -> tensor<5x4xf32> {
  %y = halide.launch @add(%x, %s) {reverse, steps = 5 : i64} : (tensor<5x4xf32>, tensor<4xf32>) -> tensor<5x4xf32>
  return %y : tensor<5x4xf32>
}
