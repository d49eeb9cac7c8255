// RUN: nnc-opt %s --nnc-to-linalg | FileCheck %s

// CHECK-DAG: #[[LAST:.*]] = affine_map<(d0, d1, d2, d3) -> (d3)>
// CHECK-DAG: #[[ALL:.*]] = affine_map<(d0, d1, d2, d3) -> (d0, d1, d2, d3)>
// CHECK-DAG: #[[IMAGE:.*]] = affine_map<(d0, d1, d2, d3, d4, d5, d6) -> (d0, d1 * 2 + d4 * 3, d2 + d5, d6)>
// CHECK-DAG: #[[FILTER:.*]] = affine_map<(d0, d1, d2, d3, d4, d5, d6) -> (d4, d5, d6, d3)>
// CHECK-DAG: #[[OUTPUT:.*]] = affine_map<(d0, d1, d2, d3, d4, d5, d6) -> (d0, d1, d2, d3)>
// CHECK-DAG: #[[GROUPED:.*]] = affine_map<(d0, d1, d2, d3, d4, d5, d6) -> (d0, d1 + d4, d2 + d5, (d3 floordiv 8) * 2 + d6)>
// CHECK-DAG: #[[DEPTH_IMAGE:.*]] = affine_map<(d0, d1, d2, d3, d4, d5) -> (d0, d1 + d4, d2 + d5, d3)>
// CHECK-DAG: #[[DEPTH_FILTER:.*]] = affine_map<(d0, d1, d2, d3, d4, d5) -> (d4, d5, 0, d3)>
// CHECK-DAG: #[[BACKWARDS:.*]] = affine_map<(d0, d1, d2, d3, d4, d5, d6) -> (d0, d1 - d4 + 2, d2 - d5 + 2, d6)>

// CHECK-LABEL: @conv2d
// CHECK: %[[PADDED:.*]] = tensor.pad %arg0 low[0, 1, 0, 0] high[0, 2, 1, 0]
// CHECK: %[[BIAS:.*]] = linalg.generic {indexing_maps = [#[[LAST]], #[[ALL]]]
// CHECK-SAME: ins(%arg2 {{.*}}nnc.iterators = ["n", "y", "x", "k"]
// CHECK: linalg.generic {indexing_maps = [#[[IMAGE]], #[[FILTER]], #[[OUTPUT]]]
// CHECK-SAME: iterator_types = ["parallel", "parallel", "parallel", "parallel", "reduction", "reduction", "reduction"]
// CHECK-SAME: ins(%[[PADDED]], %arg1 {{.*}} outs(%[[BIAS]]
// CHECK-SAME: nnc.iterators = ["n", "y", "x", "k", "ky", "kx", "c"]
// CHECK-NEXT: ^bb0(%[[X:.*]]: f32, %[[W:.*]]: f32, %[[SUM:.*]]: f32):
// CHECK-NEXT: %[[XW:.*]] = arith.mulf %[[X]], %[[W]]
// CHECK-NEXT: %[[R:.*]] = arith.addf %[[SUM]], %[[XW]]
// CHECK-NEXT: linalg.yield %[[R]]
func.func @conv2d(%x: tensor<1x8x8x4xf32>, %w: tensor<3x3x4x16xf32>, %b: tensor<16xf32>) -> tensor<1x3x7x16xf32> {
  %0 = nnc.conv2d %x, %w bias(%b) {strides = array<i64: 2, 1>, pads = array<i64: 1, 0, 2, 1>, dilations = array<i64: 3, 1>}
    : tensor<1x8x8x4xf32>, tensor<3x3x4x16xf32>, tensor<16xf32> -> tensor<1x3x7x16xf32>
  return %0 : tensor<1x3x7x16xf32>
}

// CHECK-LABEL: @conv2d_without_bias_starts_at_zero
// CHECK: %[[ZERO:.*]] = arith.constant 0.0
// CHECK-NOT: tensor.pad
// CHECK: linalg.generic {indexing_maps = [#[[ALL]]]
// CHECK: linalg.yield %[[ZERO]]
func.func @conv2d_without_bias_starts_at_zero(%x: tensor<1x8x8x4xf32>, %w: tensor<3x3x4x16xf32>) -> tensor<1x6x6x16xf32> {
  %0 = nnc.conv2d %x, %w : tensor<1x8x8x4xf32>, tensor<3x3x4x16xf32> -> tensor<1x6x6x16xf32>
  return %0 : tensor<1x6x6x16xf32>
}

// CHECK-LABEL: @conv2d_grouped
// CHECK: linalg.generic {indexing_maps = [#[[GROUPED]], #[[FILTER]], #[[OUTPUT]]]
func.func @conv2d_grouped(%x: tensor<1x8x8x4xf32>, %w: tensor<3x3x2x16xf32>) -> tensor<1x6x6x16xf32> {
  %0 = nnc.conv2d %x, %w {groups = 2 : i64} : tensor<1x8x8x4xf32>, tensor<3x3x2x16xf32> -> tensor<1x6x6x16xf32>
  return %0 : tensor<1x6x6x16xf32>
}

