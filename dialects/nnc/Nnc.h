// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The nnc dialect: what a trained network computes.
#ifndef DIALECTS_NNC_NNC_H
#define DIALECTS_NNC_NNC_H

#include "mlir/Bytecode/BytecodeOpInterface.h"
#include "mlir/IR/BuiltinTypes.h"
#include "mlir/IR/Dialect.h"
#include "mlir/IR/OpImplementation.h"
#include "mlir/Interfaces/InferTypeOpInterface.h"
#include "mlir/Interfaces/SideEffectInterfaces.h"

#include "dialects/nnc/NncDialect.h.inc"
#include "dialects/nnc/NncEnums.h.inc"
#include "dialects/nnc/NncInterfaces.h.inc"

#define GET_OP_CLASSES
#include "dialects/nnc/NncOps.h.inc"

namespace nnc {

/// Discardable attribute that names the loops of a `linalg.generic`, outermost first.
inline constexpr llvm::StringLiteral kIteratorsAttr = "nnc.iterators";
/// Argument and result attribute of `@main`: the name the model gives to it.
inline constexpr llvm::StringLiteral kNameAttr = "nnc.name";
/// What the columns of an argument or result are called, and the texts that the numbers of some of
/// an argument's stand for: arrays of strings, an array of them.
inline constexpr llvm::StringLiteral kColumnsAttr = "nnc.columns";
inline constexpr llvm::StringLiteral kCategoriesAttr = "nnc.categories";
/// Unit attribute of integer arguments and results of `@main` that the model declares as unsigned.
inline constexpr llvm::StringLiteral kUnsignedAttr = "nnc.unsigned";
/// Unit attribute of trains: how they are contracted has been chosen.
inline constexpr llvm::StringLiteral kContractedAttr = "nnc.contracted";
/// Module attribute (i64): how many samples a run takes, one after the other. `@main` is of one;
/// inputs and outputs of the program have this extent for their first dimension.
inline constexpr llvm::StringLiteral kSamplesAttr = "nnc.samples";
/// Of an argument of `@main` that each sample takes from the one before: the number of the result
/// that it is. The first sample takes what the caller gives.
inline constexpr llvm::StringLiteral kStateAttr = "nnc.state";
/// Module attribute (f64): the FLOPs of all layers of a model whose `flops` are counted.
inline constexpr llvm::StringLiteral kDenseFlopsAttr = "nnc.dense_flops";
/// Module attribute: the model's name.
inline constexpr llvm::StringLiteral kModelAttr = "nnc.model";
/// Module attribute: the hash of the file that the model was read from, in hexadecimal.
inline constexpr llvm::StringLiteral kHashAttr = "nnc.hash";

} // namespace nnc

#endif // DIALECTS_NNC_NNC_H
