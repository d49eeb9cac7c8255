func.func @main(%x: tensor<128x1024xf32>) -> tensor<128x1024xf32> {
  %w = arith.constant dense<0.01> : tensor<1024x1024xf32>
  %y = nnc.linear %x, %w : tensor<128x1024xf32>, tensor<1024x1024xf32> -> tensor<128x1024xf32>
  return %y : tensor<128x1024xf32>
}
