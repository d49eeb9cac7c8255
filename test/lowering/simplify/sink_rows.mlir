// RUN: nnc-opt %s --pass-pipeline='builtin.module(func.func(nnc-sink-movements))' --split-input-file | FileCheck %s

// The pixels of one image as rows, transposed: its planes as they were.
// CHECK-LABEL: @rows
// CHECK-NEXT: %[[R:.*]] = nnc.reshape %arg0 : tensor<1x8x3x5xf32> -> tensor<8x15xf32>
// CHECK-NEXT: return %[[R]]
func.func @rows(%x: tensor<1x8x3x5xf32>) -> tensor<8x15xf32> {
  %0 = nnc.transpose %x [0, 2, 3, 1] : tensor<1x8x3x5xf32> -> tensor<1x3x5x8xf32>
  %1 = nnc.reshape %0 : tensor<1x3x5x8xf32> -> tensor<15x8xf32>
  %2 = nnc.transpose %1 [1, 0] : tensor<15x8xf32> -> tensor<8x15xf32>
  return %2 : tensor<8x15xf32>
}

// -----

// Extents of 1 may be anywhere.
// CHECK-LABEL: @units
// CHECK-NEXT: %[[R:.*]] = nnc.reshape %arg0 : tensor<1x8x3x5xf32> -> tensor<1x8x1x15xf32>
// CHECK-NEXT: return %[[R]]
func.func @units(%x: tensor<1x8x3x5xf32>) -> tensor<1x8x1x15xf32> {
  %0 = nnc.transpose %x [0, 2, 3, 1] : tensor<1x8x3x5xf32> -> tensor<1x3x5x8xf32>
  %1 = nnc.reshape %0 : tensor<1x3x5x8xf32> -> tensor<1x15x1x8xf32>
  %2 = nnc.transpose %1 [2, 3, 0, 1] : tensor<1x15x1x8xf32> -> tensor<1x8x1x15xf32>
  return %2 : tensor<1x8x1x15xf32>
}

// -----

// Two images stay two transposes: their pixels lie apart.
// CHECK-LABEL: @images
// CHECK-COUNT-1: nnc.transpose
func.func @images(%x: tensor<2x8x3x5xf32>) -> tensor<8x30xf32> {
  %0 = nnc.transpose %x [0, 2, 3, 1] : tensor<2x8x3x5xf32> -> tensor<2x3x5x8xf32>
  %1 = nnc.reshape %0 : tensor<2x3x5x8xf32> -> tensor<30x8xf32>
  %2 = nnc.transpose %1 [1, 0] : tensor<30x8xf32> -> tensor<8x30xf32>
  return %2 : tensor<8x30xf32>
}

// -----

// Channels are picked where they are planes.
// CHECK-LABEL: @gather
// CHECK: %[[G:.*]] = nnc.gather %arg0 at %{{.*}} axis = 1 : tensor<1x8x3x5xf32>, tensor<2xi32> -> tensor<1x2x3x5xf32>
// CHECK: nnc.transpose %[[G]] [0, 2, 3, 1] : tensor<1x2x3x5xf32> -> tensor<1x3x5x2xf32>
func.func @gather(%x: tensor<1x8x3x5xf32>) -> tensor<1x3x5x2xf32> {
  %i = arith.constant dense<[3, 6]> : tensor<2xi32>
  %0 = nnc.transpose %x [0, 2, 3, 1] : tensor<1x8x3x5xf32> -> tensor<1x3x5x8xf32>
  %1 = nnc.gather %0 at %i axis = 3 : tensor<1x3x5x8xf32>, tensor<2xi32> -> tensor<1x3x5x2xf32>
  return %1 : tensor<1x3x5x2xf32>
}
