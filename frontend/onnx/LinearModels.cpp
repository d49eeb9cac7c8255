// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The domain ai.onnx.ml: scalers and linear models.
#include "frontend/onnx/ClassicalModels.h"

#include "frontend/onnx/MatrixProducts.h"
#include "frontend/onnx/Operators.h"

#include <cmath>
#include <limits>

using namespace mlir;
using namespace nnc;
using namespace nnc::frontend;

/// Rows of one more dimension where there is one only, of 32-bit floats as the domain has it.
static Value getRows(Node &node) {
  Emitter &emit = node.emit();
  Value input =
      emit.cast(node.getInput(0), emit.getBuilder().getF32Type(), node.isUnsigned(0), false);
  if (!input)
    return {};
  if (getRank(input) == 1)
    input = emit.reshape(input, {1, getShape(input)[0]});
  return getRank(input) == 2
             ? input
             : emit.reject("the input has ", getRank(input), " dimensions; N x C is wanted");
}

Value frontend::emitMatrix(Emitter &emit, ArrayRef<float> elements, ArrayRef<int64_t> shape,
                           Type elementType) {
  return emit.reshape(emit.floats(elements, elementType), shape);
}

Value frontend::emitPostTransform(Node &node, Value scores) {
  Emitter &emit = node.emit();
  StringRef kind =
      node.getChoice("post_transform", {"NONE", "LOGISTIC", "SOFTMAX", "SOFTMAX_ZERO", "PROBIT"});
  if (!scores || kind == "NONE")
    return scores;
  if (kind == "LOGISTIC") {
    Value one = emit.splatLike(scores, 1);
    return emit.div(one, emit.add(one, emit.exp(emit.negate(scores))));
  }
  if (kind == "SOFTMAX") {
    Value power = emit.exp(emit.sub(scores, emit.reduce(Reduction::Max, scores, {1}, true)));
    return emit.div(power, emit.reduce(Reduction::Sum, power, {1}, true));
  }
  return node.unsupported("post_transform " + kind);
}

SmallVector<int64_t> frontend::readLabels(Node &node, StringRef integers, StringRef texts) {
  SmallVector<int64_t> labels(node.getIntegers(integers));
  auto count = static_cast<int64_t>(node.getStrings(texts).size());
  return labels.empty() ? llvm::to_vector(llvm::seq<int64_t>(0, count)) : labels;
}

Value frontend::emitLabels(Emitter &emit, Value scores, ArrayRef<int64_t> labels) {
  Value index = emitArgExtremum(emit, scores, 1, /*isMaximum=*/true, /*takesLast=*/false);
  return emit.gather(emit.integers(labels), index, 0);
}

