func.func @main(%x: tensor<128x1000xf32>) -> tensor<128x1000xf32> {
  %y = nnc.softmax %x axis = 1 : tensor<128x1000xf32>
  return %y : tensor<128x1000xf32>
}
