// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Writes a model as MLIR text, one operation after the other, with random numbers for weights and
// choices. Everything follows from the seed.
#ifndef TEST_UNIT_PROPERTY_NETWORKWRITER_H
#define TEST_UNIT_PROPERTY_NETWORKWRITER_H

#include <cstdint>
#include <optional>
#include <random>
#include <string>
#include <vector>

namespace nnc::test {

using Shape = std::vector<int64_t>;

/// A tensor of f32 in the text.
struct Tensor {
  std::string name;
  Shape shape;

  int64_t getRank() const { return static_cast<int64_t>(shape.size()); }
  int64_t getCount() const;
  std::string getType() const;
};

/// "tensor<1x8x8x3xf32>".
std::string printType(const Shape &shape, const std::string &element = "f32");
/// "1, 2, 3".
std::string printList(const Shape &numbers);
/// The dimensions in the order of a permutation.
Shape permute(const Shape &shape, const Shape &permutation);

class NetworkWriter {
public:
  explicit NetworkWriter(unsigned seed) : generator(seed) {}

  //===--- Choices
  //-------------------------------------------------------------------------------===//

  /// A number from `low` to `high`, both included.
  int64_t pick(int64_t low, int64_t high);
  bool chance(int64_t percent) { return pick(1, 100) <= percent; }
  template <typename T> T pickFrom(const std::vector<T> &items) {
    return items[static_cast<size_t>(pick(0, static_cast<int64_t>(items.size()) - 1))];
  }
  float pickFloat(float low, float high);

  //===--- Text
  //----------------------------------------------------------------------------------===//

  Tensor addInput(const Shape &shape);
  /// Random numbers; now and then all the same.
  Tensor constant(const Shape &shape, float low, float high);
  /// These numbers, row-major.
  Tensor constant(const Shape &shape, const std::vector<float> &numbers);
  /// One number everywhere.
  Tensor splat(const Shape &shape, float number);
  Tensor indices(int64_t count, int64_t extent);
  /// The result of `text`, which ends with its types.
  Tensor op(const std::string &text, const Shape &shape);
  /// `name x, y : type`.
  Tensor elementwise(const std::string &name, const std::vector<Tensor> &operands);
  Tensor transpose(const Tensor &x, const Shape &permutation);
  Tensor reshape(const Tensor &x, const Shape &shape);
  Tensor broadcast(const Tensor &x, const Shape &shape);
  Tensor pad(const Tensor &x, const Shape &low, const Shape &high, float number);

  /// The whole model. Nothing may be written after it.
  std::string finish(const std::vector<Tensor> &results);
  const std::vector<Tensor> &getInputs() const { return inputs; }

private:
  std::string newName() { return "%v" + std::to_string(next++); }

  std::mt19937 generator;
  std::string body;
  std::vector<Tensor> inputs;
  int next = 0;
};

} // namespace nnc::test

#endif // TEST_UNIT_PROPERTY_NETWORKWRITER_H
