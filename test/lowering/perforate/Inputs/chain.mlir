func.func @main(%x: tensor<2x12x13x8xf32> {nnc.name = "x"}) -> (tensor<2x3x3x16xf32> {nnc.name = "y"}) {
  %w = arith.constant dense<0.125> : tensor<3x3x8x16xf32>
  %b = arith.constant dense<[0.1, -0.2, 0.3, -0.4, 0.5, -0.6, 0.7, -0.8, 0.9, -1.0, 1.1, -1.2, 1.3, -1.4, 1.5, -1.6]> : tensor<16xf32>
  %v = arith.constant dense<-0.25> : tensor<1x1x16x16xf32>
  %d = arith.constant dense<0.5> : tensor<3x3x1x16xf32>
  %zero = arith.constant dense<0.0> : tensor<2x12x13x16xf32>
  %0 = nnc.conv2d %x, %w bias(%b) {pads = array<i64: 1, 1, 1, 1>} : tensor<2x12x13x8xf32>, tensor<3x3x8x16xf32>, tensor<16xf32> -> tensor<2x12x13x16xf32>
  %1 = arith.maximumf %0, %zero : tensor<2x12x13x16xf32>
  %2 = nnc.conv2d %1, %v bias(%b) : tensor<2x12x13x16xf32>, tensor<1x1x16x16xf32>, tensor<16xf32> -> tensor<2x12x13x16xf32>
  %3 = nnc.max_pool2d %2 {kernel = array<i64: 3, 3>, strides = array<i64: 2, 2>, pads = array<i64: 1, 1, 1, 1>}
    : tensor<2x12x13x16xf32> -> tensor<2x6x7x16xf32>
  %4 = nnc.conv2d %3, %d bias(%b) {pads = array<i64: 1, 1, 1, 1>, groups = 16 : i64}
    : tensor<2x6x7x16xf32>, tensor<3x3x1x16xf32>, tensor<16xf32> -> tensor<2x6x7x16xf32>
  %5 = nnc.avg_pool2d %4 {kernel = array<i64: 3, 3>, strides = array<i64: 2, 2>, pads = array<i64: 1, 0, 0, 0>}
    : tensor<2x6x7x16xf32> -> tensor<2x3x3x16xf32>
  return %5 : tensor<2x3x3x16xf32>
}
