// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Piecewise linear interpolation on a Delaunay triangulation (GTApprox, arXiv:1609.01088, section
// 4, PLA), without a search at run time: simplices are the facets below the points lifted to a
// paraboloid (Brown, 1979), whose hull is convex, so that the simplex of a point is the facet that
// is highest there.
#include "frontend/fit/techniques/Techniques.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/Support/FormatVariadic.h"

#include <Eigen/QR>

extern "C" {
#include <libqhull_r/qhull_ra.h>
}

#include <cstdio>
#include <numeric>
#include <random>

namespace nnc::fit {
namespace {

/// Facets that generated code goes through for each point.
constexpr Eigen::Index kMostSimplices = 40'000;

/// |x|^2, and so much more at random that no D + 2 points are on one sphere, as those of grids are.
Vector lift(const Sample &sample) {
  std::mt19937 random(sample.seed);
  std::uniform_real_distribution<double> little(0, 1e-5);
  Vector heights = sample.x.rowwise().squaredNorm();
  for (double &height : heights)
    height += little(random);
  return heights;
}

using Simplex = std::vector<int>;
using RowMajor = Eigen::Matrix<double, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;

/// A convex hull; what Qhull prints goes to a file that nobody reads.
class Hull {
public:
  Hull(RowMajor points) : points(std::move(points)), log(std::tmpfile()) {
    qh_zero(&state, log);
    char command[] = "qhull Qt";
    isValid = log && qh_new_qhull(&state, static_cast<int>(this->points.cols()),
                                  static_cast<int>(this->points.rows()), this->points.data(), False,
                                  command, log, log) == 0;
  }
  ~Hull() {
    int bytes, blocks;
    qh_freeqhull(&state, !qh_ALL);
    qh_memfreeshort(&state, &bytes, &blocks);
    if (log)
      std::fclose(log);
  }
  Hull(const Hull &) = delete;

  /// The corners of each facet whose outside is below in the last coordinate; none after a failure.
  std::vector<Simplex> listLower() {
    std::vector<Simplex> simplices;
    if (!isValid)
      return simplices;
    for (facetT *facet = state.facet_list; facet && facet->next; facet = facet->next) {
      if (facet->normal[points.cols() - 1] >= 0)
        continue;
      Simplex simplex;
      for (int index = 0, count = qh_setsize(&state, facet->vertices); index < count; ++index) {
        auto *vertex = static_cast<vertexT *>(facet->vertices->e[index].p);
        simplex.push_back(qh_pointid(&state, vertex->point));
      }
      simplices.push_back(std::move(simplex));
    }
    return simplices;
  }

private:
  RowMajor points;
  std::FILE *log;
  qhT state;
  bool isValid;
};

std::vector<Simplex> triangulate(const Matrix &x, const Vector &heights) {
  if (x.cols() > 1) {
    RowMajor lifted(x.rows(), x.cols() + 1);
    lifted << x, heights;
    return Hull(std::move(lifted)).listLower();
  }
  // Of one input the neighbours.
  std::vector<int> order(static_cast<size_t>(x.rows()));
  std::iota(order.begin(), order.end(), 0);
  llvm::sort(order, [&](int a, int b) { return x(a) < x(b); });
  std::vector<Simplex> simplices;
  for (size_t index = 1; index < order.size(); ++index)
    simplices.push_back({order[index - 1], order[index]});
  return simplices;
}

/// Linear functions through what is given at the corners of each simplex: D + 1 coefficients, the
/// constant last, a column each.
struct Pieces {
  Matrix heights, values;

  Pieces(const Matrix &x, const Vector &lifted, const Vector &y,
         const std::vector<Simplex> &simplices)
      : heights(x.cols() + 1, simplices.size()), values(x.cols() + 1, simplices.size()) {
    Eigen::Index kept = 0;
    for (const Simplex &simplex : simplices) {
      Matrix corners(simplex.size(), x.cols() + 1);
      corners << x(simplex, Eigen::all), Vector::Ones(static_cast<Eigen::Index>(simplex.size()));
      Eigen::ColPivHouseholderQR<Matrix> solver(corners);
      // Flat ones have no inside.
      if (solver.rank() < x.cols() + 1)
        continue;
      heights.col(kept) = solver.solve(lifted(simplex));
      values.col(kept++) = solver.solve(y(simplex));
    }
    heights.conservativeResize(Eigen::NoChange, kept);
    values.conservativeResize(Eigen::NoChange, kept);
  }

  Eigen::Index count() const { return heights.cols(); }

  Node add(Formula &formula) const {
    Eigen::Index d = heights.rows() - 1;
    Node x = formula.input();
    return formula.atLargest(formula.linear(x, heights.topRows(d), heights.row(d)),
                             formula.linear(x, values.topRows(d), values.row(d)));
  }
};

llvm::Expected<Pieces> makePieces(const Sample &sample) {
  Vector heights = lift(sample);
  Pieces pieces(sample.x, heights, sample.y, triangulate(sample.x, heights));
  if (pieces.count() == 0 || pieces.count() > kMostSimplices)
    return llvm::createStringError(
        llvm::formatv(
            "the triangulation has {0} simplices; 1 to {1} are evaluated in reasonable time",
            pieces.count(), kMostSimplices)
            .str());
  return pieces;
}

} // namespace

llvm::Expected<Fitted> fitPiecewiseLinear(const Sample &sample, const Wishes &) {
  auto fit = [](const Sample &part) -> llvm::Expected<Fitted> {
    llvm::Expected<Pieces> pieces = makePieces(part);
    if (!pieces)
      return pieces.takeError();
    Formula formula(part.countInputs());
    Node value = pieces->add(formula);
    return Fitted{std::move(formula),
                  value,
                  std::nullopt,
                  {},
                  llvm::formatv("{0} simplices", pieces->count())};
  };
  llvm::Expected<Fitted> fitted = fit(sample);
  if (!fitted)
    return fitted;
  int folds = static_cast<int>(
      std::min<Eigen::Index>(10, sample.countPoints() / (sample.countInputs() + 2)));
  llvm::Expected<Vector> heldOut = folds < 2
                                       ? llvm::Expected<Vector>(Vector::Zero(sample.countPoints()))
                                       : crossValidateModels(sample, folds, fit);
  if (!heldOut)
    return heldOut.takeError();
  fitted->heldOut = std::move(*heldOut);
  return fitted;
}

} // namespace nnc::fit