// CHECK-LABEL: @conv2d_depthwise
// CHECK: linalg.generic {indexing_maps = [#[[DEPTH_IMAGE]], #[[DEPTH_FILTER]], {{.*}}nnc.iterators = ["n", "y", "x", "k", "ky", "kx"]
func.func @conv2d_depthwise(%x: tensor<1x8x8x16xf32>, %w: tensor<3x3x1x16xf32>) -> tensor<1x6x6x16xf32> {
  %0 = nnc.conv2d %x, %w {groups = 16 : i64} : tensor<1x8x8x16xf32>, tensor<3x3x1x16xf32> -> tensor<1x6x6x16xf32>
  return %0 : tensor<1x6x6x16xf32>
}

// CHECK-LABEL: @conv_transpose2d
// CHECK: %[[SPREAD:.*]] = linalg.generic {{.*}} outs(%{{.*}} : tensor<1x17x17x4xf32>) {{.*}}nnc.iterators = ["n", "y", "x", "k"]
// CHECK: tensor.extract %arg0
// CHECK: arith.select
// CHECK: linalg.generic {indexing_maps = [#[[BACKWARDS]], #[[FILTER]], #[[OUTPUT]]]
// CHECK-SAME: ins(%[[SPREAD]], %arg1
func.func @conv_transpose2d(%x: tensor<1x8x8x4xf32>, %w: tensor<3x3x4x16xf32>) -> tensor<1x15x15x16xf32> {
  %0 = nnc.conv_transpose2d %x, %w {strides = array<i64: 2, 2>, pads = array<i64: 1, 1, 1, 1>}
    : tensor<1x8x8x4xf32>, tensor<3x3x4x16xf32> -> tensor<1x15x15x16xf32>
  return %0 : tensor<1x15x15x16xf32>
}

// CHECK-LABEL: @linear
// CHECK: nnc.iterators = ["m", "k"]
// CHECK: nnc.iterators = ["m", "k", "c"]
func.func @linear(%x: tensor<2x3xf32>, %w: tensor<3x5xf32>, %b: tensor<5xf32>) -> tensor<2x5xf32> {
  %0 = nnc.linear %x, %w bias(%b) : tensor<2x3xf32>, tensor<3x5xf32>, tensor<5xf32> -> tensor<2x5xf32>
  return %0 : tensor<2x5xf32>
}

// CHECK-LABEL: @matmul
// CHECK: nnc.iterators = ["b", "m", "k"]
// CHECK: nnc.iterators = ["b", "m", "k", "c"]
func.func @matmul(%x: tensor<2x3x4xf32>, %y: tensor<2x4x5xf32>) -> tensor<2x3x5xf32> {
  %0 = nnc.matmul %x, %y : tensor<2x3x4xf32>, tensor<2x4x5xf32> -> tensor<2x3x5xf32>
  return %0 : tensor<2x3x5xf32>
}

// CHECK-LABEL: @max_pool2d
// CHECK: %[[LOWEST:.*]] = arith.constant 0xFF800000 : f32
// CHECK: tensor.pad
// CHECK: tensor.yield %[[LOWEST]]
// CHECK: linalg.yield %[[LOWEST]]
// CHECK: tensor.empty() : tensor<3x2xf32>
// CHECK: nnc.iterators = ["n", "y", "x", "k", "ky", "kx"]
// CHECK: arith.maximumf
func.func @max_pool2d(%x: tensor<1x8x8x4xf32>) -> tensor<1x8x7x4xf32> {
  %0 = nnc.max_pool2d %x {kernel = array<i64: 3, 2>, pads = array<i64: 1, 0, 1, 0>} : tensor<1x8x8x4xf32> -> tensor<1x8x7x4xf32>
  return %0 : tensor<1x8x7x4xf32>
}

// CHECK-LABEL: @max_pool2d_of_integers
// CHECK: arith.constant -128 : i8
// CHECK: arith.maxsi
func.func @max_pool2d_of_integers(%x: tensor<1x8x8x4xi8>) -> tensor<1x7x7x4xi8> {
  %0 = nnc.max_pool2d %x {kernel = array<i64: 2, 2>} : tensor<1x8x8x4xi8> -> tensor<1x7x7x4xi8>
  return %0 : tensor<1x7x7x4xi8>
}

