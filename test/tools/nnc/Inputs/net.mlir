// relu(x w + b) and the index of a row, with a batch of 2.
func.func @main(%x: tensor<2x3xf32> {nnc.name = "in/x"}, %i: tensor<2xi64> {nnc.name = "i"})
    -> (tensor<2x4xf32> {nnc.name = "y"}, tensor<2xi64> {nnc.name = "next"}) {
  %w = arith.constant dense<[[1.0, -1.0, 0.5, 2.0], [0.0, 1.0, -0.5, 1.0], [2.0, 0.25, 1.0, -1.0]]> : tensor<3x4xf32>
  %b = arith.constant dense<[0.5, 0.0, -0.25, 1.0]> : tensor<4xf32>
  %zero = arith.constant dense<0.0> : tensor<2x4xf32>
  %one = arith.constant dense<1> : tensor<2xi64>
  %h = nnc.linear %x, %w bias(%b) : tensor<2x3xf32>, tensor<3x4xf32>, tensor<4xf32> -> tensor<2x4xf32>
  %y = arith.maximumf %h, %zero : tensor<2x4xf32>
  %next = arith.addi %i, %one : tensor<2xi64>
  return %y, %next : tensor<2x4xf32>, tensor<2xi64>
}
