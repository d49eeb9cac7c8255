// RUN: nnc-opt %s --nnc-to-llvm-reference | FileCheck %s

// CHECK-NOT: linalg.generic
// CHECK-NOT: nnc.conv2d
// CHECK-LABEL: llvm.func @main
// CHECK-SAME: (%{{.*}}: !llvm.ptr, %{{.*}}: !llvm.ptr{{.*}}, %{{.*}}: !llvm.ptr)
func.func @main(%x: tensor<1x8x8x3xf32>) -> tensor<1x8x8x16xf32> {
  %w = arith.constant dense<0.5> : tensor<3x3x3x16xf32>
  %0 = nnc.conv2d %x, %w {pads = array<i64: 1, 1, 1, 1>} : tensor<1x8x8x3xf32>, tensor<3x3x3x16xf32> -> tensor<1x8x8x16xf32>
  %1 = math.tanh %0 : tensor<1x8x8x16xf32>
  return %1 : tensor<1x8x8x16xf32>
}
