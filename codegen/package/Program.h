// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// A planned program as plain data: what the writers of header, source, report and self-test print.
#ifndef CODEGEN_PACKAGE_PROGRAM_H
#define CODEGEN_PACKAGE_PROGRAM_H

#include "dialects/halide/Halide.h"
#include "dialects/nnc/Approximations.h"

#include "mlir/IR/BuiltinAttributes.h"
#include "mlir/IR/BuiltinOps.h"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace nnc::codegen {

/// An input or output of the model.
struct Tensor {
  /// As the model calls it.
  std::string name;
  /// The same as a C++ identifier, unique among inputs and outputs.
  std::string identifier;
  /// As callers see it: unsigned where the argument has `nnc.unsigned`.
  mlir::Type elementType;
  /// As the program reads it.
  mlir::Type storageType;
  std::vector<int64_t> shape;
  int64_t elements;
  int64_t bytes;
  /// Of an input that each sample but the first takes from the one before: which output it is. Its
  /// sizes are of one sample.
  std::optional<size_t> state = std::nullopt;
};

/// A tensor of numbers that the program comes with.
struct Constant {
  /// Unique identifier.
  std::string name;
  mlir::ElementsAttr value;
  int64_t bytes;
};

/// Where a launch finds a tensor.
struct Address {
  enum class Space { Input, Output, Arena, Constant };
  Space space;
  /// Which input, output or constant; zero for the arena.
  size_t index;
  /// Bytes from the start of it.
  int64_t offset;
  mlir::Type elementType;
  /// Bytes from the first element to the last.
  int64_t bytes;
  /// In the arena: which slot it is in (while the program is read).
  std::optional<size_t> slot;
  /// Bytes of the elements alone, where a launch takes them: `bytes` has gaps between rows as well.
  int64_t touched = 0;
};

/// One step of the program: a kernel's launch, or a copy (`kernel` is null; one input, one output).
struct Launch {
  halide::KernelOp kernel;
  std::string kernelName;
  std::string kernelClass;
  /// The model's nodes that it computes.
  std::vector<std::string> layers;
  std::vector<Address> inputs;
  std::vector<Address> outputs;
  std::optional<Address> scratch;
  /// Of all steps.
  int64_t flops;
  /// How often the kernel runs, or 0: once, and nothing is a sequence. Otherwise the first input
  /// and the only output are sequences of so many elements; the last input is the state before the
  /// first step.
  int64_t steps = 0;
  /// Whether the first step is the last of the sequences.
  bool isReverse = false;
  /// How many rows of a list the kernel computes at once, or 0: there is no list. Otherwise outputs
  /// and `lists` of the inputs are lists, and as many rows as `count` says are computed.
  int64_t piece = 0;
  std::vector<size_t> lists;
  std::optional<Address> count;
  /// Which list says where in an image, the second output, the rows of each piece belong, the first
  /// one.
  std::optional<size_t> update;

  /// Bytes of all tensors that it reads and writes, each once.
  int64_t getTraffic() const;
  /// "conv1, relu1", or the kernel's name where no layers are known.
  std::string getTitle() const;
};

/// A view of the workspace, and the first and last launch that use it.
struct Slot {
  int64_t offset;
  int64_t bytes;
  size_t firstLaunch;
  size_t lastLaunch;
};

struct Program {
  /// What the model calls itself, and its digest; empty when unknown.
  std::string model;
  std::string hash;
  std::vector<Tensor> inputs;
  std::vector<Tensor> outputs;
  std::vector<Constant> constants;
  std::vector<Launch> launches;
  /// Ordered by offset, then by first launch.
  std::vector<Slot> slots;
  int64_t arenaBytes;
  /// The largest sum of values alive at once: no arena can be smaller.
  int64_t arenaLowerBound;

  /// How many samples a run takes: the launches are of one, and run for one after the other.
  /// `inputs` and `outputs` are those of all.
  int64_t samples;
  /// Numbers that the model comes with: `nnc.parameters` of the module, else those in all
  /// constants.
  int64_t parameters;
  /// Tasks that share the iterations of a parallel loop: `nnc.threads` of the module, else 1.
  int64_t threads;
  /// What was approximated, layer by layer.
  std::vector<Approximation> approximations;

  int64_t getFlops() const;
};

/// Reads the `@main` of a planned module: launches and copies on views of inputs, outputs, one
/// workspace and globals. Fails with a diagnostic at the operation that does not belong in a
/// planned program.
mlir::FailureOr<Program> readProgram(mlir::ModuleOp module);

} // namespace nnc::codegen

#endif // CODEGEN_PACKAGE_PROGRAM_H
