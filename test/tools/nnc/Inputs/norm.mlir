// tanh of a batch normalization.
func.func @main(%x: tensor<2x4xf32> {nnc.name = "x"}) -> (tensor<2x4xf32> {nnc.name = "y"}) {
  %scale = arith.constant dense<[1.0, 2.0, 0.5, 1.0]> : tensor<4xf32>
  %shift = arith.constant dense<[0.5, 0.0, -0.25, 1.0]> : tensor<4xf32>
  %mean = arith.constant dense<[0.0, 1.0, -1.0, 2.0]> : tensor<4xf32>
  %variance = arith.constant dense<[1.0, 0.25, 4.0, 2.0]> : tensor<4xf32>
  %n = nnc.batch_norm %x scale(%scale) shift(%shift) mean(%mean) variance(%variance) {epsilon = 1.0e-5 : f32} : tensor<2x4xf32>, tensor<4xf32>, tensor<4xf32>, tensor<4xf32>, tensor<4xf32>
  %y = math.tanh %n : tensor<2x4xf32>
  return %y : tensor<2x4xf32>
}
