// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// One benchmark for each kernel and compiler: time of a run, FLOP/s, bytes/s (input, output and
// weights, each once), and the share of what one core was measured to multiply when it started.
#include "kernels_headers.inc"

#include <benchmark/benchmark.h>

#include <cstdio>
#include <ctime>
#include <string>
#include <vector>

namespace {

struct Kernel {
  const char *title;
  int (*run)(const void *const *, void *const *, void *);
  std::size_t inputBytes, outputBytes, workspaceBytes;
  double flops, weightBytes;
};

#define KERNEL(name, title, flops, weights)                                                        \
  {title, name##_run, name##_inputs[0].bytes, name##_outputs[0].bytes, name##_workspace_size(),    \
   flops, weights},

std::vector<Kernel> listKernels() {
  return {
#include "kernels.inc"
  };
}

/// FLOP/s of one core, by the program that `nnc bench` measures with; 0 where it does not run.
double measurePeak() {
  double peak = 0;
  if (std::FILE *pipe = popen(NNC_MEASURE_MACHINE " 1", "r")) {
    if (std::fscanf(pipe, "peak %lf", &peak) != 1)
      peak = 0;
    while (std::fgetc(pipe) != EOF) // it has more to say
      ;
    pclose(pipe);
  }
  return peak;
}

void runKernel(benchmark::State &state, const Kernel &kernel, double peak) {
  // Floats that are not denormal, at addresses as a caller would have them.
  std::vector<float> input(kernel.inputBytes / sizeof(float), 0.5f),
      output(kernel.outputBytes / sizeof(float));
  std::vector<unsigned char> workspace(kernel.workspaceBytes + 1);
  const void *inputs[] = {input.data()};
  void *outputs[] = {output.data()};
  const std::clock_t begin = std::clock();
  for (auto _ : state) {
    if (kernel.run(inputs, outputs, workspace.data()) != 0)
      return state.SkipWithError("the kernel refused to run");
    benchmark::ClobberMemory();
  }
  const double seconds = static_cast<double>(std::clock() - begin) / CLOCKS_PER_SEC;
  const double runs = static_cast<double>(state.iterations());
  const double bytes =
      static_cast<double>(kernel.inputBytes + kernel.outputBytes) + kernel.weightBytes;
  using benchmark::Counter;
  state.counters["FLOP/s"] = Counter(runs * kernel.flops, Counter::kIsRate);
  state.counters["bytes/s"] = Counter(runs * bytes, Counter::kIsRate);
  if (peak > 0)
    state.counters["of_peak"] = runs * kernel.flops / seconds / peak;
}

} // namespace

int main(int argc, char **argv) {
  benchmark::Initialize(&argc, argv);
  if (benchmark::ReportUnrecognizedArguments(argc, argv))
    return 2;
  const double peak = measurePeak();
  benchmark::AddCustomContext("peak of one core, GFLOP/s", std::to_string(peak / 1e9));
  for (const Kernel &kernel : listKernels())
    benchmark::RegisterBenchmark(kernel.title, [kernel, peak](benchmark::State &state) {
      runKernel(state, kernel, peak);
    })->Unit(benchmark::kMicrosecond);
  benchmark::RunSpecifiedBenchmarks();
  return 0;
}
