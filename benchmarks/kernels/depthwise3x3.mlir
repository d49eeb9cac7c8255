func.func @main(%x: tensor<1x56x56x144xf32>) -> tensor<1x56x56x144xf32> {
  %w = arith.constant dense<0.1> : tensor<3x3x1x144xf32>
  %y = nnc.conv2d %x, %w {groups = 144 : i64, pads = array<i64: 1, 1, 1, 1>} : tensor<1x56x56x144xf32>, tensor<3x3x1x144xf32> -> tensor<1x56x56x144xf32>
  return %y : tensor<1x56x56x144xf32>
}
