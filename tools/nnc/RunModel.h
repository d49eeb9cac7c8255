// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// A model's outputs from its inputs, by the reference or by the generated C++.
#ifndef TOOLS_NNC_RUNMODEL_H
#define TOOLS_NNC_RUNMODEL_H

#include "tools/nnc/CompileToCpp.h"
#include "tools/nnc/CompiledModel.h"
#include "tools/nnc/Session.h"

namespace nnc::tools {

inline constexpr unsigned kRunReferenceStages = 1;
inline constexpr unsigned kRunModulesStages = CompiledModel::kStages + 1;
inline constexpr unsigned kRunCppStages = kScheduleStages + kPlanStages + kRunModulesStages;

/// Leaves `module` as it is.
mlir::FailureOr<std::vector<Buffer>> runReference(Session &session, mlir::ModuleOp module,
                                                  llvm::ArrayRef<Buffer> inputs,
                                                  llvm::StringRef stage = "run the reference");

/// Inputs of several runs, or outputs.
using Batches = std::vector<std::vector<Buffer>>;

/// One run after the other.
mlir::FailureOr<Batches> runReferenceBatches(Session &session, mlir::ModuleOp module,
                                             const Batches &batches);
mlir::FailureOr<Batches> runCppBatches(Session &session, mlir::ModuleOp module,
                                       const BuildOptions &options, const Batches &batches);

/// Lowers `module`, of which kernels are left, builds the C++ and runs it.
mlir::FailureOr<std::vector<Buffer>> runCpp(Session &session, mlir::ModuleOp module,
                                            const BuildOptions &options,
                                            llvm::ArrayRef<Buffer> inputs);

/// The part of `runCpp` behind the generated C++: builds it and runs it.
mlir::FailureOr<std::vector<Buffer>> runModules(Session &session, llvm::ArrayRef<CppModule> modules,
                                                const BuildOptions &options,
                                                llvm::ArrayRef<mlir::RankedTensorType> types,
                                                llvm::ArrayRef<Buffer> inputs);

/// The types of the outputs of `@main` on tensors.
llvm::SmallVector<mlir::RankedTensorType> getOutputTypes(mlir::ModuleOp module);

/// The part of `runCpp` behind the schedule, for a module that is scheduled for one machine.
mlir::FailureOr<std::vector<Buffer>> runScheduledCpp(Session &session, mlir::ModuleOp module,
                                                     const BuildOptions &options,
                                                     llvm::ArrayRef<Buffer> inputs);

} // namespace nnc::tools

#endif // TOOLS_NNC_RUNMODEL_H
