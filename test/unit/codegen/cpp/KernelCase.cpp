// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "KernelCase.h"

using namespace Halide;

namespace nnc::cpp {

ImageParam denseInput(Type type, const std::string &name, const std::vector<int> &extents) {
  ImageParam input(type, static_cast<int>(extents.size()), name);
  int stride = 1;
  for (int i = 0; i < input.dimensions(); ++i) {
    input.dim(i).set_bounds(0, extents[i]).set_stride(stride);
    stride *= extents[i];
  }
  return input;
}

static void fill(Buffer<> &buffer, int seed) {
  Type type = buffer.type();
  unsigned state = 12345u + static_cast<unsigned>(seed);
  for (size_t i = 0; i < buffer.number_of_elements(); ++i) {
    state = state * 1664525u + 1013904223u;
    int whole = static_cast<int>(state >> 16) % 201;
    char *place = static_cast<char *>(buffer.data()) + i * static_cast<size_t>(type.bytes());
    auto put = [&](auto value) { memcpy(place, &value, sizeof value); };
    if (type == Float(32))
      put(static_cast<float>(whole - 100) / 50.0f);
    else if (type == Float(64))
      put((whole - 100) / 50.0);
    else if (type.is_bool())
      put(static_cast<uint8_t>(whole & 1));
    else if (type.bits() == 8)
      put(static_cast<uint8_t>(type.is_int() ? whole - 100 : whole));
    else if (type.bits() == 16)
      put(static_cast<uint16_t>(type.is_int() ? whole - 100 : whole));
    else if (type.bits() == 32)
      put(type.is_int() ? whole - 100 : whole);
    else
      put(static_cast<int64_t>(type.is_int() ? whole - 100 : whole));
  }
}

/// The constant that denseInput has set.
static int extentOf(const ImageParam &input, int dimension) {
  auto extent = Internal::as_const_int(input.parameter().extent_constraint(dimension));
  return static_cast<int>(extent.value_or(0));
}

KernelCase makeCase(const std::string &name, Func output, const std::vector<ImageParam> &inputs,
                    const std::vector<int> &outputExtents, double tolerance) {
  KernelCase result;
  result.name = name;
  result.tolerance = tolerance;
  result.inputs = inputs;
  std::vector<OutputImageParam> images = output.output_buffers();
  for (OutputImageParam &image : images) {
    int stride = 1;
    for (int i = 0; i < image.dimensions(); ++i) {
      image.dim(i).set_stride(stride);
      stride *= outputExtents[i];
    }
  }
  for (int i = 0; i < images[0].dimensions(); ++i) // those of the other outputs follow
    images[0].dim(i).set_bounds(0, outputExtents[i]);
  result.pipeline = Pipeline(output);
  for (ImageParam input : inputs) {
    std::vector<int> extents;
    for (int i = 0; i < input.dimensions(); ++i)
      extents.push_back(extentOf(input, i));
    Buffer<> data(input.type(), extents);
    fill(data, static_cast<int>(result.inputData.size()));
    input.set(data);
    result.inputData.push_back(data);
  }
  for (Type type : output.types())
    result.expected.emplace_back(type, outputExtents);
  result.pipeline.realize(Realization(result.expected));
  return result;
}

Internal::LoweredFunc lower(const KernelCase &kernel) {
  Target target("x86-64-linux-no_asserts-no_bounds_query-no_runtime-avx512_skylake");
  std::vector<Argument> arguments(kernel.inputs.begin(), kernel.inputs.end());
  Pipeline pipeline = kernel.pipeline;
  return pipeline.compile_to_module(arguments, kernel.name, target).functions().front();
}

} // namespace nnc::cpp
