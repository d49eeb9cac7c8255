// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Gradient-boosted regression trees on histograms (Friedman, 2001; Chen and Guestrin,
// arXiv:1603.02754), as many as held-out parts of the sample ask for.
#include "frontend/fit/techniques/Techniques.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/Support/FormatVariadic.h"

#include <numeric>
#include <random>

namespace nnc::fit {
namespace {

constexpr int kBins = 256;

struct BoostingOptions {
  int depth;
  double rate;              // what is taken of each tree
  double rowShare = 0.8;    // of the points, for each tree
  double columnShare = 0.8; // of the inputs, for each tree
  double ridge = 1;         // added to the weight of each leaf
  double leastWeight = 2;   // of the points of a leaf
};

/// Inputs as numbers of bins, and the values between bins.
class Bins {
public:
  explicit Bins(const Matrix &x)
      : numbers(x.rows(), x.cols()), cuts(static_cast<size_t>(x.cols())) {
    for (Eigen::Index column = 0; column < x.cols(); ++column) {
      std::vector<double> sorted(x.col(column).begin(), x.col(column).end());
      llvm::sort(sorted);
      std::vector<double> &cut = cuts[static_cast<size_t>(column)];
      double step = std::max(1.0, static_cast<double>(sorted.size()) / kBins);
      for (double at = step; at < static_cast<double>(sorted.size()); at += step) {
        auto index = static_cast<size_t>(at);
        // Between two different values, so that rounding does not matter.
        while (index < sorted.size() && sorted[index] == sorted[index - 1])
          ++index;
        if (index == sorted.size())
          break;
        double middle = 0.5 * (sorted[index] + sorted[index - 1]);
        if (cut.empty() || middle > cut.back())
          cut.push_back(middle);
      }
      for (Eigen::Index row = 0; row < x.rows(); ++row)
        numbers(row, column) =
            static_cast<uint8_t>(llvm::lower_bound(cut, x(row, column)) - cut.begin());
    }
  }

  Eigen::Matrix<uint8_t, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor> numbers;
  std::vector<std::vector<double>> cuts;
};

/// One ensemble, which grows tree by tree on some of the rows and predicts all of them.
class Booster {
public:
  Booster(const Sample &sample, const Bins &bins, const BoostingOptions &options,
          std::vector<int> rows, unsigned seed)
      : sample(sample), bins(bins), options(options), rows(std::move(rows)), random(seed) {
    double weight = 0, sum = 0;
    for (int row : this->rows) {
      weight += sample.weights(row);
      sum += sample.weights(row) * sample.y(row);
    }
    base = sum / weight;
    predicted = Vector::Constant(sample.countPoints(), base);
  }

  void addTree() {
    std::vector<int> drawn = draw(rows, options.rowShare);
    std::vector<int> columns(static_cast<size_t>(sample.countInputs()));
    std::iota(columns.begin(), columns.end(), 0);
    columns = draw(columns, options.columnShare);
    Tree tree(options.depth);
    std::vector<int> at(drawn.size(), 0);
    for (int level = 0; level < options.depth; ++level)
      splitLevel(tree, level, drawn, columns, at);
    fillLeaves(tree, drawn, at);
    for (Eigen::Index row = 0; row < sample.countPoints(); ++row)
      predicted(row) += tree.leaves[static_cast<size_t>(tree.find(bins, row))];
    trees.push_back(std::move(tree));
  }

  const Vector &getPredicted() const { return predicted; }
  double getBase() const { return base; }

  Trees getTrees() const {
    auto count = static_cast<Eigen::Index>(trees.size());
    Trees all{options.depth, {}, {}, {}};
    Eigen::Index nodes = (1 << options.depth) - 1;
    all.columns.resize(count, nodes);
    all.thresholds.resize(count, nodes);
    all.leaves.resize(count, nodes + 1);
    for (Eigen::Index t = 0; t < count; ++t) {
      const Tree &tree = trees[static_cast<size_t>(t)];
      for (Eigen::Index node = 0; node < nodes; ++node) {
        auto n = static_cast<size_t>(node);
        all.columns(t, node) = tree.columns[n];
        const std::vector<double> &cuts = bins.cuts[static_cast<size_t>(tree.columns[n])];
        all.thresholds(t, node) =
            tree.cuts[n] < static_cast<int>(cuts.size())
                ? std::nextafter(cuts[static_cast<size_t>(tree.cuts[n])], HUGE_VAL)
                : std::numeric_limits<double>::max();
      }
      for (Eigen::Index leaf = 0; leaf <= nodes; ++leaf)
        all.leaves(t, leaf) = tree.leaves[static_cast<size_t>(leaf)];
    }
    return all;
  }

private:
  /// Nodes as in Trees; a node that does not split has a cut behind the last one: all go left.
  struct Tree {
    explicit Tree(int depth)
        : depth(depth), columns((1u << depth) - 1, 0), cuts((1u << depth) - 1, kBins),
          leaves(1u << depth, 0.0) {}
    int find(const Bins &bins, Eigen::Index row) const {
      int node = 0;
      for (int level = 0; level < depth; ++level)
        node = 2 * node + 1 +
               (bins.numbers(row, columns[static_cast<size_t>(node)]) >
                cuts[static_cast<size_t>(node)]);
      return node - ((1 << depth) - 1);
    }
    int depth;
    std::vector<int> columns, cuts;
    std::vector<double> leaves;
  };

