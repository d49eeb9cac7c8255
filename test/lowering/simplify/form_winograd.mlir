// RUN: nnc-opt %s --nnc-form-winograd --split-input-file | FileCheck %s

// Few channels: larger tiles. What rounds differently is on record, for reports.
// CHECK: nnc.approximations = [{dense_flops = {{[0-9]+}} : i64, dense_parameters = 36864 : i64, error = 1.000000e-05 : f64, flops = {{[0-9]+}} : i64, form = "F(4x4, 3x3), rounds differently; --exact keeps the direct sum", layer = "nnc.conv2d", method = "Winograd", parameters = 147456 : i64}]
// CHECK-LABEL: @large_map
// CHECK: %[[F:.*]] = nnc.winograd_filter %{{.*}} tile = 4 : tensor<3x3x64x64xf32> -> tensor<6x6x64x64xf32>
// CHECK: nnc.winograd_conv2d %arg0, %[[F]] bias(%arg1) tile = 4 {pads = array<i64: 1, 1, 1, 1>}
func.func @large_map(%x: tensor<1x56x56x64xf32>, %b: tensor<64xf32>) -> tensor<1x56x56x64xf32> {
  %w = arith.constant dense<1.0> : tensor<3x3x64x64xf32>
  %0 = nnc.conv2d %x, %w bias(%b) {pads = array<i64: 1, 1, 1, 1>} : tensor<1x56x56x64xf32>, tensor<3x3x64x64xf32>, tensor<64xf32> -> tensor<1x56x56x64xf32>
  return %0 : tensor<1x56x56x64xf32>
}

// -----

// Many channels on a small map: the filter's way from memory counts.
// CHECK-LABEL: @small_map
// CHECK: nnc.winograd_conv2d {{.*}} tile = 2
func.func @small_map(%x: tensor<1x14x14x256xf32>) -> tensor<1x14x14x256xf32> {
  %w = arith.constant dense<1.0> : tensor<3x3x256x256xf32>
  %0 = nnc.conv2d %x, %w {pads = array<i64: 1, 1, 1, 1>} : tensor<1x14x14x256xf32>, tensor<3x3x256x256xf32> -> tensor<1x14x14x256xf32>
  return %0 : tensor<1x14x14x256xf32>
}

// -----

// CHECK-LABEL: @not_others
// CHECK-NOT: winograd
func.func @not_others(%x: tensor<1x58x58x64xf32>, %few: tensor<1x58x58x3xf32>, %tiny: tensor<1x9x9x512xf32>, %filter: tensor<3x3x64x64xf32>) -> (tensor<1x28x28x64xf32>, tensor<1x54x54x64xf32>, tensor<1x56x56x64xf32>, tensor<1x7x7x512xf32>, tensor<1x56x56x64xf32>) {
  %w = arith.constant dense<1.0> : tensor<3x3x64x64xf32>
  %wf = arith.constant dense<1.0> : tensor<3x3x3x64xf32>
  %wt = arith.constant dense<1.0> : tensor<3x3x512x512xf32>
  %0 = nnc.conv2d %x, %w {strides = array<i64: 2, 2>} : tensor<1x58x58x64xf32>, tensor<3x3x64x64xf32> -> tensor<1x28x28x64xf32>
  %1 = nnc.conv2d %x, %w {dilations = array<i64: 2, 2>} : tensor<1x58x58x64xf32>, tensor<3x3x64x64xf32> -> tensor<1x54x54x64xf32>
  %2 = nnc.conv2d %few, %wf : tensor<1x58x58x3xf32>, tensor<3x3x3x64xf32> -> tensor<1x56x56x64xf32>
  %3 = nnc.conv2d %tiny, %wt : tensor<1x9x9x512xf32>, tensor<3x3x512x512xf32> -> tensor<1x7x7x512xf32>
  // Filters that are computed would be transformed in every run.
  %4 = nnc.conv2d %x, %filter : tensor<1x58x58x64xf32>, tensor<3x3x64x64xf32> -> tensor<1x56x56x64xf32>
  return %0, %1, %2, %3, %4 : tensor<1x28x28x64xf32>, tensor<1x54x54x64xf32>, tensor<1x56x56x64xf32>, tensor<1x7x7x512xf32>, tensor<1x56x56x64xf32>
}
