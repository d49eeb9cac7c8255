func.func @main(%x: tensor<1x56x56x64xf32>) -> tensor<1x64x56x56xf32> {
  %y = nnc.transpose %x [0, 3, 1, 2] : tensor<1x56x56x64xf32> -> tensor<1x64x56x56xf32>
  return %y : tensor<1x64x56x56xf32>
}
