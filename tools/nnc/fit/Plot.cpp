// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "tools/nnc/fit/Plot.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/Format.h"
#include "llvm/Support/FormatVariadic.h"
#include "llvm/Support/JSON.h"
#include "llvm/Support/raw_ostream.h"

#include <cmath>

using Eigen::VectorXd;
using llvm::formatv;
using llvm::StringRef;

namespace nnc::tools {
namespace {

constexpr int kWidth = 330, kHeight = 250, kLeft = 62, kRight = 16, kTop = 22, kBottom = 34;

void widen(double &low, double &high) {
  double room = high > low ? 0.04 * (high - low) : 1;
  low -= room, high += room;
}

} // namespace

std::string escapeHtml(StringRef raw) {
  std::string text;
  llvm::raw_string_ostream stream(text);
  llvm::printHTMLEscaped(llvm::json::fixUTF8(raw), stream);
  return text;
}

std::string printNumber(double x) {
  std::string text;
  llvm::raw_string_ostream(text) << llvm::format("%.6g", x);
  return text;
}

std::vector<double> placeTicks(double low, double high) {
  constexpr int kMostTicks = 6;
  double step = std::pow(10, std::floor(std::log10((high - low) / kMostTicks)));
  for (double factor : {2.0, 2.5, 2.0}) { // 1, 2, 5, 10
    if ((high - low) / step < kMostTicks)
      break;
    step *= factor;
  }
  std::vector<double> ticks;
  double first = std::ceil(low / step) + 0.0; // 0, not -0
  for (int tick = 0; tick <= kMostTicks && (first + tick) * step <= high; ++tick)
    ticks.push_back((first + tick) * step);
  return ticks;
}

Plot::Plot(StringRef title, StringRef xName, StringRef yName, const VectorXd &xs,
           const VectorXd &ys)
    : lowX(xs.minCoeff()), highX(xs.maxCoeff()), lowY(ys.minCoeff()), highY(ys.maxCoeff()) {
  widen(lowX, highX);
  widen(lowY, highY);
  text = formatv("<svg viewBox='0 0 {0} {1}' width='{0}' height='{1}'>"
                 "<text x='{2}' y='14' class='title'>{3}</text>",
                 kWidth, kHeight, kLeft, escapeHtml(title));
  addTicks();
  text += formatv("<rect x='{0}' y='{1}' width='{2}' height='{3}' class='frame'/>", kLeft, kTop,
                  kWidth - kLeft - kRight, kHeight - kTop - kBottom);
  text += formatv("<text x='{0}' y='{1}' text-anchor='middle'>{2}</text>",
                  (kLeft + kWidth - kRight) / 2, kHeight - 4, escapeHtml(xName));
  text += formatv("<text x='12' y='{0}' transform='rotate(-90 12 {0})' "
                  "text-anchor='middle'>{1}</text>",
                  (kTop + kHeight - kBottom) / 2, escapeHtml(yName));
}

void Plot::addTicks() {
  for (double x : placeTicks(lowX, highX))
    text += formatv("<line x1='{0:f1}' x2='{0:f1}' y1='{1}' y2='{2}' class='grid'/>"
                    "<text x='{0:f1}' y='{3}' text-anchor='middle'>{4}</text>",
                    atX(x), kTop, kHeight - kBottom, kHeight - kBottom + 14, printNumber(x));
  for (double y : placeTicks(lowY, highY))
    text += formatv("<line x1='{0}' x2='{1}' y1='{2:f1}' y2='{2:f1}' class='grid'/>"
                    "<text x='{3}' y='{4:f1}' text-anchor='end'>{5}</text>",
                    kLeft, kWidth - kRight, atY(y), kLeft - 4, atY(y) + 4, printNumber(y));
}

void Plot::addPoints(const VectorXd &xs, const VectorXd &ys) {
  Eigen::Index step = std::max<Eigen::Index>(1, xs.size() / 1500);
  for (Eigen::Index i = 0; i < xs.size(); i += step)
    text += formatv("<circle cx='{0:f1}' cy='{1:f1}' r='1.6'/>", atX(xs(i)), atY(ys(i)));
}

void Plot::addLine(const VectorXd &xs, const VectorXd &ys, StringRef style) {
  text += formatv("<polyline class='{0}' points='{1}'/>", style, join(xs, ys));
}

void Plot::addBand(const VectorXd &xs, const VectorXd &low, const VectorXd &high) {
  text += formatv("<polygon class='band' points='{0} {1}'/>", join(xs, low),
                  join(xs.reverse(), high.reverse()));
}

double Plot::atX(double x) const {
  return kLeft + (x - lowX) / (highX - lowX) * (kWidth - kLeft - kRight);
}

double Plot::atY(double y) const {
  return kHeight - kBottom - (y - lowY) / (highY - lowY) * (kHeight - kTop - kBottom);
}

std::string Plot::join(const VectorXd &xs, const VectorXd &ys) const {
  std::string points;
  for (auto [x, y] : llvm::zip(xs, ys))
    points += formatv("{0:f1},{1:f1} ", atX(x), atY(std::clamp(y, lowY, highY)));
  return points;
}

} // namespace nnc::tools
