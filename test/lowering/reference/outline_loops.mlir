// RUN: nnc-opt %s --nnc-outline-loops | FileCheck %s

#id = affine_map<(d0) -> (d0)>

// Two functions for three loop nests; what a payload reads from outside is an argument.
// CHECK-LABEL: func.func private @loops_0(
// CHECK: memref.load
// CHECK-LABEL: func.func private @loops(
// CHECK: linalg.generic
// CHECK-NOT: func.func private
// CHECK-LABEL: @main
// CHECK: call @loops(%arg0, %arg1)
// CHECK: call @loops(%arg1, %arg0)
// CHECK: call @loops_0(%arg0, %arg1)
func.func @main(%x: memref<8xf32>, %y: memref<8xf32>) {
  %one = arith.constant 1.0 : f32
  %zero = arith.constant 0 : index
  linalg.generic {indexing_maps = [#id, #id], iterator_types = ["parallel"]} ins(%x : memref<8xf32>) outs(%y : memref<8xf32>) {
  ^bb0(%a: f32, %b: f32):
    %c = arith.addf %a, %one : f32
    linalg.yield %c : f32
  }
  linalg.generic {indexing_maps = [#id, #id], iterator_types = ["parallel"]} ins(%y : memref<8xf32>) outs(%x : memref<8xf32>) {
  ^bb0(%a: f32, %b: f32):
    %c = arith.addf %a, %one : f32
    linalg.yield %c : f32
  }
  linalg.generic {indexing_maps = [#id], iterator_types = ["parallel"]} outs(%x : memref<8xf32>) {
  ^bb0(%b: f32):
    %c = memref.load %y[%zero] : memref<8xf32>
    linalg.yield %c : f32
  }
  return
}
