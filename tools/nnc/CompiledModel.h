// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The generated C++ of a model, built with this machine's compiler and loaded into this process.
#ifndef TOOLS_NNC_COMPILEDMODEL_H
#define TOOLS_NNC_COMPILEDMODEL_H

#include "codegen/package/Package.h"
#include "lowering/Pipelines.h"
#include "lowering/reference/ReferenceEngine.h"
#include "tools/nnc/Session.h"
#include "tools/nnc/TemporaryFolder.h"

#include "llvm/Support/MemoryBuffer.h"

#include <memory>
#include <vector>

namespace nnc::tools {

struct BuildOptions {
  StandardPipelineOptions pipeline;
  /// The C++ compiler: a name in PATH or a path.
  std::string compiler;
  /// The level of the variant to take, for a machine that has several; 0: which the program
  /// chooses.
  int variant = 0;
};

/// $CXX, or g++ where that is not set.
std::string getDefaultCompiler();

class CompiledModel {
public:
  /// Stages that `build` announces.
  static constexpr unsigned kStages = 1;

  /// Writes the package of planned modules to a temporary folder, builds it there with launches
  /// that can be timed, and loads it. Errors, the compiler's included, are printed.
  static mlir::FailureOr<std::unique_ptr<CompiledModel>>
  build(Session &session, llvm::ArrayRef<codegen::PlannedModule> modules,
        const BuildOptions &options);

  /// The same within a stage.
  static mlir::FailureOr<std::unique_ptr<CompiledModel>>
  make(Session &session, llvm::ArrayRef<codegen::PlannedModule> modules,
       const BuildOptions &options);

  /// The same library and weights with memory of its own, so that both can run at once.
  std::unique_ptr<CompiledModel> makeInstance() const;

  /// Sets the inputs, of the model's types in its order.
  void setInputs(llvm::ArrayRef<Buffer> inputs);
  /// Writes all outputs to the memory of the first, which is as large as each of them.
  void shareOutputs();
  /// Runs once. \returns what the generated function returns, 0 when all is well.
  int run();
  /// Runs once and adds each launch's seconds to `seconds`, which has an element per launch.
  int profile(std::vector<double> &seconds);
  /// Copies of the outputs, which have the types `types`.
  std::vector<Buffer> getOutputs(llvm::ArrayRef<mlir::RankedTensorType> types) const;

private:
  using RunFunction = int (*)(const void *, const void *const *, void *const *, void *);
  using ProfileFunction = int (*)(const void *, const void *const *, void *const *, void *,
                                  double *);

  /// What instances share.
  struct Library {
    ~Library();
    std::unique_ptr<TemporaryFolder> folder;
    /// As dlopen gives it.
    void *handle = nullptr;
    RunFunction run = nullptr;
    ProfileFunction profile = nullptr;
    /// The content of the weights' file.
    std::unique_ptr<llvm::MemoryBuffer> weights;
    /// Bytes of each.
    std::vector<size_t> inputs, outputs;
    size_t workspace = 0;
  };

  static bool load(Session &session, Library &library, const codegen::Program &program);
  explicit CompiledModel(std::shared_ptr<const Library> library);

  std::shared_ptr<const Library> library;
  /// Memory of inputs, outputs and workspace; every element at a multiple of 64.
  std::vector<std::unique_ptr<llvm::MemoryBuffer>> memory;
  std::vector<void *> inputs;
  std::vector<const void *> constInputs;
  std::vector<void *> outputs;
  void *workspace = nullptr;
};

} // namespace nnc::tools

#endif // TOOLS_NNC_COMPILEDMODEL_H
