func.func @main(%x: tensor<1x20x20x32xf32> {nnc.name = "x"}) -> (tensor<1x20x20x32xf32> {nnc.name = "y"}) {
  %w = arith.constant dense<0.0625> : tensor<3x3x32x32xf32>
  %0 = nnc.conv2d %x, %w {pads = array<i64: 1, 1, 1, 1>} : tensor<1x20x20x32xf32>, tensor<3x3x32x32xf32> -> tensor<1x20x20x32xf32>
  %1 = math.absf %0 : tensor<1x20x20x32xf32>
  %2 = nnc.conv2d %1, %w {pads = array<i64: 1, 1, 1, 1>} : tensor<1x20x20x32xf32>, tensor<3x3x32x32xf32> -> tensor<1x20x20x32xf32>
  return %2 : tensor<1x20x20x32xf32>
}
