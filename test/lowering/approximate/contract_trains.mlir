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
// LAYERS-NEXT: nnc.tt_linear
// LAYERS-NEXT: return
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

// Two spatial filters for many channels: as it is, both filters and all cores in one kernel.
// CHECK: form = "train of 3090 as cores of 16->16 16->16, first to last"
// CHECK-LABEL: @convolution
// CHECK: nnc.tt_conv2d %arg0 spatial(%arg1) cores(%arg2, %arg3) {nnc.contracted, pads
// DENSE-LABEL: @convolution
// DENSE: %[[W:.*]] = nnc.reshape %{{.*}} -> tensor<3x3x256x256xf32>
// DENSE: nnc.conv2d %arg0, %[[W]]
func.func @convolution(%x: tensor<1x14x14x256xf32>, %s: tensor<3x3x2xf32>, %g1: tensor<2x16x16x4xf32>, %g2: tensor<4x16x16x1xf32>) -> tensor<1x14x14x256xf32> {
  %0 = nnc.tt_conv2d %x spatial(%s) cores(%g1, %g2) {pads = array<i64: 1, 1, 1, 1>} : tensor<1x14x14x256xf32>, tensor<3x3x2xf32>,
    (tensor<2x16x16x4xf32>, tensor<4x16x16x1xf32>) -> tensor<1x14x14x256xf32>
  return %0 : tensor<1x14x14x256xf32>
}

// -----

// Fewer outputs than inputs: the channels first, the filters at the end.
// CHECK: form = "train of 242 as cores of 8->4 32->8, last to first"
// CHECK-LABEL: @narrowing
// CHECK: nnc.tt_conv2d %arg0 {{.*}} order(last_to_first) {nnc.contracted, pads
func.func @narrowing(%x: tensor<1x14x14x256xf32>, %s: tensor<3x3x2xf32>, %g1: tensor<2x8x4x2xf32>, %g2: tensor<2x8x2x2xf32>,
                     %g3: tensor<2x4x4x1xf32>) -> tensor<1x14x14x32xf32> {
  %0 = nnc.tt_conv2d %x spatial(%s) cores(%g1, %g2, %g3) {pads = array<i64: 1, 1, 1, 1>} : tensor<1x14x14x256xf32>, tensor<3x3x2xf32>,
    (tensor<2x8x4x2xf32>, tensor<2x8x2x2xf32>, tensor<2x4x4x1xf32>) -> tensor<1x14x14x32xf32>
  return %0 : tensor<1x14x14x32xf32>
}

// -----

// The naive train: a convolution to the rank between its cores, and a product of each pixel.
// CHECK: form = "train of 34960 as cores of 128->1 1->128, convolution to the rank"
// CHECK-LABEL: @naive
// CHECK: %[[W:.*]] = nnc.reshape %{{.*}} -> tensor<3x3x128x16xf32>
// CHECK: %[[C:.*]] = nnc.conv2d %arg0, %[[W]]
// CHECK-DAG: %[[R:.*]] = nnc.reshape %[[C]] : tensor<1x16x16x16xf32> -> tensor<256x16xf32>
// CHECK: nnc.linear %[[R]]
func.func @naive(%x: tensor<1x16x16x128xf32>, %s: tensor<3x3x16xf32>, %g1: tensor<16x128x1x16xf32>, %g2: tensor<16x1x128x1xf32>) -> tensor<1x16x16x128xf32> {
  %0 = nnc.tt_conv2d %x spatial(%s) cores(%g1, %g2) {pads = array<i64: 1, 1, 1, 1>} : tensor<1x16x16x128xf32>, tensor<3x3x16xf32>,
    (tensor<16x128x1x16xf32>, tensor<16x1x128x1xf32>) -> tensor<1x16x16x128xf32>
  return %0 : tensor<1x16x16x128xf32>
}

// -----

// Ranks of the paper's network: more multiplications than the dense layer, which Winograd's convolution makes fewer still.
// CHECK: form = "train of 13958 as dense"
// CHECK-LABEL: @ranks
// CHECK: nnc.conv2d
func.func @ranks(%x: tensor<1x32x32x64xf32>, %s: tensor<3x3x22xf32>, %g1: tensor<22x4x4x20xf32>, %g2: tensor<20x4x4x20xf32>,
                 %g3: tensor<20x4x4x1xf32>) -> tensor<1x32x32x64xf32> {
  %0 = nnc.tt_conv2d %x spatial(%s) cores(%g1, %g2, %g3) {pads = array<i64: 1, 1, 1, 1>} : tensor<1x32x32x64xf32>, tensor<3x3x22xf32>,
    (tensor<22x4x4x20xf32>, tensor<20x4x4x20xf32>, tensor<20x4x4x1xf32>) -> tensor<1x32x32x64xf32>
  return %0 : tensor<1x32x32x64xf32>
}
