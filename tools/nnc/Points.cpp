// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "tools/nnc/Points.h"

#include "dialects/nnc/Nnc.h"
#include "frontend/fit/Table.h"
#include "tools/nnc/Tensors.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/Format.h"
#include "llvm/Support/raw_ostream.h"

#include <cmath>
#include <cstring>

using namespace mlir;

namespace nnc::tools {
namespace {

/// What a model says of its input.
struct PointInput {
  RankedTensorType type;
  std::vector<std::string> columns;                 // empty: any
  std::vector<std::vector<std::string>> categories; // of each column
};

llvm::Expected<PointInput> findInput(ModuleOp module) {
  auto main = module.lookupSymbol<func::FuncOp>("main");
  auto type = main.getNumArguments() == 1
                  ? dyn_cast<RankedTensorType>(main.getArgument(0).getType())
                  : RankedTensorType();
  if (!type || type.getRank() != 2 ||
      !(type.getElementType().isF32() || type.getElementType().isF64()))
    return llvm::createStringError("a table is the input of models with one input, M x D of f32 or "
                                   "f64; others take an .npz file");
  PointInput input{
      type, {}, std::vector<std::vector<std::string>>(static_cast<size_t>(type.getDimSize(1)))};
  if (auto columns = main.getArgAttrOfType<ArrayAttr>(0, kColumnsAttr))
    for (auto name : columns.getAsRange<StringAttr>())
      input.columns.push_back(name.str());
  if (auto categories = main.getArgAttrOfType<ArrayAttr>(0, kCategoriesAttr))
    for (auto [index, texts] : llvm::enumerate(categories.getAsRange<ArrayAttr>()))
      for (auto text : texts.getAsRange<StringAttr>())
        input.categories[index].push_back(text.str());
  return input;
}

/// Columns in the model's order, texts as the model's numbers.
llvm::Expected<std::vector<std::vector<double>>> takeColumns(const fit::Table &table,
                                                             const PointInput &input) {
  auto wanted = static_cast<size_t>(input.type.getDimSize(1));
  if (input.columns.empty() && table.columns.size() != wanted)
    return llvm::createStringError("the table has " + llvm::Twine(table.columns.size()) +
                                   " columns; the model takes " + llvm::Twine(wanted));
  std::vector<std::vector<double>> taken;
  for (size_t index = 0; index < wanted; ++index) {
    const fit::Column *column =
        input.columns.empty() ? &table.columns[index] : table.find(input.columns[index]);
    if (!column)
      return llvm::createStringError("there is no column '" + input.columns[index] +
                                     "'; the model takes " + llvm::join(input.columns, ", "));
    for (auto [row, number] : llvm::enumerate(column->numbers))
      if (std::isnan(number))
        return llvm::createStringError("column '" + column->name + "', row " +
                                       llvm::Twine(row + 1) + ": the cell is missing");
    fit::Column renumbered = *column;
    if (column->isCategorical())
      if (llvm::Error error = renumber(renumbered, input.categories[index]))
        return error;
    taken.push_back(std::move(renumbered.numbers));
  }
  return taken;
}

void storeNumber(std::vector<char> &bytes, size_t index, double number, Type element) {
  auto single = static_cast<float>(number);
  if (element.isF64())
    std::memcpy(bytes.data() + index * sizeof(double), &number, sizeof(double));
  else
    std::memcpy(bytes.data() + index * sizeof(float), &single, sizeof(float));
}

template <typename T> T loadNumber(const Buffer &buffer, size_t index) {
  T number;
  std::memcpy(&number, buffer.bytes.data() + index * sizeof(T), sizeof(T));
  return number;
}

void printNumber(llvm::raw_ostream &stream, const Buffer &buffer, size_t index) {
  Type type = buffer.type.getElementType();
  if (type.isF64())
    stream << llvm::format("%.17g", loadNumber<double>(buffer, index));
  else if (type.isF32())
    stream << llvm::format("%.9g", static_cast<double>(loadNumber<float>(buffer, index)));
  else if (type.isInteger(64))
    stream << loadNumber<int64_t>(buffer, index);
  else if (type.isInteger(32))
    stream << loadNumber<int32_t>(buffer, index);
  else
    stream << static_cast<int>(buffer.bytes[index]);
}

/// A name for each number that an output has for a point.
std::vector<std::string> nameColumns(func::FuncOp main, unsigned index, const TensorSpec &spec,
                                     int64_t count) {
  std::vector<std::string> names;
  if (auto columns = main.getResultAttrOfType<ArrayAttr>(index, kColumnsAttr);
      columns && static_cast<int64_t>(columns.size()) == count)
    for (auto name : columns.getAsRange<StringAttr>())
      names.push_back(name.str());
  for (int64_t number = 1; names.size() < static_cast<size_t>(count); ++number)
    names.push_back(count == 1 ? spec.name : spec.name + "_" + std::to_string(number));
  return names;
}

} // namespace

llvm::Expected<Points> readPoints(StringRef path, ModuleOp module) {
  auto input = findInput(module);
  if (!input)
    return input.takeError();
  std::vector<std::string> categorical;
  for (auto [name, texts] : llvm::zip(input->columns, input->categories))
    if (!texts.empty())
      categorical.push_back(name);
  auto table = fit::readTable(path, categorical);
  if (!table)
    return table.takeError();
  auto columns = takeColumns(*table, *input);
  if (!columns)
    return llvm::createStringError("'" + path + "': " + llvm::toString(columns.takeError()));
  auto count = static_cast<int64_t>(table->countRows()), rows = input->type.getDimSize(0);
  Points points{{}, count};
  Type element = input->type.getElementType();
  for (int64_t first = 0; first < count; first += rows) {
    Buffer batch{input->type, std::vector<char>(static_cast<size_t>(input->type.getNumElements()) *
                                                element.getIntOrFloatBitWidth() / 8)};
    for (int64_t row = 0; row < rows; ++row)
      for (auto [index, column] : llvm::enumerate(*columns))
        storeNumber(batch.bytes, static_cast<size_t>(row) * columns->size() + index,
                    column[static_cast<size_t>(std::min(first + row, count - 1))], element);
    points.batches.push_back({std::move(batch)});
  }
  return points;
}

llvm::Error writePoints(StringRef path, ModuleOp module, const Batches &outputs, int64_t count) {
  auto main = module.lookupSymbol<func::FuncOp>("main");
  Signature signature = readSignature(module);
  int64_t rows = signature.inputs.front().type.getDimSize(0);
  std::vector<std::string> names;
  SmallVector<size_t> widths;
  for (auto [index, spec] : llvm::enumerate(signature.outputs)) {
    if (spec.type.getRank() == 0 || spec.type.getDimSize(0) != rows)
      return llvm::createStringError("output '" + spec.name + "' has no row for each point");
    widths.push_back(static_cast<size_t>(spec.type.getNumElements() / rows));
    llvm::append_range(names, nameColumns(main, static_cast<unsigned>(index), spec,
                                          static_cast<int64_t>(widths.back())));
  }
  std::error_code code;
  llvm::raw_fd_ostream stream(path, code);
  if (code)
    return llvm::createStringError(code, "cannot write '" + path + "': " + code.message());
  stream << llvm::join(names, ",") << "\n";
  for (int64_t point = 0; point < count; ++point) {
    const std::vector<Buffer> &batch = outputs[static_cast<size_t>(point / rows)];
    llvm::ListSeparator comma(",");
    for (auto [buffer, width] : llvm::zip(batch, widths))
      for (size_t number = 0; number < width; ++number) {
        stream << comma;
        printNumber(stream, buffer, static_cast<size_t>(point % rows) * width + number);
      }
    stream << "\n";
  }
  return llvm::Error::success();
}

} // namespace nnc::tools
