// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "frontend/fit/Dataset.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/FormatVariadic.h"

#include <map>
#include <numeric>

using llvm::StringRef;

namespace nnc::fit {
namespace {

double getVariance(const Vector &x) { return (x.array() - x.mean()).square().mean(); }

std::string listColumns(const Table &table) {
  return llvm::join(llvm::map_range(table.columns, [](const Column &c) { return c.name; }), ", ");
}

/// The inputs, or all columns that are nothing else.
std::vector<std::string> listInputs(const Table &table, const Roles &roles) {
  std::vector<std::string> inputs = roles.inputs;
  if (inputs.empty())
    for (const Column &column : table.columns)
      if (!llvm::is_contained(roles.outputs, column.name) && column.name != roles.weight)
        inputs.push_back(column.name);
  return inputs;
}

llvm::Expected<std::vector<const Column *>> findColumns(const Table &table,
                                                        llvm::ArrayRef<std::string> names) {
  std::vector<const Column *> columns;
  for (const std::string &name : names)
    if (const Column *column = table.find(name))
      columns.push_back(column);
    else
      return llvm::createStringError("there is no column '" + name + "'; there are " +
                                     listColumns(table));
  return columns;
}

Matrix takeCells(llvm::ArrayRef<const Column *> columns, llvm::ArrayRef<size_t> rows) {
  Matrix taken(rows.size(), columns.size());
  for (auto [at, column] : llvm::enumerate(columns))
    for (auto [to, row] : llvm::enumerate(rows))
      taken(static_cast<Eigen::Index>(to), static_cast<Eigen::Index>(at)) = column->numbers[row];
  return taken;
}

class Preparation {
public:
  Preparation(const Table &table, const Roles &roles) : table(table), roles(roles) {}

  llvm::Expected<Dataset> run() {
    if (llvm::Error error = readRows())
      return error;
    joinEqualPoints();
    if (data.raw.rows() < 2)
      return llvm::createStringError(
          llvm::formatv("only {0} point is left; at least 2 different ones are needed",
                        data.raw.rows())
              .str());
    if (llvm::Error error = checkOutputs())
      return error;
    if (llvm::Error error = checkPeriods())
      return error;
    if (llvm::Error error = scaleInputs())
      return error;
    return std::move(data);
  }

private:
  llvm::Error readRows() {
    data.inputs = listInputs(table, roles);
    data.outputs = roles.outputs;
    Roles known{data.inputs, roles.outputs, roles.weight, {}};
    llvm::Expected<Rows> rows = takeRows(table, known);
    if (!rows)
      return rows.takeError();
    for (const std::string &name : data.inputs)
      inputs.push_back(table.find(name));
    for (const std::string &name : data.outputs)
      outputs.push_back(table.find(name));
    for (const Column *column : inputs)
      data.categories.push_back(column->categories);
    if (rows->missing)
      data.notes.push_back(llvm::formatv("{0} of {1} rows have missing cells and are left out",
                                         rows->missing, table.countRows()));
    data.raw = std::move(rows->x);
    data.y = std::move(rows->y);
    data.weights = std::move(rows->weights);
    return llvm::Error::success();
  }

  /// Points with the same inputs: their mean, which counts as much as all of them.
  void joinEqualPoints() {
    std::map<std::vector<double>, Eigen::Index> seen;
    Eigen::Index count = 0;
    for (Eigen::Index row = 0; row < data.raw.rows(); ++row) {
      std::vector<double> point(data.raw.cols());
      for (Eigen::Index column = 0; column < data.raw.cols(); ++column)
        point[static_cast<size_t>(column)] = data.raw(row, column);
      auto [found, isNew] = seen.try_emplace(std::move(point), count);
      double weight = data.weights(row);
      if (isNew) {
        data.raw.row(count) = data.raw.row(row);
        data.y.row(count) = data.y.row(row);
        data.weights(count++) = weight;
        continue;
      }
      Eigen::Index to = found->second;
      double both = data.weights(to) + weight;
      data.y.row(to) = (data.weights(to) * data.y.row(to) + weight * data.y.row(row)) / both;
      data.weights(to) = both;
    }
    if (count < data.raw.rows())
      data.notes.push_back(llvm::formatv(
          "{0} rows have the inputs of others and are joined with them", data.raw.rows() - count));
    data.raw.conservativeResize(count, Eigen::NoChange);
    data.y.conservativeResize(count, Eigen::NoChange);
    data.weights.conservativeResize(count);
    if (count > 0)
      data.weights /= data.weights.mean();
  }

  llvm::Error checkOutputs() {
    for (auto [index, column] : llvm::enumerate(outputs)) {
      if (column->isCategorical())
        return llvm::createStringError("output '" + column->name +
                                       "' is categorical, but models give numbers");
      if (getVariance(data.y.col(static_cast<Eigen::Index>(index))) == 0)
        return llvm::createStringError("output '" + column->name +
                                       "' is the same in all rows: there is nothing to model");
    }
    return llvm::Error::success();
  }

