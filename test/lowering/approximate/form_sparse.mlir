// RUN: nnc-opt %s --nnc-mark-sparse --nnc-form-sparse=form=gathers | FileCheck %s --check-prefixes=CHECK,GATHERS
// RUN: nnc-opt %s --nnc-mark-sparse --nnc-form-sparse=form=shifts | FileCheck %s --check-prefixes=CHECK,SHIFTS
// RUN: nnc-opt %s --nnc-mark-sparse --nnc-form-sparse=form=blocks | FileCheck %s --check-prefixes=CHECK,BLOCKS
// RUN: nnc-opt %s --nnc-mark-sparse --nnc-form-sparse=form=unrolled | FileCheck %s --check-prefix=UNROLLED
// RUN: nnc-opt %s --nnc-mark-sparse --nnc-form-sparse | FileCheck %s --check-prefix=DENSE

// Four inputs, three outputs: lists of lengths 1, 2 and 0, so the second is first in the slice.
// CHECK: form = "75.0 % zeros as lists of
// GATHERS-LABEL: @main
// GATHERS-DAG: arith.constant dense<[0, 2]> : tensor<2xi32>
// GATHERS-DAG: arith.constant dense<[1, 0, 2]> : tensor<3xi32>
// GATHERS: nnc.sparse_linear %arg0 values({{.*}}) columns({{.*}}) starts({{.*}}) positions({{.*}}) longest = 2
// GATHERS-SAME: tensor<2x4xf32>, tensor<2x16xf32>, tensor<2x16xi16>, tensor<2xi32>, tensor<3xi32> -> tensor<2x3xf32>
// Three inputs that one of the outputs reads, which stay in their order.
// BLOCKS-LABEL: @main
// BLOCKS-DAG: arith.constant dense<{{\[}}[0], [2], [3]]> : tensor<3x1xi16>
// BLOCKS-DAG: arith.constant dense<[0, 1, 2]> : tensor<3xi32>
// BLOCKS: nnc.sparse_linear %arg0 values({{.*}}) columns({{.*}}) starts({{.*}}) positions({{.*}}) longest = 3
// BLOCKS-SAME: tensor<2x4xf32>, tensor<3x16xf32>, tensor<3x1xi16>, tensor<2xi32>, tensor<3xi32> -> tensor<2x3xf32>
// A row of two pixels with four channels, which come first: 16 positions, whole vectors, for each channel.
// SHIFTS-LABEL: @main
// SHIFTS: nnc.transpose %arg0 [1, 0] : tensor<2x4xf32> -> tensor<4x2xf32>
// SHIFTS: %[[P:.*]] = nnc.phase_planes %{{.*}} strides = [1, 1] low = [0, 0] extents = [1, 16] : tensor<1x4x1x2xf32> -> tensor<1x4x1x1x1x16xf32>
// SHIFTS: %[[F:.*]] = nnc.reshape %[[P]] : tensor<1x4x1x1x1x16xf32> -> tensor<1x64xf32>
// SHIFTS-DAG: arith.constant dense<[32, 0, 48]> : tensor<3xi32>
// SHIFTS-DAG: arith.constant dense<[0, 1, 3, 3]> : tensor<4xi32>
// SHIFTS: nnc.sparse_conv2d %[[F]] values({{.*}}) offsets({{.*}}) starts({{.*}}) extents = [1, 2] pitch = 16 longest = 2
// One instruction for each of three weights; the third output has none.
// UNROLLED: form = "75.0 % zeros as straight-line code"
// UNROLLED: nnc.unrolled_linear %arg0 values = [2.000000e+00, 1.000000e+00, 3.000000e+00] columns = [2, 0, 3] starts = [0, 1, 3, 3]
// UNROLLED-SAME: tensor<2x4xf32> -> tensor<2x3xf32>
// UNROLLED: nnc.linear %arg0
// So small a layer stays dense, and so does one whose zeros are few.
// DENSE: form = "75.0 % zeros as dense"
// DENSE: nnc.linear
// DENSE: nnc.linear
func.func @main(%x: tensor<2x4xf32>) -> (tensor<2x3xf32>, tensor<2x2xf32>) {
  %w = arith.constant dense<[[0.0, 1.0, 0.0], [0.0, 0.0, 0.0], [2.0, 0.0, 0.0], [0.0, 3.0, 0.0]]> : tensor<4x3xf32>
  %0 = nnc.linear %x, %w : tensor<2x4xf32>, tensor<4x3xf32> -> tensor<2x3xf32>
  %v = arith.constant dense<[[1.0, 2.0], [3.0, 4.0], [5.0, 0.0], [6.0, 7.0]]> : tensor<4x2xf32>
  // CHECK: nnc.linear %arg0
  %1 = nnc.linear %x, %v : tensor<2x4xf32>, tensor<4x2xf32> -> tensor<2x2xf32>
  return %0, %1 : tensor<2x3xf32>, tensor<2x2xf32>
}
