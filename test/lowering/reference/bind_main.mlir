// RUN: nnc-opt %s --nnc-bind-main --split-input-file --verify-diagnostics | FileCheck %s

// Equal constants are one argument; scalars stay.
// CHECK-LABEL: @main
// CHECK-SAME: %[[X:.*]]: tensor<2xf32> {bufferization.writable = false}
// CHECK-SAME: %[[C:.*]]: tensor<2xf32> {bufferization.writable = false, nnc.constant = dense<[1.000000e+00, 2.000000e+00]> : tensor<2xf32>}
// CHECK-SAME: %[[R:.*]]: memref<2xf32>)
// CHECK: arith.constant 3.0
// CHECK: arith.addf %[[X]], %[[C]]
// CHECK: %[[Y:.*]] = arith.addf %{{.*}}, %[[C]]
// CHECK: bufferization.materialize_in_destination %[[Y]] in restrict writable %[[R]]
// CHECK: return
func.func @main(%x: tensor<2xf32>) -> tensor<2xf32> {
  %three = arith.constant 3.0 : f32
  %c = arith.constant dense<[1.0, 2.0]> : tensor<2xf32>
  %d = arith.constant dense<[1.0, 2.0]> : tensor<2xf32>
  %0 = arith.addf %x, %c : tensor<2xf32>
  %1 = arith.addf %0, %d : tensor<2xf32>
  return %1 : tensor<2xf32>
}

// -----

// expected-error@+1 {{there is no function @main to run}}
module {
}

// -----

// expected-error@+1 {{has 'tensor<?xf32>' in its signature, but the reference runs only statically shaped tensors of numbers}}
func.func @main(%x: tensor<?xf32>) -> tensor<?xf32> {
  return %x : tensor<?xf32>
}

// -----

// expected-error@+1 {{has 2 blocks, but the reference runs only one}}
func.func @main(%x: tensor<2xf32>) -> tensor<2xf32> {
  cf.br ^end
^end:
  return %x : tensor<2xf32>
}
