// RUN: nnc-opt %s --split-input-file --nnc-form-perforated=form=implicit | FileCheck %s --check-prefixes=CHECK,IMPLICIT
// RUN: nnc-opt %s --split-input-file --nnc-form-perforated=form=explicit | FileCheck %s --check-prefixes=CHECK,EXPLICIT
// RUN: not nnc-opt %s --split-input-file --nnc-form-perforated=form=lists 2>&1 | FileCheck %s --check-prefix=WRONG
// WRONG: error: form=lists: wanted is implicit, explicit or strided

// A row of four pixels, of which 0 and 3 are kept: taps of a window of three, 4 in the padding; then the second convolution reads pixels 0 0 1 1.
// CHECK: form = "2 of 4 positions"
// CHECK-LABEL: @main
// CHECK-NOT: nnc.perforate %
// CHECK-NOT: nnc.conv2d %arg0
// CHECK: %[[T:.*]] = arith.constant dense<{{\[\[}}4, 0, 1], [2, 3, 4]]> : tensor<2x3xi32>
// CHECK: %[[C:.*]] = nnc.perforated_conv2d %{{.*}}, %arg1 taps(%[[T]]) {zero_row} : tensor<1x4x2xf32>, tensor<1x3x2x2xf32>, tensor<2x3xi32> -> tensor<1x2x2xf32>
// CHECK: %[[R:.*]] = math.absf %[[C]] : tensor<1x2x2xf32>
// IMPLICIT: %[[U:.*]] = arith.constant dense<{{\[\[}}2, 0, 0], [0, 0, 1], [0, 1, 1], [1, 1, 2]]> : tensor<4x3xi32>
// IMPLICIT: nnc.perforated_conv2d %[[R]], %arg1 taps(%[[U]]) {zero_row}
// EXPLICIT: %[[G:.*]] = nnc.gather %[[R]] at %{{.*}} axis = 1 : tensor<1x2x2xf32>, tensor<4xi32> -> tensor<1x4x2xf32>
// EXPLICIT: nnc.conv2d
func.func @main(%x: tensor<1x1x4x2xf32>, %w: tensor<1x3x2x2xf32>) -> tensor<1x1x4x2xf32> {
  %f = arith.constant dense<[[0, 0, 3, 3]]> : tensor<1x4xi32>
  %0 = nnc.conv2d %x, %w {pads = array<i64: 0, 1, 0, 1>} : tensor<1x1x4x2xf32>, tensor<1x3x2x2xf32> -> tensor<1x1x4x2xf32>
  %1 = nnc.perforate %0 fill(%f) : tensor<1x1x4x2xf32>, tensor<1x4xi32> -> tensor<1x1x4x2xf32>
  %2 = math.absf %1 : tensor<1x1x4x2xf32>
  %3 = nnc.conv2d %2, %w {pads = array<i64: 0, 1, 0, 1>} : tensor<1x1x4x2xf32>, tensor<1x3x2x2xf32> -> tensor<1x1x4x2xf32>
  return %3 : tensor<1x1x4x2xf32>
}

// -----

// A mask behind what is pointwise; a sum whose other side is whole reads it at kept positions.
// CHECK-LABEL: @main
// CHECK: %[[C:.*]] = nnc.perforated_conv2d
// CHECK: %[[K:.*]] = arith.constant dense<[0, 3]> : tensor<2xi32>
// CHECK: %[[G:.*]] = nnc.gather %{{.*}} at %[[K]] axis = 1 : tensor<1x4x2xf32>, tensor<2xi32> -> tensor<1x2x2xf32>
// CHECK: %[[S:.*]] = arith.addf %[[C]], %[[G]] : tensor<1x2x2xf32>
// CHECK: %[[P:.*]] = arith.constant dense<[0, 0, 1, 1]> : tensor<4xi32>
// CHECK: nnc.gather %[[S]] at %[[P]] axis = 1
func.func @main(%x: tensor<1x1x4x2xf32>, %w: tensor<1x3x2x2xf32>) -> tensor<1x1x4x2xf32> {
  %f = arith.constant dense<[[0, 0, 3, 3]]> : tensor<1x4xi32>
  %0 = nnc.conv2d %x, %w {pads = array<i64: 0, 1, 0, 1>} : tensor<1x1x4x2xf32>, tensor<1x3x2x2xf32> -> tensor<1x1x4x2xf32>
  %1 = arith.addf %0, %x : tensor<1x1x4x2xf32>
  %2 = nnc.perforate %1 fill(%f) : tensor<1x1x4x2xf32>, tensor<1x4xi32> -> tensor<1x1x4x2xf32>
  return %2 : tensor<1x1x4x2xf32>
}

// -----

