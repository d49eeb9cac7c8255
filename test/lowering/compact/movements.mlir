// RUN: nnc-opt %s --nnc-compact --canonicalize --split-input-file | FileCheck %s

// A channel is its positions behind a flatten in ONNX's order, and a part of a whole in a concatenation.
// CHECK: nnc.conv2d {{.*}} -> tensor<1x2x2x1xf32>
// CHECK: tensor.concat dim(3) {{.*}} : (tensor<1x2x2x1xf32>, tensor<1x2x2x1xf32>) -> tensor<1x2x2x2xf32>
// CHECK: nnc.transpose %{{.*}} : tensor<1x2x2x2xf32> -> tensor<1x2x2x2xf32>
// CHECK: nnc.reshape %{{.*}} : tensor<1x2x2x2xf32> -> tensor<1x8xf32>
// CHECK: nnc.linear {{.*}} : tensor<1x8xf32>, tensor<8x1xf32>, tensor<1xf32>
func.func @main(%x: tensor<1x2x2x1xf32>) -> tensor<1x1xf32> {
  %w0 = arith.constant dense<[[[[2.0, 0.0]]]]> : tensor<1x1x1x2xf32>
  %b0 = arith.constant dense<[0.0, 3.0]> : tensor<2xf32>
  %w1 = arith.constant dense<2.0> : tensor<12x1xf32>
  %0 = nnc.conv2d %x, %w0 bias(%b0) : tensor<1x2x2x1xf32>, tensor<1x1x1x2xf32>, tensor<2xf32> -> tensor<1x2x2x2xf32>
  %1 = tensor.concat dim(3) %0, %x : (tensor<1x2x2x2xf32>, tensor<1x2x2x1xf32>) -> tensor<1x2x2x3xf32>
  %2 = nnc.transpose %1 [0, 3, 1, 2] : tensor<1x2x2x3xf32> -> tensor<1x3x2x2xf32>
  %3 = nnc.reshape %2 : tensor<1x3x2x2xf32> -> tensor<1x12xf32>
  %4 = nnc.linear %3, %w1 : tensor<1x12xf32>, tensor<12x1xf32> -> tensor<1x1xf32>
  return %4 : tensor<1x1xf32>
}

// -----

// Groups that are slices lose channels one by one.
// CHECK: nnc.conv2d {{.*}} -> tensor<1x2x2x3xf32>
// CHECK: tensor.extract_slice %{{.*}}[0, 0, 0, 0] [1, 2, 2, 1] [1, 1, 1, 1]
// CHECK: tensor.extract_slice %{{.*}}[0, 0, 0, 1] [1, 2, 2, 2] [1, 1, 1, 1]
func.func @main(%x: tensor<1x2x2x1xf32>) -> (tensor<1x2x2x1xf32>, tensor<1x2x2x1xf32>) {
  %w0 = arith.constant dense<[[[[2.0, 0.0, 3.0, 4.0]]]]> : tensor<1x1x1x4xf32>
  %w1 = arith.constant dense<2.0> : tensor<1x1x2x1xf32>
  %0 = nnc.conv2d %x, %w0 : tensor<1x2x2x1xf32>, tensor<1x1x1x4xf32> -> tensor<1x2x2x4xf32>
  %1 = tensor.extract_slice %0[0, 0, 0, 0] [1, 2, 2, 2] [1, 1, 1, 1] : tensor<1x2x2x4xf32> to tensor<1x2x2x2xf32>
  %2 = tensor.extract_slice %0[0, 0, 0, 2] [1, 2, 2, 2] [1, 1, 1, 1] : tensor<1x2x2x4xf32> to tensor<1x2x2x2xf32>
  %3 = nnc.conv2d %1, %w1 : tensor<1x2x2x2xf32>, tensor<1x1x2x1xf32> -> tensor<1x2x2x1xf32>
  %4 = nnc.conv2d %2, %w1 : tensor<1x2x2x2xf32>, tensor<1x1x2x1xf32> -> tensor<1x2x2x1xf32>
  return %3, %4 : tensor<1x2x2x1xf32>, tensor<1x2x2x1xf32>
}

// -----