  llvm::Error scaleInputs() {
    data.lowest = data.raw.colwise().minCoeff().transpose();
    data.highest = data.raw.colwise().maxCoeff().transpose();
    data.formula = Formula(data.raw.cols());
    std::vector<int> numbers;
    std::vector<Node> parts;
    for (auto [index, column] : llvm::enumerate(inputs)) {
      auto number = static_cast<int>(index);
      if (data.lowest(number) == data.highest(number))
        data.notes.push_back("input '" + column->name + "' is constant and is not used");
      else if (auto period = roles.periods.find(column->name); period != roles.periods.end())
        parts.push_back(addCircle(number, period->second));
      else if (!column->isCategorical())
        numbers.push_back(number);
      else
        parts.push_back(data.formula.oneHot(data.formula.columns(data.formula.input(), {number}),
                                            static_cast<Eigen::Index>(column->categories.size())));
    }
    numbers = dropRepeated(numbers);
    if (!numbers.empty())
      parts.insert(parts.begin(), static_cast<Eigen::Index>(numbers.size()) == data.raw.cols()
                                      ? data.formula.input()
                                      : data.formula.columns(data.formula.input(), numbers));
    if (parts.empty())
      return llvm::createStringError("all inputs are constant: nothing depends on them");
    Node joined = parts.size() == 1 ? parts.front() : data.formula.join(parts);
    Matrix values = data.formula.evaluate(joined, data.raw);
    RowVector mean = values.colwise().mean();
    RowVector deviation = ((values.rowwise() - mean).array().square().colwise().mean()).sqrt();
    RowVector scale = deviation.cwiseMax(1e-300).cwiseInverse();
    data.scaled = data.formula.affine(joined, scale, -mean.cwiseProduct(scale));
    data.x = data.formula.evaluate(data.scaled, data.raw);
    return llvm::Error::success();
  }

  /// Where an input is on a circle: the same after each period.
  Node addCircle(int input, double period) {
    Node x = data.formula.columns(data.formula.input(), {input});
    Node angle =
        data.formula.affine(x, RowVector::Constant(1, 2 * EIGEN_PI / period), RowVector::Zero(1));
    return data.formula.join(
        {data.formula.unary(Unary::Sin, angle), data.formula.unary(Unary::Cos, angle)});
  }

  llvm::Error checkPeriods() const {
    for (const auto &[name, period] : roles.periods) {
      auto input = llvm::find_if(
          inputs, [&, &name = name](const Column *column) { return column->name == name; });
      if (input == inputs.end() || (*input)->isCategorical())
        return llvm::createStringError("--periodic=" + name +
                                       ": there is no such input of numbers; there are " +
                                       llvm::join(data.inputs, ", "));
      if (!(period > 0))
        return llvm::createStringError("--periodic=" + name + ": a period is more than 0");
    }
    return llvm::Error::success();
  }

  /// Without inputs that are another one, scaled and shifted.
  std::vector<int> dropRepeated(const std::vector<int> &numbers) {
    std::vector<int> kept;
    for (int number : numbers) {
      auto isSame = [&](int other) {
        Vector a = data.raw.col(number).array() - data.raw.col(number).mean(),
               b = data.raw.col(other).array() - data.raw.col(other).mean();
        return std::abs(a.dot(b)) >= (1 - 1e-14) * a.norm() * b.norm();
      };
      auto same = llvm::find_if(kept, isSame);
      if (same == kept.end())
        kept.push_back(number);
      else
        data.notes.push_back("input '" + data.inputs[number] + "' is '" + data.inputs[*same] +
                             "', scaled and shifted, and is not used");
    }
    return kept;
  }

  const Table &table;
  const Roles &roles;
  std::vector<const Column *> inputs, outputs;
  Dataset data;
};

} // namespace

llvm::Expected<Rows> takeRows(const Table &table, const Roles &roles) {
  std::vector<std::string> names = listInputs(table, roles);
  for (const std::string &name : names)
    if (llvm::is_contained(roles.outputs, name))
      return llvm::createStringError("column '" + name + "' is an input and an output");
  if (names.empty() || roles.outputs.empty())
    return llvm::createStringError("a model has inputs and outputs; the table has the columns " +
                                   listColumns(table));
  size_t inputs = names.size(), outputs = roles.outputs.size();
  names.insert(names.end(), roles.outputs.begin(), roles.outputs.end());
  if (!roles.weight.empty())
    names.push_back(roles.weight);
  llvm::Expected<std::vector<const Column *>> columns = findColumns(table, names);
  if (!columns)
    return columns.takeError();
  std::vector<size_t> rows;
  for (size_t row = 0; row < table.countRows(); ++row)
    if (llvm::none_of(*columns,
                      [&](const Column *column) { return std::isnan(column->numbers[row]); }))
      rows.push_back(row);
  llvm::ArrayRef<const Column *> all(*columns);
  Rows taken{takeCells(all.take_front(inputs), rows), takeCells(all.slice(inputs, outputs), rows),
             Vector::Ones(static_cast<Eigen::Index>(rows.size())), table.countRows() - rows.size()};
  if (!roles.weight.empty())
    taken.weights = takeCells(all.take_back(), rows);
  if (!(taken.weights.size() == 0 || taken.weights.minCoeff() > 0))
    return llvm::createStringError("column '" + roles.weight +
                                   "' has weights that are not more than 0");
  return taken;
}

llvm::Expected<Dataset> prepare(const Table &table, const Roles &roles) {
  return Preparation(table, roles).run();
}

} // namespace nnc::fit
