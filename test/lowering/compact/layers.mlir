// RUN: nnc-opt %s --nnc-compact --canonicalize --split-input-file | FileCheck %s

// A neuron without weights is relu(bias): 2, which times its weights joins the next bias. The last one's
// weights are read by nobody.
// CHECK-DAG: %[[W0:.*]] = arith.constant dense<{{\[\[}}1.000000e+00], [4.000000e+00]]> : tensor<2x1xf32>
// CHECK-DAG: %[[B0:.*]] = arith.constant dense<5.000000e-01> : tensor<1xf32>
// CHECK-DAG: %[[W1:.*]] = arith.constant dense<{{\[\[}}1.000000e+00, 2.000000e+00]]> : tensor<1x2xf32>
// CHECK-DAG: %[[B1:.*]] = arith.constant dense<[1.600000e+01, 2.100000e+01]> : tensor<2xf32>
// CHECK: %[[X:.*]] = nnc.linear %arg0, %[[W0]] bias(%[[B0]])
// CHECK: %[[Y:.*]] = arith.maximumf %[[X]], %{{.*}} : tensor<1x1xf32>
// CHECK: nnc.linear %[[Y]], %[[W1]] bias(%[[B1]])
func.func @main(%x: tensor<1x2xf32>) -> tensor<1x2xf32> {
  %w0 = arith.constant dense<[[1.0, 0.0, 3.0], [4.0, 0.0, 6.0]]> : tensor<2x3xf32>
  %b0 = arith.constant dense<[0.5, 2.0, 7.0]> : tensor<3xf32>
  %w1 = arith.constant dense<[[1.0, 2.0], [3.0, 5.0], [0.0, 0.0]]> : tensor<3x2xf32>
  %b1 = arith.constant dense<[10.0, 11.0]> : tensor<2xf32>
  %zero = arith.constant dense<0.0> : tensor<1x3xf32>
  %0 = nnc.linear %x, %w0 bias(%b0) : tensor<1x2xf32>, tensor<2x3xf32>, tensor<3xf32> -> tensor<1x3xf32>
  %1 = arith.maximumf %0, %zero : tensor<1x3xf32>
  %2 = nnc.linear %1, %w1 bias(%b1) : tensor<1x3xf32>, tensor<3x2xf32>, tensor<2xf32> -> tensor<1x2xf32>
  return %2 : tensor<1x2xf32>
}

// -----

// Zero padding sees less of a constant channel at the border: 3 x 2, the channel's constant, for every tap inside.
// CHECK: %[[MAP:.*]] = arith.constant dense<{{\[\[\[\[}}2.500000e+01], [3.700000e+01], [2.500000e+01]], {{\[\[}}3.700000e+01], [5.500000e+01], [3.700000e+01]], {{\[\[}}2.500000e+01], [3.700000e+01], [2.500000e+01]]]]>
// CHECK: %[[X:.*]] = nnc.conv2d %arg0, %{{.*}} : tensor<1x3x3x1xf32>, tensor<1x1x1x1xf32>, tensor<1xf32> -> tensor<1x3x3x1xf32>
// CHECK: %[[Y:.*]] = nnc.conv2d %[[X]], %{{[^ ]*}} {pads = array<i64: 1, 1, 1, 1>}
// CHECK: arith.addf %[[Y]], %[[MAP]]
func.func @main(%x: tensor<1x3x3x1xf32>) -> tensor<1x3x3x1xf32> {
  %w0 = arith.constant dense<[[[[2.0, 0.0]]]]> : tensor<1x1x1x2xf32>
  %b0 = arith.constant dense<[0.0, 3.0]> : tensor<2xf32>
  %w1 = arith.constant dense<2.0> : tensor<3x3x2x1xf32>
  %b1 = arith.constant dense<1.0> : tensor<1xf32>
  %0 = nnc.conv2d %x, %w0 bias(%b0) : tensor<1x3x3x1xf32>, tensor<1x1x1x2xf32>, tensor<2xf32> -> tensor<1x3x3x2xf32>
  %1 = nnc.conv2d %0, %w1 bias(%b1) {pads = array<i64: 1, 1, 1, 1>} : tensor<1x3x3x2xf32>, tensor<3x3x2x1xf32>, tensor<1xf32> -> tensor<1x3x3x1xf32>
  return %1 : tensor<1x3x3x1xf32>
}

// -----

