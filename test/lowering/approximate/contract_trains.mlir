// RUN: nnc-opt %s --split-input-file --nnc-contract-trains | FileCheck %s
// RUN: nnc-opt %s --split-input-file --nnc-contract-trains --nnc-contract-trains=dense | FileCheck %s
// RUN: nnc-opt %s --split-input-file "--nnc-contract-trains=objective=memory" | FileCheck %s --check-prefix=MEMORY
// RUN: nnc-opt %s --split-input-file "--nnc-contract-trains=order=first_to_last" | FileCheck %s --check-prefix=ORDER
// RUN: nnc-opt %s --split-input-file "--nnc-contract-trains=layers=nnc.tt_conv*" | FileCheck %s --check-prefix=LAYERS
// RUN: not nnc-opt %s --split-input-file "--nnc-contract-trains=runs=1,1,1,1" 2>&1 | FileCheck %s --check-prefix=RUNS
// RUN: not nnc-opt %s --split-input-file "--nnc-contract-trains=order=middle" 2>&1 | FileCheck %s --check-prefix=WRONG-ORDER
// RUN: not nnc-opt %s --split-input-file "--nnc-contract-trains=objective=size" 2>&1 | FileCheck %s --check-prefix=WRONG-OBJECTIVE
// RUN: nnc-opt %s --split-input-file "--nnc-contract-trains=dense" | FileCheck %s --check-prefix=DENSE

// The first layer of VGG (arXiv:1509.06569), one image: narrow cores at the ends are merged with their neighbours, from
// the last to the first.
// CHECK: nnc.approximations = [{dense_flops = 205520896 : i64, dense_parameters = 102760448 : i64, error = 0.000000e+00 : f64, flops = {{[0-9]+}} : i64,
// CHECK-SAME: form = "train of 2016 as cores of 14->16 8->4 8->4 28->16, last to first", layer = "nnc.tt_linear", method = "contraction", parameters = 3712 : i64}]
// No more weights than the 2016 of the train.
// MEMORY: form = "train of 2016 as cores of {{.*}}parameters = {{1[0-9][0-9][0-9]|200[0-9]|201[0-6]}} : i64
// MEMORY-LABEL: @vgg
// ORDER: first to last
// ORDER-LABEL: @vgg
// LAYERS-LABEL: @vgg
// LAYERS-NOT: nnc.tt_merge
// RUNS: error: runs=1,1,1,1: wanted are numbers of at least 1 that add up to the 6 cores of the train
// WRONG-ORDER: error: order=middle: wanted is first_to_last or last_to_first
// WRONG-OBJECTIVE: error: objective=size: wanted is time or memory
// CHECK-LABEL: @vgg
// CHECK: %[[FIRST:.*]] = nnc.tt_merge %arg1, %arg2
// CHECK: %[[LAST:.*]] = nnc.tt_merge %arg5, %arg6
// CHECK: nnc.tt_linear %arg0 cores(%[[FIRST]], %arg3, %arg4, %[[LAST]]) {nnc.contracted} :
// DENSE-LABEL: @vgg
// DENSE-COUNT-5: nnc.tt_merge
// DENSE: %[[W:.*]] = nnc.reshape %{{.*}} -> tensor<25088x4096xf32>
// DENSE: nnc.linear %arg0, %[[W]]
// DENSE-NOT: nnc.tt_linear %
func.func @vgg(%x: tensor<1x25088xf32>, %g1: tensor<1x2x4x4xf32>, %g2: tensor<4x7x4x4xf32>, %g3: tensor<4x8x4x4xf32>,
               %g4: tensor<4x8x4x4xf32>, %g5: tensor<4x7x4x4xf32>, %g6: tensor<4x4x4x1xf32>) -> tensor<1x4096xf32> {
  %0 = nnc.tt_linear %x cores(%g1, %g2, %g3, %g4, %g5, %g6) : tensor<1x25088xf32>, (tensor<1x2x4x4xf32>, tensor<4x7x4x4xf32>,
    tensor<4x8x4x4xf32>, tensor<4x8x4x4xf32>, tensor<4x7x4x4xf32>, tensor<4x4x4x1xf32>) -> tensor<1x4096xf32>
  return %0 : tensor<1x4096xf32>
}

// -----

// Full rank saves nothing: the dense layer is cheaper.
// CHECK: form = "train of 8192 as dense"
// CHECK-LABEL: @full_rank
// CHECK: nnc.linear
func.func @full_rank(%x: tensor<64x64xf32>, %g1: tensor<1x8x8x64xf32>, %g2: tensor<64x8x8x1xf32>) -> tensor<64x64xf32> {
  %0 = nnc.tt_linear %x cores(%g1, %g2) : tensor<64x64xf32>, (tensor<1x8x8x64xf32>, tensor<64x8x8x1xf32>) -> tensor<64x64xf32>
  return %0 : tensor<64x64xf32>
}

// -----

// Two spatial filters for many channels: each is a depthwise convolution, and a train over both follows.
// CHECK-LABEL: @convolution
// CHECK: %[[A:.*]] = nnc.conv2d %arg0, {{.*}}groups = 256
// CHECK: %[[B:.*]] = nnc.conv2d %arg0, {{.*}}groups = 256
// CHECK: %[[J:.*]] = tensor.concat dim(3) %[[A]], %[[B]]
// CHECK: %[[R:.*]] = nnc.reshape %[[J]] : tensor<1x14x14x512xf32> -> tensor<196x512xf32>
// CHECK: nnc.tt_linear %[[R]]
// DENSE-LABEL: @convolution
// DENSE: %[[W:.*]] = nnc.reshape %{{.*}} -> tensor<3x3x256x256xf32>
// DENSE: nnc.conv2d %arg0, %[[W]]
func.func @convolution(%x: tensor<1x14x14x256xf32>, %s: tensor<3x3x2xf32>, %g1: tensor<2x16x16x4xf32>, %g2: tensor<4x16x16x1xf32>) -> tensor<1x14x14x256xf32> {
  %0 = nnc.tt_conv2d %x spatial(%s) cores(%g1, %g2) {pads = array<i64: 1, 1, 1, 1>} : tensor<1x14x14x256xf32>, tensor<3x3x2xf32>,
    (tensor<2x16x16x4xf32>, tensor<4x16x16x1xf32>) -> tensor<1x14x14x256xf32>
  return %0 : tensor<1x14x14x256xf32>
}
