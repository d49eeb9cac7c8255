// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Kernels between points: support vector machines of ai.onnx.ml, and distances between all pairs,
// which converters of Gaussian processes write as a Scan.
#include "frontend/onnx/ClassicalModels.h"
#include "frontend/onnx/MatrixProducts.h"
#include "frontend/onnx/Operators.h"

#include <cmath>
#include <numeric>

using namespace mlir;
using namespace nnc;
using namespace nnc::frontend;

namespace {

/// Sums over d of (a[m, d] - b[n, d])^2, M x N.
Value emitSquaredDistances(Emitter &emit, Value a, Value b) {
  if (!a || !b || getRank(a) != 2 || getRank(b) != 2)
    return emit.reject("distances are between rows of two matrices");
  Builder &builder = emit.getBuilder();
  return emit.checked<DistancesOp>({a, emit.transpose(b, {1, 0})},
                                   {builder.getNamedAttr("power", builder.getF64FloatAttr(2))});
}

/// How alike each row and each support vector are.
struct Kernel {
  StringRef kind;
  float gamma, coef0, degree;
  ArrayRef<float> vectors;
  int64_t count;

  explicit Kernel(Node &node)
      : kind(node.getChoice("kernel_type", {"LINEAR", "POLY", "RBF", "SIGMOID"})),
        vectors(node.getFloats("support_vectors")) {
    ArrayRef<float> parameters = node.getFloats("kernel_params");
    auto get = [&](size_t index) { return index < parameters.size() ? parameters[index] : 0; };
    gamma = get(0), coef0 = get(1), degree = get(2);
  }

