// RUN: nnc-opt %s --nnc-form-kernels --verify-diagnostics

// A padding value that is computed has no way into a kernel.
func.func @main(%x: tensor<2xf32>, %value: f32) -> tensor<4xf32> {
  // expected-error @below {{reads a computed value inside its region; kernels take constants there}}
  %y = tensor.pad %x low[1] high[1] {
  ^bb0(%i: index):
    tensor.yield %value : f32
  } : tensor<2xf32> to tensor<4xf32>
  return %y : tensor<4xf32>
}
