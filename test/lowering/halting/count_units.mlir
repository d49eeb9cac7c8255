// RUN: nnc-opt %s --split-input-file --nnc-count-units | FileCheck %s

// Two units by position: the second window reads one position further than the choice.
// CHECK: module attributes {nnc.dense_flops = {{[0-9.e+]+}} : f64}
// CHECK-LABEL: @main
// CHECK-SAME: tensor<1x4x4x1xi32> {nnc.name = "units"}, tensor<1xf32> {nnc.name = "flops"})
// CHECK: %[[U:.*]] = arith.extui %arg1 : tensor<1x4x4x1xi1> to tensor<1x4x4x1xi32>
// CHECK: %[[N:.*]] = arith.addi %{{.*}}, %[[U]]
// CHECK: %[[M:.*]] = arith.uitofp %arg1
// CHECK: %[[W:.*]] = nnc.max_pool2d %[[M]] {kernel = array<i64: 3, 3>, pads = array<i64: 1, 1, 1, 1>}
// CHECK: nnc.reduce sum
// CHECK: nnc.reduce sum
// CHECK: return %{{.*}}, %[[N]], %{{.*}}
func.func @main(%x: tensor<1x4x4x3xf32>, %mask: tensor<1x4x4x1xi1>, %w: tensor<3x3x3x3xf32>, %v: tensor<3x3x3x3xf32>) -> tensor<1x4x4x3xf32> {
  %b = nnc.broadcast %mask : tensor<1x4x4x1xi1> -> tensor<1x4x4x3xi1>
  %0 = nnc.conv2d %x, %w {pads = array<i64: 1, 1, 1, 1>} : tensor<1x4x4x3xf32>, tensor<3x3x3x3xf32> -> tensor<1x4x4x3xf32>
  %1 = math.absf %0 : tensor<1x4x4x3xf32>
  %2 = nnc.conv2d %1, %v {pads = array<i64: 1, 1, 1, 1>} : tensor<1x4x4x3xf32>, tensor<3x3x3x3xf32> -> tensor<1x4x4x3xf32>
  %3 = arith.select %b, %2, %x : tensor<1x4x4x3xi1>, tensor<1x4x4x3xf32>
  return %3 : tensor<1x4x4x3xf32>
}

// -----

// By sample; a choice without layers is no unit.
// CHECK-LABEL: @main
// CHECK-SAME: tensor<1xi32> {nnc.name = "units"}, tensor<1xf32> {nnc.name = "flops"})
func.func @main(%x: tensor<1x4xf32>, %s: tensor<1xi1>, %t: tensor<1xi1>, %w: tensor<4x4xf32>) -> tensor<1x4xf32> {
  %b = nnc.broadcast %s : tensor<1xi1> -> tensor<1x4xi1>
  %0 = nnc.linear %x, %w : tensor<1x4xf32>, tensor<4x4xf32> -> tensor<1x4xf32>
  %1 = arith.select %b, %0, %x : tensor<1x4xi1>, tensor<1x4xf32>
  %c = nnc.broadcast %t : tensor<1xi1> -> tensor<1x4xi1>
  %2 = math.absf %1 : tensor<1x4xf32>
  %3 = arith.select %c, %2, %1 : tensor<1x4xi1>, tensor<1x4xf32>
  return %3 : tensor<1x4xf32>
}

// -----

// Nothing halts: nothing is counted.
// CHECK-LABEL: @main
// CHECK-NOT: units
func.func @main(%x: tensor<1x4xf32>, %w: tensor<4x4xf32>) -> tensor<1x4xf32> {
  %0 = nnc.linear %x, %w : tensor<1x4xf32>, tensor<4x4xf32> -> tensor<1x4xf32>
  return %0 : tensor<1x4xf32>
}
