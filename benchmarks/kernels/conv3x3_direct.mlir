// 3x3 with stride 2, which Winograd's method has no form for.
func.func @main(%x: tensor<1x56x56x128xf32>) -> tensor<1x28x28x128xf32> {
  %w = arith.constant dense<0.01> : tensor<3x3x128x128xf32>
  %y = nnc.conv2d %x, %w {pads = array<i64: 1, 1, 1, 1>, strides = array<i64: 2, 2>} : tensor<1x56x56x128xf32>, tensor<3x3x128x128xf32> -> tensor<1x28x28x128xf32>
  return %y : tensor<1x28x28x128xf32>
}