namespace {

Value importScaler(Node &node) {
  Emitter &emit = node.emit();
  Value input =
      emit.cast(node.getInput(0), emit.getBuilder().getF32Type(), node.isUnsigned(0), false);
  for (StringRef name : {"offset", "scale"}) {
    ArrayRef<float> numbers = node.getFloats(name);
    if (!input || numbers.empty())
      continue;
    if (numbers.size() != 1 && static_cast<int64_t>(numbers.size()) != getShape(input).back())
      return emit.reject("attribute '", name, "' has ", numbers.size(), " numbers for ",
                         getShape(input).back(), " features");
    Value row = emit.floats(numbers, getTensorType(input).getElementType());
    input = name == "offset" ? emit.sub(input, row) : emit.mul(input, row);
  }
  return input;
}

Value importNormalizer(Node &node) {
  Emitter &emit = node.emit();
  Value input = getRows(node);
  StringRef norm = node.getChoice("norm", {"MAX", "L1", "L2"});
  Value size = norm == "MAX" ? emit.reduce(Reduction::Max, input, {1}, true)
               : norm == "L1"
                   ? emit.reduce(Reduction::Sum, emit.abs(input), {1}, true)
                   : emit.sqrt(emit.reduce(Reduction::Sum, emit.mul(input, input), {1}, true));
  if (!size)
    return {};
  // Rows of zeros stay.
  Value isZero = emit.compare(arith::CmpFPredicate::OEQ, arith::CmpIPredicate::eq, size,
                              emit.splatLike(size, 0));
  return emit.div(input, emit.select(isZero, emit.splatLike(size, 1), size));
}

Value importImputer(Node &node) {
  Emitter &emit = node.emit();
  Value input = node.getInput(0);
  ArrayRef<float> values = node.getFloats("imputed_value_floats");
  if (!isFloat(input) || values.empty())
    return node.unsupported("an imputer of integers");
  if (values.size() != 1 && static_cast<int64_t>(values.size()) != getShape(input).back())
    return emit.reject("attribute 'imputed_value_floats' has ", values.size(), " numbers for ",
                       getShape(input).back(), " features");
  float replaced = node.getFloat("replaced_value_float", 0);
  auto predicate = std::isnan(replaced) ? arith::CmpFPredicate::UNO : arith::CmpFPredicate::OEQ;
  Value other = std::isnan(replaced) ? input : emit.splatLike(input, replaced);
  Value isMissing = emit.compare(predicate, arith::CmpIPredicate::eq, input, other);
  Value row =
      emit.broadcast(emit.floats(values, getTensorType(input).getElementType()), getShape(input));
  return emit.select(isMissing, row, input);
}

Value importArrayFeatureExtractor(Node &node) {
  Emitter &emit = node.emit();
  Value input = node.getInput(0), indices = node.getInput(1);
  if (!input || !indices || getRank(input) == 0)
    return emit.reject("the input has no dimensions");
  Value picked =
      emit.gather(input, emit.reshape(indices, {product(getShape(indices))}), getRank(input) - 1);
  return picked && getRank(picked) == 1 ? emit.reshape(picked, {1, getShape(picked)[0]}) : picked;
}

/// x C^T + b of `rows` rows of coefficients, or null.
Value emitScores(Node &node, int64_t rows) {
  Emitter &emit = node.emit();
  Value input = getRows(node);
  ArrayRef<float> coefficients = node.getFloats("coefficients"),
                  intercepts = node.getFloats("intercepts");
  if (!input)
    return {};
  int64_t features = getShape(input)[1];
  if (rows < 1 || static_cast<int64_t>(coefficients.size()) != rows * features ||
      (!intercepts.empty() && static_cast<int64_t>(intercepts.size()) != rows))
    return emit.reject("there are ", coefficients.size(), " coefficients and ", intercepts.size(),
                       " intercepts for ", rows, " results of ", features, " features");
  Type element = emit.getBuilder().getF32Type();
  Value weight = emit.transpose(emitMatrix(emit, coefficients, {rows, features}, element), {1, 0});
  Value product = emitMatrixProduct(emit, input, weight);
  return intercepts.empty() ? product : emit.add(product, emit.floats(intercepts, element));
}

Value importLinearRegressor(Node &node) {
  return emitPostTransform(node, emitScores(node, node.getInteger("targets", 1)));
}

Value importLinearClassifier(Node &node) {
  Emitter &emit = node.emit();
  node.ignoreAttribute("multi_class");
  SmallVector<int64_t> labels = readLabels(node, "classlabels_ints", "classlabels_strings");
  Value scores = emitScores(node, static_cast<int64_t>(labels.size()));
  node.setOutput(1, emitPostTransform(node, scores));
  return scores ? emitLabels(emit, scores, labels) : Value();
}

/// Dictionaries from labels to the elements of a row are the row.
Value importZipMap(Node &node) {
  node.ignoreAttribute("classlabels_int64s");
  node.ignoreAttribute("classlabels_strings");
  return node.getInput(0);
}

const Operator kOperators[] = {
    {"ArrayFeatureExtractor", 1, 2, 2, importArrayFeatureExtractor},
    {"Imputer", 1, 1, 1, importImputer},
    {"LinearClassifier", 1, 1, 1, importLinearClassifier},
    {"LinearRegressor", 1, 1, 1, importLinearRegressor},
    {"Normalizer", 1, 1, 1, importNormalizer},
    {"Scaler", 1, 1, 1, importScaler},
    {"ZipMap", 1, 1, 1, importZipMap},
};

} // namespace

ArrayRef<Operator> frontend::getLinearModels() { return kOperators; }
