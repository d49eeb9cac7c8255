// RUN: nnc-opt %s --split-input-file --canonicalize --nnc-recognize-trains --canonicalize | FileCheck %s

// From the first core to the last: each product takes a mode and the rank before it to the end, and leaves an output mode
// and the next rank. The sum with a row is the bias.
// CHECK-LABEL: @first_to_last
// CHECK-NOT: nnc.linear
// CHECK: %[[Y:.*]] = nnc.tt_linear %arg0 cores(%{{.*}}, %{{.*}}, %{{.*}}) bias(%{{.*}}) : tensor<5x24xf32>, (tensor<1x2x3x2xf32>, tensor<2x3x2x3xf32>, tensor<3x4x5x1xf32>), tensor<30xf32> -> tensor<5x30xf32>
// CHECK-NEXT: return %[[Y]]
func.func @first_to_last(%x: tensor<5x24xf32>) -> tensor<5x30xf32> {
  %g1 = arith.constant dense<1.0> : tensor<2x6xf32>
  %g2 = arith.constant dense<2.0> : tensor<6x6xf32>
  %g3 = arith.constant dense<3.0> : tensor<12x5xf32>
  %b = arith.constant dense<[0.0, 1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0, 9.0, 10.0, 11.0, 12.0, 13.0, 14.0, 15.0, 16.0, 17.0, 18.0, 19.0, 20.0, 21.0, 22.0, 23.0, 24.0, 25.0, 26.0, 27.0, 28.0, 29.0]> : tensor<30xf32>
  %0 = nnc.reshape %x : tensor<5x24xf32> -> tensor<5x2x12xf32>
  %1 = nnc.transpose %0 [0, 2, 1] : tensor<5x2x12xf32> -> tensor<5x12x2xf32>
  %2 = nnc.reshape %1 : tensor<5x12x2xf32> -> tensor<60x2xf32>
  %3 = nnc.linear %2, %g1 : tensor<60x2xf32>, tensor<2x6xf32> -> tensor<60x6xf32>
  // Rows, modes 2 and 3, (output 1, rank 1).
  %4 = nnc.reshape %3 : tensor<60x6xf32> -> tensor<5x3x4x3x2xf32>
  %5 = nnc.transpose %4 [0, 2, 3, 1, 4] : tensor<5x3x4x3x2xf32> -> tensor<5x4x3x3x2xf32>
  %6 = nnc.reshape %5 : tensor<5x4x3x3x2xf32> -> tensor<60x6xf32>
  %7 = nnc.linear %6, %g2 : tensor<60x6xf32>, tensor<6x6xf32> -> tensor<60x6xf32>
  // Rows, mode 3, output 1, (output 2, rank 2).
  %8 = nnc.reshape %7 : tensor<60x6xf32> -> tensor<5x4x6x3xf32>
  %9 = nnc.transpose %8 [0, 2, 1, 3] : tensor<5x4x6x3xf32> -> tensor<5x6x4x3xf32>
  %10 = nnc.reshape %9 : tensor<5x6x4x3xf32> -> tensor<30x12xf32>
  %11 = nnc.linear %10, %g3 : tensor<30x12xf32>, tensor<12x5xf32> -> tensor<30x5xf32>
  %12 = nnc.reshape %11 : tensor<30x5xf32> -> tensor<5x30xf32>
  %13 = nnc.broadcast %b : tensor<30xf32> -> tensor<5x30xf32>
  %14 = arith.addf %13, %12 : tensor<5x30xf32>
  return %14 : tensor<5x30xf32>
}

// -----

// From the last core to the first, with an image as input: modes across several of its dimensions.
// CHECK-LABEL: @last_to_first
// CHECK: %[[X:.*]] = nnc.reshape %arg0 : tensor<2x2x2x6xf32> -> tensor<2x24xf32>
// CHECK: nnc.tt_linear %[[X]] cores(%{{.*}}, %{{.*}}) : tensor<2x24xf32>, (tensor<1x4x3x2xf32>, tensor<2x6x2x1xf32>) -> tensor<2x6xf32>
func.func @last_to_first(%x: tensor<2x2x2x6xf32>) -> tensor<2x6xf32> {
  %g1 = arith.constant dense<1.0> : tensor<8x3xf32>
  %g2 = arith.constant dense<2.0> : tensor<6x4xf32>
  %0 = nnc.reshape %x : tensor<2x2x2x6xf32> -> tensor<8x6xf32>
  %1 = nnc.linear %0, %g2 : tensor<8x6xf32>, tensor<6x4xf32> -> tensor<8x4xf32>
  // Rows, mode 1, output 2, rank.
  %2 = nnc.reshape %1 : tensor<8x4xf32> -> tensor<2x4x2x2xf32>
  %3 = nnc.transpose %2 [0, 2, 1, 3] : tensor<2x4x2x2xf32> -> tensor<2x2x4x2xf32>
  %4 = nnc.reshape %3 : tensor<2x2x4x2xf32> -> tensor<4x8xf32>
  %5 = nnc.linear %4, %g1 : tensor<4x8xf32>, tensor<8x3xf32> -> tensor<4x3xf32>
  %6 = nnc.reshape %5 : tensor<4x3xf32> -> tensor<2x2x3xf32>
  %7 = nnc.transpose %6 [0, 2, 1] : tensor<2x2x3xf32> -> tensor<2x3x2xf32>
  %8 = nnc.reshape %7 : tensor<2x3x2xf32> -> tensor<2x6xf32>
  return %8 : tensor<2x6xf32>
}