  struct Sums {
    double gradient = 0, weight = 0;
    double score(double ridge) const { return gradient * gradient / (weight + ridge); }
  };

  std::vector<int> draw(const std::vector<int> &all, double share) {
    auto count = static_cast<size_t>(std::ceil(share * static_cast<double>(all.size())));
    std::vector<int> drawn;
    std::sample(all.begin(), all.end(), std::back_inserter(drawn), count, random);
    return drawn;
  }

  void splitLevel(Tree &tree, int level, const std::vector<int> &drawn,
                  const std::vector<int> &columns, std::vector<int> &at) {
    size_t nodes = size_t(1) << level, width = columns.size();
    histograms.assign(nodes * width * kBins, {});
    for (auto [index, row] : llvm::enumerate(drawn)) {
      double weight = sample.weights(row), gradient = weight * (sample.y(row) - predicted(row));
      Sums *node = &histograms[static_cast<size_t>(at[index]) * width * kBins];
      for (int column : columns) {
        Sums &bin = node[bins.numbers(row, column)];
        bin.gradient += gradient;
        bin.weight += weight;
        node += kBins;
      }
    }
    size_t first = nodes - 1;
    for (size_t node = 0; node < nodes; ++node)
      splitNode(tree, first + node, &histograms[node * width * kBins], columns);
    for (auto [index, row] : llvm::enumerate(drawn)) {
      size_t node = first + static_cast<size_t>(at[index]);
      at[index] = 2 * at[index] + (bins.numbers(row, tree.columns[node]) > tree.cuts[node]);
    }
  }

  void splitNode(Tree &tree, size_t node, const Sums *histogram, const std::vector<int> &columns) {
    double best = 1e-9;
    const Sums *chosen = nullptr; // the histogram of the column that splits
    for (auto [index, column] : llvm::enumerate(columns)) {
      const Sums *bin = histogram + index * kBins;
      Sums all, left;
      for (int b = 0; b < kBins; ++b) {
        all.gradient += bin[b].gradient;
        all.weight += bin[b].weight;
      }
      auto cuts = static_cast<int>(bins.cuts[static_cast<size_t>(column)].size());
      for (int cut = 0; cut < cuts; ++cut) {
        left.gradient += bin[cut].gradient;
        left.weight += bin[cut].weight;
        Sums right{all.gradient - left.gradient, all.weight - left.weight};
        if (left.weight < options.leastWeight || right.weight < options.leastWeight)
          continue;
        double gain =
            left.score(options.ridge) + right.score(options.ridge) - all.score(options.ridge);
        if (gain > best) {
          best = gain;
          tree.columns[node] = column;
          tree.cuts[node] = cut;
          chosen = bin;
        }
      }
    }
    if (chosen)
      tree.cuts[node] =
          centre(tree.cuts[node], chosen, bins.cuts[static_cast<size_t>(tree.columns[node])]);
  }

  /// The cut nearest to the middle of the gap in the node's points that begins at `first`.
  static int centre(int first, const Sums *histogram, const std::vector<double> &cuts) {
    int last = first;
    while (last + 1 < static_cast<int>(cuts.size()) && histogram[last + 1].weight == 0)
      ++last;
    double middle = 0.5 * (cuts[static_cast<size_t>(first)] + cuts[static_cast<size_t>(last)]);
    auto from = cuts.begin() + first, found = std::lower_bound(from, cuts.begin() + last, middle);
    if (found != from && middle - found[-1] < *found - middle)
      --found;
    return static_cast<int>(found - cuts.begin());
  }

