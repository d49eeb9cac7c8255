module attributes {nnc.model = "two */ layers\\", nnc.hash = "0123456789abcdef",
    test.inputs = [dense<[[1.0, 2.0, 3.0, 4.0]]> : tensor<1x4xf32>, dense<[1, 2, 3, -4]> : tensor<4xi64>],
    test.expected = [dense<[[3.0, 6.0, 9.0, 12.0]]> : tensor<1x4xf32>, dense<[true, true, true, false]> : tensor<4xi1>]} {
  memref.global "private" constant @scale : memref<4xf32> = dense<2.000000e+00> {alignment = 64 : i64}
  memref.global "private" constant @same : memref<1x4xf32> = dense<2.000000e+00> {alignment = 64 : i64}
  memref.global "private" constant @mixed : memref<3xf32> = dense<[0x7FC00000, 0xFF800000, -1.25e-40]>
  memref.global "private" constant @whole : memref<2xi64> = dense<[-9223372036854775808, 7]>
  halide.kernel @multiply(%a: tensor<4xf32>, %b: tensor<4xf32>) -> tensor<4xf32> attributes {
      kernel_class = "elementwise", layers = ["mul"], nnc.flops = 4 : i64, nnc.scratch_bytes = 16 : i64, test.code = "static void multiply(const float *a, const float *b, float *out, unsigned char *scratch) noexcept {\n  scratch[0] = 1;\n  store(out, load<f32x4>(a) * load<f32x4>(b));\n}"} {
    halide.yield %a : tensor<4xf32>
  }
  halide.kernel @add(%a: tensor<1x4xf32>, %b: tensor<4xf32>) -> tensor<1x4xf32> attributes {
      kernel_class = "elementwise", nnc.flops = 4 : i64, test.code = "static void add(const float *a, const float *b, float *out) noexcept {\n  store(out, load<f32x4>(a) + load<f32x4>(b));\n}"} {
    halide.yield %a : tensor<1x4xf32>
  }
  halide.kernel @positive(%a: tensor<4xi64>, %b: tensor<3xf32>, %c: tensor<2xi64>) -> tensor<4xi1> attributes {
      kernel_class = "elementwise", test.code = "static void positive(const std::int64_t *a, const float *b, const std::int64_t *c, bool *out) noexcept {\n  for (int i = 0; i < 4; ++i)\n    out[i] = a[i] > 0 && b[0] != b[0] && b[1] < -1e30f && b[2] < 0 && c[0] < c[1];\n}"} {
    %r = tensor.empty() : tensor<4xi1>
    halide.yield %r : tensor<4xi1>
  }
  func.func @main(%in: memref<1x4xf32> {nnc.name = "data/0"}, %n: memref<4xi64> {nnc.name = "class"},
                  %out: memref<1x4xf32> {nnc.name = "prob\22", nnc.result}, %signs: memref<4xi1> {nnc.name = "data:0", nnc.result},
                  %workspace: memref<128xi8> {nnc.workspace}) attributes {nnc.arena_lower_bound = 32 : i64} {
    %w = memref.get_global @scale : memref<4xf32>
    %s = memref.get_global @same : memref<1x4xf32>
    %flat_s = memref.collapse_shape %s [[0, 1]] : memref<1x4xf32> into memref<4xf32>
    %m = memref.get_global @mixed : memref<3xf32>
    %i = memref.get_global @whole : memref<2xi64>
    %c0 = arith.constant 0 : index
    %c64 = arith.constant 64 : index
    %a = memref.view %workspace[%c0][] : memref<128xi8> to memref<4xf32>
    %scratch = memref.view %workspace[%c64][] : memref<128xi8> to memref<16xi8>
    %b = memref.view %workspace[%c64][] : memref<128xi8> to memref<4xf32>
    %flat = memref.collapse_shape %in [[0, 1]] : memref<1x4xf32> into memref<4xf32>
    halide.launch @multiply(%flat, %w) outs(%a : memref<4xf32>) scratch(%scratch : memref<16xi8>) {layers = ["mul", "fire2/relu"]} : (memref<4xf32>, memref<4xf32>) -> ()
    memref.copy %flat, %b : memref<4xf32> to memref<4xf32>
    %as = memref.expand_shape %b [[0, 1]] output_shape [1, 4] : memref<4xf32> into memref<1x4xf32>
    halide.launch @add(%as, %a) outs(%out : memref<1x4xf32>) : (memref<1x4xf32>, memref<4xf32>) -> ()
    halide.launch @positive(%n, %m, %i) outs(%signs : memref<4xi1>) : (memref<4xi64>, memref<3xf32>, memref<2xi64>) -> ()
    return
  }
}
