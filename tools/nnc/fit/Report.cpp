// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "tools/nnc/fit/Report.h"
#include "tools/nnc/fit/Plot.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/Support/FormatVariadic.h"
#include "llvm/Support/JSON.h"

using namespace nnc::fit;
using llvm::formatv;

namespace nnc::tools {
namespace {

using llvm::json::fixUTF8;

/// The page, output by output.
class Page {
public:
  explicit Page(const Surrogate &surrogate) : surrogate(surrogate), data(surrogate.data) {}

  std::string write(llvm::StringRef name) {
    text =
        "<!doctype html><meta charset='utf-8'><title>" + escapeHtml(name) +
        "</title><style>body{font:15px sans-serif;max-width:1080px;margin:24px auto;padding:0 "
        "12px;color:#222}table{border-collapse:collapse}td,th{padding:3px 10px;border-bottom:1px "
        "solid #ccc;text-align:left}svg{margin:4px}svg text{font:11px sans-serif;fill:#444}svg "
        ".title{font-weight:bold}.frame{fill:none;stroke:#999}.grid{stroke:#eee}circle{fill:#"
        "2a6fb0;fill-opacity:.5}"
        ".line{fill:none;stroke:#2a6fb0;stroke-width:1.8}.same{fill:none;stroke:#c44;stroke-"
        "dasharray:4"
        "}.band{fill:#2a6fb0;fill-opacity:.15}.bar{fill:#2a6fb0}</style>";
    text += "<h1>" + escapeHtml(name) + "</h1>";
    text += formatv("<p>{0} points, {1} inputs, {2} outputs.</p>", data.raw.rows(),
                    data.inputs.size(), data.outputs.size())
                .str();
    for (const std::string &note : data.notes)
      text += "<p>" + escapeHtml(note) + ".</p>";
    addInputs();
    for (auto [index, output] : llvm::enumerate(surrogate.outputs))
      addOutput(static_cast<Eigen::Index>(index), output);
    return std::move(text);
  }

private:
  void addInputs() {
    text += "<h2>Inputs</h2><table><tr><th>input<th>from<th>to<th>categories</tr>";
    for (auto [index, name] : llvm::enumerate(data.inputs)) {
      text += formatv("<tr><td>{0}<td>{1}<td>{2}<td>", escapeHtml(name),
                      printNumber(data.lowest(static_cast<Eigen::Index>(index))),
                      printNumber(data.highest(static_cast<Eigen::Index>(index))))
                  .str();
      for (auto [number, category] : llvm::enumerate(data.categories[index]))
        text += formatv("{0}: {1} ", number, escapeHtml(category)).str();
      text += "</tr>";
    }
    text += "</table>";
  }

  void addOutput(Eigen::Index index, const OutputModel &output) {
    text += "<h2>" + escapeHtml(output.name) + "</h2>";
    text += formatv("<p>{0} ({1}). Error on points that were held out: {2:f4} of the standard "
                    "deviation, {3:f2} % of the variance is explained.</p>",
                    output.technique, output.description, output.error,
                    100 * (1 - output.error * output.error))
                .str();
    text += "<table><tr><th>tried<th>error<th>seconds<th></tr>";
    for (const OutputModel::Candidate &tried : output.tried)
      text += formatv("<tr><td>{0}<td>{1:f4}<td>{2:f2}<td>{3}</tr>", tried.technique, tried.error,
                      tried.seconds, tried.description)
                  .str();
    text += "</table>";
    Vector y = data.y.col(index), residual = output.heldOut - y;
    Vector both(2 * y.size());
    both << y, output.heldOut;
    Plot predicted("held-out points", "result", "prediction", both, both);
    predicted.addPoints(y, output.heldOut);
    Vector ends(2);
    ends << both.minCoeff(), both.maxCoeff();
    predicted.addLine(ends, ends, "same");
    Plot residuals("residuals", "result", "prediction - result", y, residual);
    residuals.addPoints(y, residual);
    text += predicted.finish() + residuals.finish() + drawProfile(residual) +
            drawImportance(output) + "<h3>Slices</h3>";
    text += "<p>One input moves, the others are at the middle point of the sample.</p>";
    for (Eigen::Index input = 0; input < data.raw.cols(); ++input)
      if (data.lowest(input) < data.highest(input))
        text += drawSlice(index, output, input);
  }

  /// Which share of the points has at most an error: the profile of the model.
  static std::string drawProfile(const Vector &residual) {
    Vector sorted = residual.cwiseAbs();
    llvm::sort(sorted);
    Vector shares = Vector::LinSpaced(sorted.size(), 0, 1);
    Plot plot("profile", "error at most", "share of the points", sorted, shares);
    plot.addLine(sorted, shares, "line");
    return plot.finish();
  }