  Value emitValues(Emitter &emit, Value input) const {
    int64_t features = getShape(input)[1];
    if (vectors.empty() || static_cast<int64_t>(vectors.size()) % features != 0)
      return emit.reject("attribute 'support_vectors' has ", vectors.size(),
                         " numbers, no multiple of ", features, " features");
    int64_t rows = static_cast<int64_t>(vectors.size()) / features;
    Value points =
        emitMatrix(emit, vectors, {rows, features}, getTensorType(input).getElementType());
    auto scale = [&](Value x, float factor) { return emit.mul(x, emit.splatLike(x, factor)); };
    if (kind == "RBF")
      return emit.exp(scale(emitSquaredDistances(emit, input, points), -gamma));
    Value product = emitMatrixProduct(emit, input, emit.transpose(points, {1, 0}));
    if (kind == "LINEAR" || !product)
      return product;
    Value inner = scale(product, gamma);
    inner = emit.add(inner, emit.splatLike(inner, coef0));
    if (kind == "SIGMOID")
      return emit.unary<math::TanhOp>(inner);
    // Whole degrees only: products.
    Value power = inner;
    for (int step = 1; step < static_cast<int>(degree); ++step)
      power = emit.mul(power, inner);
    return power;
  }
};

Value getPoints(Node &node) {
  Emitter &emit = node.emit();
  Value input =
      emit.cast(node.getInput(0), emit.getBuilder().getF32Type(), node.isUnsigned(0), false);
  return input && getRank(input) == 2 ? input : emit.reject("the input is not N x C");
}

bool isWhole(const Kernel &kernel) {
  return kernel.kind != "POLY" ||
         (kernel.degree >= 1 && kernel.degree == std::floor(kernel.degree));
}

Value importSvmRegressor(Node &node) {
  Emitter &emit = node.emit();
  Value input = getPoints(node);
  Kernel kernel(node);
  ArrayRef<float> coefficients = node.getFloats("coefficients"), rho = node.getFloats("rho");
  node.ignoreAttribute("n_supports");
  if (node.getFlag("one_class", false))
    return node.unsupported("a machine of one class");
  if (!isWhole(kernel))
    return node.unsupported("a kernel whose degree is no whole number");
  if (!input)
    return {};
  Type element = emit.getBuilder().getF32Type();
  // Without support vectors the coefficients are those of the features.
  Value values = kernel.vectors.empty() ? input : kernel.emitValues(emit, input);
  if (!values || rho.size() != 1 ||
      static_cast<int64_t>(coefficients.size()) != getShape(values)[1])
    return emit.reject("there are ", coefficients.size(), " coefficients and ", rho.size(),
                       " constants for the support vectors");
  Value weight =
      emitMatrix(emit, coefficients, {static_cast<int64_t>(coefficients.size()), 1}, element);
  Value sum = emitMatrixProduct(emit, values, weight);
  return emitPostTransform(node, emit.add(sum, emit.splatLike(sum, rho[0])));
}

/// One against one: the score of each pair of classes, from its support vectors alone.
Value emitPairs(Emitter &emit, Value values, ArrayRef<int64_t> perClass,
                ArrayRef<float> coefficients, ArrayRef<float> rho) {
  auto classes = static_cast<int64_t>(perClass.size()), vectors = getShape(values)[1];
  int64_t pairs = classes * (classes - 1) / 2;
  if (static_cast<int64_t>(coefficients.size()) != (classes - 1) * vectors ||
      static_cast<int64_t>(rho.size()) != pairs ||
      std::accumulate(perClass.begin(), perClass.end(), int64_t(0)) != vectors)
    return emit.reject("there are ", coefficients.size(), " coefficients and ", rho.size(),
                       " constants for ", classes, " classes of ", vectors, " support vectors");
  std::vector<float> weight(static_cast<size_t>(vectors * pairs), 0.0f);
  SmallVector<int64_t> starts{0};
  for (int64_t count : perClass)
    starts.push_back(starts.back() + count);
  int64_t pair = 0;
  for (int64_t a = 0; a < classes; ++a)
    for (int64_t b = a + 1; b < classes; ++b, ++pair) {
      auto put = [&](int64_t of, int64_t row) {
        for (int64_t vector = starts[of]; vector < starts[of + 1]; ++vector)
          weight[static_cast<size_t>(vector * pairs + pair)] =
              coefficients[static_cast<size_t>(row * vectors + vector)];
      };
      put(a, b - 1);
      put(b, a);
    }
  Type element = getTensorType(values).getElementType();
  Value sums = emitMatrixProduct(emit, values, emitMatrix(emit, weight, {vectors, pairs}, element));
  return emit.add(sums, emit.floats(rho, element));
}

/// How many pairs each class wins.
Value emitVotes(Emitter &emit, Value scores, int64_t classes) {
  Value isFirst = emit.compare(arith::CmpFPredicate::OGT, arith::CmpIPredicate::sgt, scores,
                               emit.splatLike(scores, 0));
  Value first = emit.select(isFirst, emit.splatLike(scores, 1), emit.splatLike(scores, 0));
  Value second = emit.sub(emit.splatLike(scores, 1), first);
  int64_t pairs = getShape(scores)[1], pair = 0;
  std::vector<float> ofFirst(static_cast<size_t>(pairs * classes), 0.0f), ofSecond = ofFirst;
  for (int64_t a = 0; a < classes; ++a)
    for (int64_t b = a + 1; b < classes; ++b, ++pair) {
      ofFirst[static_cast<size_t>(pair * classes + a)] = 1;
      ofSecond[static_cast<size_t>(pair * classes + b)] = 1;
    }
  Type element = getTensorType(scores).getElementType();
  return emit.add(
      emitMatrixProduct(emit, first, emitMatrix(emit, ofFirst, {pairs, classes}, element)),
      emitMatrixProduct(emit, second, emitMatrix(emit, ofSecond, {pairs, classes}, element)));
}

Value importSvmClassifier(Node &node) {
  Emitter &emit = node.emit();
  Value input = getPoints(node);
  Kernel kernel(node);
  SmallVector<int64_t> labels = readLabels(node, "classlabels_ints", "classlabels_strings");
  ArrayRef<int64_t> perClass = node.getIntegers("vectors_per_class");
  ArrayRef<float> coefficients = node.getFloats("coefficients"), rho = node.getFloats("rho");
  node.ignoreAttribute("prob_b");
  if (!input)
    return {};
  if (!node.getFloats("prob_a").empty())
    return node.unsupported("probabilities of a support vector machine, which a search finds row "
                            "by row; scikit-learn's CalibratedClassifierCV(SVC(), ensemble=False) "
                            "has a formula for them");
  if (!isWhole(kernel) || perClass.size() < 2 || perClass.size() != labels.size())
    return node.unsupported("a machine without support vectors of each class");
  Value values = kernel.emitValues(emit, input);
  Value scores = values ? emitPairs(emit, values, perClass, coefficients, rho) : Value();
  if (!scores)
    return {};
  node.setOutput(1, emitPostTransform(node, scores));
  return emitLabels(emit, emitVotes(emit, scores, static_cast<int64_t>(labels.size())), labels);
}

/// Whether the body of a Scan takes the sum of squares of state - element and leaves the state as
/// it is.
bool isDistances(const ::onnx::GraphProto &body) {
  if (body.input_size() != 2 || body.output_size() != 2)
    return false;
  llvm::StringMap<std::string> same; // of identities: what they are
  auto find = [&](const std::string &name) { return same.count(name) ? same[name] : name; };
  std::string state = body.input(0).name(), element = body.input(1).name(), difference, sum;
  for (const ::onnx::NodeProto &node : body.node()) {
    if (node.op_type() == "Identity") {
      same[node.output(0)] = find(node.input(0));
    } else if (node.op_type() == "Sub" && find(node.input(0)) == state &&
               find(node.input(1)) == element) {
      difference = node.output(0);
    } else if (node.op_type() == "ReduceSumSquare" && find(node.input(0)) == difference) {
      bool keepsDimensions = true;
      for (const ::onnx::AttributeProto &attribute : node.attribute())
        if (attribute.name() == "keepdims")
          keepsDimensions = attribute.i() != 0;
      if (keepsDimensions)
        return false;
      sum = node.output(0);
    } else if (node.op_type() != "Constant") {
      return false;
    }
  }
  return !sum.empty() && find(body.output(0).name()) == state && find(body.output(1).name()) == sum;
}

Value importScan(Node &node) {
  const ::onnx::GraphProto *body = node.getGraph("body");
  if (!body || node.getInteger("num_scan_inputs", 1) != 1 || node.getNumInputs() != 2 ||
      !isDistances(*body))
    return node.unsupported("loops over sequences are not imported yet, but for squared distances "
                            "between rows; a Loop is");
  Value state = node.getInput(0);
  Value distances = emitSquaredDistances(node.emit(), state, node.getInput(1));
  if (!distances)
    return {};
  node.setOutput(1, node.emit().transpose(distances, {1, 0}));
  return state;
}

Value importCDist(Node &node) {
  StringRef metric = node.getChoice("metric", {"sqeuclidean", "euclidean"});
  Value distances = emitSquaredDistances(node.emit(), node.getInput(0), node.getInput(1));
  return metric == "euclidean" ? node.emit().sqrt(distances) : distances;
}

const Operator kScans[] = {{"Scan", 9, 1, kAnyNumber, importScan}};
const Operator kDistances[] = {{"CDist", 1, 2, 2, importCDist}};
const Operator kMachines[] = {
    {"SVMClassifier", 1, 1, 1, importSvmClassifier},
    {"SVMRegressor", 1, 1, 1, importSvmRegressor},
};

} // namespace

ArrayRef<Operator> frontend::getScans() { return kScans; }
ArrayRef<Operator> frontend::getDistances() { return kDistances; }
ArrayRef<Operator> frontend::getSupportVectors() { return kMachines; }