// -----

// The cores are multiplied with each other first; the bias is the dense layer's.
// CHECK-LABEL: @reconstructed
// CHECK: nnc.tt_linear %arg0 cores(%{{.*}}, %{{.*}}) bias(%{{.*}}) : tensor<1x6xf32>, (tensor<1x2x4x3xf32>, tensor<3x3x2x1xf32>), tensor<8xf32> -> tensor<1x8xf32>
func.func @reconstructed(%x: tensor<1x6xf32>) -> tensor<1x8xf32> {
  %g1 = arith.constant dense<1.0> : tensor<8x3xf32>
  %g2 = arith.constant dense<2.0> : tensor<3x6xf32>
  %b = arith.constant dense<3.0> : tensor<8xf32>
  %0 = nnc.linear %g1, %g2 : tensor<8x3xf32>, tensor<3x6xf32> -> tensor<8x6xf32>
  %1 = nnc.reshape %0 : tensor<8x6xf32> -> tensor<2x4x3x2xf32>
  %2 = nnc.transpose %1 [0, 2, 1, 3] : tensor<2x4x3x2xf32> -> tensor<2x3x4x2xf32>
  %3 = nnc.reshape %2 : tensor<2x3x4x2xf32> -> tensor<6x8xf32>
  %4 = nnc.linear %x, %3 bias(%b) : tensor<1x6xf32>, tensor<6x8xf32>, tensor<8xf32> -> tensor<1x8xf32>
  return %4 : tensor<1x8xf32>
}

// -----

// Batches of products with one matrix, cores on the left; rows of two dimensions, and a bias for the last.
// CHECK-LABEL: @cores_on_the_left
// CHECK: %[[X:.*]] = nnc.reshape %arg0 : tensor<2x2x6xf32> -> tensor<4x6xf32>
// CHECK: nnc.tt_linear %[[X]] cores(%{{.*}}, %{{.*}}) bias(%{{.*}}) : tensor<4x6xf32>, (tensor<1x2x2x2xf32>, tensor<2x3x2x1xf32>), tensor<4xf32> -> tensor<4x4xf32>
// CHECK-NOT: nnc.matmul
// CHECK-NOT: arith.addf
func.func @cores_on_the_left(%x: tensor<2x2x6xf32>) -> tensor<2x2x4xf32> {
  %g1 = arith.constant dense<[[1.0, 2.0], [3.0, 4.0], [5.0, 6.0], [7.0, 8.0]]> : tensor<4x2xf32>
  %g2 = arith.constant dense<[[1.0, 2.0, 3.0, 4.0, 5.0, 6.0], [2.0, 2.0, 3.0, 4.0, 5.0, 6.0]]> : tensor<2x6xf32>
  %b = arith.constant dense<[1.0, 2.0, 3.0, 4.0]> : tensor<4xf32>
  %0 = nnc.reshape %x : tensor<2x2x6xf32> -> tensor<4x2x3xf32>
  %g1s = nnc.broadcast %g1 : tensor<4x2xf32> -> tensor<4x4x2xf32>
  // Rows, (output 1, rank), mode 2.
  %1 = nnc.matmul %g1s, %0 : tensor<4x4x2xf32>, tensor<4x2x3xf32> -> tensor<4x4x3xf32>
  %2 = nnc.reshape %1 : tensor<4x4x3xf32> -> tensor<4x2x6xf32>
  %3 = nnc.transpose %2 [0, 2, 1] : tensor<4x2x6xf32> -> tensor<4x6x2xf32>
  %g2s = nnc.broadcast %g2 : tensor<2x6xf32> -> tensor<4x2x6xf32>
  // Rows, output 2, output 1.
  %4 = nnc.matmul %g2s, %3 : tensor<4x2x6xf32>, tensor<4x6x2xf32> -> tensor<4x2x2xf32>
  %5 = nnc.transpose %4 [0, 2, 1] : tensor<4x2x2xf32> -> tensor<4x2x2xf32>
  %6 = nnc.reshape %5 : tensor<4x2x2xf32> -> tensor<2x2x4xf32>
  %7 = nnc.broadcast %b : tensor<4xf32> -> tensor<2x2x4xf32>
  %8 = arith.addf %6, %7 : tensor<2x2x4xf32>
  return %8 : tensor<2x2x4xf32>
}

// -----

