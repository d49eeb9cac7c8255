// RUN: nnc-opt %s | nnc-opt | FileCheck %s

// CHECK: halide.kernel @double(%arg0: tensor<4x64xf32>) -> tensor<4x64xf32>
// CHECK-SAME: kernel_class = "elementwise"
halide.kernel @double(%x: tensor<4x64xf32>) -> tensor<4x64xf32> attributes {kernel_class = "elementwise", layers = ["relu1"]} {
  %y = arith.addf %x, %x : tensor<4x64xf32>
  // CHECK: halide.split %0 "k" into "ko", "ki" by 16 tail(guard_with_if)
  halide.split %y "k" into "ko", "ki" by 16 tail(guard_with_if) : tensor<4x64xf32>
  // CHECK: halide.reorder %0 ["ki", "ko", "m"]
  halide.reorder %y ["ki", "ko", "m"] : tensor<4x64xf32>
  // CHECK: halide.vectorize %0 "ki"
  halide.vectorize %y "ki" : tensor<4x64xf32>
  // CHECK: halide.unroll %0 "ko" update(0)
  halide.unroll %y "ko" update(0) : tensor<4x64xf32>
  // CHECK: halide.compute_root %0
  halide.compute_root %y : tensor<4x64xf32>
  // CHECK: halide.yield %0
  halide.yield %y : tensor<4x64xf32>
}

// CHECK-LABEL: @main
// CHECK: halide.launch @double(%arg0) : (tensor<4x64xf32>) -> tensor<4x64xf32>
func.func @main(%x: tensor<4x64xf32>) -> tensor<4x64xf32> {
  %y = halide.launch @double(%x) : (tensor<4x64xf32>) -> tensor<4x64xf32>
  return %y : tensor<4x64xf32>
}
