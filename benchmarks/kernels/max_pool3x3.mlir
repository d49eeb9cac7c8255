func.func @main(%x: tensor<1x112x112x64xf32>) -> tensor<1x56x56x64xf32> {
  %y = nnc.max_pool2d %x {kernel = array<i64: 3, 3>, strides = array<i64: 2, 2>, pads = array<i64: 1, 1, 1, 1>} : tensor<1x112x112x64xf32> -> tensor<1x56x56x64xf32>
  return %y : tensor<1x56x56x64xf32>
}
