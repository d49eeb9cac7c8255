// RUN: not nnc-opt %s "--pass-pipeline=builtin.module(nnc-schedule-kernels{target=pdp11})" 2>&1 | FileCheck %s
// CHECK: error: {{.*}}pdp11
module {
}
