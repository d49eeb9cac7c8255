// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Two models in one program, by their C++ classes.
#include "first.h"
#include "second.h"

#include <array>
#include <cstdint>
#include <cstdio>
#include <vector>

int main() {
  static first::Workspace firstWorkspace;
  std::vector<unsigned char> secondWorkspace(second_workspace_size());
  const first::Model one(firstWorkspace);
  const second::Model two(secondWorkspace.data());
  const std::array<float, 4> data{1, 2, 3, 4};
  const std::int64_t numbers[4] = {1, 2, 3, -4};
  float prob[4];
  std::array<float, 4> again{};
  bool signs[4];
  if (one.run(data, numbers, prob, signs) != first_ok ||
      two.run(data, numbers, again, signs) != second_ok)
    return 1;
  const second::data_0Span pointed(data.data());
  if (two.run(pointed, numbers, again, signs) != second_ok || pointed.size() != 4)
    return 1;
  std::printf("%g %g %d\n", static_cast<double>(prob[2]), static_cast<double>(again[2]), signs[0]);
  return 0;
}
