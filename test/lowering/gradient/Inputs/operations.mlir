// Every operation with a derivative, on points away from kinks.
func.func @main(%x: tensor<4x3xf64> {nnc.name = "x"}) -> (tensor<4x2xf64> {nnc.name = "y"}) {
  %one = arith.constant dense<1.0> : tensor<4x3xf64>
  %half = arith.constant dense<0.5> : tensor<4x3xf64>
  %zero = arith.constant dense<0.0> : tensor<4x3xf64>
  %list = arith.constant dense<[2, 0, 2, 1]> : tensor<4xi32>
  %p = arith.constant dense<[[0.1, 0.9], [0.7, 0.3], [0.2, 0.6]]> : tensor<3x2xf64>
  %w = arith.constant dense<[[1.0, -1.0], [2.0, 0.5], [3.0, 1.5], [-1.0, 0.25], [0.5, 2.0], [1.5, -0.5], [0.75, 1.0], [1.25, 0.1]]> : tensor<8x2xf64>
  %b = arith.constant dense<[0.5, 0.25]> : tensor<2xf64>
  %square = arith.mulf %x, %x : tensor<4x3xf64>
  %more = arith.addf %square, %one : tensor<4x3xf64>
  %root = math.sqrt %more : tensor<4x3xf64>
  %log = math.log %root : tensor<4x3xf64>
  %exp = math.exp %x : tensor<4x3xf64>
  %ratio = arith.divf %exp, %root : tensor<4x3xf64>
  %tanh = math.tanh %ratio : tensor<4x3xf64>
  %sin = math.sin %x : tensor<4x3xf64>
  %cos = math.cos %square : tensor<4x3xf64>
  %less = arith.subf %sin, %cos : tensor<4x3xf64>
  %abs = math.absf %less : tensor<4x3xf64>
  %neg = arith.negf %abs : tensor<4x3xf64>
  %max = arith.maximumf %neg, %log : tensor<4x3xf64>
  %min = arith.minimumf %max, %tanh : tensor<4x3xf64>
  %is = arith.cmpf olt, %x, %half : tensor<4x3xf64>
  %chosen = arith.select %is, %min, %tanh : tensor<4x3xi1>, tensor<4x3xf64>
  %picked = nnc.gather %chosen at %list axis = 1 : tensor<4x3xf64>, tensor<4xi32> -> tensor<4x4xf64>
  %d2 = nnc.distances %x to %p {power = 2.0 : f64} : tensor<4x3xf64>, tensor<3x2xf64> -> tensor<4x2xf64>
  %d1 = nnc.distances %x to %p {power = 1.5 : f64} : tensor<4x3xf64>, tensor<3x2xf64> -> tensor<4x2xf64>
  %sum = nnc.reduce sum %root axes = [1] : tensor<4x3xf64> -> tensor<4xf64>
  %column = nnc.reshape %sum : tensor<4xf64> -> tensor<4x1xf64>
  %wide = nnc.broadcast %column : tensor<4x1xf64> -> tensor<4x2xf64>
  %scaled = arith.mulf %wide, %d1 : tensor<4x2xf64>
  %all = tensor.concat dim(1) %picked, %d2, %scaled : (tensor<4x4xf64>, tensor<4x2xf64>, tensor<4x2xf64>) -> tensor<4x8xf64>
  %y = nnc.linear %all, %w bias(%b) : tensor<4x8xf64>, tensor<8x2xf64>, tensor<2xf64> -> tensor<4x2xf64>
  return %y : tensor<4x2xf64>
}
