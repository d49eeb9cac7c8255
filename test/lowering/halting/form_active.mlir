// RUN: nnc-opt %s --split-input-file --nnc-form-active=lists=true | FileCheck %s

// Two convolutions that only active positions ask for: the first where the windows of the second read.
// CHECK: halide.kernel @list_active(%{{.*}}: tensor<6xi1>) -> (tensor<6xi32>, tensor<1xi32>)
// CHECK: halide.kernel @window_mask(%{{.*}}: tensor<6xi1>) -> tensor<6xi1>
// CHECK: nnc.window_mask %{{.*}} {dilations = array<i64: 1, 1>, image = array<i64: 1, 2, 3>, kernel = array<i64: 3, 3>, pads = array<i64: 1, 1>}
// CHECK: halide.kernel @perforated_conv2d(%{{.*}}: tensor<6xi32>, %{{.*}}: tensor<3x3x2x2xf32>, %{{.*}}: tensor<6x9xi32>, %{{.*}}: tensor<1x7x2xf32>)
// CHECK: %[[R:.*]] = nnc.gather %{{.*}} at %{{.*}} axis = 0
// CHECK: nnc.perforated_conv2d %{{.*}}, %{{.*}} taps(%[[R]])
// CHECK: nnc.update_rows
// CHECK-LABEL: func.func @main
// CHECK: %[[A:.*]]:2 = halide.launch @list_active
// CHECK: %[[W:.*]] = halide.launch @window_mask
// CHECK: %[[D:.*]]:2 = halide.launch @list_active(%[[W]])
// CHECK: %[[Y:.*]] = halide.launch @{{.*}} count(%[[D]]#1 : tensor<1xi32>) {{{.*}}lists = array<i64: 0>, piece = 6 : i64}
// CHECK: %[[U:.*]] = halide.launch @update_rows(%{{.*}}, %[[Y]], %[[D]]#0, %[[D]]#1) {{{.*}}tied = 0 : i64}
// CHECK: %[[Z:.*]] = halide.launch @perforated_conv2d({{.*}}, %[[U]]) count(%[[A]]#1 : tensor<1xi32>)
// CHECK: halide.launch @update_rows(%{{.*}}, %[[Z]], %[[A]]#0, %[[A]]#1) {{{.*}}tied = 0 : i64}
// CHECK-NOT: arith.select
func.func @main(%x: tensor<1x2x3x2xf32>, %m: tensor<1x2x3x1xi1>, %w: tensor<3x3x2x2xf32>) -> tensor<1x2x3x2xf32> {
  %b = nnc.broadcast %m : tensor<1x2x3x1xi1> -> tensor<1x2x3x2xi1>
  %0 = nnc.conv2d %x, %w {pads = array<i64: 1, 1, 1, 1>} : tensor<1x2x3x2xf32>, tensor<3x3x2x2xf32> -> tensor<1x2x3x2xf32>
  %1 = nnc.conv2d %0, %w {pads = array<i64: 1, 1, 1, 1>} : tensor<1x2x3x2xf32>, tensor<3x3x2x2xf32> -> tensor<1x2x3x2xf32>
  %2 = arith.select %b, %1, %x : tensor<1x2x3x2xi1>, tensor<1x2x3x2xf32>
  return %2 : tensor<1x2x3x2xf32>
}

// -----

// What somebody reads everywhere is computed everywhere, and a choice that no layer leads to stays one.
// CHECK-LABEL: @main
// CHECK-NOT: halide.launch
// CHECK: arith.select
// CHECK: arith.select
func.func @main(%x: tensor<1x2x3x2xf32>, %m: tensor<1x2x3x1xi1>, %w: tensor<3x3x2x2xf32>) -> (tensor<1x2x3x2xf32>, tensor<1x2x3x2xf32>, tensor<1x2x3x2xf32>) {
  %b = nnc.broadcast %m : tensor<1x2x3x1xi1> -> tensor<1x2x3x2xi1>
  %0 = nnc.conv2d %x, %w {pads = array<i64: 1, 1, 1, 1>} : tensor<1x2x3x2xf32>, tensor<3x3x2x2xf32> -> tensor<1x2x3x2xf32>
  %1 = arith.select %b, %0, %x : tensor<1x2x3x2xi1>, tensor<1x2x3x2xf32>
  %2 = math.absf %x : tensor<1x2x3x2xf32>
  %3 = arith.select %b, %2, %x : tensor<1x2x3x2xi1>, tensor<1x2x3x2xf32>
  return %0, %1, %3 : tensor<1x2x3x2xf32>, tensor<1x2x3x2xf32>, tensor<1x2x3x2xf32>
}

// -----

// A number chosen by a boolean is no image.
// CHECK-LABEL: @main
// CHECK: arith.select
func.func @main(%x: tensor<f32>, %y: tensor<f32>, %c: tensor<i1>) -> tensor<f32> {
  %0 = arith.select %c, %x, %y : tensor<i1>, tensor<f32>
  return %0 : tensor<f32>
}