// Without padding the divisor is one number.
// CHECK-LABEL: @avg_pool2d
// CHECK: %[[COUNT:.*]] = arith.constant 6.0
// CHECK-NOT: linalg.index
// CHECK: arith.divf %{{.*}}, %[[COUNT]]
func.func @avg_pool2d(%x: tensor<1x8x8x4xf32>) -> tensor<1x6x7x4xf32> {
  %0 = nnc.avg_pool2d %x {kernel = array<i64: 3, 2>} : tensor<1x8x8x4xf32> -> tensor<1x6x7x4xf32>
  return %0 : tensor<1x6x7x4xf32>
}

// CHECK-LABEL: @avg_pool2d_padded
// CHECK: linalg.index 1
// CHECK: linalg.index 2
// CHECK: arith.divf
func.func @avg_pool2d_padded(%x: tensor<1x8x8x4xf32>) -> tensor<1x8x8x4xf32> {
  %0 = nnc.avg_pool2d %x {kernel = array<i64: 3, 3>, pads = array<i64: 1, 1, 1, 1>} : tensor<1x8x8x4xf32> -> tensor<1x8x8x4xf32>
  return %0 : tensor<1x8x8x4xf32>
}

// CHECK-LABEL: @batch_norm
// CHECK-COUNT-1: linalg.generic
// CHECK: math.sqrt
// CHECK-NOT: linalg.generic
func.func @batch_norm(%x: tensor<1x8x8x4xf32>, %p: tensor<4xf32>) -> tensor<1x8x8x4xf32> {
  %0 = nnc.batch_norm %x scale(%p) shift(%p) mean(%p) variance(%p) {epsilon = 1.0e-5 : f32}
    : tensor<1x8x8x4xf32>, tensor<4xf32>, tensor<4xf32>, tensor<4xf32>, tensor<4xf32>
  return %0 : tensor<1x8x8x4xf32>
}

// An even window reaches one channel further up than down.
// CHECK-LABEL: @lrn
// CHECK: tensor.pad %arg0 low[0, 0, 0, 1] high[0, 0, 0, 2]
// CHECK: nnc.iterators = ["n", "y", "x", "k", "c"]
// CHECK: math.powf
func.func @lrn(%x: tensor<1x8x8x9xf32>) -> tensor<1x8x8x9xf32> {
  %0 = nnc.lrn %x {size = 4 : i64, alpha = 1.0 : f32, beta = 0.75 : f32, bias = 1.0 : f32} : tensor<1x8x8x9xf32>
  return %0 : tensor<1x8x8x9xf32>
}

// CHECK-LABEL: @softmax
// CHECK: nnc.iterators = ["d0", "r0"]
// CHECK: arith.maximumf
// CHECK: nnc.iterators = ["m", "k"]
// CHECK: math.exp
// CHECK: nnc.iterators = ["d0", "r0"]
// CHECK: arith.addf
// CHECK: nnc.iterators = ["m", "k"]
// CHECK: arith.divf
func.func @softmax(%x: tensor<2x3xf32>) -> tensor<2x3xf32> {
  %0 = nnc.softmax %x axis = 1 : tensor<2x3xf32>
  return %0 : tensor<2x3xf32>
}

// CHECK-LABEL: @reduce_mean
// CHECK: nnc.iterators = ["m", "k", "r0", "r1"]
// CHECK: arith.divf
func.func @reduce_mean(%x: tensor<2x3x4x5xf32>) -> tensor<2x5xf32> {
  %0 = nnc.reduce mean %x axes = [1, 2] : tensor<2x3x4x5xf32> -> tensor<2x5xf32>
  return %0 : tensor<2x5xf32>
}

// CHECK-LABEL: @reduce_product
// CHECK: arith.constant 1 : i32
// CHECK: arith.muli
func.func @reduce_product(%x: tensor<2x3xi32>) -> tensor<i32> {
  %0 = nnc.reduce product %x axes = [0, 1] : tensor<2x3xi32> -> tensor<i32>
  return %0 : tensor<i32>
}

// CHECK-LABEL: @winograd
// CHECK: nnc.iterators = ["n", "i", "b", "t", "c"]
// CHECK: nnc.iterators = ["n", "i", "j", "t", "c"]
// CHECK: nnc.iterators = ["n", "i", "j", "t", "k", "c"]
// CHECK: nnc.iterators = ["n", "p", "j", "t", "k"]
// CHECK: nnc.iterators = ["n", "y", "x", "k"]
func.func @winograd(%x: tensor<1x9x8x3xf32>, %w: tensor<3x3x3x5xf32>) -> tensor<1x7x6x5xf32> {
  %0 = nnc.winograd_filter %w tile = 4 : tensor<3x3x3x5xf32> -> tensor<6x6x3x5xf32>
  %1 = nnc.winograd_conv2d %x, %0 tile = 4 : tensor<1x9x8x3xf32>, tensor<6x6x3x5xf32> -> tensor<1x7x6x5xf32>
  return %1 : tensor<1x7x6x5xf32>
}
