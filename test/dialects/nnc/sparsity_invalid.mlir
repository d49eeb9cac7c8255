// RUN: nnc-opt %s --split-input-file --verify-diagnostics

func.func @c1_element_type(%m: tensor<2x3xf64>) -> tensor<2x3xf64> {
  // expected-error@+2 {{(C1) mean has elements of 'f64', but they must be f32}}
  // expected-error@+1 {{'nnc.variational_dropout' op failed to infer returned types}}
  %0 = nnc.variational_dropout %m, %m : tensor<2x3xf64>, tensor<2x3xf64> -> tensor<2x3xf64>
  return %0 : tensor<2x3xf64>
}

// -----

func.func @c1_shapes(%m: tensor<2x3xf32>, %s: tensor<3x2xf32>) -> tensor<2x3xf32> {
  // expected-error@+2 {{(C1) mean is 'tensor<2x3xf32>', but log_sigma2 is 'tensor<3x2xf32>'}}
  // expected-error@+1 {{'nnc.variational_dropout' op failed to infer returned types}}
  %0 = nnc.variational_dropout %m, %s : tensor<2x3xf32>, tensor<3x2xf32> -> tensor<2x3xf32>
  return %0 : tensor<2x3xf32>
}

// -----

func.func @c2_threshold(%m: tensor<2x3xf32>) -> tensor<2x3xf32> {
  // expected-error@+2 {{(C2) threshold must be a number}}
  // expected-error@+1 {{'nnc.variational_dropout' op failed to infer returned types}}
  %0 = nnc.variational_dropout %m, %m {threshold = 0x7FC00000 : f32} : tensor<2x3xf32>, tensor<2x3xf32> -> tensor<2x3xf32>
  return %0 : tensor<2x3xf32>
}

// -----

func.func @c1_channels(%x: tensor<2x3xf32>) -> tensor<2x3xf32> {
  // expected-error@+2 {{(C1) mu has 2 elements, but there are 3 channels}}
  // expected-error@+1 {{'nnc.lognormal_noise' op failed to infer returned types}}
  %0 = nnc.lognormal_noise %x mu(dense<0.0> : tensor<2xf32>) log_sigma(dense<0.0> : tensor<3xf32>) : tensor<2x3xf32> -> tensor<2x3xf32>
  return %0 : tensor<2x3xf32>
}

// -----

func.func @c1_vector(%x: tensor<2x3xf32>) -> tensor<2x3xf32> {
  // expected-error@+2 {{(C1) log_sigma must be a vector of f32, but is 'tensor<1x3xf32>'}}
  // expected-error@+1 {{'nnc.lognormal_noise' op failed to infer returned types}}
  %0 = nnc.lognormal_noise %x mu(dense<0.0> : tensor<3xf32>) log_sigma(dense<0.0> : tensor<1x3xf32>) : tensor<2x3xf32> -> tensor<2x3xf32>
  return %0 : tensor<2x3xf32>
}

// -----

func.func @c1_input(%x: tensor<f32>) -> tensor<f32> {
  // expected-error@+2 {{(C1) the input must have channels of f32, but is 'tensor<f32>'}}
  // expected-error@+1 {{'nnc.lognormal_noise' op failed to infer returned types}}
  %0 = nnc.lognormal_noise %x mu(dense<0.0> : tensor<1xf32>) log_sigma(dense<0.0> : tensor<1xf32>) : tensor<f32> -> tensor<f32>
  return %0 : tensor<f32>
}

// -----

func.func @c2_snr(%x: tensor<2x3xf32>) -> tensor<2x3xf32> {
  // expected-error@+2 {{(C2) snr must not be negative, but is -1}}
  // expected-error@+1 {{'nnc.lognormal_noise' op failed to infer returned types}}
  %0 = nnc.lognormal_noise %x mu(dense<0.0> : tensor<3xf32>) log_sigma(dense<0.0> : tensor<3xf32>) {snr = -1.0 : f32} : tensor<2x3xf32> -> tensor<2x3xf32>
  return %0 : tensor<2x3xf32>
}
