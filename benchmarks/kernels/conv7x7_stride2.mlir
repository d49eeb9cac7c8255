func.func @main(%x: tensor<1x224x224x3xf32>) -> tensor<1x112x112x64xf32> {
  %w = arith.constant dense<0.01> : tensor<7x7x3x64xf32>
  %y = nnc.conv2d %x, %w {pads = array<i64: 3, 3, 3, 3>, strides = array<i64: 2, 2>} : tensor<1x224x224x3xf32>, tensor<7x7x3x64xf32> -> tensor<1x112x112x64xf32>
  return %y : tensor<1x112x112x64xf32>
}
