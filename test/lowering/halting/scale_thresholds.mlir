// RUN: nnc-opt %s --split-input-file --nnc-scale-thresholds="scale=0.5" | FileCheck %s
// RUN: nnc-opt %s --split-input-file --nnc-scale-thresholds="scale=0.5 layers=other" | FileCheck %s --check-prefix=NONE
// RUN: not nnc-opt %s --split-input-file --nnc-scale-thresholds="scale=0" 2>&1 | FileCheck %s --check-prefix=SCALE
// SCALE: error: nnc-scale-thresholds: scale is 0.000000e+00, but must be above 0
// NONE-NOT: dense<2.500000e-01>

// Directly, and by way of logic and movements; the constant is on either side, and may be spread.
// CHECK-LABEL: @main
// CHECK-DAG: %[[A:.*]] = arith.constant dense<5.000000e-01> : tensor<4xf32>
// CHECK-DAG: %[[B:.*]] = arith.constant dense<2.500000e-01> : tensor<4xf32>
// CHECK-DAG: arith.cmpf olt, %arg0, %[[A]]
// CHECK-DAG: arith.cmpf ogt, %[[B]], %arg1
func.func @main(%x: tensor<4xf32>, %y: tensor<4xf32>) -> (tensor<4xf32>, tensor<4x2xf32>) {
  %one = arith.constant dense<1.0> : tensor<4xf32>
  %half = arith.constant dense<0.5> : tensor<f32>
  %spread = nnc.broadcast %half : tensor<f32> -> tensor<4xf32>
  %a = arith.cmpf olt, %x, %one : tensor<4xf32>
  %b = arith.cmpf ogt, %spread, %y : tensor<4xf32>
  %both = arith.andi %a, %b : tensor<4xi1>
  %column = nnc.reshape %both : tensor<4xi1> -> tensor<4x1xi1>
  %mask = nnc.broadcast %column : tensor<4x1xi1> -> tensor<4x2xi1>
  %p = nnc.broadcast %one : tensor<4xf32> -> tensor<2x4xf32>
  %q = nnc.transpose %p [1, 0] : tensor<2x4xf32> -> tensor<4x2xf32>
  %0 = arith.select %a, %x, %y : tensor<4xi1>, tensor<4xf32>
  %1 = arith.addf %q, %q : tensor<4x2xf32>
  %2 = arith.select %mask, %q, %1 : tensor<4x2xi1>, tensor<4x2xf32>
  return %0, %2 : tensor<4xf32>, tensor<4x2xf32>
}

// -----

// What decides nothing is no threshold, and neither is zero, nor what is computed.
// CHECK-LABEL: @main
// CHECK-NOT: dense<5.000000e-01>
func.func @main(%x: tensor<4xf32>, %y: tensor<4xf32>) -> (tensor<4xi1>, tensor<4xf32>) {
  %one = arith.constant dense<1.0> : tensor<4xf32>
  %zero = arith.constant dense<0.0> : tensor<4xf32>
  %a = arith.cmpf olt, %x, %one : tensor<4xf32>
  %b = arith.cmpf olt, %x, %zero : tensor<4xf32>
  %c = arith.cmpf olt, %x, %y : tensor<4xf32>
  %d = arith.andi %b, %c : tensor<4xi1>
  %0 = arith.select %d, %one, %y : tensor<4xi1>, tensor<4xf32>
  return %a, %0 : tensor<4xi1>, tensor<4xf32>
}
