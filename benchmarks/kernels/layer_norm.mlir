func.func @main(%x: tensor<197x768xf32>) -> tensor<197x768xf32> {
  %0 = nnc.reduce mean %x axes = [1] : tensor<197x768xf32> -> tensor<197xf32>
  %1 = nnc.reshape %0 : tensor<197xf32> -> tensor<197x1xf32>
  %2 = nnc.broadcast %1 : tensor<197x1xf32> -> tensor<197x768xf32>
  %3 = arith.subf %x, %2 : tensor<197x768xf32>
  %4 = arith.mulf %3, %3 : tensor<197x768xf32>
  %5 = nnc.reduce mean %4 axes = [1] : tensor<197x768xf32> -> tensor<197xf32>
  %6 = nnc.reshape %5 : tensor<197xf32> -> tensor<197x1xf32>
  %epsilon = arith.constant dense<1.0e-05> : tensor<197x1xf32>
  %7 = arith.addf %6, %epsilon : tensor<197x1xf32>
  %8 = math.sqrt %7 : tensor<197x1xf32>
  %9 = nnc.broadcast %8 : tensor<197x1xf32> -> tensor<197x768xf32>
  %y = arith.divf %3, %9 : tensor<197x768xf32>
  return %y : tensor<197x768xf32>
}
