// Schedules from a file: what is printed after scheduling can be read back, for every class of kernels.
// RUN: rm -rf %t && mkdir %t
// RUN: nnc-opt %s --pass-pipeline="builtin.module(nnc-standard{target=x86-64-v3})" --mlir-print-local-scope > %t/v3.mlir
// RUN: nnc-opt %s --pass-pipeline="builtin.module(nnc-standard{target=x86-64-v3 schedules=%t/v3.mlir})" --mlir-print-local-scope 2>%t/remarks > %t/again.mlir
// RUN: not grep . %t/remarks
// RUN: sed -e 's/folded_[0-9]*/folded/g' %t/v3.mlir > %t/v3.unnamed
// RUN: sed -e 's/folded_[0-9]*/folded/g' %t/again.mlir > %t/again.unnamed
// RUN: diff %t/v3.unnamed %t/again.unnamed
// RUN: FileCheck %s --check-prefix=CLASSES --input-file %t/v3.mlir
// CLASSES: module attributes {{.*}}nnc.target = "x86-64-v3"
// CLASSES-DAG: kernel_class = "conv2d"
// CLASSES-DAG: kernel_class = "depthwise"
// CLASSES-DAG: kernel_class = "pool"
// CLASSES-DAG: kernel_class = "winograd"
// CLASSES-DAG: kernel_class = "linear"
// CLASSES-DAG: kernel_class = "softmax"

// Another file, another result: the tile that it says, and weights packed for it.
// RUN: sed -e '/halide.kernel @conv2d/,/halide.yield/{s/"xi" by [0-9]*/"xi" by 1/;}' %t/v3.mlir > %t/edited.mlir
// RUN: nnc-opt %s --pass-pipeline="builtin.module(nnc-standard{target=x86-64-v3 schedules=%t/edited.mlir})" | FileCheck %s --check-prefix=EDITED
// EDITED: halide.kernel @{{.*}} {kernel_class = "conv2d"
// EDITED: halide.split %{{.*}} "x" into "xo", "xi" by 1 tail

// A file may hold several targets; other threads are another target too.
// RUN: nnc-opt %s --pass-pipeline="builtin.module(nnc-standard{target=portable})" --mlir-print-local-scope > %t/portable.mlir
// RUN: sed -e '/^  func.func/,$d' %t/v3.mlir > %t/both.mlir
// RUN: echo '}' >> %t/both.mlir
// RUN: sed -e '/^  func.func/,$d' %t/portable.mlir >> %t/both.mlir
// RUN: echo '}' >> %t/both.mlir
// RUN: nnc-opt %s --pass-pipeline="builtin.module(nnc-standard{target=portable schedules=%t/both.mlir})" --mlir-print-local-scope | sed -e 's/folded_[0-9]*/folded/g' > %t/portable.again
// RUN: sed -e 's/folded_[0-9]*/folded/g' %t/portable.mlir | diff - %t/portable.again
// RUN: nnc-opt %s --pass-pipeline="builtin.module(nnc-standard{target=x86-64-v3 threads=2 schedules=%t/both.mlir})" | FileCheck %s --check-prefix=THREADS
// THREADS: halide.parallel

// A kernel that computes something else is no schedule for this one.
// RUN: sed -e 's/arith.maximumf/arith.minimumf/' %t/v3.mlir > %t/other.mlir
// RUN: nnc-opt %s --pass-pipeline="builtin.module(nnc-standard{target=x86-64-v3 schedules=%t/other.mlir})" 2>&1 >/dev/null | FileCheck %s --check-prefix=OTHER
// OTHER: other.mlir:{{[0-9]+}}:3: remark: computes what no kernel of this model does; not used
// RUN: cat %t/both.mlir %t/both.mlir > %t/twice.mlir
// RUN: nnc-opt %s --pass-pipeline="builtin.module(nnc-standard{target=x86-64-v3 schedules=%t/twice.mlir})" 2>&1 >/dev/null | FileCheck %s --check-prefix=TWICE
// TWICE: twice.mlir:{{[0-9]+}}:3: remark: a schedule for the same kernel stands before: @

// RUN: not nnc-opt %s --pass-pipeline="builtin.module(nnc-standard{target=x86-64-v3 schedules=%t/none.mlir})" 2>&1 >/dev/null | FileCheck %s --check-prefix=NONE
// NONE: error: could not open input file {{.*}}none.mlir
// RUN: sed -e 's/nnc.target = "x86-64-v3"/nnc.unused/' %t/v3.mlir > %t/nowhere.mlir
// RUN: not nnc-opt %s --pass-pipeline="builtin.module(nnc-standard{target=x86-64-v3 schedules=%t/nowhere.mlir})" 2>&1 >/dev/null | FileCheck %s --check-prefix=NOWHERE
// NOWHERE: nowhere.mlir:{{[0-9]+}}:1: error: {{.*}}holds schedules, but has no attribute nnc.target to say for which target they are
// RUN: sed -e '0,/halide.unroll/s//halide.unrol/' %t/v3.mlir > %t/broken.mlir
// RUN: not nnc-opt %s --pass-pipeline="builtin.module(nnc-standard{target=x86-64-v3 schedules=%t/broken.mlir})" 2>&1 >/dev/null | FileCheck %s --check-prefix=BROKEN
// BROKEN: broken.mlir:{{[0-9]+}}:5: error: custom op 'halide.unrol' is unknown
func.func @main(%x: tensor<1x32x32x16xf32>) -> tensor<1x10xf32> {
  %w0 = arith.constant dense<1.0> : tensor<3x3x16x16xf32>
  %w1 = arith.constant dense<1.0> : tensor<3x3x16x40xf32>
  %b1 = arith.constant dense<2.0> : tensor<40xf32>
  %w2 = arith.constant dense<1.0> : tensor<3x3x1x40xf32>
  %w3 = arith.constant dense<1.0> : tensor<40x10xf32>
  %zero = arith.constant dense<0.0> : tensor<1x15x15x40xf32>
  %0 = nnc.conv2d %x, %w0 : tensor<1x32x32x16xf32>, tensor<3x3x16x16xf32> -> tensor<1x30x30x16xf32>
  %1 = nnc.conv2d %0, %w1 bias(%b1) {strides = array<i64: 2, 2>, pads = array<i64: 1, 1, 0, 0>} : tensor<1x30x30x16xf32>, tensor<3x3x16x40xf32>, tensor<40xf32> -> tensor<1x15x15x40xf32>
  %2 = arith.maximumf %1, %zero : tensor<1x15x15x40xf32>
  %3 = nnc.conv2d %2, %w2 {groups = 40 : i64} : tensor<1x15x15x40xf32>, tensor<3x3x1x40xf32> -> tensor<1x13x13x40xf32>
  %4 = nnc.avg_pool2d %3 {kernel = array<i64: 13, 13>} : tensor<1x13x13x40xf32> -> tensor<1x1x1x40xf32>
  %5 = nnc.reshape %4 : tensor<1x1x1x40xf32> -> tensor<1x40xf32>
  %6 = nnc.linear %5, %w3 : tensor<1x40xf32>, tensor<40x10xf32> -> tensor<1x10xf32>
  %7 = nnc.softmax %6 axis = 1 : tensor<1x10xf32>
  return %7 : tensor<1x10xf32>
}
