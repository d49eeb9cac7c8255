// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "frontend/fit/Surrogate.h"

#include "dialects/nnc/Nnc.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/FormatVariadic.h"

#include <random>

using namespace mlir;

namespace nnc::fit {
namespace {

/// A mean of models is taken where it is better than the best of them by this share, and there are
/// points enough to say so.
constexpr double kWorthwhile = 0.02;
constexpr Eigen::Index kFewestForMeans = 120;
/// Below this many points a Gaussian process is taken (the tree of GTApprox, arXiv:1609.01088,
/// section 5) unless another model is better by this share.
constexpr Eigen::Index kFew = 125;
constexpr double kClearly = 0.2;

/// Half the mean square of what changes when one input is taken from another point, over the
/// variance (Jansen, 1999).
Vector computeImportance(const Formula &formula, Node value, const Matrix &points, unsigned seed) {
  constexpr Eigen::Index kMostPoints = 1000;
  std::mt19937 random(seed);
  std::vector<int> rows = drawRows(points.rows(), kMostPoints, random);
  Matrix drawn = points(rows, Eigen::all);
  Vector y = formula.evaluate(value, drawn).col(0);
  double variance = std::max((y.array() - y.mean()).square().mean(), 1e-300);
  Vector importance(points.cols());
  for (Eigen::Index input = 0; input < points.cols(); ++input) {
    std::shuffle(rows.begin(), rows.end(), random);
    Matrix changed = drawn;
    changed.col(input) = points(rows, input);
    importance(input) = 0.5 * (formula.evaluate(value, changed).col(0) - y).squaredNorm() /
                        static_cast<double>(y.size()) / variance;
  }
  return importance;
}

/// Fits one output.
class OutputFit {
public:
  OutputFit(Surrogate &surrogate, const FitOptions &options, Eigen::Index output)
      : surrogate(surrogate), options(options), output(output) {
    Vector y = surrogate.data.y.col(output);
    mean = y.mean();
    deviation = std::sqrt((y.array() - mean).square().mean());
    sample = {surrogate.data.x, (y.array() - mean) / deviation, surrogate.data.weights,
              options.seed, [this](const std::string &line) {
                this->options.report(this->surrogate.data.outputs[this->output] + ": " + line);
              }};
  }

  llvm::Error run() {
    auto techniques = chooseTechniques(sample, options.required, options.techniques,
                                       options.search > 0 ? Among::All : Among::Automatic);
    if (!techniques)
      return techniques.takeError();
    std::vector<Attempt> attempts;
    for (const Technique *technique : *techniques)
      attempts.push_back({technique, getSettings(*technique), std::nullopt});
    std::string reasons = options.search > 0 ? searchModels(std::move(attempts)) : fitAll(attempts);
    if (tried.empty())
      return llvm::createStringError("output '" + surrogate.data.outputs[output] +
                                     "': nothing could be fitted: " + reasons);
    llvm::sort(tried, [](const Tried &a, const Tried &b) { return a.error < b.error; });
    if (options.search == 0)
      preferProcess();
    take();
    return llvm::Error::success();
  }

private:
  std::map<std::string, double> getSettings(const Technique &technique) const {
    auto found = options.settings.find(technique.name);
    return found == options.settings.end() ? std::map<std::string, double>() : found->second;
  }

  /// Why not all could be fitted, which is reported too.
  std::string fitAll(llvm::ArrayRef<Attempt> attempts) {
    std::vector<std::string> reasons;
    for (const Attempt &attempt : attempts) {
      llvm::Expected<Tried> one = fitAttempt(sample, options.required, attempt);
      if (one) {
        tried.push_back(std::move(*one));
        continue;
      }
      reasons.push_back(llvm::toString(one.takeError()));
      sample.report(reasons.back());
    }
    return llvm::join(reasons, "; ");
  }

  std::string searchModels(std::vector<Attempt> attempts) {
    // What is meant for the sample comes first.
    std::partition(attempts.begin(), attempts.end(),
                   [](const Attempt &one) { return one.technique->isAutomatic; });
    tried = search(sample, options.required, attempts,
                   options.search / static_cast<double>(surrogate.data.outputs.size()));
    return "none of " + std::to_string(attempts.size()) + " techniques";
  }

  void preferProcess() {
    auto process = llvm::find_if(tried, [](const Tried &one) {
      return has(one.attempt.technique->gives, Property::ErrorBars);
    });
    if (sample.countPoints() < kFew && process != tried.end() &&
        (1 - kClearly) * process->error <= tried.front().error)
      std::rotate(tried.begin(), process, process + 1);
  }

