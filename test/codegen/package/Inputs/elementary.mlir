// Elementary functions of both kinds of floats, of arguments whose results are NaN too.
func.func @main(%x: tensor<5x16xf32> {nnc.name = "x"}, %d: tensor<5x16xf64> {nnc.name = "d"})
    -> (tensor<5x16xf32>, tensor<5x16xf64>, tensor<5x16xf32>) {
  %0 = math.exp %x : tensor<5x16xf32>
  %1 = math.tanh %0 : tensor<5x16xf32>
  %2 = math.roundeven %1 : tensor<5x16xf32>
  %3 = math.floor %0 : tensor<5x16xf32>
  %4 = arith.addf %2, %3 : tensor<5x16xf32>
  %5 = arith.addf %4, %1 : tensor<5x16xf32>
  %6 = math.exp %d : tensor<5x16xf64>
  %7 = math.tanh %6 : tensor<5x16xf64>
  %8 = math.powf %7, %d : tensor<5x16xf64>
  %9 = math.log %8 : tensor<5x16xf64>
  %10 = arith.addf %9, %6 : tensor<5x16xf64>
  %11 = math.log %x : tensor<5x16xf32>
  return %5, %10, %11 : tensor<5x16xf32>, tensor<5x16xf64>, tensor<5x16xf32>
}
