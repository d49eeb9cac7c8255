// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "NetworkWriter.h"

#include <cstring>
#include <iomanip>
#include <sstream>

namespace nnc::test {
namespace {

template <typename Range, typename Print> std::string join(const Range &items, Print print) {
  std::string text;
  for (const auto &item : items)
    text += (text.empty() ? "" : ", ") + print(item);
  return text;
}

/// The bytes of a number as hexadecimal digits.
template <typename T> void appendHex(std::string &text, T number) {
  unsigned char bytes[sizeof number];
  std::memcpy(bytes, &number, sizeof number);
  for (unsigned char byte : bytes) {
    text += "0123456789ABCDEF"[byte / 16];
    text += "0123456789ABCDEF"[byte % 16];
  }
}

std::string printNumber(float number) {
  std::ostringstream stream;
  stream << std::scientific << std::setprecision(8) << number;
  return stream.str();
}

} // namespace

int64_t Tensor::getCount() const {
  int64_t count = 1;
  for (int64_t extent : shape)
    count *= extent;
  return count;
}

std::string Tensor::getType() const { return printType(shape); }

std::string printType(const Shape &shape, const std::string &element) {
  std::string text = "tensor<";
  for (int64_t extent : shape)
    text += std::to_string(extent) + "x";
  return text + element + ">";
}

std::string printList(const Shape &numbers) {
  return join(numbers, [](int64_t number) { return std::to_string(number); });
}

Shape permute(const Shape &shape, const Shape &permutation) {
  Shape result;
  for (int64_t axis : permutation)
    result.push_back(shape[static_cast<size_t>(axis)]);
  return result;
}

// The standard's distributions may differ between libraries; remainders do not.
int64_t NetworkWriter::pick(int64_t low, int64_t high) {
  return low + static_cast<int64_t>(generator() % static_cast<uint64_t>(high - low + 1));
}

float NetworkWriter::pickFloat(float low, float high) {
  return low + (high - low) * static_cast<float>(generator() >> 8) / static_cast<float>(1 << 24);
}

Tensor NetworkWriter::addInput(const Shape &shape) {
  inputs.push_back({"%x" + std::to_string(inputs.size()), shape});
  return inputs.back();
}

Tensor NetworkWriter::constant(const Shape &shape, float low, float high) {
  if (chance(5))
    return splat(shape, pickFloat(low, high));
  std::vector<float> numbers;
  for (int64_t i = 0, count = Tensor{"", shape}.getCount(); i < count; ++i)
    numbers.push_back(pickFloat(low, high));
  return constant(shape, numbers);
}

Tensor NetworkWriter::constant(const Shape &shape, const std::vector<float> &numbers) {
  std::string hex;
  for (float number : numbers)
    appendHex(hex, number);
  return op("arith.constant dense<\"0x" + hex + "\"> : " + printType(shape), shape);
}

Tensor NetworkWriter::splat(const Shape &shape, float number) {
  return op("arith.constant dense<" + printNumber(number) + "> : " + printType(shape), shape);
}

Tensor NetworkWriter::indices(int64_t count, int64_t extent) {
  Shape numbers;
  for (int64_t i = 0; i < count; ++i)
    numbers.push_back(pick(0, extent - 1));
  return op("arith.constant dense<[" + printList(numbers) + "]> : " + printType({count}, "i64"),
            {count});
}

Tensor NetworkWriter::op(const std::string &text, const Shape &shape) {
  Tensor result{newName(), shape};
  body += "  " + result.name + " = " + text + "\n";
  return result;
}

Tensor NetworkWriter::elementwise(const std::string &name, const std::vector<Tensor> &operands) {
  std::string names = join(operands, [](const Tensor &operand) { return operand.name; });
  return op(name + " " + names + " : " + operands.front().getType(), operands.front().shape);
}

Tensor NetworkWriter::transpose(const Tensor &x, const Shape &permutation) {
  Shape shape = permute(x.shape, permutation);
  return op("nnc.transpose " + x.name + " [" + printList(permutation) + "] : " + x.getType() +
                " -> " + printType(shape),
            shape);
}

Tensor NetworkWriter::reshape(const Tensor &x, const Shape &shape) {
  return op("nnc.reshape " + x.name + " : " + x.getType() + " -> " + printType(shape), shape);
}

Tensor NetworkWriter::broadcast(const Tensor &x, const Shape &shape) {
  return op("nnc.broadcast " + x.name + " : " + x.getType() + " -> " + printType(shape), shape);
}

Tensor NetworkWriter::pad(const Tensor &x, const Shape &low, const Shape &high, float number) {
  std::string value = newName();
  body += "  " + value + " = arith.constant " + printNumber(number) + " : f32\n";
  Shape shape = x.shape;
  std::string arguments;
  for (size_t i = 0; i < shape.size(); ++i) {
    shape[i] += low[i] + high[i];
    arguments += (i == 0 ? "%i" : ", %i") + std::to_string(i) + ": index";
  }
  return op("tensor.pad " + x.name + " low[" + printList(low) + "] high[" + printList(high) +
                "] {\n  ^bb0(" + arguments + "):\n    tensor.yield " + value +
                " : f32\n  } : " + x.getType() + " to " + printType(shape),
            shape);
}

std::string NetworkWriter::finish(const std::vector<Tensor> &results) {
  auto getType = [](const Tensor &tensor) { return tensor.getType(); };
  std::string types = join(results, getType);
  std::string arguments =
      join(inputs, [](const Tensor &input) { return input.name + ": " + input.getType(); });
  std::string names = join(results, [](const Tensor &result) { return result.name; });
  return "func.func @main(" + arguments + ") -> (" + types + ") {\n" + body + "  return " + names +
         " : " + types + "\n}\n";
}

} // namespace nnc::test
