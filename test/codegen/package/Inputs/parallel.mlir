// Each class of kernel, with layers that are worth several threads: Winograd's convolution in many blocks and in one, a strided
// convolution, depthwise, pooling, 1x1, an expensive epilogue, softmax over rows, batch-1 product; a chain of convolutions by rows.
func.func @main(%x: tensor<1x56x56x32xf32> {nnc.name = "x"})
    -> (tensor<1x14x14x128xf32> {nnc.name = "deep"}, tensor<1x1000xf32> {nnc.name = "classes"}, tensor<3136x32xf32> {nnc.name = "rows"}) {
  %w0 = arith.constant dense<0.01> : tensor<3x3x32x32xf32>
  %0 = nnc.conv2d %x, %w0 {pads = array<i64: 1, 1, 1, 1>} : tensor<1x56x56x32xf32>, tensor<3x3x32x32xf32> -> tensor<1x56x56x32xf32>
  %1 = math.tanh %0 : tensor<1x56x56x32xf32>
  %w1 = arith.constant dense<-0.02> : tensor<3x3x32x64xf32>
  %2 = nnc.conv2d %1, %w1 {pads = array<i64: 1, 1, 1, 1>, strides = array<i64: 2, 2>}
    : tensor<1x56x56x32xf32>, tensor<3x3x32x64xf32> -> tensor<1x28x28x64xf32>
  %w2 = arith.constant dense<0.03> : tensor<3x3x1x64xf32>
  %3 = nnc.conv2d %2, %w2 {groups = 64 : i64, pads = array<i64: 1, 1, 1, 1>}
    : tensor<1x28x28x64xf32>, tensor<3x3x1x64xf32> -> tensor<1x28x28x64xf32>
  %4 = nnc.max_pool2d %3 {kernel = array<i64: 3, 3>, pads = array<i64: 1, 1, 0, 0>, strides = array<i64: 2, 2>}
    : tensor<1x28x28x64xf32> -> tensor<1x14x14x64xf32>
  %w5 = arith.constant dense<0.02> : tensor<1x1x64x128xf32>
  %5 = nnc.conv2d %4, %w5 : tensor<1x14x14x64xf32>, tensor<1x1x64x128xf32> -> tensor<1x14x14x128xf32>
  %w6 = arith.constant dense<0.01> : tensor<3x3x128x128xf32>
  %6 = nnc.conv2d %5, %w6 {pads = array<i64: 1, 1, 1, 1>} : tensor<1x14x14x128xf32>, tensor<3x3x128x128xf32> -> tensor<1x14x14x128xf32>
  %7 = nnc.reduce mean %6 axes = [1, 2] : tensor<1x14x14x128xf32> -> tensor<1x128xf32>
  %w8 = arith.constant dense<0.005> : tensor<128x1000xf32>
  %8 = nnc.linear %7, %w8 : tensor<1x128xf32>, tensor<128x1000xf32> -> tensor<1x1000xf32>
  %e = arith.constant dense<0.03> : tensor<1x1x32x96xf32>
  %e0 = nnc.conv2d %1, %e : tensor<1x56x56x32xf32>, tensor<1x1x32x96xf32> -> tensor<1x56x56x96xf32>
  %e1 = math.tanh %e0 : tensor<1x56x56x96xf32>
  %d = arith.constant dense<0.1> : tensor<3x3x1x96xf32>
  %d0 = nnc.conv2d %e1, %d {groups = 96 : i64, pads = array<i64: 1, 1, 1, 1>}
    : tensor<1x56x56x96xf32>, tensor<3x3x1x96xf32> -> tensor<1x56x56x96xf32>
  %p = arith.constant dense<0.02> : tensor<1x1x96x32xf32>
  %p0 = nnc.conv2d %d0, %p : tensor<1x56x56x96xf32>, tensor<1x1x96x32xf32> -> tensor<1x56x56x32xf32>
  %9 = tensor.collapse_shape %p0 [[0, 1, 2], [3]] : tensor<1x56x56x32xf32> into tensor<3136x32xf32>
  %10 = nnc.softmax %9 axis = 1 : tensor<3136x32xf32>
  return %6, %8, %10 : tensor<1x14x14x128xf32>, tensor<1x1000xf32>, tensor<3136x32xf32>
}
