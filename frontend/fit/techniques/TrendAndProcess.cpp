// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// A Gaussian process of what networks leave over (GTApprox, arXiv:1609.01088, section 4, HDAGP).
#include "frontend/fit/techniques/GaussianProcess.h"
#include "frontend/fit/techniques/HighDimensional.h"
#include "frontend/fit/techniques/Techniques.h"

namespace nnc::fit {
namespace {

/// Few units: the trend, not the details.
constexpr NetworkSettings kTrend{8, 1e-3};

/// What the trend leaves over, scaled to variance 1.
struct Remainder {
  Sample sample;
  double scale;

  Remainder(const Sample &all, const Fitted &trend) : sample(all) {
    sample.y -= trend.formula.evaluate(trend.value, all.x).col(0);
    scale = std::max(std::sqrt(sample.y.squaredNorm() / sample.y.size()), 1e-12);
    sample.y /= scale;
  }
};

/// The sum of both; without predictions of held-out points.
llvm::Expected<Fitted> combine(const Sample &sample, const Fitted &trend,
                               const CovarianceParameters &parameters) {
  Remainder remainder(sample, trend);
  llvm::Expected<Fitted> process = makeProcess(remainder.sample, parameters);
  if (!process)
    return process.takeError();
  Formula formula(sample.countInputs());
  auto put = [&](const Fitted &part, Node node, double scale) {
    return formula.affine(formula.append(part.formula, node, formula.input()),
                          RowVector::Constant(1, scale), RowVector::Zero(1));
  };
  Node value =
      formula.add(put(trend, trend.value, 1), put(*process, process->value, remainder.scale));
  Node deviation = put(*process, *process->deviation, remainder.scale);
  return Fitted{std::move(formula), value, deviation, {}, process->description};
}

} // namespace

llvm::Expected<Fitted> fitTrendAndProcess(const Sample &sample, const Wishes &wishes) {
  Fitted trend = fitNetworks(sample, kTrend);
  CovarianceParameters parameters = maximizeLikelihood(Remainder(sample, trend).sample, wishes);
  llvm::Expected<Fitted> fitted = combine(sample, trend, parameters);
  if (!fitted)
    return fitted;
  llvm::Expected<Vector> heldOut = crossValidateModels(sample, 5, [&](const Sample &part) {
    return combine(part, fitNetworks(part, kTrend), parameters);
  });
  if (!heldOut)
    return heldOut.takeError();
  fitted->heldOut = std::move(*heldOut);
  fitted->description = "trend of networks, then " + fitted->description;
  return fitted;
}

} // namespace nnc::fit