// Columns of an embedding that are constant, or read by nobody, leave the table.
// CHECK: %[[B:.*]] = arith.constant dense<1.500000e+01> : tensor<1xf32>
// CHECK: nnc.gather %{{.*}} at %arg0 axis = 0 : tensor<3x1xf32>, tensor<2xi64> -> tensor<2x1xf32>
// CHECK: nnc.linear {{.*}} bias(%[[B]]) : tensor<2x1xf32>, tensor<1x1xf32>, tensor<1xf32> -> tensor<2x1xf32>
func.func @main(%words: tensor<2xi64>) -> tensor<2x1xf32> {
  %table = arith.constant dense<[[1.0, 5.0, 1.0], [2.0, 5.0, 2.0], [3.0, 5.0, 4.0]]> : tensor<3x3xf32>
  %w = arith.constant dense<[[2.0], [3.0], [0.0]]> : tensor<3x1xf32>
  %0 = nnc.gather %table at %words axis = 0 : tensor<3x3xf32>, tensor<2xi64> -> tensor<2x3xf32>
  %1 = nnc.linear %0, %w : tensor<2x3xf32>, tensor<3x1xf32> -> tensor<2x1xf32>
  return %1 : tensor<2x1xf32>
}

// -----

// Of two heads the second is read by nobody: its queries, keys and values are not computed.
// CHECK: nnc.linear {{.*}} -> tensor<3x2xf32>
// CHECK: nnc.linear {{.*}} -> tensor<3x2xf32>
// CHECK: nnc.linear {{.*}} -> tensor<3x2xf32>
// CHECK: nnc.matmul {{.*}} -> tensor<1x3x3xf32>
// CHECK: nnc.softmax {{.*}} : tensor<1x3x3xf32>
// CHECK: nnc.matmul {{.*}} -> tensor<1x3x2xf32>
// CHECK: nnc.linear {{.*}} : tensor<3x2xf32>, tensor<2x2xf32> -> tensor<3x2xf32>
func.func @main(%x: tensor<3x2xf32>) -> tensor<3x2xf32> {
  %wq = arith.constant dense<[[1.0, 2.0, 3.0, 4.0], [5.0, 6.0, 7.0, 8.0]]> : tensor<2x4xf32>
  %wk = arith.constant dense<[[1.0, 3.0, 3.0, 4.0], [5.0, 6.0, 7.0, 8.0]]> : tensor<2x4xf32>
  %wv = arith.constant dense<[[1.0, 4.0, 3.0, 4.0], [5.0, 6.0, 7.0, 8.0]]> : tensor<2x4xf32>
  %wo = arith.constant dense<[[1.0, 2.0], [3.0, 4.0], [0.0, 0.0], [0.0, 0.0]]> : tensor<4x2xf32>
  %q = nnc.linear %x, %wq : tensor<3x2xf32>, tensor<2x4xf32> -> tensor<3x4xf32>
  %k = nnc.linear %x, %wk : tensor<3x2xf32>, tensor<2x4xf32> -> tensor<3x4xf32>
  %v = nnc.linear %x, %wv : tensor<3x2xf32>, tensor<2x4xf32> -> tensor<3x4xf32>
  %q1 = nnc.reshape %q : tensor<3x4xf32> -> tensor<3x2x2xf32>
  %k1 = nnc.reshape %k : tensor<3x4xf32> -> tensor<3x2x2xf32>
  %v1 = nnc.reshape %v : tensor<3x4xf32> -> tensor<3x2x2xf32>
  %q2 = nnc.transpose %q1 [1, 0, 2] : tensor<3x2x2xf32> -> tensor<2x3x2xf32>
  %k2 = nnc.transpose %k1 [1, 2, 0] : tensor<3x2x2xf32> -> tensor<2x2x3xf32>
  %v2 = nnc.transpose %v1 [1, 0, 2] : tensor<3x2x2xf32> -> tensor<2x3x2xf32>
  %scores = nnc.matmul %q2, %k2 : tensor<2x3x2xf32>, tensor<2x2x3xf32> -> tensor<2x3x3xf32>
  %p = nnc.softmax %scores axis = 2 : tensor<2x3x3xf32>
  %y = nnc.matmul %p, %v2 : tensor<2x3x3xf32>, tensor<2x3x2xf32> -> tensor<2x3x2xf32>
  %y1 = nnc.transpose %y [1, 0, 2] : tensor<2x3x2xf32> -> tensor<3x2x2xf32>
  %y2 = nnc.reshape %y1 : tensor<3x2x2xf32> -> tensor<3x4xf32>
  %o = nnc.linear %y2, %wo : tensor<3x4xf32>, tensor<4x2xf32> -> tensor<3x2xf32>
  return %o : tensor<3x2xf32>
}
