// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// From a model to a planned program and the C++ of its kernels.
#ifndef TOOLS_NNC_COMPILETOCPP_H
#define TOOLS_NNC_COMPILETOCPP_H

#include "dialects/machine/Machine.h"
#include "lowering/Pipelines.h"
#include "tools/nnc/Session.h"

#include "codegen/package/Package.h"

#include "mlir/IR/BuiltinOps.h"
#include "mlir/IR/OwningOpRef.h"

#include <vector>

namespace nnc::tools {

/// Stages that `scheduleModel` and `planModel` announce.
inline constexpr unsigned kScheduleStages = 1;
inline constexpr unsigned kPlanStages = 1;

/// Runs the standard pipeline on `module`: simplify, fuse, schedule. Afterwards `@main` launches
/// scheduled kernels on tensors.
mlir::LogicalResult scheduleModel(Session &session, mlir::ModuleOp module,
                                  const StandardPipelineOptions &options);

/// Generates the kernels of a scheduled module and plans its memory: what writePackage takes.
mlir::FailureOr<std::vector<codegen::KernelCode>> planModel(Session &session, mlir::ModuleOp module,
                                                            const Machine &machine);

/// The same within a stage.
mlir::FailureOr<std::vector<codegen::KernelCode>> generateAndPlan(mlir::ModuleOp module,
                                                                  const Machine &machine);

/// A model planned for one machine, with the code of its kernels.
struct CppModule {
  Machine machine;
  mlir::OwningOpRef<mlir::ModuleOp> module;
  std::vector<codegen::KernelCode> kernels;
};

/// Both of these for each variant of the machine; leaves `module` kernels that are scheduled for
/// none.
mlir::FailureOr<std::vector<CppModule>> compileToCpp(Session &session, mlir::ModuleOp module,
                                                     const StandardPipelineOptions &options);

/// As writePackage takes them.
llvm::SmallVector<codegen::PlannedModule> getPlannedModules(llvm::ArrayRef<CppModule> modules);

} // namespace nnc::tools

#endif // TOOLS_NNC_COMPILETOCPP_H