  void fillLeaves(Tree &tree, const std::vector<int> &drawn, const std::vector<int> &at) {
    std::vector<Sums> sums(tree.leaves.size());
    for (auto [index, row] : llvm::enumerate(drawn)) {
      Sums &leaf = sums[static_cast<size_t>(at[index])];
      leaf.gradient += sample.weights(row) * (sample.y(row) - predicted(row));
      leaf.weight += sample.weights(row);
    }
    for (auto [leaf, sum] : llvm::zip(tree.leaves, sums))
      leaf = options.rate * sum.gradient / (sum.weight + options.ridge);
  }

  const Sample &sample;
  const Bins &bins;
  BoostingOptions options;
  std::vector<int> rows;
  std::mt19937 random;
  Vector predicted;
  double base;
  std::vector<Tree> trees;
  std::vector<Sums> histograms;
};

/// How many trees predict held-out parts best, and these predictions.
struct Validated {
  BoostingOptions options;
  int trees = 0;
  double error = HUGE_VAL;
  Vector heldOut;
};

Validated validate(const Sample &sample, const Bins &bins, const BoostingOptions &options) {
  constexpr int kMostTrees = 2000, kPatience = 60;
  auto folds = drawFolds(sample.countPoints(), sample.countPoints() > 4000 ? 2 : 5, sample.seed);
  std::vector<Booster> boosters;
  for (size_t number = 0; number < folds.size(); ++number)
    boosters.emplace_back(sample, bins, options, joinOthers(folds, number),
                          sample.seed + static_cast<unsigned>(number));
  Validated best{options, 0, HUGE_VAL, {}};
  Vector heldOut(sample.countPoints());
  for (int tree = 1; tree <= kMostTrees && tree - best.trees <= kPatience; ++tree) {
    for (auto [booster, fold] : llvm::zip(boosters, folds)) {
      booster.addTree();
      for (int row : fold)
        heldOut(row) = booster.getPredicted()(row);
    }
    double error = (heldOut - sample.y).cwiseAbs2().dot(sample.weights);
    if (error < best.error)
      best = {options, tree, error, heldOut};
  }
  return best;
}

/// Several depths, or what the settings say.
std::vector<BoostingOptions> listOptions(const Sample &sample, const Wishes &wishes) {
  BoostingOptions usual{5, sample.countPoints() > 4000 ? 0.1 : 0.05};
  usual.rate = wishes.find("rate").value_or(usual.rate);
  usual.rowShare = wishes.find("rows").value_or(usual.rowShare);
  usual.columnShare = wishes.find("columns").value_or(usual.columnShare);
  usual.ridge = wishes.find("ridge").value_or(usual.ridge);
  std::vector<BoostingOptions> all;
  for (int depth : {3, 5, 7}) {
    all.push_back(usual);
    all.back().depth = depth;
  }
  if (auto depth = wishes.find("depth")) {
    all.resize(1);
    all[0].depth = static_cast<int>(*depth);
  }
  return all;
}

/// The best options. Half as many trees of twice the rate, which take half the time to evaluate,
/// are worth a little more error.
Validated chooseOptions(const Sample &sample, const Bins &bins, const Wishes &wishes) {
  constexpr double kWorthHalfTheTime = 1.01; // squared errors
  Validated best;
  for (const BoostingOptions &options : listOptions(sample, wishes)) {
    Validated validated = validate(sample, bins, options);
    if (validated.error < best.error)
      best = std::move(validated);
  }
  if (wishes.find("rate"))
    return best;
  BoostingOptions faster = best.options;
  faster.rate *= 2;
  Validated validated = validate(sample, bins, faster);
  return validated.error <= kWorthHalfTheTime * best.error ? validated : best;
}

} // namespace

llvm::Expected<Fitted> fitBoostedTrees(const Sample &sample, const Wishes &wishes) {
  Bins bins(sample.x);
  Validated best = chooseOptions(sample, bins, wishes);
  std::vector<int> rows(static_cast<size_t>(sample.countPoints()));
  std::iota(rows.begin(), rows.end(), 0);
  Booster booster(sample, bins, best.options, rows, sample.seed);
  for (int tree = 0; tree < best.trees; ++tree)
    booster.addTree();
  Formula formula(sample.countInputs());
  Node sum = formula.trees(formula.input(), booster.getTrees());
  Node value = formula.affine(sum, RowVector::Ones(1), RowVector::Constant(1, booster.getBase()));
  std::string description = llvm::formatv("{0} trees of depth {1}", best.trees, best.options.depth);
  sample.report("boosted trees: " + description);
  return Fitted{std::move(formula), value, std::nullopt, best.heldOut, description};
}

} // namespace nnc::fit