  void take() {
    OutputModel model;
    model.name = surrogate.data.outputs[output];
    for (const Tried &one : tried)
      model.tried.push_back(
          {one.attempt.describe(), one.fitted.description, one.error, one.seconds});
    Vector weights = chooseWeights();
    model.hasGradient = true;
    model.heldOut = Vector::Zero(sample.countPoints());
    std::optional<Node> value;
    for (auto [one, weight] : llvm::zip(tried, weights)) {
      if (weight == 0)
        continue;
      const Technique &technique = *one.attempt.technique;
      Node part = scale(put(one.fitted, one.fitted.value), weight);
      value = value ? surrogate.formula.add(*value, part) : part;
      model.heldOut += weight * one.fitted.heldOut;
      model.hasGradient &= has(technique.gives, Property::Gradient);
      bool isAlone = weight == 1;
      model.technique += (model.technique.empty() ? "" : " + ") +
                         (isAlone ? std::string(technique.name)
                                  : llvm::formatv("{0:f2} {1}", weight, technique.name).str());
      model.description += (model.description.empty() ? "" : "; ") + one.fitted.description;
      if (isAlone && one.fitted.deviation)
        model.deviation = scale(put(one.fitted, *one.fitted.deviation), deviation);
    }
    model.error = getError(model.heldOut, sample.y, sample.weights);
    model.heldOut = (deviation * model.heldOut.array() + mean).matrix();
    model.value = surrogate.formula.affine(*value, RowVector::Constant(1, deviation),
                                           RowVector::Constant(1, mean));
    model.importance =
        computeImportance(surrogate.formula, model.value, surrogate.data.raw, options.seed);
    surrogate.outputs.push_back(std::move(model));
  }

  /// All of the best model, or a mean of several where that is better and nothing forbids it.
  Vector chooseWeights() const {
    Vector best = Vector::Unit(static_cast<Eigen::Index>(tried.size()), 0);
    constexpr Property kOfOneModel = Property::Exact | Property::ErrorBars | Property::Linear |
                                     Property::VaryingNoise | Property::Fast;
    if ((options.required & kOfOneModel) != Property::None ||
        sample.countPoints() < kFewestForMeans)
      return best;
    Vector weights = findWeights(tried, sample.y, sample.weights);
    weights = (weights.array() < 0.02).select(0, weights);
    weights /= weights.sum();
    Vector heldOut = Vector::Zero(sample.countPoints());
    for (auto [one, weight] : llvm::zip(tried, weights))
      heldOut += weight * one.fitted.heldOut;
    bool isBetter =
        getError(heldOut, sample.y, sample.weights) < (1 - kWorthwhile) * tried[0].error;
    return isBetter ? weights : best;
  }

  Node put(const Fitted &fitted, Node node) {
    return surrogate.formula.append(fitted.formula, node, surrogate.data.scaled);
  }
  Node scale(Node x, double factor) {
    return factor == 1
               ? x
               : surrogate.formula.affine(x, RowVector::Constant(1, factor), RowVector::Zero(1));
  }

