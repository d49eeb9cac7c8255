// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "frontend/onnx/Windows.h"

#include <limits>

using namespace mlir;
using namespace nnc;
using namespace nnc::frontend;

int64_t Window::countPositions(int axis, bool ceil) const {
  int64_t room = input[axis] + begin[axis] + end[axis] - getDilatedExtent(axis);
  if (room < 0)
    return 0;
  int64_t positions = room / strides[axis] + 1;
  bool hasRest = room % strides[axis] != 0;
  if (ceil && hasRest && positions * strides[axis] < input[axis] + begin[axis])
    ++positions;
  return positions;
}

/// A list of one number per spatial dimension; `otherwise` in each where the attribute is absent.
static std::optional<SmallVector<int64_t>> readNumbers(Node &node, StringRef name, size_t count,
                                                       int64_t otherwise, int64_t least) {
  SmallVector<int64_t> numbers(node.getIntegers(name));
  if (numbers.empty())
    numbers.assign(count, otherwise);
  bool inRange = llvm::all_of(numbers, [&](int64_t number) {
    return number >= least && number <= std::numeric_limits<int32_t>::max();
  });
  if (numbers.size() == count && inRange)
    return numbers;
  node.emit().reject("attribute '", name, "' is [", ArrayRef<int64_t>(numbers), "], but must be ",
                     count, " numbers of at least ", least);
  return std::nullopt;
}

static std::optional<SmallVector<int64_t>> readKernel(Node &node, ArrayRef<int64_t> kernel,
                                                      size_t count) {
  if (kernel.empty() && !node.hasAttribute("kernel_shape")) {
    node.emit().reject("attribute 'kernel_shape' is missing");
    return std::nullopt;
  }
  if (kernel.empty() || node.hasAttribute("kernel_shape")) {
    std::optional<SmallVector<int64_t>> given = readNumbers(node, "kernel_shape", count, 0, 1);
    if (!given || kernel.empty() || ArrayRef<int64_t>(*given) == kernel)
      return given;
    node.emit().reject("attribute 'kernel_shape' is [", ArrayRef<int64_t>(*given),
                       "], but the filter has [", kernel, "]");
    return std::nullopt;
  }
  return SmallVector<int64_t>(kernel);
}

/// Pads such that there are as many positions as strides that start inside the input.
static void padToSame(Window &window, bool upper) {
  for (int axis = 0, count = window.input.size(); axis < count; ++axis) {
    int64_t positions = llvm::divideCeil(window.input[axis], window.strides[axis]);
    int64_t covered = (positions - 1) * window.strides[axis] + window.getDilatedExtent(axis);
    int64_t total = std::max<int64_t>(covered - window.input[axis], 0);
    window.begin[axis] = upper ? total / 2 : total - total / 2;
    window.end[axis] = total - window.begin[axis];
  }
}

/// One-dimensional windows get a row dimension of extent 1.
static void addRow(Window &window) {
  if (window.input.size() == 2)
    return;
  for (SmallVector<int64_t> *numbers :
       {&window.input, &window.kernel, &window.strides, &window.dilations})
    numbers->insert(numbers->begin(), 1);
  window.begin.insert(window.begin.begin(), 0);
  window.end.insert(window.end.begin(), 0);
}

std::optional<Window> frontend::readWindow(Node &node, ArrayRef<int64_t> kernel, bool resolveSame) {
  ArrayRef<int64_t> input = getShape(node.getInput(0));
  if (input.size() < 3 || input.size() > 4) {
    if (input.size() < 3)
      node.emit().reject("input of shape ", formatShape(input), " has no spatial dimensions");
    else
      node.unsupported(Twine(input.size() - 2) + " spatial dimensions; nnc has one and two");
    return std::nullopt;
  }
  input = input.drop_front(2);
  auto extents = readKernel(node, kernel, input.size());
  auto strides = readNumbers(node, "strides", input.size(), 1, 1);
  auto dilations = readNumbers(node, "dilations", input.size(), 1, 1);
  auto pads = readNumbers(node, "pads", 2 * input.size(), 0, 0);
  StringRef mode = node.getChoice("auto_pad", {"NOTSET", "VALID", "SAME_UPPER", "SAME_LOWER"});
  if (!extents || !strides || !dilations || !pads)
    return std::nullopt;
  ArrayRef<int64_t> given(*pads);
  Window window{SmallVector<int64_t>(input),
                *extents,
                *strides,
                *dilations,
                SmallVector<int64_t>(given.take_front(input.size())),
                SmallVector<int64_t>(given.drop_front(input.size()))};
  if (mode != "NOTSET") {
    llvm::fill(window.begin, 0);
    llvm::fill(window.end, 0);
  }
  if (resolveSame && mode.starts_with("SAME"))
    padToSame(window, mode == "SAME_UPPER");
  addRow(window);
  return window;
}

Value frontend::toImage(Emitter &emit, Value input) {
  if (input && getRank(input) == 3) {
    ArrayRef<int64_t> shape = getShape(input);
    input = emit.reshape(input, {shape[0], shape[1], 1, shape[2]});
  }
  return emit.toChannelsLast(input);
}

Value frontend::fromImage(Emitter &emit, Value image, int64_t rank) {
  Value result = emit.toChannelsFirst(image);
  if (!result || rank == 4)
    return result;
  ArrayRef<int64_t> shape = getShape(result);
  return emit.reshape(result, {shape[0], shape[1], shape[3]});
}
