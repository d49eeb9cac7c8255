// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Pictures for pages, as SVG.
#ifndef TOOLS_NNC_FIT_PLOT_H
#define TOOLS_NNC_FIT_PLOT_H

#include "llvm/ADT/StringRef.h"

#include <Eigen/Core>

#include <string>
#include <vector>

namespace nnc::tools {

/// What HTML shows as this text.
std::string escapeHtml(llvm::StringRef raw);

/// With six digits.
std::string printNumber(double x);

/// At most six numbers between two, all multiples of 1, 2 or 5 times a power of ten.
std::vector<double> placeTicks(double low, double high);

/// Points, lines and bands between two axes. Classes of the style sheet: title, frame, grid, band,
/// and those of lines.
class Plot {
public:
  /// The axes hold all of `xs` and `ys`, which have at least one number each.
  Plot(llvm::StringRef title, llvm::StringRef xName, llvm::StringRef yName,
       const Eigen::VectorXd &xs, const Eigen::VectorXd &ys);

  /// Some of them, where there are many.
  void addPoints(const Eigen::VectorXd &xs, const Eigen::VectorXd &ys);
  void addLine(const Eigen::VectorXd &xs, const Eigen::VectorXd &ys, llvm::StringRef style);
  /// Between two lines.
  void addBand(const Eigen::VectorXd &xs, const Eigen::VectorXd &low, const Eigen::VectorXd &high);
  std::string finish() const { return text + "</svg>\n"; }

private:
  void addTicks();
  double atX(double x) const;
  double atY(double y) const;
  std::string join(const Eigen::VectorXd &xs, const Eigen::VectorXd &ys) const;

  double lowX, highX, lowY, highY;
  std::string text;
};

} // namespace nnc::tools

#endif // TOOLS_NNC_FIT_PLOT_H