  Surrogate &surrogate;
  const FitOptions &options;
  Eigen::Index output;
  double mean, deviation;
  Sample sample;
  std::vector<Tried> tried;
};

} // namespace

Matrix Surrogate::predict(const Matrix &points) const {
  Matrix result(points.rows(), outputs.size());
  for (auto [index, output] : llvm::enumerate(outputs))
    result.col(static_cast<Eigen::Index>(index)) = formula.evaluate(output.value, points).col(0);
  return result;
}

bool Surrogate::hasGradient() const {
  return llvm::all_of(outputs, [](const OutputModel &output) { return output.hasGradient; });
}

bool Surrogate::hasDeviations() const {
  return llvm::all_of(outputs,
                      [](const OutputModel &output) { return output.deviation.has_value(); });
}

OwningOpRef<ModuleOp> Surrogate::build(MLIRContext &context, int64_t rows, bool withDeviations,
                                       StringRef name) const {
  context.loadDialect<NncDialect, arith::ArithDialect, func::FuncDialect, math::MathDialect,
                      tensor::TensorDialect>();
  Location at = NameLoc::get(StringAttr::get(&context, name));
  OwningOpRef<ModuleOp> module = ModuleOp::create(at);
  ImplicitLocOpBuilder builder(at, OpBuilder::atBlockEnd(module->getBody()));
  auto points = RankedTensorType::get({rows, formula.countInputs()}, builder.getF64Type());
  auto main = func::FuncOp::create(builder, "main", builder.getFunctionType(points, {}));
  main.setArgAttr(0, kNameAttr, builder.getStringAttr("x"));
  auto makeArray = [&](ArrayRef<std::string> texts) {
    return builder.getStrArrayAttr(llvm::to_vector_of<StringRef>(texts));
  };
  main.setArgAttr(0, kColumnsAttr, makeArray(data.inputs));
  if (!llvm::all_of(data.categories, [](const auto &texts) { return texts.empty(); }))
    main.setArgAttr(0, kCategoriesAttr,
                    builder.getArrayAttr(llvm::map_to_vector(
                        data.categories, [&](const std::vector<std::string> &texts) -> Attribute {
                          return makeArray(texts);
                        })));
  builder.setInsertionPointToStart(main.addEntryBlock());
  withDeviations &= hasDeviations();
  SmallVector<Node> nodes;
  for (const OutputModel &output : outputs)
    nodes.push_back(output.value);
  for (const OutputModel &output : outputs)
    if (withDeviations)
      nodes.push_back(*output.deviation);
  std::vector<Value> columns = formula.build(nodes, builder, main.getArgument(0));
  SmallVector<Value> results;
  for (ArrayRef<Value> rest(columns); !rest.empty(); rest = rest.drop_front(outputs.size()))
    results.push_back(
        outputs.size() == 1
            ? rest.front()
            : tensor::ConcatOp::create(builder, 1, rest.take_front(outputs.size())).getResult());
  func::ReturnOp::create(builder, results);
  main.setType(builder.getFunctionType(points, TypeRange(ValueRange(results))));
  main.setResultAttr(0, kNameAttr, builder.getStringAttr("y"));
  main.setResultAttr(0, kColumnsAttr, makeArray(data.outputs));
  if (withDeviations)
    main.setResultAttr(1, kNameAttr, builder.getStringAttr("deviation"));
  (*module)->setAttr("nnc.model", builder.getStringAttr(name));
  return module;
}

llvm::Expected<Surrogate> fitTable(const Table &table, const FitOptions &options) {
  llvm::Expected<Dataset> data = prepare(table, options.roles);
  if (!data)
    return data.takeError();
  Surrogate surrogate;
  surrogate.data = std::move(*data);
  surrogate.formula = surrogate.data.formula;
  for (const std::string &note : surrogate.data.notes)
    options.report(note);
  for (Eigen::Index output = 0; output < surrogate.data.y.cols(); ++output)
    if (llvm::Error error = OutputFit(surrogate, options, output).run())
      return error;
  return surrogate;
}

/// Gives the categories of a table the numbers that they have in the model.
static llvm::Error renumberAll(Table &table, const Dataset &data) {
  for (auto [name, categories] : llvm::zip(data.inputs, data.categories)) {
    auto column =
        llvm::find_if(table.columns, [&, &name = name](const Column &c) { return c.name == name; });
    if (categories.empty() || column == table.columns.end())
      continue;
    if (llvm::Error error = renumber(*column, categories))
      return error;
  }
  return llvm::Error::success();
}

llvm::Expected<std::vector<TestResult>> test(const Surrogate &surrogate, Table table,
                                             const Roles &roles) {
  Roles known = roles;
  known.inputs = surrogate.data.inputs;
  if (llvm::Error error = renumberAll(table, surrogate.data))
    return error;
  llvm::Expected<Rows> rows = takeRows(table, known);
  if (!rows)
    return rows.takeError();
  Matrix predicted = surrogate.predict(rows->x);
  std::vector<TestResult> results;
  for (auto [index, output] : llvm::enumerate(surrogate.outputs)) {
    Vector y = rows->y.col(static_cast<Eigen::Index>(index)),
           error = predicted.col(static_cast<Eigen::Index>(index)) - y;
    double spread = std::sqrt((y.array() - y.mean()).square().mean()), coverage = std::nan("");
    if (output.deviation) {
      Vector deviation = surrogate.formula.evaluate(*output.deviation, rows->x).col(0);
      coverage = (error.array().abs() <= 1.96 * deviation.array()).cast<double>().mean();
    }
    results.push_back({std::sqrt(error.squaredNorm() / y.size()) / spread, coverage});
  }
  return results;
}

} // namespace nnc::fit