// A constant of zero, as behind a ReLU, needs no map, and none of the layers before it.
// CHECK-NOT: arith.addf
// CHECK: nnc.conv2d %arg0, %{{.*}} : tensor<1x3x3x1xf32>, tensor<1x1x1x1xf32>, tensor<1xf32> -> tensor<1x3x3x1xf32>
// CHECK: arith.maximumf
// CHECK: nnc.max_pool2d %{{.*}} -> tensor<1x3x3x1xf32>
// CHECK: nnc.conv2d %{{.*}} bias({{.*}}) {pads = array<i64: 1, 1, 1, 1>, strides = array<i64: 2, 2>} : tensor<1x3x3x1xf32>, tensor<3x3x1x1xf32>
func.func @main(%x: tensor<1x3x3x1xf32>) -> tensor<1x2x2x1xf32> {
  %w0 = arith.constant dense<[[[[2.0, 0.0]]]]> : tensor<1x1x1x2xf32>
  %b0 = arith.constant dense<[0.0, -3.0]> : tensor<2xf32>
  %w1 = arith.constant dense<2.0> : tensor<3x3x2x1xf32>
  %b1 = arith.constant dense<1.0> : tensor<1xf32>
  %zero = arith.constant dense<0.0> : tensor<1x3x3x2xf32>
  %0 = nnc.conv2d %x, %w0 bias(%b0) : tensor<1x3x3x1xf32>, tensor<1x1x1x2xf32>, tensor<2xf32> -> tensor<1x3x3x2xf32>
  %1 = arith.maximumf %0, %zero : tensor<1x3x3x2xf32>
  %2 = nnc.max_pool2d %1 {kernel = array<i64: 3, 3>, pads = array<i64: 1, 1, 1, 1>} : tensor<1x3x3x2xf32> -> tensor<1x3x3x2xf32>
  %3 = nnc.conv2d %2, %w1 bias(%b1) {pads = array<i64: 1, 1, 1, 1>, strides = array<i64: 2, 2>} : tensor<1x3x3x2xf32>, tensor<3x3x2x1xf32>, tensor<1xf32> -> tensor<1x2x2x1xf32>
  return %3 : tensor<1x2x2x1xf32>
}

// -----

// A convolution of one channel a group loses a channel with its input's.
// CHECK: nnc.conv2d %arg0, %{{.*}} : tensor<1x4x4x1xf32>, tensor<1x1x1x2xf32>, tensor<2xf32> -> tensor<1x4x4x2xf32>
// CHECK: nnc.conv2d %{{.*}} {groups = 2 : i64} : tensor<1x4x4x2xf32>, tensor<3x3x1x2xf32> -> tensor<1x2x2x2xf32>
// CHECK: nnc.conv2d %{{.*}} bias(%{{.*}}) : tensor<1x2x2x2xf32>, tensor<1x1x2x1xf32>, tensor<1xf32>
func.func @main(%x: tensor<1x4x4x1xf32>) -> tensor<1x2x2x1xf32> {
  %w0 = arith.constant dense<[[[[2.0, 0.0, 1.0]]]]> : tensor<1x1x1x3xf32>
  %b0 = arith.constant dense<[0.0, 3.0, 0.0]> : tensor<3xf32>
  %w1 = arith.constant dense<2.0> : tensor<3x3x1x3xf32>
  %w2 = arith.constant dense<2.0> : tensor<1x1x3x1xf32>
  %0 = nnc.conv2d %x, %w0 bias(%b0) : tensor<1x4x4x1xf32>, tensor<1x1x1x3xf32>, tensor<3xf32> -> tensor<1x4x4x3xf32>
  %1 = nnc.conv2d %0, %w1 {groups = 3 : i64} : tensor<1x4x4x3xf32>, tensor<3x3x1x3xf32> -> tensor<1x2x2x3xf32>
  %2 = nnc.conv2d %1, %w2 : tensor<1x2x2x3xf32>, tensor<1x1x3x1xf32> -> tensor<1x2x2x1xf32>
  return %2 : tensor<1x2x2x1xf32>
}

// -----

// The terms of a sum keep what any of them needs: only the channel that is constant in both goes.
// CHECK: nnc.conv2d %arg0, %{{.*}} : tensor<1x4x4x1xf32>, tensor<1x1x1x3xf32>, tensor<3xf32> -> tensor<1x4x4x3xf32>
// CHECK: nnc.conv2d %arg0, %{{.*}} : tensor<1x4x4x1xf32>, tensor<1x1x1x3xf32>, tensor<3xf32> -> tensor<1x4x4x3xf32>
// CHECK: arith.addf {{.*}} tensor<1x4x4x3xf32>
// CHECK: nnc.conv2d %{{.*}}, %{{.*}} bias(%{{.*}}) : tensor<1x4x4x3xf32>, tensor<1x1x3x1xf32>
func.func @main(%x: tensor<1x4x4x1xf32>) -> tensor<1x4x4x1xf32> {
  %w0 = arith.constant dense<[[[[2.0, 0.0, 1.0, 0.0]]]]> : tensor<1x1x1x4xf32>
  %w1 = arith.constant dense<[[[[2.0, 3.0, 0.0, 0.0]]]]> : tensor<1x1x1x4xf32>
  %b = arith.constant dense<[0.0, 3.0, 0.0, 4.0]> : tensor<4xf32>
  %w2 = arith.constant dense<2.0> : tensor<1x1x4x1xf32>
  %0 = nnc.conv2d %x, %w0 bias(%b) : tensor<1x4x4x1xf32>, tensor<1x1x1x4xf32>, tensor<4xf32> -> tensor<1x4x4x4xf32>
  %1 = nnc.conv2d %x, %w1 bias(%b) : tensor<1x4x4x1xf32>, tensor<1x1x1x4xf32>, tensor<4xf32> -> tensor<1x4x4x4xf32>
  %2 = arith.addf %0, %1 : tensor<1x4x4x4xf32>
  %3 = nnc.conv2d %2, %w2 : tensor<1x4x4x4xf32>, tensor<1x1x4x1xf32> -> tensor<1x4x4x1xf32>
  return %3 : tensor<1x4x4x1xf32>
}

