func.func @main(%x: tensor<1x56x56x64xf32>) -> tensor<1x56x56x64xf32> {
  %w = arith.constant dense<0.01> : tensor<3x3x64x64xf32>
  %y = nnc.conv2d %x, %w {pads = array<i64: 1, 1, 1, 1>} : tensor<1x56x56x64xf32>, tensor<3x3x64x64xf32> -> tensor<1x56x56x64xf32>
  return %y : tensor<1x56x56x64xf32>
}
