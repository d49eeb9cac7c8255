// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Concatenations, slices, transposes, reshapes, padding, gathers.
#include "RandomNetwork.h"

#include <algorithm>

namespace nnc::test {
namespace {

std::string printAsList(const Shape &numbers) { return "[" + printList(numbers) + "]"; }

Tensor extract(NetworkWriter &writer, const Tensor &x, const Shape &offsets, const Shape &sizes,
               const Shape &strides, const Shape &shape) {
  return writer.op("tensor.extract_slice " + x.name + printAsList(offsets) + " " +
                       printAsList(sizes) + " " + printAsList(strides) + " : " + x.getType() +
                       " to " + printType(shape),
                   shape);
}

std::optional<Tensor> slice(NetworkState &state, const Tensor &x) {
  NetworkWriter &writer = state.writer;
  Shape offsets, sizes, strides, kept;
  bool drops = writer.chance(20);
  for (int64_t extent : x.shape) {
    bool whole = writer.chance(50);
    int64_t stride = !whole && extent > 2 && writer.chance(25) ? 2 : 1;
    int64_t offset = whole ? 0 : writer.pick(0, extent - 1);
    offsets.push_back(offset);
    strides.push_back(stride);
    sizes.push_back(whole ? extent : writer.pick(1, (extent - offset - 1) / stride + 1));
    if (!drops || sizes.back() != 1)
      kept.push_back(sizes.back());
  }
  if (x.shape.empty() || kept.empty())
    return std::nullopt;
  return extract(writer, x, offsets, sizes, strides, kept);
}

/// What `x` can be joined with along `axis`: tensors of the model, or something new made from `x`.
Tensor pickPart(NetworkState &state, const Tensor &x, size_t axis) {
  std::vector<Tensor> parts;
  for (const Tensor &other : state.live) {
    Shape shape = other.shape;
    if (shape.size() == x.shape.size()) {
      shape[axis] = x.shape[axis];
      if (shape == x.shape)
        parts.push_back(other);
    }
  }
  if (state.writer.chance(40))
    return state.writer.pickFrom(parts);
  Tensor part = applyActivation(state.writer, x);
  if (state.writer.chance(60))
    return part;
  Shape size = x.shape;
  size[axis] = state.writer.pick(1, x.shape[axis]);
  return extract(state.writer, part, Shape(x.shape.size(), 0), size, Shape(x.shape.size(), 1),
                 size);
}

std::optional<Tensor> concat(NetworkState &state, const Tensor &x) {
  if (x.getRank() == 0)
    return std::nullopt;
  NetworkWriter &writer = state.writer;
  bool alongChannels = x.getRank() == 4 && writer.chance(75);
  size_t axis =
      alongChannels ? state.getChannelAxis() : static_cast<size_t>(writer.pick(0, x.getRank() - 1));
  std::vector<Tensor> parts{x};
  for (int64_t count = writer.pick(1, 2); count > 0; --count)
    parts.insert(parts.begin() + writer.pick(0, static_cast<int64_t>(parts.size())),
                 pickPart(state, x, axis));
  Shape shape = x.shape;
  shape[axis] = 0;
  std::string names, types;
  for (const Tensor &part : parts) {
    shape[axis] += part.shape[axis];
    names += (names.empty() ? "" : ", ") + part.name;
    types += (types.empty() ? "" : ", ") + part.getType();
  }
  Tensor joined = writer.op("tensor.concat dim(" + std::to_string(axis) + ") " + names + " : (" +
                                types + ") -> " + printType(shape),
                            shape);
  state.live.push_back(joined);
  // Nested: the concatenation is part of the next one.
  return writer.chance(25) && joined.getCount() < 5000 ? concat(state, joined) : joined;
}

std::optional<Tensor> transpose(NetworkState &state, const Tensor &x) {
  if (x.getRank() < 2)
    return std::nullopt;
  Shape permutation;
  for (int64_t axis = 0; axis < x.getRank(); ++axis)
    permutation.insert(permutation.begin() + state.writer.pick(0, axis), axis);
  return state.writer.transpose(x, permutation);
}

/// The same elements under any shape of up to five dimensions.
std::optional<Tensor> reshape(NetworkState &state, const Tensor &x) {
  NetworkWriter &writer = state.writer;
  Shape shape = x.shape;
  for (int64_t step = writer.pick(1, 3); step > 0; --step) {
    auto size = static_cast<int64_t>(shape.size());
    if (size > 1 && writer.chance(50)) { // merge two neighbours
      auto at = shape.begin() + writer.pick(0, size - 2);
      *(at + 1) *= *at;
      shape.erase(at);
    } else if (size > 0 && size < 5) { // split one
      auto at = shape.begin() + writer.pick(0, size - 1);
      std::vector<int64_t> divisors;
      for (int64_t divisor = 1; divisor <= *at; ++divisor)
        if (*at % divisor == 0)
          divisors.push_back(divisor);
      int64_t divisor = writer.pickFrom(divisors);
      *at /= divisor;
      shape.insert(at, divisor);
    }
  }
  return writer.reshape(x, shape);
}

/// ShuffleNet's: channels (g, c / g) become (c / g, g).
std::optional<Tensor> shuffle(NetworkState &state, const Tensor &x) {
  if (x.getRank() != 4)
    return std::nullopt;
  size_t axis = state.getChannelAxis();
  std::vector<int64_t> divisors;
  for (int64_t groups = 2; groups <= 4; ++groups)
    if (x.shape[axis] % groups == 0)
      divisors.push_back(groups);
  if (divisors.empty())
    return std::nullopt;
  int64_t groups = state.writer.pickFrom(divisors);
  Shape shape = x.shape;
  shape[axis] /= groups;
  shape.insert(shape.begin() + static_cast<int64_t>(axis), groups);
  Tensor split = state.writer.reshape(x, shape);
  Shape permutation{0, 1, 2, 3, 4};
  std::swap(permutation[axis], permutation[axis + 1]);
  return state.writer.reshape(state.writer.transpose(split, permutation), x.shape);
}

std::optional<Tensor> pad(NetworkState &state, const Tensor &x) {
  if (x.getRank() == 0)
    return std::nullopt;
  Shape low, high;
  for (int64_t axis = 0; axis < x.getRank(); ++axis) {
    low.push_back(state.writer.chance(30) ? state.writer.pick(1, 2) : 0);
    high.push_back(state.writer.chance(30) ? state.writer.pick(1, 2) : 0);
  }
  return state.writer.pad(x, low, high, state.writer.pickFrom<float>({0, 0, -1, 0.5}));
}

std::optional<Tensor> gather(NetworkState &state, const Tensor &x) {
  if (x.getRank() == 0)
    return std::nullopt;
  NetworkWriter &writer = state.writer;
  int64_t axis = writer.pick(0, x.getRank() - 1), count = writer.pick(2, 5);
  Shape shape = x.shape;
  Tensor indices = writer.indices(count, shape[static_cast<size_t>(axis)]);
  shape[static_cast<size_t>(axis)] = count;
  return writer.op("nnc.gather " + x.name + " at " + indices.name +
                       " axis = " + std::to_string(axis) + " : " + x.getType() + ", " +
                       printType(indices.shape, "i64") + " -> " + printType(shape),
                   shape);
}

} // namespace

std::vector<LayerChoice> getMovements() {
  return {{slice, 4},   {concat, 9}, {transpose, 3}, {reshape, 3},
          {shuffle, 4}, {pad, 3},    {gather, 1}};
}

} // namespace nnc::test
