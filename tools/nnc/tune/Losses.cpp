// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "tools/nnc/tune/Losses.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"

#include <cmath>

using namespace llvm;

namespace nnc::tools {
namespace {

/// The mean over class numbers of `evaluateRow(row, class, gradient of row, weight)`.
template <typename Row>
Score evaluateRows(ArrayRef<float> output, const Target &target, MutableArrayRef<float> gradient,
                   Row evaluateRow) {
  Score score;
  size_t rows = target.classes.size(), width = output.size() / rows;
  double weight = 1.0 / static_cast<double>(rows);
  for (size_t row = 0; row < rows; ++row) {
    ArrayRef<float> numbers = output.slice(row * width, width);
    auto label = static_cast<size_t>(target.classes[row]);
    score.loss +=
        weight * evaluateRow(numbers, label,
                             gradient.empty() ? gradient : gradient.slice(row * width, width),
                             weight);
    score.wrong +=
        max_element(numbers) - numbers.begin() == static_cast<ptrdiff_t>(label) ? 0 : weight;
  }
  return score;
}

/// - log softmax(output)[class].
Score evaluateCrossEntropy(ArrayRef<float> output, const Target &target,
                           MutableArrayRef<float> gradient) {
  return evaluateRows(
      output, target, gradient,
      [](ArrayRef<float> logits, size_t label, MutableArrayRef<float> slope, double weight) {
        double largest = *max_element(logits), sum = 0;
        for (float logit : logits)
          sum += std::exp(logit - largest);
        for (size_t k = 0; k < slope.size(); ++k)
          slope[k] =
              static_cast<float>(weight * (std::exp(logits[k] - largest) / sum - (k == label)));
        return std::log(sum) - (logits[label] - largest);
      });
}

/// - log output[class], of probabilities that are not below a tiny one.
Score evaluateLogLoss(ArrayRef<float> output, const Target &target,
                      MutableArrayRef<float> gradient) {
  return evaluateRows(
      output, target, gradient,
      [](ArrayRef<float> shares, size_t label, MutableArrayRef<float> slope, double weight) {
        double share = std::max<double>(shares[label], 1e-12);
        if (!slope.empty()) {
          fill(slope, 0.0F);
          slope[label] = static_cast<float>(-weight / share);
        }
        return -std::log(share);
      });
}

/// The mean over elements of `power(difference)`, whose slope is `slope(difference)`.
template <typename Power, typename Slope>
Score evaluateElements(ArrayRef<float> output, const Target &target,
                       MutableArrayRef<float> gradient, Power power, Slope slope) {
  Score score;
  auto count = static_cast<double>(output.size());
  for (size_t i = 0; i < output.size(); ++i) {
    double difference = output[i] - target.values[i];
    score.loss += power(difference) / count;
    if (!gradient.empty())
      gradient[i] = static_cast<float>(slope(difference) / count);
  }
  return score;
}

Score evaluateSquares(ArrayRef<float> output, const Target &target,
                      MutableArrayRef<float> gradient) {
  return evaluateElements(
      output, target, gradient, [](double d) { return d * d; }, [](double d) { return 2 * d; });
}

Score evaluateAbsolutes(ArrayRef<float> output, const Target &target,
                        MutableArrayRef<float> gradient) {
  return evaluateElements(
      output, target, gradient, [](double d) { return std::abs(d); },
      [](double d) { return d > 0   ? 1.0
                            : d < 0 ? -1.0
                                    : 0.0; });
}

constexpr LossKind kKinds[] = {
    {"cross-entropy", "of a class number, from logits", true, evaluateCrossEntropy},
    {"log-loss", "of a class number, from probabilities", true, evaluateLogLoss},
    {"squared-error", "the mean over elements", false, evaluateSquares},
    {"absolute-error", "the mean over elements", false, evaluateAbsolutes},
};

} // namespace

ArrayRef<LossKind> listLossKinds() { return kKinds; }

Expected<const LossKind *> lookupLossKind(StringRef name) {
  const LossKind *found = find_if(kKinds, [&](const LossKind &kind) { return kind.name == name; });
  if (found != std::end(kKinds))
    return found;
  return createStringError(
      "--loss=" + name + ": known are " +
      join(map_range(kKinds, [](const LossKind &kind) { return kind.name; }), ", ") +
      ", or an ONNX file");
}

} // namespace nnc::tools
