// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The part of ExpressionPrinter about memory, lanes and shuffles.

#include "codegen/cpp/ExpressionPrinter.h"
#include "codegen/cpp/Types.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/FormatVariadic.h"

using namespace Halide::Internal;
using Halide::Expr;
using Halide::Type;

namespace nnc::cpp {

//===--- Loads
//------------------------------------------------------------------------------------===

std::string ExpressionPrinter::printAddress(const std::string &buffer, const Expr &index) {
  return is_const_zero(index) ? buffer : "&" + buffer + "[" + print(index) + "]";
}

Code ExpressionPrinter::printSlot(const Slot &slot, int64_t begin, int lanes) {
  if (begin == slot.begin && lanes == slot.type.lanes())
    return {slot.name};
  int64_t lane = begin - slot.begin;
  if (lane == 0 && paddedLanes(lanes) == slot.type.lanes())
    return {slot.name}; // what lies behind the last lane does not matter
  if (lanes == 1)
    return {slot.name + "[" + std::to_string(lane) + "]"};
  return {llvm::formatv("slice<{0}, 1, {1}>({2})", lane, paddedLanes(lanes), slot.name)};
}

void ExpressionPrinter::visit(const Load *op) {
  Storage *storage = nullptr;
  if (context.storages.contains(op->name))
    storage = &context.storages.ref(op->name);
  if (!storage)
    return fail("buffer '" + llvm::Twine(op->name) + "' is neither a parameter nor a temporary");
  if (storage->isInSlots()) {
    ConstantRange range = slotRange(op->index);
    result = printSlot(*storage->findSlot(range.begin), range.begin, range.lanes);
    return;
  }
  if (op->type.is_vector())
    return printVectorLoad(op, *storage);
  std::string element = storage->name + "[" + print(op->index) + "]";
  if (is_const_one(op->predicate))
    return set(element);
  std::string zero = print(make_zero(op->type));
  set(print(op->predicate, Level::LogicalOr) + " ? " + element + " : " + zero, Level::Conditional);
}

void ExpressionPrinter::printVectorLoad(const Load *op, const Storage &storage) {
  int lanes = op->type.lanes(), padded = paddedLanes(lanes);
  bool isWhole = lanes == padded;
  if (op->type.is_bool()) { // one byte each, compared with zero
    Expr bytes = Load::make(op->type.with_code(halide_type_uint).with_bits(8), op->name, op->index,
                            op->image, op->param, op->predicate, op->alignment);
    std::string type = valueName(bytes.type());
    return set(print(bytes, Level::Additive) + " != splat<" + type + ">(0)", Level::Comparison);
  }
  std::string type = valueName(op->type);
  std::string counted = isWhole ? type : type + ", " + std::to_string(lanes);
  const Ramp *ramp = op->index.as<Ramp>();
  bool isRamp = ramp && ramp->base.type().is_scalar();
  bool isDense = isRamp && is_const_one(ramp->stride);
  if (auto count = constantPrefix(op->predicate); count && isDense)
    return set("loadFirst<" + type + ", " + std::to_string(*count) + ">(" +
               printAddress(storage.name, ramp->base) + ")");
  if (!is_const_one(op->predicate)) {
    std::string mask = print(op->predicate);
    if (isDense)
      return set("loadIf<" + counted + ">(" + mask + ", " + printAddress(storage.name, ramp->base) +
                 ")");
    return set("gatherIf<" + counted + ">(" + mask + ", " + storage.name + ", " + print(op->index) +
               ")");
  }
  if (isDense)
    return set((isWhole ? "load<" : "loadFirst<") + counted + ">(" +
               printAddress(storage.name, ramp->base) + ")");
  if (isRamp)
    return set("loadStrided<" + counted + ">(" + printAddress(storage.name, ramp->base) + ", " +
               print(ramp->stride) + ")");
  set("gather<" + counted + ">(" + storage.name + ", " + print(op->index) + ")");
}

//===--- Making vectors
//---------------------------------------------------------------------------===

void ExpressionPrinter::visit(const Ramp *op) {
  if (op->base.type().is_vector())
    return fail("a ramp of vectors has no C++ form");
  call("ramp<" + valueName(op->type) + ">", {op->base, op->stride});
}

void ExpressionPrinter::visit(const Broadcast *op) {
  if (op->value.type().is_vector()) {
    std::vector<int> indices;
    for (int i = 0; i < op->type.lanes(); ++i)
      indices.push_back(i % op->value.type().lanes());
    result = printCode(Shuffle::make({op->value}, indices));
    return;
  }
  if (isMask(op->type))
    return call("splatMask<" + llvm::Twine(paddedLanes(op->lanes)) + ">", {op->value});
  call("splat<" + valueName(op->type) + ">", {op->value});
}

//===--- Shuffles
//---------------------------------------------------------------------------------===

/// All vectors behind each other, as one of a power of two lanes.
Code ExpressionPrinter::printConcat(llvm::ArrayRef<Expr> vectors) {
  if (vectors.size() == 1)
    return printCode(vectors.front());
  size_t half = 1;
  while (half * 2 < vectors.size())
    half *= 2;
  Code first = printConcat(vectors.take_front(half));
  std::vector<Expr> others(vectors.begin() + half, vectors.end());
  while (others.size() < half)
    others.push_back(others.back());
  Code second = printConcat(others);
  return {"concat(" + first.text + ", " + second.text + ")"};
}

static bool isPowerOfTwo(size_t n) { return (n & (n - 1)) == 0; }

void ExpressionPrinter::visit(const Shuffle *op) {
  int sourceLanes = op->vectors.front().type().lanes();
  bool isUniform =
      llvm::all_of(op->vectors, [&](const Expr &v) { return v.type().lanes() == sourceLanes; });
  if (op->type.is_scalar() && op->vectors.size() == 1)
    return set(print(op->vectors.front(), Level::Primary) + "[" +
                   std::to_string(op->indices.front()) + "]" + (op->type.is_bool() ? " != 0" : ""),
               op->type.is_bool() ? Level::Comparison : Level::Primary);
  if (!isUniform)
    return fail("a shuffle of vectors of different lengths has no C++ form");
  if (sourceLanes == 1 && op->type.is_vector()) {
    std::vector<Expr> lanes;
    for (int index : op->indices)
      lanes.push_back(op->vectors[static_cast<size_t>(index)]);
    lanes.resize(static_cast<size_t>(paddedLanes(op->type.lanes())), lanes.back());
    return call("make<" + valueName(op->type) + ">", lanes);
  }
  bool isExact = isPowerOfTwo(static_cast<size_t>(sourceLanes)) && isPowerOfTwo(op->indices.size());
  if (isExact && op->vectors.size() > 1 && op->is_concat() && isPowerOfTwo(op->vectors.size())) {
    result = printConcat(op->vectors);
    return;
  }
  if (isExact && op->vectors.size() == 2 && op->is_interleave())
    return call("interleave", op->vectors);
  if (isExact && op->vectors.size() == 1 && op->is_slice())
    return call("slice<" + llvm::Twine(op->slice_begin()) + ", " + llvm::Twine(op->slice_stride()) +
                    ", " + llvm::Twine(op->indices.size()) + ">",
                op->vectors);
  printTwoVectorShuffle(op);
}

/// Any shuffle, as one of a whole vector or of two halves of it.
void ExpressionPrinter::printTwoVectorShuffle(const Shuffle *op) {
  int lanes = op->vectors.front().type().lanes(), padded = paddedLanes(lanes);
  std::string indices;
  size_t count = static_cast<size_t>(paddedLanes(op->type.lanes()));
  for (size_t i = 0; i < count; ++i) {
    int index = op->indices[std::min(i, op->indices.size() - 1)];
    indices += (i ? ", " : "") + std::to_string(index / lanes * padded + index % lanes);
  }
  std::string arguments;
  if (op->vectors.size() == 2) {
    arguments = print(op->vectors[0]);
    arguments += ", " + print(op->vectors[1]);
  } else {
    std::string whole = printConcat(op->vectors).text;
    arguments = whole + ", " + whole;
  }
  set("shuffle<" + indices + ">(" + arguments + ")");
  if (op->type.is_scalar())
    set(result.text + "[0]");
}

//===--- Reductions
//-------------------------------------------------------------------------------===

static const char *reductionName(VectorReduce::Operator op) {
  switch (op) {
  case VectorReduce::Add:
    return "reduceAdd";
  case VectorReduce::Mul:
    return "reduceMul";
  case VectorReduce::Min:
    return "reduceMin";
  case VectorReduce::Max:
    return "reduceMax";
  case VectorReduce::And:
    return "reduceAnd";
  case VectorReduce::Or:
    return "reduceOr";
  case VectorReduce::SaturatingAdd:
    return nullptr;
  }
  return nullptr;
}

void ExpressionPrinter::visit(const VectorReduce *op) {
  const char *name = reductionName(op->op);
  size_t from = static_cast<size_t>(op->value.type().lanes());
  size_t to = static_cast<size_t>(op->type.lanes());
  if (!name)
    return fail("a saturating sum over lanes has no C++ form");
  if (!isPowerOfTwo(from) || !isPowerOfTwo(to))
    return fail("a reduction of " + llvm::Twine(from) + " lanes to " + llvm::Twine(to) +
                " has no C++ form: both must be powers of two");
  call(name + ("<" + llvm::Twine(to)) + ">", {op->value});
  if (op->type.is_bool() && op->type.is_scalar())
    set(result.text + " != 0", Level::Comparison);
}

} // namespace nnc::cpp
