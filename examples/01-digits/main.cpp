// Classifies the held-out digits with the compiled network:  digits_demo held_out.csv
#include "digits.h"

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <fstream>
#include <new>
#include <vector>

struct Digit {
  int label;
  float image[64];    // 8 rows of 8 pixels, 0..1
  int found;          // the most probable class, -1 on failure
  double probability; // and how probable it is
};

/// One digit a line: the label, then 64 pixels, 0..16, with commas between them.
static std::vector<Digit> readDigits(const char *path) {
  std::vector<Digit> digits;
  std::ifstream file(path);
  for (Digit digit{}; file >> digit.label; digits.push_back(digit))
    for (float &pixel : digit.image)
      if (file.ignore(1) >> pixel)
        pixel = std::clamp(pixel / 16, 0.0f, 1.0f);
  return digits;
}

/// The one place that calls what nnc generated.
static void classify(Digit &digit, void *workspace) {
  float probabilities[10] = {};
  const void *inputs[] = {digit.image};
  void *outputs[] = {probabilities};
  const bool failed = digits_run(inputs, outputs, workspace) != 0;
  const float *best = std::max_element(probabilities, probabilities + 10);
  digit.found = failed ? -1 : int(best - probabilities);
  digit.probability = *best;
}

static void print(const Digit &digit) {
  for (int i = 0; i < 64; ++i)
    std::printf("%c%s", " .:-=+*#@"[int(digit.image[i] * 8)], i % 8 == 7 ? "\n" : "");
  std::printf("a %d, found %d, probability %.3f\n\n", digit.label, digit.found, digit.probability);
}

int main(int argc, char **argv) {
  std::vector<Digit> digits = readDigits(argc > 1 ? argv[1] : "held_out.csv");
  void *workspace = ::operator new(digits_workspace_size(), std::align_val_t(64));
  const auto start = std::chrono::steady_clock::now();
  for (Digit &digit : digits)
    classify(digit, workspace);
  const std::chrono::duration<double, std::micro> time = std::chrono::steady_clock::now() - start;
  ::operator delete(workspace, std::align_val_t(64));
  std::for_each_n(digits.begin(), std::min<std::size_t>(3, digits.size()), print);
  const auto right = std::count_if(digits.begin(), digits.end(),
                                   [](const Digit &digit) { return digit.found == digit.label; });
  std::printf("%d of %zu right, %.2f us per image\n", int(right), digits.size(),
              time.count() / double(std::max<std::size_t>(1, digits.size())));
  return digits.empty() ? 1 : 0;
}