// -----

// What the model returns is computed as a whole, with its constants.
// CHECK: nnc.linear {{.*}} : tensor<1x2xf32>, tensor<2x3xf32>, tensor<3xf32> -> tensor<1x3xf32>
func.func @main(%x: tensor<1x2xf32>) -> tensor<1x3xf32> {
  %w = arith.constant dense<[[1.0, 0.0, 3.0], [4.0, 0.0, 6.0]]> : tensor<2x3xf32>
  %b = arith.constant dense<[0.5, 2.0, 7.0]> : tensor<3xf32>
  %0 = nnc.linear %x, %w bias(%b) : tensor<1x2xf32>, tensor<2x3xf32>, tensor<3xf32> -> tensor<1x3xf32>
  return %0 : tensor<1x3xf32>
}

// -----

// An operation without a rule, here a normalization across channels, needs all of its input.
// CHECK: nnc.linear {{.*}} -> tensor<1x3xf32>
// CHECK: nnc.lrn {{.*}} : tensor<1x3xf32>
func.func @main(%x: tensor<1x2xf32>) -> tensor<1x1xf32> {
  %w = arith.constant dense<[[1.0, 0.0, 3.0], [4.0, 0.0, 6.0]]> : tensor<2x3xf32>
  %w1 = arith.constant dense<[[1.0], [0.0], [0.0]]> : tensor<3x1xf32>
  %0 = nnc.linear %x, %w : tensor<1x2xf32>, tensor<2x3xf32> -> tensor<1x3xf32>
  %1 = nnc.lrn %0 {size = 3 : i64, alpha = 0.5 : f32, beta = 0.75 : f32, bias = 1.0 : f32} : tensor<1x3xf32>
  %2 = nnc.linear %1, %w1 : tensor<1x3xf32>, tensor<3x1xf32> -> tensor<1x1xf32>
  return %2 : tensor<1x1xf32>
}

// -----

// A network that does not depend on its input is a constant.
// CHECK: %[[C:.*]] = arith.constant dense<{{\[\[}}3.000000e+00, 5.000000e+00]]>
// CHECK-NEXT: return %[[C]]
func.func @main(%x: tensor<1x2xf32>) -> tensor<1x2xf32> {
  %w = arith.constant dense<0.0> : tensor<2x2xf32>
  %b = arith.constant dense<[3.0, 5.0]> : tensor<2xf32>
  %0 = nnc.linear %x, %w bias(%b) : tensor<1x2xf32>, tensor<2x2xf32>, tensor<2xf32> -> tensor<1x2xf32>
  return %0 : tensor<1x2xf32>
}

// -----

// The model's input keeps its elements; a layer that reads few of them picks these.
// CHECK: %[[I:.*]] = arith.constant dense<[0, 7]> : tensor<2xi64>
// CHECK: %[[X:.*]] = nnc.gather %arg0 at %[[I]] axis = 1 : tensor<1x8xf32>, tensor<2xi64> -> tensor<1x2xf32>
// CHECK: nnc.linear %[[X]], {{.*}} : tensor<1x2xf32>, tensor<2x64xf32> -> tensor<1x64xf32>
func.func @main(%x: tensor<1x8xf32>) -> tensor<1x64xf32> {
  %w = arith.constant dense_resource<weight> : tensor<8x64xf32>
  %0 = nnc.linear %x, %w : tensor<1x8xf32>, tensor<8x64xf32> -> tensor<1x64xf32>
  return %0 : tensor<1x64xf32>
}

{-#
  dialect_resources: {
    builtin: {
      weight: "0x040000000000803F0000803F0000803F0000803F0000803F0000803F0000803F0000803F0000803F0000803F0000803F0000803F0000803F0000803F0000803F0000803F0000803F0000803F0000803F0000803F0000803F0000803F0000803F0000803F0000803F0000803F0000803F0000803F0000803F0000803F0000803F0000803F0000803F0000803F0000803F0000803F0000803F0000803F0000803F0000803F0000803F0000803F0000803F0000803F0000803F0000803F0000803F0000803F0000803F0000803F0000803F0000803F0000803F0000803F0000803F0000803F0000803F0000803F0000803F0000803F0000803F0000803F0000803F0000803F0000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000803F0000803F0000803F0000803F0000803F0000803F0000803F0000803F0000803F0000803F0000803F0000803F0000803F0000803F0000803F0000803F0000803F0000803F0000803F0000803F0000803F0000803F0000803F0000803F0000803F0000803F0000803F0000803F0000803F0000803F0000803F0000803F0000803F0000803F0000803F0000803F0000803F0000803F0000803F0000803F0000803F0000803F0000803F0000803F0000803F0000803F0000803F0000803F0000803F0000803F0000803F0000803F0000803F0000803F0000803F0000803F0000803F0000803F0000803F0000803F0000803F0000803F0000803F0000803F"
    }
  }
#-}
