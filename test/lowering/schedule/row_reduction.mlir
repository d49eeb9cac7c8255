// RUN: nnc-opt %s --split-input-file "--pass-pipeline=builtin.module(nnc-form-kernels,any(nnc-to-linalg),nnc-schedule-kernels{target=x86-64-v4})" | FileCheck %s --check-prefixes=CHECK,V4
// RUN: nnc-opt %s --split-input-file "--pass-pipeline=builtin.module(nnc-form-kernels,any(nnc-to-linalg),nnc-schedule-kernels{target=x86-64-v2})" | FileCheck %s --check-prefixes=CHECK,V2

// Rows of 40: two steps of sixteen lanes and eight elements left over, or ten steps of four lanes. The lanes of a row
// are a register, and are joined before the next row.
// V4: affine_map<(d0, d1, d2) -> (d0, d2 * 16 + d1)>
// V4: affine_map<(d0, d1) -> (d0, d1 + 32)>
// V2: affine_map<(d0, d1, d2) -> (d0, d2 * 4 + d1)>
// CHECK-LABEL: halide.kernel @reduce
// V4: %[[LANES:.*]] = linalg.generic {{.*}}["d0", "lane", "step"]} {
// V4: } -> tensor<12x16xf32>
// V2: %[[LANES:.*]] = linalg.generic {{.*}}["d0", "lane", "step"]} {
// V2: } -> tensor<12x4xf32>
// CHECK: %[[JOINED:.*]] = linalg.generic {{.*}}["d0", "lane"]} {
// V4: %[[TAIL:.*]] = linalg.generic {{.*}}["d0", "left"]} {
// V2-NOT: "left"
// CHECK: halide.compute_at %[[LANES]] at %[[RESULT:.*]] "d0"
// CHECK: halide.store_in %[[LANES]] "register"
// CHECK: halide.compute_at %[[JOINED]] at %[[RESULT]] "d0"
// V4: halide.compute_at %[[TAIL]] at %[[RESULT]] "d0"
// CHECK: halide.reorder %[[LANES]] ["lane", "step"] update(0)
// CHECK: halide.vectorize %[[LANES]] "lane" update(0)
// CHECK: halide.unroll %[[JOINED]] "lane" update(0)
func.func @main(%x: tensor<12x40xf32>) -> tensor<12xf32> {
  %0 = nnc.reduce sum %x axes = [1] : tensor<12x40xf32> -> tensor<12xf32>
  return %0 : tensor<12xf32>
}

// -----

// Products have no neutral start here, columns are vectors already, and one vector is no row.
// CHECK-LABEL: halide.kernel
// CHECK-NOT: "lane"
func.func @main(%x: tensor<40x40xf32>, %short: tensor<12x7xf32>) -> (tensor<40xf32>, tensor<40xf32>, tensor<12xf32>) {
  %0 = nnc.reduce product %x axes = [1] : tensor<40x40xf32> -> tensor<40xf32>
  %1 = nnc.reduce max %x axes = [0] : tensor<40x40xf32> -> tensor<40xf32>
  %2 = nnc.reduce max %short axes = [1] : tensor<12x7xf32> -> tensor<12xf32>
  return %0, %1, %2 : tensor<40xf32>, tensor<40xf32>, tensor<12xf32>
}
