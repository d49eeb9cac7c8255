// RUN: nnc-opt %s -split-input-file "--pass-pipeline=builtin.module(nnc-form-kernels,any(nnc-to-linalg),nnc-schedule-kernels{target=x86-64-v4})" | FileCheck %s --check-prefixes=CHECK,V4
// RUN: nnc-opt %s -split-input-file "--pass-pipeline=builtin.module(nnc-form-kernels,any(nnc-to-linalg),nnc-schedule-kernels{target=x86-64-v3})" | FileCheck %s --check-prefixes=CHECK,V3

// The last core first: its vectors run over the core; those of the first core over what the last one left. The state
// between them is computed for each row of the input, its sums in registers. Cores are laid out as they are read.
// CHECK: halide.kernel @{{.*}}(%{{.*}}: tensor<5x48xf32>, %{{.*}}: tensor<6x4x8xf32>, %{{.*}}: tensor<8x1x64xf32>)
// CHECK: %[[LAST:.*]] = linalg.generic {{.*}}nnc.iterators = ["m", "i", "q", "c", "r"]
// CHECK: %[[STATE:.*]] = linalg.generic {{.*}}nnc.iterators = ["m", "i", "q"]
// CHECK: %[[FIRST:.*]] = linalg.generic {{.*}}nnc.iterators = ["m", "q", "j", "c", "r"]
// CHECK: %[[STORED:.*]] = linalg.generic {{.*}}nnc.iterators = ["m", "q", "j"]
// CHECK: %[[OUT:.*]] = linalg.generic {{.*}}nnc.iterators = ["m", "k"]
// V4: halide.split %[[STATE]] "qb" into "qv", "ql" by 16 :
// V3: halide.split %[[STATE]] "qb" into "qv", "ql" by 8 :
// CHECK: halide.vectorize %[[STATE]] "ql"
// CHECK: halide.compute_at %[[LAST]] at %[[STATE]] "io"
// CHECK: halide.store_in %[[LAST]] "register"
// CHECK: halide.vectorize %[[STORED]] "jl"
// CHECK: halide.compute_at %[[FIRST]] at %[[STORED]] "qo"
// CHECK: halide.compute_at %[[STORED]] at %[[OUT]] "m"
// CHECK: halide.compute_at %[[STATE]] at %[[OUT]] "m"
func.func @main(%x: tensor<5x48xf32>) -> tensor<5x128xf32> {
  %g1 = arith.constant dense<1.0> : tensor<1x6x8x4xf32>
  %g2 = arith.constant dense<1.0> : tensor<4x8x16x1xf32>
  %0 = nnc.tt_linear %x cores(%g1, %g2) : tensor<5x48xf32>, (tensor<1x6x8x4xf32>, tensor<4x8x16x1xf32>) -> tensor<5x128xf32>
  return %0 : tensor<5x128xf32>
}

// -----

// The first core first: no 16 lanes divide the 12 columns that the others leave, so vectors run over the core, and both the state and its sums are
// contiguous along them.
// V4-LABEL: halide.kernel @{{.*}}(%{{.*}}: tensor<1x96xf32>, %{{.*}}: tensor<1x8x32xf32>
// V4: %[[FIRST:.*]] = linalg.generic {{.*}}nnc.iterators = ["m", "q", "i", "c", "r"]
// V4: %[[STATE:.*]] = linalg.generic {{.*}}nnc.iterators = ["m", "q", "i"]
// V4: halide.vectorize %[[STATE]] "ql"
// V4: halide.vectorize %[[FIRST]] "ql"
// V4: halide.reorder_storage %[[STATE]] ["q", "i", "m"]
// V4: halide.reorder_storage %[[FIRST]] ["q", "i", "m"]
func.func @main(%x: tensor<1x96xf32>) -> tensor<1x128xf32> {
  %g1 = arith.constant dense<1.0> : tensor<1x8x8x4xf32>
  %g2 = arith.constant dense<1.0> : tensor<4x12x16x1xf32>
  %0 = nnc.tt_linear %x cores(%g1, %g2) order(first_to_last) : tensor<1x96xf32>, (tensor<1x8x8x4xf32>, tensor<4x12x16x1xf32>) -> tensor<1x128xf32>
  return %0 : tensor<1x128xf32>
}

// -----

// Three cores, the first one first: the state after the second core is computed for one output mode of the first one at a time, and read
// by eight rows of the last step.
// V4-LABEL: halide.kernel @{{.*}}(%{{.*}}: tensor<1x384xf32>
// V4: linalg.generic {{.*}}nnc.iterators = ["m", "q", "i", "c", "r"]
// V4: %[[ONE:.*]] = linalg.generic {{.*}}nnc.iterators = ["m", "q", "i"]
// V4: linalg.generic {{.*}}nnc.iterators = ["m", "j", "q", "i", "c", "r"]
// V4: %[[TWO:.*]] = linalg.generic {{.*}}nnc.iterators = ["m", "j", "q", "i"]
// V4: linalg.generic {{.*}}nnc.iterators = ["m", "j", "q", "c", "r"]
// V4: %[[THREE:.*]] = linalg.generic {{.*}}nnc.iterators = ["m", "j", "q"]
// V4: %[[OUT:.*]] = linalg.generic {{.*}}nnc.iterators = ["m", "k"]
// V4: halide.split %[[OUT]] "k" into "kn", "kr" by 128 :
// V4: halide.split %[[THREE]] "j" into "jo", "jt" by 8
// V4: halide.compute_at %[[ONE]] at %[[OUT]] "m"
// V4: halide.compute_at %[[TWO]] at %[[OUT]] "kn"
// V4: halide.compute_at %[[THREE]] at %[[OUT]] "kn"
func.func @main(%x: tensor<1x384xf32>) -> tensor<1x1024xf32> {
  %g1 = arith.constant dense<1.0> : tensor<1x4x8x4xf32>
  %g2 = arith.constant dense<1.0> : tensor<4x8x8x4xf32>
  %g3 = arith.constant dense<1.0> : tensor<4x12x16x1xf32>
  %0 = nnc.tt_linear %x cores(%g1, %g2, %g3) order(first_to_last) : tensor<1x384xf32>, (tensor<1x4x8x4xf32>, tensor<4x8x8x4xf32>, tensor<4x12x16x1xf32>) -> tensor<1x1024xf32>
  return %0 : tensor<1x1024xf32>
}
