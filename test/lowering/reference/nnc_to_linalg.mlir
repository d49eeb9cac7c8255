// RUN: nnc-opt %s --nnc-to-linalg | FileCheck %s

// CHECK-LABEL: @elementwise_loops_have_names
// CHECK: linalg.generic {{.*}} ins(%arg0, %arg0 : {{.*}}nnc.iterators = ["n", "y", "x", "k"]
// CHECK: arith.addf
// CHECK: linalg.generic {{.*}} ins(%arg1 : {{.*}}nnc.iterators = ["m", "k"]
// CHECK: math.exp
// CHECK: linalg.generic {{.*}} ins(%arg2 : {{.*}}nnc.iterators = ["d0"]
// CHECK: math.exp
func.func @elementwise_loops_have_names(%a: tensor<1x2x3x4xf32>, %b: tensor<2x3xf32>, %c: tensor<4xf32>)
    -> (tensor<1x2x3x4xf32>, tensor<2x3xf32>, tensor<4xf32>) {
  %0 = arith.addf %a, %a : tensor<1x2x3x4xf32>
  %1 = math.exp %b : tensor<2x3xf32>
  %2 = math.exp %c : tensor<4xf32>
  return %0, %1, %2 : tensor<1x2x3x4xf32>, tensor<2x3xf32>, tensor<4xf32>
}

// CHECK-LABEL: @splats_become_scalars
// CHECK: %[[ZERO:.*]] = arith.constant 0.0{{.*}} : f32
// CHECK: linalg.generic {{.*}} ins(%arg0 : tensor<4xf32>)
// CHECK: arith.maximumf %{{.*}}, %[[ZERO]] : f32
func.func @splats_become_scalars(%x: tensor<4xf32>) -> tensor<4xf32> {
  %zero = arith.constant dense<0.0> : tensor<4xf32>
  %0 = arith.maximumf %x, %zero : tensor<4xf32>
  return %0 : tensor<4xf32>
}

// Attributes of the arithmetic are kept, scalar operands stay scalar.
// CHECK-LABEL: @comparison_and_selection
// CHECK: arith.cmpf olt, %{{.*}}, %{{.*}} : f32
// CHECK: arith.select %arg2, %{{.*}}, %{{.*}} : f32
func.func @comparison_and_selection(%x: tensor<4xf32>, %y: tensor<4xf32>, %c: i1) -> (tensor<4xi1>, tensor<4xf32>) {
  %0 = arith.cmpf olt, %x, %y : tensor<4xf32>
  %1 = arith.select %c, %x, %y : tensor<4xf32>
  return %0, %1 : tensor<4xi1>, tensor<4xf32>
}

// CHECK-LABEL: halide.kernel @kernels_too
// CHECK: %[[Y:.*]] = linalg.generic
// CHECK: halide.compute_root %[[Y]]
// CHECK: halide.yield %[[Y]]
halide.kernel @kernels_too(%x: tensor<4xf32>) -> tensor<4xf32> {
  %y = math.tanh %x : tensor<4xf32>
  halide.compute_root %y : tensor<4xf32>
  halide.yield %y : tensor<4xf32>
}