// Two layers in a row: two trains.
// CHECK-LABEL: @two_layers
// CHECK: %[[A:.*]] = nnc.tt_linear %arg0
// CHECK: nnc.tt_linear %[[A]]
// CHECK-NOT: nnc.linear
func.func @two_layers(%x: tensor<1x6xf32>) -> tensor<1x6xf32> {
  %g1 = arith.constant dense<1.0> : tensor<6x3xf32>
  %g2 = arith.constant dense<2.0> : tensor<3x6xf32>
  %0 = nnc.linear %g1, %g2 : tensor<6x3xf32>, tensor<3x6xf32> -> tensor<6x6xf32>
  %1 = nnc.reshape %0 : tensor<6x6xf32> -> tensor<2x3x3x2xf32>
  %2 = nnc.transpose %1 [0, 2, 1, 3] : tensor<2x3x3x2xf32> -> tensor<2x3x3x2xf32>
  %3 = nnc.reshape %2 : tensor<2x3x3x2xf32> -> tensor<6x6xf32>
  %4 = nnc.linear %x, %3 : tensor<1x6xf32>, tensor<6x6xf32> -> tensor<1x6xf32>
  %5 = nnc.linear %4, %3 : tensor<1x6xf32>, tensor<6x6xf32> -> tensor<1x6xf32>
  return %5 : tensor<1x6xf32>
}

// -----

// A weight of low rank has no modes.
// CHECK-LABEL: @low_rank
// CHECK-COUNT-2: nnc.linear
// CHECK-NOT: nnc.tt_linear
func.func @low_rank(%x: tensor<4x64xf32>) -> tensor<4x64xf32> {
  %a = arith.constant dense<1.0> : tensor<64x4xf32>
  %b = arith.constant dense<2.0> : tensor<4x64xf32>
  %0 = nnc.linear %x, %a : tensor<4x64xf32>, tensor<64x4xf32> -> tensor<4x4xf32>
  %1 = nnc.linear %0, %b : tensor<4x4xf32>, tensor<4x64xf32> -> tensor<4x64xf32>
  return %1 : tensor<4x64xf32>
}

// -----

// Layers over channels and over pixels share no rank.
// CHECK-LABEL: @separable
// CHECK-COUNT-2: nnc.linear
// CHECK-NOT: nnc.tt_linear
func.func @separable(%x: tensor<16x8xf32>) -> tensor<8x16xf32> {
  %a = arith.constant dense<1.0> : tensor<8x8xf32>
  %b = arith.constant dense<2.0> : tensor<16x16xf32>
  %0 = nnc.linear %x, %a : tensor<16x8xf32>, tensor<8x8xf32> -> tensor<16x8xf32>
  %1 = nnc.transpose %0 [1, 0] : tensor<16x8xf32> -> tensor<8x16xf32>
  %2 = nnc.linear %1, %b : tensor<8x16xf32>, tensor<16x16xf32> -> tensor<8x16xf32>
  return %2 : tensor<8x16xf32>
}

// -----

// What another layer reads too has to be computed.
// CHECK-LABEL: @intermediate_is_used
// CHECK-COUNT-2: nnc.linear
// CHECK-NOT: nnc.tt_linear
func.func @intermediate_is_used(%x: tensor<8x6xf32>) -> (tensor<8x4xf32>, tensor<4x3xf32>) {
  %g1 = arith.constant dense<1.0> : tensor<8x3xf32>
  %g2 = arith.constant dense<2.0> : tensor<6x4xf32>
  %1 = nnc.linear %x, %g2 : tensor<8x6xf32>, tensor<6x4xf32> -> tensor<8x4xf32>
  %2 = nnc.reshape %1 : tensor<8x4xf32> -> tensor<2x4x2x2xf32>
  %3 = nnc.transpose %2 [0, 2, 1, 3] : tensor<2x4x2x2xf32> -> tensor<2x2x4x2xf32>
  %4 = nnc.reshape %3 : tensor<2x2x4x2xf32> -> tensor<4x8xf32>
  %5 = nnc.linear %4, %g1 : tensor<4x8xf32>, tensor<8x3xf32> -> tensor<4x3xf32>
  return %1, %5 : tensor<8x4xf32>, tensor<4x3xf32>
}

// -----

// A function in between, and dimensions that are cut where they do not divide each other.
// CHECK-LABEL: @others
// CHECK-COUNT-3: nnc.linear
// CHECK-NOT: nnc.tt_linear
func.func @others(%x: tensor<6x6xf32>) -> tensor<9x3xf32> {
  %g1 = arith.constant dense<1.0> : tensor<6x3xf32>
  %g2 = arith.constant dense<2.0> : tensor<6x6xf32>
  %0 = nnc.linear %x, %g2 : tensor<6x6xf32>, tensor<6x6xf32> -> tensor<6x6xf32>
  %1 = math.tanh %0 : tensor<6x6xf32>
  %2 = nnc.transpose %1 [1, 0] : tensor<6x6xf32> -> tensor<6x6xf32>
  %3 = nnc.linear %2, %g1 : tensor<6x6xf32>, tensor<6x3xf32> -> tensor<6x3xf32>
  %4 = nnc.reshape %3 : tensor<6x3xf32> -> tensor<9x2xf32>
  %g3 = arith.constant dense<3.0> : tensor<2x3xf32>
  %5 = nnc.linear %4, %g3 : tensor<9x2xf32>, tensor<2x3xf32> -> tensor<9x3xf32>
  return %5 : tensor<9x3xf32>
}