// Branches of different masks meet as whole images.
// CHECK-LABEL: @main
// CHECK-COUNT-2: nnc.gather %{{.*}} axis = 1 : tensor<1x2x2xf32>, tensor<4xi32> -> tensor<1x4x2xf32>
// CHECK: arith.addf %{{.*}} : tensor<1x1x4x2xf32>
func.func @main(%x: tensor<1x1x4x2xf32>, %w: tensor<1x3x2x2xf32>) -> tensor<1x1x4x2xf32> {
  %f = arith.constant dense<[[0, 0, 3, 3]]> : tensor<1x4xi32>
  %g = arith.constant dense<[[1, 1, 1, 3]]> : tensor<1x4xi32>
  %0 = nnc.conv2d %x, %w {pads = array<i64: 0, 1, 0, 1>} : tensor<1x1x4x2xf32>, tensor<1x3x2x2xf32> -> tensor<1x1x4x2xf32>
  %1 = nnc.perforate %0 fill(%f) : tensor<1x1x4x2xf32>, tensor<1x4xi32> -> tensor<1x1x4x2xf32>
  %2 = nnc.conv2d %x, %w {pads = array<i64: 0, 1, 0, 1>} : tensor<1x1x4x2xf32>, tensor<1x3x2x2xf32> -> tensor<1x1x4x2xf32>
  %3 = nnc.perforate %2 fill(%g) : tensor<1x1x4x2xf32>, tensor<1x4xi32> -> tensor<1x1x4x2xf32>
  %4 = arith.addf %1, %3 : tensor<1x1x4x2xf32>
  return %4 : tensor<1x1x4x2xf32>
}

// -----

// Pooling reads each pixel of a window once: of 0 0 3 3 the first two, and of the other windows both; and a 1x1 convolution its pixels.
// CHECK-LABEL: @main
// CHECK: nnc.perforated_conv2d
// CHECK: nnc.linear %{{.*}} : tensor<2x2xf32>, tensor<2x2xf32> -> tensor<2x2xf32>
// IMPLICIT: %[[T:.*]] = arith.constant dense<{{\[\[}}0, 0], [0, 1], [1, 1]]> : tensor<3x2xi32>
// IMPLICIT: nnc.perforated_max_pool2d %{{.*}} taps(%[[T]])
// EXPLICIT: nnc.max_pool2d
func.func @main(%x: tensor<1x1x4x2xf32>, %w: tensor<1x3x2x2xf32>, %v: tensor<1x1x2x2xf32>) -> tensor<1x1x3x2xf32> {
  %f = arith.constant dense<[[0, 0, 3, 3]]> : tensor<1x4xi32>
  %0 = nnc.conv2d %x, %w {pads = array<i64: 0, 1, 0, 1>} : tensor<1x1x4x2xf32>, tensor<1x3x2x2xf32> -> tensor<1x1x4x2xf32>
  %1 = nnc.perforate %0 fill(%f) : tensor<1x1x4x2xf32>, tensor<1x4xi32> -> tensor<1x1x4x2xf32>
  %2 = nnc.conv2d %1, %v : tensor<1x1x4x2xf32>, tensor<1x1x2x2xf32> -> tensor<1x1x4x2xf32>
  %3 = nnc.max_pool2d %2 {kernel = array<i64: 1, 2>} : tensor<1x1x4x2xf32> -> tensor<1x1x3x2xf32>
  return %3 : tensor<1x1x3x2xf32>
}

// -----

// What is asked of a sum at position 1 is not what the list has there, a copy of position 0: it is made of whole images.
// CHECK-LABEL: @main
// CHECK: nnc.perforated_conv2d
// CHECK: nnc.gather %{{.*}} axis = 1 : tensor<1x2x2xf32>, tensor<4xi32> -> tensor<1x4x2xf32>
// CHECK: arith.addf %{{.*}} : tensor<1x1x4x2xf32>
func.func @main(%x: tensor<1x1x4x2xf32>, %w: tensor<1x3x2x2xf32>) -> tensor<1x1x4x2xf32> {
  %f = arith.constant dense<[[0, 0, 3, 3]]> : tensor<1x4xi32>
  %g = arith.constant dense<[[1, 1, 1, 3]]> : tensor<1x4xi32>
  %0 = nnc.conv2d %x, %w {pads = array<i64: 0, 1, 0, 1>} : tensor<1x1x4x2xf32>, tensor<1x3x2x2xf32> -> tensor<1x1x4x2xf32>
  %1 = nnc.perforate %0 fill(%f) : tensor<1x1x4x2xf32>, tensor<1x4xi32> -> tensor<1x1x4x2xf32>
  %2 = arith.addf %1, %x : tensor<1x1x4x2xf32>
  %3 = nnc.perforate %2 fill(%g) : tensor<1x1x4x2xf32>, tensor<1x4xi32> -> tensor<1x1x4x2xf32>
  return %3 : tensor<1x1x4x2xf32>
}

// -----

// The pixels as four images of one: positions of the other mask are not this one's.
// CHECK-LABEL: @main
// CHECK: nnc.conv2d %arg0
func.func @main(%x: tensor<1x2x2x2xf32>, %w: tensor<1x3x2x2xf32>) -> tensor<2x1x2x2xf32> {
  %f = arith.constant dense<[[0, 0]]> : tensor<1x2xi32>
  %0 = nnc.conv2d %x, %w {pads = array<i64: 0, 1, 0, 1>} : tensor<1x2x2x2xf32>, tensor<1x3x2x2xf32> -> tensor<1x2x2x2xf32>
  %1 = nnc.reshape %0 : tensor<1x2x2x2xf32> -> tensor<2x1x2x2xf32>
  %2 = nnc.perforate %1 fill(%f) : tensor<2x1x2x2xf32>, tensor<1x2xi32> -> tensor<2x1x2x2xf32>
  return %2 : tensor<2x1x2x2xf32>
}