  /// A bar for each input: the share of the variance that is lost where only it is not known.
  std::string drawImportance(const OutputModel &output) const {
    constexpr int kBar = 18, kName = 150, kWidth = 480;
    double largest = std::max(output.importance.maxCoeff(), 1e-300);
    std::string bars =
        formatv("<h3>Importance</h3><p>The share of the variance that depends on an input, alone "
                "or with others.</p><svg viewBox='0 0 {0} {1}' width='{0}' height='{1}'>",
                kWidth + 60, kBar * static_cast<int>(data.inputs.size()) + 4);
    for (auto [index, name, share] : llvm::enumerate(data.inputs, output.importance)) {
      int y = kBar * static_cast<int>(index);
      double width = share / largest * (kWidth - kName);
      bars +=
          formatv("<text x='{0}' y='{1}' text-anchor='end'>{2}</text><rect x='{3}' y='{4}' "
                  "width='{5:f1}' height='{6}' class='bar'/><text x='{7:f1}' y='{1}'>{8:f3}</text>",
                  kName - 6, y + kBar - 5, escapeHtml(name), kName, y + 3, width, kBar - 6,
                  kName + width + 4, share);
    }
    return bars + "</svg>\n";
  }

  std::string drawSlice(Eigen::Index index, const OutputModel &output, Eigen::Index input) {
    constexpr Eigen::Index kSteps = 61;
    Matrix points = findMiddle().replicate(kSteps, 1);
    points.col(input) = Vector::LinSpaced(kSteps, data.lowest(input), data.highest(input));
    if (!data.categories[static_cast<size_t>(input)].empty())
      points.col(input) = points.col(input).array().round();
    Vector x = points.col(input), y = surrogate.formula.evaluate(output.value, points).col(0);
    Vector range(2 * kSteps);
    range << y, Vector::Constant(kSteps, data.y.col(index).mean());
    if (!output.deviation) {
      Plot plot(output.name, data.inputs[static_cast<size_t>(input)], output.name, x, range);
      plot.addLine(x, y, "line");
      return plot.finish();
    }
    Vector spread = 1.96 * surrogate.formula.evaluate(*output.deviation, points).col(0);
    range << y - spread, y + spread;
    Plot plot(output.name, data.inputs[static_cast<size_t>(input)], output.name, x, range);
    plot.addBand(x, y - spread, y + spread);
    plot.addLine(x, y, "line");
    return plot.finish();
  }

  /// The point of the sample that is nearest to its mean.
  RowVector findMiddle() const {
    Eigen::Index nearest;
    data.x.rowwise().squaredNorm().minCoeff(&nearest);
    return data.raw.row(nearest);
  }

  const Surrogate &surrogate;
  const Dataset &data;
  std::string text;
};

} // namespace

std::string writeJsonReport(const Surrogate &surrogate, llvm::StringRef name,
                            llvm::ArrayRef<TestResult> results) {
  const Dataset &data = surrogate.data;
  std::string text;
  llvm::raw_string_ostream stream(text);
  llvm::json::OStream json(stream, 2);
  json.object([&] {
    json.attribute("model", fixUTF8(name));
    json.attribute("points", static_cast<int64_t>(data.raw.rows()));
    json.attribute("gradient", surrogate.hasGradient());
    json.attribute("deviation", surrogate.hasDeviations());
    json.attributeArray("notes", [&] {
      for (const std::string &note : data.notes)
        json.value(fixUTF8(note));
    });
    json.attributeArray("inputs", [&] {
      for (auto [index, input] : llvm::enumerate(data.inputs))
        json.object([&, index = static_cast<Eigen::Index>(index), &input = input] {
          json.attribute("name", fixUTF8(input));
          json.attribute("from", data.lowest(index));
          json.attribute("to", data.highest(index));
          json.attributeArray("categories", [&] {
            for (const std::string &category : data.categories[static_cast<size_t>(index)])
              json.value(fixUTF8(category));
          });
        });
    });
    json.attributeArray("outputs", [&] {
      for (auto [index, output] : llvm::enumerate(surrogate.outputs))
        json.object([&, index = index, &output = output] {
          json.attribute("name", fixUTF8(output.name));
          if (!results.empty())
            json.attribute("test_error", results[index].error);
          if (!results.empty() && !std::isnan(results[index].coverage))
            json.attribute("test_coverage", results[index].coverage);
          json.attribute("technique", output.technique);
          json.attribute("description", output.description);
          json.attribute("error", output.error);
          json.attributeObject("importance", [&] {
            for (auto [input, share] : llvm::zip(data.inputs, output.importance))
              json.attribute(fixUTF8(input), share);
          });
          json.attributeArray("tried", [&] {
            for (const OutputModel::Candidate &tried : output.tried)
              json.object([&] {
                json.attribute("technique", tried.technique);
                json.attribute("description", tried.description);
                json.attribute("error", tried.error);
                json.attribute("seconds", tried.seconds);
              });
          });
        });
    });
  });
  return text + "\n";
}

std::string writeHtmlReport(const Surrogate &surrogate, llvm::StringRef name) {
  return Page(surrogate).write(name);
}

} // namespace nnc::tools
