// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// What a program costs, for people and for programs.
#ifndef CODEGEN_PACKAGE_REPORT_H
#define CODEGEN_PACKAGE_REPORT_H

#include "codegen/package/Program.h"

#include "llvm/Support/JSON.h"
#include "llvm/Support/raw_ostream.h"

namespace nnc::codegen {

/// One row per launch: number, FLOPs, bytes read and written, class, kernel, layers. Each line
/// starts with `prefix`.
void printLaunchTable(llvm::raw_ostream &os, const Program &program, llvm::StringRef prefix);

/// One row per approximated layer: parameters now and before, relative error, method, what was
/// chosen, layers. Nothing where nothing was approximated.
void printApproximations(llvm::raw_ostream &os, const Program &program, llvm::StringRef prefix);

/// Model, FLOPs, parameters, arena and its lower bound, a few lines that start with `prefix`.
void printSummary(llvm::raw_ostream &os, const Program &program, llvm::StringRef prefix);

/// The members of a JSON object that depend on the machine: FLOPs, launches, arena map.
void printCosts(llvm::json::OStream &json, const Program &program);

/// The members of a JSON object: model, totals, inputs, outputs, launches, arena map. Sizes are
/// bytes.
void printReport(llvm::json::OStream &json, const Program &program);

} // namespace nnc::codegen

#endif // CODEGEN_PACKAGE_REPORT_H
